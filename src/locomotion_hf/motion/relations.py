"""Read what objects do with regard to each other, by the table in `facts.py`.

Two objects are looked at as long as neither changes its phase. Square frames: distances are fractions of
the frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from locomotion_hf.facts import DIRECTIONS, Move, Phase, Relation, RelationKind
from locomotion_hf.types import Trajectory

from .outline import POINT_SPACING, Outline, overlap
from .reading import Uncertain

#: Seconds: what is shorter is no relation.
SHORTEST = 0.4
#: Frame-widths that one object must be ahead of, or behind, the other.
CLEARLY, HARDLY = 0.08, 0.03
#: Nearer distance over the larger one: below the first it is toward or away, above the second neither.
NEARER, AS_FAR = 0.6, 0.8
#: Degrees off the heading at which the other object still lies ahead; beyond the second it lies aside.
AHEAD, ASIDE = 25.0, 45.0
FURTHEST_ASIDE, EVENLY_BEHIND = 0.35, 0.15
#: Frame-widths aside up to which one follows the other, and from which it does not.
IN_LINE, OUT_OF_LINE = 0.12, 0.25
#: Share of the smaller object that the other covers when the two have collided.
COVERED = 0.08


def read_relations(
    paths: Sequence[Trajectory], phases: Sequence[tuple[Phase, ...]], outlines: Sequence[Outline]
) -> tuple[Relation, ...] | None:
    """State all relations between the objects of a clip.

    Args:
        paths: of each object.
        phases: of each object, from `read_phases`.
        outlines: of each object.

    Returns:
        In order of time, then of the objects; None when some pair falls between two words, or touches
        without colliding.
    """
    found: list[Relation] = []
    try:
        for subject in range(len(paths)):
            for other in range(subject + 1, len(paths)):
                for mine in phases[subject]:
                    for yours in phases[other]:
                        start, end = max(mine.start, yours.start), min(mine.end, yours.end)
                        if start < end:
                            found += _pair(paths, outlines, (subject, other), (mine.move, yours.move), start, end)
    except Uncertain:
        return None
    return tuple(sorted(found, key=lambda one: (one.start, one.subject, one.other)))


def _pair(
    paths: Sequence[Trajectory],
    outlines: Sequence[Outline],
    pair: tuple[int, int],
    moves: tuple[Move, Move],
    start: float,
    end: float,
) -> list[Relation]:
    times = np.linspace(start, end, max(9, math.ceil((end - start) * 16) + 1))
    places = [paths[number].at(times) for number in pair]
    covered = _covered(places, [outlines[number] for number in pair])
    touching = covered > 0
    found = []
    # What is too short for a relation must not touch all the same.
    for first, second in ((0, 1), (1, 0)) if end - start >= SHORTEST else ():
        kind = _relation(places[first][0], places[second][0], moves[first], moves[second], covered)
        if kind and (kind != "opposite" or first == 0):
            found.append(Relation(kind, pair[first], pair[second], start, end))
    # What stands still after a collision goes on touching, which nobody has to say again.
    at_rest = touching.all() and moves[0].shape == moves[1].shape == "still"
    if touching.any() and not at_rest and not any(one.kind == "collides with" for one in found):
        raise Uncertain
    return found


def _covered(places: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], outlines: Sequence[Outline]) -> np.ndarray:
    """`(T,)` how much of the smaller silhouette the other covers, at least next to it: 0 when they are apart."""
    (first, angles, sizes), (second, other_angles, other_sizes) = places
    apart = np.hypot(*(first - second).T)
    near = apart < sizes * outlines[0].radius + other_sizes * outlines[1].radius + 0.01
    covered = np.zeros(len(first))
    fewest = min(len(outline.points) for outline in outlines)
    for t in np.flatnonzero(near):
        mine = outlines[0].placed(first[t], angles[t], sizes[t])
        yours = outlines[1].placed(second[t], other_angles[t], other_sizes[t])
        covered[t] = overlap(mine, yours, POINT_SPACING * max(sizes[t], other_sizes[t])) / fewest
    return covered


def _relation(
    mine: np.ndarray, yours: np.ndarray, move: Move, other: Move, covered: np.ndarray
) -> RelationKind | None:
    """What the first object does with regard to the second; `mine` and `yours` are `(T, 2)`."""
    if move.shape in ("circle", "ellipse") and other.shape == "still":
        kind = _around(mine, yours)
        if kind and move.shape == "ellipse":
            raise Uncertain  # no word of ours, but a viewer might say that it orbits
        return kind
    if move.shape != "line":
        return None
    heading = (mine[-1] - mine[0]) / np.hypot(*(mine[-1] - mine[0]))
    ahead = (yours - mine) @ heading
    aside = np.abs((yours - mine) @ np.array([-heading[1], heading[0]]))
    if other.shape == "still":
        return _to_a_place(np.hypot(*(yours - mine).T), ahead, aside, covered)
    if other.shape != "line" or move.direction is None or other.direction is None:
        return None
    turned = (DIRECTIONS.index(move.direction) - DIRECTIONS.index(other.direction)) % 8
    if turned == 4:
        return "opposite"
    if turned == 0:
        return _on_one_way(ahead, aside)
    return None


def _around(mine: np.ndarray, yours: np.ndarray) -> RelationKind | None:
    centre = (mine.max(0) + mine.min(0)) / 2
    radius = float(np.hypot(*(mine - centre).T).mean())
    off = float(np.hypot(*(yours[0] - centre)))
    if off <= 0.25 * radius:
        return "orbits"
    if off < radius * 1.1:
        raise Uncertain
    return None


def _to_a_place(
    distance: np.ndarray, ahead: np.ndarray, aside: np.ndarray, covered: np.ndarray
) -> RelationKind | None:
    if covered[-1] and not covered[0]:
        if covered[-1] < COVERED:
            raise Uncertain  # they only brush
        return "collides with"
    if covered[0] and not covered[-1]:
        raise Uncertain  # it comes off the other: no word of ours
    if ahead[0] > HARDLY and ahead[-1] < -HARDLY:
        if ahead[0] < CLEARLY or ahead[-1] > -CLEARLY or aside[0] > FURTHEST_ASIDE:
            raise Uncertain
        return "past"
    ratio = float(distance[-1] / distance[0])
    nearer = min(ratio, 1 / ratio)
    kind: RelationKind = "toward" if ratio < 1 else "away from"
    near_end, near_aside = (ahead[0], aside[0]) if ratio < 1 else (-ahead[-1], aside[-1])
    off = math.degrees(math.atan2(near_aside, near_end))
    if nearer > AS_FAR or off > ASIDE:
        return None
    if nearer > NEARER or off > AHEAD:
        raise Uncertain
    return kind


def _on_one_way(ahead: np.ndarray, aside: np.ndarray) -> RelationKind | None:
    if ahead[0] >= CLEARLY and ahead[-1] <= -CLEARLY:
        if aside.max() > FURTHEST_ASIDE:
            raise Uncertain
        return "overtakes"
    if ahead.max() <= -HARDLY or (ahead[0] <= -CLEARLY and ahead[-1] >= CLEARLY):
        return None  # told from the other's side
    if ahead.min() < HARDLY:
        raise Uncertain
    uneven = float(np.ptp(ahead) / ahead.max())
    if ahead.min() >= CLEARLY and uneven <= EVENLY_BEHIND and aside.max() <= IN_LINE:
        return "follows"
    if uneven >= 2 * EVENLY_BEHIND or aside.max() >= OUT_OF_LINE:
        return None
    raise Uncertain
