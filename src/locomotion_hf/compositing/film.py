"""A still picture seen through a moving window."""

from __future__ import annotations

import numpy as np
from PIL import Image

#: Mean difference between the first and the last frame, of 255, from which a camera move can be seen.
LEAST_DIFFERENCE = 6.0


def film(still: np.ndarray, windows: np.ndarray, side: int) -> np.ndarray:
    """Show part of a picture in each frame.

    Args:
        still: `(H, W, 3)` uint8.
        windows: `(T, 3)` left, top and side of a square window in pixels of the picture, inside it.
        side: of the frames, pixels.

    Returns:
        `(T, side, side, 3)` uint8. Pillow's bicubic resampling, a polynomial in integer arithmetic.
    """
    if np.ptp(windows, axis=0).max() < 1e-9:
        windows = windows[:1]
    picture = Image.fromarray(still)
    height, width = still.shape[:2]
    frames = []
    for left, top, size in windows:
        box = (max(0.0, left), max(0.0, top), min(float(width), left + size), min(float(height), top + size))
        frames.append(np.asarray(picture.resize((side, side), Image.Resampling.BICUBIC, box=box)))
    return np.stack(frames)


def camera_shows(frames: np.ndarray) -> bool:
    """Whether the first and the last frame differ enough for a viewer to notice that the camera moved."""
    return float(np.abs(frames[0].astype(np.int16) - frames[-1]).mean()) >= LEAST_DIFFERENCE
