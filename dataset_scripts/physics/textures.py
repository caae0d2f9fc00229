"""Procedural textures: patterns of train and of test are different families."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np

from .meshes import PATTERN_SHARE

SIDE = 64

Pattern = Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]


def colour(rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]) -> np.ndarray:
    """A random colour, `(3,)` in 0..255."""
    return 255 * np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value)))


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], cells: int) -> np.ndarray:
    """Values in 0..1 that vary over about 1 / `cells` of the picture; shape is (height, width)."""
    knots = rng.random((cells + 1, cells + 1))
    y, x = (np.linspace(0, cells - 1e-6, side) for side in shape)
    low_y, low_x = y.astype(int), x.astype(int)
    part_y, part_x = (y - low_y)[:, None], (x - low_x)[None]
    top = knots[low_y][:, low_x] * (1 - part_x) + knots[low_y][:, low_x + 1] * part_x
    bottom = knots[low_y + 1][:, low_x] * (1 - part_x) + knots[low_y + 1][:, low_x + 1] * part_x
    return np.asarray(top * (1 - part_y) + bottom * part_y)


def _bands(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x * rng.integers(2, 5)) % 1 < 0.5


def _checks(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    count = rng.integers(2, 4)
    return ((x * 2 * count).astype(int) + (y * count).astype(int)) % 2 == 0


def _halves(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x + rng.random()) % 1 < 0.5


def _grain(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    bent = x + 0.25 * smooth_noise(rng, x.shape, 4)
    return 0.5 + 0.5 * np.sin(2 * np.pi * rng.integers(3, 6) * bent)


def _dots(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    across, down = rng.integers(3, 6), rng.integers(2, 4)
    row = (y * down).astype(int)
    return np.hypot((x * across + 0.5 * row) % 1 - 0.5, (y * down) % 1 - 0.5) < rng.uniform(0.27, 0.36)


def _zigzag(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    wave = 0.25 * np.abs((x * rng.integers(2, 4)) % 1 - 0.5)
    return ((y + wave) * rng.integers(3, 5) + x * 2) % 1 < 0.5


def _patches(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    noise = smooth_noise(rng, x.shape, 4)
    return noise > np.median(noise)


def _sectors(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x * 3 + 0.5 * (y > 0.5)) % 1 < rng.uniform(0.35, 0.5)


#: On things: each varies around the axis of a round one, so that its rolling can be seen.
OBJECT_PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "train": (_bands, _checks, _halves, _grain),
    "test": (_dots, _zigzag, _patches, _sectors),
}


def object_texture(rng: np.random.Generator, split: str) -> np.ndarray:
    """For a thing: pattern in two colours, and the strip of the accent colour, `(64, 64, 3)` uint8."""
    patterns = OBJECT_PATTERNS[split]
    y, x = np.meshgrid(np.arange(SIDE) / SIDE, np.arange(SIDE) / SIDE, indexing="ij")
    mask = np.asarray(patterns[rng.integers(len(patterns))](rng, x, y / PATTERN_SHARE), dtype=float)[..., None]
    bright, dark = colour(rng, (0.15, 0.9), (0.85, 1.0)), colour(rng, (0.5, 1.0), (0.3, 0.6))
    picture = mask * bright + (1 - mask) * dark
    picture[int(SIDE * PATTERN_SHARE) :] = colour(rng, (0.3, 0.9), (0.45, 1.0))
    # An image's first row is the top of a texture, v = 1.
    return picture[::-1].clip(0, 255).astype(np.uint8)


def _planks(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    count = rng.integers(5, 10)
    board = (y * count).astype(int)
    tone = rng.random(count + 1)[board]
    return 0.25 + 0.5 * tone + 0.25 * smooth_noise(rng, x.shape, 12) - 0.5 * ((y * count) % 1 < 0.08)


def _tiles(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    count = rng.integers(5, 9)
    return ((x * count).astype(int) + (y * count).astype(int)) % 2 * 0.6 + 0.2


def _carpet(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0.6 * smooth_noise(rng, x.shape, 24) + 0.4 * smooth_noise(rng, x.shape, 5)


def _bricks(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    count = rng.integers(6, 11)
    row = (y * count).astype(int)
    across = x * count / 2 + 0.5 * (row % 2)
    return 0.8 - 0.6 * (((y * count) % 1 < 0.14) | (across % 1 < 0.07)) + 0 * x


def _marble(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    bent = x * rng.uniform(1, 3) + y * rng.uniform(1, 3) + 1.6 * smooth_noise(rng, x.shape, 5)
    return 1 - np.abs(np.sin(np.pi * bent)) ** 0.5 * 0.7


def _terrazzo(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    noise = smooth_noise(rng, x.shape, 20)
    return 0.5 + 0.4 * (noise > 0.68) - 0.4 * (noise < 0.32)


SURFACE_PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "train": (_planks, _tiles, _carpet),
    "test": (_bricks, _marble, _terrazzo),
}


def surface_texture(rng: np.random.Generator, split: str) -> np.ndarray:
    """For a table, a wall or a floor: paler and calmer than things, `(128, 128, 3)` uint8."""
    side, patterns = 128, SURFACE_PATTERNS[split]
    y, x = np.meshgrid(np.arange(side) / side, np.arange(side) / side, indexing="ij")
    mask = patterns[rng.integers(len(patterns))](rng, x, y)[..., None]
    base = colour(rng, (0.05, 0.45), (0.45, 0.95))
    other = base * rng.uniform(0.72, 0.88) + rng.uniform(-8, 8, 3)
    return (mask * base + (1 - mask) * other).clip(0, 255).astype(np.uint8)
