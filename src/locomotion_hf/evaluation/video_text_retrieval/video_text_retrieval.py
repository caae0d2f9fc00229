"""Retrieval figures from scores, as a metric of the `evaluate` library.

This file stands alone, so that the folder can be pushed as a Space; the package computes the same figures, with
intervals and in blocks, in `locomotion_hf.evaluation`, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
import numpy as np

_DESCRIPTION = """
Text-to-video or video-to-text retrieval: R@k, median and mean rank of the first relevant candidate, and mAP over
all relevant candidates. A query may have several relevant candidates. A tie counts against the model: a candidate
that is not relevant and scores as high as a relevant one stands before it.
"""

_INPUTS = """
Args:
    predictions: the scores of all candidates, higher is better: for each query a list of C numbers. Queries may come
        in batches (`add_batch`); C is the same for all.
    references: for each query the indices, from 0, of its relevant candidates; at least one.
    ks: the depths of R@k; 1, 5 and 10 unless told otherwise.

Returns:
    `recall_at_<k>` (0 to 1) for each k, `median_rank`, `mean_rank` (from 1) and `map` (0 to 1).

Examples:
    >>> metric = evaluate.load("video_text_retrieval")
    >>> metric.compute(predictions=[[0.9, 0.1, 0.5], [0.2, 0.2, 0.1]], references=[[0, 2], [1]], ks=(1,))
    {'recall_at_1': 0.5, 'median_rank': 1.5, 'mean_rank': 1.5, 'map': 0.75}
"""

_CITATION = """
@inproceedings{doughty2024locomotion,
    title = {LocoMotion: Learning Motion-Focused Video-Language Representations},
    author = {Doughty, Hazel and Thoker, Fida Mohammad and Snoek, Cees G. M.},
    booktitle = {Asian Conference on Computer Vision},
    year = {2024}
}
"""


class VideoTextRetrieval(evaluate.Metric):  # type: ignore[name-defined]
    """See `_DESCRIPTION`."""

    def _info(self) -> Any:
        row = datasets.Features(
            {
                "predictions": datasets.Sequence(datasets.Value("float64")),
                "references": datasets.Sequence(datasets.Value("int64")),
            }
        )
        return evaluate.MetricInfo(  # type: ignore[attr-defined]
            description=_DESCRIPTION, citation=_CITATION, inputs_description=_INPUTS, features=row
        )

    def _compute(
        self,
        predictions: Sequence[Sequence[float]],
        references: Sequence[Sequence[int]],
        ks: Sequence[int] = (1, 5, 10),
    ) -> dict[str, float]:
        places = [
            _places(np.asarray(scores, np.float64), np.asarray(relevant, np.int64), query, len(predictions[0]))
            for query, (scores, relevant) in enumerate(zip(predictions, references, strict=True))
        ]
        ranks = np.array([place[0] for place in places])
        precisions = [(np.arange(1, len(place) + 1) / place).mean() for place in places]
        return {
            **{f"recall_at_{k}": float((ranks <= k).mean()) for k in ks},
            "median_rank": float(np.median(ranks)),
            "mean_rank": float(ranks.mean()),
            "map": float(np.mean(precisions)),
        }


def _places(scores: np.ndarray, relevant: np.ndarray, query: int, candidates: int) -> np.ndarray:
    """Where the relevant candidates of one query stand, from 1, the best first.

    Raises:
        ValueError: the query cannot be ranked.
    """
    relevant = np.unique(relevant)
    if len(scores) != candidates:
        raise ValueError(
            f"Query {query} has {len(scores)} scores and query 0 has {candidates}. Expected: one for each candidate. "
            "To fix it: score every candidate for every query; a low score keeps one out."
        )
    if np.isnan(scores).any():
        raise ValueError(
            f"The score of candidate {int(np.isnan(scores).argmax())} for query {query} is NaN. Expected: numbers, a "
            "NaN has no rank. To fix it: look for a diverged model or an overflow in half precision."
        )
    if not len(relevant) or relevant[0] < 0 or relevant[-1] >= candidates:
        raise ValueError(
            f"Query {query} has the relevant candidates {relevant.tolist()}. Expected: one or more indices from 0 to "
            f"{candidates - 1}. To fix it: leave out queries that nothing answers."
        )
    own = np.sort(scores[relevant])[::-1]
    others = np.sort(np.delete(scores, relevant))
    return np.arange(1, len(own) + 1) + len(others) - np.searchsorted(others, own)
