import json

import numpy as np
import pytest

from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation.retrieval import retrieve


def unit(rng, count, width=6):
    """Coarse vectors, so that equal cosines are common."""
    vectors = rng.integers(-1, 2, (count, width)) + np.eye(width)[0] * 0.5
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def naive_ranks(scores, relevant, candidates, matches=None, top_k=0):
    """Query by query: sort by score, sort the first few again by match, walk down."""
    ranks = []
    for query in range(len(scores)):
        order = sorted(np.flatnonzero(candidates[query]), key=lambda c: (-scores[query, c], relevant[query, c]))
        keys = {c: (1, -scores[query, c], relevant[query, c]) for c in order}
        if matches is not None:
            keys |= {c: (0, -matches[query, c], relevant[query, c]) for c in order[:top_k]}
        order.sort(key=keys.__getitem__)
        ranks.append(next(place for place, c in enumerate(order, 1) if relevant[query, c]))
    return ranks


def setting(seed, size=24, groups=7, sets=3):
    rng = np.random.default_rng(seed)
    videos, texts = unit(rng, size), unit(rng, size)
    group = rng.integers(groups, size=size).astype(str)
    labels = rng.integers(sets, size=size)
    matches = rng.integers(0, 4, (size, size)).astype(float)
    return videos, texts, group, labels, matches


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("top_k", [None, 3, 128])
def test_both_directions_equal_a_naive_walk(seed, restricted, top_k):
    videos, texts, group, labels, matches = setting(seed)
    if not restricted:
        labels = np.zeros_like(labels)
    found = retrieve(
        videos,
        texts,
        group,
        candidate_sets=labels if restricted else None,
        rescore=None if top_k is None else lambda text, chosen: matches[text, chosen],
        top_k=top_k or 0,
    )
    scores = np.round(texts.astype(float) @ videos.astype(float).T, 6)
    relevant = group[:, None] == group
    candidates = labels[:, None] == labels
    second = (None, 0) if top_k is None else (matches, top_k)
    assert found.text_to_video.ranks.tolist() == naive_ranks(scores, relevant, candidates, *second)
    second = (None, 0) if top_k is None else (matches.T, top_k)
    assert found.video_to_text.ranks.tolist() == naive_ranks(scores.T, relevant, candidates, *second)
    assert found.text_to_video.candidates.tolist() == candidates.sum(1).tolist()
    assert found.text_to_video.relevant.tolist() == (relevant & candidates).sum(1).tolist()


def test_fewer_texts_than_videos():
    """One text for each of three groups of clips, as in SSv2-Template."""
    directions = np.eye(3, dtype=np.float32)
    found = retrieve(directions[[0, 0, 1, 2, 2]], directions, list("aabcc"), list("abc"))
    assert found.text_to_video.ranks.tolist() == [1, 1, 1]
    assert found.video_to_text.ranks.tolist() == [1] * 5
    assert found.text_to_video.chance(1) == pytest.approx((2 + 1 + 2) / 15)
    assert found.video_to_text.chance(1) == pytest.approx(1 / 3)


def test_a_model_that_sees_nothing_gets_nothing():
    same = np.ones((8, 1), np.float32)
    found = retrieve(same, same, [str(i) for i in range(8)])
    assert found.text_to_video.ranks.tolist() == [8] * 8
    assert found.text_to_video.hits(1).sum() == 0


def test_rounding_of_the_dot_product_is_no_difference():
    """Two clips a millionth of a millionth apart are one clip to the model."""
    texts = np.array([[1, 0], [0, 1]], np.float64)
    videos = np.array([[1, 0], [1 - 1e-9, 0]], np.float64)
    assert retrieve(videos, texts, ["a", "b"]).text_to_video.ranks.tolist() == [2, 2]


def test_only_the_best_are_looked_at_again_and_the_rest_stay_behind_them():
    texts = np.ones((1, 1))
    videos = np.array([[0.9], [0.8], [0.7], [0.6]])
    seen = []

    def rescore(text, chosen):
        seen.append((text.tolist(), chosen.tolist()))
        return -chosen.astype(float) - 100

    def rank_of(group):
        groups = ["right" if name == group else "wrong" for name in "abcd"]
        # A text of each group: a query needs somebody to find, in both directions.
        both = np.repeat(texts, 2, 0)
        found = retrieve(videos, both, groups, ["right", "wrong"], rescore=rescore, top_k=2, rescore_videos=False)
        return int(found.text_to_video.ranks[0])

    assert [rank_of(name) for name in "abcd"] == [1, 2, 3, 4]
    assert seen == [([0, 1, 0, 1], [0, 0, 1, 1])] * 4


def test_a_tie_at_the_cut_does_not_let_the_right_one_in():
    same = np.ones((8, 1), np.float32)
    perfect = np.eye(8)
    found = retrieve(
        same, same, [str(i) for i in range(8)], rescore=lambda text, chosen: perfect[text, chosen], top_k=3
    )
    assert found.text_to_video.ranks.tolist() == [8] * 8
    found = retrieve(
        same, same, [str(i) for i in range(8)], rescore=lambda text, chosen: perfect[text, chosen], top_k=8
    )
    assert found.text_to_video.ranks.tolist() == [1] * 8


def test_videos_are_left_to_the_embeddings_on_request():
    videos, texts, group, _, matches = setting(0)
    plain = retrieve(videos, texts, group)
    half = retrieve(videos, texts, group, rescore=lambda text, chosen: matches[text, chosen], rescore_videos=False)
    assert half.video_to_text.ranks.tolist() == plain.video_to_text.ranks.tolist()
    assert half.text_to_video.ranks.tolist() != plain.text_to_video.ranks.tolist()


def test_what_cannot_be_ranked_is_refused():
    videos, texts, group, labels, _ = setting(0)
    with pytest.raises(EvaluationError, match="24 videos have 23 groups and 24 candidate labels"):
        retrieve(videos, texts, group[1:], candidate_sets=labels)
    with pytest.raises(EvaluationError, match="pass text_groups and text_sets"):
        retrieve(videos, texts[:5], group)
    with pytest.raises(EvaluationError, match="is NaN"):
        retrieve(videos, texts, group, rescore=lambda text, chosen: np.full(len(chosen), np.nan))


def test_results_are_json_and_keep_their_ranks():
    videos, texts, group, labels, _ = setting(1)
    found = retrieve(videos, texts, group, candidate_sets=labels)
    data = json.loads(json.dumps(found.to_dict()))
    assert data["t2v"]["ranks"] == found.text_to_video.ranks.tolist()
    assert data["t2v"]["r1"] == found.text_to_video.hits(1).mean()
    assert data["v2t"]["chance_r5"] == found.video_to_text.chance(5)
    assert repr(found.text_to_video).startswith("Ranking(24 queries, R@1=0.")
