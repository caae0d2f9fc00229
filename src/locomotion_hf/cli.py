"""The command `locomotion`: make a dataset folder, or look at what would be in it.

locomotion generate my_dataset --num_examples 1000 --backgrounds my_videos/
locomotion preview clips.png --split validation --first 40
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import get_args

from locomotion_hf.dataset import Recipe, generate, open_assets
from locomotion_hf.dataset.preview import strip
from locomotion_hf.errors import LocoMotionError, OutputError, RecipeError
from locomotion_hf.motion import Vocabulary
from locomotion_hf.randomness import SPLITS, Split
from locomotion_hf.types import BackdropKind


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    defaults = {field.name: field.default for field in fields(Recipe)}
    parser.add_argument("--seed", type=int, default=defaults["seed"])
    parser.add_argument("--resolution", type=int, default=defaults["resolution"], help="pixels, even")
    parser.add_argument("--num_frames", type=int, default=defaults["num_frames"])
    parser.add_argument("--fps", type=float, default=defaults["fps"])
    parser.add_argument("--objects", default=defaults["objects"], help="where cut-outs come from (see below)")
    parser.add_argument("--backgrounds", default=defaults["backgrounds"], help="where videos come from (see below)")
    parser.add_argument(
        "--vocabulary",
        choices=get_args(Vocabulary),
        default=defaults["vocabulary"],
        help="full: every motion that has words; linear: one object on straight lines, as in the paper",
    )
    parser.add_argument("--max_objects", type=int, default=defaults["max_objects"], help="in one clip, 1 to 4")
    parser.add_argument(
        "--backdrop",
        choices=get_args(BackdropKind),
        default=defaults["backdrop"],
        help="video; or a still picture, over which the camera may move",
    )


def _recipe(args: argparse.Namespace) -> Recipe:
    names = {field.name for field in fields(Recipe)}
    recipe = Recipe(**{name: value for name, value in vars(args).items() if name in names})
    skipped = open_assets(recipe).skipped
    for file, reason in skipped.items():
        print(f"skipped {file}: {reason}", file=sys.stderr)
    if skipped:
        print(f"Skipped {len(skipped)} files that cannot be used.", file=sys.stderr)
    return recipe


def _generate(args: argparse.Namespace) -> None:
    from locomotion_hf.dataset.export import export_sample

    held_out = max(8, args.num_examples // 8) if args.num_validation is None else args.num_validation
    if args.num_examples < 1 or held_out < 1:
        raise RecipeError(
            f"num_examples={args.num_examples}, num_validation={held_out}.", "1 or more in each split.", "raise it."
        )
    rows: dict[Split, int] = {"train": args.num_examples, "validation": held_out}
    print(f"Wrote {export_sample(_recipe(args), rows, Path(args.folder))}")


def _preview(args: argparse.Namespace) -> None:
    recipe = _recipe(args)
    if args.count < 1 or args.step < 1 or args.first < 0:
        raise RecipeError(
            f"first={args.first}, count={args.count}, step={args.step}.", "0, 1 and 1 or more.", "raise it."
        )
    shown = range(args.first, args.first + args.count * args.step, args.step)
    picture = strip([generate(recipe, args.split, index, masks=True) for index in shown])
    try:
        picture.save(args.picture)
    except (OSError, ValueError) as error:
        raise OutputError(
            f"{args.picture} cannot be written ({error}).",
            "a .png or .jpg in a folder that exists.",
            "rename it.",
        ) from error
    print(f"Wrote {args.picture}")


def build_parser() -> argparse.ArgumentParser:
    """All subcommands; each documents itself under `--help`."""
    kind = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="locomotion", description=__doc__, formatter_class=kind)
    commands = parser.add_subparsers(required=True, metavar="command")

    make = commands.add_parser("generate", help="write a dataset folder: Parquet with mp4 clips, and a card")
    make.add_argument("folder")
    make.add_argument("--num_examples", type=int, default=64, help="rows of the train split")
    make.add_argument("--num_validation", type=int, help="by default an eighth, at least 8")
    _add_recipe(make)
    make.set_defaults(run=_generate)

    look = commands.add_parser("preview", help="write a picture of a few clips with their captions")
    look.add_argument("picture")
    look.add_argument("--split", choices=SPLITS, default="train")
    look.add_argument("--first", type=int, default=0, help="index of the first clip")
    look.add_argument("--count", type=int, default=4)
    look.add_argument("--step", type=int, default=1, help="8 shows one clip of each group")
    _add_recipe(look)
    look.set_defaults(run=_preview)
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run one subcommand; what a user can mend ends in a sentence, not in a traceback."""
    args = build_parser().parse_args(argv)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        try:
            args.run(args)
        except LocoMotionError as error:
            sys.exit(f"{type(error).__name__}: {error}")
