"""Hold what is stated about a clip against its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from locomotion_hf.facts import CameraMove, Facts, Move, Phase

from .camera import measure_camera
from .moves import MeasuredMove, measure_tracked
from .relations import CERTAIN, LENIENT, relation
from .track import follow

#: Seconds by which the ends of phases may differ for rounding.
_ROUNDING = 1e-6
#: Relations are stated of intervals from here on.
_LEAST_SECONDS = 0.4
#: A silhouette that overlaps itself turned by this much may turn without a word; above .9 it must.
_MAY_TURN_SILENTLY = 0.86


def disagreements(facts: Facts, mattes: np.ndarray, frames: np.ndarray | None, fps: float) -> list[str]:
    """Everything that is stated and not seen, or seen and not stated.

    Args:
        facts: what is stated.
        mattes: `(T, objects, H, W)` uint8, the drawn mattes, whole also where one object covers another.
        frames: `(T, H, W, 3)` uint8 over a still background, for the camera; None over a moving one, of which
            the camera cannot be told.
        fps: frames per second; frame k is shown at k / fps.

    Returns:
        One line each, objects and phases counted from 0, as "object 0 phase 2 rotation: stated clockwise, seen
        anticlockwise"; empty when all is as stated.
    """
    if len(facts.objects) != mattes.shape[1]:
        return [f"objects: stated {len(facts.objects)}, seen {mattes.shape[1]}"]
    found = []
    for number, one in enumerate(facts.objects):
        wrong = _times(one.phases, (len(mattes) - 1) / fps, len(mattes) / fps)
        found += [f"object {number} {line}" for line in wrong]
        if any(phase.end <= phase.start for phase in one.phases):
            return found
    seen: list[list[MeasuredMove]] = []
    for number, one in enumerate(facts.objects):
        track = follow(mattes[:, number])
        moves = [measure_tracked(mattes[:, number], track, fps, p.start, p.end) for p in one.phases]
        seen.append(moves)
        for k, (phase, move) in enumerate(zip(one.phases, moves, strict=True)):
            found += [f"object {number} phase {k} {line}" for line in _differences(phase.move, move)]
    found += _relations(facts, seen, mattes, fps)
    if frames is not None:
        stated, camera = facts.camera, measure_camera(frames, mattes)
        if stated != camera:
            found.append(f"camera: stated {_camera(stated)}, seen {_camera(camera)}")
    return found


def _camera(move: CameraMove | None) -> str:
    if move is None:
        return "still"
    return f"pan {move.pan}" if move.pan else f"zoom {move.zoom}"


def _times(phases: tuple[Phase, ...], shortest: float, longest: float) -> Iterator[str]:
    """Where phases do not follow one another from the clip's beginning to its end."""
    if not phases:
        yield "phases: stated none"
        return
    before = 0.0
    for number, phase in enumerate(phases):
        if abs(phase.start - before) > _ROUNDING:
            yield f"phase {number} start: stated {phase.start:g}, expected {before:g}"
        if phase.end <= phase.start:
            yield f"phase {number} end: stated {phase.end:g}, expected more than {phase.start:g}"
        before = phase.end
    if not shortest - _ROUNDING <= before <= longest + _ROUNDING:
        yield f"phase {len(phases) - 1} end: stated {before:g}, expected {shortest:g} to {longest:g}"


def _differences(stated: Move, seen: MeasuredMove) -> Iterator[str]:
    """The words of one phase that are not those seen."""
    if seen.fit is None:
        yield f"shape: stated {stated.shape}, seen none that fits"
    if not seen.grows_evenly:
        yield f"growth: stated {stated.growth}, seen uneven"
    if not seen.turns_evenly and seen.alike <= _MAY_TURN_SILENTLY:
        yield f"rotation: stated {stated.rotation}, seen uneven"
    path = ("shape", "direction", "speed", "change", "sense", "laps", "way", "enters", "leaves")
    for name in (*(path if seen.fit else ()), "rotation", "turns", "growth"):
        said, sight = getattr(stated, name), getattr(seen.move, name)
        silent = name in ("rotation", "turns") and stated.rotation is None and seen.alike > _MAY_TURN_SILENTLY
        if said != sight and not silent:
            yield f"{name}: stated {said}, seen {sight}"


def _relations(facts: Facts, seen: list[list[MeasuredMove]], mattes: np.ndarray, fps: float) -> Iterator[str]:
    """Relations stated and not seen, or seen for certain where none is stated of the pair."""
    left = list(facts.relations)
    for first, other in combinations(range(len(facts.objects)), 2):
        for one, move in zip(facts.objects[first].phases, seen[first], strict=True):
            for two, also in zip(facts.objects[other].phases, seen[other], strict=True):
                start, end = max(one.start, two.start), min(one.end, two.end)
                if end - start < _LEAST_SECONDS - _ROUNDING:
                    continue
                views = {
                    (first, other): ((move, also), ((one.start, one.end), (two.start, two.end))),
                    (other, first): ((also, move), ((two.start, two.end), (one.start, one.end))),
                }
                stated = [
                    r
                    for r in left
                    if {r.subject, r.other} == {first, other} and _same_time((r.start, r.end), (start, end))
                ]
                left = [r for r in left if r not in stated]
                for (subject, object_), (moves, spans) in views.items():
                    pair = mattes[:, subject], mattes[:, object_]
                    where = f"objects {subject} and {object_} from {start:g} to {end:g} s"
                    said = [r.kind for r in stated if (r.subject, r.other) == (subject, object_)]
                    sight = relation(pair, moves, spans, fps, start, end, LENIENT)
                    yield from (f"{where}: stated {kind}, seen {sight}" for kind in said if kind != sight)
                    sure = None if stated else relation(pair, moves, spans, fps, start, end, CERTAIN)
                    if sure and (sure != "opposite" or subject < object_):
                        yield f"{where}: stated None, seen {sure}"
    for r in left:
        yield (
            f"objects {r.subject} and {r.other} from {r.start:g} to {r.end:g} s: stated {r.kind}, "
            "seen no such time in which both do one thing"
        )


def _same_time(one: tuple[float, float], two: tuple[float, float]) -> bool:
    return max(abs(one[0] - two[0]), abs(one[1] - two[1])) < _ROUNDING
