"""How far a silhouette turns about its centroid, found by matching it from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Turning:
    """Attributes:
    rate: degrees from one frame to the next, clockwise positive, in the mean.
    alike: largest overlap of the silhouette with itself turned by 30 to 72 degrees.
    """

    rate: float
    alike: float


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


def _overlap(polar: np.ndarray) -> float:
    """Largest overlap of one silhouette `(_RADII, _BEARINGS)` with itself turned."""
    filled = (polar > 127).astype(np.float64)
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


def turning(mattes: np.ndarray, track: Track, frames: np.ndarray) -> Turning | None:
    """Measure the turning within some frames.

    Args:
        mattes: `(T, H, W)` uint8.
        track: what `follow` read from them.
        frames: `(n,)` the frames of the stretch; pairs of neighbours in which the object is wholly inside count.

    Returns:
        None when there is no such pair, or no angle matches.
    """
    frames = frames[track.inside[frames]]
    if len(frames) < 2:
        return None
    steps, widest = [], int(frames[track.areas[frames].argmax()])
    alike = 1.0
    for first in range(0, len(frames) - 1, _CHUNK):
        some = frames[first : first + _CHUNK + 1]
        x0, y0 = track.boxes[some, :2].min(0)
        x1, y1 = track.boxes[some, 2:].max(0)
        centres = np.stack([track.places[some].real, track.places[some].imag], 1) * track.size - 0.5 - (x0, y0)
        reach = np.sqrt(track.areas[some] / math.pi) * 2
        polar = _polar(mattes[some, y0:y1, x0:x1], centres, reach)
        if widest in some:
            alike = _overlap(polar[int(np.flatnonzero(some == widest)[0])])
        steps.append(_steps(polar)[np.diff(some) == 1])
    found = np.concatenate(steps)
    found = found[np.isfinite(found)]
    return Turning(float(found.mean()), alike) if len(found) else None
