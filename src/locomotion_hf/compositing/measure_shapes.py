"""Which shape a measured path has: one parametric form a shape, fitted by least squares, the best one wins.

Corners, tops and ends of a path lie between frames, so nothing is counted: a form is fitted to all places
at once and drawn on to the ends of the stretch. Places are complex numbers, x + iy in frame-widths, y down;
times are shares of the stretch, 0 at its start and 1 at its end. Angles grow clockwise, as y points down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from locomotion_hf.facts import Shape

#: Fewest frames a leg, a hop and a cycle that are looked for: below what is ever drawn (2.5, 5 and 4).
_LEG_FRAMES, _HOP_FRAMES, _CYCLE_FRAMES, _LAP_FRAMES = 2.3, 4.6, 3.7, 5.0
#: Borders between words, in the middle of the gaps of the table in `facts.py`: of a still object and one that
#: moves (frame-widths to either side); line and arc, arc and circle (degrees); a circle's narrow axis over
#: its long one, and an ellipse's; the farthest distance over the nearest of a circle and a spiral.
_STILL_WITHIN, _ARC_FROM, _LAP_FROM, _ROUND_FROM, _SPIRAL_FROM = 0.0105, 45.0, 280.0, 0.75, 1.5
#: A lap is whole within this share of it: circles are drawn to .06.
_WHOLE_WITHIN = 0.16
#: Legs of a zigzag stray from its direction by 30 to 50 degrees; own choice, half-way to none and to all.
_LEG_ANGLES = (18.0, 65.0)
_LAPS_TO = 12.0


@dataclass(frozen=True, repr=False)
class Fit:
    """A form laid through the places of an object.

    Attributes:
        shape: its word.
        at: `(n,)` shares of the stretch -> `(n,)` complex places.
        stray, farthest: root of the mean square, and the largest, distance of a place from it; frame-widths.
        parameters: how many real numbers it has.
        round: degrees it goes round its centre, clockwise positive; 0 for shapes without a centre.
        centre, radius: of a circle or arc.
    """

    shape: Shape
    at: Callable[[np.ndarray], np.ndarray]
    stray: float
    farthest: float
    parameters: int
    round: float = 0.0
    centre: complex = 0j
    radius: float = 0.0


def _fit(
    shape: Shape, at: Callable[[np.ndarray], np.ndarray], times: np.ndarray, places: np.ndarray, parameters: int,
    **more: complex,
) -> Fit:  # fmt: skip
    off = np.abs(places - at(times))
    return Fit(shape, at, float(np.sqrt((off**2).mean())), float(off.max()), parameters, **more)  # type: ignore[arg-type]


def still(times: np.ndarray, places: np.ndarray) -> Iterator[Fit]:
    """One place. Whether it drifts shows in the largest distance of an even motion's ends from it."""
    middle = places.mean()
    spread = np.abs(places - middle).max()
    drift = abs(np.polyfit(times, places, 1)[0]) / 2 if len(times) > 1 else 0.0
    if max(spread, drift) <= _STILL_WITHIN:
        yield _fit("still", lambda t: np.full(t.shape, middle), times, places, 2)


def line(times: np.ndarray, places: np.ndarray, law: int) -> Iterator[Fit]:
    """A straight line; the way along it is a polynomial of degree `law`, without turning back."""
    if len(times) < law + 1:
        return
    middle = places.mean()
    offsets = places - middle
    along = np.exp(0.5j * np.angle((offsets**2).sum()))
    way = np.polyfit(times, (offsets * along.conj()).real, law)
    if _goes_on(way):
        yield _fit("line", lambda t: middle + along * np.polyval(way, t), times, places, 3 + law)


def _goes_on(way: np.ndarray) -> bool:
    """Whether a polynomial way never turns back (but for a twentieth of its mean speed)."""
    speeds = np.polyval(np.polyder(way), np.linspace(0, 1, 21))
    return bool((speeds * np.sign(speeds.mean())).min() > -0.05 * abs(speeds.mean()))


