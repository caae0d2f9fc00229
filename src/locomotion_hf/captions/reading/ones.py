"""Name in full what is named in part: "the red ball and the green one", "of two foxes, the one on the left".

A word of colour, size, age, side or pattern may stand for a noun that another word of its class goes with. Where two
nouns could be meant, nothing is replaced.
"""

from __future__ import annotations

import re

from locomotion_hf.captions.lexicon import PLURALS, inflections

from .phrases import at

_CLASSES = (
    "red green blue yellow orange purple violet pink brown black white grey gray golden gold silver beige turquoise "
    "cyan magenta crimson scarlet navy maroon teal pale dark light bright copper cream tan",
    "smaller larger bigger taller shorter longer wider thinner thicker heavier lighter",
    "small little tiny large big huge giant tall short long wide narrow thick thin",
    "old new young older younger",
    "left right left-hand right-hand upper lower top bottom middle front rear",
    "striped spotted plain dotted checked checkered",
    "wooden metal plastic glass paper rubber stone",
    "round square triangular flat",
    "full empty open closed",
)
_CLASS = {word: number for number, words in enumerate(_CLASSES) for word in words.split()}
_KNOWN = "|".join(sorted(_CLASS, key=len, reverse=True))
_DESCRIBED = re.compile(rf"\b(?:an?|the|one|two|three|his|her|its|their) (?:[\w-]+ )??({_KNOWN}) (?!one\b)([\w-]+)")
_ONE = re.compile(rf"\b(an?|the|one) ((?:[\w-]+ )??)({_KNOWN}) one\b")
#: "The red and the green ball", "off to the right the blue".
_BARE = re.compile(rf"\b(the) ()({_KNOWN})(?= and (?:the )?(?:{_KNOWN}) |[,.;:!]|$| (?:up|down)\b(?!-))")
#: "A pink and a purple balloon".
_PAIRED = re.compile(rf"\b(an?|one) ()({_KNOWN})(?= and (?:an?|one) (?:{_KNOWN}) (?!one\b)[\w-])")
_ONE_AT = re.compile(r"\b(?:the )?one (?:on|at|to) the (left|right)\b")
_AT = re.compile(r"\b(an?|the) (\w+) (?:on|at) the (left|right)(?= (?:is|\w+[^s\W]s)\b)")
_HAND = re.compile(r"\b(left|right)-hand (?!side|edge|corner|border|part|half|end|margin|boundary)(\w+)")
_NOT_NOUNS = frozenset(
    {"across", "after", "along", "and", "as", "at", "before", "border", "by", "corner", "direction", "down",
     "edge", "end", "frame", "from", "goes", "half", "hand", "in", "into", "is", "moves", "of", "on", "one",
     "ones", "or", "over", "part", "past", "screen", "side", "then", "through", "to", "toward", "towards",
     "up", "while", "with"}
)  # fmt: skip
_PLURAL = re.compile(r"\btwo (?:\w+ )??(\w+s)\b")
_TOLD_OF = r"(?:of|there (?:are|were)|we see)?\s*(?:the )?two {}\s*[:;,.\u2013\u2014-]\s*(.+)"


#: Plurals that no rule gives, those with an "s" too.
_IRREGULAR = {
    **PLURALS, "wolves": "wolf", "knives": "knife", "leaves": "leaf", "shelves": "shelf", "buses": "bus",
    "oxen": "ox", "potatoes": "potato",
    "tomatoes": "tomato", "fish": "fish", "sheep": "sheep", "deer": "deer", "people": "person",
}  # fmt: skip


def named(text: str) -> str:
    """For "A red ball rises, the green one falls": "a red ball rises, the green ball falls".

    Args:
        text: in lower case, with plain marks.
    """
    text = _HAND.sub(r"\1 \2", _of_two(_COMPARED.sub(_compared, text)))
    told = {found[2] for found in _AT.finditer(text)}
    if len(told) == 1 and len(re.findall(rf"\b(?:{next(iter(told))}|one)\b", text)) > 1:
        text = _AT.sub(r"\1 \3 \2", text)
    nouns: dict[int, set[str]] = {}
    for found in _DESCRIBED.finditer(text):
        if found[2] not in _NOT_NOUNS and not found[2].endswith("ly"):
            nouns.setdefault(_CLASS[found[1]], set()).add(found[2] + _onward(text[found.end() :], found[2]))

    def full(found: re.Match[str]) -> str:
        known = nouns.get(_CLASS[found[3]], set())
        if found.re is _BARE and _CLASS[found[3]] == _CLASS["left"]:
            return found[0]
        if len(known) != 1 or (found.re is _BARE and text[: found.start()].endswith(("to ", "on ", "at ", "from "))):
            return found[0]
        return f"{found[1]} {found[2]}{found[3]} {next(iter(known))}"

    return _PAIRED.sub(full, _BARE.sub(full, _ONE.sub(full, text)))


#: "The bigger of the two rocks", "of the two rocks, the bigger one".
_COMPARED = re.compile(
    r"\bthe (?P<how>\w+er)(?: one)? of (?:the |these )?two (?P<name>(?:\w+ )??\w+s)\b"
    r"|\bof (?:the |these )?two (?P<of>(?:\w+ )??\w+s), the (?P<which>\w+er)(?: one)?(?= \w+s\b)"
)


def _compared(found: re.Match[str]) -> str:
    """For "The bigger of the two rocks": "the bigger rock"."""
    return f"the {found['how'] or found['which']} {singular(found['name'] or found['of'])}"


def _onward(text: str, noun: str) -> str:
    """The second word of a name that has two: "the blue jet | ski passes"."""
    word = re.match(r" ([\w-]+)(?= \w+s\b)", text)
    if word is None or noun.endswith("s") or word[1] in _NOT_NOUNS or word[1].endswith(("s", "ly", "ing", "ed")):
        return ""
    forms = {form for _, form in inflections().get(word[1], ())}
    return "" if at(word[1]) or forms - {"base"} else word[0]


def _of_two(text: str) -> str:
    """For "Two balls: the red one rises, the blue one falls" -> "the red ball rises, the blue ball falls"."""
    plural = _PLURAL.search(text)
    if plural is None:
        return text
    one = singular(plural[1])
    full = _ONE_AT.sub(rf"the \1 {one}", re.sub(r"\b(?:an?|the) (\w+) one\b", rf"the \1 {one}", text))
    told = re.fullmatch(_TOLD_OF.format(plural[1]), full)
    both = told and len(set(re.findall(rf"\b\w+ {one}\b", told[1]))) == 2
    return told[1] if told and both else full


def singular(noun: str) -> str:
    """For "Boxes": "box"; for "two wolves": "wolf"."""
    head, _, last = noun.rpartition(" ")
    if last in _IRREGULAR:
        return f"{head} {_IRREGULAR[last]}".strip()
    for ending, word in (
        ("ies", "y"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("sses", "ss"),
        ("xes", "x"),
        ("uses", "us"),
        ("s", ""),
    ):
        if noun.endswith(ending):
            return noun.removesuffix(ending) + word
    return noun
