"""One direction of retrieval, in blocks of queries: a few numbers a query are kept, never all of their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf.errors import EvaluationError

from .metrics import (
    chance_average_precision,
    chance_median_rank,
    chance_recall,
    mean_rank,
    median_rank,
    recall_at_k,
    wrong_above,
)

#: Scores in memory at a time. Source: own choice; 16 MB, and as much again a few times over while they are ranked.
CELLS = 4_000_000

#: Candidates whose cosines are computed at a time. Source: own choice; 16 MB of vectors at width 512.
_TILE = 4096

#: Up to so many relevant candidates, counting above each is faster than sorting. Source: measured.
_FEW = 24

#: The score of who is no candidate: below all, and still a number when doubled.
_NOBODY = -(2**30)

#: Longest vectors that are ranked all the same: the scores of longer ones would not fit into their integers.
_LONGEST = 20.0

#: Cosines are compared to this many decimals, so that two clips which the model cannot tell apart stay a
#: tie however their batches were cut. Source: own choice, above the rounding of a float32 dot product.
DECIMALS = 6


@dataclass(frozen=True, repr=False)
class Ranking:
    """One direction of retrieval, query by query, so that two runs can be paired.

    Attributes:
        ranks: `(Q,)` int64, of the first relevant candidate, from 1.
        relevant: `(Q,)` int64, number of relevant candidates.
        candidates: `(Q,)` int64, number of candidates.
        precisions: `(Q,)` float64, average precision over all relevant candidates.
    """

    ranks: np.ndarray
    relevant: np.ndarray
    candidates: np.ndarray
    precisions: np.ndarray

    def __repr__(self) -> str:
        return f"Ranking({len(self.ranks)} queries, R@1={recall_at_k(self.ranks, 1):.3f})"

    def hits(self, k: int) -> np.ndarray:
        """`(Q,)` float64, 1 where a relevant candidate is among the first `k`."""
        return (self.ranks <= k).astype(np.float64)

    def chance(self, k: int) -> float:
        """The R@k of a random order."""
        return float(chance_recall(self.relevant, self.candidates, k).mean())

    @property
    def mean_average_precision(self) -> float:
        """mAP: the mean over queries of the average precision."""
        return float(self.precisions.mean())

    def to_dict(self) -> dict[str, Any]:
        """Figures and ranks as plain numbers and lists, for JSON."""
        figures = {f"r{k}": recall_at_k(self.ranks, k) for k in (1, 5, 10)}
        chances = {f"chance_r{k}": self.chance(k) for k in (1, 5, 10)}
        return {
            **figures,
            **chances,
            "median_rank": median_rank(self.ranks),
            "chance_median_rank": chance_median_rank(self.relevant, self.candidates),
            "mean_rank": mean_rank(self.ranks),
            "map": self.mean_average_precision,
            "chance_map": float(chance_average_precision(self.relevant, self.candidates).mean()),
            "queries": len(self.ranks),
            "candidates": float(self.candidates.mean()),
            "ranks": self.ranks.tolist(),
        }


@dataclass(frozen=True)
class Side:
    """The queries of a direction, or its candidates.

    Attributes:
        embeddings: `(N, D)` unit vectors.
        groups: `(N,)` integers; a query and a candidate of one group are relevant to each other.
        sets: `(N,)` integers; only pairs of one set are candidates. None: all pairs.
    """

    embeddings: np.ndarray
    groups: np.ndarray
    sets: np.ndarray | None

    def __len__(self) -> int:
        return len(self.embeddings)


@dataclass(frozen=True)
class FirstStage:
    """A ranking by the embeddings, and what a second stage needs of it.

    Attributes:
        ranking: by the embeddings alone.
        top: `(Q, K)` int64, the best candidates of each query, in the order of their indices; -1 where it has fewer.
            Of a tie at the end, the wrong ones are in, and of those the first.
        right: `(Q, K)` bool, which of them are relevant.
        rest: `(Q,)` float64, the precisions at the relevant candidates outside the top, added up.
    """

    ranking: Ranking
    top: np.ndarray
    right: np.ndarray
    rest: np.ndarray


def first_stage(queries: Side, candidates: Side, top_k: int = 0, progress: bool = False) -> FirstStage:
    """Rank all candidates for each query by the cosine.

    Args:
        queries: Q of them.
        candidates: C of them.
        top_k: how many of the best are told; 0 for none.
        progress: show a bar.

    Raises:
        EvaluationError: a query without a relevant candidate; vectors that are far from unit length.
    """
    lengths = [
        float(np.sqrt(np.einsum("nd,nd->n", side.embeddings, side.embeddings).max()))
        for side in (queries, candidates)
    ]
    if max(lengths) > _LONGEST:
        raise EvaluationError(
            f"A vector is {max(lengths):.4g} long.", "unit vectors.", "divide the vectors by their lengths."
        )
    rows, members = max(1, CELLS // len(candidates)), _Members(candidates.groups)
    parts = [
        _block(queries, candidates, slice(start, start + rows), members, min(top_k, len(candidates)))
        for start in tqdm(range(0, len(queries), rows), "ranking", unit="block", disable=not progress, leave=False)
    ]
    ranks, relevant, counts, precisions, top, right, rest = (
        np.concatenate([part[which] for part in parts]) for which in range(7)
    )
    return FirstStage(Ranking(ranks, relevant, counts, precisions), top, right, rest)


def second_stage(first: FirstStage, matches: np.ndarray) -> Ranking:
    """The best candidates in the order of other scores; the others stay behind them, in the order they had.

    Args:
        first: with its `top`.
        matches: `(Q, K)` scores of `first.top`; what stands at a -1 is not looked at.
    """
    before = first.ranking
    ranks, precisions = before.ranks.copy(), before.precisions.copy()
    # Where the top holds nobody relevant, all of it is wrong and was in front already: nothing changes.
    (found,) = np.nonzero(first.right.any(1))
    if len(found):
        counts, above = wrong_above(matches[found], first.right[found], first.top[found] >= 0)
        terms, starts = _precisions(counts, above)
        ranks[found] = 1 + above[starts]
        precisions[found] = (np.add.reduceat(terms, starts) + first.rest[found]) / before.relevant[found]
    return Ranking(ranks, before.relevant, before.candidates, precisions)


def _block(queries: Side, candidates: Side, rows: slice, members: _Members, k: int) -> tuple[np.ndarray, ...]:
    """Some queries: ranks, relevant, candidates, precisions, top, right and rest, as in the classes above."""
    steps = _steps(queries.embeddings[rows], candidates.embeddings)
    taking_part = np.full(len(steps), len(candidates))
    if queries.sets is not None and candidates.sets is not None:
        apart = queries.sets[rows, None] != candidates.sets
        steps[apart] = _NOBODY
        taking_part = len(candidates) - apart.sum(1)
    row, right = members.of(queries.groups[rows])
    own = steps[row, right]
    keep = own != _NOBODY
    row, right, own = row[keep], right[keep], own[keep]
    counts = np.bincount(row, minlength=len(steps))
    if not counts.all():
        raise EvaluationError(
            f"Query {(rows.start or 0) + int(np.argmin(counts))} has no relevant candidate.",
            "at least one for each query.",
            "give a query and its own clip the same group and the same candidate set.",
        )
    order = np.lexsort((-own, row))
    row, right, own = row[order], right[order], own[order]
    starts = np.cumsum(counts) - counts
    above = _at_least(steps, own, counts, starts) - _own_at_least(row, own, starts)
    terms, _ = _precisions(counts, above)
    top = np.empty((len(steps), 0), np.int64)
    if k:
        # A relevant candidate stands half a step lower, which decides ties against it and passes nobody else.
        steps *= 2
        steps[row, right] -= 1
        top = _best(steps, k)
    is_right = np.zeros(steps.shape, bool)
    is_right[row, right] = True
    in_top = np.take_along_axis(is_right, top, 1)
    top = np.where(np.take_along_axis(steps, top, 1) > _NOBODY, top, -1)
    # Within a query the terms stand best first, so the relevant ones of the top are the first of them.
    place = np.arange(len(terms)) - np.repeat(starts, counts)
    outside = np.where(place < np.repeat(in_top.sum(1), counts), 0.0, terms)
    precisions, rest = (np.add.reduceat(one, starts) for one in (terms, outside))
    return 1 + above[starts], counts, taking_part, precisions / counts, top, in_top, rest


class _Members:
    """Which candidates belong to a group."""

    def __init__(self, groups: np.ndarray) -> None:
        self.order = np.argsort(groups, kind="stable")
        self.groups = groups[self.order]

    def of(self, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of some queries' groups: the query's number and the candidate, for every relevant pair."""
        low, high = (np.searchsorted(self.groups, groups, side) for side in ("left", "right"))
        counts = high - low
        row = np.repeat(np.arange(len(groups)), counts)
        within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        return row, self.order[np.repeat(low, counts) + within]


