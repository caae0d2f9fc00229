"""Paths of equal parts: zigzags, bounces and shakes, fitted to measured places.

Their parts fill the stretch: it begins and ends at a corner, on the floor, or in the middle of the cycle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from .fit import Fit, best_number, laid

#: Fewest frames a leg, a hop and a cycle that are looked for; 2.5, 5 and 4 are drawn at least.
_LEG_FRAMES, _HOP_FRAMES, _CYCLE_FRAMES = 2.3, 4.6, 3.7
#: Fewest legs, hops and cycles.
_LEGS, _HOPS, _CYCLES = 4, 2, 2.5
#: Legs stray from the direction of a zigzag by 30 to 50 degrees; own choice, half-way to none and to all. The
#: log of one leg's length over the next one's is below this.
_LEG_ANGLES, _LEGS_DIFFER = (18.0, 65.0), 0.25
#: Frame-widths: least height of a hop (half of the table's), and how far the floor may slope. A hop points
#: upwards within this share, a shake along an axis within that.
_HOP_FROM, _FLOOR_SLOPES, _HOP_UPRIGHT, _SHAKE_UPRIGHT = 0.025, 0.03, 0.2, 0.4
#: Frame-widths to either side, half-way from still to the least shake.
_SHAKE_FROM = 0.01
_FEWEST = 6

_Wave = Callable[[np.ndarray, float], np.ndarray]


def _waves(times: np.ndarray, places: np.ndarray, numbers: np.ndarray, wave: _Wave) -> tuple[float, np.ndarray]:
    """How many waves take the places best, and the factors of 1, time and the wave."""
    bases = np.stack([np.stack([np.ones(len(times)), times, wave(times, number)], 1) for number in numbers])
    return best_number(numbers, bases.astype(complex), places)


def _legs(t: np.ndarray, number: float) -> np.ndarray:
    """Up from 0 to 1 and down again, a leg each."""
    return 1 - np.abs((number * t) % 2 - 1)


def zigzag(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Equal legs, alternately to either side of a drift."""
    numbers = np.arange(_LEGS, int(frames / _LEG_FRAMES) + 1)
    if not len(numbers) or len(times) < _FEWEST:
        return
    number, (start, drift, side) = _waves(times, places, numbers, _legs)
    one, two = drift / number + side, drift / number - side
    if not min(abs(one), abs(two)) > 0 or abs(math.log(abs(one) / abs(two))) > _LEGS_DIFFER:
        return
    if _LEG_ANGLES[0] < abs(np.angle(one / two, deg=True)) / 2 < _LEG_ANGLES[1]:
        yield laid("zigzag", lambda t: start + drift * t + side * _legs(t, number), times, places)


def _hops(t: np.ndarray, number: float) -> np.ndarray:
    """Parabolas from 0 to 1 and back."""
    share = (number * t) % 1
    return 4 * share * (1 - share)


def bounce(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Equal hops upwards from a level floor."""
    numbers = np.arange(_HOPS, int(frames / _HOP_FRAMES) + 1)
    if not len(numbers) or len(times) < _FEWEST:
        return
    number, (start, drift, hop) = _waves(times, places, numbers, _hops)
    if hop.imag < -_HOP_FROM and abs(hop.real) < _HOP_UPRIGHT * abs(hop.imag) and abs(drift.imag) < _FLOOR_SLOPES:
        yield laid("bounce", lambda t: start + drift * t + hop * _hops(t, number), times, places)


def _cycles(t: np.ndarray, number: float) -> np.ndarray:
    return np.sin(2 * np.pi * number * t)


def shake(times: np.ndarray, places: np.ndarray, frames: float) -> Iterator[Fit]:
    """Level or upright cycles that begin and end in the middle and get nowhere."""
    numbers = np.arange(2 * _CYCLES, int(2 * frames / _CYCLE_FRAMES) + 1) / 2
    if not len(numbers) or len(times) < _FEWEST:
        return
    number, (start, drift, side) = _waves(times, places, numbers, _cycles)
    less, more = sorted((abs(side.real), abs(side.imag)))
    if more > _SHAKE_FROM and less < _SHAKE_UPRIGHT * more and abs(drift) < _SHAKE_FROM:
        yield laid("shake", lambda t: start + drift * t + side * _cycles(t, number), times, places)
