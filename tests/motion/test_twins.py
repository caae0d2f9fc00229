"""A twin differs in what it declares, and in nothing else; or it is refused."""

from collections import Counter
from dataclasses import fields, replace
from functools import cache
from typing import get_args

import numpy as np
import pytest
from hands import BAR, DISC, ELL, arc, backwards, circle, joined, line, mirrored, opposite, still, walk

from locomotion_hf.errors import MotionError
from locomotion_hf.facts import Move
from locomotion_hf.motion import Scene, make_twin, read_scene, sample_scene, sample_scene_words
from locomotion_hf.motion.scene import SHRUNK
from locomotion_hf.randomness import stream
from locomotion_hf.types import Twin, TwinKind

OUTLINES = (ELL, BAR, DISC, ELL)
KINDS = get_args(TwinKind)


@cache
def scenes() -> tuple[Scene, ...]:
    """Of one to four objects, 2 to 12 seconds."""
    made = []
    for index in range(110):
        count, seconds = (1, 1, 2, 1, 3, 2, 1, 4)[index % 8], (1.875, 1.875, 2.0, 6.0, 12.0)[index % 5]
        rng, outlines = stream(1, index), OUTLINES[:count]
        words = sample_scene_words(rng, seconds, 8, [one.turn_shows for one in outlines])
        scene = sample_scene(rng, words, outlines, [0.26 * SHRUNK[count]] * count, 8)
        if scene:
            made.append(scene)
    assert len(made) > 80
    return tuple(made)


@cache
def twins(kind: TwinKind) -> tuple[tuple[Scene, Scene, Twin], ...]:
    """Original, twin and declaration, of those that were not refused."""
    made = []
    for scene in scenes():
        try:
            made.append((scene, *make_twin(scene, kind, OUTLINES[: len(scene.paths)])))
        except MotionError:
            continue
    assert len(made) >= 8
    return tuple(made)


def moves(scene: Scene) -> list[list[Move]]:
    return [[phase.move for phase in phases] for phases in scene.phases]


def words(scene: Scene) -> list[tuple]:
    return sorted(one.words for one in scene.relations)


def swapped(kind: str, subject: int, other: int) -> tuple:
    subject, other = ({0: 1, 1: 0}.get(number, number) for number in (subject, other))
    return (kind, min(subject, other), max(subject, other)) if kind == "opposite" else (kind, subject, other)


def laid_beside(kind: TwinKind, twin: list[list]) -> list[list]:
    """The twin's phases, each where that lies from which it was made."""
    if kind in ("reverse", "order"):
        return [one[::-1] for one in twin]
    return [twin[1], twin[0], *twin[2:]] if kind == "object binding" else twin


def differing(kind: TwinKind, scene: Scene, twin: Scene) -> set[str]:
    """Computed anew: what a twin should declare."""
    before, after = moves(scene), moves(twin)
    changed = set()
    for mine, theirs in zip(before, laid_beside(kind, after), strict=True):
        for one, other in zip(mine, theirs, strict=True):
            changed |= {f.name for f in fields(Move) if getattr(one, f.name) != getattr(other, f.name)}
    if changed & {"enters", "leaves"}:
        changed = changed - {"enters", "leaves"} | {"crossing"}
    relations = words(twin)
    if kind == "object binding":
        relations = sorted(swapped(*one) for one in relations)
        changed |= {"binding"} if before != after else set()
    if relations != words(scene):
        changed.add("relation")
    if kind in ("reverse", "order"):
        for mine, theirs in zip(before, after, strict=True):
            shapes = [one.shape for one in mine] != [one.shape for one in theirs]
            if mine != theirs and (shapes or Counter(mine) == Counter(theirs)):
                changed.add("order")
    return changed


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_declared_is_exactly_what_differs(kind: TwinKind) -> None:
    for scene, twin, declared in twins(kind):
        assert declared.kind == kind
        assert declared.changes
        assert declared.changes == tuple(sorted(differing(kind, scene, twin)))
        assert not declared.background_turned
        assert (moves(twin), words(twin)) != (moves(scene), words(scene))
        again = read_scene(twin.paths, OUTLINES[: len(twin.paths)])
        assert (again.phases, again.relations) == (twin.phases, twin.relations)


@pytest.mark.parametrize("kind", KINDS)
def test_the_other_words_are_those_of_the_original(kind: TwinKind) -> None:
    other = {
        "clockwise": "anticlockwise",
        "anticlockwise": "clockwise",
        "growing": "shrinking",
        "shrinking": "growing",
    }
    expected = {
        "reverse": backwards,
        "mirror": mirrored,
        "rotation": lambda move: replace(move, rotation=other.get(move.rotation)),
        "direction": lambda move: replace(move, direction=opposite(move.direction)),
        "growth": lambda move: replace(move, growth=other.get(move.growth)),
    }.get(kind, lambda move: move)
    for scene, twin, _ in twins(kind):
        wanted = [[expected(move) for move in one] for one in moves(scene)]
        found = laid_beside(kind, moves(twin))
        if kind == "speed":
            pairs = [pair for one in zip(wanted, found, strict=True) for pair in zip(*one, strict=True)]
            (one, another), *more = [(a, b) for a, b in pairs if a != b]
            assert not more
            assert replace(one, speed=another.speed) == another
            assert another.speed
        else:
            assert found == wanted


