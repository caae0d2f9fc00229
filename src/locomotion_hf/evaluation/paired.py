"""Is one run better than another? Asked query by query, on the same queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from locomotion_hf.errors import EvaluationError
from locomotion_hf.randomness import stream
from locomotion_hf.tables import aligned

from .corpus_retrieval import corpus_figures
from .figures import Figure
from .metrics import LEVEL, RESAMPLES, paired_difference

#: Random signs held at a time. Source: own choice; 32 MB.
_BLOCK = 4_000_000


@dataclass(frozen=True)
class PairedTest:
    """A difference between two runs.

    Attributes:
        difference: the mean of a - b over the queries.
        low, high: its interval, by the paired bootstrap over clusters.
        p: how often a difference at least as large comes about when, cluster by cluster, it is a matter of chance
            which run is which: two-sided, by random signs.
    """

    difference: float
    low: float
    high: float
    p: float


def paired_test(
    values_a: np.ndarray,
    values_b: np.ndarray,
    clusters: Sequence[str] | Sequence[int] | np.ndarray | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    *,
    seed: int,
) -> PairedTest:
    """The gain of one run over another with its interval and the p-value of a sign-flip test.

    Args:
        values_a: `(Q,)`, one number per query: a hit, a rank, an average precision.
        values_b: `(Q,)`, of the same queries in the same order.
        clusters: `(Q,)` labels; queries of one label are drawn, and flipped, together. None: each by itself.
        level: share of resamples inside the interval.
        resamples: of the bootstrap, and of the signs; the smallest p is 1 / (resamples + 1).
        seed: of both.

    Raises:
        EvaluationError: as `paired_difference` does.
    """
    interval = paired_difference(values_a, values_b, clusters, level, resamples, seed=seed)
    labels = np.arange(len(values_a)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    sums = np.bincount(labels, np.asarray(values_a, np.float64) - np.asarray(values_b, np.float64))
    sums = sums[sums != 0]  # a cluster without a difference has none under any sign
    generator = stream(seed, "evaluation", "signs")
    block = max(1, _BLOCK // max(1, len(sums)))
    # Sums that differ by rounding alone are as large.
    least = abs(sums.sum()) - 1e-9
    as_large = 0
    for start in range(0, resamples, block):
        signs = generator.integers(2, size=(min(block, resamples - start), len(sums)), dtype=np.int8) * 2.0 - 1
        as_large += int((np.abs(signs @ sums) >= least).sum())
    return PairedTest(interval.mean, interval.low, interval.high, (1 + as_large) / (1 + resamples))


def compare_runs(
    result_a: Mapping[str, Any], result_b: Mapping[str, Any], *, resamples: int = RESAMPLES, seed: int
) -> dict[str, Any]:
    """What one run gains over another on one corpus.

    Args:
        result_a: from `evaluate_corpus`, directly or from its file.
        result_b: the same of what it is held against.
        resamples: of the bootstrap, and of the signs.
        seed: of both.

    Returns:
        `figures`: "direction/scoring/metric" -> the difference a - b as a `Figure`, for each R@k and mAP that both
        have; `p`: the same keys -> the p-value; `settings`: those of a; `differs`: the settings in which the two
        differ.

    Raises:
        EvaluationError: one is not such a result, or the two asked different queries or clips.
    """
    for which, result in (("first", result_a), ("second", result_b)):
        missing = {"figures", "ranks", "precisions", "queries", "corpus", "settings"} - set(result)
        if missing:
            raise EvaluationError(
                f"The {which} result has no {', '.join(sorted(missing))}.",
                "what scripts/evaluate.py writes.",
                "evaluate that model first.",
            )
    _check_same(result_a, result_b)
    figures, p_values = {}, {}
    for key, of in result_a["figures"].items():
        metric = key.rpartition("/")[2]
        if key not in result_b["figures"] or not (metric == "map" or metric[1:].isdigit()):
            continue
        clusters = result_a["queries"][key[:3]]["clusters"]
        found = paired_test(
            _values(result_a, key),
            _values(result_b, key),
            clusters if len(set(clusters)) > 1 else None,
            resamples=resamples,
            seed=seed,
        )
        unit: Literal["points"] = "points"
        figures[key] = Figure(
            of["name"], found.difference, found.low, found.high, None, unit, of["queries"], of["candidates"]
        ).to_dict()
        p_values[key] = found.p
    told = (result_a["settings"], result_b["settings"])
    return {
        "figures": figures,
        "p": p_values,
        "settings": dict(told[0]),
        "differs": sorted(name for name in told[0] if told[0][name] != told[1].get(name)),
    }


def comparison_table(
    result_a: Mapping[str, Any],
    result_b: Mapping[str, Any],
    compared: Mapping[str, Any],
    style: Literal["plain", "markdown"] = "plain",
) -> str:
    """Both runs, their difference in points with its interval, and p.

    Args:
        result_a: as in `compare_runs`.
        result_b: as in `compare_runs`.
        compared: what that returned.
        style: aligned text for a terminal, or a Markdown table.
    """
    rows = [("", "a", "b", "a - b", "95 % interval", "p")]
    runs = corpus_figures(result_a), corpus_figures(result_b)
    for key, figure in corpus_figures(compared).items():
        name, difference, interval, _ = figure.cells()
        a, b = (run[key].cells()[1] for run in runs)
        rows.append((name, a, b, difference, interval, f"{compared['p'][key]:.4f}"))
    return aligned(rows, style)


def _check_same(result_a: Mapping[str, Any], result_b: Mapping[str, Any]) -> None:
    for what in ("corpus", "queries"):
        if result_a[what] == result_b[what]:
            continue
        seen = [
            f"{one['corpus']['name']} ({one['corpus']['clips']} clips, {one['corpus']['texts']} texts)"
            for one in (result_a, result_b)
        ]
        raise EvaluationError(
            f"The two runs were asked different things: {what} of {seen[0]} and {seen[1]} differ.",
            "the same clips and texts in the same order in both.",
            "evaluate both with the same --data, --split and --asking.",
        )


def _values(result: Mapping[str, Any], key: str) -> np.ndarray:
    """`(Q,)` float64: what an R@k or mAP figure is the mean of."""
    ranking, _, metric = key.rpartition("/")
    if metric == "map":
        return np.asarray(result["precisions"][ranking], np.float64)
    return (np.asarray(result["ranks"][ranking]) <= int(metric[1:])).astype(np.float64)
