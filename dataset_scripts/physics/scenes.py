"""What the two clips of a scene share: things, textures, light, camera, and the seed of the motion."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from .classes import Pair
from .objects import Kind, kinds_for
from .textures import object_texture, surface_texture

#: Frames of a clip, the simulated seconds from the first to the last (a multiple of 15 steps of 1/240 s).
FRAMES, SECONDS = 16, 1.5
#: Degrees that the camera looks down, by the view of a pair.
ELEVATION = {"side": (15.0, 26.0), "raised": (34.0, 46.0), "top": (54.0, 66.0)}
#: Units of the world across the picture, at the point that the camera looks at.
WIDTH = 4.4


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that stands still, `up` being z.

    Attributes:
        eye, target: `(3,)`, in units of the world.
        field: vertical field of view in degrees; the picture is square.
    """

    eye: np.ndarray
    target: np.ndarray
    field: float

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points of the world `(N, 3)` to the picture `(N, 2)`: fractions of it, x right, y down."""
        ahead = (self.target - self.eye) / np.linalg.norm(self.target - self.eye)
        right = np.cross(ahead, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        seen = (points - self.eye) @ np.stack([right, -np.cross(right, ahead), ahead], axis=1)
        return 0.5 + seen[:, :2] / seen[:, 2:] / (2 * np.tan(np.deg2rad(self.field / 2)))


@dataclass(frozen=True)
class Scene:
    """Everything that the two clips of a pair have in common.

    Attributes:
        name: id, for example "test-push-007".
        seed: of the motion's own draws.
        side: 1 or -1: to which side an edge or a slope lies.
        edge: how far from the middle a table ends; slope: its angle in radians.
        depth: where the table ends at the back.
        light: direction to the light, `(3,)`; brightness: (ambient, diffuse).
    """

    name: str
    pair: Pair
    split: str
    seed: tuple[int, ...]
    kinds: tuple[Kind, ...]
    scales: tuple[float, ...]
    thing_textures: tuple[np.ndarray, ...]
    table_texture: np.ndarray
    wall_texture: np.ndarray
    floor_texture: np.ndarray
    camera: Camera
    light: np.ndarray
    brightness: tuple[float, float]
    stage: str
    side: int
    edge: float
    slope: float
    depth: float

    @property
    def nouns(self) -> tuple[str, ...]:
        """The nouns of the caption, in its order."""
        return tuple(kind.noun for kind in self.kinds)

    def motion_draws(self) -> np.random.Generator:
        """The same numbers for both classes."""
        return np.random.default_rng((*self.seed, 1))


def draw_scene(pair: Pair, split: str, index: int, seed: int, attempt: int) -> Scene:
    """A scene by its place in the release alone: any clip can be made again by itself.

    Args:
        pair: of opposed classes.
        split: "train" or "test".
        index: the number of the scene within pair and split; nouns take turns by it.
        seed: of the release.
        attempt: 0, then 1 and so on while a clip fails its checks.
    """
    numbers = (seed, zlib.crc32(f"{split}/{pair.name}".encode()), index, attempt)
    rng = np.random.default_rng((*numbers, 0))
    able = kinds_for(split, pair.can)
    kinds = [able[index % len(able)]]
    if pair.things == 2:
        kinds.append(able[(index + 1 + index // len(able) % (len(able) - 1)) % len(able)])
    side = 1 if rng.random() < 0.5 else -1
    edge = float(rng.uniform(-0.5, -0.1))
    elevation, yaw = np.deg2rad(rng.uniform(*ELEVATION[pair.view])), np.deg2rad(rng.uniform(-7, 7))
    field = float(rng.uniform(34, 44))
    # What the camera looks at: higher where things fly, lower where they fall off a table.
    height = {"high": 1.15, "edge": -0.15, "slope": 0.75}.get(pair.stage, 0.45 if pair.view == "side" else 0.1)
    target = np.array([*rng.uniform(-0.1, 0.1, 2), height + rng.uniform(-0.08, 0.08)])
    width = WIDTH * rng.uniform(0.97, 1.06)
    back = np.array([np.sin(yaw) * np.cos(elevation), -np.cos(yaw) * np.cos(elevation), np.sin(elevation)])
    camera = Camera(target + back * width / 2 / np.tan(np.deg2rad(field / 2)), target, field)
    light = np.array([rng.uniform(-0.7, 0.7), rng.uniform(-0.7, 0.2), 1.0])
    return Scene(
        name=f"{split}-{pair.name}-{index:03d}",
        pair=pair,
        split=split,
        seed=numbers,
        kinds=tuple(kinds),
        scales=tuple(float(pair.scale * kind.size * rng.uniform(0.92, 1.08)) for kind in kinds),
        thing_textures=tuple(object_texture(rng, split) for _ in kinds),
        table_texture=surface_texture(rng, split),
        wall_texture=surface_texture(rng, split),
        floor_texture=surface_texture(rng, split),
        camera=camera,
        light=light / np.linalg.norm(light),
        brightness=(float(rng.uniform(0.5, 0.65)), float(rng.uniform(0.35, 0.5))),
        stage=pair.stage,
        side=side,
        edge=edge,
        slope=float(np.deg2rad(rng.uniform(15, 24))),
        depth=float(rng.uniform(2.8, 4.2)),
    )
