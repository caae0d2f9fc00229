#!/usr/bin/env python
"""Measure thousands of clips and compare what their pixels show with what their captions say.

python scripts/check_facts.py --num_examples 2000 --json results/facts_check.json
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tqdm import tqdm

from locomotion_hf.dataset import Recipe, disagreement, generate
from locomotion_hf.evaluation.protocol import (
    command_line,
    git_state,
    machine,
    package_versions,
    write_results,
)


def check(recipe: Recipe, index: int) -> tuple[str, str] | None:
    """The id and what differs; None when all agrees."""
    example = generate(recipe, "train", index, masks=True)
    found = disagreement(example)
    return (example.id, f"{example.caption}: {found}") if found else None


def main() -> None:
    """Parse, check in two processes, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--num_examples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resolution", type=int, default=Recipe.resolution)
    parser.add_argument("--num_proc", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write the outcome to this file")
    args = parser.parse_args()
    recipe = Recipe(seed=args.seed, resolution=args.resolution)
    with ProcessPoolExecutor(args.num_proc) as pool:
        found = pool.map(partial(check, recipe), range(args.num_examples), chunksize=recipe.group_size)
        wrong = dict(filter(None, tqdm(found, total=args.num_examples, unit="clip")))
    print(f"{args.num_examples - len(wrong)} of {args.num_examples} agree.")
    for id, reason in wrong.items():
        print(f"  {id}: {reason}")
    if args.json:
        commit, dirty = git_state(Path(__file__))
        write_results(
            args.json,
            {
                "command": command_line(sys.argv),
                "commit": commit,
                "dirty": dirty,
                "machine": machine(),
                "packages": package_versions(),
                "recipe": recipe.row("train", 0),
                "examples": args.num_examples,
                "agree": args.num_examples - len(wrong),
                "disagree_by_kind": dict(Counter(r.split(": ")[1].split(" of ")[0] for r in wrong.values())),
                "disagree": wrong,
            },
        )


if __name__ == "__main__":
    main()
