"""What two objects do with regard to one another, from their mattes alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from locomotion_hf.facts import DIRECTIONS, RelationKind

from .moves import MeasuredMove, measure_tracked
from .track import follow

#: Alpha from which a pixel counts as covered when two mattes are held together: a quarter, as thin and soft
#: parts are all that some things meet with.
_COVERED = 64
#: Moments of an interval at which places are compared.
_MOMENTS = 65


@dataclass(frozen=True)
class Bands:
    """Where each relation begins. Distances in frame-widths, or as shares; angles in degrees.

    Attributes:
        ahead: how far from u the other may lie when it is gone toward, or was left behind.
        nearer: share to which the distance falls.
        beside: along u, the least distance ahead, and behind.
        aside: the largest distance from the line in passing and overtaking.
        centre: share of the radius within which the centre of an orbit lies.
        steady: share by which the distance of a follower changes.
        behind: the largest distance from the line in following.
    """

    ahead: float
    nearer: float
    beside: float
    aside: float
    centre: float
    steady: float
    behind: float


#: What is stated must hold within these: half-way through each gap of the table, or a fifth beyond where it
#: names none.
LENIENT = Bands(ahead=30.0, nearer=0.7, beside=0.064, aside=0.40, centre=0.30, steady=0.22, behind=0.185)
#: What must be stated, as no measurement could take it for anything else: a little within each band.
CERTAIN = Bands(ahead=23.0, nearer=0.57, beside=0.09, aside=0.33, centre=0.22, steady=0.13, behind=0.11)


def measure_relations(
    mattes: np.ndarray, fps: float, start: float, end: float, bands: Bands = LENIENT
) -> set[tuple[RelationKind, int, int]]:
    """Measure how every two objects relate between two times in which each does one thing.

    Args:
        mattes: `(T, objects, H, W)` uint8; what another object covers belongs to a matte all the same.
        fps: frames per second.
        start: seconds.
        end: seconds.
        bands: `LENIENT`, or `CERTAIN` for what holds by a margin.

    Returns:
        Kind, number of the subject, number of the other. A pair that touches can only collide, one that passes
        goes neither toward nor away.
    """
    tracks = [follow(mattes[:, number]) for number in range(mattes.shape[1])]
    moves = [measure_tracked(mattes[:, n], track, fps, start, end) for n, track in enumerate(tracks)]
    found: set[tuple[RelationKind, int, int]] = set()
    for first, other in permutations(range(len(tracks)), 2):
        spans = ((start, end), (start, end))
        pair = (mattes[:, first], mattes[:, other])
        kind = relation(pair, (moves[first], moves[other]), spans, fps, start, end, bands)
        if kind and (kind != "opposite" or first < other):
            found.add((kind, first, other))
    return found


def relation(
    mattes: tuple[np.ndarray, np.ndarray],
    moves: tuple[MeasuredMove, MeasuredMove],
    spans: tuple[tuple[float, float], tuple[float, float]],
    fps: float,
    start: float,
    end: float,
    bands: Bands,
) -> RelationKind | None:
    """What the first of two objects does with regard to the second.

    Args:
        mattes: of the two, `(T, H, W)` each.
        moves: what each was measured to do in a stretch of its own.
        spans: the two stretches, seconds.
        fps: frames per second.
        start: of the time that both stretches share.
        end: of that time.
        bands: where each relation begins.
    """
    (one, two), (fit, other) = moves, (moves[0].fit, moves[1].fit)
    if fit is None or other is None or fit.shape not in ("line", "circle"):
        return None
    moments = np.linspace(start, end, _MOMENTS)
    shares = [(moments - low) / (high - low) for low, high in spans]
    paths = fit.at(shares[0]), other.at(shares[1])
    frames = np.arange(max(0, int(np.ceil(start * fps - 1e-6))), min(len(mattes[0]), int(end * fps + 1e-6) + 1))
    touching = _touching(mattes, frames)
    away = paths[1] - paths[0]
    if other.shape == "still" and fit.shape == "circle":
        off_centre = abs(other.at(np.array([0.5]))[0] - fit.centre) / fit.radius
        return "orbits" if off_centre <= bands.centre and not touching.any() else None
    if fit.shape != "line":
        return None
    heading = (paths[0][-1] - paths[0][0]) / abs(paths[0][-1] - paths[0][0])
    along, aside = (away * heading.conj()).real, np.abs((away * heading.conj()).imag)
    if other.shape == "still":
        if touching.size and not touching[0] and (touching[-1] or _meet(mattes, frames, paths, moments, fps)):
            return "collides with"
        if touching.any():
            return None
        return _by_the_way(along, aside, bands)
    if touching.any() or other.shape != "line":
        return None
    if one.move.direction == two.move.direction:
        return _one_way(along, aside, bands)
    apart = (DIRECTIONS.index(one.move.direction or "up") - DIRECTIONS.index(two.move.direction or "up")) % 8
    return "opposite" if apart == 4 else None


def _by_the_way(along: np.ndarray, aside: np.ndarray, bands: Bands) -> RelationKind | None:
    """What a line does with regard to something still, given how far that lies ahead, and aside."""
    if along[0] >= bands.beside and along[-1] <= -bands.beside:
        return "past" if aside.max() <= bands.aside else None
    distance = np.hypot(along, aside)
    angles = np.degrees(np.arctan2(aside, along))
    if angles[0] <= bands.ahead and distance[-1] <= bands.nearer * distance[0]:
        return "toward"
    if 180 - angles[-1] <= bands.ahead and distance[0] <= bands.nearer * distance[-1]:
        return "away from"
    return None


def _one_way(along: np.ndarray, aside: np.ndarray, bands: Bands) -> RelationKind | None:
    """What a line does with regard to another in its direction, given how far that is ahead, and aside."""
    if along[0] >= bands.beside and along[-1] <= -bands.beside:
        return "overtakes" if aside.max() <= bands.aside else None
    distance = np.hypot(along, aside)
    steady = np.ptp(distance) <= bands.steady * distance[0]
    return "follows" if steady and along.min() >= bands.beside and aside.max() <= bands.behind else None


def _touching(mattes: tuple[np.ndarray, np.ndarray], frames: np.ndarray) -> np.ndarray:
    """`(n,)` bool: whether the two overlap, in each of the frames."""
    return np.array([bool(((mattes[0][k] >= _COVERED) & (mattes[1][k] >= _COVERED)).any()) for k in frames])


def _meet(
    mattes: tuple[np.ndarray, np.ndarray],
    frames: np.ndarray,
    paths: tuple[np.ndarray, np.ndarray],
    moments: np.ndarray,
    fps: float,
) -> bool:
    """Whether the two overlap at the very end, between the last frame and the next: the first is moved on."""
    last = int(frames[-1])
    height, width = mattes[0].shape[1:]
    then = np.interp(last / fps, moments, paths[0].real) + 1j * np.interp(last / fps, moments, paths[0].imag)
    step = paths[0][-1] - then
    y, x = np.nonzero(mattes[0][last] >= _COVERED)
    x, y = np.rint(x + step.real * width).astype(int), np.rint(y + step.imag * height).astype(int)
    within = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return bool((mattes[1][last][y[within], x[within]] >= _COVERED).any())
