"""Every word of the table in `facts.py`: a path that deserves it, and paths that do not."""

from dataclasses import replace

import numpy as np
import pytest
from hands import (
    BAR,
    DISC,
    arc,
    backwards,
    bounce,
    circle,
    ellipse,
    joined,
    line,
    mirrored,
    seen_backwards,
    seen_in_a_mirror,
    shake,
    spiral,
    still,
    through,
    walk,
    zigzag,
)

from locomotion_hf.facts import DIRECTIONS, Move
from locomotion_hf.motion.reading import direction_of, read_phases, speed_of
from locomotion_hf.types import Trajectory


def read(path: Trajectory, outline=BAR) -> Move | None:
    """The one move of the path; None when no word is certain."""
    phases = read_phases(path, outline)
    if phases is None:
        return None
    assert len(phases) == 1
    return phases[0].move


ACROSS = {"right": (-0.1, 0.5), "left": (1.1, 0.5), "down": (0.5, -0.1), "up": (0.5, 1.1)}
ENTERED = {"right": "left", "left": "right", "down": "top", "up": "bottom"}
DESERVED: list[tuple[Trajectory, Move]] = [
    *[(walk(line(0.4, 45.0 * n)), Move(way, "moderate")) for n, way in enumerate(DIRECTIONS)],
    (walk(line(0.16)), Move("right", "slow")),
    (walk(line(0.39), 1.0), Move("right", "fast")),
    (walk(arc(0.4, 8.0)), Move("right", "moderate")),  # hardly bent at all
    *[(walk(line(0.4, 90.0, f)), Move("down", None, change="accelerating")) for f in (0.55, 0.9)],
    *[
        (walk(arc(0.4, bend, 45.0 * n)), Move(way, "moderate", shape="arc", sense="clockwise"))
        for n, way in enumerate(DIRECTIONS)
        for bend in (82.0, 140.0, 198.0)
    ],
    (walk(arc(0.4, 120, 0, 0.8)), Move("right", None, shape="arc", sense="clockwise", change="accelerating")),
    (walk(circle(0.1, 1), 3.0), Move(None, "moderate", shape="circle", sense="clockwise", laps=1)),
    (walk(circle(0.1, 2), 3.0), Move(None, "fast", shape="circle", sense="clockwise", laps=2)),
    (walk(circle(0.2, 3, 77), 50.0), Move(None, "slow", shape="circle", sense="clockwise", laps=3)),
    (walk(circle(0.1, 1.05), 3.0), Move(None, "moderate", shape="circle", sense="clockwise", laps=1)),
    (walk(ellipse(0.1, 0.095, 1), 3.0), Move(None, "moderate", shape="circle", sense="clockwise", laps=1)),
    (
        walk(circle(0.1, 1, 0, 0.8), 3.0),
        Move(None, None, shape="circle", sense="clockwise", laps=1, change="accelerating"),
    ),
    *[
        (
            walk(ellipse(0.16, 0.16 * b, laps, tilt), 4.0 * laps),
            Move(None, "moderate", None, "ellipse", "clockwise", laps),
        )
        for b, laps, tilt in ((0.3, 1, 0), (0.58, 1, 30), (0.45, 2, 75), (0.5, 3, 110))
    ],
    (walk(spiral(0.03, 0.17, 2), 6.5), Move(None, "moderate", None, "spiral", "clockwise", way="outwards")),
    (walk(spiral(0.08, 0.17, 1.5), 5.0), Move(None, "moderate", None, "spiral", "clockwise", way="outwards")),
    *[
        (walk(zigzag(legs, slant, 0.6, 45.0 * n), 3.0), Move(way, "moderate", shape="zigzag"))
        for legs, slant, n, way in (
            (4, 31, 0, "right"),
            (6, 49, 1, "down-right"),
            (4, -40, 6, "up"),
            (6, 40, 3, "down-left"),
        )
    ],
    (walk(bounce(2, 0.06)), Move(shape="bounce")),
    (walk(bounce(3, 0.15, 0.3)), Move("right", shape="bounce")),
    (walk(bounce(4, 0.1, 0.13)), Move("right", shape="bounce")),
    (walk(shake(0.016, 2.5)), Move(shape="shake", way="sideways")),
    (walk(shake(0.049, 6)), Move(shape="shake", way="sideways")),
    (walk(shake(0.03, 4, upright=True)), Move(shape="shake", way="up and down")),
    (walk(still), Move(shape="still")),
    (walk(shake(0.004, 1)), Move(shape="still")),
    *[
        (walk(line(0.6, 45.0 * DIRECTIONS.index(way)), 1.5, at=at), Move(way, "fast", enters=ENTERED[way]))
        for way, at in ACROSS.items()
    ],
    *[
        (walk(way, 3.0, turn), replace(move, rotation="clockwise", turns=turns))
        for way, move in (
            (line(0.6), Move("right", "moderate")),
            (circle(0.1, 1), Move(None, "moderate", None, "circle", "clockwise", 1)),
            (still, Move(shape="still")),
        )
        for turn, turns in (
            *[(degrees, None) for degrees in (46, 90, 144)],
            *[(degrees, "half") for degrees in (166, 180, 194)],
            *[(degrees, "once") for degrees in (341, 360, 379)],
            *[(degrees, "twice") for degrees in (701, 739)],
            *[(degrees, "three times") for degrees in (1061, 1099)],
        )
    ],
    *[(walk(line(0.4), ratio=ratio), Move("right", "moderate", growth="growing")) for ratio in (1.41, 2.5)],
    (walk(still, turn=90, ratio=1.6), Move(shape="still", rotation="clockwise", growth="growing")),
]


