from dataclasses import replace

import numpy as np
import pytest
from painter import Path, bounce, line, paint, round_trip, shake, stretch, zigzag

from locomotion_hf.facts import DIRECTIONS, Move
from locomotion_hf.measuring.moves import MeasuredMove, measure_move

#: Stretches begin between frames, each time elsewhere.
STARTS = (0.02, 0.07, 0.31)


def seen(path: Path, seconds: float, start: float = 0.07, turn: float = 0.0, growth: float = 1.0, fps: float = 8,
         width: int = 160, size: float = 0.22, disc: bool = False) -> MeasuredMove:  # fmt: skip
    places, shares = stretch(path, seconds, start, fps)
    sizes = size * growth ** shares.clip(0, 1)
    mattes = paint(places, 25 + turn * shares.clip(0, 1), sizes, width, width, disc)
    return measure_move(mattes, fps, start, start + seconds)


def curve(degrees: float, length: float) -> Path:
    """An arc that begins at bearing 0; it bends clockwise for positive degrees."""
    bend = np.radians(degrees)
    return lambda t: length / bend * (np.exp(1j * bend * t) - 1) / 1j


CASES: dict[str, tuple[Path, float, Move]] = {
    "still": (lambda t: 0.008 * t + 0j, 1.0, Move(shape="still")),
    **{
        direction: (line(45 * k + 17 * (-1) ** k, 0.3), 1.5, Move(direction, "moderate"))
        for k, direction in enumerate(DIRECTIONS)
    },
    "short line": (line(0, 0.05), 0.4, Move("right", "slow")),
    "faster": (line(90, 0.3, 2.05), 1.0, Move("down", change="accelerating")),
    "slower": (line(180, 0.3, 1 / 2.05), 1.0, Move("left", change="decelerating")),
    "arc": (curve(85, 0.4), 1.2, Move("down-right", "fast", shape="arc", sense="clockwise")),
    "wide arc": (curve(-195, 0.4), 2.0, Move("up", "moderate", shape="arc", sense="anticlockwise")),
    "circle": (round_trip(1.05, 0.2), 3.0, Move(speed="fast", shape="circle", sense="clockwise", laps=1)),
    "flat circle": (
        round_trip(-1.95, 0.1, 0.91), 3.0,
        Move(speed="fast", shape="circle", sense="anticlockwise", laps=2),
    ),
    "circles": (round_trip(3, 0.05), 4.5, Move(speed="moderate", shape="circle", sense="clockwise", laps=3)),
    "circling faster": (
        lambda t: 0.2 * np.exp(2j * np.pi * (t + 1.5 * t**2) / 2.5), 3.0,
        Move(shape="circle", sense="clockwise", laps=1, change="accelerating"),
    ),
    "ellipse": (round_trip(-2, 0.25, 0.6), 5.0, Move(speed="fast", shape="ellipse", sense="anticlockwise", laps=2)),
    "inwards": (
        round_trip(2.3, 0.24, outer=0.1), 8.0,
        Move(speed="fast", shape="spiral", sense="clockwise", way="inwards"),
    ),
    "outwards": (
        round_trip(-1.4, 0.06, outer=0.13), 4.0,
        Move(speed="moderate", shape="spiral", sense="anticlockwise", way="outwards"),
    ),
    "zigzag": (zigzag(4, 0, 0.5, -48), 1.3, Move("right", "fast", shape="zigzag")),
    "more legs": (zigzag(7, 90, 0.6, 31), 3.0, Move("down", "moderate", shape="zigzag")),
    "bounce": (bounce(2, 0.1, 0.13), 1.3, Move("right", shape="bounce")),
    "low bounce": (bounce(4, 0.05, 0.01), 2.6, Move(shape="bounce")),
    "shake": (shake(2.5, 0.015), 1.3, Move(shape="shake", way="sideways")),
    "nod": (shake(6, 0.05j), 4.0, Move(shape="shake", way="up and down")),
}  # fmt: skip
MIRRORED = {"right": "left", "clockwise": "anticlockwise"}
REVERSED = {
    "right": "left", "down": "up", "down-right": "up-left", "down-left": "up-right", "clockwise": "anticlockwise",
    "accelerating": "decelerating", "growing": "shrinking", "inwards": "outwards",
}  # fmt: skip


def swapped(move: Move, pairs: dict[str, str]) -> Move:
    """A move with words exchanged; half a direction too."""
    both = pairs | {b: a for a, b in pairs.items()}

    def other(word: str) -> str:
        return both.get(word) or "-".join(both.get(part, part) for part in word.split("-"))

    names = ("direction", "sense", "way", "change", "rotation", "growth")
    return replace(move, **{name: other(word) for name in names if (word := getattr(move, name))})


