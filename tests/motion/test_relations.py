"""Every relation of the table in `facts.py`, with discs and Ls placed by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hands import (
    BAR,
    DISC,
    ELL,
    arc,
    circle,
    ellipse,
    heading,
    joined,
    line,
    seen_backwards,
    seen_in_a_mirror,
    still,
    walk,
)

from locomotion_hf.motion import Outline, read_scene
from locomotion_hf.types import Trajectory

SECONDS = 2.0
#: Two of these touch when their centroids are nearer than this.
SIZE = 0.1


def told(*paths: Trajectory, outlines: tuple[Outline, ...] | None = None) -> list[tuple[str, int, int]] | None:
    """Kinds and objects of all relations; None when no scene is certain."""
    scene = read_scene(paths, outlines or (DISC,) * len(paths))
    return None if scene is None else [one.words for one in scene.relations]


def rest(x: float, y: float, seconds: float = SECONDS, size: float = SIZE) -> Trajectory:
    return walk(still, seconds, at=(x, y), size=size)


def go(x: float, y: float, length: float = 0.4, degrees: float = 0.0, size: float = SIZE) -> Trajectory:
    return walk(line(length, degrees), SECONDS, at=(x, y), size=size)


GO = go(0.3, 0.5)  # to .7
KINDS: dict[str, list[tuple[Trajectory, Trajectory]]] = {
    "toward": [(GO, rest(0.85, 0.5)), (GO, rest(0.9, 0.65)), (GO, rest(0.82, 0.54))],
    "away from": [(GO, rest(0.15, 0.5)), (GO, rest(0.1, 0.35))],
    "past": [(GO, rest(0.5, 0.62)), (GO, rest(0.39, 0.7)), (GO, rest(0.5, 0.16))],
    "collides with": [(GO, rest(0.76, 0.5)), (GO, rest(0.74, 0.54))],
    "orbits": [
        (walk(circle(0.15, 1), 4.0), rest(0.5, 0.5, 4.0)),
        (walk(circle(0.15, -2), 8.0), rest(0.53, 0.5, 8.0)),
    ],
    "overtakes": [
        (go(0.2, 0.5, 0.64), go(0.3, 0.62, 0.36)),
        (go(0.1, 0.5, 0.7), go(0.2, 0.8, 0.2)),
        (walk(line(0.64, faster=0.7), at=(0.2, 0.5)), go(0.3, 0.38, 0.36)),
    ],
    "follows": [(GO, go(0.45, 0.5)), (GO, go(0.55, 0.6, 0.37)), (GO, go(0.41, 0.55))],
    "opposite": [(GO, go(0.7, 0.65, 0.4, 180)), (GO, go(0.3, 0.2, 0.15, 180)), (GO, go(0.75, 0.65, 0.4, 168))],
}
EVERY = [(kind, pair) for kind, pairs in KINDS.items() for pair in pairs]


@pytest.mark.parametrize(("kind", "pair"), EVERY)
def test_deserved_relations_are_read_whoever_is_named_first(kind, pair) -> None:
    assert told(*pair) == [(kind, 0, 1)]
    assert told(*pair[::-1]) == [(kind, 0, 1) if kind == "opposite" else (kind, 1, 0)]
    assert told(*map(seen_in_a_mirror, pair)) == [(kind, 0, 1)]


@pytest.mark.parametrize(("kind", "pair"), [one for one in EVERY if one[0] != "collides with"])
def test_a_relation_backwards_is_another(kind, pair) -> None:
    swapped = {"toward": "away from", "away from": "toward"}
    # Backwards, who led follows; who overtook still does, as the faster of the two.
    objects = (1, 0) if kind == "follows" else (0, 1)
    assert told(*map(seen_backwards, pair)) == [(swapped.get(kind, kind), *objects)]


def test_a_collision_backwards_has_no_word() -> None:
    for pair in KINDS["collides with"]:
        assert told(*map(seen_backwards, pair)) is None


NONE_AT_ALL: dict[str, tuple[Trajectory, Trajectory]] = {
    "hardly nearer": (go(0.1, 0.5, 0.15), rest(0.92, 0.5)),
    "aside": (go(0.3, 0.5, 0.2), rest(0.6, 0.9)),
    "an arc toward it": (walk(arc(0.4, 90), at=(0.3, 0.5)), rest(0.9, 0.5)),
    "a circle elsewhere": (walk(circle(0.12, 1), 4.0, at=(0.4, 0.3)), rest(0.75, 0.75, 4.0)),
    "two at rest": (rest(0.3, 0.3), rest(0.7, 0.7)),
    "two ways at a right angle": (GO, go(0.6, 0.9, 0.16, 270)),
    "falling behind": (go(0.2, 0.5, 0.2), go(0.35, 0.5, 0.4)),
    "beside, far off": (GO, go(0.45, 0.85)),
    "behind a turning arc": (GO, walk(arc(0.4, 90), at=(0.5, 0.5))),
}


@pytest.mark.parametrize("name", NONE_AT_ALL)
def test_other_pairs_have_no_relation(name: str) -> None:
    assert told(*NONE_AT_ALL[name]) == []


#: Of the L in `hands`: from its upper left corner to its centroid; its bars have areas of .3 x 1 and .7 x .3.
CORNER = (0.3 * np.array([0.15, 0.5]) + 0.21 * np.array([0.65, 0.85])) / 0.51

UNCERTAIN: dict[str, tuple[Trajectory, Trajectory]] = {
    "not quite near": (go(0.1, 0.5, 0.2), rest(0.8, 0.5)),
    "not quite ahead": (GO, rest(0.68, 0.72)),
    "hardly past": (GO, rest(0.65, 0.65)),
    "past, far aside": (GO, rest(0.5, 0.9)),
    "round something beside the centre": (walk(circle(0.2, 1), 5.5), rest(0.57, 0.5, 5.5)),
    "round in an ellipse": (walk(ellipse(0.2, 0.11, 1), 4.5), rest(0.5, 0.5, 4.5, 0.05)),
    "side by side": (GO, go(0.32, 0.65)),
    "following unevenly": (go(0.2, 0.5, 0.4), go(0.4, 0.5, 0.44)),
    "following aside": (GO, go(0.45, 0.68)),
    "brushes": (GO, rest(0.75, 0.585)),
    "touches in passing": (GO, rest(0.5, 0.58)),
    "comes off it": (go(0.3, 0.5), rest(0.25, 0.5)),
    "goes through it": (GO, rest(0.5, 0.5)),
    "touches all along": (GO, go(0.37, 0.5)),
    "two that meet": (go(0.1, 0.5, 0.35), go(0.85, 0.5, 0.35, 180)),
    "an arc into it": (walk(arc(0.4, 90), at=(0.3, 0.5)), rest(0.66, 0.5)),
    "a circle through it": (walk(circle(0.15, 1), 4.0), rest(0.65, 0.5, 4.0)),
}


@pytest.mark.parametrize("name", UNCERTAIN)
def test_between_two_relations_and_touching_without_a_word_nothing_is_certain(name: str) -> None:
    first, second = UNCERTAIN[name]
    assert read_scene([first], [DISC])
    assert read_scene([second], [DISC])
    assert told(first, second) is None
    assert told(second, first) is None


def test_a_collision_is_read_from_the_mattes_not_from_their_boxes() -> None:
    # Within the box of an L there is room for a disc, which does not touch it there.
    ell = rest(0.5, 0.5, size=0.3)
    left, top = ell.centres[0] - 0.3 * CORNER
    nook = (left + 0.2, top + 0.07)
    within = walk(line(0.3, 180), at=(nook[0] + 0.3, nook[1]), size=0.08)
    beyond = walk(line(0.4, 180), at=(nook[0] + 0.3, nook[1]), size=0.08)
    assert told(within, ell, outlines=(DISC, ELL)) == [("toward", 0, 1)]
    assert told(beyond, ell, outlines=(DISC, ELL)) == [("collides with", 0, 1)]


def test_what_lies_where_after_a_collision_goes_on_touching() -> None:
    mover = joined(GO, walk(still, 1.0))
    scene = read_scene([mover, rest(0.76, 0.5, 3.0)], [DISC, DISC])
    assert [(one.words, one.start, one.end) for one in scene.relations] == [(("collides with", 0, 1), 0.0, 2.0)]
    back = joined(GO, walk(still, 0.5), walk(line(0.3, 180), 1.5))
    assert told(back, rest(0.76, 0.5, 4.0)) is None  # and comes off again


def test_touching_counts_however_short_the_phases() -> None:
    # They pass each other within .3 s, too short for a relation and long enough to touch.
    first = joined(walk(line(0.45), 0.9, at=(0.2, 0.3), size=0.06), walk(still, 1.1))
    near = joined(walk(still, 0.6, at=(0.65, 0.3), size=0.06), walk(line(0.15, 180), 0.3), walk(still, 1.1))
    far = replace(near, centres=near.centres + np.array([0, 0.1]))
    assert told(first, far) == [("toward", 0, 1)]
    assert told(first, near) is None


def test_relations_have_the_times_of_what_both_do() -> None:
    first = joined(walk(still, 1.0, at=(0.2, 0.4)), walk(line(0.4), 2.0), walk(still, 1.0))
    second = joined(walk(still, 1.5, at=(0.8, 0.6)), walk(line(0.3, 180), 1.5), walk(still, 1.0))
    found = read_scene([first, second], [DISC, DISC]).relations
    assert [(one.words, one.start, one.end) for one in found] == [(("opposite", 0, 1), 1.5, 3.0)]


def test_extra_objects_are_related_too() -> None:
    pair = (GO, rest(0.5, 0.62))
    assert told(*pair, rest(0.9, 0.45)) == [("past", 0, 1), ("toward", 0, 2)]
    assert told(rest(0.9, 0.45), *pair) == [("toward", 1, 0), ("past", 1, 2)]
    assert told(*pair, rest(0.29, 0.07)) == [("past", 0, 1)]
    assert told(*pair, rest(0.5, 0.66)) == [("past", 0, 1), ("past", 0, 2)]  # two at rest may touch
    assert told(*pair, go(0.3, 0.45)) is None


def test_eight_headings_say_the_same() -> None:
    for degrees in range(0, 360, 45):
        across = heading(degrees + 90) * 0.13
        first = walk(line(0.4, degrees), SECONDS)
        start, end = first.centres[0], first.centres[-1]
        assert told(first, rest(*(0.5 + across))) == [("past", 0, 1)]
        assert told(first, rest(*(end + heading(degrees) * 0.14))) == [("toward", 0, 1)]
        assert told(first, rest(*(start - heading(degrees) * 0.14))) == [("away from", 0, 1)]


def test_sizes_and_turns_count_when_two_touch() -> None:
    level = rest(0.5, 0.6, size=0.2)
    upright = replace(level, angles=np.full(len(level.times), 90.0))
    assert told(GO, level, outlines=(BAR, BAR)) == [("past", 0, 1)]
    assert told(GO, upright, outlines=(BAR, BAR)) is None
