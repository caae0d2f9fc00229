"""The findings as tables: of one model with verdicts, or of several side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from locomotion_hf.captions.foils import KINDS
from locomotion_hf.tables import aligned
from locomotion_hf.types import TwinKind

from .choices import Finding

_VIEWS = {
    "clip": "whole clip",
    "one_frame": "one frame",
    "shuffled": "frames shuffled",
    "reversed": "clip reversed",
    "mirrored": "clip mirrored",
    "noun_hidden": "noun hidden",
}
#: Key of a finding -> how it is called in a table, in the order of the table.
NAMES: dict[str, str] = {
    **{f"retrieval/{view}": f"its caption among its scene's: {name}" for view, name in _VIEWS.items()},
    **{f"gallery/{view}": f"its caption among all: {name}" for view, name in _VIEWS.items()},
    "which/one_frame": "the clip or one frame of it",
    "which/shuffled": "the clip or its frames shuffled",
    **{
        f"{view}/{what}": f"{view}: {name}"
        for view in ("reversed", "mirrored")
        for what, name in (
            ("caption", "which caption"),
            ("clip", "which clip"),
            ("follows", "follows"),
            ("fooled", "is fooled"),
        )
    },
    **{
        f"twin/{kind}/{what}": f"twin by {kind}: which {what}"
        for kind in get_args(TwinKind)
        for what in ("caption", "clip")
    },
    **{f"foil/{fact}": f"foil of {fact}" for fact in KINDS},
}
#: What "retrieval" is among in a corpus, which has no scenes.
_CORPUS = ("among its scene's", "among all")


def findings_of(result: Mapping[str, Any]) -> list[Finding]:
    """The findings in the order of a table.

    Args:
        result: from `probe` or `probe_corpus`, or a file of one (where keys are sorted).
    """
    return [Finding(**result["findings"][key]) for key in NAMES if key in result["findings"]]


def probe_table(result: Mapping[str, Any], style: Literal["plain", "markdown"] = "plain") -> str:
    """One model: figure, 95 % interval, the same with one frame, chance, clips, verdict.

    Args:
        result: as in `findings_of`.
        style: for a terminal, or Markdown.
    """
    rows = [("", "figure", "95 % interval", "one frame", "chance", "clips", "verdict")]
    for one in findings_of(result):
        still = "" if one.one_frame is None else f"{100 * one.one_frame:.1f} %"
        rows.append(
            (
                _name(one.key, result),
                f"{100 * one.value:.1f} %",
                f"{100 * one.low:.1f} to {100 * one.high:.1f}",
                still,
                f"{100 * one.chance:.1f} %",
                f"{one.clips:,}",
                one.verdict,
            )
        )
    return aligned(rows, style)


def models_table(
    results: Mapping[str, Mapping[str, Any]],
    style: Literal["plain", "markdown"] = "plain",
    keys: Collection[str] = tuple(NAMES),
) -> str:
    """Several models on the same clips: a column each, percent with the 95 % interval.

    Args:
        results: name of the model -> as in `findings_of`.
        style: for a terminal, or Markdown.
        keys: of the findings that are shown.
    """
    found = {name: {one.key: one for one in findings_of(result)} for name, result in results.items()}
    first = next(iter(results.values()))
    rows = [["", *found, "chance", "clips"]]
    for key in (key for key in NAMES if key in keys and any(key in one for one in found.values())):
        some = next(one[key] for one in found.values() if key in one)
        cells = [_cell(one[key]) if key in one else "" for one in found.values()]
        rows.append([_name(key, first), *cells, f"{100 * some.chance:.1f}", f"{some.clips:,}"])
    return aligned(rows, style)


def _name(key: str, result: Mapping[str, Any]) -> str:
    return NAMES[key].replace(*_CORPUS) if "name" in result["clips"] else NAMES[key]


def _cell(one: Finding) -> str:
    return f"{100 * one.value:.1f} [{100 * one.low:.0f}, {100 * one.high:.0f}]"
