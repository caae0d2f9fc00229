"""The probes that need no facts, on any captioned videos: is the caption found, and what if the clip is less?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from locomotion_hf.corpora import Corpus, CorpusRow
from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation import evaluate_corpus
from locomotion_hf.evaluation.corpus_retrieval import Asking
from locomotion_hf.evaluation.metrics import RESAMPLES
from locomotion_hf.evaluation.retrieval import TOP_K

from .choices import Finding, interval_of, loss_of, verdict
from .clips import VERSION
from .nouns import hide_nouns
from .questions import RETRIEVED
from .scoring import Scoring
from .views import VIEWS

if TYPE_CHECKING:
    from locomotion_hf.evaluation.embedders import Embedder

#: Views that a corpus is shown in; of most corpora the mirrored clip has no caption either.
CORPUS_VIEWS = (*RETRIEVED, "mirrored")


class _Seen(Corpus):
    """A corpus whose clips are shown in one view."""

    def __init__(self, corpus: Corpus, view: Callable[[np.ndarray, str], np.ndarray]) -> None:
        super().__init__(corpus.name, corpus.split, corpus.rows, lambda id: b"", corpus.skipped)
        self._corpus, self._view = corpus, view

    def frames(self, row: CorpusRow, num_frames: int) -> np.ndarray:
        return self._view(self._corpus.frames(row, num_frames), row.id)


def probe_corpus(
    embedder: Embedder,
    corpus: Corpus,
    *,
    num_frames: int,
    scoring: Scoring = "vtc",
    asking: Asking | None = None,
    seed: int,
    resamples: int = RESAMPLES,
    progress: bool = False,
) -> dict[str, Any]:
    """Video-to-text R@1 on whole clips, and what one frame, another order, other directions or no nouns leave of it.

    Args:
        embedder: the model.
        corpus: its clips and texts.
        num_frames: frames that are read of each clip, evenly spaced.
        scoring: "vtc", or "vtm" for the model's second look at the best candidates.
        asking: what the texts are, as in `evaluate_corpus`.
        seed: of the bootstrap.
        resamples: of the bootstrap.
        progress: show bars.

    Returns:
        As `probe`, with the keys "retrieval/VIEW" in `findings`, and the corpus in place of the clips.
        "retrieval/noun_hidden" is left out where no text names an object that we know.

    Raises:
        EvaluationError: as `evaluate_corpus`; or the model has no second look.
        AssetError: a video cannot be read.
    """
    settings: dict[str, Any] = {
        "num_frames": num_frames,
        "seed": seed,
        "top_k": TOP_K if scoring == "vtm" else 0,
        "resamples": resamples,
        "progress": progress,
    }
    runs: dict[str, dict[str, Any]] = {}
    for view in CORPUS_VIEWS:
        runs[view] = evaluate_corpus(embedder, _Seen(corpus, VIEWS[view]), asking=asking, **settings)
    hidden, changed = _hidden(corpus)
    if changed and len({row.group for row in hidden.rows}) > 1:
        told = runs["clip"]["settings"]["asking"]
        runs["noun_hidden"] = evaluate_corpus(embedder, hidden, asking=told, **settings)
    if f"v2t/{scoring}" not in runs["clip"]["ranks"]:
        raise EvaluationError(
            "scoring is vtm, and this model has no second look at pairs.",
            "a LocoMotion model saved whole, or X-CLIP.",
            "take vtc.",
        )
    found: list[Finding] = []
    hits = {view: np.array(run["ranks"][f"v2t/{scoring}"]) == 1 for view, run in runs.items()}
    clusters = runs["clip"]["queries"]["v2t"]["clusters"]
    for view, run in runs.items():
        figure, key = run["figures"][f"v2t/{scoring}/r1"], f"retrieval/{view}"
        values, lost = hits[view].astype(np.float64), None
        share = interval_of(values, clusters, seed=seed, resamples=resamples)
        if view != "clip":
            lost = loss_of(hits["clip"].astype(np.float64), values, clusters, seed=seed, resamples=resamples)
        above = not found or found[0].low > found[0].chance
        told = verdict(key, share, figure["chance"], lost, whole_above=above)
        figures = share.mean, share.low, share.high, figure["chance"], len(corpus), 0.0, None
        found.append(Finding(key, *figures, lost.to_dict() if lost else None, told))
    return {
        "findings": {one.key: one.to_dict() for one in found},
        "clips": {
            **runs["clip"]["corpus"],
            "version": VERSION,
            "frames": num_frames,
            "nouns_hidden": changed,
            "ids": [row.id for row in corpus.rows],
            "count": len(corpus),
        },
        "settings": {**runs["clip"]["settings"], "scoring": scoring},
    }


def _hidden(corpus: Corpus) -> tuple[Corpus, int]:
    """The corpus with its nouns hidden, and how many texts that has changed.

    Groups that come to share a text become one: their clips are now true of each other's texts.
    """
    texts = [tuple(dict.fromkeys(hide_nouns(text) for text in row.texts)) for row in corpus.rows]
    changed = sum(
        hide_nouns(text) != text for text in dict.fromkeys(text for row in corpus.rows for text in row.texts)
    )
    parent = {row.group: row.group for row in corpus.rows}

    def root(group: str) -> str:
        while parent[group] != group:
            parent[group] = group = parent[parent[group]]
        return group

    group_of: dict[str, str] = {}
    for row, told in zip(corpus.rows, texts, strict=True):
        for text in told:
            parent[root(row.group)] = root(group_of.setdefault(text, row.group))
    rows = [replace(row, texts=told, group=root(row.group)) for row, told in zip(corpus.rows, texts, strict=True)]
    return corpus.take(rows), changed
