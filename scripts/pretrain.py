#!/usr/bin/env python
"""Pre-train LocoMotion on clips that are made while it trains.

    accelerate launch scripts/pretrain.py

With its defaults this needs nothing but the package: two CPU cores and about six minutes. It leaves the
trained model in ./locomotion, a sample of the data in ./locomotion_synth_sample, and prints how well the
model tells motions apart on objects and backgrounds that it never saw.

    accelerate launch scripts/pretrain.py --backgrounds my_videos/ --objects my_cutouts/
    accelerate launch scripts/pretrain.py --captions spatial_caption --output_dir runs/spatial
    accelerate launch --num_cpu_threads_per_process 4 scripts/pretrain.py     # more cores, if nothing else needs them
"""

import argparse
import sys

from transformers import HfArgumentParser

from locomotion_hf import LocoMotionError
from locomotion_hf.training import PretrainingArguments, pretrain


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The text above as it stands, and every default."""


def main() -> None:
    """Parse, run, and end with a sentence instead of a traceback when the user can mend it."""
    try:
        parser = HfArgumentParser(PretrainingArguments, description=__doc__, formatter_class=_Help)
        pretrain(*parser.parse_args_into_dataclasses())
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
