"""The choices from which every row follows."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np

from locomotion_hf.captions import WORDINGS, Wording
from locomotion_hf.errors import RecipeError
from locomotion_hf.motion import Vocabulary
from locomotion_hf.randomness import Split
from locomotion_hf.types import BackdropKind, TwinKind

#: Changes whenever the same recipe would give other frames or words.
GENERATOR_VERSION = 2
#: Fractions of the frame: a smaller object is too coarse for its turning to be seen at 112 pixels. The first
#: try draws nothing smaller; what does not fit loses up to 27 % more.
SMALLEST = 0.13


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what `generate` makes; nothing else does.

    Attributes:
        seed: 0 is a seed.
        resolution: width and height of the frames, pixels, even.
        num_frames: frames a clip.
        fps: frames per second. With the defaults a clip shows 1.9 seconds.
        sizes: least and largest longer side of an object, as a fraction of the frame (the authors' earlier code
            has .14 to .57; above .4 nothing fast fits the frame, and size would give the speed away). That is of one
            object alone, where it is largest; several are drawn at .72, .6 and .52 of it, and what does not
            fit a little smaller still.
        group_size: consecutive rows that share an object and differ in motion, so that a batch holds clips which
            the noun alone cannot tell apart. At the size of the default run it made no difference
            to the result (results/ablations.json); VTM takes its hardest negatives from these groups.
        group_shares: what else a group shares: "background" (and crop and size), or "object" alone.
        members: "motions": each member of a group moves as it pleases; "twins": the first does, then come its
            counterfactual twins, one kind after the other, as far as they exist, then motions of their own.
        held_out: share of object and background sources kept for validation.
        objects: "default_pack", a folder of `noun/*.png`, or another source (`assets/sources.py`).
        backgrounds: "default_pack", a folder of videos, or another source.
        vocabulary: "full", or "linear" for the paper's: one object, straight lines at an even speed.
        max_objects: 1 to 4; how many objects a clip of the full vocabulary may have.
        backdrop: "video"; or for the realism question a still picture, over which the camera may move:
            "frozen" (a frame of the video), "photograph" (in the full vocabulary always with a pan; without
            photographs a frame of the video), "texture", "noise", "black".
        wording: of the captions, "plain", "forms" or "verbs" (`captions/wording.py`). Frames do not depend on it.
    """

    seed: int = 0
    resolution: int = 224
    num_frames: int = 16
    fps: float = 8.0
    sizes: tuple[float, float] = (0.16, 0.40)
    group_size: int = 8
    group_shares: Literal["background", "object"] = "background"
    members: Literal["motions", "twins"] = "motions"
    held_out: float = 0.2
    objects: str = "default_pack"
    backgrounds: str = "default_pack"
    vocabulary: Vocabulary = "full"
    max_objects: int = 4
    backdrop: BackdropKind = "video"
    wording: Wording = "plain"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(self.sizes))
        object.__setattr__(self, "fps", float(self.fps))
        for name in ("objects", "backgrounds"):
            object.__setattr__(self, name, os.fspath(getattr(self, name)))
        low, high = self.sizes
        seconds = (self.num_frames - 1) / self.fps if self.fps > 0 else 0.0
        rules = {
            "resolution": (self.resolution >= 16 and self.resolution % 2 == 0, "an even number from 16 on"),
            "fps": (1 <= self.fps <= 240, "1 to 240 frames a second"),
            "num_frames": (
                seconds >= 0.6 and self.num_frames >= 5,
                f"5 or more frames that show 0.6 s or more (here {seconds:.2f} s at {self.fps:g} fps)",
            ),
            "sizes": (SMALLEST <= low <= high <= 0.5, f"two fractions from {SMALLEST} to 0.5, the smaller first"),
            "group_size": (self.group_size >= 1, "1 or more"),
            "group_shares": (self.group_shares in ("background", "object"), '"background" or "object"'),
            "members": (self.members in ("motions", "twins"), '"motions" or "twins"'),
            "vocabulary": (self.vocabulary in get_args(Vocabulary), '"full" or "linear"'),
            "max_objects": (1 <= self.max_objects <= 4, "1 to 4"),
            "backdrop": (self.backdrop in get_args(BackdropKind), f"one of {', '.join(get_args(BackdropKind))}"),
            "wording": (self.wording in WORDINGS, f"one of {', '.join(WORDINGS)}"),
            "held_out": (0 <= self.held_out < 1, "a share from 0 to below 1"),
            "seed": (isinstance(self.seed, int) and self.seed >= 0, "an integer from 0 on"),
        }
        for name, (fine, expected) in rules.items():
            if not fine:
                raise RecipeError(f"{name}={getattr(self, name)!r}.", f"{expected}.", f"change `{name}`.")

    @property
    def frame_times(self) -> np.ndarray:
        """`(T,)` float64: seconds at which frames are kept, from 0."""
        return np.arange(self.num_frames) / self.fps

    def row(self, split: Split, index: int, twin: TwinKind | None = None) -> str:
        """The JSON text that regenerates one row. Settings that have their default are left out."""
        place: dict[str, object] = {"split": split, "index": index, "generator": GENERATOR_VERSION}
        if twin:
            place["twin"] = twin
        settings = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        chosen = {name: value for name, (value, default) in settings.items() if value != default}
        return json.dumps({**place, **chosen}, sort_keys=True)

    @classmethod
    def from_row(cls, text: str) -> tuple[Recipe, Split, int, TwinKind | None]:
        """The inverse of `row`: what `generate` takes.

        Raises:
            RecipeError: the text is no such JSON, or another version of the generator wrote it.
        """
        try:
            data = json.loads(text)
            made_by, known = data["generator"], {field.name for field in fields(cls)}
            recipe = cls(**{key: value for key, value in data.items() if key in known})
            split, index, twin = data["split"], data["index"], data.get("twin")
        except (ValueError, KeyError, TypeError) as error:
            fix = "pass the text of the `recipe` column."
            raise RecipeError(f"{text[:80]!r} ({error}).", "JSON written by this package.", fix) from error
        if made_by != GENERATOR_VERSION:
            raise RecipeError(
                f"a row of generator version {made_by}.",
                f"version {GENERATOR_VERSION}.",
                "install the release of locomotion-hf that wrote it.",
            )
        return recipe, split, index, twin
