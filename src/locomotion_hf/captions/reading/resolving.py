"""Name what stands for a name before sentences are read: "the latter", "so does the dish", "only the cup"."""

from __future__ import annotations

from locomotion_hf.captions.lexicon import inflections

from .tokens import BETWEEN, Token

_STAYS = Token("does not move", {"still": "still"})
_DITTO = Token("does the same", {"ditto": ""})
_COMMA = Token(",", {"pause": ""})
_MOVES = Token("moves", {"verb": ""}, tuple(inflections()["moves"]))
_WHILE = Token("while", {"link": "while"})
_DOES = {"does", "do", "did", "is", "was", "has", "had"}


def resolved(found: list[Token], nouns: tuple[str, ...]) -> list[Token]:
    """Tokens in which nothing stands for a name that can only be one.

    Args:
        found: of a whole text.
        nouns: the actors that are known.
    """
    told = _gapped(_ellipses(_former(_both(_meanwhile(found), nouns))))
    pair = [noun for noun in dict.fromkeys(nouns) if noun != "camera"]
    return _only(told, pair) if len(pair) == 2 else told


#: What may stand after its subject and says that it goes on beside what was told before.
_MEANWHILE = ("meanwhile", "in the meantime", "simultaneously", "at the same time")


def _meanwhile(found: list[Token]) -> list[Token]:
    """For "A kite, meanwhile, rises": "meanwhile a kite rises"."""
    told: list[Token] = []
    for token in found:
        told.append(token)
        name = told[-4] if len(told) > 3 else Token("", {})
        along = len(told) > 3 and told[-2].text in _MEANWHILE
        if along and "noun" in name and "pause" in token and "pause" in told[-3]:
            told[-4:] = [told[-2], name]
        beside = told[-2] if len(told) > 2 else Token("", {})
        finite = any(form in ("third", "past") for _, form in token.verbs)
        if finite and beside.text in _MEANWHILE and "noun" in told[-3]:
            told[-3:-1] = [beside, told[-3]]  # "a kite meanwhile rises"
    return told


#: What two of whatever kind are called.
_ANY = {"objects", "things", "items", "animals", "vehicles", "figures", "toys"}


def _both(found: list[Token], nouns: tuple[str, ...]) -> list[Token]:
    """For "Both kites rise", of a red and a blue kite: "both rise"; of kites: "kites rise"."""
    heads = {noun.split()[-1] for noun in nouns if noun != "camera"}
    plural = {f"{head}{ending}" for head in heads for ending in ("s", "es")} if len(heads) == 1 else set()
    told: list[Token] = []
    numbered = sum(noun.endswith(" object") for noun in nouns) == 2
    for place, token in enumerate(found):
        before = found[place - 1] if place else Token("", {})
        if numbered and before.text == "two" and token.text == "objects":
            told[-1] = Token("the two objects", {"both": ""})
            continue
        pair = [one.options.keys() for one in found[place + 1 : place + 4]]
        if "both" in token and len(pair) == 3 and "noun" in pair[0] and "noun" in pair[2] and "link" in pair[1]:
            continue  # "both the red kite and the blue kite"
        if "both" in before and "word" in token and token.text in plural | _ANY:
            continue
        if "both" in before and before.text != "each" and token.options.get("noun", "").endswith("s"):
            told.pop()
        told.append(token)
    return told


def _former(found: list[Token]) -> list[Token]:
    """For "A jeep and a lorry leave, the former to the left and the latter to the right"."""
    seen: list[str] = []
    pair: list[str] = []  # the last two that stand together: "a jeep and a lorry"
    told: list[Token] = []
    stopped = False
    for token in found:
        name = token.options.get("noun", "")
        joined = len(told) > 1 and told[-1].text == "and" and "noun" in told[-2]
        pair = [told[-2].value("noun"), name] if name and joined else pair
        pair = [] if name and name not in pair and stopped else pair
        stopped = "stop" in token or (stopped and not name)
        if name and name not in seen:
            seen.append(name)
        meant = seen if len(seen) == 2 else pair
        if token.text in ("the former", "the latter") and len(meant) == 2:
            token = Token(token.text, {"noun": meant[token.text == "the latter"]})
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


