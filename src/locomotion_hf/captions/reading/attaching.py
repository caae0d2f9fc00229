"""Take to a noun what a participle after it says, and to the stretch before what "still" and "another" continue.

"A kite, turning clockwise, rises" says of the kite's only clause what "A kite turning clockwise rises" says; where
the sentence goes on to a further stretch the commas stay, and with them the question which of them it belongs to;
"then a kite, turning clockwise, rises" leaves no question.
"Still turning" says that it turned before, which `settling` holds against the stretch before.
"""

from __future__ import annotations

import re

from .tokens import Token
from .tokens import token_at as _at

#: What a verb must say, and nothing more, to go along with another.
_GOES_ALONG = frozenset({"rotation", "growing", "shrinking", "accelerating", "decelerating"})
_WITH_IT = ("sense", "amount", "growth", "change", "spinning", "filler", "continued")
#: What "with a" is followed by where it says how something moves: "with mounting speed and a clockwise turn".
_NOMINAL = frozenset({"determiner", "sense", "amount", "motion", "speed", "change", "growth", "spinning"})
_ORDER = frozenset({"then", "before", "after", "followed", "last", "first"})
_FIELD = {
    **{"rotation": "rotation", "growing": "growth", "shrinking": "growth"},
    **{"accelerating": "change", "decelerating": "change"},
}


def attached(found: list[Token]) -> list[Token]:
    """Tokens of one sentence in which a participle stands by its noun, and "still" says what goes on."""
    told = _postponed(_closed(_continued(found)))
    ordered = any("link" in one and "amount" not in one and one.value("link") in _ORDER for one in told)
    place = 0
    while place < len(told):
        end = _aside(told, place)
        if end and (not ordered or _at(told, place - 1).options.get("link") in ("then", "last")):
            begin = place + 2 + 2 * _clause(told, place + 2)
            aside = [one for one in told[begin:end] if one.text != "and"]
            rest = told[end + 1 :]
            if (
                len(rest) > 1
                and "speed" in rest[0]
                and rest[1].verbs
                and not {"relates", "light"} & set(rest[1].options)
            ):
                rest[:2] = [rest[1], rest[0]]  # "a kite, turning, | quickly falls": not quickly turning
            told = [*told[: place + 1], *aside, *rest]
        place += 1
    return told


def _closed(found: list[Token]) -> list[Token]:
    """For "After rising and stopping the kite falls": with the comma before "the kite"."""
    opens = bool(found) and found[0].options.get("link") in ("after", "before", "while")
    begun = _at(found, 1)
    if not (opens and (_going(begun) or begun.text.split(" ")[0].endswith("ing"))):
        return found
    for place, token in enumerate(found):
        if "pause" in token or any(form == "third" for _, form in token.verbs):
            return found
        finite = place + 1 + ("speed" in _at(found, place + 1) and _at(found, place + 1).text.endswith("ly"))
        verb = _at(found, finite)
        stands = "still" in verb and verb.text.split()[0].endswith("s") and not verb.text.endswith("ing")
        third = any(form == "third" for _, form in verb.verbs) or stands or verb.text in ("makes", "is")
        if place > 1 and "noun" in token and third:
            return [*found[:place], Token(",", {"pause": ""}), *found[place:]]
    return found


def _postponed(found: list[Token]) -> list[Token]:
    """For "Then, turning clockwise, it falls": "then it falls while turning clockwise"."""
    for place, token in enumerate(found):
        link = token.options.get("link", "")
        if (
            link not in ("then", "last", "while", "and")
            or token.text == "but"
            or "pause" not in _at(found, place + 1)
        ):
            continue  # "then, turning, it falls", "and, turning, it falls"
        start = place + 2
        end = _attributes(found, start)
        if not end:
            continue
        if "pause" not in _at(found, end):
            continue
        last = end + 1
        while last < len(found) and not {"pause", "link"} & set(found[last].options):
            last += 1
        clause = found[end + 1 : last]
        if link in ("while", "and") and not (clause and {"noun", "determiner"} & set(clause[0].options)):
            continue  # "while, turning clockwise, a kite falls"
        if any("light" in one or any(form in ("third", "past") for _, form in one.verbs) for one in clause):
            while_ = Token("while", {"link": "while"})
            return [*found[: place + 1], *clause, while_, *found[start:end], *found[last:]]
    return found


