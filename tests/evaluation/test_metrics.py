from itertools import permutations

import numpy as np
import pytest

from locomotion_hf.evaluation.metrics import (
    EvaluationError,
    Interval,
    _mean_over,
    _median_over,
    average_precision,
    bootstrap_interval,
    chance_average_precision,
    chance_median_rank,
    chance_recall,
    hits_interval,
    mean_rank,
    median_rank,
    paired_difference,
    rank_of_first_relevant,
    recall_at_k,
)
from locomotion_hf.intervals import share_interval


def many_to_many(seed, queries=40, candidates=30):
    """Random scores with many ties, random relevance, random candidate masks."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 6, (queries, candidates)) / 3
    relevant = rng.random((queries, candidates)) < 0.15
    taking_part = rng.random((queries, candidates)) < 0.7
    own = rng.integers(candidates, size=queries)
    relevant[np.arange(queries), own] = taking_part[np.arange(queries), own] = True
    return scores, relevant, taking_part


def naive_rank(scores, relevant, taking_part):
    """Sort one query's candidates, wrong ones first among equals, and walk down."""
    order = sorted(np.flatnonzero(taking_part), key=lambda c: (-scores[c], relevant[c]))
    return next(place for place, c in enumerate(order, 1) if relevant[c])


@pytest.mark.parametrize("seed", range(5))
def test_ranks_equal_a_naive_walk(seed):
    scores, relevant, taking_part = many_to_many(seed)
    expected = [naive_rank(*rows) for rows in zip(scores, relevant, taking_part, strict=True)]
    ranks = rank_of_first_relevant(scores, relevant, taking_part)
    assert ranks.dtype == np.int64
    assert ranks.tolist() == expected
    everybody = np.ones_like(relevant)
    expected = [naive_rank(*rows) for rows in zip(scores, relevant, everybody, strict=True)]
    assert rank_of_first_relevant(scores, relevant).tolist() == expected


def test_a_tie_with_a_wrong_candidate_counts_against():
    relevant = np.array([[True, False, False], [True, True, False]])
    assert rank_of_first_relevant(np.zeros((2, 3)), relevant).tolist() == [3, 2]
    assert rank_of_first_relevant(np.array([[1.0, 0, 0], [1.0, 1, 0]]), relevant).tolist() == [1, 1]


def test_what_has_no_rank_is_refused():
    relevant = np.eye(3, dtype=bool)
    scores = np.zeros((3, 3))
    scores[1, 2] = np.nan
    with pytest.raises(EvaluationError, match=r"candidate 2 for query 1 is NaN.*Expected: numbers.*To fix it"):
        rank_of_first_relevant(scores, relevant)
    with pytest.raises(EvaluationError, match=r"Query 1 has no relevant candidate.*the same group"):
        rank_of_first_relevant(np.zeros((3, 3)), relevant & (np.arange(3)[:, None] != 1))
    with pytest.raises(EvaluationError, match=r"Scores are \(3, 4\), relevance is \(3, 3\)"):
        rank_of_first_relevant(np.zeros((3, 4)), relevant)


def test_summaries_of_ranks():
    ranks = np.array([1, 1, 4, 10])
    assert [recall_at_k(ranks, k) for k in (1, 5, 10)] == [0.5, 0.75, 1.0]
    assert median_rank(ranks) == 2.5
    assert mean_rank(ranks) == 4.0


@pytest.mark.parametrize("right", [1, 2, 4])
def test_chance_equals_the_count_over_all_orders(right):
    places = [min(order.index(c) for c in range(right)) for order in permutations(range(5))]
    for k in range(1, 7):
        counted = np.mean([place < k for place in places])
        assert chance_recall(np.array([right]), np.array([5]), k) == pytest.approx([counted], abs=1e-12)


def test_chance_of_the_median_rank():
    one, size = np.ones(4, np.int64), np.full(4, 512)
    assert chance_median_rank(one, size) == 256
    assert chance_median_rank(np.array([3]), np.array([3])) == 1
    places = [min(order.index(0), order.index(1)) + 1 for order in permutations(range(7))]
    assert chance_median_rank(np.array([2]), np.array([7])) == np.median(places)


def test_weighted_statistics_equal_the_drawn_samples():
    rng = np.random.default_rng(0)
    values, cluster = rng.integers(0, 9, 50).astype(float), rng.integers(0, 7, 50)
    cluster[:7] = np.arange(7)
    times = rng.multinomial(7, np.full(7, 1 / 7), size=40)
    samples = [np.concatenate([np.repeat(values[cluster == c], n) for c, n in enumerate(row)]) for row in times]
    assert _mean_over(values, cluster, times) == pytest.approx([s.mean() for s in samples])
    assert _median_over(values, cluster, times) == pytest.approx([np.median(s) for s in samples])


def test_an_interval_covers_the_truth_as_often_as_it_says_only_with_clusters():
    """Clusters of 8 equal values: without them the interval is too narrow by the root of eight."""
    rng = np.random.default_rng(1)
    covered = {"with": 0, "without": 0}
    labels = np.repeat(np.arange(40), 8)
    for trial in range(200):
        values = np.repeat(rng.normal(size=40), 8)
        for name, clusters in (("with", labels), ("without", None)):
            found = bootstrap_interval(values, clusters, resamples=300, seed=trial)
            covered[name] += found.low <= 0 <= found.high
    assert 180 <= covered["with"] <= 199
    assert covered["without"] < 140


