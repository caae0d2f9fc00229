"""Which shape a measured path has: one parametric form a shape, fitted by least squares; the simplest wins.

Corners, tops and ends of a path lie between frames, so nothing is counted: a form is fitted to all places
at once and drawn on to the ends of the stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from .fit import Fit, goes_on, laid
from .rounds import ellipse, spiral, turning
from .waves import bounce, shake, zigzag

#: Frame-widths from the middle, half-way from the most of a still object to the least of one that moves.
_STILL_WITHIN = 0.0105
#: No place is further off than this many times the root of the mean square that drawing explains.
_FARTHEST = 3.0
#: A changing speed is believed from so many frames on, when places stray less than this share from it.
_PACE_FRAMES, _CLEARLY = 4, 0.4


def still(times: np.ndarray, places: np.ndarray) -> Iterator[Fit]:
    """One place, from which neither the object nor an even motion along its path gets away."""
    middle = places.mean()
    drift = abs(np.polyfit(times, places, 1)[0]) / 2
    if max(np.abs(places - middle).max(), drift) <= _STILL_WITHIN:
        yield laid("still", lambda t: np.full(t.shape, middle), times, places)


def line(times: np.ndarray, places: np.ndarray, law: int) -> Iterator[Fit]:
    """A straight line; the way along it is a polynomial of degree `law` in time that does not turn back."""
    if len(times) < law + 1:
        return
    middle = places.mean()
    offsets = places - middle
    along = np.exp(0.5j * np.angle((offsets**2).sum()))
    way = np.polyfit(times, (offsets * along.conj()).real, law)
    if goes_on(way):
        yield laid("line", lambda t: middle + along * np.polyval(way, t), times, places)


def best_fit(times: np.ndarray, places: np.ndarray, frames: float, tolerance: float) -> Fit | None:
    """The simplest form that takes all places.

    Args:
        times: `(n,)` shares of the stretch, increasing.
        places: `(n,)` complex128, frame-widths.
        frames: how many frames long the stretch is.
        tolerance: how far places stray by the drawing alone (root of the mean square), frame-widths.

    Returns:
        The fit; None when no form takes the places.
    """
    if len(times) < 2:
        return None
    forms = (ellipse, spiral, zigzag, bounce, shake)
    rounds: tuple[Callable[[], Iterable[Fit]], ...] = (
        lambda: still(times, places),
        lambda: line(times, places, 1),
        lambda: line(times, places, 2),
        lambda: turning(times, places, 1),
        lambda: (fit for form in forms for fit in form(times, places, frames)),
        lambda: turning(times, places, 2),
        # A speed that grows by a constant share is nearly of the third degree.
        lambda: (*line(times, places, 3), *turning(times, places, 3)),
    )
    for candidates in rounds:
        fits = sorted(candidates(), key=lambda fit: fit.stray)
        if fits and (fits[0].shape == "still" or _takes(fits[0], tolerance)):
            return _at_its_pace(fits[0], times, places)
    return None


def _at_its_pace(fit: Fit, times: np.ndarray, places: np.ndarray) -> Fit:
    """A line whose speed changes after all, though it is too short for the change to show as a misfit."""
    if fit.shape != "line" or len(times) < _PACE_FRAMES:
        return fit
    return next((other for other in line(times, places, 2) if other.stray < _CLEARLY * fit.stray), fit)


def _takes(fit: Fit, tolerance: float) -> bool:
    return fit.stray <= tolerance and fit.farthest <= _FARTHEST * tolerance