@pytest.mark.parametrize("name", CASES)
def test_a_path_is_its_word_whenever_it_is_sampled(name: str) -> None:
    path, seconds, move = CASES[name]
    for start in STARTS:
        assert seen(path, seconds, start).move == move


@pytest.mark.parametrize("name", CASES)
def test_flipped_and_reversed_pixels_say_the_opposite(name: str) -> None:
    path, seconds, move = CASES[name]
    move = replace(move, rotation="clockwise", growth="growing")
    places, shares = stretch(path, seconds, 0.07)
    mattes = paint(places, 60 * shares.clip(0, 1), 0.15 * 1.5 ** shares.clip(0, 1))
    assert measure_move(mattes, 8, 0.07, 0.07 + seconds).move == move
    assert measure_move(mattes[..., ::-1], 8, 0.07, 0.07 + seconds).move == swapped(move, MIRRORED)
    last = (len(mattes) - 1) / 8
    assert measure_move(mattes[::-1], 8, last - 0.07 - seconds, last - 0.07).move == swapped(move, REVERSED)


@pytest.mark.parametrize("name", ["circles", "zigzag", "bounce", "shake", "wide arc", "slower"])
@pytest.mark.parametrize(("fps", "width"), [(8, 128), (30, 128)])
def test_other_rates_and_sizes(name: str, fps: float, width: int) -> None:
    path, seconds, move = CASES[name]
    assert seen(path, seconds, 0.07, fps=fps, width=width, size=0.18).move == move


@pytest.mark.parametrize(
    ("path", "seconds", "shape"),
    [
        (lambda t: 0.032 * t + 0j, 0.4, "line"),  # further than anything still
        (shake(3, 0.004), 1.6, "still"),
        (curve(9, 0.4), 1.2, "line"),
        (round_trip(1, 0.2, outer=0.25), 3.0, None),  # neither circle nor spiral
        (round_trip(1, 0.2, 0.5), 3.0, "ellipse"),
        (round_trip(0.75, 0.2), 3.0, "arc"),
        (round_trip(1.5, 0.2), 3.0, None),  # no whole lap
        (zigzag(3, 0, 0.4), 1.2, None),
        (zigzag(4, 0, 0.5, 5), 1.3, None),
        (lambda t: 0.5 * t + 0.06j * np.sin(4 * np.pi * t), 1.5, None),  # a wave has no corners
        (lambda t: np.conj(bounce(2, 0.1, 0.13)(t)), 1.3, None),  # hanging
        (lambda t: 0.13 * t - 0.1j * abs(np.sin(2 * np.pi * t)) * (1 + t), 1.6, None),  # unequal hops
        (shake(4, 0.03 + 0.03j), 2.5, None),  # aslant
        (lambda t: (1 - t) * shake(5, 0.04)(t), 3.0, None),  # dying away
        (lambda t: 0.3 * np.maximum(t - 0.5, 0) + 0.3j * np.minimum(t, 0.5), 2.0, None),  # a corner
        (lambda t: 0.3 * np.maximum(t - 0.4, 0) + 0j, 2.0, None),  # standing, then going
        (lambda t: 0.4 * abs(t - 0.5) + 0j, 2.0, None),  # to and fro
    ],
)  # fmt: skip
def test_paths_that_are_not_the_word_next_to_them(path: Path, seconds: float, shape: str | None) -> None:
    fit = seen(path, seconds).fit
    assert (fit and fit.shape) == shape


@pytest.mark.parametrize(
    ("speed", "word"),
    [(0.05, "slow"), (0.11, "slow"), (0.15, "moderate"), (0.24, "moderate"), (0.31, "fast"), (0.55, "fast")],
)
def test_speeds(speed: float, word: str) -> None:
    measured = seen(line(135, speed * 1.1), 1.1)
    assert measured.move == Move("down-left", word)
    assert measured.speed == pytest.approx(speed, abs=0.003)
    assert seen(curve(100, speed * 1.1), 1.1).move.speed == word


def test_a_speed_that_hardly_changes_is_a_speed() -> None:
    assert seen(line(0, 0.3, 1.2), 1.5).move == Move("right", "moderate")
    assert seen(line(0, 0.3, 1 / 1.2), 1.5).move == Move("right", "moderate")


