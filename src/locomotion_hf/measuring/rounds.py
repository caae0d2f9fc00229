"""Paths round a centre: arcs, circles, ellipses and spirals, fitted to measured places."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from locomotion_hf.facts import Shape

from .fit import Fit, best_number, goes_on, laid

#: Fewest frames a lap that are looked for; at least 8 are drawn.
_LAP_FRAMES = 5.0
#: Borders in the middle of the gaps of the table: line and arc, arc and circle (degrees); narrow axis over
#: long one of an ellipse and a circle; farthest distance over nearest of a circle and a spiral.
_ARC_FROM, _LAP_FROM, _ROUND_FROM, _SPIRAL_FROM = 45.0, 280.0, 0.75, 1.5
#: A narrower ellipse is a shake.
_NARROWEST = 0.1
#: Laps of a circle or ellipse are whole within this share of one: they are drawn to .06.
_WHOLE_WITHIN = 0.16
#: Most laps of an ellipse and a spiral that are looked for, and fewest of a spiral (1.4 are drawn).
_ELLIPSE_LAPS, _SPIRAL_LAPS, _SPIRAL_LAPS_FROM = 3.5, 12.0, 1.2
#: How straight the distance of a spiral changes: cosine of the angle between its first and last factor.
_STRAIGHT = 0.9
#: Frame-widths; a path of a larger radius is straight.
_LARGEST_RADIUS = 30.0
_ROUNDS = 12


def turning(times: np.ndarray, places: np.ndarray, law: int) -> Iterator[Fit]:
    """An arc, circle or hardly bent line; the angle is a polynomial of degree `law` that does not turn back."""
    if 2 * len(times) < law + 4:
        return
    # The circle of least algebraic error is where the search begins.
    plane = np.stack([places.real, places.imag, np.ones(len(places))], 1)
    solved = np.linalg.lstsq(plane, np.abs(places) ** 2, rcond=None)[0]
    centre = complex(solved[0], solved[1]) / 2
    radius = math.sqrt(max(float(solved[2]) + abs(centre) ** 2, 1e-12))
    powers = times[:, None] ** np.arange(law + 1)
    angles = np.linalg.lstsq(powers, np.unwrap(np.angle(places - centre)), rcond=None)[0]
    for _ in range(_ROUNDS):
        if not 1e-4 < radius < _LARGEST_RADIUS:
            return
        spokes = np.exp(1j * powers @ angles)[:, None]
        one = np.ones_like(spokes)
        slopes = np.concatenate([one, 1j * one, spokes, 1j * radius * spokes * powers], 1)
        error = places - centre - radius * spokes[:, 0]
        both = np.concatenate([slopes.real, slopes.imag]), np.concatenate([error.real, error.imag])
        step = np.linalg.lstsq(*both, rcond=None)[0]
        centre, radius, angles = centre + complex(step[0], step[1]), radius + step[2], angles + step[3:]
        if np.abs(step).max() < 1e-7:
            break
    bend = math.degrees(angles[1:].sum())
    shape: Shape = "line" if abs(bend) < _ARC_FROM else "arc" if abs(bend) < _LAP_FROM else "circle"
    if not goes_on(angles[::-1]) or (shape == "circle" and not _whole(bend / 360)):
        return

    def at(t: np.ndarray) -> np.ndarray:
        return centre + radius * np.exp(1j * (t[:, None] ** np.arange(law + 1)) @ angles)

    yield laid(shape, at, times, places, bend, centre, radius)


def _whole(laps: float) -> bool:
    return abs(laps - round(laps)) <= _WHOLE_WITHIN


def _search(
    places: np.ndarray, basis: Callable[[np.ndarray], np.ndarray], laps: np.ndarray
) -> tuple[float, np.ndarray]:
    """The number of laps whose basis takes the places best, to a ten-thousandth of the step, and the factors."""
    step = abs(laps[1] - laps[0])
    best, factors = best_number(laps, basis(laps), places)
    for _ in range(3):
        laps = best + np.linspace(-step, step, 13)
        best, factors = best_number(laps, basis(laps), places)
        step /= 6
    return best, factors


def ellipse(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Round at an even angular rate: centre + A cos + B sin. With equal axes it is a circle."""
    if len(times) < 5:
        return

    def basis(t: np.ndarray, laps: np.ndarray) -> np.ndarray:
        angle = 2 * np.pi * laps[:, None] * t
        return np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], -1).astype(complex)

    most = min(_ELLIPSE_LAPS, max(frames / _LAP_FRAMES, 0.8))
    laps, factors = _search(places, lambda laps: basis(times, laps), np.arange(0.6, most + 0.1, 0.05))
    axes = np.array([factors[1:].real, factors[1:].imag])
    long, narrow = np.linalg.svd(axes)[1]
    if 360 * laps <= _LAP_FROM or not _whole(laps) or narrow < _NARROWEST * long:
        return
    shape: Shape = "circle" if narrow > _ROUND_FROM * long else "ellipse"
    way = math.copysign(360 * laps, np.linalg.det(axes))

    def at(t: np.ndarray) -> np.ndarray:
        return basis(t, np.array([laps]))[0] @ factors

    yield laid(shape, at, times, places, way, complex(factors[0]), float(long + narrow) / 2)


def spiral(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Round at an even angular rate, at a distance that changes evenly, in either sense."""
    most = min(_SPIRAL_LAPS, frames / _LAP_FRAMES)
    if len(times) < 5 or most < _SPIRAL_LAPS_FROM:
        return

    def basis(t: np.ndarray, laps: np.ndarray) -> np.ndarray:
        spoke = np.exp(2j * np.pi * laps[:, None] * t)
        return np.stack([np.ones_like(spoke), spoke, spoke * t], -1)

    candidates = np.arange(_SPIRAL_LAPS_FROM - 0.1, most + 0.1, 0.06)
    for sense in (1, -1):
        laps, factors = _search(places, lambda laps: basis(times, laps), sense * candidates)
        first, last = complex(factors[1]), complex(factors[1] + factors[2])
        # A distance that passes through nothing, or turns away from its spoke, is no spiral's.
        if abs(laps) < _SPIRAL_LAPS_FROM or (last * first.conjugate()).real < _STRAIGHT * abs(last * first):
            continue
        if max(abs(first), abs(last)) < _SPIRAL_FROM * min(abs(first), abs(last)):
            continue

        def at(t: np.ndarray, laps: float = laps, factors: np.ndarray = factors) -> np.ndarray:
            return basis(t, np.array([laps]))[0] @ factors

        yield laid("spiral", at, times, places, 360 * laps, complex(factors[0]))
