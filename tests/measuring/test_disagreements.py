from dataclasses import replace

import numpy as np
import pytest
from painter import line, paint, round_trip

from locomotion_hf.facts import CameraMove, Facts, Move, ObjectFacts, Phase, Relation
from locomotion_hf.measuring.disagreements import disagreements

FPS, BORDER, END = 8, 1.3, 3.0
TIMES = np.arange(25) / FPS


def piece(path: np.ndarray, start: float, end: float) -> np.ndarray:
    return ((path - start) / (end - start)).clip(0, 1)


FIRST, SECOND = piece(TIMES, 0, BORDER), piece(TIMES, BORDER, END)
#: To the right and turning, then round and growing; the other one stands by.
CENTRES = 0.25 + 0.35j + line(0, 0.25)(FIRST) + round_trip(1, 0.12)(SECOND) - round_trip(1, 0.12)(np.zeros(1))
MATTES = np.stack([paint(CENTRES, 170 * FIRST, 0.14 * 1.5**SECOND), paint(0.75 + 0.65j + 0 * TIMES, 0, 0.14)], 1)
MOVES = (
    Move("right", "moderate", "clockwise", turns="half"),
    Move(speed="fast", shape="circle", sense="clockwise", laps=1, growth="growing"),
)
FACTS = Facts(
    (
        ObjectFacts("angle", (Phase(MOVES[0], 0.0, BORDER), Phase(MOVES[1], BORDER, END))),
        ObjectFacts("shelf", (Phase(Move(shape="still"), 0.0, END),)),
    ),
)


def with_phases(*phases: Phase) -> Facts:
    return replace(FACTS, objects=(replace(FACTS.objects[0], phases=phases), FACTS.objects[1]))


def test_what_is_stated_is_seen() -> None:
    assert disagreements(FACTS, MATTES, None, FPS) == []


@pytest.mark.parametrize(
    ("phase", "name", "word", "seen"),
    [
        (0, "direction", "left", "right"),
        (0, "speed", "slow", "moderate"),
        (0, "rotation", "anticlockwise", "clockwise"),
        (0, "turns", "once", "half"),
        (0, "shape", "arc", "line"),
        (0, "change", "accelerating", None),
        (0, "enters", "left", None),
        (0, "leaves", "right", None),
        (0, "growth", "shrinking", None),
        (1, "sense", "anticlockwise", "clockwise"),
        (1, "laps", 2, 1),
        (1, "way", "inwards", None),
        (1, "growth", None, "growing"),
        (1, "rotation", "clockwise", None),
    ],
)
def test_every_wrong_word_is_named(phase: int, name: str, word: object, seen: object) -> None:
    phases = list(FACTS.objects[0].phases)
    phases[phase] = replace(phases[phase], move=replace(MOVES[phase], **{name: word}))
    expected = [f"object 0 phase {phase} {name}: stated {word}, seen {seen}"]
    assert disagreements(with_phases(*phases), MATTES, None, FPS) == expected


@pytest.mark.parametrize("off", [-0.3, 0.3])
def test_a_border_at_the_wrong_time(off: float) -> None:
    wrong = with_phases(Phase(MOVES[0], 0.0, BORDER + off), Phase(MOVES[1], BORDER + off, END))
    assert any("none that fits" in line or "uneven" in line for line in disagreements(wrong, MATTES, None, FPS))


@pytest.mark.parametrize("move", MOVES)
def test_two_phases_stated_as_one(move: Move) -> None:
    found = disagreements(with_phases(Phase(move, 0.0, END)), MATTES, None, FPS)
    assert f"object 0 phase 0 shape: stated {move.shape}, seen none that fits" in found
    assert f"object 0 phase 0 growth: stated {move.growth}, seen uneven" in found
    assert f"object 0 phase 0 rotation: stated {move.rotation}, seen uneven" in found


def test_phases_in_the_wrong_order() -> None:
    wrong = with_phases(Phase(MOVES[1], 0.0, BORDER), Phase(MOVES[0], BORDER, END))
    assert len(disagreements(wrong, MATTES, None, FPS)) > 4


def test_phases_that_leave_a_hole_or_end_elsewhere() -> None:
    hole = with_phases(Phase(MOVES[0], 0.0, BORDER - 0.1), Phase(MOVES[1], BORDER, END))
    assert "object 0 phase 1 start: stated 1.3, expected 1.2" in disagreements(hole, MATTES, None, FPS)
    early = with_phases(Phase(MOVES[0], 0.0, BORDER))
    assert "object 0 phase 0 end: stated 1.3, expected 3 to 3.125" in disagreements(early, MATTES, None, FPS)
    assert disagreements(with_phases(), MATTES, None, FPS) == ["object 0 phases: stated none"]
    empty = with_phases(*FACTS.objects[0].phases, Phase(MOVES[1], END, END))
    found = disagreements(empty, MATTES, None, FPS)
    assert "object 0 phase 2 end: stated 3, expected more than 3" in found


def test_another_number_of_objects() -> None:
    assert disagreements(FACTS, MATTES[:, :1], None, FPS) == ["objects: stated 2, seen 1"]


def test_objects_exchanged() -> None:
    found = disagreements(FACTS, MATTES[:, ::-1], None, FPS)
    assert "object 1 phase 0 shape: stated still, seen none that fits" in found


def test_relations_stated_and_not_seen_and_seen_and_not_stated() -> None:
    shares = TIMES / 3
    mattes = np.stack([paint(0.2 + 0.4j + 0.5 * shares, 0, 0.15), paint(0.5 + 0.7j + 0 * shares, 0, 0.15)], 1)
    moves = Move("right", "moderate"), Move(shape="still")
    objects = tuple(ObjectFacts("angle", (Phase(move, 0.0, 3.0),)) for move in moves)
    past = Relation("past", 0, 1, 0.0, 3.0)
    where = "objects 0 and 1 from 0 to 3 s"
    assert disagreements(Facts(objects, (past,)), mattes, None, FPS) == []
    assert disagreements(Facts(objects), mattes, None, FPS) == [f"{where}: stated None, seen past"]
    wrong = Facts(objects, (replace(past, kind="toward"),))
    assert disagreements(wrong, mattes, None, FPS) == [f"{where}: stated toward, seen past"]
    exchanged = Facts(objects, (replace(past, subject=1, other=0),))
    assert disagreements(exchanged, mattes, None, FPS) == ["objects 1 and 0 from 0 to 3 s: stated past, seen None"]
    short = Facts(objects, (replace(past, end=2.0),))
    assert disagreements(short, mattes, None, FPS) == [
        f"{where}: stated None, seen past",
        "objects 0 and 1 from 0 to 2 s: stated past, seen no such time in which both do one thing",
    ]


def test_the_camera() -> None:
    rng = np.random.default_rng(0)
    wide = rng.integers(0, 256, (160, 260, 3), np.uint8)
    moving = np.stack([wide[:, 3 * k : 3 * k + 160] for k in range(25)])
    still = np.repeat(wide[None, :, :160], 25, 0)
    panning = replace(FACTS, camera=CameraMove(pan="right"))
    assert disagreements(panning, MATTES, moving, FPS) == []
    assert disagreements(panning, MATTES, still, FPS) == ["camera: stated pan right, seen still"]
    assert disagreements(FACTS, MATTES, moving, FPS) == ["camera: stated still, seen pan right"]
    assert disagreements(FACTS, MATTES, still, FPS) == []
