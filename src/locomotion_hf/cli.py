"""The command `locomotion`: clips and captions made, shown, reworded, verified, counted; models fetched and probed.

locomotion generate my_dataset --num_examples 1000 --backgrounds my_videos/
locomotion preview clips.png --split validation --first 40
locomotion preview gallery.html --twins
locomotion ingest my_cache --backgrounds my_videos/
locomotion paraphrase my_dataset --model HuggingFaceTB/SmolLM2-1.7B-Instruct --out paraphrases.jsonl
locomotion verify pairs.jsonl --out verdicts.jsonl
locomotion caption-stats my_captions.csv --compare
locomotion fetch
locomotion probe locomotion --plot probes.png
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import get_args

from locomotion_hf.assets.frame_codecs import CODECS
from locomotion_hf.assets.sources import SPECS_HELP, background_source
from locomotion_hf.captions import WORDINGS, verify_command
from locomotion_hf.captions.paraphrase import command as paraphrase_command
from locomotion_hf.captions.statistics import command as statistics_command
from locomotion_hf.corpora import command as corpus_command
from locomotion_hf.dataset import Recipe, open_assets
from locomotion_hf.errors import LocoMotionError, RecipeError
from locomotion_hf.motion import Vocabulary
from locomotion_hf.probing import command as probing_command
from locomotion_hf.randomness import SPLITS
from locomotion_hf.released import command as released_command
from locomotion_hf.types import BackdropKind

_GENERATE = """Write a dataset that plain load_dataset("folder") reads: Parquet shards with mp4 clips, and a card.

locomotion generate my_dataset --num_examples 100000 --num_processes 16

Stopped, killed, disk full? Give the same command again: shards that are complete are kept, the rest is made, and
the result is the same as without the interruption. On several machines with a shared disk, give each its rank; they
need not start together, nor talk to each other:

locomotion generate /shared/my_dataset --num_examples 1000000 --num_machines 4 --machine_rank 0 --num_processes 16

