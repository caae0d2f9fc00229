"""How far a silhouette turns about its centroid, found by matching it from frame to frame."""

from __future__ import annotations

import math

import numpy as np

from .track import Track

_BEARINGS, _RADII = 360, 16
#: Frames sampled at once; bounds the memory of a long stretch.
_CHUNK = 64
#: Largest turn looked for from one frame to the next, degrees; a square repeats itself after 90.
_LARGEST_STEP = 44
#: Small turns are measured over this many degrees at most, in this many strides at least, and within this
#: many degrees of what the frames add up to.
_FAR_TURN, _FEWEST_STRIDES, _WINDOW = 15.0, 4, 14
#: Another angle matches as well when it comes this near to the best match, as a
#: share of the difference between the best match and the worst.
_REPEATS = 0.01
#: A silhouette turned by angles from 30 to 72 degrees (twelve- to five-fold symmetry: wheels, gears) that
#: overlaps itself by more than this (intersection over union) shows no turning. Objects above .9 are never
#: said to turn; those drawn small may come out a little rounder here.
LOOKS_ALIKE = 0.95
_ALIKE_ANGLES = slice(30, 73)


def _polar(mattes: np.ndarray, centres: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Mattes round their centroids: `(n, _RADII, _BEARINGS)`, alpha from 0 to 255.

    Args:
        mattes: `(n, H, W)` uint8.
        centres: `(n, 2)` pixels, counted from the centre of the first one.
        reach: `(n,)` the outermost distance, pixels.
    """
    bearings = np.arange(_BEARINGS) * (2 * math.pi / _BEARINGS)
    radii = (np.arange(_RADII) + 0.5) / _RADII * reach[:, None]
    x = centres[:, 0, None, None] + radii[..., None] * np.cos(bearings)
    y = centres[:, 1, None, None] + radii[..., None] * np.sin(bearings)
    count, height, width = mattes.shape
    x, y = x.clip(-1, width), y.clip(-1, height)
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    fx, fy = (x - column).astype(np.float32), (y - row).astype(np.float32)
    padded = np.pad(mattes, ((0, 0), (1, 2), (1, 2))).reshape(-1)
    stride = width + 3
    place = (np.arange(count)[:, None, None] * (height + 3) + row + 1) * stride + column + 1
    upper = padded[place] * (1 - fx) + padded[place + 1] * fx
    lower = padded[place + stride] * (1 - fx) + padded[place + stride + 1] * fx
    return upper * (1 - fy) + lower * fy


def overlap_turned(mattes: np.ndarray, track: Track) -> float:
    """Largest overlap of a silhouette with itself turned by 30 to 72 degrees; 1 when it is never whole.

    Args:
        mattes: `(T, H, W)` uint8.
        track: what `follow` read from them.
    """
    if not track.inside.any():
        return 1.0
    widest = np.array([np.where(track.inside, track.areas, 0).argmax()])
    filled = (_around(mattes, track, widest)[0] > 127).astype(np.float64)
    weighed = filled * (np.arange(_RADII) + 0.5)[:, None]
    spectrum = (np.fft.rfft(weighed, axis=-1) * np.fft.rfft(filled, axis=-1).conj()).sum(0)
    common = np.fft.irfft(spectrum, _BEARINGS)[_ALIKE_ANGLES]
    return float((common / np.maximum(2 * weighed.sum() - common, 1e-9)).max())


def _steps(before: np.ndarray, after: np.ndarray, expected: np.ndarray, window: int) -> np.ndarray:
    """How far silhouettes turned, `(n,)` degrees, clockwise positive; nan where nothing matches.

    Args:
        before: `(n, _RADII, _BEARINGS)` silhouettes.
        after: the same, turned.
        expected: `(n,)` degrees about which to look.
        window: how far to either side.
    """
    weight = (np.arange(_RADII) + 0.5)[:, None]
    spectrum = np.fft.rfft(before * weight, axis=-1).conj() * np.fft.rfft(after, axis=-1)
    match = np.fft.irfft(spectrum.sum(1), _BEARINGS)
    middle = np.rint(expected).astype(int)
    steps = middle[:, None] + np.arange(-window - 1, window + 2)
    match = np.take_along_axis(match, steps % _BEARINGS, 1)
    inner = match[:, 1:-1]
    peaks = np.where((inner >= match[:, :-2]) & (inner >= match[:, 2:]), inner, -np.inf)
    top = peaks.max(1, keepdims=True)
    matched = np.isfinite(top[:, 0])
    # Of angles that match as well, the smallest turn is what is seen.
    as_well = peaks >= np.where(matched[:, None], top - _REPEATS * np.ptp(match, 1)[:, None], np.inf)
    at = np.where(as_well, np.abs(np.arange(-window, window + 1)), _BEARINGS).argmin(1)
    pair = np.arange(len(match))
    low, peak, high = match[pair, at], match[pair, at + 1], match[pair, at + 2]
    curve = np.minimum(low - 2 * peak + high, -1e-9)
    between = ((low - high) / (2 * curve)).clip(-0.5, 0.5)
    return np.where(matched, middle + at - window + between, np.nan)


def turned(mattes: np.ndarray, track: Track, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Measure how far an object turns.

    Neighbouring frames are matched first. Small turns are then measured again over several frames at once, as
    pixels hold a silhouette back a little each time.

    Args:
        mattes: `(T, H, W)` uint8.
        track: what `follow` read from them.
        frames: `(n,)` frames in which the object is wholly inside.

    Returns:
        Some of the frames `(m,)`, and the degrees `(m,)` that it has turned by then, clockwise positive; None
        when no two neighbouring frames can be matched.
    """
    steps = []
    for first in range(0, len(frames) - 1, _CHUNK):
        polar = _around(mattes, track, frames[first : first + _CHUNK + 1])
        steps.append(_steps(polar[:-1], polar[1:], np.zeros(len(polar) - 1), _LARGEST_STEP))
    found = np.concatenate([*steps, np.zeros(0)])
    found[np.diff(frames) != 1] = np.nan
    if not np.isfinite(found).any():
        return None
    found = np.where(np.isfinite(found), found, np.nanmean(found) * np.diff(frames))
    angles = np.append(0.0, np.cumsum(found))
    stride = int(min(_FAR_TURN / max(float(np.abs(found).max()), 1e-9), (len(frames) - 1) / _FEWEST_STRIDES))
    if stride > 1:
        chosen = np.unique(np.rint(np.linspace(0, len(frames) - 1, -(-(len(frames) - 1) // stride) + 1)).astype(int))
        frames, expected = frames[chosen], np.diff(angles[chosen])
        polar = np.concatenate(
            [_around(mattes, track, frames[k : k + _CHUNK]) for k in range(0, len(frames), _CHUNK)]
        )
        again = _steps(polar[:-1], polar[1:], expected, _WINDOW)
        angles = np.append(0.0, np.cumsum(np.where(np.isfinite(again), again, expected)))
    return frames, angles


def _around(mattes: np.ndarray, track: Track, frames: np.ndarray) -> np.ndarray:
    """Some frames' mattes round their centroids, as far out as twice the radius of a disc of their area."""
    x0, y0 = track.boxes[frames, :2].min(0)
    x1, y1 = track.boxes[frames, 2:].max(0)
    places = track.places[frames]
    centres = np.stack([places.real, places.imag], 1) * track.size - 0.5 - (x0, y0)
    return _polar(mattes[frames, y0:y1, x0:x1], centres, np.sqrt(track.areas[frames] / math.pi) * 2)
