"""Tell one by one what is said of one that several do something to, and of two that are announced.

"A cup is followed by a kite and passed by a dish" says of the cup again that it is passed; "passed by both a kite and
a dish", "passed by a kite and by a dish" say so twice. "Two others pass it: a kite and a dish" names the two later.
"""

from __future__ import annotations

from .tokens import Token, tokens
from .tokens import token_at as _at

_STOP = Token(".", {"stop": ""})
_AND = Token("and", {"link": "and"})
_ANNOUNCED = {"others", "things", "objects", "items", "more"}


def coordinated(found: list[Token], nouns: tuple[str, ...]) -> list[Token]:
    """Tokens of a whole text in which every passive has its subject, and who was announced is named.

    Args:
        found: of a whole text.
        nouns: the actors that are known.
    """
    told: list[Token] = []
    sentence: list[Token] = []
    for token in [*found, _STOP]:
        sentence.append(token)
        if "stop" in token:
            told += _passives(_announced(sentence), nouns)
            sentence = []
    return told[:-1]


def _announced(found: list[Token]) -> list[Token]:
    """For "Two others pass it: a kite, ..., and a dish": "a kite and a dish pass it: a kite, ..., and a dish"."""
    for place, token in enumerate(found[:-1]):
        counted = token.text == "two" and found[place + 1].text in _ANNOUNCED
        if not counted and token.text != "two others":
            continue
        later = next((n for n in range(place, len(found)) if found[n].text in (":", "\u2014", "--")), len(found))
        named = list(dict.fromkeys(one.value("noun") for one in found[later:] if "noun" in one))
        if len(named) != 2:
            continue
        first, second = (Token(f"the {name}", {"noun": name}) for name in named)
        return [*found[:place], first, _AND, second, *found[place + 1 + counted :]]
    return found


def _passives(found: list[Token], nouns: tuple[str, ...]) -> list[Token]:
    """For "A cup is followed by a kite and passed by a dish": "... by a kite. The cup is passed by a dish"."""
    first = next((n for n in range(len(found)) if _passive(found, n)), -1)
    patients = list(dict.fromkeys(one.value("noun") for one in found[: max(first, 0)] if "noun" in one))
    if first < 0 or len(patients) != 1:
        return found
    subject = tokens(f"the {patients[0]} is", nouns)
    told, done = list(found[: first + 1]), [found[first]]
    if "speed" in _at(found, first - 1):
        done.insert(0, found[first - 1])
    both = False
    for place in range(first + 1, len(found)):
        token = found[place]
        if "both" in token and place == first + 1 and "noun" in _at(found, place + 1):
            both = True  # "by both a kite and a dish"
            continue
        again = token.text == "by" and told[-1].text == "and"
        other = both and "noun" in token and told[-1].text == "and"
        if (_passive(found, place) or again or other) and told[-1].text == "and":
            told.pop()
            if told and "pause" in told[-1]:
                told.pop()
            told += [_STOP, *subject]
            told += [*done, token] if other else done if again else [token]
            both = both and not other
            continue
        told.append(token)
    return told


def _passive(found: list[Token], place: int) -> bool:
    """Whether "passed by", "and passed by" stand at a place, with who does it."""
    token = found[place]
    followed = token.text == "followed by" or (
        token.text.endswith(" followed by") and "noun" in _at(found, place - 1)
    )
    return ("related" in token and token.text.endswith(" by")) or (followed and "noun" in _at(found, place + 1))
