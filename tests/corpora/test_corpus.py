"""Rows that cannot be used, frames, checks and subsets."""

import pickle
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from locomotion_hf.corpora import (
    FRACTIONS,
    Corpus,
    CorpusRow,
    FrameCache,
    check_corpus,
    hold_out,
    open_corpus,
    subset,
)
from locomotion_hf.errors import AssetError, CorpusError
from locomotion_hf.video_writing import encode_mp4

#: A clip of the miniatures gets brighter by this much each frame.
STEP = 8


def clip(number: int, frames: int = 16) -> np.ndarray:
    values = 10 * number + STEP * np.arange(frames)
    return np.broadcast_to(values[:, None, None, None], (frames, 32, 48, 3)).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path, write) -> Path:
    """Six captions of four videos and two that are not there; one caption is empty, one line stands twice."""
    lines = ["a,it falls", "b,it rises", "c, ", "a,it falls", "d,it spins", "gone,it rolls", "lost,it hops"]
    write({"train/captions.csv": "video,caption\n" + "\n".join(lines)}, [f"train/{name}.mp4" for name in "abcd"])
    return tmp_path


def test_what_cannot_be_used_is_counted_and_named(folder: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        open_corpus(str(folder), "train")
    assert caught.value.seen.startswith("2 of the 5 videos of ")
    assert caught.value.seen.endswith("(train) are missing or unreadable: gone, lost")
    assert "max_missing=0.41" in caught.value.fix
    corpus = open_corpus(str(folder), "train", max_missing=0.41)
    assert [row.id for row in corpus.rows] == ["a", "b", "d"]
    assert Counter(row.reason for row in corpus.skipped) == {"missing video": 2, "no caption": 1, "repeated id": 1}
    assert "3 clips; skipped 1 with no caption (the first: c); skipped 1 with repeated id" in corpus.summary()
    with pytest.raises(CorpusError, match=r"max_missing=2.*a share, 0 to 1"):
        open_corpus(str(folder), "train", max_missing=2)


@pytest.mark.parametrize("damage", ["no video", "cut off", "empty"])
def test_damaged_videos_are_found_when_it_is_opened(folder: Path, damage: str) -> None:
    data = {"no video": b"<html>not found</html>", "cut off": encode_mp4(clip(0), 8)[:900], "empty": b""}[damage]
    (folder / "train" / "b.mp4").write_bytes(data)
    corpus = open_corpus(str(folder), "train", max_missing=0.6)
    assert [row.id for row in corpus.rows] == ["a", "d"]
    assert [row.id for row in corpus.skipped if row.reason == "unreadable video"] == ["b"]


def test_damage_behind_the_header_is_found_by_the_check(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, 32, 48, 3), np.uint8)
    data = bytearray(encode_mp4(noise, 8))
    start = data.index(b"mdat")
    data[start + 2000 : start + len(data) // 2] = bytes(len(data) // 2 - 2000)
    (folder / "train" / "b.mp4").write_bytes(bytes(data))
    corpus = open_corpus(str(folder), "train", max_missing=0.5)
    assert len(corpus) == 3
    with pytest.raises(CorpusError, match=r"1 of 3 videos of .* cannot be decoded: b: .*raise max_missing"):
        check_corpus(corpus, progress=False)
    checked = check_corpus(corpus, max_missing=0.5, progress=False)
    assert [row.id for row in checked.rows] == ["a", "d"]
    assert checked.skipped[-1].reason == "unreadable video"
    assert checked.fingerprint != corpus.fingerprint


def test_one_row_is_not_enough(tmp_path: Path, write) -> None:
    write({"train/captions.csv": "video,caption\na.mp4,it falls\nb.mp4,\n"}, ["train/a.mp4", "train/b.mp4"])
    with pytest.raises(
        CorpusError, match=r"has 1 usable row; skipped 1 with no caption\. Expected: two rows or more"
    ):
        open_corpus(str(tmp_path), "train")


def test_rows_and_corpora_check_themselves() -> None:
    with pytest.raises(CorpusError, match=r"the row 'a' has the texts \(\)"):
        CorpusRow("a", (), "a")
    row = CorpusRow("a", ("it falls",), "a")
    with pytest.raises(CorpusError, match=r"1 ids of twice occur more than once \(the first: a\)"):
        Corpus("twice", "train", [row, row], lambda id: b"")


def test_frames_are_evenly_spaced_over_the_clip(folder: Path) -> None:
    corpus = open_corpus(str(folder), "train", max_missing=0.5)
    grey = {count: corpus.frames(corpus.rows[0], count).mean((1, 2, 3)) for count in (1, 4, 16, 31)}
    assert np.allclose(grey[16], STEP * np.arange(16), atol=2)
    assert np.allclose(grey[4], STEP * np.array([0, 5, 10, 15]), atol=2)
    assert np.allclose(grey[1], STEP * 7, atol=2)
    assert np.allclose(grey[31][::2], grey[16])
    (folder / "train" / "a.mp4").unlink()
    with pytest.raises(AssetError, match=r"a: .*a\.mp4 does not exist"):
        corpus.frames(corpus.rows[0], 4)


def test_a_long_video_is_not_decoded_whole(tmp_path: Path, write) -> None:
    write({"train/captions.csv": "video,caption\na.mp4,it goes\nb.mp4,it stays\n"}, ["train/b.mp4"])
    (tmp_path / "train" / "a.mp4").write_bytes(encode_mp4(clip(0, 30).repeat(30, 0), 30))
    corpus = open_corpus(str(tmp_path), "train")
    grey = corpus.frames(corpus.rows[0], 4).mean((1, 2, 3))
    assert np.allclose(grey, STEP * 29 * np.arange(4) / 3, atol=0.1 * STEP * 29 / 3 + 2)


def test_the_cache_decodes_once_within_its_limit(folder: Path) -> None:
    corpus = open_corpus(str(folder), "train", max_missing=0.5)
    whole = FrameCache(corpus, 8, 16)
    small = FrameCache(corpus, 8, 16, max_bytes=2 * 8 * 16 * 16 * 3)
    first = [np.array(whole[index]) for index in range(3)]
    assert first[0].shape == (8, 16, 16, 3)
    assert not np.array_equal(first[0], first[1])
    assert all(np.array_equal(small[index], frames) for index, frames in enumerate(first))
    for name in "abd":
        (folder / "train" / f"{name}.mp4").unlink()
    assert all(np.array_equal(whole[index], frames) for index, frames in enumerate(first))
    assert np.array_equal(small[1], first[1])
    copy = pickle.loads(pickle.dumps(whole))  # as a worker that is not forked gets it
    assert copy.corpus.fingerprint == corpus.fingerprint
    with pytest.raises(AssetError):
        small[2]


def classes(sizes: dict[str, int]) -> Corpus:
    rows = [
        CorpusRow(f"{name}{n}", (name or f"text {n}",), f"{name}{n}", name)
        for name, k in sizes.items()
        for n in range(k)
    ]
    return Corpus("many", "train", rows, lambda id: b"")


def test_subsets_are_nested_seeded_and_stratified() -> None:
    corpus = classes({"push": 100, "pull": 40, "drop": 3})
    taken = {fraction: {row.id for row in subset(corpus, fraction, 0).rows} for fraction in FRACTIONS}
    for smaller, larger in pairwise(FRACTIONS):
        assert taken[smaller] < taken[larger]
    assert Counter(id[:4] for id in taken[0.01]) == {"push": 1, "pull": 1, "drop": 1}
    assert Counter(id[:4] for id in taken[0.2]) == {"push": 20, "pull": 8, "drop": 1}
    assert len(taken[1.0]) == 143
    assert taken[0.2] == {row.id for row in subset(corpus, 0.2, 0).rows}
    assert taken[0.2] != {row.id for row in subset(corpus, 0.2, 1).rows}
    order = [row.id for row in corpus.rows]
    assert [row.id for row in subset(corpus, 0.5, 0).rows] == [id for id in order if id in taken[0.5]]
    larger = classes({"push": 101, "pull": 40, "drop": 3})
    assert len(taken[0.5] - {row.id for row in subset(larger, 0.5, 0).rows}) <= 1


def test_clips_of_one_scene_come_together() -> None:
    rows = [CorpusRow(f"{way}{n}", (way,), way, way, f"scene {n}") for way in ("left", "right") for n in range(20)]
    taken = subset(Corpus("pairs", "train", rows, lambda id: b""), 0.2, 0).rows
    assert Counter(Counter(row.scene for row in taken).values()) == {2: 4}


def test_subsets_without_classes() -> None:
    corpus = classes({"": 50})
    assert [len(subset(corpus, fraction, 0)) for fraction in FRACTIONS] == [2, 3, 5, 10, 25, 50]
    with pytest.raises(CorpusError, match=r"fraction=0.*above 0, up to 1"):
        subset(corpus, 0, 0)


def test_a_validation_part_shares_no_scene_with_the_rest() -> None:
    rows = [CorpusRow(f"{n}", ("a", "b"), f"{n}", "", f"scene {n // 4}") for n in range(40)]
    rest, held = hold_out(Corpus("scenes", "train", rows, lambda id: b""), 0.2)
    assert (len(rest), len(held), held.split) == (32, 8, "validation of train")
    assert not {row.scene for row in rest.rows} & {row.scene for row in held.rows}
