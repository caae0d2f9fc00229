"""Tell one object's phases in one or more sentences; the order of mention may differ from that of the events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, get_args

from locomotion_hf.facts import Move

from .lexicon import kind
from .words import PLAIN, Pattern, Words, article

Order = Literal["A then B", "at first A", "A. Then B", "A before B", "before B, A", "after A, B", "B after A"]
ORDERS: tuple[Order, ...] = get_args(Order)
#: Writes a clause: of a move, in words, as a participle or not.
Say = Callable[[Move, Words, bool], str]
#: What joins the phases of one sentence, and the last of three or more when they are counted out.
THEN, FINALLY = ", then ", ", and finally "
AND = " and "
#: {main} is the first phase but for the one told on the {side}, {more} the rest.
_SENTENCES: dict[Order, str] = {
    "A then B": "{subject} {main}{more}",
    "at first A": "at first, {subject} {main}{more}",
    "A before B": "{subject} {main}{more} before {side}",
    "before B, A": "before {side}, {subject} {main}{more}",
    "after A, B": "after {side}, {subject} {main}{more}",
    "B after A": "{subject} {main} after {side}{more}",
}
#: The number of the phase that is told on the side: the first or the last. No sentence is ambiguous so.
_SIDES: dict[Order, int] = {"A before B": -1, "before B, A": -1, "after A, B": 0, "B after A": 0}
#: How a further sentence about the same object begins, by turns; and how the last of three or more does.
NEXT, LAST = ("then", "after that,", "next,"), "finally,"


def clause(move: Move, words: Words = PLAIN, participle: bool = False) -> str:
    """One phase, with its verb: "moves slowly upwards while rotating clockwise", "moving ..." as a participle."""
    pattern: Pattern = "enters" if move.enters else "leaves" if move.leaves else move.shape
    said = words.patterns[pattern].format(
        verb=words.verbs[pattern][participle],
        speed=words.speeds[move.speed],
        to=words.directions[move.direction],
        a=article(move.sense or ""),
        sense=move.sense,
        laps=words.laps.get(move.laps),
        way=move.way,
        edge=move.enters or move.leaves,
    )
    meanwhile = tail(move, words)
    said = " ".join(said.split())
    return f"{said}{words.meanwhile}{meanwhile}" if meanwhile else said


def tail(move: Move, words: Words = PLAIN) -> str:
    """What goes on during a phase: "speeding up and rotating clockwise once and growing larger"."""
    tails = [words.changes[move.change]] if move.change else []
    tails += [f"{words.rotating} {move.rotation}{words.turns[move.turns]}"] if move.rotation else []
    tails += [words.growths[move.growth]] if move.growth else []
    return AND.join(filter(None, (words.also.join(tails[:-1]), *tails[-1:])))


def elided(said: str, before: str, words: Words = PLAIN) -> str:
    """A clause without the verb that the clause before it has too; not after a comma, where it would read wrong."""
    verb = words.verbs["line"][words.participle] + " "
    drops = words.elides and before.startswith(verb) and ", " not in before
    return said.removeprefix(verb) if drops else said


def chain(clauses: Sequence[str], words: Words = PLAIN, finally_: bool = False) -> str:
    """Phases in the order of events: "moves slowly upwards, then quickly to the right, then ..."."""
    told = clauses[0]
    for number, (before, said) in enumerate(pairwise(clauses), start=2):
        last = finally_ and number == len(clauses) > 2
        told += (FINALLY if last else THEN) + elided(said, before, words)
    return told


def again(noun: str) -> str:
    """What an object is called in a further sentence: nobody calls a man "it"."""
    return f"the {noun}" if kind(noun) == "person" else "it"


def sentences(subject: str, moves: Sequence[Move], words: Words, order: Order, say: Say = clause) -> list[str]:
    """The phases of one object, as sentences without capitals and stops.

    Args:
        subject: with its article: "a teapot".
        moves: in the order of events.
        words: of the register.
        order: of mention.
        say: what writes a clause.
    """
    if len(moves) == 1:
        order = "A then B"
    told, side = list(moves), ""
    if order in _SIDES:
        side = say(told.pop(_SIDES[order]), words, True)
    clauses = [say(move, words, words.participle) for move in told]
    if order == "A. Then B":
        openers = [NEXT[number % len(NEXT)] for number in range(len(clauses) - 1)]
        if len(openers) > 1:
            openers[-1] = LAST
        it = again(subject.partition(" ")[2])
        opened = [f"{opener} {it} {said}" for opener, said in zip(openers, clauses[1:], strict=True)]
        return [f"at first, {subject} {clauses[0]}", *opened]
    if order == "B after A":
        # A clause without its verb would be read as a part of what comes after "after".
        more = THEN + chain(clauses[1:], words) if clauses[1:] else ""
    else:
        more = chain(clauses, words, finally_=order == "at first A").removeprefix(clauses[0])
    return [_SENTENCES[order].format(subject=subject, main=clauses[0], more=more, side=side)]
