#!/usr/bin/env python
r"""Check the clips of simulated physics, and measure how much of their classes leaks into less than their motion.

    python dataset_scripts/check_physics.py                                   # check alone
    python dataset_scripts/check_physics.py --json results/physics.json      # and measure; the card's table, too
    python dataset_scripts/check_physics.py --sheet model_cards/physics_classes.png

It runs in the project's own environment, without pybullet, on what `build_physics.py` wrote. Every label is
checked against the stored trajectory again: it must pass the check of its class, and not that of the opposite.

Measured on the test clips, among the two classes of each pair and among all classes, with 95 % intervals from
a bootstrap over scenes:

    noun             the best rule from nouns to classes, fitted to the test clips themselves
    pixels           one frame at 28 x 28 pixels: a linear and a nearest-neighbour classifier from the training clips
    state            the same for the things' true place and size in one frame: what perfect eyes see of it
    state unordered  place, size and turn in all frames, their order removed
    state in order   the same, in order
    oracle           the class whose check the trajectory passes
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from physics.checks import shows
from physics.classes import CLASSES, PAIRS
from physics.leakage import best_by_noun, linear, nearest, squared
from PIL import Image, ImageDraw
from tqdm import tqdm

from locomotion_hf.evaluation.metrics import bootstrap_interval
from locomotion_hf.evaluation.protocol import stamp, write_results
from locomotion_hf.files import write_whole
from locomotion_hf.tables import aligned
from locomotion_hf.video_io import read_video

FOLDER = Path(__file__).parents[1] / "src" / "locomotion_hf" / "corpora" / "physics"
#: The clips are part of every wheel. Source: the project's own limit.
MAX_BYTES = 15 * 1000**2
MIN_TEST = 1000
FRAMES, SIDE, SEED = 16, 112, 0
#: Frames that are looked at alone.
SINGLE = {"first": 0, "middle": 7, "last": 15}

#: What a trajectory tells of a thing, and its unit.
CHANNELS = {"x": 1.0, "y": 1.0, "size": 1.0, "angle": 180.0}

Row = dict[str, Any]
Classify = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def read_rows(folder: Path, split: str) -> list[Row]:
    """All rows of a split, `video` as bytes and the trajectory as arrays."""
    rows: list[Row] = pq.read_table(folder / f"{split}.parquet").to_pylist()
    for row in rows:
        row["video"] = row["video"]["bytes"]
        row["trajectory"] = {name: np.array(values) for name, values in row["trajectory"].items()}
    return rows


def problems(splits: dict[str, list[Row]], folder: Path) -> list[str]:
    """Everything that is wrong, a line each; empty when it is fine."""
    found = []
    size = sum(path.stat().st_size for path in folder.glob("*.parquet"))
    if size > MAX_BYTES:
        found.append(f"{size} bytes of clips, over {MAX_BYTES}")
    if len(splits["test"]) < MIN_TEST:
        found.append(f"{len(splits['test'])} test clips, under {MIN_TEST}")
    nouns = {split: {noun for row in rows for noun in row["nouns"]} for split, rows in splits.items()}
    found += [f"{noun}: in train and in test" for noun in sorted(nouns["train"] & nouns["test"])]
    for split, rows in splits.items():
        found += [f"{id}: twice" for id, count in Counter(row["id"] for row in rows).items() if count > 1]
        classes: dict[str, list[int]] = {}
        for row in rows:
            classes.setdefault(row["scene"], []).append(row["label"])
            found += [f"{row['id']}: {what}" for what in row_problems(row, split)]
        whole = [sorted(CLASSES.index(name) for name in pair.classes) for pair in PAIRS]
        found += [
            f"{scene}: classes {labels}, not a pair"
            for scene, labels in classes.items()
            if sorted(labels) not in whole
        ]
    return found


def row_problems(row: Row, split: str) -> list[str]:
    """What is wrong with one row, its pixels apart."""
    name, pair = CLASSES[row["label"]], next(pair for pair in PAIRS if pair.name == row["pair"])
    which, found = pair.classes.index(name), []
    if row["split"] != split:
        found.append(f"split {row['split']} in {split}.parquet")
    if row["opposite"] != CLASSES.index(pair.classes[1 - which]):
        found.append(f"the opposite is {CLASSES[row['opposite']]}")
    if row["template"] != pair.templates[which] or row["caption"] != pair.caption(which, tuple(row["nouns"])):
        found.append(f"caption {row['caption']!r} of template {row['template']!r}")
    if not shows(name, row["trajectory"]):
        found.append("the trajectory does not show its class")
    if shows(CLASSES[row["opposite"]], row["trajectory"]):
        found.append("the trajectory shows the opposite class")
    return found


def one_frame(row: Row, frame: int) -> np.ndarray:
    """Place and size of each thing in one frame, `(6,)`; zeros for a thing that is not there."""
    seen = np.stack([row["trajectory"][name][:, frame] for name in ("x", "y", "size")], 1)
    return np.concatenate([seen, np.zeros((2 - len(seen), 3))]).ravel()


def all_frames(row: Row) -> np.ndarray:
    """Place, size and turn of each thing over time, `(8, 16)`."""
    seen = np.stack([row["trajectory"][name] / scale for name, scale in CHANNELS.items()], 1)
    return np.concatenate([seen, np.zeros((2 - len(seen), *seen.shape[1:]))]).reshape(-1, FRAMES)


def small_frames(rows: list[Row], side: int = 28) -> np.ndarray:
    """The three single frames of each clip, `(N, 3, side * side * 3)` in 0..1."""
    out = []
    for row in tqdm(rows, unit="clip", desc="decoding"):
        frames = read_video(row["video"])[0]
        small = [
            Image.fromarray(frames[index]).resize((side, side), Image.Resampling.BOX) for index in SINGLE.values()
        ]
        out.append([np.asarray(picture).ravel() / 255 for picture in small])
    return np.array(out)


def hits(
    classify: Classify, train: np.ndarray, test: np.ndarray, splits: dict[str, list[Row]]
) -> dict[str, np.ndarray]:
    """Which test clips are named rightly, `(M,)` bool: among the two of their pair, and among all classes."""
    labels = {split: np.array([row["label"] for row in rows]) for split, rows in splits.items()}
    within = np.zeros(len(test), bool)
    for pair in range(len(PAIRS)):
        seen, asked = labels["train"] // 2 == pair, labels["test"] // 2 == pair
        within[asked] = classify(train[seen], labels["train"][seen], test[asked]) == labels["test"][asked]
    return {"pair": within, "all": classify(train, labels["train"], test) == labels["test"]}


def measure(splits: dict[str, list[Row]]) -> dict[str, dict[str, np.ndarray]]:
    """Baseline -> "pair" and "all" -> which test clips it gets right."""
    test = splits["test"]
    labels = [row["label"] for row in test]
    both = [" and ".join(row["nouns"]) for row in test]
    in_pair = [f"{row['pair']}: {nouns}" for row, nouns in zip(test, both, strict=True)]
    found = {"noun": {"pair": best_by_noun(in_pair, labels), "all": best_by_noun(both, labels)}}
    pictures = {split: small_frames(rows) for split, rows in splits.items()}
    for place, name in enumerate(SINGLE):
        for kind, classify in (("linear", linear), ("nearest", nearest)):
            one, other = pictures["train"][:, place], pictures["test"][:, place]
            found[f"pixels, {name} frame, {kind}"] = hits(classify, one, other, splits)
    for name, frame in SINGLE.items():
        states = {split: np.array([one_frame(row, frame) for row in rows]) for split, rows in splits.items()}
        found[f"state, {name} frame, linear"] = hits(
            linear, squared(states["train"]), squared(states["test"]), splits
        )
        found[f"state, {name} frame, nearest"] = hits(nearest, states["train"], states["test"], splits)
    paths = {split: np.array([all_frames(row) for row in rows]) for split, rows in splits.items()}
    for name, change in (("unordered", lambda path: np.sort(path, -1)), ("in order", lambda path: path)):
        one, other = (change(paths[split]).reshape(len(paths[split]), -1) for split in ("train", "test"))
        for kind, classify in (("linear", linear), ("nearest", nearest)):
            found[f"state, all frames {name}, {kind}"] = hits(classify, one, other, splits)
    own = np.array([shows(CLASSES[row["label"]], row["trajectory"]) for row in test])
    opposite = np.array([shows(CLASSES[row["opposite"]], row["trajectory"]) for row in test])
    found["oracle"] = {"pair": own & ~opposite}
    return found


def report(splits: dict[str, list[Row]], found: dict[str, dict[str, np.ndarray]]) -> dict[str, Any]:
    """The measured shares with their intervals, and what the release holds."""
    test = splits["test"]
    scenes = [row["scene"] for row in test]
    groups = {"pair": np.ones(len(test), bool), "all": np.ones(len(test), bool)}
    for shares in ("path", "start"):
        groups[f"pair, shared {shares}"] = np.array([row["shares"] == shares for row in test])
    accuracy: dict[str, dict[str, Any]] = {}
    for name, right in found.items():
        accuracy[name] = {}
        for group, members in groups.items():
            which = group.split(",")[0]
            if which in right:
                kept = [scene for scene, member in zip(scenes, members, strict=True) if member]
                interval = bootstrap_interval(right[which][members].astype(float), kept, seed=SEED)
                accuracy[name][group] = interval.to_dict()
        accuracy[name]["by pair"] = {
            pair.name: float(
                np.mean([hit for hit, row in zip(right["pair"], test, strict=True) if row["pair"] == pair.name])
            )
            for pair in PAIRS
        }
    return {
        "accuracy": accuracy,
        "chance": {"pair": 0.5, "all": 1 / len(CLASSES)},
        "contents": {split: contents(rows) for split, rows in splits.items()},
        "stamp": stamp(
            seeds={"bootstrap": SEED},
            num_frames=FRAMES,
            sampling="all frames; single frames 0, 7 and 15",
            resolution=28,
            precision="float64",
            queries=[row["id"] for row in test],
            candidates=list(CLASSES),
        ),
    }


def contents(rows: list[Row]) -> dict[str, Any]:
    """Counts of a split; `draws` of scenes, of which those are thrown away in which a clip failed its check."""
    sizes = np.array([row["trajectory"]["size"][:, 0].max() for row in rows])
    scenes = {row["scene"]: row["draws"] for row in rows}
    return {
        "clips": len(rows),
        "scenes": len(scenes),
        "clips_per_class": min(Counter(row["label"] for row in rows).values()),
        "nouns": sorted({noun for row in rows for noun in row["nouns"]}),
        "draws": sum(scenes.values()),
        "draws_thrown_away": sum(scenes.values()) - len(scenes),
        "largest_thing_first_frame": dict(
            zip(("p10", "median", "p90"), np.quantile(sizes, (0.1, 0.5, 0.9)), strict=True)
        ),
    }


def _place(name: str) -> tuple[int, int, str]:
    """Where a row of the table stands: less is seen further up."""
    kinds, frames = ("noun", "pixels", "state", "oracle"), (*SINGLE, "unordered", "in order")
    return kinds.index(name.split(",")[0]), next((i for i, word in enumerate(frames) if word in name), 0), name


def figures_table(figures: dict[str, Any]) -> str:
    """The Markdown table of the measured shares, as it stands on the card."""
    shown = [["what is seen", "of the two: all pairs", "shared path", "shared start", "of all classes"]]
    for name in sorted(figures["accuracy"], key=_place):
        values, cells = figures["accuracy"][name], []
        for group in ("pair", "pair, shared path", "pair, shared start", "all"):
            share = values.get(group)
            cells.append(f"{share['mean']:.3f} [{share['low']:.3f}, {share['high']:.3f}]" if share else "")
        shown.append([name, *cells])
    shown.append(["chance", *3 * [f"{figures['chance']['pair']:.3f}"], f"{figures['chance']['all']:.3f}"])
    return aligned(shown, "markdown") + "\n"


def update_card(card: Path, figures: dict[str, Any]) -> None:
    """Put the table between its marks."""
    before, _, rest = card.read_text().partition("<!-- figures -->\n")
    _, mark, after = rest.partition("<!-- /figures -->")
    if not mark:
        sys.exit(f"{card} has no lines <!-- figures --> and <!-- /figures -->; put them where the table belongs.")
    write_whole(card, f"{before}<!-- figures -->\n{figures_table(figures)}{mark}{after}".encode())


def sheet(rows: list[Row], path: Path, columns: int = 6, side: int = 84) -> None:
    """One scene a pair, both classes below each other, over time."""
    width, height, half = columns * side, side + 14, (len(PAIRS) + 1) // 2
    canvas = Image.new("RGB", (2 * width + 12, half * (2 * height + 8)), "white")
    draw = ImageDraw.Draw(canvas)
    for place, pair in enumerate(PAIRS):
        scenes = sorted({row["scene"] for row in rows if row["pair"] == pair.name})
        # Another number for each pair, so that the picture shows many things.
        scene = scenes[2 * place % len(scenes)]
        for line, row in enumerate(sorted((r for r in rows if r["scene"] == scene), key=lambda row: row["label"])):
            frames = read_video(row["video"])[0]
            left, top = (place // half) * (width + 12), (place % half) * (2 * height + 8) + line * height
            draw.text((left + 2, top + 1), row["caption"], fill="black")
            for column, index in enumerate(np.linspace(0, FRAMES - 1, columns).round().astype(int)):
                picture = Image.fromarray(frames[index]).resize((side, side), Image.Resampling.BICUBIC)
                canvas.paste(picture, (left + column * side, top + 14))
    canvas.quantize(128).save(path, optimize=True)


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The text above as it stands, and every default."""


def main() -> None:
    """Check, then measure or draw what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Help)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="with train.parquet and test.parquet")
    parser.add_argument("--json", type=Path, default=None, help="measure, and write the figures here")
    parser.add_argument("--sheet", type=Path, default=None, help="write a picture of every class here")
    args = parser.parse_args()

    splits = {split: read_rows(args.folder, split) for split in ("train", "test")}
    found = problems(splits, args.folder)
    print("\n".join(found) or f"{sum(map(len, splits.values()))} clips are fine.")
    if args.sheet:
        sheet(splits["test"], args.sheet)
    if args.json:
        figures = report(splits, measure(splits))
        update_card(args.folder / "README.md", figures)
        print(figures_table(figures))
        print(f"The figures are in {write_results(args.json, figures)}.")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
