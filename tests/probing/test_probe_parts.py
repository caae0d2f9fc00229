"""What the probes are made of: clips, views, hidden nouns, shares and verdicts."""

import numpy as np
import pytest

from locomotion_hf.captions import parse
from locomotion_hf.intervals import Interval
from locomotion_hf.probing import VERSION, fingerprint, hide_nouns, probe_clips, probe_recipe
from locomotion_hf.probing.choices import interval_of, loss_of, outcomes, verdict
from locomotion_hf.probing.questions import sheet_of
from locomotion_hf.probing.views import VIEWS, mirrored, shuffled
from locomotion_hf.randomness import stable_hash


@pytest.fixture(scope="module")
def clips(made):
    return made["linear"][:16]


def test_the_clips_are_those_of_this_version(clips):
    """Where this fails, clips or questions have changed: then `VERSION` must change with them."""
    marks = [fingerprint(clip) for clip in clips]
    assert (VERSION, f"{stable_hash(*marks):032x}"[:12]) == ("probes-1", "7dea9433db70")


def test_the_questions_do_not_depend_on_pixels(clips):
    larger = list(probe_clips(probe_recipe("linear", 48), 16))
    assert [fingerprint(clip) for clip in larger] == [fingerprint(clip) for clip in clips]


def test_a_scene_shares_all_but_the_motion(clips):
    for first in (0, 8):
        scene = clips[first : first + 8]
        assert len({(one.example.object_ids, one.example.background_id, one.scene) for one in scene}) == 1
        for one in scene:
            assert one.example.caption not in one.rivals
            assert len(one.rivals) == len({other.example.caption for other in scene}) - 1
            assert {one.hidden, *one.hidden_rivals} == {other.hidden for other in scene}
    assert clips[0].scene != clips[8].scene
    assert clips[0].hidden.startswith("An object moves")


def test_the_counterpart_of_a_view_has_the_other_caption(clips):
    pick = np.arange(16)
    for clip in clips:
        sheet, views = sheet_of(clip, pick)
        texts = list(sheet.sentences)
        ((film, caption), (same, opposite)), ((film_b, caption_b), _) = sheet.questions["reversed/caption"]
        assert film == same == views["clip"]
        assert film_b == views["reversed"]
        assert (texts[caption], texts[opposite]) == (clip.example.caption, clip.twins["reverse"].caption)
        assert caption_b == opposite
        for moves, back in zip(parse(texts[caption]).objects, parse(texts[opposite]).objects, strict=True):
            assert [move.speed for move in moves[1]] == [move.speed for move in back[1]][::-1]
        np.testing.assert_array_equal(sheet.films[film_b], sheet.films[film][::-1])


def test_views_change_what_they_say(clips):
    frames = clips[0].example.frames
    mixed = shuffled(frames, "one")
    assert sorted(frame.tobytes() for frame in mixed) == sorted(frame.tobytes() for frame in frames)
    assert not np.array_equal(mixed, frames)
    assert not np.array_equal(mixed, frames[::-1])
    np.testing.assert_array_equal(mixed, shuffled(frames, "one"))
    assert not np.array_equal(mixed, shuffled(frames, "two"))
    three = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    for name in "abcdefgh":
        order = shuffled(three, name)[:, 0, 0, 0].tolist()
        assert order not in ([0, 1, 2], [2, 1, 0])
    np.testing.assert_array_equal(shuffled(three[:2], "a"), three[:2])
    np.testing.assert_array_equal(mirrored(frames)[:, :, 0], frames[:, :, -1])
    assert all(view(frames, "one").flags["C_CONTIGUOUS"] for view in VIEWS.values())


@pytest.mark.parametrize(
    ("caption", "hidden"),
    [
        (
            "A teapot moves slowly upwards while rotating clockwise",
            "An object moves slowly upwards while rotating clockwise",
        ),
        (
            "A cat stays in place. A ball moves to the right",
            "The first object stays in place. The second object moves to the right",
        ),
        ("Pushing a coffee cup from left to right", "Pushing an object from left to right"),
        ("Pushing something to the left", "Pushing something to the left"),
        ("A red ball rolls off the table", "An object rolls off the object"),
        ("Apples fly past an owl", "Objects fly past an object"),
        ("a fly lands on the chair", "an object lands on the object"),
        ("Cup falling over", "Object falling over"),
        ("Holding potato next to vase", "Holding object next to object"),
        ("pretending to pick up a spoon", "pretending to pick up an object"),
    ],
)
def test_nouns_are_hidden(caption, hidden):
    assert hide_nouns(caption) == hidden


def test_a_tie_is_a_half():
    won = outcomes(np.array([1.0, 0.5, 0.2, 0.2]), np.array([0.0, 0.5 + 4e-7, 0.9, 0.2]), 1e-6)
    assert won.tolist() == [1.0, 0.5, 0.0, 0.5]


def test_intervals_have_a_width_where_all_is_right():
    clusters = ["a"] * 8 + ["b"] * 8
    assert interval_of(np.ones(16), clusters, seed=0).low < 0.6  # two scenes say little
    assert interval_of(np.ones(16), ["a"] * 16, seed=0).low > 0.8
    half = interval_of(np.full(16, 0.5), clusters, seed=0)
    assert half.low < half.mean == 0.5 < half.high
    many = [str(number // 2) for number in range(40)]
    sure = interval_of(np.full(40, 0.5), many, seed=0)
    assert (sure.low, sure.mean, sure.high) == (0.5, 0.5, 0.5)
    assert loss_of(np.ones(16), np.zeros(16), clusters, seed=0).mean == 1.0


@pytest.mark.parametrize(
    ("key", "ends", "lost", "told"),
    [
        ("twin/speed/clip", (0.7, 0.9), (0.2, 0.4), "uses motion"),
        ("twin/speed/clip", (0.7, 0.9), (-0.1, 0.4), "no better than one frame"),
        ("twin/speed/clip", (0.4, 0.9), (0.2, 0.4), "at chance"),
        ("foil/speed", (0.2, 0.4), (-0.2, 0.1), "below chance"),
        ("foil/noun", (0.7, 0.9), (-0.2, 0.1), "knows the noun"),
        ("which/one_frame", (0.7, 0.9), None, "prefers the whole clip"),
        ("which/one_frame", (0.1, 0.2), None, "prefers one frame"),
        ("which/shuffled", (0.4, 0.6), None, "at chance"),
        ("reversed/follows", (0.6, 0.8), None, "follows"),
        ("reversed/fooled", (0.6, 0.8), None, "is fooled"),
        ("reversed/fooled", (0.3, 0.6), None, "at chance"),
        ("retrieval/clip", (0.6, 0.8), None, "above chance"),
        ("retrieval/one_frame", (0.3, 0.8), (0.1, 0.2), "needs more than one frame"),
        ("gallery/noun_hidden", (0.3, 0.8), (-0.1, 0.2), "does without the noun"),
    ],
)
def test_verdicts(key, ends, lost, told):
    share = Interval(sum(ends) / 2, *ends)
    assert verdict(key, share, 0.5, lost and Interval(sum(lost) / 2, *lost)) == told


def test_what_was_never_found_cannot_be_lost():
    told = verdict("retrieval/shuffled", Interval(0.1, 0.0, 0.2), 0.125, Interval(0, -0.1, 0.1), whole_above=False)
    assert told == "nothing to lose"
