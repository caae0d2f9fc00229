"""Ranks, recall, chance and bootstrap intervals: the arithmetic of retrieval, in numpy alone.

Two choices decide what a figure means, and both are the cautious ones. A tie counts against the model:
an encoder that gives every clip one score finds nothing, instead of whatever happens to come first. And
an interval resamples whole clusters: queries that share an object and a background succeed and fail
together, so counting them one by one would make the interval too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from locomotion_hf.errors import EvaluationError
from locomotion_hf.intervals import Interval, share_interval
from locomotion_hf.randomness import stream

#: The level of every published interval.
LEVEL = 0.95

#: Bootstrap resamples. Source: own choice; the ends of a 95 % interval then move by about a twentieth of
#: its width from seed to seed.
RESAMPLES = 2000

#: Resamples times clusters (or queries) held at a time, so that memory stays under some 100 MB.
_BLOCK = 4_000_000


def rank_of_first_relevant(
    scores: np.ndarray, relevant: np.ndarray, candidates: np.ndarray | None = None
) -> np.ndarray:
    """The rank of the best relevant candidate, ties counted against it.

    Args:
        scores: `(Q, C)` floats, higher is better.
        relevant: `(Q, C)` bool, at least one per query.
        candidates: `(Q, C)` bool, who takes part; everybody when None.

    Returns:
        `(Q,)` int64, from 1: one more than the number of candidates that are not relevant and score at
        least as high as the best relevant one.

    Raises:
        EvaluationError: for a NaN score, for shapes that differ, or a query without a relevant candidate.
    """
    if scores.shape != relevant.shape or (candidates is not None and candidates.shape != scores.shape):
        raise EvaluationError(
            f"Scores are {scores.shape}, relevance is {relevant.shape}"
            + ("." if candidates is None else f", candidates are {candidates.shape}."),
            "one (queries, candidates) shape.",
            "check whether rows are the queries in each of them.",
        )
    if np.isnan(scores).any():
        row, column = np.argwhere(np.isnan(scores))[0]
        raise EvaluationError(
            f"The score of candidate {column} for query {row} is NaN.",
            "numbers: a NaN has no rank.",
            "look for a diverged model, or a clip whose features overflow in half precision.",
        )
    taking_part = np.ones_like(relevant) if candidates is None else candidates
    right, wrong = relevant & taking_part, ~relevant & taking_part
    if not right.any(1).all():
        raise EvaluationError(
            f"Query {int(np.argmin(right.any(1)))} has no relevant candidate.",
            "at least one for each query.",
            "give a query and its own clip the same group and the same candidate set.",
        )
    best = np.where(right, scores, -np.inf).max(1, keepdims=True)
    return 1 + (wrong & (scores >= best)).sum(1, dtype=np.int64)


def wrong_above(
    scores: np.ndarray, relevant: np.ndarray, candidates: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """How many wrong candidates stand before each relevant one, ties counted against it.

    Args:
        scores: `(Q, C)` floats, higher is better.
        relevant: `(Q, C)` bool, at least one per query.
        candidates: `(Q, C)` bool, who takes part; everybody when None.

    Returns:
        The number R of relevant candidates of each query, `(Q,)` int64, and query after query R int64 numbers,
        those of its relevant candidates from the best to the worst. The j-th stands at the place j plus its number.

    Raises:
        EvaluationError: as `rank_of_first_relevant` does.
    """
    first = rank_of_first_relevant(scores, relevant, candidates) - 1
    right = relevant if candidates is None else relevant & candidates
    counts = right.sum(1, dtype=np.int64)
    starts = np.cumsum(counts) - counts
    above = np.empty(counts.sum(), np.int64)
    above[starts] = first
    for row in np.flatnonzero(counts > 1):
        own = np.sort(scores[row, right[row]])[::-1]
        rival = ~right[row] & (scores[row] >= own[-1])
        rivals = np.sort(scores[row, rival if candidates is None else rival & candidates[row]])
        above[starts[row] : starts[row] + counts[row]] = len(rivals) - np.searchsorted(rivals, own)
    return counts, above


def average_precision(scores: np.ndarray, relevant: np.ndarray, candidates: np.ndarray | None = None) -> np.ndarray:
    """The mean, over the relevant candidates, of the precision at their places; ties counted against them.

    Args:
        scores: `(Q, C)` floats, higher is better.
        relevant: `(Q, C)` bool, at least one per query.
        candidates: `(Q, C)` bool, who takes part; everybody when None.

    Returns:
        `(Q,)` float64, above 0 and up to 1; its mean over the queries is mAP.

    Raises:
        EvaluationError: as `rank_of_first_relevant` does.
    """
    counts, above = wrong_above(scores, relevant, candidates)
    starts = np.cumsum(counts) - counts
    place = np.arange(len(above)) - np.repeat(starts, counts) + 1
    return np.add.reduceat(place / (place + above), starts) / counts


def recall_at_k(ranks: np.ndarray, k: int) -> float:
    """The share of queries whose first relevant candidate is among the first `k`.

    Args:
        ranks: `(Q,)` from 1.
        k: at least 1.
    """
    return float((ranks <= k).mean())


def median_rank(ranks: np.ndarray) -> float:
    """The median over queries of `(Q,)` ranks; the mean of the middle two for an even number."""
    return float(np.median(ranks))


def mean_rank(ranks: np.ndarray) -> float:
    """The mean over queries of `(Q,)` ranks."""
    return float(ranks.mean())


def chance_recall(relevant: np.ndarray, candidates: np.ndarray, k: int) -> np.ndarray:
    """How often a random order puts a relevant candidate among the first `k`.

    Args:
        relevant: `(Q,)` number of relevant candidates of each query.
        candidates: `(Q,)` number of candidates of each query.
        k: at least 1.

    Returns:
        `(Q,)` float64, exact: one minus the hypergeometric probability of `k` misses.
    """
    miss = np.ones(len(relevant))
    for drawn in range(k):
        # Where a query runs out of candidates, its misses have reached zero before.
        miss *= np.maximum(candidates - relevant - drawn, 0) / np.maximum(candidates - drawn, 1)
    return 1 - miss


def chance_median_rank(relevant: np.ndarray, candidates: np.ndarray) -> float:
    """The rank that half of the queries reach in a random order.

    Args:
        relevant: `(Q,)` number of relevant candidates of each query.
        candidates: `(Q,)` number of candidates of each query.
    """
    kinds, times = np.unique(np.stack([relevant, candidates]), axis=1, return_counts=True)
    right, all_of_them = kinds
    miss, rank = np.ones(len(times)), 0
    # The tolerance keeps a product of fractions that is one half from missing it by rounding.
    while rank == 0 or miss @ times / times.sum() > 0.5 + 1e-9:
        miss *= np.maximum(all_of_them - right - rank, 0) / np.maximum(all_of_them - rank, 1)
        rank += 1
    return float(rank)


def chance_average_precision(relevant: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """The average precision that a random order has on average.

    Args:
        relevant: `(Q,)` number R of relevant candidates of each query.
        candidates: `(Q,)` number C of candidates of each query.

    Returns:
        `(Q,)` float64, exact: a relevant candidate at place i finds (i - 1) (R - 1) / (C - 1) others before it.
    """
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, candidates.max() + 1))])[candidates]
    others = (relevant - 1) / np.maximum(candidates - 1, 1)
    return (harmonic + (candidates - harmonic) * others) / candidates


def bootstrap_interval(
    values: np.ndarray,
    clusters: Sequence[str] | Sequence[int] | np.ndarray | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    *,
    seed: int,
    statistic: Literal["mean", "median"] = "mean",
) -> Interval:
    """The percentile bootstrap over queries, or over clusters of queries.

    Args:
        values: `(Q,)` one number per query: a hit (0 or 1), a rank, a difference.
        clusters: `(Q,)` labels; queries of one label are drawn together. None: each query by itself.
        level: share of resamples inside the interval.
        resamples: how many times the clusters are drawn with replacement, as many as there are.
        seed: of the resampling.
        statistic: what is taken over the queries.

    Raises:
        EvaluationError: for a NaN, for labels that do not fit, or fewer than two clusters.
    """
    values = np.asarray(values, np.float64)
    labels = np.arange(len(values)) if clusters is None else np.asarray(clusters)
    if labels.shape != values.shape or np.isnan(values).any():
        raise EvaluationError(
            f"{len(values)} values, {int(np.isnan(values).sum())} of them NaN, and {len(labels)} labels.",
            "a number and a label for each query.",
            "take values and labels from the same queries, in the same order.",
        )
    names, cluster = np.unique(labels, return_inverse=True)
    count = len(names)
    if count < 2:
        raise EvaluationError(
            f"All {len(values)} queries are in {count} cluster{'' if count == 1 else 's'}.",
            "two or more, to see how much the figure depends on which were drawn.",
            "evaluate on more objects and backgrounds.",
        )
    over, width = (_mean_over, count) if statistic == "mean" else (_median_over, len(values))
    generator = stream(seed, "evaluation", "bootstrap")
    draws, block = [], max(1, _BLOCK // width)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = generator.integers(count, size=(rows, count)) + np.arange(rows)[:, None] * count
        times = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        draws.append(over(values, cluster, times))
    low, high = np.quantile(np.concatenate(draws), [(1 - level) / 2, (1 + level) / 2])
    figure = values.mean() if statistic == "mean" else np.median(values)
    return Interval(float(figure), float(low), float(high))


def hits_interval(
    hits: np.ndarray, clusters: Sequence[str] | None = None, resamples: int = RESAMPLES, *, seed: int
) -> Interval:
    """The interval of a share of queries; where all hit, or none, a bootstrap has no width, and Wilson's is taken.

    Args:
        hits: `(Q,)` 0 or 1.
        clusters: as in `bootstrap_interval`; each is then one trial.
        resamples: as there.
        seed: as there.
    """
    found = bootstrap_interval(hits, clusters, resamples=resamples, seed=seed)
    if found.mean not in (0.0, 1.0):
        return found
    trials = len(hits if clusters is None else set(clusters))
    return share_interval(round(found.mean * trials), trials)


def _mean_over(values: np.ndarray, cluster: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Means `(R,)` when cluster c is drawn `times[r, c]` times."""
    return times @ np.bincount(cluster, values) / (times @ np.bincount(cluster))