def turning(times: np.ndarray, places: np.ndarray, law: int) -> Iterator[Fit]:
    """An arc or circle; the angle is a polynomial of degree `law` in time, without turning back."""
    if 2 * len(times) < law + 4:
        return
    # The circle through scattered places with the least algebraic error starts the search.
    plane = np.stack([places.real, places.imag, np.ones(len(places))], 1)
    solved = np.linalg.lstsq(plane, np.abs(places) ** 2, rcond=None)[0]
    centre = complex(solved[0], solved[1]) / 2
    radius = math.sqrt(max(float(solved[2]) + abs(centre) ** 2, 1e-12))
    if radius > 3:
        return
    powers = times[:, None] ** np.arange(law + 1)
    angles = np.linalg.lstsq(powers, np.unwrap(np.angle(places - centre)), rcond=None)[0]
    for _ in range(12):
        spokes = np.exp(1j * powers @ angles)
        error = places - centre - radius * spokes
        slopes = np.concatenate(
            [np.ones((len(times), 1)), np.full((len(times), 1), 1j), spokes[:, None], 1j * radius * spokes[:, None] * powers], 1
        )
        step = np.linalg.lstsq(np.concatenate([slopes.real, slopes.imag]), np.concatenate([error.real, error.imag]), rcond=None)[0]
        centre, radius, angles = centre + complex(step[0], step[1]), radius + step[2], angles + step[3:]
        if not 1e-4 < radius < 3:
            return
        if np.abs(step).max() < 1e-7:
            break
    if not _goes_on(angles[::-1]):
        return
    bend = math.degrees(angles[1:].sum())

    def at(t: np.ndarray) -> np.ndarray:
        return centre + radius * np.exp(1j * (t[:, None] ** np.arange(law + 1)) @ angles)

    circle = abs(bend) > _LAP_FROM
    if abs(bend) >= _ARC_FROM and not (circle and _from_whole(bend / 360) > _WHOLE_WITHIN):
        shape: Shape = "circle" if circle else "arc"
        yield _fit(shape, at, times, places, 4 + law, round=bend, centre=centre, radius=radius)


def _from_whole(laps: float) -> float:
    return abs(laps - round(laps))


def _search(times: np.ndarray, places: np.ndarray, basis: Callable[[np.ndarray], np.ndarray], laps: np.ndarray) -> tuple[float, np.ndarray]:
    """The number of laps whose basis functions take the places best, and their factors.

    Args:
        times, places: of the frames.
        basis: `(G,)` laps -> `(G, n, k)` values at `times`.
        laps: `(G,)` evenly spaced, where to begin.
    """
    best = 0.0
    for _ in range(4):
        columns = basis(laps)
        q = np.linalg.qr(columns)[0]
        left = places - (q @ (q.conj().swapaxes(1, 2) @ places)[..., None])[..., 0]
        best = float(laps[(np.abs(left) ** 2).sum(1).argmin()])
        step = abs(laps[1] - laps[0])
        laps = best + np.linspace(-1, 1, 13) * step
    factors = np.linalg.lstsq(basis(np.array([best]))[0], places, rcond=None)[0]
    return best, factors


