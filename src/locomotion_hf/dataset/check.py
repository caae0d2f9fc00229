"""Hold an example's caption against its pixels."""

from __future__ import annotations

from locomotion_hf.captions import parse
from locomotion_hf.compositing import measure_motion
from locomotion_hf.types import Example


def disagreement(example: Example) -> str | None:
    """Compare the words of the caption with those measured from the drawn mattes.

    Args:
        example: made with `masks=True`.

    Returns:
        None when noun, directions, speeds, rotations and their order agree; otherwise what differs.

    Raises:
        ValueError: the example was made without mattes.
    """
    if example.masks is None:
        raise ValueError(f"{example.id} has no mattes; make it with generate(..., masks=True)")
    noun, stated = parse(example.caption)
    measured = tuple(phase.words for phase in measure_motion(example.masks[:, 0], example.fps))
    if noun != example.noun:
        return f"noun: the caption says {noun!r}, the object is {example.noun!r}"
    if len(stated) != len(measured):
        return f"phases: the caption states {len(stated)}, the pixels show {len(measured)}"
    for number, (said, seen) in enumerate(zip(stated, measured, strict=True), 1):
        for what, word, sight in zip(("direction", "speed", "rotation"), said, seen, strict=True):
            if word != sight:
                return f"{what} of phase {number}: the caption says {word}, the pixels show {sight}"
    return None
