import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hands import BAR, DISC, ELL

from locomotion_hf.errors import MotionError
from locomotion_hf.facts import DIRECTIONS, ROTATIONS, SPEEDS, Move
from locomotion_hf.motion import sample as sampling
from locomotion_hf.motion.reading import read_phases
from locomotion_hf.motion.sample import Step, Words, moves_of, sample_motion, sample_words
from locomotion_hf.randomness import stream
from locomotion_hf.types import Trajectory

PACES = {"slow": (0.05, 0.11), "moderate": (0.15, 0.24), "fast": (0.31, 0.55)}


def words(index: int, seconds: float = 2.0, fps: float = 8, **choices) -> Words:
    return sample_words(stream(1, index), seconds, fps, **choices)


def drawn(index: int, seconds: float, fps: float, outline=ELL, size: float = 0.3):
    """A path and its phases, for the first words that fit."""
    rng = stream(2, index)
    for _ in range(20):
        said = sample_words(rng, seconds, fps)
        found = sample_motion(rng, said, outline, size, fps)
        if found:
            return said, *found
    raise AssertionError(f"nothing was found for {index}")


def tally(seconds: float, fps: float, count: int) -> Counter:
    told: Counter = Counter()
    for index in range(count):
        for move in moves_of(words(index, seconds, fps)):
            told.update(move.stated.items())
    return told


@pytest.mark.parametrize(("seconds", "fps", "count"), [(2.0, 8, 2000), (4.0, 24, 1000), (20.0, 8, 500)])
def test_every_word_occurs_and_opposites_are_even(seconds: float, fps: float, count: int) -> None:
    told = tally(seconds, fps, count)
    fields = {name: {word for key, word in told if key == name} for name in Move().__dict__}
    assert fields["direction"] == set(DIRECTIONS)
    assert fields["speed"] == set(SPEEDS)
    assert fields["rotation"] == fields["sense"] == set(ROTATIONS)
    assert fields["shape"] == {"line", "arc", "circle", "ellipse", "spiral", "zigzag", "bounce", "shake", "still"}
    assert fields["way"] == {"sideways", "up and down", "inwards", "outwards"}
    assert fields["change"] == {"accelerating", "decelerating"}
    assert fields["growth"] == {"growing", "shrinking"}
    assert {"half", "once"} <= fields["turns"]
    assert fields["turns"] == {"half", "once", "twice", "three times"} or seconds < 4
    assert {1, 2} <= fields["laps"]
    assert fields["enters"] == fields["leaves"] == {"left", "right", "top", "bottom"}
    for name, one, other in (
        ("rotation", *ROTATIONS),
        ("sense", *ROTATIONS),
        ("direction", "left", "right"),
        ("direction", "up", "down"),
    ):
        ratio = told[name, one] / told[name, other]
        assert 0.75 < ratio < 1.33, (name, one, other, ratio)


def test_no_word_of_a_phase_gives_another_away() -> None:
    """Each lap count, and each edge, with either change of speed."""
    told = Counter(m for index in range(1500) for m in moves_of(words(index, 4.0, 24)) if m.change)
    circles, edges = Counter(), Counter()
    for move, count in told.items():
        circles[move.laps, move.change] += count
        edges[move.enters, move.change] += count
    assert all(circles[laps, change] for laps in (1, 2) for change in ("accelerating", "decelerating"))
    assert all(
        edges[edge, change]
        for edge in ("left", "right", "top", "bottom")
        for change in ("accelerating", "decelerating")
    )


def test_neighbours_differ_so_that_their_border_can_be_seen() -> None:
    for index in range(600):
        for one, other in itertools.pairwise(moves_of(words(index, 8.0))):
            assert one != other
            assert one.shape != other.shape or one.direction != other.direction


def test_seconds_add_up_and_shares_are_about_even() -> None:
    for index in range(300):
        for seconds in (1.0, 2.0, 9.0):
            steps = words(index, seconds, 24)
            assert sum(step.seconds for step in steps) == pytest.approx(seconds)
            assert max(step.seconds for step in steps) < 2.6 * seconds / len(steps)


def test_the_paper_s_vocabulary_is_straight_even_lines() -> None:
    counts: Counter = Counter()
    for index in range(600):
        moves = moves_of(words(index, 1.875, vocabulary="linear"))
        counts[len(moves)] += 1
        assert all(move == Move(move.direction, move.speed, move.rotation) for move in moves)
    assert [round(counts[n] / 600, 1) for n in (1, 2, 3)] == [0.5, 0.3, 0.2]


def test_a_short_clip_has_one_phase_and_a_ball_does_not_turn() -> None:
    assert {len(words(index, 0.6)) for index in range(50)} == {1}
    assert not any(move.rotation for index in range(80) for move in moves_of(words(index, 6.0, turn_shows=False)))


