"""Draw cut-outs along paths on background frames: the CPU renderer.

Each object touches only its own region of each frame. Coordinates are 16.16 fixed point and blending is
integer arithmetic on premultiplied pixels, so the same plan gives the same bytes on every machine, and
no dark or white rim tells a model where the object is. Motion is sub-pixel and sub-degree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit

from locomotion_hf.types import Trajectory

from .sprites import PADDING, Sprite

#: Alpha at which a pixel belongs to the object's box, of 255: half covered.
BOX_ALPHA = 128


@njit(cache=True, nogil=True)
def _draw(
    frame: np.ndarray, matte: np.ndarray, sprite: np.ndarray, to_sprite: np.ndarray, box: np.ndarray
) -> None:  # pragma: no cover
    """Blend one sprite into one frame, in place.

    Args:
        frame: `(H, W, 3)` uint8.
        matte: `(H, W)` uint8, receives the drawn alpha; `(0, 0)` when it is not wanted.
        sprite: `(h, w, 4)` uint8, premultiplied, with a transparent border.
        to_sprite: `(6,)` float64 a b c d e f: the frame's pixel (x, y) shows the sprite at
            (a x + b y + c, d x + e y + f), both counted from pixel centres.
        box: `(4,)` int64, receives x0, y0, x1, y1 of the pixels at least half covered; zeros for none.
    """
    height, width = frame.shape[0], frame.shape[1]
    rows, columns = sprite.shape[0], sprite.shape[1]
    a, b, c, d, e, f = to_sprite
    det = a * e - b * d
    x_low, x_high, y_low, y_high = 1e9, -1e9, 1e9, -1e9
    for corner in range(4):  # where the sprite's corners lie in the frame
        u = (columns - 1.0 if corner & 1 else 0.0) - c
        v = (rows - 1.0 if corner & 2 else 0.0) - f
        x, y = (e * u - b * v) / det, (a * v - d * u) / det
        x_low, x_high = min(x_low, x), max(x_high, x)
        y_low, y_high = min(y_low, y), max(y_high, y)
    x0, x1 = max(0, math.floor(x_low)), min(width, math.ceil(x_high) + 1)
    y0, y1 = max(0, math.floor(y_low)), min(height, math.ceil(y_high) + 1)
    box[0], box[1], box[2], box[3] = width, height, 0, 0
    step_u, step_v = math.floor(a * 65536 + 0.5), math.floor(d * 65536 + 0.5)
    u_end, v_end = (columns - 1) << 16, (rows - 1) << 16
    for y in range(y0, y1):
        u = math.floor((a * x0 + b * y + c) * 65536 + 0.5)
        v = math.floor((d * x0 + e * y + f) * 65536 + 0.5)
        for x in range(x0, x1):
            if 0 <= u < u_end and 0 <= v < v_end:
                i, j = v >> 16, u >> 16
                right, lower = (u >> 8) & 255, (v >> 8) & 255
                left, upper = 256 - right, 256 - lower
                w00, w01, w10, w11 = left * upper, right * upper, left * lower, right * lower
                alpha = w00 * sprite[i, j, 3] + w01 * sprite[i, j + 1, 3]
                alpha += w10 * sprite[i + 1, j, 3] + w11 * sprite[i + 1, j + 1, 3]
                if alpha > 0:
                    through = 65536 * 255 - alpha
                    for channel in range(3):
                        colour = w00 * sprite[i, j, channel] + w01 * sprite[i, j + 1, channel]
                        colour += w10 * sprite[i + 1, j, channel] + w11 * sprite[i + 1, j + 1, channel]
                        behind = frame[y, x, channel]
                        value = (colour * 255 + behind * through + 8355840) // 16711680
                        frame[y, x, channel] = min(value, 255)
                    covered = (alpha + 32768) >> 16
                    if matte.shape[0] > 0:
                        matte[y, x] = covered
                    if covered >= BOX_ALPHA:
                        box[0], box[2] = min(box[0], x), max(box[2], x + 1)
                        box[1], box[3] = min(box[1], y), max(box[3], y + 1)
            u += step_u
            v += step_v
    if box[2] == 0:
        box[0], box[1] = 0, 0


def _to_sprite(sprite: Sprite, level: np.ndarray, shown: float, centre: np.ndarray, angle: float) -> np.ndarray:
    """The map from frame pixels to level pixels: undo the shift, the turn and the scale."""
    height, width = level.shape[0] - 2 * PADDING, level.shape[1] - 2 * PADDING
    scale = max(height, width) / shown
    cos, sin = math.cos(math.radians(angle)) * scale, math.sin(math.radians(angle)) * scale
    pivot_x = sprite.centroid[0] * width + PADDING - 0.5
    pivot_y = sprite.centroid[1] * height + PADDING - 0.5
    x, y = centre
    return np.array([cos, sin, pivot_x - cos * x - sin * y, -sin, cos, pivot_y + sin * x - cos * y])


def render(
    background: np.ndarray,
    sprites: Sequence[Sprite],
    paths: Sequence[Trajectory],
    frame_times: np.ndarray,
    masks: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Draw objects on a clip, the first one lowest.

    Args:
        background: `(T, H, W, 3)` uint8, not changed.
        sprites: one for each object.
        paths: where each object goes.
        frame_times: `(T,)` seconds.
        masks: whether to return the drawn mattes too.

    Returns:
        Frames `(T, H, W, 3)` uint8; boxes `(T, objects, 4)` float32, xyxy as fractions of the frame, of
        the pixels at least half covered; mattes `(T, objects, H, W)` uint8, or None.
    """
    frames = background.copy()
    count, height, width = frames.shape[:3]
    mattes = np.zeros((count, len(sprites), height, width) if masks else (count, len(sprites), 0, 0), np.uint8)
    boxes = np.zeros((count, len(sprites), 4), np.int64)
    for k, (sprite, path) in enumerate(zip(sprites, paths, strict=True)):
        shown = path.size * min(height, width)
        level = sprite.level(shown)
        centres, angles = path.at(frame_times)
        # Fractions count from the frame's corner, pixels from the centre of the first one.
        pixels = centres * (width, height) - 0.5
        for t in range(count):
            matrix = _to_sprite(sprite, level, shown, pixels[t], angles[t])
            _draw(frames[t], mattes[t, k], level, matrix, boxes[t, k])
    fractions = (boxes / (width, height, width, height)).astype(np.float32)
    return frames, fractions, mattes if masks else None
