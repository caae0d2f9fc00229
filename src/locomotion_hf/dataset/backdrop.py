"""What lies behind the objects: real video, or one of the still pictures that the realism question asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from locomotion_hf.assets.default_pack import is_photograph
from locomotion_hf.assets.stills import black, noise, texture
from locomotion_hf.compositing.film import camera_shows, film
from locomotion_hf.dataset.assets import Assets, draw_usable
from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.facts import CameraMove
from locomotion_hf.motion.camera import STILL_ROOM, read_camera, sample_windows
from locomotion_hf.randomness import Split
from locomotion_hf.types import AssetInfo, Backdrop, BackdropKind, Clip, Extension

#: Backgrounds are loaded this much larger than the frame, so that the crop can move about; resizing and
#: cropping come before the overlay: after it, they would change a motion that has its caption. 256 / 224 is
#: the custom of the field.
CROP_ROOM = 256 / 224
#: What a picture made on the spot is listed as: nobody's, free of any terms.
MADE = "CC0-1.0"


@dataclass(frozen=True, repr=False)
class Stage:
    """A background as a group of clips shares it.

    Attributes:
        info: where it comes from.
        backdrop: how it fills the clip.
        frames: `(T, side, side, 3)` uint8 of a video; `(1, H, W, 3)` of a still picture, larger than the frame.
    """

    info: AssetInfo
    backdrop: Backdrop
    frames: np.ndarray

    def __repr__(self) -> str:
        return f"Stage({self.info.id!r}, {self.backdrop.kind}, frames={self.frames.shape})"

    @property
    def is_still(self) -> bool:
        """Whether the camera may move over it."""
        return self.backdrop.kind != "video"


def draw_stage(rng: np.random.Generator, recipe: Recipe, split: Split, assets: Assets) -> Stage:
    """Draw a background of the recipe's kind.

    Args:
        rng: the stream of this draw.
        recipe: all choices.
        split: decides which recordings may be drawn.
        assets: of the recipe.

    Raises:
        AssetError: nothing usable was found.
    """
    kind, side = recipe.backdrop, math.ceil(recipe.resolution * STILL_ROOM)
    if kind == "black":
        return Stage(AssetInfo("black", "black", MADE), Backdrop("black"), black(side, side)[None])
    if kind in ("noise", "texture"):
        make = noise if kind == "noise" else texture
        return Stage(AssetInfo(kind, kind, MADE), Backdrop(kind), make(rng, side, side)[None])
    infos = assets.background_infos[split]
    if kind == "video":
        short_side = math.ceil(recipe.resolution * CROP_ROOM)
        # Cut within the draw: a cached frame may turn out to be damaged only when it is read.
        info, (frames, backdrop) = draw_usable(
            rng, infos, lambda one: _cut_video(rng, assets.backgrounds.load(one.id, short_side), recipe)
        )
        return Stage(info, backdrop, frames)
    infos = tuple(info for info in infos if is_photograph(info) == (kind == "photograph")) or infos
    info, (frames, start) = draw_usable(
        rng, infos, lambda one: _one_frame(rng, assets.backgrounds.load(one.id, side))
    )
    shown: BackdropKind = "photograph" if is_photograph(info) else "frozen"
    return Stage(info, Backdrop(shown, start, caption=info.caption), frames)


def _one_frame(rng: np.random.Generator, clip: Clip) -> tuple[np.ndarray, float]:
    """Any frame of a clip, `(1, H, W, 3)`, and its time in seconds."""
    number = int(rng.integers(len(clip.frames)))
    return np.asarray(clip.frames[number : number + 1]), round(number / clip.fps, 3)


def _cut_video(rng: np.random.Generator, clip: Clip, recipe: Recipe) -> tuple[np.ndarray, Backdrop]:
    """A random crop and start of a clip, in real time; one that is too short runs back and forth."""
    side = recipe.resolution
    count, height, width = clip.frames.shape[:3]
    top, left = (int(rng.integers(length - side + 1)) for length in (height, width))
    wanted = np.floor(recipe.frame_times * clip.fps + 1e-6).astype(int)
    first = int(rng.integers(max(1, count - wanted[-1])))
    period = max(1, 2 * (count - 1))
    there_and_back = (first + wanted) % period
    numbers = np.minimum(there_and_back, period - there_and_back)
    extended = first + wanted[-1] >= count
    extension: Extension = "back and forth" if extended else "none"
    backdrop = Backdrop("video", round(first / clip.fps, 3), extension, clip.info.caption)
    return np.ascontiguousarray(clip.frames[numbers, top : top + side, left : left + side]), backdrop


def film_stage(
    rng: np.random.Generator, stage: Stage, camera: CameraMove | None, recipe: Recipe
) -> tuple[np.ndarray, CameraMove | None]:
    """The background's frames, and what the camera is seen to do.

    Args:
        rng: the stream of the camera.
        stage: from `draw_stage`.
        camera: what it shall do, for a still picture.
        recipe: all choices.

    Returns:
        `(T, side, side, 3)` uint8, not to be changed; and the camera's move, None where it cannot be seen.
    """
    if not stage.is_still:
        return stage.frames, None
    still, side = stage.frames[0], recipe.resolution
    height, width = still.shape[:2]
    windows = sample_windows(rng, camera, height, width, side, recipe.frame_times)
    frames = film(still, windows, side)
    seen = read_camera(windows)
    if seen and not camera_shows(frames):
        # Over a plain wall nobody sees it: then it does not move at all.
        windows, seen = windows[:1], None
        frames = film(still, windows, side)
    if len(frames) < recipe.num_frames:
        frames = np.broadcast_to(frames, (recipe.num_frames, *frames.shape[1:]))
    return frames, seen
