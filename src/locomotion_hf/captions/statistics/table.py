"""Caption statistics as a table: a row a figure, a column a source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from locomotion_hf.intervals import Interval
from locomotion_hf.tables import aligned

from .counts import AMONG, STATEMENTS, CaptionStatistics
from .tagging import CLASSES


def statistics_table(sources: Sequence[CaptionStatistics], style: Literal["plain", "markdown"] = "plain") -> str:
    """The figures of several sources side by side, with 95 % intervals.

    Args:
        sources: one or more.
        style: aligned text for a terminal, or a Markdown table (aligned as well).

    Returns:
        Lines without a newline at the end.
    """
    rows = [["", *(source.name.replace("|", "/") for source in sources)]]
    rows.append(["captions", *(f"{source.captions:,}" for source in sources)])
    rows.append(["left out", *(f"{sum(source.left_out.values()):,}" for source in sources)])
    rows.append(["words per caption", *(_mean(source.words) for source in sources)])
    rows.append(["longest, words", *(f"{source.longest:,}" for source in sources)])
    for kind in CLASSES:
        rows.append([f"{kind}s per caption", *(_mean(source.classes[kind]) for source in sources)])
    rows.append(["verbs + adverbs per noun", *(f"{source.per_noun:.2f}" for source in sources)])
    rows.append(["distinct verbs", *(f"{source.distinct_verbs:,}" for source in sources)])
    rows.append(
        [
            f"distinct among {AMONG} verbs",
            *("too few" if source.distinct_among is None else f"{source.distinct_among:.1f}" for source in sources),
        ]
    )
    rows.append(["verb entropy, bits", *(f"{source.verb_entropy:.2f}" for source in sources)])
    rows.append(["frequent verbs", *(_verbs(source, 3) for source in sources)])
    for statement in STATEMENTS:
        rows.append([f"with a {statement}", *(_share(source.statements[statement]) for source in sources)])
    rows.append(["duplicates", *(_share(source.duplicates) for source in sources)])
    return aligned(rows, style)


def left_out_lines(sources: Sequence[CaptionStatistics]) -> list[str]:
    """A sentence for each source of which captions were left out, with the reasons."""
    return [
        f"{source.name}: left out {', '.join(f'{count:,} {reason}' for reason, count in source.left_out.items())}"
        for source in sources
        if source.left_out
    ]


def _mean(figure: Interval) -> str:
    return f"{figure.mean:.2f} [{figure.low:.2f}, {figure.high:.2f}]"


def _share(figure: Interval) -> str:
    return f"{100 * figure.mean:.0f} % [{100 * figure.low:.0f}, {100 * figure.high:.0f}]"


def _verbs(source: CaptionStatistics, count: int) -> str:
    return ", ".join(f"{verb} {100 * share:.0f} %" for verb, share in source.top_verbs[:count]) or "none"
