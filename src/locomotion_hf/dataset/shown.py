"""Clips to look at, from the generator or from a finished release, with their twins beside them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np

from locomotion_hf.dataset.generate import generate
from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.errors import AssetError, MotionError
from locomotion_hf.facts import Facts
from locomotion_hf.measuring.moves import centroids
from locomotion_hf.randomness import Split
from locomotion_hf.types import BackdropKind, Example, Twin, TwinKind
from locomotion_hf.video_io import read_video

#: One for each object, told apart by colour-blind eyes and on any background (own choice).
COLOURS = ("#ffb000", "#4cc3ff", "#ff5c93", "#8be36b")
#: The columns of a release that are needed.
COLUMNS = ("id", "video", "fps", "caption", "spatial_caption", "facts", "boxes", "backdrop", "twin", "recipe")


@dataclass(frozen=True, repr=False)
class Shown:
    """A clip as a person looks at it.

    Attributes:
        id: as in `Example`.
        frames: `(T, H, W, 3)` uint8 RGB.
        fps: frames per second.
        caption, spatial_caption, facts: as in `Example`.
        backdrop: what the background is.
        paths: `(T, objects, 2)` float64, x and y as fractions of the frame; NaN while an object is outside it.
        twin: what it is the twin by; None for an original.
        mp4: the file it came in; empty when it was made on the spot.
    """

    id: str
    frames: np.ndarray
    fps: float
    caption: str
    spatial_caption: str
    facts: Facts
    backdrop: BackdropKind
    paths: np.ndarray
    twin: Twin | None = None
    mp4: bytes = b""

    def __repr__(self) -> str:
        return f"Shown({self.id!r}, {self.caption!r}, frames={self.frames.shape})"

    @property
    def nouns(self) -> tuple[str, ...]:
        """Of every object."""
        return tuple(one.noun for one in self.facts.objects)

    @classmethod
    def from_example(cls, example: Example) -> Shown:
        """Of a clip made with `masks=True`: its paths are those of the mattes that were drawn.

        Raises:
            ValueError: it was made without mattes.
        """
        if example.masks is None:
            raise ValueError(f"{example.id} has no mattes; make it with generate(..., masks=True)")
        count, height, width = len(example.frames), *example.frames.shape[1:3]
        paths = np.full((count, len(example.object_ids), 2), np.nan)
        seen = example.masks.max((2, 3)) > 0
        for number in range(paths.shape[1]):
            inside = seen[:, number]
            if inside.any():
                pixels = centroids(example.masks[inside, number])
                paths[inside, number] = (pixels + 0.5) / (width, height)
        return cls(
            example.id,
            example.frames,
            example.fps,
            example.caption,
            example.spatial_caption,
            example.facts,
            example.backdrop.kind,
            paths,
            example.twin,
        )

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Shown:
        """Of a row as `schema.to_row` writes it: its paths are the centres of its boxes.

        Raises:
            AssetError: its video cannot be read, or its columns hold something else than ours do.
        """
        try:
            return cls._from_row(row)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise AssetError(
                f"row {row['id']!r} cannot be shown ({type(error).__name__}: {error}).",
                "a row as this version of locomotion-hf writes it.",
                "show it with the version that wrote it.",
            ) from error

    @classmethod
    def _from_row(cls, row: dict[str, Any]) -> Shown:
        mp4, fps, twin = row["video"]["bytes"], float(row["fps"]), row["twin"]
        frames, _ = read_video(mp4, fps=fps, max_seconds=3600.0)
        boxes = np.array(row["boxes"], np.float64)
        paths = (boxes[..., :2] + boxes[..., 2:]) / 2
        paths[(boxes[..., 2:] <= boxes[..., :2]).any(-1)] = np.nan
        return cls(
            row["id"],
            frames,
            fps,
            row["caption"],
            row["spatial_caption"],
            Facts.from_dict(row["facts"]),
            row["backdrop"]["kind"],
            paths,
            Twin(twin["kind"], tuple(twin["changes"]), bool(twin["background_turned"])) if twin else None,
            mp4,
        )


@dataclass(frozen=True)
class Family:
    """A clip and its counterfactual twins.

    Attributes:
        original: the clip; a twin, when a release holds a twin without its original.
        twins: those that exist.
        refused: kind -> what it would take, for those that do not.
    """

    original: Shown
    twins: tuple[Shown, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)


def generated(recipe: Recipe, split: Split, indices: range, twins: bool = False) -> Iterator[Family]:
    """Make clips to look at; one whose motion cannot be drawn is left out with a warning.

    Args:
        recipe: all choices.
        split: "train" or "validation".
        indices: which.
        twins: whether to make every twin that exists.

    Raises:
        AssetError: as `generate`.
        MotionError: none of the clips can be drawn.
    """
    drawn = 0
    for index in indices:
        try:
            original = Shown.from_example(generate(recipe, split, index, masks=True))
        except MotionError as error:
            if not drawn and index == indices[-1]:
                raise
            warnings.warn(f"Left out {split} {index}: {error.seen}", stacklevel=2)
            continue
        drawn += 1
        made: list[Shown] = []
        refused: dict[str, str] = {}
        for kind in get_args(TwinKind) if twins else ():
            try:
                made.append(Shown.from_example(generate(recipe, split, index, kind, masks=True)))
            except MotionError as error:
                refused[kind] = error.expected or error.seen
        yield Family(original, tuple(made), refused)


def released(folder: Path, split: Split, indices: range) -> Iterator[Family]:
    """Read clips to look at from a release; twins in it stand beside their originals.

    Args:
        folder: as `locomotion generate` writes it.
        split: "train" or "validation".
        indices: which of the rows that are no twins (or of all, should there be twins only).

    Raises:
        AssetError: the folder is missing, or is no such release; or none of its rows is asked for.
    """
    from datasets import Video, load_dataset
    from datasets.exceptions import DatasetsError

    expected, fix = "a folder that `locomotion generate` wrote.", "name such a folder, or leave out --dataset."
    if not folder.is_dir():
        raise AssetError(f"{folder} is no folder.", expected, fix)
    try:
        data = load_dataset(str(folder), split=split)
    except (DatasetsError, OSError, ValueError) as error:
        raise AssetError(f"{folder} has no split {split!r} that can be read ({error}).", expected, fix) from error
    if missing := set(COLUMNS) - set(data.column_names):
        raise AssetError(f"{folder} lacks the columns {', '.join(sorted(missing))}.", expected, fix)
    data = data.cast_column("video", Video(decode=False))
    twins: dict[str, list[int]] = {}
    originals: list[int] = []
    ids: list[str] = data["id"][:]
    for number, (twin, text) in enumerate(zip(data["twin"][:], data["recipe"][:], strict=True)):
        if twin:
            twins.setdefault(_original_of(text), []).append(number)
        else:
            originals.append(number)
    found = {ids[number] for number in originals}
    alone = [number for of, numbers in twins.items() if of not in found for number in numbers]
    listed = sorted(originals + alone)
    shown = [listed[place] for place in indices if place < len(listed)]
    if not shown:
        raise AssetError(
            f"{folder} has {len(listed)} clips in {split!r}, from number {indices.start} on none.",
            "a number below that.",
            "ask for an earlier --first.",
        )
    for number in shown:
        original = Shown.from_row(data[number])
        beside = twins.get(original.id, []) if original.twin is None else []
        yield Family(original, tuple(Shown.from_row(data[twin]) for twin in beside))


def _original_of(text: str) -> str:
    """The id of the clip that a twin was made from, by the text of its `recipe` column."""
    recipe, split, index, kind = Recipe.from_row(text)
    # Either asked for by its kind, or a later member of a group of twins.
    first = index if kind else index - index % recipe.group_size
    return f"{split}-{first:08d}"
