import itertools
from collections import Counter

import numpy as np
import pytest

from locomotion_hf.errors import MotionError
from locomotion_hf.motion import Outline, read_phases, sample_motion, sample_words
from locomotion_hf.motion import sample as sampling
from locomotion_hf.randomness import stream

TIMES = np.arange(16) / 8
#: A 2 : 1 rectangle, reaching .5 along and .25 across.
_A = np.radians(np.arange(360))
RECTANGLE = Outline(0.5 * np.abs(np.cos(_A)) + 0.25 * np.abs(np.sin(_A)), True)


def test_words_are_even_and_neighbours_differ() -> None:
    counts: Counter = Counter()
    lengths: Counter = Counter()
    for i in range(3000):
        words = sample_words(stream(0, i), 1.875)
        lengths[len(words)] += 1
        counts.update(word for one in words for word in one)
        assert all(a[0] != b[0] for a, b in itertools.pairwise(words))
    assert [round(lengths[n] / 3000, 1) for n in (1, 2, 3)] == [0.5, 0.3, 0.2]
    phases = sum(n * times for n, times in lengths.items())
    assert all(abs(counts[d] / phases - 1 / 8) < 0.015 for d in ("up", "left", "down-right"))
    assert abs(counts[None] / phases - 0.5) < 0.03
    assert abs(counts["clockwise"] - counts["anticlockwise"]) < 0.05 * phases


def test_a_short_clip_has_one_phase_and_a_ball_does_not_turn() -> None:
    assert {len(sample_words(stream(1, i), 0.6)) for i in range(50)} == {1}
    assert not any(word[2] for i in range(50) for word in sample_words(stream(1, i), 1.875, turn_shows=False))


@pytest.mark.parametrize("aspect", [1.0, 0.5625])
def test_every_corner_stays_inside_at_every_moment(aspect: float) -> None:
    corners = np.array([[-0.5, -0.25], [0.5, -0.25], [0.5, 0.25], [-0.5, 0.25]])
    found = 0
    for i in range(150):
        rng = stream(2, i)
        drawn = sample_motion(rng, sample_words(rng, TIMES[-1]), RECTANGLE, 0.4, TIMES, aspect)
        if drawn is None:
            continue
        found += 1
        centres, angles = drawn[0].at(np.linspace(0, TIMES[-1], 200))
        cos, sin = np.cos(np.radians(angles)), np.sin(np.radians(angles))
        turn = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)
        places = centres[:, None] + (corners @ turn.transpose(0, 2, 1)) * 0.4 * min(1, aspect) / (1, aspect)
        assert places.min() > -1e-9
        assert places.max() < 1 + 1e-9
    assert found > 120


def test_facts_are_those_of_the_drawn_path() -> None:
    for i in range(100):
        rng = stream(3, i)
        words = sample_words(rng, TIMES[-1])
        drawn = sample_motion(rng, words, RECTANGLE, 0.3, TIMES)
        assert drawn is not None
        assert drawn[1] == read_phases(drawn[0], TIMES)
        assert tuple(phase.words for phase in drawn[1]) == words


def test_reading_before_holding_inside_would_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: state the intention. Some of what is drawn then says otherwise."""
    monkeypatch.setattr(sampling, "keep_inside", lambda centres, margins: centres)
    false = 0
    for i in range(300):
        rng = stream(4, i)
        drawn = sample_motion(rng, sample_words(rng, TIMES[-1]), RECTANGLE, 0.4, TIMES)
        if drawn:
            path, phases = drawn
            margins = RECTANGLE.margins(path.angles, 0.4, 1.0)
            held = np.clip(path.centres, margins[0], 1 - margins[1])
            read = read_phases(type(path)(path.times, held, path.angles, 0.4), TIMES)
            false += read is None or tuple(p.words for p in read) != tuple(p.words for p in phases)
    assert false > 5


def test_an_object_larger_than_the_frame() -> None:
    rng = stream(5)
    with pytest.raises(MotionError, match=r"size 1\.20 reaches over .* Expected: less than 1\."):
        sample_motion(rng, (("up", "slow", None),), RECTANGLE, 1.2, TIMES)


def test_what_cannot_fit_is_none() -> None:
    long = np.arange(80) / 8  # ten seconds at speed in one direction leave any frame
    assert sample_motion(stream(6), (("right", "fast", None),), RECTANGLE, 0.3, long) is None
