"""Hold an example's caption and facts against its pixels."""

from __future__ import annotations

from locomotion_hf.captions import describe, parse, verify
from locomotion_hf.errors import CaptionError
from locomotion_hf.measuring.disagreements import disagreements
from locomotion_hf.types import Example


def disagreement(example: Example) -> str | None:
    """Compare the caption with the facts, and the facts with what is measured from the drawn mattes.

    Args:
        example: made with `masks=True`.

    Returns:
        None when everything agrees; otherwise what differs, "; " between one thing and the next.

    Raises:
        ValueError: the example was made without mattes.
    """
    if example.masks is None:
        raise ValueError(f"{example.id} has no mattes; make it with generate(..., masks=True)")
    try:
        said = parse(example.caption)
        differs = f"{said} instead of {example.facts.stated}" if said != example.facts.stated else ""
    except CaptionError:  # words of the lexicon's: read as free English
        differs = verify(describe(example.facts), example.caption).reason
    if differs:
        return f"caption: {differs}"
    # What the camera of a real video does is not stated, and not measured.
    frames = None if example.backdrop.kind == "video" else example.frames
    return "; ".join(disagreements(example.facts, example.masks, frames, example.fps)) or None