def covered(path: Trajectory, outline, moments: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Least and most place of the object at each moment, `(T, 2)`."""
    centres, angles, sizes = path.at(np.linspace(0, path.times[-1], moments))
    cos, sin = np.cos(np.radians(angles)), np.sin(np.radians(angles))
    turn = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)
    shorter = np.array([1, 1 / path.aspect]) * min(1, path.aspect)
    places = centres[:, None] + outline.points @ turn.transpose(0, 2, 1) * sizes[:, None, None] * shorter
    return places.min(1), places.max(1)


@pytest.mark.parametrize("seconds", [2.0, 12.0])
def test_every_path_stays_inside_unless_it_comes_or_goes(seconds: float) -> None:
    crossed = 0
    for index in range(60):
        _, path, phases = drawn(index, seconds, 8, size=0.4)
        low, high = covered(path, ELL)
        outside = ((low < 0) | (high > 1)).any(1)
        if phases[0].move.enters or phases[-1].move.leaves:
            crossed += 1
            times = np.linspace(0, seconds, 80)
            inside = np.ones(80, bool)
            for phase in phases:
                if phase.move.enters or phase.move.leaves:
                    inside &= (times < phase.start) | (times > phase.end)
            assert not outside[inside].any()
            assert outside[0] or outside[-1]
        else:
            assert not outside.any()
    assert crossed >= 3


def test_frames_that_are_not_square() -> None:
    found = 0
    for index in range(40):
        rng = stream(6, index)
        path = sample_motion(rng, sample_words(rng, 2.0, 8), ELL, 0.3, 8, aspect=0.5625)
        if path and not any(p.move.enters or p.move.leaves for p in path[1]):
            found += 1
            low, high = covered(path[0], ELL)
            assert low.min() >= 0
            assert high.max() <= 1
    assert found > 20


def length(path: Trajectory, start: float, end: float) -> float:
    """Of the way in frame-widths, along its keyframes."""
    marks = np.concatenate([[start], path.times[(path.times > start) & (path.times < end)], [end]])
    return float(np.hypot(*np.diff(path.at(marks)[0], axis=0).T).sum())


@pytest.mark.parametrize(("seconds", "fps", "count"), [(2.0, 8, 60), (60.0, 8, 6), (60.0, 24, 6)])
def test_speed_words_mean_frame_widths_per_second_in_clips_of_any_length(
    seconds: float, fps: float, count: int
) -> None:
    told = set()
    for index in range(count):
        _, path, phases = drawn(index, seconds, fps, BAR, 0.25)
        for phase in phases:
            if phase.move.speed:
                low, high = PACES[phase.move.speed]
                assert low - 1e-3 <= length(path, phase.start, phase.end) / (phase.end - phase.start) <= high + 1e-3
                told.add(phase.move.speed)
    assert told == set(PACES)


def test_words_are_what_is_read() -> None:
    for index in range(60):
        said, path, phases = drawn(index, 3.0, 12)
        assert phases == read_phases(path, ELL)
        assert tuple(phase.move for phase in phases) == moves_of(said)
        assert [phase.start for phase in phases[1:]] == [phase.end for phase in phases[:-1]]
        assert (phases[0].start, phases[-1].end) == (0.0, 3.0)


@pytest.mark.parametrize("fps", [8, 24])
def test_a_minute_has_up_to_twelve_phases(fps: float) -> None:
    counts = {len(words(index, 60.0, fps)) for index in range(150)}
    assert max(counts) == 12
    assert min(counts) >= 6
    for index in range(6):
        said, path, phases = drawn(index, 60.0, fps)
        assert len(phases) == len(said)
        assert path.times[-1] == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("seconds", "fps"), [(1.0, 8), (1.0, 24), (1.0, 60), (4.0, 1), (2.0, 2), (2.0, 3), (2.0, 5), (2.0, 30), (2.0, 60)]
)
def test_any_frame_rate_shows_what_is_drawn(seconds: float, fps: float) -> None:
    for index in range(25):
        said, path, _ = drawn(index, seconds, fps)
        for step in said:
            assert step.seconds * fps >= 2.5 or step.move.shape == "line"
        centres, angles, _ = path.at(np.arange(round(seconds * fps) + 1) / fps)
        assert len(centres) >= 5
        counted = {step.move.turns for step in said} - {None}
        if fps >= 8 or counted:
            assert np.abs(np.diff(angles)).max() < 45  # the sense of a turn is certain


def test_the_same_stream_gives_the_same_motion() -> None:
    for seconds in (2.0, 20.0):
        (said, path, phases), (again, other, same) = (drawn(7, seconds, 8) for _ in range(2))
        assert (said, phases) == (again, same)
        assert (path.centres == other.centres).all()
        assert (path.angles == other.angles).all()
    assert words(1, 20.0) != words(2, 20.0)


def test_stating_the_intention_would_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: the words are taken as said, and what was drawn, a path held inside, says otherwise."""

    def planned(rng, words, outline, size, fps, aspect):
        path = draw(rng, words, dot, size, fps, aspect)
        if path is None:
            return None
        extents = outline.extents(path.angles, path.sizes, aspect)
        return replace(path, centres=np.clip(path.centres, extents[:, 0], 1 - extents[:, 1]))

    draw, dot = sampling._draw_path, replace(BAR, reach=BAR.reach * 0)
    monkeypatch.setattr(sampling, "_draw_path", planned)
    monkeypatch.setattr(sampling, "_TRIES", 1)
    refused = 0
    for index in range(100):
        rng = stream(4, index)
        refused += sample_motion(rng, sample_words(rng, 1.875, 8), BAR, 0.45, 8) is None
    assert refused > 25


def test_an_object_larger_than_the_frame() -> None:
    with pytest.raises(MotionError, match=r"size 1\.20 is larger than the frame\. Expected: less than the frame\."):
        sample_motion(stream(5), (Step(Move("up", "slow"), 2.0),), BAR, 1.2, 8)


def test_what_cannot_fit_is_none() -> None:
    assert sample_motion(stream(6), (Step(Move("right", "fast"), 10.0),), BAR, 0.3, 8) is None
    wide = Step(Move(None, "fast", shape="circle", sense="clockwise", laps=1), 4.0)
    assert sample_motion(stream(6), (wide,), DISC, 0.8, 8) is None


def test_a_clip_too_short_for_its_rate() -> None:
    with pytest.raises(
        MotionError, match=r"no motion of 0\.20 s can be shown at 8 frames a second\. .* raise `num_frames`"
    ):
        sample_words(stream(9), 0.2, 8)
