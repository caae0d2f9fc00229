"""Words measured from drawn mattes, to hold the captions against.

This file knows nothing of plans, paths or facts, and imports no other room: it looks at pixels only, cuts
the path of the matte's centroid into straight stretches by itself, and finds turning by matching
silhouettes from frame to frame. Borders between words lie in the middle of the gaps between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

_SECTORS = ("right", "down-right", "down", "down-left", "left", "up-left", "up", "up-right")
#: Frame-widths per second: between "slow" (to .11), "moderate" (.15 to .24) and "fast" (from .31).
_SLOW_BELOW, _FAST_ABOVE = 0.13, 0.275
#: Degrees a stretch: between silent (to 15) and stated (from 45).
_TURN_FROM = 30.0
#: A straight, even stretch keeps within this many pixels of its line (thin parts, such as a chair's legs,
#: let the centroid of a drawn matte wander by up to a quarter), and has at least this many frames.
_STRAIGHT_WITHIN, _FEWEST_FRAMES = 0.35, 3
#: Largest turn looked for from one frame to the next, degrees; a square repeats itself after 90.
_LARGEST_STEP = 44
_BEARINGS, _RADII = 360, 16
#: A silhouette shows no turning when its match falls by less than this share as it is turned, or when
#: another angle matches as well but for this share (spokes).
_SHAPELESS, _REPEATS = 0.04, 0.02


@dataclass(frozen=True)
class MeasuredPhase:
    """What can be seen of one straight stretch.

    Attributes:
        direction, speed, rotation: words, as a caption would use them; rotation may be None.
        heading: degrees clockwise from "to the right".
        frame_widths_per_second: the speed.
        turn: degrees over the stretch, clockwise positive.
    """

    direction: str
    speed: str
    rotation: str | None
    heading: float
    frame_widths_per_second: float
    turn: float

    @property
    def words(self) -> tuple[str, str, str | None]:
        """Direction, speed and rotation."""
        return self.direction, self.speed, self.rotation


def centroids(mattes: np.ndarray) -> np.ndarray:
    """Where a matte is.

    Args:
        mattes: `(T, H, W)` uint8.

    Returns:
        `(T, 2)`, x and y in pixels, counted from the centre of the first one.

    Raises:
        ValueError: the object is not seen in some frame.
    """
    weight = mattes.astype(np.float64)
    total = weight.sum((1, 2))
    if not np.all(total > 0):
        raise ValueError(f"the object is not seen in frame {int(np.argmin(total))}; expected it in every frame")
    x = weight.sum(1) @ np.arange(weight.shape[2]) / total
    y = weight.sum(2) @ np.arange(weight.shape[1]) / total
    return np.stack([x, y], 1)


def _turns(mattes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """`(T - 1,)` degrees that the silhouette turned from each frame to the next, clockwise positive."""
    bearings = np.arange(_BEARINGS) * (2 * math.pi / _BEARINGS)
    reach = math.sqrt(float((mattes > 0).sum((1, 2)).max()) / math.pi) * 2
    radii = (np.arange(_RADII) + 0.5) * reach / _RADII
    x = centres[:, 0, None, None] + radii[:, None] * np.cos(bearings)
    y = centres[:, 1, None, None] + radii[:, None] * np.sin(bearings)
    count, height, width = mattes.shape
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy, frame = x - column, y - row, np.arange(count)[:, None, None]
    padded = np.pad(mattes, ((0, 0), (1, 2), (1, 2))).astype(np.float64)
    column, row = column.clip(-1, width) + 1, row.clip(-1, height) + 1
    upper = padded[frame, row, column] * (1 - fx) + padded[frame, row, column + 1] * fx
    lower = padded[frame, row + 1, column] * (1 - fx) + padded[frame, row + 1, column + 1] * fx
    polar = (upper * (1 - fy) + lower * fy) * np.sqrt(radii)[:, None]
    spectrum = np.fft.rfft(polar, axis=-1)
    match = np.fft.fftshift(np.fft.irfft((spectrum[:-1].conj() * spectrum[1:]).sum(1), _BEARINGS), axes=-1)
    steps = np.fft.fftshift(np.fft.fftfreq(_BEARINGS)) * 360
    match = match[:, np.abs(steps) <= _LARGEST_STEP]
    steps = steps[np.abs(steps) <= _LARGEST_STEP]
    best = match.max(1)
    peaks = (match[:, 1:-1] > match[:, :-2]) & (match[:, 1:-1] >= match[:, 2:])
    repeats = (peaks & (match[:, 1:-1] > (1 - _REPEATS) * best[:, None])).sum(1) > 1
    shows = (match.min(1) < (1 - _SHAPELESS) * best) & ~repeats
    return np.where(shows, steps[match.argmax(1)], 0.0)


def _residual(points: np.ndarray) -> float:
    """How far evenly timed points `(n, 2)` stray from an even motion along a line, in pixels."""
    time = np.arange(len(points)) - (len(points) - 1) / 2
    slope = time @ points / (time @ time)
    return float(np.abs(points - points.mean(0) - time[:, None] * slope).max())


def _stretches(points: np.ndarray) -> list[tuple[int, int]]:
    """Cut a path `(T, 2)` into the fewest straight stretches; first and last frame of each.

    A stretch begins at the last frame of the one before, or at the next frame.
    """
    count = len(points)
    best: dict[int, tuple[int, float, list[tuple[int, int]]]] = {}  # last frame -> (stretches, residual, cuts)
    for last in range(_FEWEST_FRAMES - 1, count):
        options = []
        for first in range(last - _FEWEST_FRAMES + 2):
            residual = _residual(points[first : last + 1])
            if residual > _STRAIGHT_WITHIN:
                continue
            if first == 0:
                options.append((1, residual, [(0, last)]))
            for before in (first, first - 1):
                if before in best:
                    number, sum_before, cuts = best[before]
                    options.append((number + 1, sum_before + residual, [*cuts, (first, last)]))
        if options:
            best[last] = min(options)
    return best[count - 1][2] if count - 1 in best else []


def measure_motion(mattes: np.ndarray, fps: float) -> tuple[MeasuredPhase, ...]:
    """Measure what one object does.

    Args:
        mattes: `(T, H, W)` uint8, the object's drawn alpha in each frame.
        fps: frames per second.

    Returns:
        One entry a stretch, in order; empty when the path cannot be cut into straight, even stretches.

    Raises:
        ValueError: the object is not seen in some frame.
    """
    centres = centroids(mattes)
    turns = _turns(mattes, centres)
    width = mattes.shape[2]
    phases = []
    for first, last in _stretches(centres):
        time = (np.arange(first, last + 1) - (first + last) / 2) / fps
        velocity = time @ centres[first : last + 1] / (time @ time) / width
        speed = float(np.hypot(*velocity))
        heading = math.degrees(math.atan2(velocity[1], velocity[0])) % 360
        # The stretch goes on for about half an interval beyond its frames at a bend.
        intervals = last - first + 0.5 * (first > 0) + 0.5 * (last < len(centres) - 1)
        turn = float(turns[first:last].mean()) * intervals
        phases.append(
            MeasuredPhase(
                direction=_SECTORS[round(heading / 45) % 8],
                speed="slow" if speed < _SLOW_BELOW else "fast" if speed > _FAST_ABOVE else "moderate",
                rotation=None if abs(turn) < _TURN_FROM else "clockwise" if turn > 0 else "anticlockwise",
                heading=heading,
                frame_widths_per_second=speed,
                turn=turn,
            )
        )
    return tuple(phases)
