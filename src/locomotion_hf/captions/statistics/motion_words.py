"""Words that tell of motion in anybody's captions; the lists are in motion_words.txt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MotionWords:
    """Lists of words; verbs in their plain form.

    Attributes:
        motion: verbs for which something moves or is moved.
        direction, direction_verbs: words for where to, and verbs that say it alone.
        speed, speed_verbs: words for how fast, and verbs that say it alone.
        rotation, rotation_verbs: words for turning about oneself, and verbs that say it alone.
    """

    motion: frozenset[str]
    direction: frozenset[str]
    direction_verbs: frozenset[str]
    speed: frozenset[str]
    speed_verbs: frozenset[str]
    rotation: frozenset[str]
    rotation_verbs: frozenset[str]


def _read() -> MotionWords:
    lists: dict[str, list[str]] = {}
    section: list[str] = []
    for line in Path(__file__).with_name("motion_words.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = lists.setdefault(line.strip("[]").replace(" ", "_"), [])
        elif not line.startswith("#"):
            section += line.split()
    return MotionWords(**{name: frozenset(words) for name, words in lists.items()})


MOTION = _read()
