"""Counterfactual twins: the same objects, another motion, and a declaration of what has changed.

A twin is made from the drawn paths of its original, then *read* like any other motion. It is handed out
only if the facts that differ are facts that this kind of twin may change; otherwise it is refused, as it
is where it would be no different (a motion of one phase has no other order).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from locomotion_hf.errors import MotionError
from locomotion_hf.facts import SPEEDS, Move, Relation
from locomotion_hf.types import Trajectory, Twin, TwinKind

from .outline import Outline
from .scene import Scene, read_scene, room_of
from .shapes import SPEED_BANDS

#: The facts that a kind of twin must change (one of them at least), and those that may change with them.
#: What a reversal or a mirror changes hangs together: it cannot change one without the other.
CHANGES: dict[TwinKind, tuple[frozenset[str], frozenset[str]]] = {
    "reverse": (
        frozenset(("direction", "order", "rotation", "sense", "growth", "change", "way", "crossing", "relation")),
        frozenset(),
    ),
    "mirror": (frozenset(("direction", "sense", "rotation", "crossing")), frozenset()),
    "speed": (frozenset(("speed",)), frozenset(("relation",))),
    "rotation": (frozenset(("rotation",)), frozenset()),
    "direction": (frozenset(("direction",)), frozenset()),
    "order": (frozenset(("order",)), frozenset()),
    "object binding": (frozenset(("binding",)), frozenset()),
    "growth": (frozenset(("growth",)), frozenset()),
}
_SHIFTS = 24


def make_twin(scene: Scene, kind: TwinKind, outlines: Sequence[Outline]) -> tuple[Scene, Twin]:
    """Make a counterfactual twin of a scene.

    Args:
        scene: the original.
        kind:
            "reverse": the objects go their ways backwards in time; the background does not.
            "mirror": the paths are mirrored left to right, and the turning with them; the pictures are not.
            "speed": one phase is faster or slower.
            "rotation": every turn of an object about itself goes the other way.
            "direction": every way leads in the opposite direction, and curves to the same side.
            "order": the phases come in the opposite order, each as it was.
            "object binding": the first two objects change places: each moves as the other did.
            "growth": what grew shrinks, and the other way round.
        outlines: of each object.

    Returns:
        The twin's paths and facts, and what they change.

    Raises:
        MotionError: the twin would be no different, or does not fit the frame.
    """
    for paths in _CANDIDATES[kind](scene):
        twin = _settle(scene, kind, paths, outlines)
        if twin is None or twin.said == scene.said:
            continue  # there and back again is the same backwards
        changed = differences(scene, twin, kind)
        must, may = CHANGES[kind]
        if changed & must and changed <= must | may:
            return twin, Twin(kind, tuple(sorted(changed)))
    raise MotionError(
        f"the {kind} twin of {scene!r} would be no different, or would not fit the frame.",
        _EXPECTED[kind],
        "ask for another twin, or for one of another example.",
    )


_EXPECTED: dict[TwinKind, str] = {
    "reverse": "a motion that looks different backwards.",
    "mirror": "a motion that is not the same in a mirror.",
    "speed": "a phase whose speed is stated, and room for a faster or slower one.",
    "rotation": "an object that is seen to turn about itself.",
    "direction": "a motion with a direction.",
    "order": "two or more phases, in an order that can be changed, and no relation between objects.",
    "object binding": "two or more objects that move differently.",
    "growth": "an object that grows or shrinks.",
}


def differences(original: Scene, twin: Scene, kind: TwinKind) -> frozenset[str]:
    """Which facts differ, once phases and objects are laid beside those that they came from.

    Returns:
        Names of facts; "order" when the phases of an object follow each other differently, "binding" when
        objects have changed their motions, "crossing" when an object comes or goes elsewhere, and "phases"
        for anything that cannot be laid side by side.
    """
    before, after = list(original.moves), list(twin.moves)
    changed: set[str] = set()
    if kind == "object binding":
        if before != after:
            changed.add("binding")
        swap = [1, 0, *range(2, len(before))]
        after = [after[number] for number in swap]
        relations = sorted(_swapped(one) for one in twin.relations)
    else:
        relations = sorted(one.words for one in twin.relations)
    if relations != sorted(one.words for one in original.relations):
        changed.add("relation")
    for mine, theirs in zip(before, after, strict=True):
        if kind in ("reverse", "order"):
            # The order is another one when the phases, told backwards, are not the same phases again.
            shapes = [[move.shape for move in moves] for moves in (mine, theirs)]
            if mine != theirs and (Counter(mine) == Counter(theirs) or shapes[0] != shapes[1]):
                changed.add("order")
            theirs = theirs[::-1]
        if len(mine) != len(theirs):
            changed.add("phases")
            continue
        for one, other in zip(mine, theirs, strict=True):
            changed |= _differing(one, other)
    return frozenset(changed)


def _differing(one: Move, other: Move) -> set[str]:
    names = {field.name for field in fields(Move) if getattr(one, field.name) != getattr(other, field.name)}
    if names & {"enters", "leaves"}:
        names = names - {"enters", "leaves"} | {"crossing"}
    return names


def _swapped(relation: Relation) -> tuple[str, int, int]:
    places = {0: 1, 1: 0}
    subject, other = (places.get(number, number) for number in (relation.subject, relation.other))
    if relation.kind == "opposite":
        subject, other = min(subject, other), max(subject, other)
    return relation.kind, subject, other


def _settle(scene: Scene, kind: TwinKind, paths: Sequence[Trajectory], outlines: Sequence[Outline]) -> Scene | None:
    """Read the paths where they are, or after the smallest shift of the whole scene that makes them certain."""
    if kind == "rotation":
        return read_scene(paths, outlines)  # which differs in the turning alone, and in no place
    low, high = room_of(paths, outlines)
    crossing = any(move.enters or move.leaves for moves in scene.moves for move in moves)
    if np.all(low <= high) and not crossing:
        shifts = [np.clip(np.zeros(2), low, high)]
    else:
        # What enters or leaves must do so again: it is near its place already, as outlines are nearly symmetric.
        steps = np.linspace(-0.06, 0.06, 7)
        shifts = sorted((np.array([x, y]) for x in steps for y in steps), key=lambda one: float(np.hypot(*one)))
        shifts = shifts[:_SHIFTS]
    for shift in shifts:
        twin = read_scene([replace(path, centres=path.centres + shift) for path in paths], outlines)
        if twin:
            return twin
    return None


_Paths = list[Trajectory]


def _reverse(scene: Scene) -> list[_Paths]:
    return [[_backwards(path) for path in scene.paths]]


def _backwards(path: Trajectory) -> Trajectory:
    end = path.times[-1]
    return replace(
        path,
        times=end - path.times[::-1],
        centres=path.centres[::-1],
        angles=path.angles[::-1],
        sizes=path.sizes[::-1],
        borders=end - path.borders[::-1],
    )


def _mirror(scene: Scene) -> list[_Paths]:
    flip, shift = np.array([-1.0, 1.0]), np.array([1.0, 0.0])
    return [[replace(p, centres=p.centres * flip + shift, angles=-p.angles) for p in scene.paths]]


def _rotation(scene: Scene) -> list[_Paths]:
    return [[replace(path, angles=-path.angles) for path in scene.paths]]


def _direction(scene: Scene) -> list[_Paths]:
    return [[replace(path, centres=1.0 - path.centres) for path in scene.paths]]


def _growth(scene: Scene) -> list[_Paths]:
    return [[replace(p, sizes=p.sizes.min() * p.sizes.max() / p.sizes) for p in scene.paths]]


def _order(scene: Scene) -> list[_Paths]:
    if scene.relations:
        return []
    return [[_reordered(path) for path in scene.paths]]


def _reordered(path: Trajectory) -> Trajectory:
    """The phases in the opposite order, each as it was."""
    times, centres, angles, sizes = [0.0], [path.centres[0]], [path.angles[0]], [path.sizes[0]]
    borders = [0.0]
    for start, end in zip(path.borders[-2::-1], path.borders[:0:-1], strict=True):
        inside = (path.times > start + 1e-9) & (path.times < end - 1e-9)
        marks = np.concatenate([[start], path.times[inside], [end]])
        places, turned, grown = path.at(marks)
        times += list(borders[-1] + marks[1:] - start)
        borders.append(borders[-1] + float(end - start))
        centres += list(centres[-1] + places[1:] - places[0])
        angles += list(angles[-1] + turned[1:] - turned[0])
        sizes += list(sizes[-1] * grown[1:] / grown[0])
    kept = np.array(sizes)
    kept *= path.sizes.max() / kept.max()
    ends = np.array(borders)
    ends[-1] = times[-1] = float(path.times[-1])
    return replace(
        path, times=np.array(times), centres=np.array(centres), angles=np.array(angles), sizes=kept, borders=ends
    )


def _binding(scene: Scene) -> list[_Paths]:
    if len(scene.paths) < 2:
        return []
    first, second, *others = scene.paths
    return [[_moving_as(first, second), _moving_as(second, first), *others]]


def _moving_as(path: Trajectory, model: Trajectory) -> Trajectory:
    """The motion of the model, by an object that keeps its own size."""
    return replace(model, sizes=model.sizes * (path.sizes.max() / model.sizes.max()))


def _speed(scene: Scene) -> list[_Paths]:
    """One phase of one object at another speed, at the same time: its path becomes longer or shorter."""
    candidates: list[_Paths] = []
    for number, (path, phases) in enumerate(zip(scene.paths, scene.phases, strict=True)):
        for phase in phases:
            if phase.move.speed is None or phase.move.enters or phase.move.leaves:
                continue
            low, high = SPEED_BANDS[phase.move.speed]
            for speed in sorted(SPEEDS, key=lambda word: -SPEED_BANDS[word][0]):
                if speed == phase.move.speed:
                    continue
                # In the middle of the new band when the original is in the middle of its own.
                ratio = sum(SPEED_BANDS[speed]) / (low + high)
                for slack in (1.0, 0.85, 1.15, 0.7):
                    longer = _stretched(path, phase.start, phase.end, ratio * slack)
                    candidates.append([*scene.paths[:number], longer, *scene.paths[number + 1 :]])
    return candidates


def _stretched(path: Trajectory, start: float, end: float, ratio: float) -> Trajectory:
    """The path with one stretch of time made longer or shorter in space."""
    steps = np.diff(path.centres, axis=0)
    middle = (path.times[1:] + path.times[:-1]) / 2
    steps[(middle > start) & (middle < end)] *= ratio
    return replace(path, centres=path.centres[0] + np.concatenate([np.zeros((1, 2)), steps.cumsum(0)]))


_CANDIDATES = {
    "reverse": _reverse,
    "mirror": _mirror,
    "speed": _speed,
    "rotation": _rotation,
    "direction": _direction,
    "order": _order,
    "object binding": _binding,
    "growth": _growth,
}