def ellipse(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Round at an even angular rate: centre + A cos + B sin; with equal axes a circle."""
    if len(times) < 5:
        return

    def at(t: np.ndarray, laps: np.ndarray) -> np.ndarray:
        angle = 2 * np.pi * laps[:, None] * t
        return np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], -1)

    laps, factors = _search(times, places, lambda laps: at(times, laps), np.arange(0.6, min(3.5, frames / _LAP_FRAMES + 0.1), 0.05))
    axes = np.array([factors[1:].real, factors[1:].imag])
    long, narrow = np.linalg.svd(axes)[1]
    if laps * 360 > _LAP_FROM and _from_whole(laps) < _WHOLE_WITHIN and narrow > 0.1 * long:
        shape: Shape = "circle" if narrow > _ROUND_FROM * long else "ellipse"
        sense = math.copysign(360, np.linalg.det(axes))
        yield _fit(
            shape, lambda t: at(t, np.array([laps]))[0] @ factors, times, places, 7,
            round=sense * laps, centre=factors[0], radius=float(long + narrow) / 2,
        )  # fmt: skip


def spiral(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Round at an even angular rate, at a distance that changes evenly."""
    if len(times) < 5:
        return

    def at(t: np.ndarray, laps: np.ndarray) -> np.ndarray:
        spoke = np.exp(2j * np.pi * laps[:, None] * t)
        return np.stack([np.ones_like(spoke), spoke, spoke * t], -1)

    upto = min(_LAPS_TO, frames / _LAP_FRAMES)
    for sign in (1, -1):
        if upto < 1.2:
            continue
        laps, factors = _search(times, places, lambda laps: at(times, laps), sign * np.arange(1.1, upto + 0.1, 0.06))
        first, last = factors[1], factors[1] + factors[2]
        # A distance that passes through nothing, or turns against the spoke, is no spiral.
        if abs(laps) < 1.2 or (last * first.conj()).real < 0.9 * abs(last * first):
            continue
        ratio = abs(last) / max(abs(first), 1e-9)
        if max(ratio, 1 / max(ratio, 1e-9)) > _SPIRAL_FROM:
            yield _fit(
                "spiral", lambda t, laps=laps, factors=factors: at(t, np.array([laps]))[0] @ factors, times, places, 7,
                round=360 * laps, centre=factors[0],
            )  # fmt: skip


def _waves(times: np.ndarray, places: np.ndarray, numbers: np.ndarray, wave: Callable[[np.ndarray, float], np.ndarray], drifts: bool) -> tuple[float, np.ndarray]:
    """How many waves fit best, and the factors of 1, time (when it drifts) and the wave."""

    def basis(number: float) -> np.ndarray:
        shape = [np.ones(len(times)), *([times] if drifts else []), wave(times, number)]
        return np.stack(shape, 1).astype(complex)

    stacked = np.stack([basis(number) for number in numbers])
    q = np.linalg.qr(stacked)[0]
    left = places - (q @ (q.conj().swapaxes(1, 2) @ places)[..., None])[..., 0]
    best = float(numbers[(np.abs(left) ** 2).sum(1).argmin()])
    return best, np.linalg.lstsq(basis(best), places, rcond=None)[0]


def _legs(t: np.ndarray, number: float) -> np.ndarray:
    """Up from 0 to 1 and down again, a leg each."""
    return 1 - np.abs((number * t) % 2 - 1)


def zigzag(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Equal legs, alternately to either side of a drift."""
    most = int(frames / _LEG_FRAMES)
    if most < 4 or len(times) < 6:
        return
    number, (start, drift, side) = _waves(times, places, np.arange(4, most + 1), _legs, True)
    one, two = drift / number + side, drift / number - side
    half = abs(np.angle(one * two.conj(), deg=True)) / 2 if two else 90.0
    if abs(math.log(max(abs(one), 1e-9) / max(abs(two), 1e-9))) < 0.25 and _LEG_ANGLES[0] < half < _LEG_ANGLES[1]:
        yield _fit("zigzag", lambda t: start + drift * t + side * _legs(t, number), times, places, 7)


def _hops(t: np.ndarray, number: float) -> np.ndarray:
    """Parabolas from 0 to 1 and back."""
    share = (number * t) % 1
    return 4 * share * (1 - share)


def bounce(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Equal hops upwards from a level floor."""
    most = int(frames / _HOP_FRAMES)
    if most < 2 or len(times) < 6:
        return
    number, (start, drift, hop) = _waves(times, places, np.arange(2, most + 1), _hops, True)
    if hop.imag < -0.025 and abs(hop.real) < 0.2 * abs(hop.imag) and abs(drift.imag) < 0.03:
        yield _fit("bounce", lambda t: start + drift * t + hop * _hops(t, number), times, places, 7)


def _cycles(t: np.ndarray, number: float) -> np.ndarray:
    return np.sin(2 * np.pi * number * t)


def shake(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Level or upright cycles that begin and end in the middle."""
    most = int(2 * frames / _CYCLE_FRAMES)
    if most < 5 or len(times) < 6:
        return
    number, (middle, side) = _waves(times, places, np.arange(5, most + 1) / 2, _cycles, False)
    level, upright = sorted((abs(side.real), abs(side.imag)))[::-1]
    if level > 0.01 and upright < 0.4 * level:
        yield _fit("shake", lambda t: middle + side * _cycles(t, number), times, places, 5)


def best_fit(times: np.ndarray, places: np.ndarray, frames: float, tolerance: float) -> Fit | None:
    """The simplest form that takes all places.

    Args:
        times: `(n,)` shares of the stretch.
        places: `(n,)` complex, frame-widths.
        frames: how many frames long the stretch is.
        tolerance: how far places stray by the drawing alone (root of the mean square), frame-widths.

    Returns:
        The fit; None when no form takes the places.
    """
    if len(times) < 2:
        return None
    rounds = (
        lambda: still(times, places),
        lambda: line(times, places, 1),
        lambda: line(times, places, 2),
        lambda: turning(times, places, 1),
        lambda: (
            one
            for form in (ellipse, spiral, zigzag, bounce, shake)
            for one in form(times, places, frames)
        ),
        lambda: turning(times, places, 2),
        lambda: (*line(times, places, 3), *turning(times, places, 3)),
    )
    for candidates in rounds:
        fits = sorted(candidates(), key=lambda fit: fit.stray)
        if fits and fits[0].stray <= tolerance and fits[0].farthest <= 3 * tolerance:
            return fits[0]
    return None
