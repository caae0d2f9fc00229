#!/usr/bin/env python
"""How well does a model find a clip when it is asked in other words? The same held-out clips, worded three ways.

    accelerate launch scripts/pretrain.py --output_dir runs/plain
    accelerate launch scripts/pretrain.py --output_dir runs/verbs --wording verbs
    python scripts/check_wording.py runs/plain runs/verbs --json results/wording.json

R@1 from text to video among eight clips of one object and background (VTC). "plain" is the one form that the captions
have by default, "forms" any register and order of mention, "verbs" such as suit the object, from the lexicon.
"""

import argparse
import sys
from pathlib import Path

from transformers import AutoModel, AutoProcessor

from locomotion_hf.captions import WORDINGS
from locomotion_hf.dataset import Recipe
from locomotion_hf.evaluation import figures_table, motion_benchmark, stamp, write_results
from locomotion_hf.evaluation.embedders import LocoMotionEmbedder
from locomotion_hf.evaluation.figures import Figure
from locomotion_hf.training.report import held_out_sets


def main() -> None:
    """Ask every model in every wording, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("models", nargs="+", help="folders or repositories; the last part names them in the table")
    parser.add_argument("--groups", type=int, default=64, help="of eight clips, as in the main job")
    parser.add_argument("--vocabulary", choices=("linear", "full"), default="linear", help="of the clips")
    parser.add_argument("--json", type=Path, help="also write the outcome to this file")
    args = parser.parse_args()
    figures, ids, config = [], [], None
    for name in args.models:
        model, processor = AutoModel.from_pretrained(name), AutoProcessor.from_pretrained(name)
        embedder, config = LocoMotionEmbedder(model, processor), model.config.video_config
        for wording in WORDINGS:
            recipe = Recipe(resolution=config.image_size, vocabulary=args.vocabulary)
            sets = held_out_sets(recipe, args.groups, wording)
            ids = [example.id for example in sets["minimal"]]
            found = motion_benchmark(embedder, sets, seed=0, top_k=0)["figures"]["same_scene/clip/vtc/t2v/r1"]
            figures.append(Figure(**{**found, "name": f"trained on {Path(name).name}, asked in {wording}"}))
    print(figures_table(figures))
    if args.json and config:
        made = stamp(
            seeds={"bootstrap": 0},
            num_frames=config.num_frames,
            sampling="evenly spaced over the clip, first and last included",
            resolution=config.image_size,
            precision="float32",
            queries=ids,
            candidates=ids,
            argv=sys.argv,
        )
        write_results(args.json, {"stamp": made, "figures": [figure.to_dict() for figure in figures]})


if __name__ == "__main__":
    main()
