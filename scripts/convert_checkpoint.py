#!/usr/bin/env python
"""Turn a public checkpoint of Singularity or VindLU into a LocoMotion model.

    python scripts/convert_checkpoint.py ckpt_09.pth vindlu_5m

Unpack an archive first, and name the .pth file in it. Prints what became of each weight: renamed, unused, lost (the
original computes with it, ours cannot) or added. Where none is lost, the model computes what the original computes,
up to rounding; Singularity's layers over time are the one part that is lost. Nothing that the file says is run. The
frames have to be given as BEiT wants them, 224 pixels and normalised with a mean and a deviation of .5, and the texts
as bert-base-uncased writes them.
"""

import argparse
import sys
from pathlib import Path

from locomotion_hf import LocoMotionError
from locomotion_hf.errors import OutputError
from locomotion_hf.modeling import LocoMotionForPreTraining
from locomotion_hf.training.lineage import config_of, convert, load, read_checkpoint, report


def main() -> None:
    """Parse, convert, and end with a sentence instead of a traceback when the user can mend it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="a .pth file")
    parser.add_argument("output_dir", type=Path, help="folder for the model")
    args = parser.parse_args()
    try:
        if (args.output_dir / "config.json").exists():
            raise OutputError(f"{args.output_dir} already holds a model.", "a new folder.", "name another one.")
        state = read_checkpoint(args.checkpoint)
        model = LocoMotionForPreTraining(config_of(state))
        print(report(load(convert(state), model)))
        model.save_pretrained(args.output_dir)
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    print(f"The model is in {args.output_dir}.")


if __name__ == "__main__":
    main()
