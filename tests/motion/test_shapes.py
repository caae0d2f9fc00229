"""What is drawn for a word, measured here by its own mathematics."""

import itertools

import numpy as np
import pytest

from locomotion_hf.facts import DIRECTIONS, ROTATIONS, SPEEDS, Move
from locomotion_hf.motion.shapes import (
    CHANGING_BAND,
    SPEED_BANDS,
    circumference,
    curve,
    lasting,
    unit,
)
from locomotion_hf.randomness import stream


def every_move() -> list[Move]:
    moves = [Move(shape="still"), *(Move(way, shape="bounce") for way in (None, "left", "right"))]
    moves += [Move(shape="shake", way=way) for way in ("sideways", "up and down")]
    for speed, change in [*((speed, None) for speed in SPEEDS), (None, "accelerating"), (None, "decelerating")]:
        for direction in DIRECTIONS:
            moves.append(Move(direction, speed, change=change))
            moves += [Move(direction, speed, None, "arc", sense, change=change) for sense in ROTATIONS]
        moves += [Move(None, speed, None, "circle", s, n, change=change) for s in ROTATIONS for n in (1, 2, 3)]
    for speed, sense in itertools.product(SPEEDS, ROTATIONS):
        moves += [Move(None, speed, None, "ellipse", sense, n) for n in (1, 2, 3)]
        moves += [Move(None, speed, None, "spiral", sense, way=way) for way in ("inwards", "outwards")]
    return moves + [Move(way, speed, shape="zigzag") for way in DIRECTIONS for speed in SPEEDS]


def draws(move: Move, fps: float = 24) -> list[tuple[float, np.ndarray]]:
    """Curves at the shortest, the longest and a middle time; a draw of its laps may not fit, another one does."""
    least, most = lasting(move, fps)
    found = []
    for seconds in (least, (least * most) ** 0.5, most):
        tries = (curve(stream(0, index, str(move)), move, seconds, fps) for index in range(40))
        found.append((seconds, next(places for places in tries if places is not None)))
    return found


EVERY = every_move()


@pytest.mark.parametrize("fps", [1, 2, 8, 24, 60])
def test_every_word_has_a_time_in_which_it_can_be_drawn(fps: float) -> None:
    for move in EVERY:
        least, most = lasting(move, fps)
        assert least >= (0.4 if move.shape != "still" else 0.5)
        if fps >= 8:
            assert least < most, move
        if least <= most:
            assert len(draws(move, fps)) == 3, move


def test_curves_begin_at_the_origin_and_keep_their_speed() -> None:
    for move in EVERY:
        for seconds, places in draws(move):
            assert (places[0] == 0).all()
            assert len(places) > 36 * seconds
            length = np.hypot(*np.diff(places, axis=0).T).sum()
            if move.speed or move.change:
                low, high = SPEED_BANDS[move.speed] if move.speed else CHANGING_BAND
                assert 0.99 * low <= length / seconds <= 1.01 * high, move
            elif move.shape == "still":
                assert length == 0


def test_directions_lie_in_their_sector() -> None:
    for move in EVERY:
        for _, places in draws(move) if move.direction else ():
            cos = places[-1] @ unit(move.direction) / np.hypot(*places[-1])
            assert np.degrees(np.arccos(min(1, cos))) <= 18.5, move


def turned_about(places: np.ndarray, centre: np.ndarray) -> float:
    """Laps round a centre, clockwise positive."""
    about = np.unwrap(np.arctan2(*(places - centre).T[::-1]))
    return (about[-1] - about[0]) / (2 * np.pi)


def test_laps_and_senses() -> None:
    for move in EVERY:
        sign = 1 if move.sense == "clockwise" else -1
        for _, places in draws(move) if move.shape in ("circle", "ellipse") else ():
            middle = (places.max(0) + places.min(0)) / 2
            assert turned_about(places, middle) == pytest.approx(sign * move.laps, abs=0.01)
            far = np.hypot(*(places - middle).T)
            assert far.min() / far.max() > 0.97 if move.shape == "circle" else far.min() / far.max() < 0.55
        for _, places in draws(move) if move.shape == "arc" else ():
            bulge = places[len(places) // 2] - places[-1] / 2
            across = places[-1, 0] * bulge[1] - places[-1, 1] * bulge[0]
            assert np.sign(across) == -sign  # a clockwise arc bulges to the left of its chord


def test_changes_of_speed() -> None:
    for move in EVERY:
        for _, places in draws(move) if move.change else ():
            steps = np.hypot(*np.diff(places, axis=0).T)
            third = len(steps) // 3
            ratio = steps[-third:].sum() / steps[:third].sum()
            assert (ratio if move.change == "accelerating" else 1 / ratio) > 2.1, move


def test_spirals_go_the_way_they_say() -> None:
    for move in EVERY:
        for _, places in draws(move) if move.shape == "spiral" else ():
            steps = np.hypot(*np.diff(places, axis=0).T)
            assert (steps[-1] > 1.8 * steps[0]) == (move.way == "outwards")
            bends = np.unwrap(np.arctan2(*np.diff(places, axis=0).T[::-1]))
            assert np.sign(bends[-1] - bends[0]) == (1 if move.sense == "clockwise" else -1)
            assert abs(bends[-1] - bends[0]) > 1.3 * 2 * np.pi


def test_corners_are_keyframes() -> None:
    for index in range(40):
        zigzag, bounce = Move("right", "moderate", shape="zigzag"), Move("left", shape="bounce")
        steps = np.diff(_at(zigzag, index / 40, index), axis=0)
        bends = np.abs(np.diff(np.arctan2(steps[:, 1], steps[:, 0])))
        assert (bends > 0.01).sum() in (3, 5)
        assert (np.abs(_at(bounce, index / 40, index)[1:-1, 1]) < 1e-12).sum() in (1, 2, 3)


def _at(move: Move, share: float, seed: int) -> np.ndarray:
    least, most = lasting(move, 24)
    return curve(stream(seed), move, least + (most - least) * share, 24)


def test_what_does_not_fit_its_time_is_not_drawn() -> None:
    assert curve(stream(0), Move("right", "fast"), 10.0, 8) is None
    assert curve(stream(0), Move(None, "slow", shape="circle", sense="clockwise", laps=3), 1.0, 8) is None


def test_circumference_against_the_sum_of_chords() -> None:
    around = np.linspace(0, 2 * np.pi, 20_001)
    for b in (1.0, 0.5, 0.35):
        chords = np.hypot(np.diff(np.cos(around)), b * np.diff(np.sin(around))).sum()
        assert circumference(1, b) == pytest.approx(chords, rel=1e-3)
