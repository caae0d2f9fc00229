from collections import Counter
from typing import get_args

import numpy as np
import pytest
from hands import BAR, DISC, ELL

from locomotion_hf.errors import MotionError
from locomotion_hf.facts import RelationKind
from locomotion_hf.motion import Scene, SceneWords, read_scene, sample_scene, sample_scene_words
from locomotion_hf.motion.sample import moves_of
from locomotion_hf.motion.scene import SHRUNK
from locomotion_hf.randomness import stream

OUTLINES = (ELL, BAR, DISC, BAR)


def drawn(index: int, count: int, seconds: float = 1.875, fps: float = 8) -> tuple[SceneWords, Scene]:
    """The first words that fit, with their scene."""
    rng = stream(3, index, count, str(seconds))
    outlines = OUTLINES[:count]
    for _ in range(30):
        words = sample_scene_words(rng, seconds, fps, [one.turn_shows for one in outlines])
        scene = sample_scene(rng, words, outlines, [0.28 * SHRUNK[count]] * count, fps)
        if scene:
            return words, scene
    raise AssertionError(f"nothing was found for {index}")


@pytest.mark.parametrize(("count", "seconds", "fps"), [(2, 1.875, 8), (3, 2.0, 24), (4, 1.875, 8), (2, 12.0, 8)])
def test_scenes_read_as_their_words(count: int, seconds: float, fps: float) -> None:
    kinds: Counter = Counter()
    for index in range(24):
        words, scene = drawn(index, count, seconds, fps)
        again = read_scene(scene.paths, OUTLINES[:count])
        assert (again.phases, again.relations) == (scene.phases, scene.relations)
        assert [tuple(phase.move for phase in phases) for phases in scene.phases] == [
            moves_of(one) for one in words.objects
        ]
        assert np.allclose([path.times[-1] for path in scene.paths], seconds)
        if words.relation:
            assert words.relation in {one.kind for one in scene.relations if (one.subject, one.other) == (0, 1)}
            kinds[words.relation] += 1
        for relation in scene.relations:
            assert 0 <= relation.start < relation.end <= seconds + 1e-6
    assert len(kinds) >= 5


def test_every_relation_is_drawn() -> None:
    asked = Counter(sample_scene_words(stream(4, index), 1.875, 8, [True, True]).relation for index in range(400))
    assert set(asked) == {None, *get_args(RelationKind)}
    told = Counter(drawn(index, 2)[0].relation for index in range(120))
    assert set(told) == {None, *get_args(RelationKind)}
    assert min(told.values()) >= 3


def test_only_what_collides_touches() -> None:
    """By the points of the outlines, at many moments; turned by hand."""
    for index in range(24):
        _, scene = drawn(index, 3)
        times = np.linspace(0, 1.875, 25)
        places = [path.at(times) for path in scene.paths]
        for one in range(3):
            for other in range(one):
                if any(r.kind == "collides with" and {r.subject, r.other} == {one, other} for r in scene.relations):
                    continue
                apart = np.hypot(*(places[one][0] - places[other][0]).T)
                for t in np.flatnonzero(apart < 0.75 * (places[one][2] + places[other][2])):
                    first, second = (
                        OUTLINES[n].placed(places[n][0][t], places[n][1][t], places[n][2][t]) for n in (one, other)
                    )
                    assert np.hypot(*(first[:, None] - second[None]).T).min() > 0.002


@pytest.mark.parametrize("seconds", [0.7, 1.0, 1.9, 1.95, 2.0, 2.9, 4.0, 5.0, 30.0])
def test_any_length_has_words(seconds: float) -> None:
    for fps in (1, 2, 5, 8, 24, 60):
        if seconds * fps < 4:
            continue
        for index in range(40):
            words = sample_scene_words(stream(5, index), seconds, fps, [True, True, False])
            assert {round(sum(step.seconds for step in one), 6) for one in words.objects} == {seconds}
            assert not any(move.rotation for move in moves_of(words.objects[2]))


def test_rests_are_long_enough_to_be_seen() -> None:
    for fps in (1, 2, 8):
        for index in range(80):
            words = sample_scene_words(stream(6, index), 14.0, fps, [True, True])
            rests = [s.seconds for one in words.objects for s in one if s.move.shape == "still"]
            assert all(rest >= max(0.5, 3 / fps) - 1e-9 for rest in rests)


def test_the_same_stream_gives_the_same_scene() -> None:
    (words, scene), (again, other) = drawn(11, 3), drawn(11, 3)
    assert words == again
    assert (scene.phases, scene.relations) == (other.phases, other.relations)
    assert all((a.centres == b.centres).all() for a, b in zip(scene.paths, other.paths, strict=True))


def test_an_object_larger_than_the_frame() -> None:
    words = sample_scene_words(stream(7), 1.875, 8, [True, True])
    with pytest.raises(MotionError, match="larger than the frame"):
        sample_scene(stream(7), words, (BAR, BAR), [1.3, 1.3], 8)
