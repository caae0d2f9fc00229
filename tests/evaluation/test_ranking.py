"""The fast path against a walk through sorted lists, on random data where many belong to many."""

import tracemalloc

import numpy as np
import pytest

from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation import ranking, retrieve


def vectors(rng, count, coarse, width=5):
    """Unit vectors; coarse ones make equal cosines common."""
    found = (
        rng.integers(-1, 2, (count, width)) + 0.5 * np.eye(width)[0] if coarse else rng.normal(size=(count, width))
    )
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def walk(scores, relevant, candidates, matches=None, top_k=0):
    """Rank and average precision of each query: sort, the first few again, walk down; wrong ones first in a tie."""
    ranks, precisions = [], []
    for query in range(len(scores)):
        order = sorted(np.flatnonzero(candidates[query]), key=lambda c: (-scores[query, c], relevant[query, c], c))
        if matches is not None:
            order[:top_k] = sorted(order[:top_k], key=lambda c: (-matches[query, c], relevant[query, c]))
        found = [place for place, c in enumerate(order, 1) if relevant[query, c]]
        ranks.append(found[0])
        precisions.append(np.mean([hits / place for hits, place in enumerate(found, 1)]))
    return ranks, precisions


@pytest.mark.parametrize("seed", range(30))
def test_both_directions_equal_a_walk(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(ranking, "CELLS", int(rng.integers(1, 600)))
    monkeypatch.setattr(ranking, "_TILE", int(rng.integers(1, 50)))
    monkeypatch.setattr(ranking, "_FEW", int(rng.integers(0, 9)))
    videos, texts = vectors(rng, rng.integers(14, 60), seed % 2), vectors(rng, rng.integers(14, 60), seed % 2)
    groups = [str(group) for group in range(rng.integers(1, 8))]
    sets = int(rng.integers(1, 3))

    def labelled(count):
        """Groups and sets, with at least one of each pair of them."""
        every = [(group, one) for group in groups for one in range(sets)]
        chosen = [every[i] for i in rng.permutation(np.arange(count) % len(every))]
        return [group for group, _ in chosen], np.array([one for _, one in chosen])

    (video_groups, video_sets), (text_groups, text_sets) = labelled(len(videos)), labelled(len(texts))
    matches = rng.integers(0, 5, (len(texts), len(videos))).astype(float)
    relevant = np.array(text_groups)[:, None] == np.array(video_groups)
    candidates = text_sets[:, None] == video_sets
    scores = np.round(texts.astype(float) @ videos.astype(float).T, 6)
    given = (videos, texts, video_groups, text_groups, video_sets, text_sets)
    for top_k in (0, 1, 3, 20, 128):
        found = retrieve(*given, rescore=(lambda text, video: matches[text, video]) if top_k else None, top_k=top_k)
        second = (matches if top_k else None, top_k)
        back = (matches.T if top_k else None, top_k)
        for one, expected in (
            (found.text_to_video, walk(scores, relevant, candidates, *second)),
            (found.video_to_text, walk(scores.T, relevant.T, candidates.T, *back)),
        ):
            assert one.ranks.tolist() == expected[0]
            assert one.precisions == pytest.approx(expected[1], abs=1e-12)
        assert found.text_to_video.relevant.tolist() == (relevant & candidates).sum(1).tolist()
        assert found.video_to_text.candidates.tolist() == candidates.sum(0).tolist()
        if top_k:
            plain = retrieve(*given)
            assert found.first_stage.text_to_video.ranks.tolist() == plain.text_to_video.ranks.tolist()
            assert found.first_stage.video_to_text.precisions.tolist() == plain.video_to_text.precisions.tolist()


def test_each_pair_is_looked_at_once_and_clip_by_clip():
    rng = np.random.default_rng(0)
    videos, texts = vectors(rng, 150, False), vectors(rng, 90, False)
    seen = []

    def rescore(text, video):
        seen.append((text, video))
        return np.zeros(len(text))

    retrieve(videos, texts, ["one"] * 150, ["one"] * 90, rescore=rescore, top_k=5)
    text, video = (np.concatenate(which) for which in zip(*seen, strict=True))
    assert (np.diff(video) >= 0).all()
    assert len(set(zip(text.tolist(), video.tolist(), strict=True))) == len(text)
    assert max(len(np.unique(video)) for _, video in seen) <= 64
    # Five of each text and of each clip, some of them the same pairs.
    assert max(90, 150) * 5 <= len(text) <= (90 + 150) * 5


def test_memory_does_not_grow_with_the_pairs():
    peaks = []
    for count in (1000, 4000):
        rng = np.random.default_rng(0)
        both, groups = vectors(rng, count, False, 8), [str(row) for row in range(count)]
        tracemalloc.start()
        retrieve(both, both, groups)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # 16 times as many pairs; the largest would be 128 MB.
    assert peaks[1] < 2 * peaks[0] + 50e6
    assert peaks[1] < 4000 * 4000 * 8


def test_what_cannot_be_ranked_is_refused():
    rng = np.random.default_rng(0)
    videos, texts = vectors(rng, 4, False), vectors(rng, 4, False)
    broken = texts.copy()
    broken[2, 1] = np.nan
    with pytest.raises(
        EvaluationError, match=r"The vector of text 2 holds NaN or infinity \(1 of 4 do\)\. Expected: num"
    ):
        retrieve(videos, broken, list("abcd"))
    with pytest.raises(EvaluationError, match=r"A vector is 30 long\. Expected: unit vectors\."):
        retrieve(30 * videos, texts, list("abcd"))
    with pytest.raises(EvaluationError, match=r"Query 3 has no relevant candidate\. .* same candidate set"):
        retrieve(videos, texts, list("abcd"), list("abce"))
    with pytest.raises(EvaluationError, match=r"There are 0 videos and 0 texts\."):
        retrieve(videos[:0], texts[:0], [])
    with pytest.raises(EvaluationError, match=r"The match score of text 0 with video 0 is NaN\."):
        retrieve(videos, texts, list("abcd"), rescore=lambda text, video: np.full(len(text), np.nan))
