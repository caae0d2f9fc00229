"""Clips as a person looks at them: a sheet of frames, or moving pictures side by side.

The ending of the file says which: `.png` and `.jpg` are contact sheets, `.gif` and `.webp` move, and
`.html` is a gallery (`gallery.py`).
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from locomotion_hf.captions.grammar import clause
from locomotion_hf.dataset.gallery import gallery
from locomotion_hf.dataset.shown import COLOURS, Family, Shown
from locomotion_hf.errors import OutputError
from locomotion_hf.facts import ObjectFacts
from locomotion_hf.files import write_whole

SHEETS, ANIMATIONS, GALLERIES = (".png", ".jpg", ".jpeg"), (".gif", ".webp"), (".html", ".htm")
#: Pictures a second in an animation, at most: viewers slow down a gif that asks for many more (own choice).
MAX_RATE = 25.0
_GAP, _INK, _FAINT, _PAPER = 8, "#1c1c1c", "#707070", "white"
#: Paths are drawn this many times larger and shrunk, as Pillow's lines have hard edges.
_FINER = 3

_Font = ImageFont.ImageFont | ImageFont.FreeTypeFont
#: What is written: the text, its colour, and the colour of a square before it.
_Line = tuple[str, str, str | None]


def check_place(place: Path) -> None:
    """Make sure that a preview can be written, before work goes into it.

    Raises:
        OutputError: the ending is none that we write, or there is no such folder.
    """
    if place.suffix.lower() not in SHEETS + ANIMATIONS + GALLERIES:
        raise OutputError(
            f"{place} ends in {place.suffix or 'nothing'!r}.",
            "a .png or .jpg (contact sheet), .gif or .webp (animation), or .html (gallery).",
            "rename it.",
        )
    if not place.absolute().parent.is_dir():
        raise _unwritable(place, "there is no such folder")
    if place.is_dir():
        raise _unwritable(place, "it is a folder")


def write_preview(place: Path, families: Sequence[Family]) -> None:
    """Write the kind of preview that the file's ending asks for, whole or not at all.

    Args:
        place: the file; an existing one is replaced.
        families: one or more clips, with their twins.

    Raises:
        OutputError: as `check_place`, or the disk is full.
    """
    check_place(place)
    ending = place.suffix.lower()
    clips = [clip for family in families for clip in (family.original, *family.twins)]
    data = io.BytesIO()
    if ending in GALLERIES:
        data.write(gallery(families).encode())
    elif ending in ANIMATIONS:
        pictures, milliseconds = animation(clips)
        _save_moving(data, pictures, milliseconds, ending)
    else:
        contact_sheet(clips).save(data, "PNG" if ending == ".png" else "JPEG", quality=92)
    try:
        write_whole(place, data.getvalue())
    except OSError as error:
        raise _unwritable(place, error.strerror or str(error)) from error


def _unwritable(place: Path, why: str) -> OutputError:
    return OutputError(
        f"{place} cannot be written ({why}).", "a file in a folder that exists.", "choose another place."
    )


def contact_sheet(clips: Sequence[Shown], frames: int = 6) -> Image.Image:
    """One row a clip: evenly spaced frames, first and last included, with the paths drawn so far.

    Args:
        clips: one or more.
        frames: how many to show of each.

    Returns:
        An RGB picture; under each row its caption, and the times of its phases.
    """
    rows = [_row(clip, frames) for clip in clips]
    width = max(row.width for row in rows)
    height = sum(row.height for row in rows) + 2 * _GAP * (len(rows) - 1)
    sheet, top = Image.new("RGB", (width + 2 * _GAP, height + 2 * _GAP), _PAPER), _GAP
    for row in rows:
        sheet.paste(row, (_GAP, top))
        top += row.height + 2 * _GAP
    return sheet


def animation(clips: Sequence[Shown]) -> tuple[list[Image.Image], list[int]]:
    """All clips side by side, playing at their own speed; one that ends first stays on its last frame.

    Args:
        clips: one or more.

    Returns:
        RGB pictures of one size, and for how many milliseconds each is shown (multiples of ten, as a gif
        counts in hundredths; their sum is right to one hundredth).
    """
    columns = math.ceil(math.sqrt(len(clips)))
    height, width = (max(clip.frames.shape[axis] for clip in clips) for axis in (1, 2))
    texts = [_text(width, _told(clip, phases=False)) for clip in clips]
    # Every row of the grid is as high as its longest caption.
    tall = [max(text.height for text in texts[n : n + columns]) for n in range(0, len(clips), columns)]
    tops = np.cumsum([_GAP, *(height + one + 2 * _GAP for one in tall)])
    page = Image.new("RGB", (columns * (width + _GAP) + _GAP, int(tops[-1]) - _GAP), _PAPER)
    places = [(_GAP + (n % columns) * (width + _GAP), int(tops[n // columns])) for n in range(len(clips))]
    for text, (left, top) in zip(texts, places, strict=True):
        page.paste(text, (left, top + height))

    rate = min(max(clip.fps for clip in clips), MAX_RATE)
    seconds = max(len(clip.frames) / clip.fps for clip in clips)
    count = max(1, round(seconds * rate))
    pictures = []
    for k in range(count):
        picture = page.copy()
        for clip, place in zip(clips, places, strict=True):
            picture.paste(_drawn(clip, min(int(k / rate * clip.fps + 1e-6), len(clip.frames) - 1)), place)
        pictures.append(picture)
    ticks = [10 * round(100 * k / rate) for k in range(count + 1)]
    return pictures, [end - start for start, end in pairwise(ticks)]


def _save_moving(file: io.BytesIO, pictures: list[Image.Image], milliseconds: list[int], ending: str) -> None:
    if ending == ".webp":
        shape = {"quality": 82, "method": 4}
    else:
        # One palette for all and no dithering: what stands still keeps its colour, so that nothing flickers.
        shape = {"optimize": False}
        palette = _palette(pictures)
        pictures = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in pictures]
    form = ending[1:].upper()
    pictures[0].save(file, form, save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0, **shape)


def _palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """256 colours for all pictures: those that we draw with as they are, the others from a sample of pixels."""
    drawn = [ImageColor.getrgb(colour)[:3] for colour in (*COLOURS, _INK, _FAINT, _PAPER, "black")]
    sample = np.concatenate([np.asarray(one)[::2, ::2].reshape(-1, 3) for one in pictures[:: len(pictures) // 8 + 1]])
    # The octree keeps rare colours, such as a small object's, which a median cut drowns in the background's.
    found = Image.fromarray(sample[None]).quantize(256 - len(drawn), Image.Quantize.FASTOCTREE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(value for colour in drawn for value in colour), *found])
    return palette


def _row(clip: Shown, frames: int) -> Image.Image:
    shown = np.linspace(0, len(clip.frames) - 1, frames).round().astype(int)
    height, width = clip.frames.shape[1:3]
    across = (width + _GAP) * frames - _GAP
    text = _text(across, _told(clip, phases=True))
    row = Image.new("RGB", (across, height + text.height), _PAPER)
    for place, t in enumerate(shown):
        frame = _drawn(clip, int(t))
        ImageDraw.Draw(frame).text(
            (4, height - 4),
            f"{t / clip.fps:.1f} s",
            fill="white",
            font=ImageFont.load_default(size=max(9, height // 18)),
            anchor="ls",
            stroke_width=1,
            stroke_fill="black",
        )
        row.paste(frame, (place * (width + _GAP), 0))
    row.paste(text, (0, height))
    return row


def _drawn(clip: Shown, t: int) -> Image.Image:
    """Frame t with the paths up to it."""
    frame = Image.fromarray(clip.frames[t])
    scale = np.array(frame.size) * _FINER
    thick = max(1.0, min(frame.size) / 110) * _FINER
    above = Image.new("RGBA", (int(scale[0]), int(scale[1])))
    draw = ImageDraw.Draw(above)
    for number in range(clip.paths.shape[1]):
        colour = COLOURS[number % len(COLOURS)]
        stretches = visible_stretches(clip.paths[: t + 1, number] * scale)
        for fill, wide in (("black", 2.2 * thick), (colour, 1.2 * thick)):
            for points in stretches:
                draw.line([tuple(point) for point in points], fill=fill, width=round(wide), joint="curve")
        x, y = clip.paths[t, number] * scale
        if not np.isnan(x):
            draw.circle((x, y), 2.2 * thick, fill=colour, outline="black", width=round(0.6 * thick))
    above = above.resize(frame.size, Image.Resampling.BOX)
    frame.paste(above, mask=above)
    return frame


def visible_stretches(path: np.ndarray) -> list[np.ndarray]:
    """A path `(T, 2)` without its NaN: each stretch of one or more places that can be seen in a row."""
    seen = ~np.isnan(path[:, 0])
    borders = np.flatnonzero(np.diff(seen)) + 1
    return [path[part] for part in np.split(np.arange(len(path)), borders) if len(part) and seen[part[0]]]


def _told(clip: Shown, phases: bool) -> list[_Line]:
    """What is written under a clip."""
    lines: list[_Line] = []
    if clip.twin:
        lines.append((f"{clip.twin.kind} twin: changes {', '.join(clip.twin.changes)}", _FAINT, None))
    lines.append((clip.caption, _INK, None))
    for number, one in enumerate(clip.facts.objects):
        text = one.noun + (f": {_times(one)}" if phases and len(one.phases) > 1 else "")
        if text != one.noun or len(clip.facts.objects) > 1:
            lines.append((text, _FAINT, COLOURS[number % len(COLOURS)]))
    return lines


def _times(one: ObjectFacts) -> str:
    return ", ".join(f"{phase.start:.1f} to {phase.end:.1f} s {clause(phase.move)}" for phase in one.phases)


def _text(width: int, lines: Sequence[_Line]) -> Image.Image:
    """Lines of text, broken so that none is cut off; short ones with squares stand side by side."""
    font, step = ImageFont.load_default(size=14), 18
    placed: list[tuple[int, int, str, str]] = []
    squares: list[tuple[int, int, str]] = []
    top, free = 4 - step, width
    for text, colour, square in lines:
        indent = 16 if square else 0
        wide = indent + math.ceil(font.getlength(text))
        if not square or free + wide > width:
            top, free = top + step, 0
        if square:
            squares.append((free, top, square))
        for number, part in enumerate(wrap(text, font, width - free - indent)):
            top += step if number else 0
            placed.append((free + indent, top, part, colour))
        free = free + wide + 2 * _GAP if square else width
    picture = Image.new("RGB", (width, top + step + 2), _PAPER)
    draw = ImageDraw.Draw(picture)
    for left, at, colour in squares:
        draw.rectangle((left + 1, at + 3, left + 10, at + 12), fill=colour, outline=_INK)
    for left, at, part, colour in placed:
        draw.text((left, at), part, fill=colour, font=font)
    return picture


def wrap(text: str, font: _Font, width: int) -> list[str]:
    """Break a text at its spaces, and inside words that are wider than a line.

    Args:
        text: without line breaks.
        font: in which it will be drawn.
        width: pixels.

    Returns:
        One line or more, none wider than `width` (but for a single letter that is).
    """
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if font.getlength(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and font.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return lines