Whoever makes the last shard writes the card. Rows and files that cannot be used are left out and listed in
skipped.jsonl with the reason; all other rows keep their ids."""


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
    parser.add_argument(
        "--members",
        choices=("motions", "twins"),
        default=defaults["members"],
        help="of a group of 8 clips: different motions, or one and its counterfactual twins",
    )
    parser.add_argument("--max_objects", type=int, default=defaults["max_objects"], help="in one clip, 1 to 4")
    parser.add_argument(
        "--backdrop",
        choices=get_args(BackdropKind),
        default=defaults["backdrop"],
        help="video; or a still picture, over which the camera may move",
    )
    parser.add_argument(
        "--wording",
        choices=WORDINGS,
        default=defaults["wording"],
        help="of captions: plain, one form; forms, any register and order; verbs, such as suit the object",
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
    from locomotion_hf.dataset.export import export, finish

    if args.finish:
        made = finish(args.folder)
    else:
        held_out = max(8, args.num_examples // 8) if args.num_validation is None else args.num_validation
        if args.num_examples < 1 or held_out < 1:
            seen = f"num_examples={args.num_examples}, num_validation={held_out}."
            raise RecipeError(seen, "1 or more in each split.", "raise it.")
        made = export(
            _recipe(args),
            {"train": args.num_examples, "validation": held_out},
            args.folder,
            rows_per_shard=args.rows_per_shard,
            num_processes=args.num_processes,
            machine_rank=args.machine_rank,
            num_machines=args.num_machines,
        )
    if made.missing:
        there = made.shards - len(made.missing)
        print(
            f"{there} of {made.shards} shards of {made.folder} are there. Whoever makes the "
            "last one also writes the card; a run that was stopped goes on when its command is given again."
        )
        return
    print(f"Wrote {made.folder}: {made.rows:,} rows in {made.shards} shards, and a card.")
    if made.skipped:
        rows = sum("row" in one for one in made.skipped)
        print(
            f"Left out {rows:,} rows that could not be made and {len(made.skipped) - rows:,} files that cannot be "
            f"used; {made.folder / 'skipped.jsonl'} says why."
        )


def _preview(args: argparse.Namespace) -> None:
    from locomotion_hf.dataset.preview import GALLERIES, check_place, write_preview
    from locomotion_hf.dataset.shown import generated, released

    place = Path(args.out)
    check_place(place)
    count = args.count
    if count is None:
        count = 24 if place.suffix.lower() in GALLERIES else 4
    if count < 1 or args.step < 1 or args.first < 0:
        raise RecipeError(f"first={args.first}, count={count}, step={args.step}.", "0, 1 and 1 or more.", "raise it.")
    indices = range(args.first, args.first + count * args.step, args.step)
    if args.dataset:
        families = list(released(Path(args.dataset), args.split, indices))
    else:
        families = list(generated(_recipe(args), args.split, indices, args.twins))
    write_preview(place, families)
    print(f"Wrote {place}")


def _ingest(args: argparse.Namespace) -> None:
    from locomotion_hf.assets.ingest import ingest

    cache = ingest(background_source(args.backgrounds), args.cache, args.short_side, args.codec, args.max_fps)
    for file, reason in cache.skipped.items():
        print(f"skipped {file}: {reason}", file=sys.stderr)
    print(f"Wrote {args.cache}: {len(cache.infos)} backgrounds; use it as --backgrounds {args.cache}")


def build_parser() -> argparse.ArgumentParser:
    """All subcommands; each documents itself under `--help`."""
    kind = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="locomotion", description=__doc__, formatter_class=kind)
    commands = parser.add_subparsers(required=True, metavar="command")

    make = commands.add_parser(
        "generate",
        help="write a dataset folder: Parquet with mp4 clips, and a card",
        description=_GENERATE,
        epilog=SPECS_HELP,
        formatter_class=kind,
    )
    make.add_argument("folder", help="new, empty, or begun by the same command")
    make.add_argument("--num_examples", type=int, default=64, help="rows of the train split")
    make.add_argument("--num_validation", type=int, help="by default an eighth, at least 8")
    make.add_argument("--rows_per_shard", type=int, default=512, help="rows of one Parquet file (default: 512)")
    make.add_argument("--num_processes", type=int, default=1, help="on this machine, one thread each (default: 1)")
    make.add_argument("--machine_rank", type=int, default=0, help="which of the machines this one is, from 0")
    make.add_argument("--num_machines", type=int, default=1, help="machine r makes shards r, r + n, r + 2n, ...")
    make.add_argument(
        "--finish", action="store_true", help="make no row: see that all shards are there, write the card"
    )
    _add_recipe(make)
    make.set_defaults(run=_generate)

    look = commands.add_parser(
        "preview",
        help="show clips with their captions: .png or .jpg a sheet, .gif or .webp moving, .html a gallery to filter",
        epilog=SPECS_HELP,
        formatter_class=kind,
    )
    look.add_argument("out", help="the file; its ending says what it becomes")
    look.add_argument("--split", choices=SPLITS, default="train")
    look.add_argument("--first", type=int, default=0, help="index of the first clip")
    look.add_argument("--count", type=int, help="4 by default, 24 in a gallery")
    look.add_argument("--step", type=int, default=1, help="8 shows one clip of each group")
    look.add_argument("--twins", action="store_true", help="with every counterfactual twin that exists")
    look.add_argument(
        "--dataset", help="show a folder that `locomotion generate` wrote, twins in it included; nothing is made anew"
    )
    _add_recipe(look)
    look.set_defaults(run=_preview)

    fill = commands.add_parser(
        "ingest",
        help="decode backgrounds once, into a cache that is read many times faster",
        epilog=SPECS_HELP,
        formatter_class=kind,
    )
    fill.add_argument("cache", help="the folder to write, or to go on with; then pass it as --backgrounds")
    fill.add_argument("--backgrounds", default=Recipe.backgrounds, help="where videos come from (see below)")
    fill.add_argument(
        "--short_side", type=int, default=256, help="pixels; 256 for clips of 224, 336 over still pictures"
    )
    fill.add_argument("--codec", choices=CODECS, default="i420", help="jpeg is a sixth as large and far slower")
    fill.add_argument("--max_fps", type=float, default=12.0, help="of faster videos frames are left out")
    fill.set_defaults(run=_ingest)

    for name, purpose, command in (
        (
            "paraphrase",
            "say captions in other words with a language model; only what is still true is kept",
            paraphrase_command,
        ),
        ("verify", "does a paraphrase state what its caption states?", verify_command),
        ("caption-stats", "what captions are made of: parts of speech, verbs, words of motion", statistics_command),
        ("check-corpus", "what of a captioned corpus is there, what is missing, how to obtain it", corpus_command),
        ("probe", "what of a clip does a model use: its motion, one frame of it, the noun?", probing_command),
        ("fetch", "put the released checkpoint into a folder or the Hugging Face cache", released_command),
    ):
        words = commands.add_parser(name, help=purpose, description=command.DESCRIPTION, formatter_class=kind)
        command.add_arguments(words)
        words.set_defaults(run=command.run)
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


if __name__ == "__main__":
    main()
