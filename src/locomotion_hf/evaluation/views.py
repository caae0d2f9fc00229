"""What is left of a clip when its motion is taken away or turned round."""

from __future__ import annotations

import numpy as np


def one_frame(frames: np.ndarray) -> np.ndarray:
    """The middle frame, as many times as there were frames: everything but the motion.

    Args:
        frames: `(T, H, W, 3)` uint8.

    Returns:
        The same shape and type, a copy.
    """
    middle = (len(frames) - 1) // 2  # as the processor takes a single frame
    return np.repeat(frames[middle : middle + 1], len(frames), axis=0)


def reversed_time(frames: np.ndarray) -> np.ndarray:
    """The clip played backwards: the same frames, the opposite motion.

    Args:
        frames: `(T, H, W, 3)` uint8.

    Returns:
        The same shape and type, a copy (torch takes no negative strides).
    """
    return np.ascontiguousarray(frames[::-1])
