"""The benchmark of the main job: does the model know a motion when it sees one?

Three tasks over two held-out sets, from the easiest to fool to the hardest:

- `gallery`: each caption against all clips of the minimal set. The object helps.
- `same_noun`: against the clips of one noun, on different backgrounds. Only how the object looks and what
  it does help.
- `same_scene`: against the clips that share object and background. Only the motion helps.

Each is measured on whole clips and on one frame repeated, which no motion survives, by VTC alone and
with VTM looking at the best candidates again. Every figure has a 95 % interval and its chance, and the
rank of every query is kept, so that any two runs can be paired, also from their files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from locomotion_hf.errors import EvaluationError
from locomotion_hf.randomness import stable_hash
from locomotion_hf.types import Example

from .figures import Figure
from .metrics import (
    RESAMPLES,
    bootstrap_interval,
    chance_median_rank,
    hits_interval,
    paired_difference,
)
from .retrieval import TOP_K, Ranking, Rescore, retrieve
from .views import one_frame

if TYPE_CHECKING:
    from .embedders import Embedder

#: Task -> the set whose clips it ranks.
TASKS = {"gallery": "minimal", "same_scene": "minimal", "same_noun": "noun"}

#: View of a clip -> how it is made.
VIEWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"clip": lambda frames: frames, "one_frame": one_frame}

#: Part of a figure's key -> how it is called in a table; their order is that of the table.
_WORDS = {
    "gallery": "all clips",
    "same_noun": "same noun",
    "same_scene": "same object and background",
    "clip": "",
    "one_frame": ", one frame",
    "vtc": "VTC",
    "vtm": "VTM",
    "t2v": "T2V",
    "v2t": "V2T",
    "r1": "R@1",
    "r5": "R@5",
    "r10": "R@10",
    "median_rank": "median rank",
}


def motion_benchmark(
    embedder: Embedder,
    sets: Mapping[str, Sequence[Example]],
    *,
    seed: int,
    text: Literal["caption", "spatial_caption"] = "caption",
    top_k: int = TOP_K,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """All figures of one model.

    Args:
        embedder: the model.
        sets: "minimal", in groups that share object and background and differ in motion, and "noun", in
            groups of one noun on different backgrounds. Which clips form a group is read from the
            examples: equal object and background ids, equal nouns.
        seed: of the bootstrap.
        text: what is asked for. A model trained on spatial captions is still asked for motions, so the
            default fits both; "spatial_caption" asks how far a question without motion gets.
        top_k: candidates that VTM looks at again (0: VTC alone). VTM costs a pass of the cross-modal
            encoder for each pair: about 3 x queries x top_k of them.
        resamples: of the bootstrap.

    Returns:
        A dictionary for JSON:

        - `figures`: "task/view/scoring/direction/metric" -> a `Figure` as a dictionary, for example
          "same_scene/clip/vtc/t2v/r1";
        - `ranks`: "task/view/scoring/direction" -> one rank per query;
        - `sets`: set -> `ids` and `clusters` of its queries, and a `digest` of ids and motions; the units
          of the bootstrap are the scenes of the minimal set and the nouns of the noun set;
        - `settings`: text, top_k, seed, resamples.

    Raises:
        EvaluationError: for other sets.
    """
    if set(sets) != {"minimal", "noun"} or not all(sets.values()):
        raise EvaluationError(
            f"The sets are { ({name: len(examples) for name, examples in sets.items()}) }.",
            'examples in "minimal" and in "noun", and no other set.',
            "build both of the held-out sets.",
        )
    figures: dict[str, dict[str, Any]] = {}
    ranks: dict[str, list[int]] = {}
    clusters = {name: _clusters(name, examples) for name, examples in sets.items()}
    for name, examples in sets.items():
        for key, ranking in _rankings(embedder, name, examples, clusters[name], text, top_k):
            ranks[key] = ranking.ranks.tolist()
            for metric in _metrics(key):
                figure = _figure(key, metric, ranking, clusters[name], seed, resamples)
                figures[f"{key}/{metric}"] = figure.to_dict()
    return {
        "figures": figures,
        "ranks": ranks,
        "sets": {
            name: {
                "ids": [example.id for example in examples],
                "clusters": clusters[name],
                "digest": f"{stable_hash(*(f'{example.id} {example.group}' for example in examples)):032x}",
            }
            for name, examples in sets.items()
        },
        "settings": {"text": text, "top_k": top_k, "seed": seed, "resamples": resamples},
    }


def figures_of(result: Mapping[str, Any]) -> list[Figure]:
    """The rows for `figures_table`, in one order for all results.

    Args:
        result: what `motion_benchmark` or `compare` returned, or a file kept (where keys are sorted).
    """
    order = list(_WORDS)
    keys = sorted(result["figures"], key=lambda key: [order.index(part) for part in key.split("/")])
    return [Figure(**result["figures"][key]) for key in keys]


def compare(result_a: Mapping[str, Any], result_b: Mapping[str, Any], *, seed: int) -> dict[str, Any]:
    """What one run gains over another, query by query.

    Args:
        result_a: from `motion_benchmark`, directly or read from a file; for example of the trained model.
        result_b: the same of what it is held against: step 0, or the model trained on spatial captions.
        seed: of the bootstrap.

    Returns:
        `figures` for each R@k that both have, as differences a - b with intervals.

    Raises:
        EvaluationError: when the two were measured on different clips.
    """
    keys = [key for key in result_a["figures"] if key in result_b["figures"] and "/r" in key]
    return {"figures": {key: gain(result_a, key, result_b, key, seed=seed).to_dict() for key in keys}}


def gain(result_a: Mapping[str, Any], key_a: str, result_b: Mapping[str, Any], key_b: str, *, seed: int) -> Figure:
    """One paired difference; also of two figures of one result, such as a clip and one frame of it.

    Args:
        result_a: from `motion_benchmark`.
        key_a: an R@k figure, as it stands in `figures`.
        result_b: from `motion_benchmark`; may be the same.
        key_b: an R@k figure on the same set.
        seed: of the bootstrap.

    Returns:
        The difference a - b in points.

    Raises:
        EvaluationError: when the two were measured on different clips.
    """
    name_a, name_b = (TASKS[key.split("/")[0]] for key in (key_a, key_b))
    if result_a["sets"][name_a] != result_b["sets"][name_b]:
        raise EvaluationError(
            f"{key_a} and {key_b} were measured on different clips.",
            "the same clips in the same order in both.",
            "evaluate both on the same held-out set.",
        )
    interval = paired_difference(
        _hits(result_a, key_a),
        _hits(result_b, key_b),
        _units(result_a["sets"][name_a]["clusters"]),
        resamples=result_a["settings"]["resamples"],
        seed=seed,
    )
    of = Figure(**result_a["figures"][key_a])
    return Figure(of.name, interval.mean, interval.low, interval.high, None, "points", of.queries, of.candidates)


def _rankings(
    embedder: Embedder,
    name: str,
    examples: Sequence[Example],
    clusters: list[str],
    text: Literal["caption", "spatial_caption"],
    top_k: int,
) -> Iterator[tuple[str, Ranking]]:
    """Every ranking of one set, as "task/view/scoring/direction" and the ranking itself."""
    asked = [one.caption if text == "caption" else one.spatial_caption for one in examples]
    groups = [example.group for example in examples]
    labels = np.unique(clusters, return_inverse=True)[1]
    text_embeddings = embedder.embed_texts(asked)
    for view, seen in VIEWS.items():
        videos = [seen(example.frames) for example in examples]
        video_embeddings = embedder.embed_videos(videos)
        matcher = embedder.matcher(videos, asked) if top_k > 0 else None
        scorings: dict[str, Rescore | None] = {"vtc": None} if matcher is None else {"vtc": None, "vtm": matcher}
        for task in (task for task, of in TASKS.items() if of == name):
            sets = None if task == "gallery" else labels
            both = task == "gallery" and view == "clip"
            for scoring, rescore in scorings.items():
                found = retrieve(
                    video_embeddings,
                    text_embeddings,
                    groups,
                    candidate_sets=sets,
                    rescore=rescore,
                    top_k=top_k,
                    rescore_videos=both,
                )
                yield f"{task}/{view}/{scoring}/t2v", found.text_to_video
                if both:
                    yield f"{task}/{view}/{scoring}/v2t", found.video_to_text


def _hits(result: Mapping[str, Any], key: str) -> np.ndarray:
    """`(Q,)` float64, 1 where the query of an R@k figure was answered."""
    ranking, _, metric = key.rpartition("/")
    return (np.asarray(result["ranks"][ranking]) <= int(metric[1:])).astype(np.float64)


def _units(clusters: list[str]) -> list[str] | None:
    """What the bootstrap draws: clusters, or single queries where a user's folder gives one cluster only."""
    return clusters if len(set(clusters)) > 1 else None


