"""How far an object reaches, and its silhouette: all that motion needs to know of its shape."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numba import njit

#: Frame-widths kept free around an object, so that its faint rim stays inside the frame too.
RIM = 0.008


@dataclass(frozen=True, repr=False)
class Outline:
    """The reach of an alpha matte around its centroid.

    Attributes:
        reach: `(360,)` float64: how far the matte extends from its centroid in each direction, one a
            degree, clockwise from "to the right", as a fraction of the cut-out's longer side.
        turn_shows: whether turning it can be seen in its silhouette.
        points: `(N, 2)` float64: places spread over the matte, x right and y down from its centroid, as
            fractions of the longer side; with their spacing they tell whether two objects touch.
    """

    reach: np.ndarray
    turn_shows: bool
    points: np.ndarray = field(default_factory=lambda: np.zeros((1, 2)))

    def __post_init__(self) -> None:
        if self.reach.shape != (360,):
            raise ValueError(f"Outline.reach has shape {self.reach.shape}; expected (360,)")
        if self.points.ndim != 2 or self.points.shape[1:] != (2,):
            raise ValueError(f"Outline.points has shape {self.points.shape}; expected (N, 2)")

    def __repr__(self) -> str:
        return f"Outline(reach up to {self.reach.max():.2f}, turn_shows={self.turn_shows})"

    def extents(self, angles: np.ndarray, sizes: np.ndarray, aspect: float = 1.0) -> np.ndarray:
        """How far the object reaches at each keyframe.

        Args:
            angles: `(K,)` degrees.
            sizes: `(K,)` longer side as a fraction of the frame's shorter side.
            aspect: frame height over width.

        Returns:
            `(K, 2, 2)`: to the left and upwards, then to the right and downwards, as positive fractions of
            the frame's width and height.
        """
        # Turned clockwise by a, what now points in direction d pointed in direction d - a before.
        turned = np.round(angles).astype(int)[:, None]
        reach = self.reach[(np.array([180, 270, 0, 90]) - turned) % 360].reshape(-1, 2, 2)
        # A degree's rounding moves an outermost point by at most this share of the reach.
        reach = np.maximum(reach, 0) + self.reach.max() * math.radians(0.5)
        shorter = min(1.0, aspect)  # the frame's shorter side in frame-widths
        return (reach * sizes[:, None, None] * shorter + RIM) * np.array([1.0, 1.0 / aspect])

    @property
    def radius(self) -> float:
        """The furthest reach, as a fraction of the longer side."""
        return float(self.reach.max())

    def placed(self, centre: np.ndarray, angle: float, size: float) -> np.ndarray:
        """`points` as they lie in a square frame, `(N, 2)` fractions of it.

        Args:
            centre: `(2,)` fractions of the frame.
            angle: degrees.
            size: longer side as a fraction of the frame.
        """
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        return centre + size * self.points @ np.array([[cos, sin], [-sin, cos]])


#: Points of an outline lie this far apart along each axis, as a fraction of the longer side.
POINT_SPACING = 1 / 24


def overlap(first: np.ndarray, second: np.ndarray, within: float) -> int:
    """How many points of the first cloud have one of the second nearby.

    Args:
        first: `(N, 2)`, from `Outline.placed`.
        second: `(M, 2)`, the same.
        within: distance that counts as the same place.
    """
    low, high = second.min(0) - within, second.max(0) + within
    near = first[np.all((first >= low) & (first <= high), 1)]
    return int(_count_near(near, second, within * within)) if len(near) else 0


@njit(cache=True)
def _count_near(first: np.ndarray, second: np.ndarray, within_squared: float) -> int:  # pragma: no cover
    count = 0
    for i in range(len(first)):
        for j in range(len(second)):
            dx, dy = first[i, 0] - second[j, 0], first[i, 1] - second[j, 1]
            if dx * dx + dy * dy <= within_squared:
                count += 1
                break
    return count
