"""One scene to its two clips: simulate, check, render."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .checks import shows
from .classes import Pair
from .motions import MOTIONS
from .render import observe, render, rotation
from .scenes import Scene, draw_scene
from .stage import Backdrop, backdrop
from .world import Pose, World

#: How far, as a fraction of the picture, a box may reach over the border; a thing that falls may leave a little more.
OVER = 0.03
#: A thing must fill this much of the picture at first, so that it can be seen at 48 pixels.
SMALLEST, LARGEST = 0.14, 0.55
#: After so many draws something is wrong with the code, not with the luck.
DRAWS = 60


@dataclass(frozen=True)
class Shown:
    """A clip of one class.

    Attributes:
        frames: `(16, 112, 112, 3)` uint8.
        trajectory: as `checks` describes it.
    """

    frames: np.ndarray
    trajectory: dict[str, np.ndarray]


def clips_of(pair: Pair, split: str, index: int, seed: int, folder: Path) -> tuple[Scene, list[Shown], Counter[str]]:
    """A scene and its two clips; it is drawn again until both show their class and stay in view.

    Args:
        pair: of classes.
        split: "train" or "test".
        index: the scene's number within pair and split.
        seed: of the release.
        folder: keeps mesh files between calls.

    Returns:
        The scene, the clip of each class, and how many draws were thrown away, by the reason.
    """
    thrown: Counter[str] = Counter()
    for attempt in range(DRAWS):
        scene = draw_scene(pair, split, index, seed, attempt)
        behind = None
        found = []
        for which in (0, 1):
            with _world(scene, folder) as (world, textures):
                frames, trajectory, why = _simulate(world, which)
                if why:
                    thrown[f"{pair.classes[which]}: {why}"] += 1
                    break
                behind = behind or backdrop(scene, textures)
                found.append(Shown(_pictures(world, frames, behind), trajectory))
        else:
            return scene, found, thrown
    raise RuntimeError(f"{scene.name}: {DRAWS} draws were thrown away: {dict(thrown)}.")


@contextmanager
def _world(scene: Scene, folder: Path) -> Iterator[tuple[World, Path]]:
    with tempfile.TemporaryDirectory() as textures:
        world = World(scene, folder, Path(textures))
        try:
            yield world, Path(textures)
        finally:
            world.close()


def _simulate(world: World, which: int) -> tuple[list[list[Pose]], dict[str, np.ndarray], str]:
    """Poses of all things at each frame, the trajectory, and what is wrong with it ("" for nothing)."""
    act = MOTIONS[world.scene.pair.name](world, world.scene.motion_draws(), which)
    # The direction of each thing that points right in the world at first: its turn is seen from every view.
    markers = [rotation(world.pose(thing)[1]).T @ np.array([1.0, 0.0, 0.0]) for thing in range(len(world.things))]
    frames, rows, touches = [], [], []
    for poses, touched in world.frames(act):
        frames.append(poses)
        rows.append(observe(world, poses, markers))
        touches.append(touched)
    seen = np.array(rows)
    angle = np.rad2deg(np.unwrap(np.deg2rad(seen[..., 3]), axis=0))
    trajectory = {
        "x": seen[..., 0].T,
        "y": seen[..., 1].T,
        "size": seen[..., 2].T,
        "angle": (angle - angle[:1]).T,
        "touch": np.array(touches),
    }
    boxes = seen[..., 4:]
    if boxes[..., :2].min() < -OVER or boxes[..., 2:].max() > 1 + OVER:
        return frames, trajectory, "out of view"
    if seen[0, :, 2].min() < SMALLEST or seen[..., 2].max() > LARGEST:
        return frames, trajectory, "size"
    if not shows(world.scene.pair.classes[which], trajectory):
        return frames, trajectory, "does not show it"
    return frames, trajectory, ""


def _pictures(world: World, frames: list[list[Pose]], behind: Backdrop) -> np.ndarray:
    """The things put back where they were at each frame, and rendered."""
    pictures = []
    for poses in frames:
        for thing, (at, turn) in enumerate(poses):
            world.place(at, turn, thing=thing)
        world.follow()
        pictures.append(render(world, behind))
    return np.stack(pictures)