@pytest.mark.parametrize(("path", "move"), DESERVED, ids=[str(move.stated) for _, move in DESERVED])
def test_deserved_words_are_read_and_their_mirror_image_and_reversal_read_otherwise(path, move) -> None:
    assert read(path) == move
    assert read(seen_in_a_mirror(path)) == mirrored(move)
    assert read(seen_backwards(path)) == backwards(move)


def test_every_word_of_the_vocabulary_is_among_them() -> None:
    told = {
        (name, word)
        for _, move in DESERVED
        for m in (move, mirrored(move), backwards(move))
        for name, word in m.stated.items()
    }
    assert {word for name, word in told if name == "direction"} == set(DIRECTIONS)
    counts = {"speed": 3, "rotation": 2, "shape": 9, "sense": 2, "laps": 3, "way": 4, "change": 2, "turns": 4}
    counts |= {"growth": 2, "enters": 4, "leaves": 4}
    assert {name: len({w for n, w in told if n == name}) for name in counts} == counts


def test_more_keyframes_say_the_same() -> None:
    for way, seconds in (
        (circle(0.1, 2), 3.0),
        (spiral(0.03, 0.17, 2), 6.5),
        (arc(0.4, 120), 2.0),
        (zigzag(4, 40, 0.6), 3.0),
    ):
        assert read(walk(way, seconds, per_second=48)) == read(walk(way, seconds, per_second=240)) is not None


