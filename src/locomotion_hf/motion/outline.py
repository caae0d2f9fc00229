"""How far an object reaches: all that motion needs to know of its shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, repr=False)
class Outline:
    """The reach of an alpha matte around its centroid.

    Attributes:
        reach: `(360,)` float64: how far the matte extends from its centroid in each direction, one a
            degree, clockwise from "to the right", as a fraction of the cut-out's longer side.
        turn_shows: whether turning it can be seen in its silhouette.
    """

    reach: np.ndarray
    turn_shows: bool

    def __post_init__(self) -> None:
        if self.reach.shape != (360,):
            raise ValueError(f"Outline.reach has shape {self.reach.shape}; expected (360,)")

    def __repr__(self) -> str:
        return f"Outline(reach up to {self.reach.max():.2f}, turn_shows={self.turn_shows})"

    def margins(self, angles: np.ndarray, size: float, aspect: float) -> np.ndarray:
        """How near the centroid may come to each border with the whole object inside.

        Args:
            angles: `(K,)` degrees; every angle between the least and the largest is allowed for.
            size: longer side as a fraction of the frame's shorter side.
            aspect: frame height over width.

        Returns:
            `(2, 2)`: the left and upper margins, then the right and lower ones, as fractions of the
            frame's width and height.
        """
        turned = np.arange(np.floor(angles.min()), np.ceil(angles.max()) + 1).astype(int)
        # Turned clockwise by a, what now points in direction d pointed in direction d - a before.
        left, up, right, down = (self.reach[(d - turned) % 360].max() for d in (180, 270, 0, 90))
        shorter = min(1.0, aspect)  # the frame's shorter side in frame-widths
        scale = size * shorter * np.array([1.0, 1.0 / aspect])
        return np.array([[left, up], [right, down]]) * scale
