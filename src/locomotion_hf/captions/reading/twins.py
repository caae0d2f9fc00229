"""Tell two of one kind apart: "one duck swims left, the other stays put" are two actors, though one word names both.

They become "the twin-a duck" and "the twin-b duck", in the order of mention; which of them is meant is of no
account, so that `verify` compares them either way round.
"""

from __future__ import annotations

import re

from locomotion_hf.captions.lexicon import inflections

from .events import Reading
from .ones import singular
from .phrases import OPPOSITE, at, sides
from .roundabout import third

_ONE, _OTHER = "twin-a", "twin-b"
#: Words that end a name, and may follow "the other".
_ENDS = {
    "is", "was", "does", "has", "do", "are", "to", "toward", "towards", "up", "down", "left", "right", "in",
    "on", "at", "clockwise", "anticlockwise", "then", "not", "and", "while", "as", "upward", "upwards",
    "downward", "downwards", "leftward", "leftwards", "rightward", "rightwards", "diagonally", "straight",
    "makes", "gets", "from", "away", "behind", "also", "only", "off", "over", "who", "that", "which", "comes",
    "with", "simply", "just", "still", "fast", "faster", "slower", "by", "around", "becomes", "became",
    "goes", "keeps", "takes", "grows", "shrinks",
}  # fmt: skip
_DET = r"(?:the |these |those |our |its )?"
_SEEN = r"(?:there (?:are|were) |we (?:can )?see |here (?:are|come) |(?:out )?of )?"
#: "Two ducks: one ...", "Of the two ducks, one ...".
_LISTED = re.compile(
    rf"^{_SEEN}{_DET}(?:two|pair of|a pair of|both) (?P<name>(?:[\w'-]+ ){{0,2}}?[\w'-]+)"
    r"(?: here| (?:are )?(?:moving|in motion)| move| on screen| in view)?\s*[:;,.\u2013\u2014-]+ (?=one\b)"
)
_LISTED_NTH = re.compile(_LISTED.pattern.replace("(?=one", "(?=the first"))
#: "Two dogs run left, one slowly and the other quickly".
_SHARED = re.compile(
    rf"^{_SEEN}{_DET}(?:two|both|a pair of) (?P<name>(?:[\w'-]+ ){{0,2}}?[\w'-]+) (?P<verb>(?!move,)[\w-]+)"
    r"(?P<rest>(?: (?!and |while |then )[\w-]+)*)[,:;] (?:with )?one (?P<one>[^,.;]+?)(?:,? and|,? while|[,;]) "
    r"(?:with )?(?:the other|another|the second)(?: one)?(?: of them)? (?P<other>[^,.;]+)(?P<end>[.!]?)$"
)
_RELATED = re.compile(
    rf"^{_SEEN}{_DET}(?:two|both|a pair of) (?P<name>(?:[\w'-]+ ){{0,2}}?[\w'-]+) (?P<verb>[\w-]+)"
    r"(?P<rest>(?: (?!and |while |then )[\w-]+)*), (?:with )?one (?P<one>[\w -]+?) the other(?: one)?(?P<end>[.!]?)$"
)
#: Where a clause may begin.
_START = (
    r"(?:^|(?<=^first )|(?<=[,;.:] )|(?<=\bwhile )|(?<=\band )|(?<=\bas )|(?<=\bbut )|(?<=\bwith )|(?<=\bwhen )"
    r"|(?<=\bon the left )|(?<=\bon the right ))"
)
_OF = re.compile(rf"{_START}one of (?:the |these |those )?(?:two |pair of )?(?=[\w'-])")
_A = re.compile(rf"{_START}(?:one(?: single)?|an?) (?=[\w'-])")
_SECOND = r"\b(?:the other|another|the second)(?: (?:{name}|one)(?![\w-]))?(?: of (?:them|the two))?"