def test_a_bootstrap_depends_on_its_seed_alone():
    values = np.random.default_rng(2).random(60)
    first = bootstrap_interval(values, seed=0)
    assert first == bootstrap_interval(values, seed=0)
    assert first != bootstrap_interval(values, seed=1)
    assert first.low < first.mean == values.mean() < first.high
    wider = bootstrap_interval(values, level=0.99, seed=0)
    assert wider.low < first.low < first.high < wider.high


def test_blocks_change_nothing(monkeypatch):
    values = np.random.default_rng(3).random(60)
    whole = bootstrap_interval(values, seed=0)
    monkeypatch.setattr("locomotion_hf.evaluation.metrics._BLOCK", 1000)
    assert bootstrap_interval(values, seed=0) == whole


def test_the_interval_of_a_median():
    ranks = np.arange(1, 102)
    found = bootstrap_interval(ranks, seed=0, statistic="median")
    assert found.mean == 51
    assert 30 < found.low < 51 < found.high < 72


def test_what_cannot_be_resampled_is_refused():
    with pytest.raises(EvaluationError, match=r"All 3 queries are in 1 cluster\. Expected: two or more"):
        bootstrap_interval(np.ones(3), ["a"] * 3, seed=0)
    with pytest.raises(EvaluationError, match="3 values, 0 of them NaN, and 2 labels"):
        bootstrap_interval(np.ones(3), ["a", "b"], seed=0)
    with pytest.raises(EvaluationError, match="2 values, 1 of them NaN"):
        bootstrap_interval(np.array([1, np.nan]), seed=0)


def test_a_paired_difference_is_sharper_than_two_intervals():
    rng = np.random.default_rng(4)
    hard = rng.random(300)
    worse = (hard < 0.4).astype(float)
    better = (hard < 0.45).astype(float)
    found = paired_difference(better, worse, seed=0)
    assert found.mean == pytest.approx(better.mean() - worse.mean())
    assert found.low > 0
    apart = bootstrap_interval(better, seed=0)
    assert found.high - found.low < (apart.high - apart.low) / 2
    assert paired_difference(worse, worse, seed=0) == Interval(0, 0, 0)
    with pytest.raises(EvaluationError, match="One run has 300 queries, the other 299"):
        paired_difference(better, worse[:-1], seed=0)


def test_an_interval_prints_itself():
    assert str(Interval(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
    assert Interval(0.5, 0.25, 0.75).to_dict() == {"mean": 0.5, "low": 0.25, "high": 0.75}


def test_share_interval() -> None:
    # Worked by hand from Wilson's formula; the lower bound for n of n is n / (n + z^2).
    all_of_them = share_interval(300, 300)
    assert (all_of_them.mean, all_of_them.high) == (1.0, 1.0)
    assert all_of_them.low == pytest.approx(300 / (300 + 1.959964**2))
    half = share_interval(50, 100)
    assert (half.low, half.high) == (pytest.approx(0.4038, abs=1e-4), pytest.approx(0.5962, abs=1e-4))
    with pytest.raises(EvaluationError, match=r"5 of 3\. Expected: 0 to all"):
        share_interval(5, 3)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_equals_a_naive_walk(seed):
    scores, relevant, taking_part = many_to_many(seed)
    expected = []
    for row, right, part in zip(scores, relevant, taking_part, strict=True):
        order = sorted(np.flatnonzero(part), key=lambda c: (-row[c], right[c]))
        places = [place for place, c in enumerate(order, 1) if right[c]]
        expected.append(np.mean([hits / place for hits, place in enumerate(places, 1)]))
    assert average_precision(scores, relevant, taking_part) == pytest.approx(expected)
    assert max((relevant & taking_part).sum(1)) > 2
    single = np.eye(40, 30, dtype=bool)[:30]
    assert average_precision(scores[:30], single) == pytest.approx(1 / rank_of_first_relevant(scores[:30], single))


@pytest.mark.parametrize(("right", "of"), [(1, 1), (1, 5), (2, 5), (3, 6), (5, 5)])
def test_the_chance_of_average_precision_is_the_mean_over_all_orders(right, of):
    orders = list(permutations(range(of)))
    relevant = np.array([[c < right for c in order] for order in orders])
    scores = np.broadcast_to(-np.arange(of), relevant.shape)
    expected = average_precision(scores, relevant).mean()
    assert chance_average_precision(np.array([right]), np.array([of])) == pytest.approx([expected])


def test_the_chance_of_the_median_takes_no_long_for_many_candidates():
    relevant, candidates = np.full(3000, 1), np.full(3000, 20_000)
    assert chance_median_rank(relevant, candidates) == 10_000


def test_all_or_nothing_has_an_interval_too() -> None:
    scenes = [str(number // 4) for number in range(40)]
    nothing = hits_interval(np.zeros(40), scenes, seed=0)
    assert (nothing.mean, nothing.low, nothing.high) == (0.0, 0.0, share_interval(0, 10).high)  # ten trials, not 40
    assert hits_interval(np.ones(40), seed=0).low == share_interval(40, 40).low
    some = (np.arange(40) % 3 == 0).astype(float)
    assert hits_interval(some, scenes, seed=0) == bootstrap_interval(some, scenes, seed=0)
