#!/usr/bin/env python
r"""Make a trained run the checkpoint that comes with the package: files, figures, and the card rendered from them.

accelerate launch scripts/pretrain.py --output_dir runs/verbs-full-0 --sample_dir "" --seed 0 --wording verbs \
    --vocabulary full --max_steps 3200
python scripts/check_words.py runs/verbs-full-0 --json runs/words.json
python scripts/check_wording.py runs/verbs-full-0 --vocabulary full --json runs/wording.json
python scripts/release.py runs/verbs-full-0 --words runs/words.json --wording runs/wording.json

python scripts/release.py --card               # write the card anew from the files that are there
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from locomotion_hf.assets.default_pack import ROOT as PACK
from locomotion_hf.errors import LocoMotionError, OutputError
from locomotion_hf.released import RELEASED
from locomotion_hf.released.card import ATTRIBUTION, RESULTS, WORDING, WORDS, released_card

#: Of the run. The model's code is left out: `locomotion fetch` takes the package's.
FILES = ("config.json", "model.safetensors", "processor_config.json", "tokenizer.json", "tokenizer_config.json")
#: What a package may well carry, beside a pack of 8 MB.
MOST_BYTES = 20 * 10**6


def release(run: Path, words: Path, wording: Path) -> None:
    """Check, and copy."""
    for file in (run / RESULTS, words, wording):
        if json.loads(file.read_text("utf-8"))["stamp"]["dirty"] is not False:
            raise OutputError(f"{file} comes from a changed clone.", "a clean commit.", "commit, then run it again.")
    sources = {name: run / name for name in (*FILES, RESULTS)}
    sources |= {WORDS: words, WORDING: wording, ATTRIBUTION: PACK / ATTRIBUTION}
    if (size := sum(file.stat().st_size for file in sources.values())) > MOST_BYTES:
        raise OutputError(f"{run} has {size:,} bytes.", f"{MOST_BYTES:,} at most.", "release a smaller model.")
    RELEASED.mkdir(exist_ok=True)
    for name, file in sources.items():
        shutil.copyfile(file, RELEASED / name)


def main() -> None:
    """Parse, copy, render."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="?", type=Path, help="the folder that scripts/pretrain.py wrote")
    parser.add_argument("--words", type=Path, help="what scripts/check_words.py wrote of it")
    parser.add_argument("--wording", type=Path, help="what scripts/check_wording.py wrote of it")
    parser.add_argument("--card", action="store_true", help="only the card")
    args = parser.parse_args()
    if not args.card:
        if None in (args.run, args.words, args.wording):
            parser.error("give a run with --words and --wording, or --card")
        try:
            release(args.run, args.words, args.wording)
        except LocoMotionError as error:
            sys.exit(f"{type(error).__name__}: {error}")
    (RELEASED / "README.md").write_text(released_card(RELEASED), encoding="utf-8")
    print(f"Wrote {RELEASED}")


if __name__ == "__main__":
    main()
