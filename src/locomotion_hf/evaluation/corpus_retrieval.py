"""Retrieval over captioned clips: the figures that papers report, of any model and any corpus.

Two ways of asking, because two kinds of corpora are in use:

- "instance": every text of every clip is a query (MSR-VTT, SSv2-Label);
- "template": the distinct texts are the queries, so that a text has many relevant clips and a clip as many
  candidates as there are texts (SSv2-Template, FineGym). V2T R@1 is then the accuracy of naming the template, and
  beside it mAP says most: R@k from text to video is easy when hundreds of clips are right.

Clips are read when their batch is due, and never stand in memory together. Where the model takes a second look,
they are read again for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from tqdm.auto import tqdm

from locomotion_hf.errors import EvaluationError

from .figures import Figure
from .metrics import (
    RESAMPLES,
    bootstrap_interval,
    chance_average_precision,
    chance_median_rank,
    hits_interval,
)
from .protocol import stamp
from .ranking import Ranking
from .retrieval import TOP_K, Retrieval, retrieve
from .weights import weights_revision

if TYPE_CHECKING:
    from locomotion_hf.corpora import Corpus

    from .embedders import Embedder, OpenEmbedder

#: How a corpus is asked, see above.
Asking = Literal["instance", "template"]

#: Metric of a direction -> how it is called in a table, in the order of the table.
METRICS = {
    "r1": "R@1",
    "r5": "R@5",
    "r10": "R@10",
    "median_rank": "median rank",
    "mean_rank": "mean rank",
    "map": "mAP",
}
_SCORINGS = {"vtc": "VTC", "vtm": "re-ranked"}


def evaluate_corpus(
    embedder: Embedder,
    corpus: Corpus,
    *,
    num_frames: int,
    seed: int,
    top_k: int = TOP_K,
    asking: Asking | None = None,
    resamples: int = RESAMPLES,
    progress: bool = False,
) -> dict[str, Any]:
    """All retrieval figures of one model on one corpus, in both directions.

    Args:
        embedder: the model.
        corpus: its clips are the candidates of the texts, and its texts those of the clips.
        num_frames: frames that are read of each clip, evenly spaced.
        seed: of the bootstrap.
        top_k: candidates that the model's second look puts in order again; 0 for none.
        asking: None takes "template" where a group has two clips or more on average and no text belongs to two
            groups, else "instance".
        resamples: of the bootstrap.
        progress: show bars.

    Returns:
        A dictionary for JSON:

        - `figures`: "direction/scoring/metric" -> a `Figure` as a dictionary, for example "t2v/vtc/r1"; directions
          are t2v and v2t, scorings vtc and, where there is a second look, vtm, metrics the keys of `METRICS`;
        - `ranks` and `precisions`: "direction/scoring" -> the rank of the first relevant candidate and the average
          precision of each query;
        - `queries`: direction -> `ids` and `clusters` of its queries. What the bootstrap draws are clusters: clips
          of one scene, texts of one scene (or of one clip) when asked by instance, of one group by template;
        - `corpus`: name, split, fingerprint, clips, texts, groups;
        - `settings`: asking, num_frames, top_k, seed, resamples.

    Raises:
        EvaluationError: the corpus has fewer than two clips or groups, a text belongs to two groups and was to be
            asked as a template, a vector is NaN.
        AssetError: a video cannot be read.
    """
    questions = _questions(corpus, asking)
    if num_frames < 1 or top_k < 0:
        raise EvaluationError(
            f"num_frames={num_frames}, top_k={top_k}.", "1 or more frames, 0 or more candidates.", "raise it."
        )
    text_embeddings = embedder.embed_texts(questions.texts)
    with tqdm(total=len(corpus), desc="embedding", unit="clip", disable=not progress, leave=False) as bar:
        video_embeddings = embedder.embed_videos(_Clips(corpus, num_frames, bar))
    found = retrieve(
        video_embeddings,
        text_embeddings,
        [row.group for row in corpus.rows],
        questions.groups,
        rescore=embedder.matcher(_Clips(corpus, num_frames), questions.texts) if top_k else None,
        top_k=top_k,
        progress=progress,
    )
    clusters = {"t2v": questions.clusters, "v2t": [row.scene or row.id for row in corpus.rows]}
    rankings = dict(_rankings(found))
    return {
        "figures": {
            f"{key}/{metric}": _figure(key, metric, ranking, clusters[key[:3]], seed, resamples).to_dict()
            for key, ranking in rankings.items()
            for metric in METRICS
        },
        "ranks": {key: ranking.ranks.tolist() for key, ranking in rankings.items()},
        "precisions": {key: ranking.precisions.round(6).tolist() for key, ranking in rankings.items()},
        "queries": {
            "t2v": {"ids": questions.ids, "clusters": questions.clusters},
            "v2t": {"ids": [row.id for row in corpus.rows], "clusters": clusters["v2t"]},
        },
        "corpus": {
            "name": corpus.name,
            "split": corpus.split,
            "fingerprint": corpus.fingerprint,
            "clips": len(corpus),
            "texts": len(questions.texts),
            "groups": len({row.group for row in corpus.rows}),
        },
        "settings": {
            "asking": questions.asking,
            "num_frames": num_frames,
            "top_k": top_k,
            "seed": seed,
            "resamples": resamples,
        },
    }


def stamped(
    result: Mapping[str, Any],
    embedder: OpenEmbedder,
    *,
    weights: str | Path | None = None,
    argv: Sequence[str] | None = None,
) -> dict[str, Any]:
    """A result together with all that it takes to measure it again, for `write_results`.

    Args:
        result: from `evaluate_corpus`.
        embedder: that it was measured with.
        weights: the model's folder or name, whose files are hashed; None leaves that out.
        argv: as in `stamp`.
    """
    asked, told = result["queries"], embedder.describe()
    made = stamp(
        seeds={"bootstrap": result["settings"]["seed"]},
        num_frames=told.pop("frames"),
        sampling="evenly spaced over the clip, first and last included",
        resolution=told.pop("resolution"),
        precision=told.pop("precision"),
        queries=asked["t2v"]["ids"],
        candidates=asked["v2t"]["ids"],
        argv=argv,
    )
    depth = result["settings"]["top_k"] if "t2v/vtm" in result["ranks"] else 0
    revision = {} if weights is None else {"weights": weights_revision(weights)}
    return {"stamp": {**made, **told, **revision, "rerank_depth": depth}, **result}


def corpus_figures(result: Mapping[str, Any]) -> dict[str, Figure]:
    """The figures in the order of a table: by template, those of the clips first; else those of the texts.

    Args:
        result: from `evaluate_corpus` or `compare_runs`, or the file of one (where keys are sorted).
    """
    directions = ("t2v", "v2t") if result["settings"]["asking"] == "instance" else ("v2t", "t2v")
    keys = (f"{way}/{how}/{metric}" for way in directions for how in _SCORINGS for metric in METRICS)
    return {key: Figure(**result["figures"][key]) for key in keys if key in result["figures"]}


@dataclass(frozen=True)
class _Questions:
    """The texts that are asked, their groups, ids and clusters."""

    asking: Asking
    texts: list[str]
    groups: list[str]
    ids: list[str]
    clusters: list[str]


def _questions(corpus: Corpus, asking: Asking | None) -> _Questions:
    rows, groups = corpus.rows, {row.group for row in corpus.rows}
    if len(rows) < 2 or len(groups) < 2:
        raise EvaluationError(
            f"The corpus {corpus.name} ({corpus.split}) has {len(rows)} clips in {len(groups)} groups.",
            "two or more of each: among clips that are all right, none can be found.",
            "choose another split, or see why its rows were skipped.",
        )
    if asking is None:
        distinct = {(text, row.group) for row in rows for text in row.texts}
        # A text of two groups has no set of right clips, so it cannot be asked by itself.
        told_apart = len(distinct) == len({text for text, _ in distinct})
        asking = "template" if 2 * len(groups) <= len(rows) and told_apart else "instance"
    if asking == "instance":
        told = [(text, row, number) for row in rows for number, text in enumerate(row.texts)]
        return _Questions(
            asking,
            [text for text, _, _ in told],
            [row.group for _, row, _ in told],
            [f"{row.id}#{number}" for _, row, number in told],
            [row.scene or row.id for _, row, _ in told],
        )
    if asking != "template":
        raise EvaluationError(f"asking is {asking!r}.", '"instance" or "template".', "choose one of the two.")
    group_of: dict[str, str] = {}
    for row in rows:
        for text in row.texts:
            if group_of.setdefault(text, row.group) != row.group:
                raise EvaluationError(
                    f"The text {text!r} stands at clips of two groups, {group_of[text]!r} and {row.group!r}.",
                    "one group for each distinct text, when those are the queries.",
                    'ask by "instance", or give these clips one group.',
                )
    texts, of = list(group_of), list(group_of.values())
    return _Questions(asking, texts, of, texts, of)


class _Clips(Sequence[np.ndarray]):
    """The clips of a corpus as a sequence that reads them when they are asked for."""

    def __init__(self, corpus: Corpus, num_frames: int, bar: tqdm | None = None) -> None:
        self.corpus, self.num_frames, self.bar = corpus, num_frames, bar

    def __len__(self) -> int:
        return len(self.corpus.rows)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> list[np.ndarray]: ...
    def __getitem__(self, index: int | slice) -> np.ndarray | list[np.ndarray]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        frames = self.corpus.frames(self.corpus.rows[index], self.num_frames)
        if self.bar is not None:
            self.bar.update()
        return frames


def _rankings(found: Retrieval) -> Iterator[tuple[str, Ranking]]:
    """Every ranking with its place, "direction/scoring"."""
    stages = {"vtc": found} if found.first_stage is None else {"vtc": found.first_stage, "vtm": found}
    for scoring, stage in stages.items():
        yield f"t2v/{scoring}", stage.text_to_video
        yield f"v2t/{scoring}", stage.video_to_text


def _figure(key: str, metric: str, ranking: Ranking, clusters: list[str], seed: int, resamples: int) -> Figure:
    """One metric of one ranking with its interval and its chance."""
    direction, scoring = key.split("/")
    name = f"{direction.upper()} {METRICS[metric]} ({_SCORINGS[scoring]})"
    unit: Literal["percent", "rank"] = "rank" if metric.endswith("rank") else "percent"
    relevant, candidates = ranking.relevant, ranking.candidates
    units = clusters if len(set(clusters)) > 1 else None
    if metric == "median_rank":
        values, chance = ranking.ranks, chance_median_rank(relevant, candidates)
    elif metric == "mean_rank":
        # The expected smallest of R places drawn among C.
        values, chance = ranking.ranks, float(((candidates + 1) / (relevant + 1)).mean())
    elif metric == "map":
        values, chance = ranking.precisions, float(chance_average_precision(relevant, candidates).mean())
    else:
        values, chance = ranking.hits(int(metric[1:])), ranking.chance(int(metric[1:]))
    if metric[1:].isdigit():
        interval = hits_interval(values, units, resamples, seed=seed)
    else:
        statistic: Literal["mean", "median"] = "median" if metric == "median_rank" else "mean"
        interval = bootstrap_interval(values, units, resamples=resamples, seed=seed, statistic=statistic)
    return Figure(
        name, interval.mean, interval.low, interval.high, chance, unit, len(values), float(candidates.mean())
    )
