"""Read a caption of our own grammar back to what it states: the inverse of `describe`."""

from __future__ import annotations

import re

from locomotion_hf.errors import CaptionError
from locomotion_hf.types import Direction, Rotation, Speed

from .grammar import DIRECTION_WORDS, JOINT, ROTATION_WORDS, SPEED_WORDS

_DIRECTIONS = {words: direction for direction, words in DIRECTION_WORDS.items()}
_SPEEDS = {words: speed for speed, words in SPEED_WORDS.items()}
_ROTATIONS = {words: rotation for rotation, words in ROTATION_WORDS.items()}
_PHASE = re.compile(
    rf"(?:(?P<speed>{'|'.join(filter(None, _SPEEDS))}) )?(?P<direction>{'|'.join(_DIRECTIONS)})"
    rf"(?: (?P<rotation>{'|'.join(filter(None, _ROTATIONS))}))?"
)


def parse(caption: str) -> tuple[str, tuple[tuple[Direction, Speed, Rotation | None], ...]]:
    """Read a caption that `describe` could have written.

    Returns:
        The noun and, for each phase, `(direction, speed, rotation)`.

    Raises:
        CaptionError: the text is not of this grammar.
    """
    head, moves, tail = caption.partition(" moves ")
    noun = re.fullmatch(r"An? (.+)", head)
    phases = [_PHASE.fullmatch(part) for part in tail.split(JOINT)]
    if not (noun and moves and all(phases)):
        raise CaptionError(
            f"{caption!r}.",
            'a caption of the plain grammar, as "A teapot moves slowly upwards, then to the right".',
            "pass only captions that `describe` wrote; free English is not read here.",
        )
    stated = [phase.groupdict(default="") for phase in phases if phase]
    return noun[1], tuple(
        (_DIRECTIONS[p["direction"]], _SPEEDS[p["speed"]], _ROTATIONS[p["rotation"]]) for p in stated
    )
