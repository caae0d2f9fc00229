"""A figure with what it takes to judge it, and the table that scripts print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from locomotion_hf.tables import aligned

#: percent: a share, 0 to 1, shown in percent; points: a difference of shares; rank: a rank, from 1.
Unit = Literal["percent", "points", "rank"]


@dataclass(frozen=True)
class Figure:
    """One row of a results table.

    Attributes:
        name: what was measured.
        value: the figure over all queries.
        low, high: its 95 % interval.
        chance: what a random order would give; None for a difference.
        unit: how it is shown.
        queries: how many queries stand behind it.
        candidates: among how many candidates each, on average.
    """

    name: str
    value: float
    low: float
    high: float
    chance: float | None
    unit: Unit
    queries: int
    candidates: float

    def to_dict(self) -> dict[str, Any]:
        """Plain strings and numbers, for JSON; `Figure(**data)` is the inverse."""
        return asdict(self)

    def cells(self) -> tuple[str, str, str, str]:
        """Name, figure, interval and chance as they are printed."""
        if self.unit == "rank":
            shown, unit = "{:.1f}", ""
            numbers = (self.value, self.low, self.high)
        else:
            shown, unit = ("{:+.1f}", "") if self.unit == "points" else ("{:.1f}", " %")
            numbers = (100 * self.value, 100 * self.low, 100 * self.high)
        value, low, high = (shown.format(number) for number in numbers)
        chance = ""
        if self.chance is not None:
            chance = shown.format(self.chance if self.unit == "rank" else 100 * self.chance) + unit
        return self.name, value + unit, f"{low} to {high}", chance


def figures_table(rows: Iterable[Figure], style: Literal["plain", "markdown"] = "plain") -> str:
    """The rows as text: name, figure, 95 % interval, chance.

    Args:
        rows: in the order in which they are to stand.
        style: aligned text for a terminal, or a Markdown table (aligned as well).

    Returns:
        Lines without a newline at the end. Shares are in percent with one decimal, gains in points.
    """
    table = [("", "figure", "95 % interval", "chance"), *(row.cells() for row in rows)]
    return aligned(table, style)
