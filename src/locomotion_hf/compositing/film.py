"""A still picture seen through a moving window."""

from __future__ import annotations

import numpy as np
from PIL import Image

#: Mean difference in brightness between the first and the last frame, of 255, from which a camera move can be seen.
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
    """Whether first and last frame differ enough in brightness for a viewer to notice that the camera moved."""
    # Weights of BT.601 in 256ths; colour alone is hard to see moving, and many models look at brightness.
    first, last = (frames[t].astype(np.int32) @ np.array([77, 150, 29]) for t in (0, -1))
    return float(np.abs(first - last).mean()) / 256 >= LEAST_DIFFERENCE
