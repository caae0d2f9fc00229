"""Which facts remain when a model looks at a few frames only.

Facts belong to the clip, however it is sampled later. A model that takes 4 frames of 60 seconds cannot see
most of them: this says which.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from locomotion_hf.facts import Facts, Move, ObjectFacts, Phase, Relation, Shape, Turns

from .shapes import CYCLES, HOPS, LEGS, SPIRAL_LAPS

#: Frames that a shape needs within its phase. An arc is three places; a lap needs five to be told from a
#: lap the other way and from a polygon; a leg, hop or cycle needs its turning points. Where facts do not say
#: how many legs, hops or cycles there are, the most that are drawn count.
_FRAMES: dict[Shape, int] = {
    "still": 2,
    "line": 2,
    "arc": 3,
    "zigzag": 2 * LEGS[1] + 1,
    "bounce": 3 * HOPS[1] + 1,
    "shake": math.ceil(4 * CYCLES[1]) + 1,
    "spiral": math.ceil(5 * SPIRAL_LAPS[1]) + 1,
}
_FRAMES_A_LAP = 5
#: Degrees from one frame to the next up to which the sense of a turn is certain: a square repeats itself
#: after 90.
_TURN_STEP = 80.0
#: The most that each word for a turn may mean, degrees (`facts.py`).
_MOST: dict[Turns | None, float] = {None: 145, "half": 195, "once": 380, "twice": 740, "three times": 1100}
_CHANGE_FRAMES, _CROSSING_FRAMES, _RELATION_FRAMES = 4, 3, 3


def visible_facts(facts: Facts, sampled: np.ndarray, fps: float) -> tuple[Facts, tuple[str, ...]]:
    """Leave out what cannot be seen at the sampled times.

    Args:
        facts: of the clip.
        sampled: `(T,)` seconds of the frames that a model takes, increasing.
        fps: of the clip itself. No shape is drawn faster than its frames can show, so none needs more.

    Returns:
        The facts that remain: a phase whose shape cannot be seen is left out whole, of others the words
        that cannot be seen; and a line for each thing that was left out, such as
        "object 0 phase 1: rotation needs 3 frames, 2 sampled". They are no longer facts of a caption: an
        object may be left without a phase, a phase without a word for its speed.
    """
    hidden: list[str] = []

    def needs(what: str, frames: int, have: int) -> bool:
        if have < frames:
            hidden.append(f"{what} needs {frames} frames, {have} sampled")
        return have < frames

    def within(start: float, end: float) -> int:
        return int(((sampled >= start - 1e-6) & (sampled <= end + 1e-6)).sum())

    objects = []
    for number, one in enumerate(facts.objects):
        phases: list[Phase] = []
        for k, phase in enumerate(one.phases):
            have, label = within(phase.start, phase.end), f"object {number} phase {k}:"
            shown = math.floor((phase.end - phase.start) * fps + 1e-6)
            if needs(f"{label} {phase.move.shape}", min(_shape_frames(phase.move), shown), have):
                continue
            move = phase.move
            if move.rotation:
                frames = math.ceil(_MOST[move.turns] / _TURN_STEP) + 1
                if needs(f"{label} rotation", frames, have):
                    move = replace(move, rotation=None, turns=None)
            if move.change and needs(f"{label} change", _CHANGE_FRAMES, have):
                move = replace(move, change=None)
            if (move.enters or move.leaves) and needs(f"{label} crossing", _CROSSING_FRAMES, have):
                move = replace(move, enters=None, leaves=None)
            phases.append(replace(phase, move=move))
        objects.append(replace(one, phases=tuple(phases)))
    relations = []
    for relation in facts.relations:
        label = f"objects {relation.subject} and {relation.other}: {relation.kind}"
        if needs(label, _RELATION_FRAMES, within(relation.start, relation.end)):
            continue
        # It rests on what both do meanwhile.
        if all(_covers(objects[number], relation) for number in (relation.subject, relation.other)):
            relations.append(relation)
        else:
            hidden.append(f"{label} rests on a phase that cannot be seen")
    camera = facts.camera
    if camera and needs("camera", 2, len(sampled)):
        camera = None
    return Facts(tuple(objects), tuple(relations), camera), tuple(hidden)


def _covers(one: ObjectFacts, relation: Relation) -> bool:
    return any(p.start <= relation.start + 1e-6 and relation.end <= p.end + 1e-6 for p in one.phases)


def _shape_frames(move: Move) -> int:
    if move.shape in ("circle", "ellipse"):
        return _FRAMES_A_LAP * move.laps + 1
    return _FRAMES[move.shape]
