"""Where the matte of one object is in each frame, how large, and whether the frame's border cuts it.

Like all `measure*` files this one looks at pixels only and knows nothing of plans or paths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from locomotion_hf.facts import Edge

#: Alpha (of 255) on the outermost pixels from which a matte counts as cut there; a soft edge may reach them.
CUT_ALPHA = 16
EDGES: tuple[Edge, ...] = ("left", "right", "top", "bottom")


@dataclass(frozen=True, repr=False)
class Track:
    """What can be read off the mattes of one object, frame by frame.

    Attributes:
        places: `(T,)` complex128, the centroid in frame-widths along both axes, x + iy, y down; nan while
            the object is not wholly inside.
        areas: `(T,)` float64, alpha summed up, in pixels.
        boxes: `(T, 4)` int64, xyxy of the pixels with any alpha, exclusive right and lower; zeros when empty.
        cut: `(T, 4)` bool, whether it touches the left, right, top, bottom border.
        size: `(2,)` frame width and height in pixels.
    """

    places: np.ndarray
    areas: np.ndarray
    boxes: np.ndarray
    cut: np.ndarray
    size: tuple[int, int]

    @property
    def inside(self) -> np.ndarray:
        """`(T,)` bool: wholly inside the frame."""
        return (self.areas > 0) & ~self.cut.any(1)


def follow(mattes: np.ndarray) -> Track:
    """Read one object's mattes.

    Args:
        mattes: `(T, H, W)` uint8.

    Returns:
        Its track.
    """
    count, height, width = mattes.shape
    columns = mattes.sum(1, dtype=np.uint32).astype(np.float64)
    rows = mattes.sum(2, dtype=np.uint32).astype(np.float64)
    totals = columns.sum(1)
    seen = totals > 0
    safe = np.where(seen, totals, 1.0)
    x, y = columns @ (np.arange(width) + 0.5) / safe, rows @ (np.arange(height) + 0.5) / safe
    boxes = np.zeros((count, 4), np.int64)
    for low, high, side in ((0, 2, columns > 0), (1, 3, rows > 0)):
        boxes[:, low] = side.argmax(1)
        boxes[:, high] = np.where(seen, side.shape[1] - side[:, ::-1].argmax(1), 0)
    borders = (mattes[:, :, 0], mattes[:, :, -1], mattes[:, 0], mattes[:, -1])
    # A faint sliver is cut where it is faint.
    faint = np.clip(mattes.max((1, 2)) // 4, 1, CUT_ALPHA)
    cut = np.stack([border.max(1) >= faint for border in borders], 1)
    places = np.where(seen & ~cut.any(1), x / width + 1j * y / height, np.nan)
    return Track(places, totals / 255, boxes, cut, (width, height))
