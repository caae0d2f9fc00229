"""A parametric form laid through measured places, and how well it takes them.

Places are complex numbers, x + iy in frame-widths along both axes, y down, so that angles grow clockwise.
Times are shares of a stretch: 0 at its start, 1 at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from locomotion_hf.facts import Shape

#: Shares of the stretch, `(n,)` float64 -> places, `(n,)` complex128.
Path = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, repr=False)
class Fit:
    """A form laid through the places of an object.

    Attributes:
        shape: its word.
        at: where it is at any time of the stretch.
        stray, farthest: root of the mean square, and the largest, distance of a place from it; frame-widths.
        round: degrees that it goes round its centre, clockwise positive; 0 for shapes without a centre.
        centre, radius: of a circle or arc; of other shapes that go round, the centre alone.
    """

    shape: Shape
    at: Path
    stray: float
    farthest: float
    round: float = 0.0
    centre: complex = 0j
    radius: float = 0.0

    def __repr__(self) -> str:
        return f"Fit({self.shape}, stray={self.stray:.4f}, farthest={self.farthest:.4f})"


def laid(
    shape: Shape,
    at: Path,
    times: np.ndarray,
    places: np.ndarray,
    round: float = 0.0,
    centre: complex = 0j,
    radius: float = 0.0,
) -> Fit:
    """A form with its distances from the places `(n,)` at `times` `(n,)`."""
    off = np.abs(places - at(times))
    return Fit(shape, at, float(np.sqrt((off**2).mean())), float(off.max()), round, centre, radius)


def goes_on(way: np.ndarray) -> bool:
    """Whether a polynomial (highest power first) never turns back from 0 to 1, but for 5 % of its mean speed."""
    speeds = np.polyval(np.polyder(way), np.linspace(0, 1, 21))
    return bool((speeds * np.sign(speeds.mean())).min() > -0.05 * abs(speeds.mean()))


def best_number(numbers: np.ndarray, bases: np.ndarray, places: np.ndarray) -> tuple[float, np.ndarray]:
    """Of many numbers the one whose basis takes the places best, by least squares.

    Args:
        numbers: `(G,)`.
        bases: `(G, n, k)` complex, what k functions are worth at the n times, for each number.
        places: `(n,)`.

    Returns:
        The number, and the factors `(k,)` of its basis.
    """
    q = np.linalg.qr(bases)[0]
    left = places - (q @ (q.conj().swapaxes(1, 2) @ places)[..., None])[..., 0]
    best = int((np.abs(left) ** 2).sum(1).argmin())
    return float(numbers[best]), np.linalg.lstsq(bases[best], places, rcond=None)[0]