@pytest.mark.parametrize(
    ("degrees", "turns"),
    [(45, None), (145, None), (165, "half"), (195, "half"), (340, "once"), (380, "once"), (700, "twice"),
     (740, "twice"), (1060, "three times"), (1100, "three times")],
)  # fmt: skip
@pytest.mark.parametrize("sense", [1, -1])
def test_turns(degrees: float, turns: str | None, sense: int) -> None:
    measured = seen(line(0, 0.3), 4.0, turn=sense * degrees)
    assert (measured.move.rotation, measured.move.turns) == ("clockwise" if sense > 0 else "anticlockwise", turns)
    assert measured.turn == pytest.approx(sense * degrees, abs=3)
    assert measured.turns_evenly


def test_turning_that_is_too_little_or_cannot_be_seen() -> None:
    assert seen(line(0, 0.3), 2.0, turn=15).move.rotation is None
    round_thing = seen(line(0, 0.3), 2.0, turn=200, disc=True)
    assert (round_thing.move.rotation, round_thing.move.turns) == (None, None)
    assert round_thing.alike > 0.97


def test_turning_in_one_half_only_is_uneven() -> None:
    places, shares = stretch(line(0, 0.3), 2.0, 0.07)
    mattes = paint(places, 90 * (shares - 0.5).clip(0, 0.5))
    assert not measure_move(mattes, 8, 0.07, 2.07).turns_evenly


def test_turning_may_keep_step_with_the_path() -> None:
    path = line(0, 0.4, 2.5)
    places, shares = stretch(path, 2.0, 0.07)
    mattes = paint(places, 180 * path(shares.clip(0, 1)).real / 0.4)
    measured = measure_move(mattes, 8, 0.07, 2.07)
    assert (measured.turns_evenly, measured.move.turns) == (True, "half")


@pytest.mark.parametrize(("factor", "word"), [(1.1, None), (1 / 1.1, None), (1.4, "growing"), (1 / 1.4, "shrinking")])
def test_growth(factor: float, word: str | None) -> None:
    measured = seen(line(90, 0.2), 1.5, growth=factor, turn=100)
    assert measured.move == Move("down", "moderate", "clockwise", growth=word)
    assert measured.ratio == pytest.approx(factor, rel=0.02)
    assert measured.grows_evenly


def test_growth_in_one_half_only_is_uneven() -> None:
    places, shares = stretch(line(0, 0.3), 2.0, 0.07)
    mattes = paint(places, 0, 0.2 * 1.6 ** (2 * shares - 1).clip(0, 1))
    assert not measure_move(mattes, 8, 0.07, 2.07).grows_evenly


COMING = {"left": -0.2 + 0.45j, "right": 1.2 + 0.45j, "top": 0.45 - 0.2j, "bottom": 0.45 + 1.2j}


@pytest.mark.parametrize("edge", COMING)
@pytest.mark.parametrize("turn", [0.0, 90.0])
def test_coming_and_going_over_an_edge(edge: str, turn: float) -> None:
    towards = {"left": 0, "right": 180, "top": 90, "bottom": 270}[edge]
    for pace, start in ((1.0, 0.03), (2.5, 0.09), (0.4, 0.0)):
        shares = (np.arange(18) / 8 - start) / 2.0
        places = COMING[edge] + line(towards, 0.46, pace)(shares.clip(0, 1))
        mattes = paint(places, turn * shares, 0.22)
        move = Move(DIRECTIONS[towards // 45], None if pace != 1 else "moderate", "clockwise" if turn else None)
        change = {1.0: None, 2.5: "accelerating", 0.4: "decelerating"}[pace]
        assert measure_move(mattes, 8, start, start + 2).move == replace(move, change=change, enters=edge)
        end = 17 / 8 - start
        leaving = replace(swapped(replace(move, change=change), REVERSED), leaves=edge)
        assert measure_move(mattes[::-1], 8, end - 2, end).move == leaving


def test_an_object_that_begins_mostly_inside_does_not_come_in() -> None:
    shares = np.arange(17) / 16
    mattes = paint(0.04 + 0.5j + 0.4 * shares, 0, 0.22)
    assert measure_move(mattes, 8, 0, 2).move == Move("right", "moderate")


def test_an_object_that_is_never_seen() -> None:
    measured = measure_move(np.zeros((8, 40, 40), np.uint8), 8, 0, 1)
    assert (measured.fit, measured.turn) == (None, None)


def test_a_wide_frame_is_measured_along_both_axes() -> None:
    shares = np.arange(13) / 12
    mattes = paint(0.4 + 0.3j + 0.3j * shares, 0, 0.25, width=192, height=128)
    assert measure_move(mattes, 8, 0, 1.5).speed == pytest.approx(0.2, abs=0.002)