def _median_over(values: np.ndarray, cluster: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Medians `(R,)` when cluster c is drawn `times[r, c]` times."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(times[:, cluster[order]], 1)
    total = upto[:, -1:]
    lower = (upto > (total - 1) // 2).argmax(1)
    upper = (upto > total // 2).argmax(1)
    return (values[order][lower] + values[order][upper]) / 2


def paired_difference(
    values_a: np.ndarray,
    values_b: np.ndarray,
    clusters: Sequence[str] | Sequence[int] | np.ndarray | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    *,
    seed: int,
) -> Interval:
    """The gain of one run over another on the same queries, by the paired bootstrap.

    Args:
        values_a: `(Q,)`, one number per query.
        values_b: `(Q,)`, of the same queries in the same order.
        clusters: `(Q,)` labels, as in `bootstrap_interval`.
        level: share of resamples inside the interval.
        resamples: how many times the clusters are drawn.
        seed: of the resampling.

    Returns:
        The mean of a - b. An interval above zero is a gain that other queries would show, too.

    Raises:
        EvaluationError: when the two have different numbers of queries, and as `bootstrap_interval` does.
    """
    if np.shape(values_a) != np.shape(values_b):
        raise EvaluationError(
            f"One run has {len(values_a)} queries, the other {len(values_b)}.",
            "the same queries in the same order.",
            "evaluate both runs on the same held-out set.",
        )
    difference = np.asarray(values_a, np.float64) - np.asarray(values_b, np.float64)
    return bootstrap_interval(difference, clusters, level, resamples, seed=seed)