def twinned(text: str) -> str:
    """For "One duck swims, the other one waits": "the twin-a duck swims, the twin-b duck waits".

    Args:
        text: in lower case, with plain marks.
    """
    text = _ordinals(_single(text))
    if not re.search(r"\b(?:the other|another|the second)\b", text) or re.search(rf"\b{_ONE}\b", text):
        return text
    if found := _SHARED.match(text):
        text = _parted(found)
    elif found := _RELATED.match(text):
        text = _together(found)
    if found := _LISTED.match(text):
        name = singular(found["name"])
        return _numbered(re.sub(r"^one(?: of them| of the two| one)?\b", f"one {name}", text[found.end() :]), name)
    for pattern in (_OF, _A):
        for opening in pattern.finditer(text):
            name = _name(text[opening.end() :])
            if not name:
                continue
            own = singular(name) if pattern is _OF else name
            told = f"{text[: opening.start()]}one {own}{text[opening.end() + len(name) :]}"
            numbered = _numbered(told, own, opening[0].startswith("a"))
            if numbered != told:
                return numbered
    return text


#: "One floats up and | one sinks down".
_SINGLE = re.compile(
    r"((?:^|[,;:.] |\bwhile |\bwith |\bas )one (?:[^.;]*?))"
    r"((?:,|;| and| while|, while|, and|, but| but) )one (?=([\w'-]+))"
)


def _single(text: str) -> str:
    """For "One floats up and one sinks": "one floats up and the other sinks"."""
    found = _SINGLE.search(text)
    if found is None or len(re.findall(r"\bone\b", text)) != 2:
        return text
    first = re.match(r"\W*(?:while |with |as )?one (?:of (?:them|the two [\w'-]+) )?([\w'-]+)", found[1])
    again = bool(first and first[1] == found[3])  # "one balloon rises and one balloon sinks"
    if not (again or _ends(f" {found[3]}")):
        return text
    return f"{text[: found.end(2)]}the other {text[found.end() :]}"


_NTH = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th"}
#: What the first of is a stretch, or known to the reader as it is.
_STRETCHES = {
    "object", "item", "thing", "half", "part", "time", "phase", "stage", "step", "leg", "stretch", "section", "one",
    "move", "place", "portion", "second", "turn", "two", "three", "few", "of",
}  # fmt: skip


def _ordinals(text: str) -> str:
    """For "The first car goes left, the second right": "the 1st car goes left, the 2nd car right"."""
    found = re.search(r"\bthe first (?=[\w'-])", text)
    if found is None or not re.search(r"\bthe second\b", text):
        return text
    names = [_name(text[one.end() :]) for one in re.finditer(r"\bthe (?:first|second) (?=[\w'-])", text)]
    name = next(filter(None, names), "")
    listed = _LISTED_NTH.match(text)
    if listed:
        name = singular(listed["name"])
        text = text[listed.end() :]
    if not name or {*name.split()} & _STRETCHES:
        return text

    def full(one: re.Match[str]) -> str:
        named = one[0].endswith((name, " one"))
        return f"the {_NTH[one[1]]} {name}" if named or _ends(text[one.end() :]) else one[0]

    return re.sub(rf"\bthe (first|second|third|fourth)\b(?: (?:{re.escape(name)}|one)(?![\w-]))?", full, text)


def _parted(found: re.Match[str]) -> str:
    """For "Two dogs run left, one slowly and the other quickly": "one dog runs left slowly while ..."."""
    name, verb = singular(found["name"]), third(found["verb"])
    if (verb == found["verb"] and verb != "is") or "the other" in found["one"]:
        return found[0]
    rest = found["rest"]
    if " in opposite directions" in rest or " opposite ways" in rest:
        ways = [sides(said) for said in (found["one"], found["other"])]
        if OPPOSITE.get(ways[0]) != ways[1]:
            return found[0]
        rest = re.sub(r" (?:in opposite directions|(?:in )?opposite ways)", "", rest)
    told = []
    for who, said in ((f"one {name}", found["one"]), ("the other", found["other"])):
        first = said.split()[0]
        if any(form == "third" for _, form in inflections().get(first, ())) or first in ("is", "does", "stays"):
            return found[0]
        comma = "," if first.endswith("ing") else ""
        told.append(f"{who} {verb}{rest}{comma} {said}")
    return f"{told[0]} while {told[1]}{found['end']}"


