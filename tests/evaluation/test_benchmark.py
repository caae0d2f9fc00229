"""A benchmark is tested by models that see something known: motion and object, object alone, or nothing."""

import json

import numpy as np
import pytest

from locomotion_hf.evaluation import EvaluationError, compare, figures_of, figures_table, gain, write_results
from locomotion_hf.evaluation.benchmark import motion_benchmark
from locomotion_hf.evaluation.views import one_frame
from locomotion_hf.facts import DIRECTIONS, Facts, Move, ObjectFacts, Phase
from locomotion_hf.types import Backdrop, Example

NOUNS = ("cup", "dog", "egg", "fan", "hat", "jug")
SIDE, TURN = 24, np.pi / 4


def example(name, noun, direction, background):
    """A square whose red says what it is, on a grey whose level says where; it moves in one direction."""
    frames = np.full((4, SIDE, SIDE, 3), 20 * background, np.uint8)
    angle = DIRECTIONS.index(direction) * TURN
    for step, frame in enumerate(frames):
        x, y = (round(10 + 2.4 * (step - 1.5) * part) for part in (np.cos(angle), np.sin(angle)))
        frame[y : y + 4, x : x + 4] = [100 + 20 * NOUNS.index(noun), 255, 0]
    facts = Facts((ObjectFacts(noun, (Phase(Move(direction, "moderate"), 0.0, 1.0),)),))
    return Example(
        id=name,
        frames=frames,
        fps=4.0,
        caption=f"A {noun} moves {direction}",
        spatial_caption=f"A {noun}",
        facts=facts,
        boxes=np.zeros((4, 1, 4), np.float32),
        masks=None,
        backdrop=Backdrop(),
        background_id=f"background-{background}",
        object_ids=(f"{noun}-0",),
        licences=("CC0-1.0",),
        recipe="{}",
        seed=0,
    )


def held_out():
    minimal = [example(f"m{index}{way}", noun, way, index) for index, noun in enumerate(NOUNS) for way in DIRECTIONS]
    noun = [
        example(f"n{index}{way}", noun, way, place)
        for index, noun in enumerate(NOUNS)
        for place, way in enumerate(DIRECTIONS)
    ]
    return {"minimal": minimal, "noun": noun}


class Square:
    """Reads the square's colour and, if it may, where it goes.

    Its vectors are the noun, one hot, and the direction as a point on the circle.
    """

    def __init__(self, motion=True, matching=False):
        self.motion, self.matching = motion, matching

    def embed_videos(self, videos):
        return np.stack([self._vector(*self._seen(video)) for video in videos])

    def embed_texts(self, texts):
        words = [text.split() for text in texts]
        return np.stack([self._vector(NOUNS.index(w[1]), self._way(w[3:])) for w in words])

    def matcher(self, videos, texts):
        if not self.matching:
            return None
        scores = Square().embed_texts(texts) @ Square().embed_videos(videos).T
        return lambda text, chosen: scores[text, chosen]

    def _way(self, words):
        angle = DIRECTIONS.index(words[0]) * TURN if words else 0
        return np.array([np.cos(angle), np.sin(angle)]) * bool(words)

    def _seen(self, video):
        places = [np.argwhere(frame[..., 1] == 255).mean(0)[::-1] for frame in video]
        moved = places[-1] - places[0]
        angle = np.round(np.arctan2(moved[1], moved[0]) / TURN) * TURN
        way = np.array([np.cos(angle), np.sin(angle)]) * (np.abs(moved).max() > 0)
        red = video[0][video[0][..., 1] == 255][0, 0]
        return (int(red) - 100) // 20, way

    def _vector(self, noun, way):
        vector = np.concatenate([np.eye(len(NOUNS))[noun], way * self.motion])
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture(scope="module")
def seeing():
    return motion_benchmark(Square(), held_out(), seed=0, resamples=200)


@pytest.fixture(scope="module")
def blind():
    return motion_benchmark(Square(motion=False), held_out(), seed=0, resamples=200)


def value(result, key):
    return result["figures"][key]["value"]


def test_a_model_that_sees_motion_finds_every_clip_until_the_motion_is_taken_away(seeing):
    for task in ("gallery", "same_scene", "same_noun"):
        assert value(seeing, f"{task}/clip/vtc/t2v/r1") == 1
        assert value(seeing, f"{task}/one_frame/vtc/t2v/r1") == 0  # all eight tie
    assert value(seeing, "gallery/clip/vtc/v2t/r1") == 1
    assert value(seeing, "gallery/clip/vtc/t2v/median_rank") == 1


def test_a_model_that_sees_objects_gets_the_group_and_no_further(blind):
    assert value(blind, "gallery/clip/vtc/t2v/median_rank") == 8
    assert value(blind, "gallery/clip/vtc/t2v/r5") == 0
    assert value(blind, "gallery/clip/vtc/t2v/r10") == 1
    assert value(blind, "same_scene/clip/vtc/t2v/r1") == 0


def test_chance_and_sizes(seeing):
    figures = seeing["figures"]
    for task, candidates in (("gallery", 48), ("same_scene", 8), ("same_noun", 8)):
        figure = figures[f"{task}/clip/vtc/t2v/r1"]
        assert figure["chance"] == pytest.approx(1 / candidates)
        assert (figure["queries"], figure["candidates"]) == (48, candidates)
    assert figures["gallery/clip/vtc/t2v/r5"]["chance"] == pytest.approx(5 / 48)
    assert figures["gallery/clip/vtc/t2v/median_rank"]["chance"] == 24


