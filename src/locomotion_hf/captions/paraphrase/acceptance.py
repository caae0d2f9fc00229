"""How many of the answers were true, and what was wrong with the others."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from locomotion_hf.intervals import share_interval

from .ledger import Ledger


def share(successes: int, trials: int) -> dict[str, float]:
    """A share with its 95 % interval; of nothing, all is open."""
    if not trials:
        return {"share": 0.0, "low": 0.0, "high": 1.0}
    found = share_interval(successes, trials)
    values = {"share": found.mean, "low": found.low, "high": found.high}
    return {name: round(value, 4) for name, value in values.items()}


def summary(ledger: Ledger) -> dict[str, Any]:
    """Acceptance by reason, for each prompt that each model was asked.

    Returns:
        `groups`, a list with one entry for each (prompt, model, revision, settings):

        - `requests`: answered; `unanswered`: still failed at their last try;
        - `captions`: the share of answered requests with at least one accepted sentence;
        - `candidates`: how many sentences, and `accepted`: the share of them;
        - `reasons`: reason -> count and share of the candidates, the commonest first.

        Intervals of `accepted` and `reasons` take candidates as independent; those of one caption are not quite, so
        the one of `captions` is the honest one for comparing prompts.
    """
    groups: dict[str, dict[str, Any]] = {}
    for row in ledger.latest():
        about = {name: row[name] for name in ("prompt", "model", "revision", "settings")}
        name = json.dumps(about, sort_keys=True)
        group = groups.setdefault(
            name, {**about, "answered": 0, "unanswered": 0, "some": 0, "accepted": 0, "reasons": Counter()}
        )
        if row["failure"]:
            group["unanswered"] += 1
            continue
        group["answered"] += 1
        accepted = sum(one["accepted"] for one in row["candidates"])
        group["accepted"] += accepted
        group["some"] += accepted > 0
        group["reasons"].update(one["reason"] for one in row["candidates"] if not one["accepted"])
    return {"groups": [_figures(groups[name]) for name in sorted(groups)]}


def _figures(group: dict[str, Any]) -> dict[str, Any]:
    reasons: Counter[str] = group["reasons"]
    candidates = group["accepted"] + reasons.total()
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return {
        **{name: group[name] for name in ("prompt", "model", "revision", "settings")},
        "requests": group["answered"],
        "unanswered": group["unanswered"],
        "captions": {"count": group["some"], **share(group["some"], group["answered"])},
        "candidates": candidates,
        "accepted": {"count": group["accepted"], **share(group["accepted"], candidates)},
        "reasons": {reason: {"count": count, **share(count, candidates)} for reason, count in ranked},
    }