def _together(found: re.Match[str]) -> str:
    """For "Two cars drive left, one following the other": "one car drives left, following the other, and ..."."""
    name, verb = singular(found["name"]), third(found["verb"])
    if verb == found["verb"]:
        return found[0]
    rest = found["rest"]
    how = re.sub(r"^of them ", "", found["one"])
    how = {"behind": "following", "ahead of": "leading", "in front of": "leading"}.get(how, how)
    return f"one {name} {verb}{rest}, {how} the other. the other {verb}{rest}{found['end']}"


def _name(text: str) -> str:
    """The words of a name with which a text goes on, up to its verb; "" when none can be told."""
    words = re.match(r"[\w'-]+(?: [\w'-]+){0,4}", text)
    told: list[str] = []
    for word in words[0].split() if words else ():
        forms = {form for _, form in inflections().get(word, ())}
        if told and (forms & {"third", "past", "ing"} or word in _ENDS or word.endswith("ly")):
            return "" if at(told[-1]) else " ".join(told)  # "one hop goes up"
        if word in _ENDS or (not told and "third" in forms) or word in ("other", "of", "one") or len(told) == 3:
            return ""
        told.append(word)
    return " ".join(told) if words and not at(told[-1]) and re.match(r"[,;]", text[words.end() :]) else ""


def _numbered(text: str, name: str, article: bool = False) -> str:
    """Give the two of a name their names; the text itself where "the other" may be another thing."""
    others = list(re.finditer(_SECOND.format(name=re.escape(name)), text))
    fit = others and all(_ends(text[one.end() :]) for one in others)
    named = any(one[0].endswith(f" {name}") or one[0].endswith(" one") or " of " in one[0] for one in others)
    many = len(re.findall(rf"\b(?:one|an?|the) {re.escape(name)}\b", text))
    if not fit or (article and not (named or others[0][0] in ("the other", "another"))):
        return text
    if re.search(
        r"\bone\b", re.sub(rf"\bone {re.escape(name)}\b|\b(?:the other|another|the second) one\b", "", text)
    ):
        return text
    bare = [one for one in others if one[0] == "another"]
    if article and (many > 1 or not all(re.match(r" (?:is|does|has|\w+[^s]s)\b", text[one.end() :]) for one in bare)):
        return text
    text = re.sub(_SECOND.format(name=re.escape(name)), f"the {_OTHER} {name}", text)
    text = re.sub(rf"\b((?:and |, )then the {_OTHER} {re.escape(name)})(?=\.?$)", r"\1 does the same", text)
    return re.sub(rf"\b(?:one|an?|the|the first) {re.escape(name)}\b", f"the {_ONE} {name}", text)


def _ends(text: str) -> bool:
    """Whether what follows "the other" is no other name."""
    word = re.match(r" ([\w'-]+)", text)
    if word is None:
        return True
    forms = {form for _, form in inflections().get(word[1], ())}
    return bool(forms & {"third", "past", "ing"}) or word[1] in _ENDS or word[1].endswith("ly")


def alike(names: set[str]) -> bool:
    """Whether two of one kind are among the names of a text."""
    return any(name.startswith(f"{_ONE} ") for name in names)


def exchanged(reading: Reading) -> Reading:
    """A reading in which the two of one kind have changed their names."""

    def other(name: str) -> str:
        first, _, rest = name.partition(" ")
        return f"{ {_ONE: _OTHER, _OTHER: _ONE}.get(first, first) } {rest}".strip()

    actors = {}
    for name, actor in reading.actors.items():
        for event in actor.events:
            event.relations = {(kind, other(who)) for kind, who in event.relations}
        actor.name = other(name)
        actors[actor.name] = actor
    order = set()
    for *pairs, sign in reading.order:
        told = [tuple(sorted((other(name), place) for name, place in pair)) for pair in pairs]
        order.add((*(sorted(told) if sign == "beside" else told), sign))
    return Reading(actors, order, reading.doubts)