def test_scenes_and_nouns_are_the_units_of_the_bootstrap(seeing):
    assert len(set(seeing["sets"]["minimal"]["clusters"])) == len(NOUNS)
    assert seeing["sets"]["minimal"]["clusters"][0] == "cup-0|background-0"
    assert set(seeing["sets"]["noun"]["clusters"]) == set(NOUNS)


def test_a_second_look_is_reported_beside_the_first():
    result = motion_benchmark(Square(motion=False, matching=True), held_out(), seed=0, top_k=8, resamples=50)
    assert value(result, "same_scene/clip/vtc/t2v/r1") == 0
    assert value(result, "same_scene/clip/vtm/t2v/r1") == 1
    assert value(result, "gallery/clip/vtm/t2v/r1") == 1
    assert value(result, "gallery/clip/vtm/v2t/r1") == 1
    assert value(result, "same_scene/one_frame/vtm/t2v/r1") == 0
    without = motion_benchmark(Square(False, True), held_out(), seed=0, top_k=0, resamples=50)
    assert not [key for key in without["figures"] if "vtm" in key]


def test_questions_without_motion_find_no_motion():
    result = motion_benchmark(Square(), held_out(), seed=0, text="spatial_caption", resamples=50)
    assert result["settings"]["text"] == "spatial_caption"
    assert value(result, "same_scene/clip/vtc/t2v/r1") == 0
    assert value(result, "gallery/clip/vtc/t2v/r10") == 1


def test_runs_are_paired_also_from_their_files(seeing, blind, tmp_path):
    files = [write_results(tmp_path / f"{i}.json", run) for i, run in enumerate((seeing, blind))]
    a, b = (json.loads(file.read_text()) for file in files)
    found = compare(a, b, seed=0)
    assert found == compare(seeing, blind, seed=0)
    assert found["figures"]["same_scene/clip/vtc/t2v/r1"]["value"] == 1
    assert found["figures"]["gallery/clip/vtc/t2v/r10"]["value"] == 0
    assert not [key for key in found["figures"] if key.endswith("median_rank")]
    clip, still = (f"same_noun/{view}/vtc/t2v/r1" for view in ("clip", "one_frame"))
    assert gain(a, clip, a, still, seed=0).value == 1
    table = figures_table(figures_of(found))
    assert "+100.0" in table
    names = [figure.name for figure in figures_of(a)]
    assert names == [figure.name for figure in figures_of(seeing)]
    assert names[:4] == [f"T2V {what}, all clips (VTC)" for what in ("R@1", "R@5", "R@10", "median rank")]
    assert names[-1] == "T2V R@1, same object and background, one frame (VTC)"


def test_gains_have_the_sign_of_a_minus_b_and_an_interval(seeing):
    """Half of the scenes are seen with motion, half without."""

    class Half(Square):
        def _vector(self, noun, way):
            return super()._vector(noun, way * (noun < 3))

    half = motion_benchmark(Half(), held_out(), seed=0, resamples=200)
    figure = gain(half, key := "same_scene/clip/vtc/t2v/r1", seeing, key, seed=0)
    assert figure.value == -0.5
    assert -1 <= figure.low < -0.5 < figure.high <= 0
    # Six scenes of eight queries each, all or nothing: 48 separate queries would give half this width.
    assert figure.high - figure.low > 0.5
    assert figure.chance is None


def test_other_clips_cannot_be_compared(seeing):
    sets = held_out()
    sets["minimal"] = sets["minimal"][::-1]
    other = motion_benchmark(Square(), sets, seed=0, resamples=50)
    with pytest.raises(EvaluationError, match="were measured on different clips"):
        compare(seeing, other, seed=0)
    with pytest.raises(EvaluationError, match="were measured on different clips"):
        gain(seeing, "gallery/clip/vtc/t2v/r1", seeing, "same_noun/clip/vtc/t2v/r1", seed=0)


def test_both_sets_are_needed():
    with pytest.raises(EvaluationError, match=r"The sets are \{'minimal': 48\}.*Expected: examples in \"minimal\""):
        motion_benchmark(Square(), {"minimal": held_out()["minimal"]}, seed=0)
    with pytest.raises(EvaluationError, match="'noun': 0"):
        motion_benchmark(Square(), held_out() | {"noun": []}, seed=0)


def test_our_untrained_model_goes_through_all_of_it(ours):
    """A real model end to end; without training it stands near chance, and one frame is not a clip."""
    sets = {name: examples[:16] for name, examples in held_out().items()}
    result = motion_benchmark(ours(), sets, seed=0, top_k=4, resamples=50)
    assert {key.split("/")[2] for key in result["figures"]} == {"vtc", "vtm"}
    clip, still = (result["ranks"][f"gallery/{view}/vtm/t2v"] for view in ("clip", "one_frame"))
    assert clip != still
    assert len(figures_table(figures_of(result)).splitlines()) == len(result["figures"]) + 1
    assert (one_frame(sets["noun"][0].frames) != sets["noun"][0].frames).any()
