"""Facts as data: what counts as the same, and the way to JSON and back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from locomotion_hf.facts import CameraMove, Facts, Move, ObjectFacts, Phase, Relation
from locomotion_hf.types import Trajectory

SPIN = Move(None, "fast", "clockwise", "circle", "anticlockwise", 2, None, None, "twice", "growing")
FULL = Facts(
    (
        ObjectFacts("teapot", (Phase(Move("up", "slow", enters="bottom"), 0.0, 1.25), Phase(SPIN, 1.25, 3.0))),
        ObjectFacts("cat", (Phase(Move(shape="shake", way="sideways"), 0.0, 3.0),)),
    ),
    (Relation("orbits", 0, 1, 1.25, 3.0),),
    CameraMove(pan="left"),
)


def test_facts_survive_json() -> None:
    plain = Facts((ObjectFacts("cat", (Phase(Move("up", "slow"), 0.0, 2.0),)),))
    for facts in (FULL, plain):
        assert Facts.from_dict(json.loads(json.dumps(facts.to_dict()))) == facts
    assert plain.to_dict() == {
        "objects": [
            {
                "noun": "cat",
                "phases": [{"direction": "up", "speed": "slow", "shape": "line", "start": 0.0, "end": 2.0}],
            }
        ]
    }


def test_words_that_are_null_are_not_stated() -> None:
    data = FULL.to_dict()
    data["objects"][1]["phases"][0] |= {"direction": None, "laps": None}
    data["camera"]["zoom"] = None
    assert Facts.from_dict(data) == FULL
    assert Facts.from_dict({"objects": [], "relations": None, "camera": None}) == Facts(())


def test_a_signature_is_that_of_the_words_and_of_nothing_else() -> None:
    def first(move: Move) -> Facts:
        phases = (replace(FULL.objects[0].phases[0], move=move), *FULL.objects[0].phases[1:])
        return replace(FULL, objects=(replace(FULL.objects[0], phases=phases), *FULL.objects[1:]))

    # Who is named first plays no part.
    turned = tuple(replace(one, subject=1 - one.subject, other=1 - one.other) for one in FULL.relations)
    assert replace(FULL, objects=FULL.objects[::-1], relations=turned).signature == FULL.signature
    later = replace(FULL.objects[0], phases=tuple(replace(p, start=p.start + 1) for p in FULL.objects[0].phases))
    assert replace(FULL, objects=(later, FULL.objects[1])).signature == FULL.signature
    others = [
        *(first(Move("up", speed, enters="bottom")) for speed in ("moderate", "fast", None)),
        first(SPIN),
        first(replace(SPIN, laps=1)),
        first(replace(SPIN, growth=None)),
        first(replace(SPIN, turns="once")),
        first(replace(SPIN, sense="clockwise")),
        first(Move("up", "slow")),
        first(Move("up", "slow", leaves="bottom")),
        first(Move("up", "slow", change="accelerating")),
        first(Move("up", "slow", shape="zigzag")),
        replace(FULL, relations=()),
        replace(FULL, relations=(Relation("orbits", 1, 0, 1.25, 3.0),)),
        replace(FULL, relations=(Relation("past", 0, 1, 1.25, 3.0),)),
        replace(FULL, camera=None),
        replace(FULL, camera=CameraMove(zoom="in")),
        replace(FULL, objects=(replace(FULL.objects[0], noun="kettle"), FULL.objects[1])),
        replace(FULL, objects=(replace(FULL.objects[0], phases=FULL.objects[0].phases[::-1]), FULL.objects[1])),
    ]
    assert len({one.signature for one in others}) == len({str(one.stated) for one in others}) == len(others)
    assert FULL.signature not in {one.signature for one in others}


def test_what_is_stated_leaves_out_what_is_not() -> None:
    assert Move("up", "slow").stated == {"direction": "up", "speed": "slow", "shape": "line"}
    assert FULL.objects[0].moves == (Move("up", "slow", enters="bottom"), SPIN)
    assert FULL.stated.relations == (("orbits", 0, 1),)


def test_a_trajectory_says_what_is_wrong_with_it() -> None:
    good = Trajectory(np.arange(2.0), np.zeros((2, 2)), np.zeros(2), np.ones(2), np.array([0.0, 1.0]))
    assert [part.tolist() for part in good.at(np.array([0.5]))] == [[[0.0, 0.0]], [0.0], [1.0]]
    for name, wrong in {
        "centres": np.zeros((3, 2)),
        "sizes": np.ones(3),
        "borders": np.zeros(1),
        "times": np.arange(2),
    }.items():
        with pytest.raises(ValueError, match=rf"Trajectory\.{name} is .*; expected float64"):
            replace(good, **{name: wrong})
