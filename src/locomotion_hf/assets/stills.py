"""Backgrounds made without files: black, noise and texture, to ask what real video is good for.

Everything is computed in integers, so that one stream of random numbers gives the same picture on every
machine; the stream itself is numpy's `Generator`, the same on every machine for one version of numpy.
"""

from __future__ import annotations

import numpy as np

#: Own choice: video coding and bicubic resizing wash finer noise out.
GRAIN = 4
#: Own choices for textures: cells of the coarsest octave and stripes as shares of the shorter side, in
#: percent; the least difference between two neighbouring colours of the map, summed over R, G and B.
CELLS, PERIODS, LEAST_CONTRAST = (15, 50), (8, 25), 180

_BITS = 12  # fixed point: 1 is 4096
_ONE = 1 << _BITS


def black(height: int, width: int) -> np.ndarray:
    """A black picture, `(height, width, 3)` uint8."""
    return np.zeros((height, width, 3), np.uint8)


def noise(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Colour noise in squares of `GRAIN` pixels, every value equally likely.

    Args:
        rng: the stream to draw from.
        height: pixels.
        width: pixels.

    Returns:
        `(height, width, 3)` uint8.
    """
    rows, columns = -(-height // GRAIN), -(-width // GRAIN)
    coarse = rng.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    return coarse.repeat(GRAIN, 0).repeat(GRAIN, 1)[:height, :width]


def texture(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A procedural texture: octaves of smooth noise through two or three colours.

    One in four is plain, one has veins, one bent stripes, one bent checks, the last two with soft edges.

    Args:
        rng: the stream to draw from.
        height: pixels.
        width: pixels.

    Returns:
        `(height, width, 3)` uint8.
    """
    side = max(min(height, width), 16)
    base = _octaves(rng, height, width, max(2 * GRAIN, side * int(rng.integers(*CELLS)) // 100))
    kind = ("plain", "veins", "stripes", "checks")[rng.integers(4)]
    if kind == "veins":
        base = _stretched(abs(2 * base - _ONE))
    elif kind != "plain":
        pattern = _pattern(rng, base, max(4 * GRAIN, side * int(rng.integers(*PERIODS)) // 100), kind == "checks")
        grain = _octaves(rng, height, width, max(GRAIN, side // 20))
        base = (5 * pattern + base + 2 * grain) // 8
    return _colours(rng)[np.minimum(base, _ONE - 1) >> 2]


def _octaves(rng: np.random.Generator, height: int, width: int, cell: int) -> np.ndarray:
    """`(height, width)` int32 in 0 to `_ONE`: smooth noise of halving cells and weights, stretched to the range."""
    total = np.zeros((height, width), np.int32)
    weight = 16
    while weight and cell >= GRAIN:
        total += weight * _smooth_noise(rng, height, width, cell)
        weight, cell = weight // 2, cell // 2
    return _stretched(total)


def _smooth_noise(rng: np.random.Generator, height: int, width: int, cell: int) -> np.ndarray:
    """`(height, width)` int32 in 0 to `_ONE`: random values at the corners of cells, blended in between."""
    (top, down), (left, right) = _blend(rng, height, cell), _blend(rng, width, cell)
    corners = rng.integers(0, _ONE, (top[-1] + 2, left[-1] + 2), dtype=np.int32)
    down = down[:, None]
    rows = (corners[top] * (_ONE - down) + corners[top + 1] * down) >> _BITS
    result: np.ndarray = (rows[:, left] * (_ONE - right) + rows[:, left + 1] * right) >> _BITS
    return result


def _blend(rng: np.random.Generator, length: int, cell: int) -> tuple[np.ndarray, np.ndarray]:
    """For each pixel of an axis its cell, and the share of the next corner, 0 to `_ONE`, int32."""
    place = np.arange(length, dtype=np.int64) + int(rng.integers(cell))
    t = place % cell * _ONE // cell
    return place // cell, (t * t * (3 * _ONE - 2 * t) // (_ONE * _ONE)).astype(np.int32)  # the smoothstep cubic


def _stretched(values: np.ndarray) -> np.ndarray:
    """Shift and scale to 0 to `_ONE`."""
    low, high = int(values.min()), int(values.max())
    result: np.ndarray = (values - low) * _ONE // max(high - low, 1)
    return result


def _pattern(rng: np.random.Generator, bend: np.ndarray, period: int, checks: bool) -> np.ndarray:
    """`(height, width)` int32 in 0 to `_ONE`: stripes or checks of a random direction, bent by `bend`."""
    height, width = bend.shape
    dx, dy = ((8, 0), (7, 3), (6, 6), (3, 7), (0, 8), (-3, 7), (-6, 6), (-7, 3))[rng.integers(8)]
    x, y = np.arange(width, dtype=np.int32), np.arange(height, dtype=np.int32)[:, None]
    by = bend * int(rng.integers(16 * period)) >> _BITS  # up to two periods
    softness = int(rng.integers(2, GRAIN + 3))
    one = _stripes(x * dx + y * dy + by, period, softness)
    if not checks:
        return one
    other = _stripes(x * -dy + y * dx + by, period, softness)
    return one + other - (2 * one * other >> _BITS)  # either, but not both


def _stripes(along: np.ndarray, period: int, softness: int) -> np.ndarray:
    """Stripes 0 and `_ONE`, `period` apart, with edges of `softness` pixels; `along` counts eighths of a pixel."""
    wave = abs(2 * (along % (8 * period)) - 8 * period) * _ONE // (8 * period)
    result: np.ndarray = np.clip((2 * wave - _ONE) * period // (4 * softness) + _ONE // 2, 0, _ONE)
    return result


def _colours(rng: np.random.Generator) -> np.ndarray:
    """`(_ONE / 4, 3)` uint8: a map of two or three colours, each far enough from the one before."""
    count = int(rng.integers(2, 4))
    stops = [rng.integers(0, 256, 3)]
    while len(stops) < count:
        colour = rng.integers(0, 256, 3)
        if abs(colour - stops[-1]).sum() >= LEAST_CONTRAST:
            stops.append(colour)
    steps = np.arange(_ONE >> 2) * (len(stops) - 1)
    stop, share = steps >> (_BITS - 2), (steps % (_ONE >> 2))[:, None]
    points = np.stack(stops)
    result: np.ndarray = points[stop] + ((points[stop + 1] - points[stop]) * share >> (_BITS - 2))
    return result.astype(np.uint8)
