"""Rows as aligned text, or as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal


def aligned(rows: Sequence[Sequence[str]], style: Literal["plain", "markdown"] = "plain") -> str:
    """Rows below each other, the first column to the left, the others to the right.

    Args:
        rows: the head, then the others; all of one length.
        style: aligned text for a terminal, or a Markdown table (aligned as well).

    Returns:
        Lines without a newline at the end.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        [
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    if style == "plain":
        return "\n".join("  ".join(line).rstrip() for line in lines)
    rule = ["-" * (width - 1) + ":" if column else "-" * max(width, 1) for column, width in enumerate(widths)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])