def _attributes(found: list[Token], start: int) -> int:
    """Where "turning clockwise and growing", "with mounting speed and a clockwise turn" end; or 0."""
    if _at(found, start).options.get("link") == "with":
        return _nominal(found, start + 1)
    fronted = {"change", "shape"} & set(_at(found, start).options)
    if fronted and re.match("(?:with|at|in|along|on) ", _at(found, start).text):
        end = start + 1  # "with mounting speed", "in a clockwise arc"
    elif not (end := _participle(found, start)):
        return 0
    while _at(found, end).text == "and" and (more := _participle(found, end + 1) or _nominal(found, end + 1)):
        end = more
    return end


def _nominal(found: list[Token], end: int) -> int:
    """Where "a clockwise turn and mounting speed" ends; or 0."""
    start = end
    while _NOMINAL & set(_at(found, end).options) or (end > start and _at(found, end).text == "and"):
        end += 1
    return end if end > start else 0


def _participle(found: list[Token], end: int) -> int:
    """Where a participle and what goes with it end, as in "still slowly turning clockwise"; or 0."""
    end += _at(found, end).text == "still" or "filler" in _at(found, end)  # "then, now turning, it ..."
    end += "continued" in _at(found, end)
    end += "speed" in _at(found, end) and _at(found, end).text.endswith("ly")
    verb = _at(found, end)
    if not (_along(verb) or any(form == "ing" and "other" not in one.asserts for one, form in verb.verbs)):
        return 0
    end += 1
    while any(kind in _at(found, end) for kind in (*_WITH_IT, "direction", "speed", "diagonal")):
        end += 1
    return end


def _going(token: Token) -> frozenset[str]:
    """What a participle asserts; nothing when it is none."""
    return next((verb.asserts for verb, form in token.verbs if form == "ing"), frozenset())


def _along(token: Token) -> bool:
    """Whether a token is a participle that only goes along with a motion: "rotating", "growing"."""
    asserts = _going(token)
    phrase = ("growth" in token or "change" in token) and token.text.split()[0].endswith("ing")
    return phrase or (bool(asserts) and asserts <= _GOES_ALONG)


def _aside(found: list[Token], place: int) -> int:
    """The comma that closes what one opens after the subject at a place: "a kite, turning clockwise, rises"; or 0."""
    start = place
    while any(_going(_at(found, start - 1))) or {"determiner", "speed"} & set(_at(found, start - 1).options):
        start -= 1  # "a rising kite"
    opens = start == 0 or {"pause", "link"} & set(found[start - 1].options)
    if not opens or "noun" not in found[place] or "pause" not in _at(found, place + 1):
        return 0
    end = place + 2 + 2 * _clause(found, place + 2)
    end += "filler" in _at(found, end)
    if not _along(_at(found, end)):
        return 0
    end += 1
    while any(kind in _at(found, end) for kind in (*_WITH_IT, "same")) or (
        _at(found, end).text == "and" and _along(_at(found, end + 1))
    ):
        end += 1 + (_at(found, end).text == "and")  # "a kite, growing and slowing down, rises"
    finite = end + 1
    if "speed" in _at(found, finite) and _at(found, finite).text.endswith("ly"):
        finite += 1
    verb = any(form in ("third", "past") for _, form in _at(found, finite).verbs) or "light" in _at(found, finite)
    return end if "pause" in _at(found, end) and verb else 0


def _clause(found: list[Token], place: int) -> bool:
    """Whether "which is" stands at a place."""
    return _at(found, place).text in ("which", "that") and "be" in _at(found, place + 1)


def _continued(found: list[Token]) -> list[Token]:
    """For "Still spinning", "still growing", "with another half turn": what was so before."""
    told: list[Token] = []
    for place, token in enumerate(found):
        before, after = _at(found, place - 1), _at(found, place + 1)
        if token.text == "still" and "word" in token and "determiner" not in before:
            fields = {_FIELD.get(word, "") for word in _going(after)}
            last = {_FIELD.get(word, "") for one in found[max(0, place - 3) : place] for word in _going(one)}
            ends = {"pause", "stop", "link"} & set(after.options) or not after.text
            fields = fields or (last - {""} if ends else set())
            onward = any(form == "ing" and not verb.asserts for verb, form in after.verbs)
            if len(fields) == 1 and "" not in fields:
                token = Token("still", {"continued": next(iter(fields))})
            elif onward and "direction" in _at(found, place + 2):
                token = Token("still", {"continued": "direction"})  # "shoots up, still going left"
            elif {"growth", "change"} & set(after.options) and after.text.split()[0].endswith("ing"):
                token = Token("still", {"continued": "growth" if "growth" in after else "change"})
        elif token.text == "another" and ("amount" in after or "sense" in after):
            token = Token("another", {"continued": "rotation"})
        told.append(token)
    return told