def _gapped(found: list[Token]) -> list[Token]:
    """For "One bounces to the left and the other to the right": "and the other bounces to the right"."""
    told: list[Token] = []
    verb: Token | None = None
    going = False
    clause: list[Token] = []  # the verb and where to
    for place, token in enumerate(found):
        told.append(token)
        after = found[place + 1] if place + 1 < len(found) else Token("", {"stop": ""})
        if "stop" in token:
            verb, going, clause = None, False, []
        elif any(form in ("third", "past") for _, form in token.verbs) or _progressive(found, place):
            going = True
            verb = token if _shapes(token) and "speed" not in after else None
            clause = [token]
        elif clause and clause[-1] is found[place - 1] and {"direction", "journey", "diagonal"} & set(token.options):
            clause.append(token)
        joined = bool(place) and bool({"link", "pause"} & set(found[place - 1].options))
        if joined and "noun" in token and clause and _paced(found, place + 1):
            told += clause  # "one drives left fast, the other | slowly"
            continue
        if not going or "noun" not in token or not joined or not _PLACED & set(after.options):
            continue
        end = place + 1
        while end < len(found) and _PLACED & set(found[end].options) and not found[end].verbs:
            end += 1
        ends = end == len(found) or {"pause", "stop", "link"} & set(found[end].options)
        if ends and verb is not None:
            told.append(verb)
        elif ends and _goes_on(found, end):
            told.append(_MOVES)
    return told


def _paced(found: list[Token], place: int) -> bool:
    """Whether a speed, and nothing more, is told at a place."""
    ends = place + 1 >= len(found) or (
        bool(BETWEEN & set(found[place + 1].options)) and found[place + 1].text != "and"
    )
    return place < len(found) and "speed" in found[place] and found[place].text.endswith(("ly", "fast")) and ends


def _progressive(found: list[Token], place: int) -> bool:
    """For "Is turning"."""
    going = any(form == "ing" for _, form in found[place].verbs)
    return going and place > 0 and "be" in found[place - 1]


def _goes_on(found: list[Token], place: int) -> bool:
    """Whether a comma and a participle follow: "the cup to the left | , losing speed" says it of the cup."""
    after = found[place + 1] if place + 1 < len(found) else Token("", {})
    said = "change" in after or "growth" in after or any(form == "ing" for _, form in after.verbs)
    return place < len(found) and "pause" in found[place] and said and after.text.split()[0].endswith("ing")


#: What may stand alone beside a name whose verb was told before.
_PLACED = {"direction", "journey", "sense", "diagonal", "amount"}
_SHAPING = {"rotation", "bounce", "zigzag", "circle", "spiral", "shake"}


def _shapes(token: Token) -> bool:
    """Whether a token is a finite verb that says a shape or a rotation, and nothing more."""
    return any(
        form in ("third", "past", "ing") and verb.asserts and verb.asserts <= _SHAPING for verb, form in token.verbs
    )


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
        if any(one.options.get("noun") == other and _does(told, n) for n, one in enumerate(told)):
            return told  # what it does is said as well
        end = len(told) - ("stop" in told[-1])
        return told[:end] + stays + told[end:]
    return found


def _does(found: list[Token], place: int) -> bool:
    """Whether what a name at a place does may be told there: not in "only the cup rises, past the dish"."""
    before = found[place - 1] if place else Token("", {})
    after = found[place + 1] if place + 1 < len(found) else Token("", {"stop": ""})
    rests = "resting" in found[place] or not {"pause", "stop"} & set(after.options)
    clause = [one for one in found[place + 1 :] if one.options.get("link") == "which" or "still" in one]
    return not {"relation", "relates"} & set(before.options) or rests or bool(clause)
