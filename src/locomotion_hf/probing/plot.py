"""The findings as a picture: a dot and its interval for each model, chance as a line, one frame as a hollow dot."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from locomotion_hf.captions.statistics.plot import COLOURS, check_plot
from locomotion_hf.errors import OutputError
from locomotion_hf.files import write_whole

from .choices import Finding
from .table import NAMES, findings_of

#: Part of the picture -> which keys it shows.
_PARTS = {
    "Retrieval and whole clips": ("retrieval/", "gallery/", "which/", "reversed/", "mirrored/"),
    "Twins: the clip or its twin": ("twin/",),
    "Foils: the caption or a false one": ("foil/",),
}


def write_plot(place: Path, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw the findings of one model or several on the same clips.

    Args:
        place: `.png`, `.svg` or `.pdf`; an existing file is replaced.
        results: name of the model -> as in `findings_of`; at most eight.

    Raises:
        OutputError: another ending, no such folder, more models than colours, or the place cannot be written.
        CaptionError: matplotlib is not installed.
    """
    check_plot(place, len(results))
    from matplotlib.figure import Figure

    found = {name: {one.key: one for one in findings_of(result)} for name, result in results.items()}
    there = [key for key in NAMES if any(key in one for one in found.values())]
    parts = {title: [key for key in there if key.startswith(starts)] for title, starts in _PARTS.items()}
    parts = {title: keys for title, keys in parts.items() if keys}
    longest = max(map(len, parts.values()))
    drawing = Figure(figsize=(2 + 5.2 * len(parts), 1.4 + 0.3 * longest), layout="constrained")
    for axes, (title, keys) in zip(drawing.subplots(1, len(parts), squeeze=False)[0], parts.items(), strict=True):
        _dots(axes, keys, found, longest)
        axes.set_title(title, fontsize=11)
    handles, labels = drawing.axes[0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
    data = io.BytesIO()
    drawing.savefig(data, format=place.suffix[1:].lower(), dpi=110)
    try:
        write_whole(place, data.getvalue())
    except OSError as error:
        raise OutputError(f"{place} cannot be written ({error}).", "a free place.", "check its rights.") from error


def _dots(axes: Any, keys: list[str], found: Mapping[str, Mapping[str, Finding]], rows_of_all: int) -> None:
    """One row for each key, the first on top, as high as in the other parts."""
    for number, (name, of) in enumerate(found.items()):
        rows = [row for row, key in enumerate(keys) if key in of]
        shown = [of[keys[row]] for row in rows]
        at = [row + 0.6 * ((number + 0.5) / len(found) - 0.5) for row in rows]
        values = [100 * one.value for one in shown]
        ends = [[100 * (one.value - one.low) for one in shown], [100 * (one.high - one.value) for one in shown]]
        colour = COLOURS[number]
        axes.errorbar(values, at, xerr=ends, fmt="o", color=colour, markersize=4, elinewidth=1, label=name)
        still = [(100 * one.one_frame, y) for one, y in zip(shown, at, strict=True) if one.one_frame is not None]
        if still:
            label = "the same with one frame" if number == len(found) - 1 else None
            x, y = zip(*still, strict=True)
            axes.plot(x, y, "o", color=colour, markerfacecolor="white", markersize=3.5, label=label, zorder=1)
    for row, key in enumerate(keys):
        chance = 100 * next(of[key].chance for of in found.values() if key in of)
        axes.plot([chance, chance], [row - 0.45, row + 0.45], color="#555555", linewidth=1, linestyle=":", zorder=0)
    axes.set_yticks(range(len(keys)), [NAMES[key].replace("its caption ", "") for key in keys], fontsize=8)
    axes.set_ylim(rows_of_all - 0.5, -0.5)
    axes.set_xlim(-2, 102)
    axes.set_xlabel("% (dotted: chance)")
    axes.xaxis.grid(True, color="#e4e4e4", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
