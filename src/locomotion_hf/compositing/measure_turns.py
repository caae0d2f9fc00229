"""How far a silhouette turns about its centroid, found by matching it from frame to frame."""

from __future__ import annotations

import math

import numpy as np

from .measure_track import Track

_BEARINGS, _RADII = 360, 16
#: Frames sampled at once; bounds the memory of a long stretch.
_CHUNK = 64
#: Largest turn looked for from one frame to the next, degrees; a square repeats itself after 90.
_LARGEST_STEP = 44
#: Another angle matches as well when it comes this near to the best match; the smaller one is what is seen.
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


def _steps(polar: np.ndarray) -> np.ndarray:
    """`(n - 1,)` degrees from each silhouette to the next, clockwise positive."""
    weighed = polar * np.sqrt(np.arange(_RADII) + 0.5)[:, None]
    spectrum = np.fft.rfft(weighed, axis=-1)
    match = np.fft.irfft((spectrum[:-1].conj() * spectrum[1:]).sum(1), _BEARINGS)
    steps = np.arange(-_LARGEST_STEP - 1, _LARGEST_STEP + 2)
    match = match[:, steps % _BEARINGS]
    inner = match[:, 1:-1]
    peaks = (inner >= match[:, :-2]) & (inner >= match[:, 2:])
    height = np.where(peaks, inner, -np.inf)
    top = height.max(1, keepdims=True)
    span = np.maximum(match.max(1) - match.min(1), 1e-9)[:, None]
    as_well = height >= top - _REPEATS * np.where(np.isfinite(top), span, 0)
    nearness = np.where(as_well, np.abs(steps[1:-1]), 999)
    at = nearness.argmin(1)
    frame = np.arange(len(match))
    low, middle, high = match[frame, at], match[frame, at + 1], match[frame, at + 2]
    curve = low - 2 * middle + high
    between = np.where(curve < 0, (low - high) / np.where(curve < 0, 2 * curve, 1), 0).clip(-0.5, 0.5)
    return np.where(np.isfinite(top[:, 0]), steps[1:-1][at] + between, np.nan)


def turn_steps(mattes: np.ndarray, track: Track, frames: np.ndarray) -> np.ndarray:
    """Measure the turning from frame to frame.

    Args:
        mattes: `(T, H, W)` uint8.
        track: what `follow` read from them.
        frames: `(n,)` frames in which the object is wholly inside.

    Returns:
        `(n - 1,)` degrees from each frame to the next, clockwise positive; nan where frames are left out between
        the two, or nothing matches.
    """
    steps = [
        _steps(_around(mattes, track, frames[first : first + _CHUNK + 1]))
        for first in range(0, len(frames) - 1, _CHUNK)
    ]
    return np.where(np.diff(frames) == 1, np.concatenate([*steps, np.zeros(0)]), np.nan)


def _around(mattes: np.ndarray, track: Track, frames: np.ndarray) -> np.ndarray:
    """Some frames' mattes round their centroids, as far out as twice the radius of a disc of their area."""
    x0, y0 = track.boxes[frames, :2].min(0)
    x1, y1 = track.boxes[frames, 2:].max(0)
    places = track.places[frames]
    centres = np.stack([places.real, places.imag], 1) * track.size - 0.5 - (x0, y0)
    return _polar(mattes[frames, y0:y1, x0:x1], centres, np.sqrt(track.areas[frames] / math.pi) * 2)
