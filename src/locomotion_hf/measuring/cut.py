"""Where an object is while the frame's border cuts its matte: its whole silhouette is laid on what is left.

An object that comes into the frame is wholly inside in few frames only, too few to tell how its speed
changes. From the nearest whole frame on, one frame after the other, the silhouette is moved, turned and
scaled until it looks like the cut matte within the frame (Gauss-Newton, blurred first, then sharp).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .track import Track

#: Blurs (radius of a box that is applied twice, pixels) and rounds at each.
_STAGES = ((6, 8), (1, 6))
#: A matte with less than this share of the whole one is not used: slivers look alike.
_LEAST_SHARE = 0.2
#: Noise of a pixel (of 1), and how far turn (degrees) and size (log) may stray from even motion.
_PIXEL_STRAYS, _TURN_STRAYS, _SIZE_STRAYS = 0.1, 4.0, 0.02
#: Where to begin when nothing is known about the turn from one frame to the next, degrees.
_TURN_STARTS = (0.0, -24.0, 24.0, -12.0, 12.0, -36.0, 36.0)


@dataclass(frozen=True)
class Pose:
    """One object in one frame.

    Attributes:
        frame: its number.
        place: the centroid, frame-widths along both axes, x + iy.
        turn: degrees since the whole silhouette, clockwise positive.
        size: log of its size over that of the whole silhouette.
        whole: the frame of the whole silhouette.
    """

    frame: int
    place: complex
    turn: float = 0.0
    size: float = 0.0
    whole: int = -1


def complete(
    mattes: np.ndarray, track: Track, frames: np.ndarray, rate: float | None, growth: float | None
) -> list[Pose]:
    """Find an object in the frames whose border cuts it, next to those in which it is whole.

    Args:
        mattes: `(T, H, W)` uint8.
        track: what `follow` read from them.
        frames: `(n,)` the frames of the stretch.
        rate: degrees a frame that it turns, if known.
        growth: log of its growth a frame, if known.

    Returns:
        Poses of cut frames within `frames`, in no order.
    """
    whole = np.flatnonzero(track.inside)
    if not len(whole) or not len(frames) or track.inside[frames].all():
        return []
    # The whole frame next to either end of the stretch, or the nearest one outside it.
    within = whole[(whole >= frames[0]) & (whole <= frames[-1])]
    if len(within):
        chains = [(int(within[0]), -1), (int(within[-1]), 1)]
    else:
        near = int(whole[np.abs(whole - frames.mean()).argmin()])
        chains = [(near, -1 if near > frames[-1] else 1)]
    wanted = set(frames.tolist())
    return [pose for anchor, way in chains for pose in _chain(mattes, track, anchor, way, wanted, rate, growth)]


def _chain(
    mattes: np.ndarray,
    track: Track,
    anchor: int,
    way: int,
    wanted: set[int],
    rate: float | None,
    growth: float | None,
) -> list[Pose]:
    """Poses from one whole frame on, forwards or backwards, while enough of the object is left."""
    width, height = track.size
    x0, y0, x1, y1 = track.boxes[anchor]
    silhouette = np.pad(mattes[anchor, y0:y1, x0:x1].astype(np.float32) / 255, 2)
    here = Pose(anchor, track.places[anchor])
    centre = here.place.real * width - 0.5 - x0 + 2, here.place.imag * height - 0.5 - y0 + 2
    pictures = silhouette, np.gradient(silhouette, axis=1), np.gradient(silhouette, axis=0)
    known = [here]
    if 0 <= anchor - way < len(mattes) and track.inside[anchor - way] and (anchor - way in wanted):
        known.insert(0, Pose(anchor - way, track.places[anchor - way]))
    poses = []
    frame = anchor + way
    while 0 <= frame < len(mattes) and frame in wanted and track.areas[frame] > _LEAST_SHARE * track.areas[anchor]:
        last = known[-1]
        turns = [last.turn + way * rate] if rate is not None else [last.turn + step for step in _TURN_STARTS]
        moved = last.place - known[-2].place if len(known) > 1 else _edges_moved(track, last.frame, frame)
        size = last.size + way * (growth or 0.0)
        guesses = [Pose(frame, last.place + moved, turn, size, anchor) for turn in turns]
        _, pose = min(
            (_lay(mattes[frame], pictures, centre, guess, rate is None, growth is None) for guess in guesses),
            key=lambda found: found[0],
        )
        if rate is None:
            rate = way * (pose.turn - last.turn)
        known.append(pose)
        poses.append(pose)
        frame += way
    return poses


def _edges_moved(track: Track, before: int, after: int) -> complex:
    """How far the edges of the box moved that are not cut, frame-widths."""
    moved = track.boxes[after] - track.boxes[before]
    free = ~(track.cut[after] | track.cut[before])  # left, right, top, bottom
    x = [moved[k] for k, edge in ((0, 0), (2, 1)) if free[edge]]
    y = [moved[k] for k, edge in ((1, 2), (3, 3)) if free[edge]]
    width, height = track.size
    return complex(np.mean(x or [0.0]) / width, np.mean(y or [0.0]) / height)


def _blurred(pictures: np.ndarray, radius: int) -> np.ndarray:
    """Pictures `(k, h, w)` through a box of `2 radius + 1` pixels, twice along each axis."""
    for axis in (1, 2, 1, 2):
        pad = [(0, 0)] * 3
        pad[axis] = (radius + 1, radius)
        sums = np.cumsum(np.pad(pictures, pad), axis)
        far = np.take(sums, np.arange(2 * radius + 1, sums.shape[axis]), axis)
        near = np.take(sums, np.arange(sums.shape[axis] - 2 * radius - 1), axis)
        pictures = (far - near) / (2 * radius + 1)
    return pictures


def _lay(
    matte: np.ndarray,
    pictures: tuple[np.ndarray, np.ndarray, np.ndarray],
    centre: tuple[float, float],
    guess: Pose,
    free_turn: bool,
    free_size: bool,
) -> tuple[float, Pose]:
    """Lay a silhouette (and its slopes along x and y) on a cut matte; how badly it fits, and where it lies."""
    height, width = matte.shape
    x, y = guess.place.real * width - 0.5, guess.place.imag * height - 0.5
    reach = math.hypot(*pictures[0].shape) / 2 * math.exp(guess.size) + 16
    x0, x1 = max(0, int(x - reach)), min(width, int(x + reach) + 2)
    y0, y1 = max(0, int(y - reach)), min(height, int(y + reach) + 2)
    if x1 - x0 < 3 or y1 - y0 < 3:
        return math.inf, guess
    seen = matte[y0:y1, x0:x1].astype(np.float32) / 255
    rows, columns = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    state = np.array([x, y, math.radians(guess.turn), guess.size])
    expected = state.copy()
    loose = 8.0
    strays = np.array([
        np.inf, np.inf,
        math.radians(_TURN_STRAYS) * (loose if free_turn else 1), _SIZE_STRAYS * (loose if free_size else 1),
    ])  # fmt: skip
    cost = math.inf
    for blur, rounds in _STAGES:
        for _ in range(rounds):
            cos, sin = math.cos(state[2]) * math.exp(-state[3]), math.sin(state[2]) * math.exp(-state[3])
            dx, dy = columns - state[0], rows - state[1]
            u, v = cos * dx + sin * dy, cos * dy - sin * dx
            drawn, du, dv = _read(pictures, u + centre[0], v + centre[1])
            images = np.stack(
                [seen - drawn, -cos * du + sin * dv, -sin * du - cos * dv, du * v - dv * u, -du * u - dv * v]
            )
            error, *columns_of = _blurred(images, blur).reshape(5, -1)
            design = np.stack(columns_of, 1) / _PIXEL_STRAYS
            normal = design.T @ design + np.diag(strays**-2.0)
            step = np.linalg.solve(
                normal + 1e-6 * np.eye(4), design.T @ (error / _PIXEL_STRAYS) - strays**-2.0 * (state - expected)
            )
            cost = float((error**2).sum())
            state = state + np.clip(step, [-12, -12, -0.3, -0.1], [12, 12, 0.3, 0.1])
            if np.abs(step[:2]).max() < 0.01:
                break
    place = complex((state[0] + 0.5) / width, (state[1] + 0.5) / height)
    return cost, replace(guess, place=place, turn=math.degrees(state[2]), size=state[3])


def _read(pictures: tuple[np.ndarray, ...], x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """Pictures read between their pixels; nothing lies outside them."""
    height, width = pictures[0].shape
    x, y = x.clip(0, width - 1.001), y.clip(0, height - 1.001)
    column, row = x.astype(np.int32), y.astype(np.int32)
    fx, fy = x - column, y - row
    at = row * width + column
    read = []
    for picture in pictures:
        flat = picture.reshape(-1)
        upper = flat[at] * (1 - fx) + flat[at + 1] * fx
        read.append(upper * (1 - fy) + (flat[at + width] * (1 - fx) + flat[at + width + 1] * fx) * fy)
    return read
