"""Name what stands for a name before sentences are read: "the latter", "so does the dish", "only the cup"."""

from __future__ import annotations

from .tokens import Token

_STAYS = Token("does not move", {"still": "still"})
_DITTO = Token("does the same", {"ditto": ""})
_COMMA = Token(",", {"pause": ""})
_WHILE = Token("while", {"link": "while"})
_DOES = {"does", "do", "did", "is", "was", "has", "had"}


def resolved(found: list[Token], nouns: tuple[str, ...]) -> list[Token]:
    """Tokens in which nothing stands for a name that can only be one.

    Args:
        found: of a whole text.
        nouns: the actors that are known.
    """
    told = _ellipses(_former(found))
    pair = [noun for noun in dict.fromkeys(nouns) if noun != "camera"]
    return _only(told, pair) if len(pair) == 2 else told


def _former(found: list[Token]) -> list[Token]:
    """For "A jeep and a lorry leave, the former to the left and the latter to the right"."""
    seen: list[str] = []
    told = []
    for token in found:
        if "noun" in token and token.value("noun") not in seen:
            seen.append(token.value("noun"))
        if token.text in ("the former", "the latter") and len(seen) == 2:
            token = Token(token.text, {"noun": seen[token.text == "the latter"]})
        told.append(token)
    return told


def _ellipses(found: list[Token]) -> list[Token]:
    """For "The cup moves; the dish does not", "The cup rises, and so does the dish"."""
    told: list[Token] = []
    place = 0
    while place < len(found):
        one, two, three = (found[n] if n < len(found) else Token("", {"stop": ""}) for n in range(place, place + 3))
        after = found[place + 3] if place + 3 < len(found) else Token("", {"stop": ""})
        ends = bool({"pause", "stop", "link"} & set(after.options))
        if "noun" in one and two.text in _DOES and three.text == "not" and ends:
            told += [one, _STAYS]
            place += 3
        elif one.text == "so" and two.text in _DOES and "noun" in three and ends:
            told += [three, _DITTO]
            place += 3
        else:
            told.append(one)
            place += 1
    return told


def _only(found: list[Token], pair: list[str]) -> list[Token]:
    """For "Only the cup moves": the other one does not."""
    for place, token in enumerate(found[:-1]):
        after = found[place + 1]
        if token.text != "only" or after.options.get("noun") not in pair:
            continue
        other = pair[1 - pair.index(after.value("noun"))]
        start = place
        if place and found[place - 1].text in ("the two", "the pair", "them", "both", ","):
            opening = [one.text for one in found[:place] if one.text != ","]
            start = 0 if opening in (["of", "the two"], ["of", "them"], ["of", "the pair"], ["of", "both"]) else place
        stays = [_COMMA, _WHILE, Token(other, {"noun": other}), _STAYS]
        told = found[:start] + found[place + 1 :]
        if any(one.options.get("noun") == other for one in told):
            return told  # what it does is said as well
        end = len(told) - ("stop" in told[-1])
        return told[:end] + stays + told[end:]
    return found
