"""Tell in a sentence of its own what a relative clause says that another one does: "a cup, which a kite passes, ...".

In "a cup from which a kite departs" and "a cup that a kite passes" it is the kite that does it, and the cup has its
place behind the verb: "... a cup. The kite departs from the cup". Where the main clause goes on after it, it is told
first: "The cup, which a kite passes, stays put" is "the kite passes the cup. The cup stays put".
"""

from __future__ import annotations

import re

from .tokens import Token, tokens
from .tokens import token_at as _at

_STOP = Token(".", {"stop": ""})
_WHICH = ("which", "that", "whom", "who")
_WHERE = {"from", "past", "toward", "towards", "around", "round", "behind", "into", "by", "away from", "after"}


def objected(found: list[Token], nouns: tuple[str, ...]) -> list[Token]:
    """Tokens of a whole text in which no relative clause has its own noun for its object.

    Args:
        found: of a whole text.
        nouns: the actors that are known.
    """
    place = 0
    while place < len(found):
        found, place = _moved(found, place, nouns), place + 1
    return found


def _moved(found: list[Token], place: int, nouns: tuple[str, ...]) -> list[Token]:
    """The tokens with the relative clause that opens at a place in a sentence of its own."""
    where = _text(found, place) if _text(found, place) in _WHERE else ""
    which = place + bool(where)
    doer = _doer(found, which + 1)
    other = _last_noun(found, place)
    if _text(found, which) not in _WHICH or not doer or other is None or found[doer].value("noun") == other:
        return found
    verb = doer + 1
    while _adverb(_at(found, verb)):
        verb += 1
    if not _relates(_at(found, verb), bool(where)) or "noun" in _at(found, verb + 1):
        return found
    while _text(found, verb + 1) in ("away", "off", "along", "on"):
        verb += 1
    start = place
    while start and (_text(found, start - 1) == "and" or "pause" in found[start - 1]):
        start -= 1
    end, resumed = _end(found, verb + 1, start)
    said = " ".join(one.text for one in found[which + 1 : verb + 1])
    if where == "from" and not re.search(r"\b(?:depart|retreat|reced|withdr|flee|fle)\w*$", said):
        said, where = re.sub(r" (?:away|off)$", "", said), "away from"
    told = [*tokens(f"{said} {where} the {other}".replace("  ", " "), nouns), *found[verb + 1 : end]]
    if resumed:
        begin = _begin(found, start)
        return [*found[:begin], *told, _STOP, *found[begin:start], *found[end + 1 :]]
    return [*found[:start], _STOP, *told, *found[end:]]


def _begin(found: list[Token], place: int) -> int:
    """Where the sentence begins in which a place is."""
    return max((n + 1 for n in range(place) if "stop" in found[n]), default=0)


def _end(found: list[Token], place: int, start: int) -> tuple[int, bool]:
    """Where a relative clause ends, and whether the main clause, which has no verb yet, goes on there."""
    end = place
    bare = not any(_finite(one) for one in found[_begin(found, start) : start])
    while end < len(found) and "stop" not in found[end]:
        after = _at(found, end + 1)
        if bare and "pause" in found[end] and (_finite(after) or (_adverb(after) and _finite(_at(found, end + 2)))):
            return end, True
        end += 1
    return end, False


def _doer(found: list[Token], place: int) -> int:
    """Where the noun stands of "a slow cup", which opens a clause; or 0."""
    while {"determiner", "speed", "spun"} & set(_at(found, place).options):
        if _at(found, place).text.endswith("ly"):
            return 0
        place += 1
    return place if "noun" in _at(found, place) else 0


def _last_noun(found: list[Token], place: int) -> str | None:
    """Who was named last before a place of the same sentence."""
    for one in reversed(found[:place]):
        if "stop" in one:
            return None
        if "noun" in one:
            return one.value("noun")
    return None


def _relates(token: Token, where: bool) -> bool:
    """Whether a verb has another for its object, or goes where a preposition before it says."""
    plain = _finite(token) and not {"still", "be"} & set(token.options)
    return plain and (where or "relates" in token)


def _finite(token: Token) -> bool:
    third = any(form in ("third", "past") for _, form in token.verbs)
    stays = "still" in token and (token.text.split()[0].endswith("s") or token.text.startswith(("does", "never")))
    return third or stays or "be" in token or "light" in token or ("relates" in token and token.text.endswith("s"))


def _adverb(token: Token) -> bool:
    return ("speed" in token and token.text.endswith("ly")) or "filler" in token or token.text == "fast"


def _text(found: list[Token], place: int) -> str:
    return _at(found, place).text