def _clusters(name: str, examples: Sequence[Example]) -> list[str]:
    """What the queries of a set share: the scene, or in the noun set the noun."""
    if name == "noun":
        return [example.noun for example in examples]
    return ["|".join([*example.object_ids, example.background_id]) for example in examples]


def _metrics(key: str) -> tuple[str, ...]:
    """Groups are too small for more than R@1; the rest is told of whole clips in the gallery alone."""
    whole = key.startswith("gallery/clip") and key.endswith("t2v")
    return ("r1", "r5", "r10", "median_rank") if whole else ("r1",)


def _figure(key: str, metric: str, ranking: Ranking, clusters: list[str], seed: int, resamples: int) -> Figure:
    """One metric of one ranking with its interval and its chance."""
    task, view, scoring, direction = key.split("/")
    name = f"{_WORDS[direction]} {_WORDS[metric]}, {_WORDS[task]}{_WORDS[view]} ({_WORDS[scoring]})"
    size, mean_candidates = len(ranking.ranks), float(ranking.candidates.mean())
    if metric == "median_rank":
        values, chance = ranking.ranks, chance_median_rank(ranking.relevant, ranking.candidates)
        interval = bootstrap_interval(values, _units(clusters), resamples=resamples, seed=seed, statistic="median")
        return Figure(name, interval.mean, interval.low, interval.high, chance, "rank", size, mean_candidates)
    k = int(metric[1:])
    interval = hits_interval(ranking.hits(k), _units(clusters), resamples, seed=seed)
    return Figure(
        name, interval.mean, interval.low, interval.high, ranking.chance(k), "percent", size, mean_candidates
    )
