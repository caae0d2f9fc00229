"""Positions of a run: each clip once an epoch, scenes together, and augmentation that keeps captions true."""

import numpy as np
import pytest

from locomotion_hf.corpora import Corpus, CorpusRow
from locomotion_hf.errors import AssetError, SkippedAsset
from locomotion_hf.training.data import StepBatches, uint8_batches
from locomotion_hf.training.finetune_data import CorpusPairs
from locomotion_hf.video_writing import encode_mp4

SIDE, FRAMES, CLIPS = 32, 8, 10


def moving(number: int, side: int = 48) -> np.ndarray:
    """A bright square of 12 pixels that goes from left to right; its row depends on the clip's number."""
    frames = np.zeros((16, side, side, 3), np.uint8)
    for time in range(16):
        left = 4 + round(time * (side - 20) / 15)
        frames[time, 2 * number + 4 : 2 * number + 16, left : left + 12] = 250
    return frames


@pytest.fixture(scope="module")
def videos() -> dict[str, bytes]:
    return {f"clip{n}": encode_mp4(moving(n), 8) for n in range(CLIPS)}


def pairs(videos: dict[str, bytes], *, augment: bool = False, seed: int = 0) -> CorpusPairs:
    rows = [CorpusRow(id, (f"{id} goes", f"{id} runs"), id, "", f"scene {n // 2}") for n, id in enumerate(videos)]
    corpus = Corpus("squares", "train", rows, videos.__getitem__)
    return CorpusPairs(corpus, FRAMES, SIDE, seed=seed, augment=augment, cache_bytes=1 << 20)


def test_each_clip_comes_once_an_epoch_beside_its_scene(videos: dict[str, bytes]) -> None:
    order = [pairs(videos).row(position) for position in range(3 * CLIPS)]
    for epoch in range(3):
        rows = order[epoch * CLIPS : (epoch + 1) * CLIPS]
        assert sorted(rows) == list(range(CLIPS))
        assert [row // 2 for row in rows[::2]] == [row // 2 for row in rows[1::2]]
    assert order[:CLIPS] != order[CLIPS : 2 * CLIPS]


def test_a_position_is_the_same_whoever_asks_and_in_any_order(videos: dict[str, bytes]) -> None:
    one, other = pairs(videos, augment=True), pairs(videos, augment=True)
    first = {position: one[position] for position in (3, 25, 7)}
    for position in (25, 7, 3):
        again = other[position]
        assert np.array_equal(first[position].pop("frames"), again.pop("frames"))
        assert first[position] == again
    seeds = [[pairs(videos, seed=seed).row(position) for position in range(CLIPS)] for seed in (0, 1)]
    assert seeds[0] != seeds[1]
    texts = {one[position]["text"] for position in range(60)}
    assert {"clip0 goes", "clip0 runs"} <= texts


def centre(frames: np.ndarray) -> np.ndarray:
    """`(T, 2)`, x and y of what is bright, in pixels."""
    bright = frames.mean(-1) / 255
    grid = np.arange(bright.shape[1])
    weight = bright.sum((1, 2))
    return np.stack([(bright.sum(1) * grid).sum(1) / weight, (bright.sum(2) * grid).sum(1) / weight], 1)


def test_augmentation_moves_the_whole_clip_alike(videos: dict[str, bytes]) -> None:
    plain, augmented = pairs(videos), pairs(videos, augment=True)
    shown = 0
    for position in range(20):
        before, after = (centre(some[position]["frames"]) for some in (plain, augmented))
        steps = np.diff(after[:, 0])
        assert (steps >= -0.3).all()  # never from right to left
        assert np.abs(np.diff(after[:, 1])).max() < 0.6  # nor up or down
        assert 0.8 < np.ptp(after[:, 0]) / np.ptp(before[:, 0]) < 1.3
        shown += not np.allclose(before, after, atol=0.3)
    assert shown > 15


def test_without_augmentation_frames_are_those_of_the_clip(videos: dict[str, bytes]) -> None:
    some = pairs(videos)
    row = some.row(0)
    expected = moving(row)[(2 * np.arange(FRAMES) * 15 + 7) // 14]
    shown = some[0]["frames"]
    assert shown.shape == (FRAMES, SIDE, SIDE, 3)
    assert np.abs(centre(shown) * 48 / SIDE - centre(expected)).max() < 1


def test_a_clip_that_can_no_longer_be_read_gives_way_to_the_next(videos: dict[str, bytes]) -> None:
    some = pairs(videos)
    lost, following = (some.corpus.rows[some.row(place)].id for place in (0, 1))
    broken = pairs({**videos, lost: b"no video"})
    with pytest.warns(SkippedAsset, match=lost):
        assert broken[0]["text"].startswith(following)
    with pytest.warns(SkippedAsset), pytest.raises(AssetError, match="clip"):
        pairs(dict.fromkeys(videos, b"no video"))[0]


def test_captions_with_their_groups(videos: dict[str, bytes]) -> None:
    some = pairs(videos)
    for position in range(CLIPS):
        pair = some[position]
        assert pair["text"].split()[0] == pair["group"]
    scenes = [some[position]["scene"] for position in range(CLIPS)]
    assert scenes[0] == scenes[1] != scenes[2]


def test_a_worker_makes_the_same_batches(videos: dict[str, bytes]) -> None:
    some, batches = pairs(videos, augment=True), StepBatches(4, 1, 3, 0, 2)
    with uint8_batches(pairs(videos, augment=True), batches, 1) as ring:
        for indices, batch in zip(batches, ring, strict=True):
            for place, index in enumerate(indices):
                expected = some[index]
                assert np.array_equal(batch["frames"][place], expected["frames"])
                assert batch["text"][place] == expected["text"]
