"""Caption statistics as a picture: word classes, variety of verbs, what is stated."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from locomotion_hf.errors import CaptionError, OutputError
from locomotion_hf.files import write_whole
from locomotion_hf.intervals import Interval

from .counts import AMONG, STATEMENTS, CaptionStatistics
from .tagging import CLASSES

#: Told apart by colour-blind eyes and in grey (Okabe and Ito's palette, darker and lighter in turn).
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#555555", "#f0e442")
ENDINGS = (".png", ".svg", ".pdf")


def check_plot(place: Path, sources: int) -> None:
    """Refuse early what `write_plot` could not write.

    Raises:
        OutputError: another ending, no such folder, or more sources than there are colours.
        CaptionError: matplotlib is not installed.
    """
    if place.suffix.lower() not in ENDINGS or not place.parent.is_dir():
        raise OutputError(f"{place} as a plot.", f"a {', '.join(ENDINGS)} in a folder that exists.", "rename it.")
    if sources > len(COLOURS):
        raise OutputError(f"{sources} sources in one plot.", f"at most {len(COLOURS)}.", "plot fewer.")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise CaptionError(
            "matplotlib is not installed.",
            "the optional packages of the extra `stats`.",
            'give `pip install "locomotion-hf[stats]"`, or leave out --plot.',
        ) from error


def write_plot(place: Path, sources: Sequence[CaptionStatistics]) -> None:
    """Draw the figures of several sources side by side; whiskers are 95 % intervals.

    Args:
        place: `.png`, `.svg` or `.pdf`; an existing file is replaced.
        sources: one or more, at most as many as `COLOURS`.

    Raises:
        OutputError, CaptionError: as `check_plot`, or the place cannot be written.
    """
    check_plot(place, len(sources))
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(5, 1.3, 5))
    _bars(left, [f"{kind}s" for kind in CLASSES], sources, [list(one.classes.values()) for one in sources])
    left.set_title("Words per caption")
    varied = [[Interval(n, n, n)] for n in (one.distinct_among or 0.0 for one in sources)]
    _bars(middle, [""], sources, varied)
    middle.set_title(f"Distinct among\n{AMONG} verbs")
    for place_x, one in zip(_places(len(sources)), sources, strict=True):
        if one.distinct_among is None:
            middle.text(place_x, 0, "too few verbs", rotation=90, ha="center", va="bottom", fontsize=8)
    shares = [*STATEMENTS, "duplicates"]
    stated = [[_percent(figure) for figure in (*one.statements.values(), one.duplicates)] for one in sources]
    _bars(right, shares, sources, stated)
    right.set_title("Captions with ... (%)")
    right.set_ylim(0, 105)
    handles, _ = left.get_legend_handles_labels()
    names = [f"{one.name} ({one.captions:,} captions)" for one in sources]
    figure.legend(handles, names, loc="outside upper center", ncols=min(4, len(sources)), frameon=False)
    data = io.BytesIO()
    figure.savefig(data, format=place.suffix[1:].lower(), dpi=130)
    try:
        write_whole(place, data.getvalue())
    except OSError as error:
        raise OutputError(f"{place} cannot be written ({error}).", "a free place.", "check its rights.") from error


def _percent(figure: Interval) -> Interval:
    return Interval(100 * figure.mean, 100 * figure.low, 100 * figure.high)


def _places(count: int) -> list[float]:
    """Where the bars of one group stand, about 0."""
    return [0.8 * ((place + 0.5) / count - 0.5) for place in range(count)]


def _bars(
    axes: Any, labels: list[str], sources: Sequence[CaptionStatistics], figures: Sequence[Sequence[Interval]]
) -> None:
    """A group of bars for each label, a bar for each source."""
    for place, source, row, colour in zip(_places(len(sources)), sources, figures, COLOURS, strict=False):
        values = [one.mean for one in row]
        whiskers = [[one.mean - one.low for one in row], [one.high - one.mean for one in row]]
        at = [group + place for group in range(len(labels))]
        axes.bar(at, values, 0.8 / len(sources), color=colour, label=source.name)
        if any(map(any, whiskers)):
            axes.errorbar(at, values, whiskers, fmt="none", ecolor="#222222", elinewidth=0.9, capsize=2)
    axes.set_xticks(range(len(labels)), labels)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(bottom=0)
    axes.yaxis.grid(True, color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
