"""Text-to-video and video-to-text retrieval from embeddings, with or without a second look by VTM.

Relevance is by group: a text and a clip with equal group strings belong together, so a clip may have
several right texts and a text several right clips. Figures within a candidate set (the clips that share
object and background, say) come from the same function with labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from locomotion_hf.errors import EvaluationError

from .metrics import (
    chance_median_rank,
    chance_recall,
    mean_rank,
    median_rank,
    rank_of_first_relevant,
    recall_at_k,
)

#: Match scores `(n,)` of one text with some videos: `rescore(text_index, video_indices)`.
Rescore = Callable[[int, np.ndarray], np.ndarray]

#: Candidates that VTM looks at again. Source: `k_test` of Singularity, VindLU and UMT.
TOP_K = 128

#: Cosines are compared to this many decimals, so that two clips which the model cannot tell apart stay a
#: tie however their batches were cut. Source: own choice, above the rounding of a float32 dot product.
_DECIMALS = 6


@dataclass(frozen=True, repr=False)
class Ranking:
    """One direction of retrieval, query by query, so that two runs can be paired.

    Attributes:
        ranks: `(Q,)` int64, of the first relevant candidate, from 1.
        relevant: `(Q,)` int64, number of relevant candidates.
        candidates: `(Q,)` int64, number of candidates.
    """

    ranks: np.ndarray
    relevant: np.ndarray
    candidates: np.ndarray

    def __repr__(self) -> str:
        return f"Ranking({len(self.ranks)} queries, R@1={recall_at_k(self.ranks, 1):.3f})"

    def hits(self, k: int) -> np.ndarray:
        """`(Q,)` float64, 1 where a relevant candidate is among the first `k`."""
        return (self.ranks <= k).astype(np.float64)

    def chance(self, k: int) -> float:
        """The R@k of a random order."""
        return float(chance_recall(self.relevant, self.candidates, k).mean())

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
            "queries": len(self.ranks),
            "candidates": float(self.candidates.mean()),
            "ranks": self.ranks.tolist(),
        }


@dataclass(frozen=True)
class Retrieval:
    """Both directions.

    Attributes:
        text_to_video: one query a text.
        video_to_text: one query a video.
    """

    text_to_video: Ranking
    video_to_text: Ranking

    def to_dict(self) -> dict[str, Any]:
        """`t2v` and `v2t`, each as `Ranking.to_dict` gives it."""
        return {"t2v": self.text_to_video.to_dict(), "v2t": self.video_to_text.to_dict()}


def retrieve(
    video_embeddings: np.ndarray,
    text_embeddings: np.ndarray,
    video_groups: Sequence[str],
    text_groups: Sequence[str] | None = None,
    candidate_sets: np.ndarray | None = None,
    text_sets: np.ndarray | None = None,
    rescore: Rescore | None = None,
    top_k: int = TOP_K,
    rescore_videos: bool = True,
) -> Retrieval:
    """Rank every video for every text and every text for every video.

    Args:
        video_embeddings: `(V, D)` unit vectors.
        text_embeddings: `(Q, D)` unit vectors.
        video_groups: `(V,)` group of each video.
        text_groups: `(Q,)` group of each text; None: text i belongs to video i.
        candidate_sets: `(V,)` integer labels: only pairs of one label are candidates. None: all pairs.
        text_sets: `(Q,)` labels of the texts; None: text i has the label of video i.
        rescore: VTM; the `top_k` candidates of each query by embedding are put in the order of its
            scores, the others stay behind them in the order of the embeddings.
        top_k: how many; the whole candidate set when that is smaller.
        rescore_videos: whether VTM looks at the queries that are videos, too, at twice the cost.

    Raises:
        EvaluationError: when the lengths do not fit, and as `rank_of_first_relevant` does.
    """
    videos, texts = len(video_embeddings), len(text_embeddings)
    video_group = np.asarray(video_groups)
    text_group = video_group if text_groups is None else np.asarray(text_groups)
    video_set = np.zeros(videos, np.int64) if candidate_sets is None else np.asarray(candidate_sets)
    text_set = text_sets
    if text_set is None:
        text_set = np.zeros(texts, np.int64) if candidate_sets is None else video_set
    if not (len(video_group) == len(video_set) == videos and len(text_group) == len(text_set) == texts):
        raise EvaluationError(
            f"{videos} videos have {len(video_group)} groups and {len(video_set)} candidate labels; "
            f"{texts} texts have {len(text_group)} and {len(text_set)}.",
            "one group and one label for each.",
            "pass text_groups and text_sets when the texts are not one a video.",
        )
    scores = np.round(text_embeddings.astype(np.float64) @ video_embeddings.astype(np.float64).T, _DECIMALS)
    relevant = text_group[:, None] == video_group[None, :]
    candidates = np.asarray(text_set)[:, None] == video_set[None, :]
    forward, backward = scores, scores.T
    # Ranked first without VTM, which also refuses what has no rank before the slow part begins.
    ranks = rank_of_first_relevant(forward, relevant, candidates)
    back_ranks = rank_of_first_relevant(backward, relevant.T, candidates.T)
    if rescore is not None:
        again = _top(forward, relevant, candidates, top_k)
        back_again = _top(backward, relevant.T, candidates.T, top_k if rescore_videos else 0)
        matches = _match(rescore, again | back_again.T)
        ranks = rank_of_first_relevant(_two_stages(forward, matches, again), relevant, candidates)
        if rescore_videos:
            order = _two_stages(backward, matches.T, back_again)
            back_ranks = rank_of_first_relevant(order, relevant.T, candidates.T)
    return Retrieval(
        Ranking(ranks, (relevant & candidates).sum(1), candidates.sum(1)),
        Ranking(back_ranks, (relevant & candidates).sum(0), candidates.sum(0)),
    )


def _top(scores: np.ndarray, relevant: np.ndarray, candidates: np.ndarray, k: int) -> np.ndarray:
    """The `k` best candidates of each row, `(Q, C)` bool; of a tie at the end, the wrong ones first."""
    order = np.lexsort((relevant, -scores, ~candidates))
    chosen = np.zeros_like(candidates)
    np.put_along_axis(chosen, order[:, :k], True, axis=1)
    return chosen & candidates


def _match(rescore: Rescore, pairs: np.ndarray) -> np.ndarray:
    """Match scores `(Q, V)` of the marked pairs; 0 elsewhere, where nobody looks."""
    matches = np.zeros(pairs.shape)
    for text in np.flatnonzero(pairs.any(1)):
        videos = np.flatnonzero(pairs[text])
        matches[text, videos] = rescore(int(text), videos)
    return matches


def _two_stages(scores: np.ndarray, matches: np.ndarray, again: np.ndarray) -> np.ndarray:
    """One score for each pair: the order of `matches` where `again`, behind it the order of `scores`."""
    if np.isnan(matches).any():
        return matches  # refused, with its place, by whoever ranks it
    joint = np.empty_like(scores)
    for row, chosen in enumerate(again):
        # Places instead of sums with an offset: those would round small differences away.
        joint[row, ~chosen] = np.unique(scores[row, ~chosen], return_inverse=True)[1] - scores.shape[1]
        joint[row, chosen] = np.unique(matches[row, chosen], return_inverse=True)[1]
    return joint