def test_times_are_kept_and_turned_round_with_the_motion() -> None:
    for kind in ("mirror", "speed", "rotation", "direction", "growth"):
        for scene, twin, _ in twins(kind):
            for mine, theirs in zip(scene.phases, twin.phases, strict=True):
                assert [(p.start, p.end) for p in mine] == [(p.start, p.end) for p in theirs]
    for scene, twin, _ in twins("reverse"):
        for mine, theirs, path in zip(scene.phases, twin.phases, scene.paths, strict=True):
            end = path.times[-1]
            assert np.allclose([(end - p.end, end - p.start) for p in mine[::-1]], [(p.start, p.end) for p in theirs])


def test_relations_follow() -> None:
    swap = {"toward": "away from", "away from": "toward"}
    for scene, twin, _ in twins("reverse"):
        told = [(swap.get(k, k), o, s) if k == "follows" else (swap.get(k, k), s, o) for k, s, o in words(scene)]
        assert words(twin) == sorted(told)
        assert not any(one.kind == "collides with" for one in twin.relations)
    for kind in ("mirror", "rotation", "growth", "direction"):
        assert all(words(scene) == words(twin) for scene, twin, _ in twins(kind))


def test_a_twin_of_rotation_moves_no_centroid() -> None:
    for scene, twin, _ in twins("rotation"):
        for path, other in zip(scene.paths, twin.paths, strict=True):
            assert (path.centres == other.centres).all()
            assert (path.sizes == other.sizes).all()


def test_sizes_and_ends_are_shared() -> None:
    for kind in KINDS:
        for scene, twin, _ in twins(kind):
            for path, other in zip(scene.paths, twin.paths, strict=True):
                assert other.sizes.max() == pytest.approx(path.sizes.max())
                assert other.times[-1] == pytest.approx(path.times[-1])
    for scene, twin, _ in twins("reverse"):
        for path, other in zip(scene.paths, twin.paths, strict=True):
            shift = other.centres[::-1] - path.centres
            assert np.ptp(shift, axis=0).max() < 1e-9


def alone(*walks) -> Scene:
    scene = read_scene([joined(*walks)], [BAR])
    assert scene
    return scene


LINE = walk(line(0.2, 10), 1.0, turn=90)
REFUSED: dict[str, tuple[TwinKind, Scene]] = {
    "one phase has no other order": ("order", alone(LINE)),
    "there and back is the same in the other order": ("order", alone(walk(line(0.2)), walk(still), walk(line(0.2)))),
    "a motion that does not turn": ("rotation", alone(walk(line(0.2)))),
    "a motion of one size": ("growth", alone(LINE)),
    "one object cannot change places": ("object binding", alone(LINE)),
    "a circle has no direction": ("direction", alone(walk(circle(0.1, 1), 3.0))),
    "straight down is the same in a mirror": ("mirror", alone(walk(line(0.2, 90), 1.0))),
    "a rest is the same backwards": ("reverse", alone(walk(still))),
    "no speed is stated": ("speed", alone(walk(line(0.4, faster=0.8)))),
    "nothing in the frame can be so fast": ("speed", alone(walk(circle(0.24, 3), 60.0))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_no_different_is_refused(name: str) -> None:
    kind, scene = REFUSED[name]
    with pytest.raises(MotionError, match=f"the {kind} twin of .* would be no different, or would not fit") as caught:
        make_twin(scene, kind, [BAR])
    assert caught.value.expected.startswith(("a", "two"))
    assert caught.value.fix == "ask for another twin, or for one of another example."


def test_there_and_back_refuses_only_what_is_the_same() -> None:
    scene = alone(LINE, walk(arc(0.2, 120, 180), 1.0))
    twin, declared = make_twin(scene, "order", [BAR])
    assert declared == Twin("order", ("order",))
    assert moves(twin) == [moves(scene)[0][::-1]]
    again, _ = make_twin(twin, "order", [BAR])
    assert moves(again) == moves(scene)


def test_the_same_motion_twice_has_no_other_binding() -> None:
    paths = [walk(line(0.2), at=place) for place in ((0.3, 0.2), (0.5, 0.8))]
    with pytest.raises(MotionError, match="object binding"):
        make_twin(read_scene(paths, [DISC, DISC]), "object binding", [DISC, DISC])