NOTHING_CERTAIN: dict[str, Trajectory] = {
    "hardly moves": walk(line(0.02)),
    "an arc too flat": walk(arc(0.4, 60)),
    "neither line nor arc": walk(arc(0.4, 25)),
    "an arc too long": walk(arc(0.5, 215)),
    "an arc that bends to either side": walk(lambda u: np.stack([0.3 * u, 0.08 * np.sin(2 * np.pi * u)], 1)),
    "four fifths of a circle": walk(circle(0.1, 0.8), 3.0),
    "a circle and a fifth": walk(circle(0.1, 1.2), 3.0),
    "four laps": walk(circle(0.1, 4), 12.0),
    "neither circle nor ellipse": walk(ellipse(0.12, 0.09, 1), 3.0),
    "an octagon": walk(through(*[(0.1 * np.cos(a), 0.1 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 9)]), 3.0),
    "a figure of eight": walk(lambda u: np.stack([0.1 * np.sin(2 * np.pi * u), 0.1 * np.sin(4 * np.pi * u)], 1), 4.0),
    "a spiral too short": walk(spiral(0.03, 0.15, 1.2), 3.0),
    "a spiral that hardly widens": walk(spiral(0.1, 0.17, 2), 8.0),
    "a spiral that widens late": walk(spiral(0.03, 0.17, 2, power=3), 4.0),
    "three legs": walk(zigzag(3, 40, 0.6), 3.0),
    "legs too flat": walk(zigzag(4, 20, 0.6), 3.0),
    "legs too steep": walk(zigzag(4, 60, 0.6), 3.0),
    "unequal legs": walk(through((0, 0), (0.12, 0.12), (0.2, 0.04), (0.32, 0.16), (0.4, 0.08)), 3.0),
    "a staircase": walk(through((0, 0), (0.1, 0), (0.1, 0.1), (0.2, 0.1), (0.2, 0.2), (0.3, 0.2)), 3.0),
    "hops that hang down": walk(lambda u: bounce(3, 0.15, 0.3)(u) * (1, -1)),
    "two steep hops that hang down": walk(lambda u: bounce(2, 0.15, 0.5)(u) * (1, -1)),
    "hops off a wall": walk(lambda u: bounce(2, 0.15, 0.5)(u)[:, ::-1], 3.0),
    "low hops": walk(bounce(3, 0.04, 0.3)),
    "hops that become lower": walk(lambda u: bounce(3, 0.15, 0.3)(u) * np.stack([0 * u + 1, 1 - 0.5 * u], 1)),
    "hops down a stair": walk(lambda u: bounce(3, 0.15, 0.3)(u) + np.stack([0 * u, 0.1 * u], 1)),
    "hops that go neither on nor nowhere": walk(bounce(3, 0.15, 0.07)),
    "straight hops": walk(through((0, 0), (0, -0.15), (0, 0), (0, -0.15), (0, 0))),
    "a shake too small": walk(shake(0.013, 4)),
    "a shake too large": walk(shake(0.06, 4)),
    "two cycles": walk(shake(0.03, 2)),
    "a shake that ends elsewhere": walk(shake(0.03, 3.25)),
    "a slanted shake": walk(lambda u: shake(0.03, 4)(u)[:, :1] * [1, 1]),
    "a shake in straight lines": walk(through(*[(0.03 * (-1) ** k * (0 < k < 9), 0) for k in range(10)])),
    "a shake to one side": walk(lambda u: np.abs(shake(0.04, 4)(u))),
    "a shake that dies away": walk(lambda u: shake(0.045, 4)(u) * (1 - u[:, None])),
    "between two speeds": walk(line(0.26)),
    "too slow": walk(line(0.08)),
    "too fast": walk(line(0.6), 1.0),
    "hardly faster": walk(line(0.4, 0, 0.35)),
    "a circle that is hardly faster": walk(circle(0.1, 1, 0, 0.35), 3.0),
    "turns a little": walk(line(0.4), turn=30),
    "turns to and fro": replace(walk(line(0.4)), angles=90 * np.sin(np.linspace(0, np.pi, 121))),
    "between two extents": walk(line(0.4), turn=155),
    "one and a half turns": walk(line(0.4), turn=-540),
    "hardly grows": walk(line(0.4), ratio=1.2),
    "grows and shrinks again": replace(walk(line(0.4)), sizes=0.1 * 2 ** np.sin(np.linspace(0, np.pi, 121))),
    "grows all at once": replace(walk(line(0.4)), sizes=0.1 * 1.6 ** np.repeat([0.0, 1.0], [60, 61])),
    "half outside at first": walk(line(0.4), at=(0.0, 0.5)),
    "passes through": walk(line(1.2), 3.0, at=(-0.1, 0.5)),
    "over a corner": walk(line(0.6, 45), at=(-0.1, -0.1)),
    "in along the edge": walk(line(0.6), at=(-0.1, 0.0)),
    "round a corner": walk(arc(0.6, 90), at=(-0.1, 0.5)),
    "never inside": walk(line(0.4), at=(0.2, -0.2)),
    "goes out and comes back": walk(shake(0.049, 4), at=(0.08, 0.5)),
    "leaves and goes on": joined(walk(line(0.6, 180)), walk(line(0.4, 90))),
}


@pytest.mark.parametrize("name", NOTHING_CERTAIN)
def test_between_two_words_nothing_is_stated(name: str) -> None:
    assert read_phases(NOTHING_CERTAIN[name], BAR) is None


@pytest.mark.parametrize("shape", [line(0.4), arc(0.4, 120), zigzag(4, 40, 0.4)])
def test_directions_end_before_the_next_begins(shape) -> None:
    def turned(degrees: float) -> str | None:
        cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        move = read(walk(lambda u: shape(u) @ np.array([[cos, sin], [-sin, cos]])))
        return move and move.direction

    for sector, word in enumerate(DIRECTIONS):
        assert [turned(45 * sector + off) for off in (-19, -18, 0, 18, 19)] == [None, word, word, word, None]


def test_directions_point_down_where_y_does() -> None:
    assert [direction_of(*way) for way in ((1, 0), (0, 1), (-1, -1), (1, 0.42))] == ["right", "down", "up-left", None]


