"""How the frame moves over a still background: whole frames laid on one another, objects masked out."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from locomotion_hf.facts import CameraMove

#: The borders, half-way from a still camera to the least pan (.15 of the width) and zoom (1.25).
_PAN_FROM, _ZOOM_FROM = 0.07, 1.12
#: Frames compared in a chain; each step must stay below about a tenth of the frame.
_LINKS = 12
#: Pixels round a matte that are left out: its soft edge, and what a smaller picture mixes with it.
_MARGIN = 3
#: Shorter side, pixels, of the smallest and the largest picture that is compared, and rounds at each size.
_SMALLEST, _LARGEST, _ROUNDS = 24, 128, 8
#: A background whose brightness changes by less than this from pixel to pixel shows no motion.
_FLAT = 0.5


def measure_camera(frames: np.ndarray, mattes: np.ndarray) -> CameraMove | None:
    """Measure what the camera does, from the first frame to the last.

    Args:
        frames: `(T, H, W, 3)` uint8; behind the objects lies a still picture.
        mattes: `(T, objects, H, W)` uint8.

    Returns:
        None when the background stays where it is, or shows nothing that could move.
    """
    if len(frames) < 2:
        return None
    chosen = np.unique(np.rint(np.linspace(0, len(frames) - 1, min(len(frames), _LINKS + 1))).astype(int))
    pictures = [_shrink(frames[k], mattes[k]) for k in chosen]
    shift, growth, guess = np.zeros(2), 0.0, np.zeros(3)
    for before, after in pairwise(pictures):
        guess = _lay(before, after, guess)
        shift += guess[:2]
        growth += guess[2]
    if abs(growth) >= math.log(_ZOOM_FROM):
        return CameraMove(zoom="in" if growth > 0 else "out")
    x, y = -shift
    if max(abs(x), abs(y)) < _PAN_FROM:
        return None
    if abs(x) >= abs(y):
        return CameraMove(pan="right" if x > 0 else "left")
    return CameraMove(pan="down" if y > 0 else "up")


def _shrink(frame: np.ndarray, mattes: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Brightness and where it is the background's, from small to large: `(h, w)` float32 and bool."""
    light = frame.astype(np.float32) @ np.array([0.3, 0.6, 0.1], np.float32)
    clear = ~_wider(mattes.max(0) > 0 if len(mattes) else np.zeros(light.shape, bool), _MARGIN)
    while min(light.shape) > 1.5 * _LARGEST:
        light, clear = _halve(light, clear)
    sizes = [(light, clear)]
    while min(light.shape) >= 2 * _SMALLEST:
        light, clear = _halve(light, clear)
        sizes.append((light, clear))
    return sizes[::-1]


def _wider(mask: np.ndarray, by: int) -> np.ndarray:
    for _ in range(by):
        mask = mask.copy()
        mask[1:] |= mask[:-1].copy()
        mask[:-1] |= mask[1:].copy()
        mask[:, 1:] |= mask[:, :-1].copy()
        mask[:, :-1] |= mask[:, 1:].copy()
    return mask


def _halve(light: np.ndarray, clear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = light.shape[0] // 2 * 2, light.shape[1] // 2 * 2
    four = light[:height, :width].reshape(height // 2, 2, width // 2, 2).mean((1, 3))
    return four, np.all(clear[:height, :width].reshape(height // 2, 2, width // 2, 2), (1, 3))


def _lay(before: list, after: list, guess: np.ndarray) -> np.ndarray:
    """Shift x, y (frame-widths, -heights of the centre) and growth (log) that lay one picture on the next.

    A point at p from the frame's centre lies at exp(growth) p + shift in the next picture. Gauss-Newton on the
    differences in brightness, large ones counting less, from small pictures to large ones.
    """
    found = guess.copy()
    for (old, old_clear), (new, new_clear) in zip(before, after, strict=True):
        height, width = old.shape
        y, x = np.mgrid[:height, :width].astype(np.float32)
        x, y = x + 0.5 - width / 2, y + 0.5 - height / 2
        slope_y, slope_x = np.gradient(new)
        if not new_clear.any() or np.hypot(slope_x, slope_y)[new_clear].mean() < _FLAT:
            continue
        for _ in range(_ROUNDS):
            scale = math.exp(found[2])
            u, v = scale * x + found[0] * width, scale * y + found[1] * height
            column, row = u + width / 2 - 0.5, v + height / 2 - 0.5
            within = old_clear & (column >= 0) & (column <= width - 2) & (row >= 0) & (row <= height - 2)
            c, r = column[within].astype(int), row[within].astype(int)
            clear = new_clear[r, c] & new_clear[r + 1, c] & new_clear[r, c + 1] & new_clear[r + 1, c + 1]
            c, r = c[clear], r[clear]
            fx, fy = column[within][clear] - c, row[within][clear] - r

            def read(picture: np.ndarray, c=c, r=r, fx=fx, fy=fy) -> np.ndarray:  # type: ignore[no-untyped-def]
                upper = picture[r, c] * (1 - fx) + picture[r, c + 1] * fx
                return upper * (1 - fy) + (picture[r + 1, c] * (1 - fx) + picture[r + 1, c + 1] * fx) * fy

            if len(c) < 50:
                break
            error = old[within][clear] - read(new)
            error -= np.median(error)
            gx, gy = read(slope_x), read(slope_y)
            columns = np.stack(
                [gx * width, gy * height, gx * scale * x[within][clear] + gy * scale * y[within][clear]], 1
            )
            spread = 1.5 * np.median(np.abs(error)) + 1.0
            weight = 1 / (1 + (error / spread) ** 2)
            normal = columns.T @ (columns * weight[:, None])
            step = np.linalg.lstsq(normal, columns.T @ (weight * error), rcond=1e-9)[0]
            step = np.clip(step, -0.1, 0.1)
            found = found + step
            if np.abs(step[:2]).max() * width < 0.02:
                break
    return found
