"""Other words for everything that the plain caption says: each row holds phrases that state exactly the same.

The first of a row is the plain one, from `words.PLAIN`. What a row may not say: more than the fact ("corner" for a
direction), or less. Verbs are not here but in `verbs.txt`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from locomotion_hf.facts import Change, Direction, Facts, Growth, RelationKind, Speed, Turns

from .words import PLAIN, Pattern, Verb, Words

Value = TypeVar("Value")
Key = TypeVar("Key")

DIRECTIONS: dict[Direction | None, tuple[str, ...]] = {
    "right": ("rightwards", "towards the right", "to the right-hand side"),
    "down-right": ("towards the lower right", "down to the right"),
    "down": ("downward", "towards the bottom of the frame"),
    "down-left": ("towards the lower left", "down to the left"),
    "left": ("leftwards", "towards the left", "to the left-hand side"),
    "up-left": ("towards the upper left", "up to the left"),
    "up": ("upward", "towards the top of the frame"),
    "up-right": ("towards the upper right", "up to the right"),
    None: ("on the spot", "in one place", "in the same spot"),
}
#: Before the direction; and after it.
ADVERBS: dict[Speed | None, tuple[str, ...]] = {"slow": ("unhurriedly",), "fast": ("rapidly", "swiftly")}
PACES: dict[Speed | None, tuple[str, ...]] = {
    "slow": ("at a slow pace", "at low speed"),
    "fast": ("at a fast pace", "at high speed", "with great speed"),
}
CHANGES: dict[Change, tuple[str, ...]] = {
    "accelerating": ("accelerating", "picking up speed", "gaining speed"),
    "decelerating": ("decelerating", "losing speed"),
}
TURNS: dict[Turns | None, tuple[str, ...]] = {
    "half": (" through half a turn", " through 180 degrees"),
    "once": (" by one full turn", " through a full turn"),
    "twice": (" by two full turns", " through two full turns"),
    "three times": (" by three full turns", " through three full turns"),
}
GROWTHS: dict[Growth, tuple[str, ...]] = {
    "growing": ("growing bigger", "getting larger", "increasing in size"),
    "shrinking": ("getting smaller", "shrinking", "decreasing in size"),
}
#: Of a turn about itself; a spin is at least one whole turn.
ROTATING, SPINNING = ("rotating", "turning"), "spinning"
WHOLE: tuple[Turns | None, ...] = ("once", "twice", "three times")
LAPS: dict[int, tuple[str, ...]] = {1: ("a single time",), 2: ("two times",), 3: ("three full times",)}
PATTERNS: dict[Pattern, tuple[str, ...]] = {
    "arc": ("{verb} {speed} {to} in {a} {sense} curve", "{verb} {speed} {to} along {a} {sense} arc"),
    "spiral": ("{verb} {speed} {sense} {way}",),
    "ellipse": ("{verb} {speed} {sense} around an ellipse {laps}", "{verb} {speed} {sense} round an oval {laps}"),
}
RELATIONS: dict[RelationKind, tuple[Verb, ...]] = {
    "collides with": (("bumps into", "bumping into"), ("runs into", "running into")),
    "toward": (("moves towards", "moving towards"), ("approaches", "approaching")),
    "away from": (("retreats from", "retreating from"),),
    "past": (("goes past", "going past"),),
    "orbits": (("circles around", "circling around"),),
    "follows": (("trails", "trailing"), ("goes along behind", "going along behind")),
    "opposite": (("go in opposite directions", "going in opposite directions"),),
}


def draw_words(facts: Facts, rng: np.random.Generator) -> Words:
    """The plain words with a synonym for each, drawn evenly; all are true of the facts."""

    def one_of(plain: Mapping[Key, Value], others: Mapping[Key, tuple[Value, ...]]) -> dict[Key, Value]:
        choices = {key: (said, *others.get(key, ())) for key, said in plain.items()}
        return {key: said[rng.integers(len(said))] for key, said in choices.items()}

    moves = [move for one in facts.objects for move in one.moves]
    spins = all(move.turns in WHOLE for move in moves if move.rotation)
    rotating = (*ROTATING, SPINNING) if spins else ROTATING
    patterns = one_of(PLAIN.patterns, PATTERNS)
    late = rng.random() < 0.4
    if late:
        patterns = {key: f"{said.replace('{speed} ', '')} {{speed}}" for key, said in patterns.items()}
    return replace(
        PLAIN,
        patterns=patterns,
        directions=one_of(PLAIN.directions, DIRECTIONS),
        speeds=one_of(PLAIN.speeds | {speed: said[0] for speed, said in PACES.items()}, PACES)
        if late
        else one_of(PLAIN.speeds, ADVERBS),
        changes=one_of(PLAIN.changes, CHANGES),
        turns=one_of(PLAIN.turns, TURNS),
        laps=one_of(PLAIN.laps, LAPS),
        growths=one_of(PLAIN.growths, GROWTHS),
        relations=one_of(PLAIN.relations, RELATIONS),
        rotating=rotating[rng.integers(len(rotating))],
        also=", ",
    )
