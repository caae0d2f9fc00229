"""What the camera does over a still background: a window that shifts or changes its size, evenly.

Only a still background gets a camera move of ours: what a real video's own camera does is not known, and
adding to it would make the words false.
"""

from __future__ import annotations

from typing import get_args

import numpy as np

from locomotion_hf.facts import CameraMove, Pan, Zoom

CAMERA_MOVES: tuple[CameraMove, ...] = (
    *(CameraMove(pan=pan) for pan in get_args(Pan)),
    *(CameraMove(zoom=zoom) for zoom in get_args(Zoom)),
)
#: Stated from (see `facts.py`), and drawn up to: a shift in window widths, a ratio of window sizes.
LEAST_PAN, PANS = 0.15, (0.18, 0.40)
LEAST_ZOOM, ZOOMS = 1.25, (1.30, 1.45)
#: A still picture is this much larger than the frame, so that the window can move about in it.
STILL_ROOM = 1.5

_TOWARDS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def sample_windows(
    rng: np.random.Generator, move: CameraMove | None, height: int, width: int, side: int, frame_times: np.ndarray
) -> np.ndarray:
    """Draw what part of a still picture each frame shows.

    Args:
        rng: the stream of this draw.
        move: what the camera shall do; None to stand still.
        height: of the picture, pixels, at least `STILL_ROOM` times `side`.
        width: the same.
        side: of the frame, pixels.
        frame_times: `(T,)` seconds.

    Returns:
        `(T, 3)` float64: left, top and side of the square window, pixels of the picture.
    """
    even = (frame_times / frame_times[-1])[:, None]
    room = np.array([width, height], float)
    shift, small, large = np.zeros(2), float(side), float(side)
    if move and move.pan:
        shift = np.array(_TOWARDS[move.pan]) * rng.uniform(*PANS) * side
    elif move:
        large = min(side * rng.uniform(*ZOOMS), room.min())
    sides = large * (small / large) ** even if move and move.zoom == "in" else small * (large / small) ** even
    # The middle of the window stays inside the part from which the largest window fits.
    low, high = large / 2 - np.minimum(shift, 0), room - large / 2 - np.maximum(shift, 0)
    middle = rng.uniform(low, np.maximum(low, high)) + shift * even
    return np.concatenate([middle - sides / 2, sides], 1)


def read_camera(windows: np.ndarray) -> CameraMove | None:
    """State what the camera does; None when the window hardly moves.

    Args:
        windows: `(T, 3)` as drawn.
    """
    sides = windows[:, 2]
    across, down = (windows[-1, :2] + sides[-1] / 2 - windows[0, :2] - sides[0] / 2) / sides.mean()
    ratio = float(sides[0] / sides[-1])
    if ratio >= LEAST_ZOOM:
        return CameraMove(zoom="in")
    if 1 / ratio >= LEAST_ZOOM:
        return CameraMove(zoom="out")
    if abs(across) >= LEAST_PAN:
        return CameraMove(pan="right" if across > 0 else "left")
    if abs(down) >= LEAST_PAN:
        return CameraMove(pan="down" if down > 0 else "up")
    return None
