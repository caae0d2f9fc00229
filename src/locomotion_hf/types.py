"""What crosses the border between two rooms, and in which units.

Conventions, stated once:

- Position: the centroid of the object's alpha matte, as fractions of the frame, x right, y down. It is
  also the point that the object turns about, so that turning alone never looks like moving.
- Size: the cut-out's longer side as a fraction of the frame's shorter side.
- Angle: degrees, clockwise positive as seen.
- Time: seconds. A motion is a continuous function of time and is sampled at the frames really kept.
- Speed: frame-widths per second, along both axes.
- Facts: what may be stated of a motion, in `facts.py`.
- Frames: uint8, `(T, H, W, 3)`, RGB. Alpha: straight in files, premultiplied inside the renderer.
- Boxes: xyxy, fractions of the frame, exclusive right and lower edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from locomotion_hf.facts import Facts

BackdropKind = Literal["video", "frozen", "photograph", "black", "noise", "texture"]
Extension = Literal["none", "back and forth"]
TwinKind = Literal["reverse", "mirror", "speed", "rotation", "direction", "order", "object binding", "growth"]


def _check(array: np.ndarray, name: str, dtype: type, shape: str, ok: bool) -> None:
    if array.dtype != dtype or not ok:
        raise ValueError(f"{name} is {array.dtype} {array.shape}; expected {np.dtype(dtype)} {shape}")


@dataclass(frozen=True)
class AssetInfo:
    """What is known of a cut-out or a background without opening its file.

    Attributes:
        id: unique within its source of assets, stable across machines, `/` as separator.
        source: the recording, model or drawing it was made from: the unit of the train / validation split.
        licence: its licence, as its origin states it ("unknown" for a user's own files without one).
        noun: the name of the object, a noun phrase without article; empty for a background.
        attribution: whom to name, as the licence asks; may be empty.
        caption: what its owner wrote about a background; may be empty.
    """

    id: str
    source: str
    licence: str
    noun: str = ""
    attribution: str = ""
    caption: str = ""


@dataclass(frozen=True, repr=False)
class CutOut:
    """An object with its alpha matte, tightly cropped.

    Attributes:
        info: where it comes from and what it is called.
        rgba: `(h, w, 4)` uint8, straight alpha.
    """

    info: AssetInfo
    rgba: np.ndarray

    def __post_init__(self) -> None:
        ok = self.rgba.ndim == 3 and self.rgba.shape[-1] == 4
        _check(self.rgba, "CutOut.rgba", np.uint8, "(h, w, 4)", ok)

    def __repr__(self) -> str:
        return f"CutOut({self.info.id!r}, noun={self.info.noun!r}, rgba={self.rgba.shape})"


@dataclass(frozen=True, repr=False)
class Clip:
    """A background: frames at a known rate.

    Attributes:
        info: where it comes from.
        frames: `(N, H, W, 3)` uint8 RGB.
        fps: frames per second.
    """

    info: AssetInfo
    frames: np.ndarray
    fps: float

    def __post_init__(self) -> None:
        ok = self.frames.ndim == 4 and self.frames.shape[-1] == 3
        _check(self.frames, "Clip.frames", np.uint8, "(N, H, W, 3)", ok)

    def __repr__(self) -> str:
        return f"Clip({self.info.id!r}, frames={self.frames.shape}, fps={self.fps:g})"


class ObjectSource(Protocol):
    """Somewhere cut-outs come from.

    Attributes:
        infos: every usable cut-out, sorted by id.
        skipped: file -> reason, for what could not be used.
    """

    infos: tuple[AssetInfo, ...]
    skipped: dict[str, str]

    def load(self, id: str) -> CutOut:
        """The cut-out itself. Raises `AssetError` when it can no longer be read."""
        ...


class BackgroundSource(Protocol):
    """Somewhere background clips come from.

    Attributes:
        infos: every usable background, sorted by id.
        skipped: file -> reason, for what could not be used.
    """

    infos: tuple[AssetInfo, ...]
    skipped: dict[str, str]

    def load(self, id: str, short_side: int) -> Clip:
        """The clip with its shorter side resized to `short_side` pixels. Raises `AssetError`."""
        ...

    def file(self, id: str) -> str | Path | bytes | None:
        """The video file behind it, or its bytes; None where there is none. Raises `AssetError`."""
        ...


@dataclass(frozen=True, repr=False)
class Trajectory:
    """The path that is drawn: linear in time between keyframes, which lie densely where it bends.

    Attributes:
        times: `(K,)` float64, seconds, from 0 to the clip's end, increasing.
        centres: `(K, 2)` float64, x and y as fractions of the frame.
        angles: `(K,)` float64, degrees, clockwise positive, cumulative.
        sizes: `(K,)` float64, longer side of the cut-out as a fraction of the frame's shorter side.
        borders: `(P + 1,)` float64, seconds: where one phase ends and the next begins, both ends included.
        aspect: frame height over frame width.
    """

    times: np.ndarray
    centres: np.ndarray
    angles: np.ndarray
    sizes: np.ndarray
    borders: np.ndarray
    aspect: float = 1.0

    def __post_init__(self) -> None:
        keyframes = len(self.times)
        _check(self.times, "Trajectory.times", np.float64, "(K,)", keyframes >= 2)
        _check(self.centres, "Trajectory.centres", np.float64, "(K, 2)", self.centres.shape == (keyframes, 2))
        _check(self.angles, "Trajectory.angles", np.float64, "(K,)", self.angles.shape == (keyframes,))
        _check(self.sizes, "Trajectory.sizes", np.float64, "(K,)", self.sizes.shape == (keyframes,))
        _check(self.borders, "Trajectory.borders", np.float64, "(P + 1,)", len(self.borders) >= 2)

    def __repr__(self) -> str:
        return f"Trajectory({len(self.borders) - 1} phases, {self.times[-1]:g} s, size={self.sizes[0]:.2f})"

    def at(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the object is.

        Args:
            times: `(T,)` seconds.

        Returns:
            Centres `(T, 2)`, angles `(T,)` and sizes `(T,)`.
        """
        x = np.interp(times, self.times, self.centres[:, 0])
        y = np.interp(times, self.times, self.centres[:, 1])
        angles = np.interp(times, self.times, self.angles)
        return np.stack([x, y], 1), angles, np.interp(times, self.times, self.sizes)


@dataclass(frozen=True)
class Backdrop:
    """How a background was made to fill the clip.

    Attributes:
        kind: "video" (what moves in it is not described), or one still picture: "frozen" (a frame of a video),
            "photograph", "texture", "noise", "black".
        start: seconds into the background at which the clip begins; 0 for pictures made on the spot.
        extension: "none" when the background lasts as long as the clip; "back and forth" when it was too
            short and ran to its end, back to its beginning, and so on.
        caption: what its owner wrote about it; may be empty.
    """

    kind: BackdropKind = "video"
    start: float = 0.0
    extension: Extension = "none"
    caption: str = ""


@dataclass(frozen=True)
class Twin:
    """What sets a counterfactual twin apart from its original.

    Attributes:
        kind: how it was made.
        changes: the facts that differ, sorted; all others are the same.
        background_turned: whether the background's time was turned round too. Ours never is: a model could
            tell the twin by people who walk backwards.
    """

    kind: TwinKind
    changes: tuple[str, ...]
    background_turned: bool = False


@dataclass(frozen=True, repr=False)
class Example:
    """One row of the dataset, before its frames are encoded.

    Attributes:
        id: unique within a recipe, for example "train-00000017".
        frames: `(T, H, W, 3)` uint8 RGB.
        fps: frames per second.
        caption: appearance and motion, written from the facts.
        spatial_caption: appearance only: the control.
        facts: what the drawn path is.
        boxes: `(T, objects, 4)` float32, xyxy, fractions of the frame, measured from the drawn mattes; zeros
            while an object is outside the frame. What another object covers belongs to it all the same.
        masks: `(T, objects, H, W)` uint8, the drawn mattes; None unless asked for.
        backdrop: how the background fills the clip.
        background_id, object_ids: ids of the assets.
        licences: the distinct licences of the assets, sorted.
        recipe: JSON text from which the row can be made again.
        seed: the recipe's seed.
        twin: what it is the twin by; None for an original.
    """

    id: str
    frames: np.ndarray
    fps: float
    caption: str
    spatial_caption: str
    facts: Facts
    boxes: np.ndarray
    masks: np.ndarray | None
    backdrop: Backdrop
    background_id: str
    object_ids: tuple[str, ...]
    licences: tuple[str, ...]
    recipe: str
    seed: int
    twin: Twin | None = None

    def __post_init__(self) -> None:
        ok = self.frames.ndim == 4 and self.frames.shape[-1] == 3
        _check(self.frames, "Example.frames", np.uint8, "(T, H, W, 3)", ok)
        shape = (len(self.frames), len(self.object_ids), 4)
        _check(self.boxes, "Example.boxes", np.float32, str(shape), self.boxes.shape == shape)

    def __repr__(self) -> str:
        return f"Example({self.id!r}, {self.caption!r}, frames={self.frames.shape})"

    @property
    def noun(self) -> str:
        """The moving object's name (the first one's, should there be several)."""
        return self.facts.objects[0].noun

    @property
    def group(self) -> str:
        """Clips of one group are true of each other's captions: positives, never negatives."""
        return self.facts.signature
