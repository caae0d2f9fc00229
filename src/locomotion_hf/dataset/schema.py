"""The columns of a row, and the way from an example to one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from datasets import Features, Json, List, Value, Video

from locomotion_hf.types import Example
from locomotion_hf.video_writing import encode_mp4


def features() -> Features:
    """The columns. `video` holds mp4 bytes and is not decoded on access: any decoder may be used.

    `boxes` is `(num_frames, objects, 4)`: xyxy as fractions of the frame. Rows with equal `group` are true
    of each other's captions. `backdrop` says how the background fills the clip; `twin` what sets a
    counterfactual twin apart from its original, null for others. `recipe` is the JSON text from which
    `generate` makes the row again.
    """
    return Features(
        {
            "id": Value("string"),
            "video": Video(decode=False),
            "caption": Value("string"),
            "spatial_caption": Value("string"),
            "noun": Value("string"),
            "facts": Json(),
            "boxes": List(List(List(Value("float32"), length=4))),
            "group": Value("string"),
            "fps": Value("float32"),
            "num_frames": Value("int32"),
            "object_ids": List(Value("string")),
            "background_id": Value("string"),
            "backdrop": Json(),
            "twin": Json(),
            "seed": Value("int64"),
            "licences": List(Value("string")),
            "recipe": Value("string"),
        }
    )


def to_row(example: Example) -> dict[str, Any]:
    """One row: the frames become an mp4 in memory (H.264, the same bytes for the same frames)."""
    return {
        "id": example.id,
        "video": {"bytes": encode_mp4(example.frames, example.fps), "path": f"{example.id}.mp4"},
        "caption": example.caption,
        "spatial_caption": example.spatial_caption,
        "noun": example.noun,
        "facts": example.facts.to_dict(),
        "boxes": example.boxes.tolist(),
        "group": example.group,
        "fps": example.fps,
        "num_frames": len(example.frames),
        "object_ids": list(example.object_ids),
        "background_id": example.background_id,
        "backdrop": asdict(example.backdrop),
        "twin": asdict(example.twin) if example.twin else None,
        "seed": example.seed,
        "licences": list(example.licences),
        "recipe": example.recipe,
    }
