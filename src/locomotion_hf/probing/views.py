"""What a probe does to a clip before it is shown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from locomotion_hf.evaluation import one_frame, reversed_time
from locomotion_hf.randomness import stream

#: Of the order of the frames: an order of its own for each clip, the same for every model.
SHUFFLE_SEED = 0


def shuffled(frames: np.ndarray, name: str) -> np.ndarray:
    """The same frames in another order, which is neither the old one nor its reverse.

    Args:
        frames: `(T, H, W, 3)` uint8; fewer than three have no such order and come back as they are.
        name: of the clip; decides the order.

    Returns:
        The same shape and type, a copy.
    """
    count = len(frames)
    if count < 3:
        return frames.copy()
    rng, inside = stream(SHUFFLE_SEED, "probing", "shuffle", name), np.arange(count)
    while True:
        order = rng.permutation(count)
        if not (np.array_equal(order, inside) or np.array_equal(order, inside[::-1])):
            return frames[order]


def mirrored(frames: np.ndarray) -> np.ndarray:
    """Left and right exchanged, the pictures with the motion.

    Args:
        frames: `(T, H, W, 3)` uint8.

    Returns:
        The same shape and type, a copy (torch takes no negative strides).
    """
    return np.ascontiguousarray(frames[:, :, ::-1])


#: View -> how it is made of the frames and the name of the clip.
VIEWS: dict[str, Callable[[np.ndarray, str], np.ndarray]] = {
    "clip": lambda frames, name: frames,
    "one_frame": lambda frames, name: one_frame(frames),
    "shuffled": shuffled,
    "reversed": lambda frames, name: reversed_time(frames),
    "mirrored": lambda frames, name: mirrored(frames),
}
