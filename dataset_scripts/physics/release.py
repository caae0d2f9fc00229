"""Rows, and the Parquet files that `load_dataset` reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import ClassLabel, Features, List, Value, Video

from .classes import CLASSES, Pair
from .clips import Shown
from .render import encode
from .scenes import FRAMES, SECONDS, Scene

#: Frames per second of the files: the frames are 0.1 s apart, in the simulation too.
FPS = (FRAMES - 1) / SECONDS

#: Decimals that are kept: a tenth of a pixel, a tenth of a degree.
DIGITS = {"x": 3, "y": 3, "size": 3, "angle": 1}


def features() -> Features:
    """The columns; the card explains them."""
    track = List(List(Value("float32"), length=FRAMES))
    return Features(
        {
            "id": Value("string"),
            "video": Video(decode=False),
            "caption": Value("string"),
            "template": Value("string"),
            "label": ClassLabel(names=list(CLASSES)),
            "opposite": ClassLabel(names=list(CLASSES)),
            "pair": Value("string"),
            "shares": Value("string"),
            "nouns": List(Value("string")),
            "scene": Value("string"),
            "split": Value("string"),
            "draws": Value("int32"),
            "trajectory": {
                "x": track,
                "y": track,
                "size": track,
                "angle": track,
                "touch": List(Value("bool"), length=FRAMES),
            },
        }
    )


def rows_of(pair: Pair, scene: Scene, clips: Sequence[Shown], draws: int, crf: int) -> list[dict[str, Any]]:
    """The two rows of a scene.

    Args:
        pair: of classes.
        scene: what they share.
        clips: of class 0 and of class 1.
        draws: how many times the scene was drawn until both clips showed their class.
        crf: x264's rate factor.
    """
    rows = []
    for which, clip in enumerate(clips):
        name, other = pair.classes[which], pair.classes[1 - which]
        track = {key: clip.trajectory[key].round(digits).tolist() for key, digits in DIGITS.items()}
        track["touch"] = clip.trajectory["touch"].tolist()
        rows.append(
            {
                "id": f"{scene.split}-{name}-{scene.name[-3:]}",
                "video": {"bytes": encode(clip.frames, FPS, crf), "path": None},
                "caption": pair.caption(which, scene.nouns),
                "template": pair.templates[which],
                "label": CLASSES.index(name),
                "opposite": CLASSES.index(other),
                "pair": pair.name,
                "shares": pair.shares,
                "nouns": list(scene.nouns),
                "scene": scene.name,
                "split": scene.split,
                "draws": draws,
                "trajectory": track,
            }
        )
    return rows


def write_parquet(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """One file, whole or not at all, small groups of rows so that a viewer can page."""
    schema = features().arrow_schema
    ordered = sorted(rows, key=lambda row: row["id"])
    table = pa.Table.from_pylist(ordered, schema=schema)
    partial = path.with_name(f".{path.name}.partial")
    pq.write_table(table, partial, compression="zstd", compression_level=15, row_group_size=200)
    partial.replace(path)


def save_scene(path: Path, rows: Sequence[dict[str, Any]], thrown: dict[str, int]) -> None:
    """Keep a finished scene in the working folder, so that a stopped run can go on."""
    plain = [{**row, "video": row["video"]["bytes"].hex()} for row in rows]
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"rows": plain, "thrown": thrown}))
    partial.replace(path)


def load_scene(path: Path) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """What `save_scene` kept."""
    kept = json.loads(path.read_text())
    rows = [{**row, "video": {"bytes": bytes.fromhex(row["video"]), "path": None}} for row in kept["rows"]]
    return rows, kept["thrown"]
