"""Clips as a person looks at them: frames in a row, the caption underneath."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from locomotion_hf.compositing.measure import centroids
from locomotion_hf.types import Example

_TEXT, _GAP = 16, 6


def strip(examples: Sequence[Example], frames: int = 6) -> Image.Image:
    """One row a clip: evenly spaced frames, first and last included, with the path drawn so far.

    Args:
        examples: clips of one size, made with `masks=True`: the path is that of the drawn mattes.
        frames: how many to show of each.

    Returns:
        An RGB picture.
    """
    font = ImageFont.load_default(size=_TEXT)
    rows = [_row(example, frames, font) for example in examples]
    width, height = rows[0].size
    sheet = Image.new("RGB", (width, (height + _GAP) * len(rows) - _GAP), "white")
    for number, row in enumerate(rows):
        sheet.paste(row, (0, number * (height + _GAP)))
    return sheet


def _row(example: Example, frames: int, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> Image.Image:
    shown = np.linspace(0, len(example.frames) - 1, frames).round().astype(int)
    height, width = example.frames.shape[1:3]
    row = Image.new("RGB", ((width + _GAP) * frames - _GAP, height + _TEXT + 8), "white")
    if example.masks is None:
        raise ValueError(f"{example.id} has no mattes; make it with generate(..., masks=True)")
    tracks = [centroids(example.masks[:, number]) for number in range(example.masks.shape[1])]
    for place, t in enumerate(shown):
        frame = Image.fromarray(example.frames[t])
        if t:
            draw = ImageDraw.Draw(frame)
            for track in tracks:
                draw.line([tuple(point) for point in track[: t + 1]], fill=(255, 255, 255), width=3)
                draw.line([tuple(point) for point in track[: t + 1]], fill=(20, 20, 20), width=1)
        row.paste(frame, (place * (width + _GAP), 0))
    ImageDraw.Draw(row).text((0, height + 3), example.caption, fill="black", font=font)
    return row