def test_speed_words_and_dead_bands() -> None:
    words = [speed_of(v) for v in (0.04, 0.05, 0.11, 0.13, 0.15, 0.24, 0.27, 0.31, 0.55, 0.57)]
    assert words == [None, "slow", "slow", None, "moderate", "moderate", None, "fast", "fast", None]


def test_a_change_is_stated_from_twice_as_fast() -> None:
    def last_over_first(ratio: float) -> tuple[str | None, str | None]:
        move = read(walk(line(0.4, 0, 1.5 * (ratio - 1) / (ratio + 1))))
        return (move.speed, move.change) if move else ("nothing", "certain")

    assert last_over_first(1.15) == ("moderate", None)
    assert last_over_first(1.25) == last_over_first(1.95) == ("nothing", "certain")
    assert last_over_first(2.05) == (None, "accelerating")
    assert last_over_first(1 / 2.05) == (None, "decelerating")


def test_small_turns_and_growths_stay_silent() -> None:
    assert (
        read(walk(line(0.4), turn=14, ratio=1.09))
        == read(walk(line(0.4), turn=-14, ratio=0.92))
        == Move("right", "moderate")
    )


def test_a_turn_that_cannot_be_seen_is_silent() -> None:
    for turn in (30, 90, 360):
        assert read(walk(line(0.4), turn=turn), DISC) == Move("right", "moderate")


def test_speed_counts_frame_widths_along_both_axes() -> None:
    # .4 frame-widths down, on a frame half as high as wide.
    assert read(walk(line(0.36, 90), aspect=0.5, at=(0.5, 0.1))) == Move("down", "moderate")


@pytest.mark.parametrize("seconds", [2.0, 6.0, 60.0])
def test_speed_is_measured_per_second(seconds: float) -> None:
    for pace, speed in ((0.08, "slow"), (0.2, "moderate"), (0.43, "fast")):
        once = circle(pace * 2 / (2 * np.pi), 1)
        path = joined(*[walk(once, 2.0) if k % 2 else walk(still, 2.0) for k in range(1, int(seconds / 2) + 1)])
        assert {phase.move.speed for phase in read_phases(path, BAR)} - {None} == {speed}


def test_equal_neighbours_are_one_phase() -> None:
    phases = read_phases(joined(walk(line(0.2), 1.0), walk(line(0.18), 0.875)), BAR)
    assert [(phase.move, phase.start, phase.end) for phase in phases] == [(Move("right", "moderate"), 0.0, 1.875)]


def test_what_two_equal_phases_amount_to_is_what_is_stated() -> None:
    once = walk(circle(0.1, 1), 3.0)
    assert read(joined(once, once)).laps == 2
    turning = walk(still, 2.0, turn=360)
    assert read(joined(turning, turning)).turns == "twice"
    assert read_phases(joined(walk(line(0.2), turn=100), walk(line(0.2), turn=100)), BAR) is None  # 200 degrees
    assert read_phases(joined(walk(arc(0.2, 100, 10)), walk(arc(0.2, 100, -10))), BAR) is None  # a bend of its own


def test_phases_are_read_in_order_with_their_times() -> None:
    path = joined(walk(line(0.2, 270), 1.0, turn=90), walk(still, 0.75), walk(circle(0.1, -1), 2.0))
    assert [(phase.move.shape, phase.start, phase.end) for phase in read_phases(path, BAR)] == [
        ("line", 0.0, 1.0),
        ("still", 1.0, 1.75),
        ("circle", 1.75, 3.75),
    ]


def test_what_comes_comes_first_and_what_goes_goes_last() -> None:
    enters, leaves = walk(line(0.6), 1.5, at=(-0.1, 0.5)), walk(line(0.6, 180), 1.5, at=(0.5, 0.5))
    inside = walk(still, 1.0)
    moves = [phase.move for phase in read_phases(joined(enters, inside, leaves), BAR)]
    assert (moves[0].enters, moves[-1].leaves) == ("left", "left")
    assert read_phases(joined(leaves, enters), BAR) is None


def test_facts_come_from_what_was_drawn() -> None:
    """The planted fault: a path that the border stops is not what was planned."""
    path = joined(walk(line(0.2, 45), 1.0, at=(0.7, 0.5)), walk(line(0.2, 272), 1.0))
    held = replace(path, centres=np.minimum(path.centres, [0.8, 1.0]))
    assert [phase.move.direction for phase in read_phases(path, BAR)] == ["down-right", "up"]
    assert read_phases(held, BAR) is None
