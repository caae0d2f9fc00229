"""Scores of films with sentences, by the embeddings alone or by the model's second look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation.ranking import DECIMALS

from .choices import outcomes
from .questions import Sheet

if TYPE_CHECKING:
    from locomotion_hf.evaluation.embedders import Embedder

#: "vtc": the cosine of the two embeddings; "vtm": the model's own look at each pair.
Scoring = Literal["vtc", "vtm"]
#: Scores that differ by no more are a tie. Source: the rounding of a float32 dot product, as in retrieval, and a
#: little more for the many layers behind a match score.
TIES: dict[Scoring, float] = {"vtc": 10.0**-DECIMALS, "vtm": 1e-5}


def answers_of(embedder: Embedder, sheet: Sheet, scoring: Scoring) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Ask all questions of a sheet.

    Args:
        embedder: the model.
        sheet: films, sentences and questions.
        scoring: by what.

    Returns:
        Key -> `(n,)` outcomes of its comparisons, 1, 0 or a half; and with "vtc" the unit vectors of the films and
        behind them those of the sentences, `(F + S, D)`.

    Raises:
        EvaluationError: the model has no second look, or a score is no number.
    """
    texts = list(sheet.sentences)
    pairs = np.array([pair for asked in sheet.questions.values() for both in asked for pair in both], np.int64)
    vectors: np.ndarray | None = None
    if scoring == "vtc":
        films, words = embedder.embed_videos(sheet.films), embedder.embed_texts(texts)
        scores = np.einsum("nd,nd->n", films[pairs[:, 0]].astype(np.float64), words[pairs[:, 1]].astype(np.float64))
        vectors = np.concatenate([films, words])
    else:
        matcher = embedder.matcher(sheet.films, texts)
        if matcher is None:
            raise EvaluationError(
                "scoring is vtm, and this model has no second look at pairs.",
                "a LocoMotion model saved whole, or X-CLIP.",
                "take vtc.",
            )
        distinct, which = np.unique(pairs, axis=0, return_inverse=True)
        scores = matcher(distinct[:, 1], distinct[:, 0]).astype(np.float64)[which.ravel()]
    if not np.isfinite(scores).all():
        raise EvaluationError(
            f"{int((~np.isfinite(scores)).sum())} of {len(scores)} scores are no numbers.",
            "finite scores.",
            "look for a diverged model, or features that overflow in half precision.",
        )
    sides = scores.reshape(-1, 2)
    won = outcomes(sides[:, 0], sides[:, 1], TIES[scoring])
    ends = np.cumsum([len(asked) for asked in sheet.questions.values()])
    return dict(zip(sheet.questions, np.split(won, ends[:-1]), strict=True)), vectors
