"""From scores to shares: who wins a comparison, with what interval, and what that says in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from locomotion_hf.evaluation.metrics import RESAMPLES, bootstrap_interval, paired_difference
from locomotion_hf.intervals import Interval, share_interval

#: With fewer scenes than this, their bootstrap alone would be too sure of itself. Source: own choice.
FEW_SCENES = 10


@dataclass(frozen=True)
class Finding:
    """One figure of one probe.

    Attributes:
        key: what was asked, for example "twin/reverse/caption".
        value: the share that was right, 0 to 1; of the probes "fooled", the share that was fooled.
        low, high: its 95 % interval, over scenes.
        chance: what guessing would give.
        clips: how many clips were asked for it.
        ties: the share of comparisons in which neither side won; each counts a half in a forced choice, and as
            wrong where one caption is looked for among many.
        one_frame: the same with one frame in place of each film; None where that is a probe of its own.
        lost: what the probe takes away, with its 95 % interval: "retrieval" on the whole clip minus this view, or
            a choice between whole clips minus the same choice with one frame. None where nothing is compared.
        verdict: in plain words.
    """

    key: str
    value: float
    low: float
    high: float
    chance: float
    clips: int
    ties: float
    one_frame: float | None
    lost: dict[str, float] | None
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        """Plain strings and numbers, for JSON; `Finding(**data)` is the inverse."""
        return asdict(self)


def outcomes(right: np.ndarray, wrong: np.ndarray, tie: float) -> np.ndarray:
    """1 where the right side scores higher, 0 where the wrong one does, a half where rounding may decide.

    Args:
        right: `(n,)` scores.
        wrong: `(n,)` scores.
        tie: what rounding may do.
    """
    difference = np.asarray(right, np.float64) - np.asarray(wrong, np.float64)
    return np.where(np.abs(difference) <= tie, 0.5, difference > 0)


def interval_of(values: np.ndarray, clusters: Sequence[str], *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """The mean of shares with its interval over clusters.

    Where all is right or all is wrong a bootstrap has no width; then each cluster counts as one trial. With few
    clusters it is never narrower than if each value were a trial of its own.

    Args:
        values: `(n,)`, 0 to 1.
        clusters: `(n,)` labels; a single label is no cluster, and each value then stands by itself.
        seed: of the bootstrap.
        resamples: of the bootstrap.
    """
    mean = float(np.mean(values))
    units = _units(clusters)
    if mean in (0.0, 1.0) or len(values) < 2:
        trials = len(values) if units is None else len(set(units))
        return share_interval(round(mean * trials), trials)
    found = bootstrap_interval(values, units, resamples=resamples, seed=seed)
    if units is not None and len(set(units)) < FEW_SCENES:
        wide = share_interval(round(mean * len(values)), len(values))
        found = Interval(mean, min(found.low, wide.low), max(found.high, wide.high))
    return found


def loss_of(
    before: np.ndarray, after: np.ndarray, clusters: Sequence[str], *, seed: int, resamples: int = RESAMPLES
) -> Interval:
    """How much smaller the second mean is, clip by clip.

    Args:
        before: `(n,)`, 0 to 1.
        after: `(n,)` of the same clips.
        clusters: as in `interval_of`.
        seed: of the bootstrap.
        resamples: of the bootstrap.
    """
    if len(before) < 2:
        return Interval(float(np.mean(before - after)), -1.0, 1.0)
    return paired_difference(before, after, _units(clusters), resamples=resamples, seed=seed)


def _units(clusters: Sequence[str]) -> Sequence[str] | None:
    return clusters if len(set(clusters)) > 1 else None


#: Probe by retrieval -> what is said when the figure falls, and when it does not.
_RETRIEVAL = {
    "one_frame": ("needs more than one frame", "one frame is enough"),
    "shuffled": ("needs the order", "no use of the order"),
    "reversed": ("needs the direction of time", "no use of the direction of time"),
    "mirrored": ("tells left from right", "does not tell left from right"),
    "noun_hidden": ("leans on the noun", "does without the noun"),
}
#: View -> what is said of a model that takes it for the clip.
_TAKEN = {"one_frame": "prefers one frame", "shuffled": "prefers the shuffled clip"}


def verdict(key: str, share: Interval, chance: float, lost: Interval | None, whole_above: bool = True) -> str:
    """A finding in plain words.

    Args:
        key: of the finding.
        share: the figure.
        chance: what guessing would give.
        lost: as in `Finding`.
        whole_above: of a retrieval, whether the whole clip is above chance: else there is nothing to lose.
    """
    kind, _, what = key.partition("/")
    above, below = share.low > chance, share.high < chance
    if kind in ("retrieval", "gallery") and what in _RETRIEVAL:
        if not whole_above or lost is None:
            return "nothing to lose"
        return _RETRIEVAL[what][0 if lost.low > 0 else 1]
    if what == "follows":
        return "follows" if above else "does not follow" if below else "at chance"
    if what == "fooled":
        return "is fooled" if above else "is not fooled" if below else "at chance"
    if not above:
        return _TAKEN.get(what, "below chance") if below else "at chance"
    if kind in ("retrieval", "gallery"):
        return "above chance"
    if kind == "which":
        return "prefers the whole clip"
    if key == "foil/noun":
        return "knows the noun"
    return "uses motion" if lost is not None and lost.low > 0 else "no better than one frame"
