from dataclasses import replace

import numpy as np
import pytest

from locomotion_hf.facts import CameraMove, Facts, Move, ObjectFacts, Phase, Relation
from locomotion_hf.motion import visible_facts
from locomotion_hf.motion.sample import sample_words
from locomotion_hf.randomness import stream


def planned(index: int, seconds: float, fps: float) -> Facts:
    """The words of a motion with their times, as facts."""
    words = sample_words(stream(3, index), seconds, fps)
    ends = np.cumsum([step.seconds for step in words])
    phases = [Phase(step.move, float(end - step.seconds), float(end)) for step, end in zip(words, ends, strict=True)]
    return Facts((ObjectFacts("cat", tuple(phases)),), camera=CameraMove(zoom="in"))


def frames(seconds: float, fps: float) -> np.ndarray:
    return np.arange(round(seconds * fps) + 1) / fps


@pytest.mark.parametrize(
    ("seconds", "fps"),
    [(1, 60), (1, 8), (1.875, 8), (2, 4), (4, 3), (4, 1), (10, 1), (10, 2), (10, 5), (60, 8), (60, 24)],
)
def test_nothing_is_hidden_at_the_frames_of_the_clip_itself(seconds: float, fps: float) -> None:
    for index in range(60):
        facts = planned(index, seconds, fps)
        assert visible_facts(facts, frames(seconds, fps), fps) == (facts, ())


def test_four_frames_of_a_minute_hide_most() -> None:
    whole = kept = 0
    for index in range(30):
        facts = planned(index, 60, 8)
        before = facts.to_dict()
        seen, hidden = visible_facts(facts, np.linspace(0, 60, 4), 8)
        assert facts.to_dict() == before
        assert set(seen.objects[0].phases) <= set(facts.objects[0].phases) or hidden
        whole += sum(len(phase.move.stated) for phase in facts.objects[0].phases)
        kept += sum(len(phase.move.stated) for phase in seen.objects[0].phases)
    assert kept < 0.1 * whole


def test_more_frames_never_hide_more() -> None:
    for index in range(40):
        facts = planned(index, 6, 12)
        kept = [len(visible_facts(facts, np.linspace(0, 6, n), 12)[1]) for n in (4, 10, 28, 73)]
        assert kept == sorted(kept, reverse=True)
        assert kept[-1] == 0


MOVE = Move("right", "slow")
NEEDS: list[tuple[Move, int]] = [
    (MOVE, 2),
    (Move(shape="still"), 2),
    (replace(MOVE, shape="arc", sense="clockwise"), 3),
    (Move(None, "slow", shape="circle", sense="clockwise", laps=1), 6),
    (Move(None, "slow", shape="ellipse", sense="clockwise", laps=3), 16),
    (replace(MOVE, shape="zigzag"), 13),
    (Move(shape="bounce"), 13),
    (Move(None, "slow", shape="spiral", sense="clockwise", way="inwards"), 14),
    (Move(shape="shake", way="sideways"), 25),
]


@pytest.mark.parametrize(("move", "least"), NEEDS, ids=[move.shape for move, _ in NEEDS])
def test_a_shape_needs_its_frames(move: Move, least: int) -> None:
    facts = Facts((ObjectFacts("cat", (Phase(move, 0.0, 10.0),)),))
    assert visible_facts(facts, np.linspace(0, 10, least), 30) == (facts, ())
    seen, hidden = visible_facts(facts, np.linspace(0, 10, least - 1), 30)
    assert seen.objects[0].phases == ()
    assert hidden == (f"object 0 phase 0: {move.shape} needs {least} frames, {least - 1} sampled",)


@pytest.mark.parametrize(
    ("turns", "least"), [(None, 3), ("half", 4), ("once", 6), ("twice", 11), ("three times", 15)]
)
def test_a_turn_needs_its_frames_and_the_rest_of_the_phase_stays(turns: str | None, least: int) -> None:
    move = replace(MOVE, rotation="clockwise", turns=turns)
    facts = Facts((ObjectFacts("cat", (Phase(move, 0.0, 10.0),)),))
    assert visible_facts(facts, np.linspace(0, 10, least), 30)[0] == facts
    seen, hidden = visible_facts(facts, np.linspace(0, 10, least - 1), 30)
    assert seen.objects[0].moves == (MOVE,)
    assert hidden == (f"object 0 phase 0: rotation needs {least} frames, {least - 1} sampled",)


def test_other_words_and_what_falls_between_the_frames() -> None:
    entering = Move("right", None, change="accelerating", enters="left")
    facts = Facts(
        (
            ObjectFacts("cat", (Phase(entering, 0.0, 4.0), Phase(Move("up", "slow"), 4.0, 8.0))),
            ObjectFacts("dog", (Phase(Move(shape="still"), 0.0, 8.0),)),
        ),
        (Relation("toward", 0, 1, 0.0, 4.0),),
        CameraMove(pan="left"),
    )
    every = visible_facts(facts, np.linspace(0, 8, 9), 8)
    assert every == (facts, ())
    seen, hidden = visible_facts(facts, np.array([0.0, 3.0, 5.0]), 8)
    assert seen.objects[0].moves == (Move("right", None),)
    assert seen.objects[1] == facts.objects[1]
    assert (seen.relations, seen.camera) == ((), facts.camera)
    assert hidden == (
        "object 0 phase 0: change needs 4 frames, 2 sampled",
        "object 0 phase 0: crossing needs 3 frames, 2 sampled",
        "object 0 phase 1: line needs 2 frames, 1 sampled",
        "objects 0 and 1: toward needs 3 frames, 2 sampled",
    )
    assert visible_facts(facts, np.array([2.0]), 8)[0].camera is None