def _steps(asked: np.ndarray, offered: np.ndarray) -> np.ndarray:
    """Cosines `(B, C)` int32, in steps of the last decimal."""
    asked = asked.astype(np.float64)
    steps = np.empty((len(asked), len(offered)), np.int32)
    for start in range(0, len(offered), _TILE):
        some = slice(start, start + _TILE)
        cosines = asked @ offered[some].astype(np.float64).T
        cosines *= 10.0**DECIMALS
        steps[:, some] = np.rint(cosines, out=cosines)
    return steps


def _at_least(steps: np.ndarray, own: np.ndarray, counts: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """How many candidates of its row score at least as high as each of `own`, which stand row after row."""
    found = np.empty(len(own), np.int64)
    for place in range(min(_FEW, counts.max())):
        rows = np.flatnonzero((counts > place) & (counts <= _FEW))
        among = steps if len(rows) == len(steps) else steps[rows]
        at = starts[rows] + place
        found[at] = np.count_nonzero(among >= own[at, None], axis=1)
    for row in np.flatnonzero(counts > _FEW):
        mine = slice(starts[row], starts[row] + counts[row])
        found[mine] = steps.shape[1] - np.searchsorted(np.sort(steps[row]), own[mine])
    return found


def _own_at_least(row: np.ndarray, own: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The same among `own` alone, which falls within each row."""
    last = np.flatnonzero(np.append((row[1:] != row[:-1]) | (own[1:] != own[:-1]), True))
    return last[np.searchsorted(last, np.arange(len(own)))] - starts[row] + 1


def _best(steps: np.ndarray, k: int) -> np.ndarray:
    """Places `(B, k)` of the `k` highest of each row, in the order of the places; of a tie at the end, the first."""
    last = np.partition(steps, steps.shape[1] - k, axis=1)[:, -k]
    chosen = steps >= last[:, None]
    for row in np.flatnonzero(np.count_nonzero(chosen, axis=1) > k):
        tied = np.flatnonzero(steps[row] == last[row])
        chosen[row, tied[k - np.count_nonzero(steps[row] > last[row]) :]] = False
    return np.nonzero(chosen)[1].reshape(-1, k)


def _precisions(counts: np.ndarray, above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Precision at each relevant candidate, best first, and where each query's begin."""
    starts = np.cumsum(counts) - counts
    place = np.arange(len(above)) - np.repeat(starts, counts) + 1
    return place / (place + above), starts
