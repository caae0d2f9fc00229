"""Say a caption in other words without any model: verbs of the lexicon, synonyms, and other orders of mention.

A verb is written of a motion when all that it asserts is among the facts, and when it suits the kind of thing that
moves. What it asserts need not be said again: "a hawk swoops" is "a hawk moves quickly downwards".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from locomotion_hf.facts import Facts, Move, Way

from .form import forms
from .grammar import describe, write
from .lexicon import OWNERS, Verb, kind, suiting
from .orders import Say, clause
from .synonyms import WHOLE, draw_words
from .words import Pattern, Words

SHAPES = ("arc", "circle", "spiral", "zigzag", "bounce", "shake", "still")
#: How a shape is told of a verb of plain going; {speed} and {to} stand as in `words.PLAIN`.
_GOING: dict[Pattern, tuple[str, ...]] = {
    "circle": ("{verb} {speed} {sense} in a circle {laps}",),
    "spiral": ("{verb} {speed} {way} in {a} {sense} spiral", "{verb} {speed} {way} along {a} {sense} spiral"),
    "zigzag": ("{verb} {speed} {to} in a zigzag",),
}
#: Verbs that need an object of another sort, or read oddly with the words of a clause after them.
_NOT_ALONE = {"orbit", "arc", "slow", "brake", "swell", "contract", "linger", "lift", "paddle"}
#: Verbs that nothing can do in a circle.
_AHEAD = {
    *("head", "proceed", "progress", "shift", "edge", "edge its way", "inch", "inch its way", "steer", "navigate"),
    *("shoot", "streak", "bolt", "dart", "journey"),
}
#: Verbs that mean another thing with "up" behind them: "speeds up to the left".
_UP_TO = {"speed", "ease", "hurry"}
#: The way round in which a thing turns that rolls to one side.
_ROLLS = {"right": "clockwise", "left": "anticlockwise"}
#: Of verbs that say that the speed changes, those that a direction may follow.
_CHANGE_VERBS = {"accelerate", "decelerate"}
#: Verbs of resting that must be told where.
_RESTS = {"stay", "remain", "rest", "sit", "stand", "hover", "hang"}
_WHERE = ["in place", "in one place", "in the same place", "on the spot"]
_SHAKING: dict[Way, list[str]] = {
    "sideways": ["sideways", "from side to side"],
    "up and down": ["up and down", "vertically"],
}
#: Of a turn about oneself that is less than one whole, or more.
_HALF_TURNS, _WHOLE_TURNS = {"rotate", "pivot", "swivel"}, {"rotate", "spin", "twirl", "whirl", "spin around"}
#: How many times as many texts are drawn as are asked for, before fewer are handed back.
_TRIES = 30


@dataclass(frozen=True)
class Choice:
    """One way to say one phase.

    Attributes:
        move: what is left to say beside the verb.
        pattern: of the clause; "" for that of the words.
        third, ing: the verb.
        inner: what "moving" becomes after "enters from the left".
    """

    move: Move
    third: str
    ing: str
    pattern: str = ""
    inner: str = "moving"

    def say(self, words: Words, participle: bool) -> str:
        """The clause."""
        key: Pattern = "enters" if self.move.enters else "leaves" if self.move.leaves else self.move.shape
        late = words.patterns["line"].endswith("{speed}")
        pattern = self.pattern or words.patterns[key].replace(" moving ", f" {self.inner} ")
        if late and self.pattern:
            pattern = pattern.replace("{speed} ", "") + " {speed}"
        left = self.move
        if "{turn}" in pattern:
            pattern = pattern.replace("{turn}", f"{left.rotation}{words.turns[left.turns]}")
            left = replace(left, rotation=None, turns=None)
        directions = words.directions | ({None: ""} if self.move.shape == "line" else {})
        said = replace(
            words,
            patterns=words.patterns | {key: pattern},
            verbs=words.verbs | {key: (self.third, self.ing)},
            directions=directions,
        )
        return clause(left, said, participle)


def asserted(move: Move) -> frozenset[str]:
    """Everything that a verb may assert of a move; see `lexicon.ASSERTIONS`."""
    true = set((move.direction or "").split("-")) | {move.speed, move.change, move.growth, move.shape}
    true |= {"rotation"} if move.rotation else set()
    true |= {"enters"} if move.enters else {"leaves"} if move.leaves else set()
    soft = {"slow": {"~slow"}, "moderate": {"~fast"}, "fast": {"~fast"}}
    return frozenset(word for word in true | soft.get(move.speed or "", set()) if word)


@cache
def choices(move: Move, kind: str) -> tuple[Choice, ...]:
    """Every way to say a phase of a thing of this kind."""
    true = asserted(move)
    owned = {word for owner, others in OWNERS.items() for word in (owner, *others)}
    fitting = [
        verb
        for verb in suiting(kind)
        if verb.asserts <= true
        and verb.base not in _NOT_ALONE
        and (kind != "person" or not owned & set(verb.base.split()))
        and (kind != "roller" or verb.base != "roll" or move.rotation)  # what rolls over the ground turns
    ]
    return tuple(
        choice for verb in fitting for choice in (*_shaped(move, verb), *_turning(move, verb), *_going(move, verb))
    )


def _shaped(move: Move, verb: Verb) -> Iterator[Choice]:
    """A verb that says the shape itself: circles, zigzags, stays, shakes."""
    if verb.asserts - {"rotation"} != {move.shape} or move.shape == "arc":
        return
    ends: list[str]
    if move.shape == "shake":
        ends = _SHAKING.get(move.way or "sideways", [])
    elif move.shape == "bounce":
        ends = ["{to}", "along {to}"] if move.direction else ["{to}"]
    elif move.shape == "still":
        # What turns or grows is not still, though it stays where it is.
        ends = _WHERE if verb.base in _RESTS else [] if verb.base.endswith(" still") else [""]
    else:
        yield Choice(move, verb.third, verb.ing)
        return
    yield from (Choice(move, verb.third, verb.ing, f"{{verb}} {end}") for end in ends)


def _turning(move: Move, verb: Verb) -> Iterator[Choice]:
    """Of what turns about itself and stays in its place, the turn may be the verb."""
    turns = _WHOLE_TURNS if move.turns in WHOLE else _HALF_TURNS
    if move.shape == "still" and verb.asserts == {"rotation"} and verb.base in turns:
        yield Choice(move, verb.third, verb.ing, "{verb} {turn} in place")


def _going(move: Move, verb: Verb) -> Iterator[Choice]:
    """A verb of going: how it goes round, and what it does not assert, is said after it."""
    if move.shape in ("still", "shake", "bounce") or verb.asserts & {*SHAPES, "growing", "shrinking"}:
        return
    left, line = move, move.shape == "line" and not move.enters and not move.leaves
    upright, sides = verb.asserts & {"up", "down"}, (move.direction or "").split("-")
    odd = (
        ("rotation" in verb.asserts and verb.base != "roll")
        or (verb.base == "roll" and not _may_roll(move, "rotation" in verb.asserts))
        or (verb.base in _UP_TO and "up" in sides and len(sides) > 1)
        or (verb.base in _AHEAD and move.shape in ("circle", "ellipse", "spiral"))
        or (verb.asserts & {"accelerating", "decelerating"} and (verb.base not in _CHANGE_VERBS or not line))
        or (upright and (move.shape != "line" or (" " in verb.base and len(sides) > 1)))
        # "Moves into view moving".
        or (verb.asserts & {"enters", "leaves"} and verb.base.startswith("move "))
    )
    if odd:
        return
    if verb.asserts & {"enters", "leaves"}:
        yield Choice(move, verb.third, verb.ing)
        return
    # Of "rises to the right", the diagonal would be lost: it is said in full.
    left = replace(left, direction=None) if move.direction in upright else left
    left = replace(left, speed=None) if verb.asserts & {"slow", "fast"} else left
    left = replace(left, change=None) if verb.base in _CHANGE_VERBS else left
    if line:
        yield Choice(left, verb.third, verb.ing)
    elif move.enters:
        yield Choice(left, "enters", "entering", inner=verb.ing)
    elif move.leaves:
        yield Choice(left, "leaves", "leaving", inner=verb.ing)
    else:
        for pattern in _GOING.get(move.shape, ("",)):
            yield Choice(left, verb.third, verb.ing, pattern)


def _may_roll(move: Move, turns: bool) -> bool:
    """Whether a thing that goes so may be said to roll: to a side, and turning the way that it goes, if it turns."""
    side = (move.direction or "").split("-")[-1]
    return side in _ROLLS and (move.rotation == _ROLLS[side] or (move.rotation is None and not turns))


def verb_paraphrases(facts: Facts, count: int, rng: np.random.Generator) -> list[str]:
    """Other captions for the same facts, each with other verbs.

    Args:
        facts: what is stated.
        count: how many.
        rng: draws verbs, synonyms and orders.

    Returns:
        `count` distinct texts, none of them the plain caption; fewer where there are no more.
    """
    decks = [
        {move: _shuffled(choices(move, kind(one.noun)), rng) for move in dict.fromkeys(one.moves)}
        for one in facts.objects
    ]
    shapes = [form for form in forms(facts) if form.register == "plain" and form.appearance]
    plain, found = describe(facts), dict[str, None]()
    for number in range(_TRIES * count):
        dealt = [{move: deck[number % len(deck)] for move, deck in of_one.items()} for of_one in decks]
        form = shapes[rng.integers(len(shapes))]
        text = write(facts, form, draw_words(facts, rng), [_sayer(of_one) for of_one in dealt])
        if text != plain:
            found[text] = None
        if len(found) == count:
            break
    return list(found)


def _sayer(dealt: Mapping[Move, Choice]) -> Say:
    return lambda move, words, participle: dealt[move].say(words, participle)


def _shuffled(deck: Sequence[Choice], rng: np.random.Generator) -> list[Choice]:
    return [deck[k] for k in rng.permutation(len(deck))]
