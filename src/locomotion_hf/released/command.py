"""The command `locomotion fetch`: the released checkpoint, put where the usual lines find it."""

from __future__ import annotations

import argparse

DESCRIPTION = """Put the released checkpoint, which comes with this package, into the current folder. Works offline.

locomotion fetch                                   # ./locomotion
locomotion fetch --data                            # and ./locomotion_synth_sample, 40 clips with captions
locomotion fetch --output_dir models/released
locomotion fetch --to cache                        # the Hugging Face cache, for any folder

Then, in the same folder:

    import locomotion_hf
    from datasets import load_dataset
    from transformers import AutoModel, AutoProcessor

    model = AutoModel.from_pretrained("locomotion")
    processor = AutoProcessor.from_pretrained("locomotion")
    clips = load_dataset("locomotion_synth", split="train", num_examples=32)

The generator makes the clips of the last line on the spot; it needs no sample. The card, locomotion/README.md, says
what the model was trained on and how well it tells motions apart. Without our package the model loads with
trust_remote_code=True: its code lies beside the weights.

The cache serves the name "locomotion" when the Hub is not asked: set HF_HUB_OFFLINE=1 or pass local_files_only=True.
With --data it then also has the 40 clips of the line above ready.

A model of your own in ./locomotion, such as the main job leaves, is not touched unless you pass --overwrite."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `locomotion fetch`."""
    parser.add_argument("--to", choices=("folder", "cache"), default="folder", help="where to (default: folder)")
    parser.add_argument("--output_dir", help="the folder (default: locomotion); the cache takes none")
    parser.add_argument("--data", action="store_true", help="also a small sample of locomotion_synth")
    parser.add_argument("--overwrite", action="store_true", help="replace a model or sample that is in that place")


def run(args: argparse.Namespace) -> None:
    """Fetch, and print where it is.

    Raises:
        OutputError: the place holds something already, or cannot be written.
    """
    from .fetching import NAME, NUM_EXAMPLES, SAMPLE, fetch

    place = fetch(args.to, args.output_dir, args.data, args.overwrite)
    print(f"Wrote {place}: the model, its processor, card (README.md) and figures.")
    if args.to == "folder":
        if args.data:
            print(f"Wrote {place.parent / SAMPLE}: Parquet with the clips as mp4, and a card.")
        print(f'After `import locomotion_hf`: AutoModel.from_pretrained("{place}")')
        return
    if args.data:
        print(f'Made: load_dataset("locomotion_synth", num_examples={NUM_EXAMPLES})')
    print(f'After `import locomotion_hf`: AutoModel.from_pretrained("{NAME}", local_files_only=True)')


__all__ = ["DESCRIPTION", "add_arguments", "run"]
