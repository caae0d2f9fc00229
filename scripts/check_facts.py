#!/usr/bin/env python
"""Measure thousands of clips and compare what their pixels show with what their captions say.

    python scripts/check_facts.py --num_examples 10000 --json results/facts_check.json

The clips are of several kinds: the default ones, long ones, smooth and small ones, clips over still
pictures with a camera move, counterfactual twins, and the paper's linear motions. The measurement
(`measuring/disagreements.py`) looks at the drawn mattes, and for the camera at the frames, phase by phase; of
the plan it knows nothing but what the facts themselves state.
"""

import argparse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args

from tqdm import tqdm

from locomotion_hf.dataset import Recipe, disagreement, generate
from locomotion_hf.errors import MotionError
from locomotion_hf.evaluation.protocol import origin, write_results
from locomotion_hf.facts import Facts
from locomotion_hf.types import TwinKind


class Kind(NamedTuple):
    """One kind of clips: its share of all, the settings that differ from the default, and whether they are twins."""

    share: float
    settings: dict[str, Any]
    twins: bool = False


KINDS: dict[str, Kind] = {
    "default": Kind(0.50, {}),
    "twins": Kind(0.15, {}, twins=True),
    "camera over a texture": Kind(0.08, {"backdrop": "texture"}),
    "camera over a frozen frame": Kind(0.05, {"backdrop": "frozen"}),
    "camera over a photograph": Kind(0.05, {"backdrop": "photograph"}),
    "12 s at 8 fps": Kind(0.05, {"num_frames": 96}),
    "3 s at 30 fps, 128 pixels": Kind(0.05, {"num_frames": 90, "fps": 30.0, "resolution": 128}),
    "60 s at 8 fps": Kind(0.01, {"num_frames": 481}),
    "linear": Kind(0.06, {"vocabulary": "linear"}),
}


class Outcome(NamedTuple):
    """What was found of one clip; `reason` is None when all agrees."""

    kind: str
    id: str
    reason: str | None
    words: tuple[str, ...]


def spoken(facts: Facts) -> tuple[str, ...]:
    """The distinct words that a clip states, to count how often each was checked."""
    words = {f"{name}: {word}" for one in facts.objects for move in one.moves for name, word in move.stated.items()}
    words |= {f"relation: {one.kind}" for one in facts.relations}
    if facts.camera:
        words.add(f"camera: {facts.camera.pan or facts.camera.zoom}")
    return tuple(sorted({*words, f"objects: {len(facts.objects)}"}))


def check(seed: int, task: tuple[str, int]) -> Outcome:
    """Make one clip, or one twin of it, and measure it."""
    name, index = task
    kind = KINDS[name]
    recipe = Recipe(seed=seed, **kind.settings)
    example = None
    if kind.twins:
        choices = get_args(TwinKind)
        # Each kind in turn; where it is refused, the next one that is not.
        for offset in range(len(choices)):
            try:
                example = generate(recipe, "train", index, choices[(index + offset) % len(choices)], masks=True)
                break
            except MotionError:
                continue
    example = example or generate(recipe, "train", index, masks=True)
    twin = (f"twin: {example.twin.kind}",) if example.twin else ()
    if kind.twins and not twin:
        name = "default"  # it has no twin at all
    found = disagreement(example)
    return Outcome(name, example.id, found and f"{example.caption}: {found}", (*spoken(example.facts), *twin))


def main() -> None:
    """Parse, check in several processes, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--num_examples", type=int, default=2000, help="over all kinds together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--num_proc", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write the outcome to this file")
    args = parser.parse_args()
    tasks = [(name, i) for name, kind in KINDS.items() for i in range(round(kind.share * args.num_examples))]
    with ProcessPoolExecutor(args.num_proc) as pool:
        found = pool.map(partial(check, args.seed), tasks, chunksize=Recipe.group_size)
        outcomes = list(tqdm(found, total=len(tasks), unit="clip"))
    wrong = [one for one in outcomes if one.reason]
    print(f"{len(outcomes) - len(wrong)} of {len(outcomes)} agree.")
    for one in wrong:
        print(f"  {one.kind}, {one.id}: {one.reason}")
    if args.json:
        checked, failed = Counter(one.kind for one in outcomes), Counter(one.kind for one in wrong)
        write_results(
            args.json,
            {
                **origin(Path(__file__)),
                "seed": args.seed,
                "examples": len(outcomes),
                "agree": len(outcomes) - len(wrong),
                "kinds": {
                    name: {
                        "settings": kind.settings,
                        "examples": checked[name],
                        "agree": checked[name] - failed[name],
                    }
                    for name, kind in KINDS.items()
                },
                "clips_with_each_word": dict(sorted(Counter(w for one in outcomes for w in one.words).items())),
                "disagree": {f"{one.kind}, {one.id}": one.reason for one in wrong},
            },
        )


if __name__ == "__main__":
    main()
