"""Read a caption of our own grammar back to what it states: the inverse of `describe`.

The parser has no patterns of its own: its dictionaries are what the writer writes of every move. Where words
have been read, the caption is written again from them, and must come out the same to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations
from typing import Any, get_args

from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import Move, RelationKind, Stated

from .form import Form
from .grammar import describe, relation_sentence
from .orders import FINALLY, LAST, NEXT, ORDERS, THEN, Order, again, clause, tail
from .vocabulary import WITH_SPEED, bare_moves, tails
from .words import WORDS, Register, Words

#: Noun and phases of one object, and the order in which they are told, where that shows.
Told = tuple[str, list[Move], Order | None]

_LEADS: dict[str | None, Order] = {"at first": "at first A", "before": "before B, A", "after": "after A, B"}
_INNERS: dict[str, Order] = {"before": "A before B", "after": "B after A"}
#: An object's sentence: what leads it in, and its subject with all that follows.
_OBJECT = re.compile(r"(?:(at first), |(before|after) (.+?), )?((?:an?|the) .+)")
_INNER = re.compile(" (before|after) ")
_GOES_ON = re.compile(f"(?:{'|'.join(map(re.escape, (*NEXT, LAST)))}) ")
_CHAIN = re.compile(f"{re.escape(THEN)}|{re.escape(FINALLY)}")
_SUBJECT = re.compile("(?:an?|the) (.+)")
#: Where a sentence about several objects may part.
_ABREAST = re.compile("(?: while |, and |, )(?=(?:an?|the) )")


@cache
def _border(register: Register) -> re.Pattern[str]:
    """Where sentences part: not within "St. Bernard"."""
    words = WORDS[register]
    openers = [*("an", "a", "the", "all the while,", "at first,", "before", "after"), *NEXT, LAST]
    begun = [opener.capitalize() if words.capital else opener for opener in openers]
    return re.compile(f"{re.escape(words.joint)}(?=(?:{'|'.join(map(re.escape, begun))}) )")


@cache
def _verb(register: Register) -> re.Pattern[str]:
    """Where a noun may end and its verb begin; a noun may hold a verb itself ("autumn leaves")."""
    words = WORDS[register]
    verbs = {re.escape(verb[words.participle]) for verb in words.verbs.values()}
    return re.compile(f" (?=(?:{'|'.join(sorted(verbs))}) )")


@cache
def _clauses(register: Register, participle: bool) -> dict[str, Move]:
    """What is written of every move, without what goes on meanwhile."""
    return {clause(move, WORDS[register], participle): move for move in bare_moves()}


@cache
def _tails(register: Register) -> dict[str, dict[str, Any]]:
    return {tail(Move(**said), WORDS[register]): said for said in tails()}


class _Reader:
    """Reads the parts of a caption in one register; None where a part is not of it."""

    def __init__(self, register: Register) -> None:
        self.words, self.register = WORDS[register], register

    def move(self, text: str, participle: bool) -> Move | None:
        """One clause."""
        said, _, meanwhile = text.partition(self.words.meanwhile)
        move = _clauses(self.register, participle).get(said)
        also = _tails(self.register).get(meanwhile, {})
        if move is None:
            return None
        speed = None if also.get("change") or move.shape not in WITH_SPEED else move.speed or "moderate"
        return replace(move, speed=speed, **also)

    def chain(self, text: str) -> list[Move] | None:
        """Phases in the order of events; a verb may be left out where the phase before has it."""
        moves: list[Move] = []
        before = ""
        verb = self.words.verbs["line"][self.words.participle] + " "
        for part in _CHAIN.split(text):
            said = part
            move = self.move(said, self.words.participle)
            if move is None and before.startswith(verb):
                said = verb + part
                move = self.move(said, self.words.participle)
            if move is None:
                return None
            moves.append(move)
            before = said
        return moves

    def aside(self, text: str) -> list[Move] | None:
        """The phase that is told after "before" or "after"; empty, where there is none."""
        move = self.move(text, participle=True)
        return [move] if move else None if text else []

    def object(self, sentence: str) -> Told | None:
        """One object and what it does, as far as one sentence tells it."""
        parts = _OBJECT.fullmatch(sentence)
        if not parts:
            return None
        first, lead, side, rest = parts.groups()
        for verb in _verb(self.register).finditer(rest):
            noun = _SUBJECT.fullmatch(rest, endpos=verb.start())
            text = rest[verb.end() :]
            main, *inner = [text] if lead else _INNER.split(text, maxsplit=1)
            joint, aside = inner or (lead, side)
            aside, _, more = aside.partition(THEN) if aside else ("", "", "")
            told, beside, after = self.chain(main), self.aside(aside), self.chain(more) if more else []
            if noun is None or told is None or beside is None or after is None:
                continue
            moves = told + beside if joint == "before" else beside + told + after
            return noun[1], moves, _INNERS[joint] if inner else _LEADS.get(first or lead)
        return None

    def together(self, sentence: str) -> list[Told] | None:
        """Several objects of one phase each, in one sentence."""
        objects: list[Told] = []
        start = 0
        for verb in _verb(self.register).finditer(sentence):
            border = _ABREAST.search(sentence, verb.end())
            noun = _SUBJECT.fullmatch(sentence, start, verb.start())
            move = self.move(sentence[verb.end() : border.start() if border else None], self.words.participle)
            if noun and move:
                objects.append((noun[1], [move], None))
                if border is None:
                    return objects if len(objects) > 1 else None
                start = border.end()
        return None

    def stated(self, caption: str) -> tuple[Stated, Form] | None:
        """All of a caption, and the form of words that it shows."""
        words, order, together = self.words, ORDERS[0], False
        if not caption.endswith(words.stop):
            return None
        pieces = _border(self.register).split(caption.removesuffix(words.stop))
        pieces = [piece[:1].lower() + piece[1:] for piece in pieces]
        objects: list[tuple[str, list[Move]]] = []
        while pieces:
            goes_on = _GOES_ON.match(pieces[0])
            if goes_on and objects:
                it = again(objects[-1][0]) + " "
                move = self.move(pieces[0][goes_on.end() :].removeprefix(it), words.participle)
                if move is None:
                    return None
                objects[-1][1].append(move)
                order = "A. Then B"
            else:
                # First whether it is several: all but the last of them might be one long noun.
                several = self.together(pieces[0]) or [one for one in (self.object(pieces[0]),) if one]
                if not several:
                    break
                together |= len(several) > 1
                objects += [(noun, moves) for noun, moves, _ in several]
                order = next((shown for _, _, shown in several if shown), order)
            del pieces[0]
        cameras = {said: camera for camera, said in words.camera.items()}
        camera = cameras.get(pieces[-1]) if pieces else None
        pairs = _relations([noun for noun, _ in objects], words)
        related = pieces[:-1] if camera else pieces
        if not objects or not all(piece in pairs for piece in related):
            return None
        named = tuple((noun, tuple(moves)) for noun, moves in objects)
        form = Form(self.register, order, together) if self.register != "terse" else Form("terse")
        return Stated(named, tuple(pairs[piece] for piece in related), camera), form


def _relations(nouns: Sequence[str], words: Words) -> dict[str, tuple[RelationKind, int, int]]:
    """Every sentence that could be said of two of the objects."""
    pairs = permutations(range(len(nouns)), 2)
    told = [(kind, i, j) for i, j in pairs for kind in get_args(RelationKind) if kind != "opposite" or i < j]
    return {relation_sentence(kind, nouns[i], nouns[j], words): (kind, i, j) for kind, i, j in told}


def parse(caption: str) -> Stated:
    """Read a caption that `describe` could have written, in whichever form of words.

    Returns:
        What it states. Objects without names are called "object", or "first object", "second object" and so on.

    Raises:
        CaptionError: the text is not of this grammar, to the letter.
    """
    # Terse last: to it, "A cat stays in place before staying in place" has a strange noun.
    for register in sorted(WORDS, key="terse".__eq__):
        read = _Reader(register).stated(caption)
        if read and _written(*read) == caption:
            return read[0]
    raise CaptionError(
        f"{caption!r}.",
        'a caption of the grammar, as "A teapot moves slowly upwards, then to the right".',
        "pass only captions that `describe` wrote; free English is not read here.",
    )


def _written(stated: Stated, form: Form) -> str | None:
    """What `describe` writes of it."""
    try:
        return describe(stated.timed, form)
    except CaptionError:
        return None
