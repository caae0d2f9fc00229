"""What a text leaves open before it is cut: items numbered out of order, a beginning told last, "in that climb"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPEN = r"(?:^|(?<=[\s:;,.!(]))"
#: Marks of items, one kind each, and where they stand.
_MARKS = (
    (re.compile(rf"{_OPEN}([1-9])(?:[.):/]|st\b|nd\b|rd\b|th\b)(?=\s)"), "123456789"),
    (re.compile(rf"{_OPEN}(i{{1,3}}|iv)[.):](?=\s)"), ("i", "ii", "iii", "iv")),
    (re.compile(rf"{_OPEN}([a-f])\)(?=\s)"), "abcdef"),
    (re.compile(r"\b(?:step|phase|stage|part|leg|move) (one|two|three|four)\b"), ("one", "two", "three", "four")),
    (
        re.compile(
            r"(?:^|(?<=[:;,.] )|(?<=[:;,.] and ))(first|second|third|fourth|last)"
            r"(?=[,:]| (?:phase|step|stage|part|leg|move)\s*[:=]| (?:\w+ly )?(?:up|down|left|right|fast|it|he|she)\b)"
        ),
        ("first", "second", "third", "fourth", "last"),
    ),
)
_ENDS = r"(?:end|finish|close|conclude)(?:s|es|ed)?|w(?:inds?|ound) up"
_BEGINS = r"(?:begin|start|open)s?|began|started|opened|sets? (?:off|out)"
_STARTED_LAST = re.compile(
    rf"\b(?:{_ENDS})\b.*[;.:,] (?:and |but )?(?:it|he|she|the [\w-]+) (?:{_BEGINS})\b"
    rf"|\w(?:[;.:,] (?:and |but )?| (?:and|but) )(?:(?:it|he|she|the [\w-]+) )?(?:{_BEGINS}) (?:off |out )?by\b"
)
#: "The cup moves slowly: up, then left": slowly up, or both?
_HEADED = re.compile(
    r"(?:^|[.;] )([^.;:]*\b(?:slow\w*|quick\w*|fast|hurr\w+|haste|rush\w*|speeds?|unhurried\w*|creeps|crawls|dashes"
    r"|drifts|larger|bigger|smaller|grow\w*|shrink\w*|(?:anti|counter-?)?clockwise)\b[^.;:]*):"
    r" (?:it \w+ |first )?(?:up|down|left|right|to the)\b[^.:;]*\bthen\b"
)
_OF_ALL = re.compile(r"\b(?:two|three|both|throughout|each|all|time|times|(?:takes?|taking) (?:it|things))\b")
#: Nouns of a motion, and what the motion that they speak of must say.
_SIDED = {
    "arc curve": r"\b(?:arc|curv\w*)\b",
    "loop circle": r"\b(?:loop\w*|circl\w*)\b",
    "climb ascent rise": r"\b(?:up|upwards?|ris\w+|climb\w*|ascen\w+|soar\w*|top|upper)\b",
    "descent drop fall": r"\b(?:down|downwards?|fall\w*|drop\w*|descen\w+|sink\w*|dive\w*|bottom|lower)\b",
}
#: Between two stretches of a motion.
_STEPS = re.compile(r"[.;] (?:(?:then|next),? )?|,? (?:and )?(?:then|next|before|after)\b")
_NUMBERS = {"second": 2, "third": 3}


def doubts(text: str) -> Iterator[str]:
    """For "a) left; c) up; b) down" and "it ends by rising; it starts by going left": orders that are not read."""
    text = text.lower()
    for pattern, order in _MARKS:
        places = [order.index(found) for found in pattern.findall(text)]
        told = [place for place in places if place] if "last" in order else places  # "last it rises; first it falls"
        if told != sorted(told):
            yield "ambiguous order"
    if _STARTED_LAST.search(text):
        yield "ambiguous order"
    if (headed := _HEADED.search(text)) and not _OF_ALL.search(headed[1]):
        yield "ambiguous phase"


def during(found: re.Match[str]) -> str:
    """For "It rises. It turns during that climb": "It rises while it turns", where no other stretch can be meant."""
    before = found.string[: found.start()]
    what = re.search(r"\b(?:during|in|on|throughout|for|along|over) (?:this|that|the) (?:(\w+) )?(\w+)", found[0])
    if not what:
        return found[0]
    which, noun = what.groups()
    stretches = re.split(r"[.;,] |\b(?:then|before|after|and)\b", before)
    for nouns, said in _SIDED.items():
        if noun in nouns.split() and not re.search(said, stretches[-1]):
            return found[0]
    if which in _NUMBERS and len(_STEPS.split(before)) != _NUMBERS[which]:
        return found[0]
    sided = any(noun in nouns.split() for nouns in _SIDED)
    if len(stretches) > 1 and not (sided or which in ("latter", "last", "final", *_NUMBERS)):
        return found[0]
    if re.search(r"[.;] (?!(?:(?:then|next|after that|finally),? )?(?:it|he|she)\b)", before):
        return found[0]  # of another actor, it may be
    who, told = found["who"], found.groupdict().get("told") or ""
    return f" while {who} {told}"
