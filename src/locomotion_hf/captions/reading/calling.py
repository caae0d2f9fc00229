"""What a known noun may be called in a text: its name in full, its synonyms, a part of it once it is known."""

from __future__ import annotations

import re
from functools import lru_cache

from locomotion_hf.captions.lexicon import alike

DETERMINER = r"(?:(?:an?|the|this|that|these|those|its|their|our|my|your|his|her|one) )?"
#: Adjectives that state what "stays in place" states.
RESTING = r"(?:stationary|motionless|unmoving|immobile|static|resting|unmoved|still|parked)"
#: Words of a name that may stand for each other.
_SAME = {
    word: f"(?:{'|'.join(words)})"
    for words in (("small", "little", "tiny"), ("big", "large"), ("grey", "gray"), ("color", "colour"))
    for word in words
}  # fmt: skip


@lru_cache(2**12)
def mention(noun: str) -> re.Pattern[str]:
    """A noun with or without its determiner."""
    noun = re.sub(r"^(?:an?|the) ", "", noun)
    words = [_SAME.get(word, re.escape(word)) for word in noun.split()]
    body = " ".join(words)
    whole = rf"{words[-1]} of (?:the |an? )?{' '.join(words[:-1])}" if len(words) > 1 and noun[-1:] == "s" else body
    if len(words) == 3:
        body = rf"(?:{body}|{words[1]} {words[0]} {words[2]})"
    if len(words) == 2:
        body = rf"(?:{body}|{words[1]} (?:that|which|who) (?:is|are|was|were) {words[0]})"
    return re.compile(rf"{DETERMINER}(?P<rest>{RESTING} )?(?:{body}|{whole})(?!\w)(?!-\w)")


#: Before these a word begins anew: a black bird need be no blackbird.
_COLOURS = frozenset({"black", "white", "red", "green", "blue", "yellow", "brown", "orange", "grey", "gray", "pink"})


@lru_cache(2**12)
def otherwise(noun: str) -> re.Pattern[str] | None:
    """What else a noun is called: a synonym, or its words joined or parted by another mark."""
    own = re.sub(r"^(?:an?|the) ", "", noun).replace("-", " ").split()
    joint = "" if len(own) < 2 else "[ -]?" if own[0] not in _COLOURS else "[ -]"
    bodies = [joint.join(map(re.escape, own))] if joint else []
    for name in alike(" ".join(own)):
        bodies.append("[ -]?".join(_SAME.get(word, re.escape(word)) for word in name.split()))
    if not bodies:
        return None
    bodies.sort(key=len, reverse=True)
    return re.compile(rf"{DETERMINER}(?P<rest>{RESTING} )?(?:{'|'.join(bodies)})(?!\w)(?!-\w)")


@lru_cache(2**12)
def short(nouns: tuple[str, ...]) -> dict[str, str]:
    """For "The white one" -> "white horse", where no other noun is white."""
    first = [re.sub(r"^(?:an?|the) ", "", noun).split()[0] for noun in nouns if len(noun.split()) > 1]
    return {
        f"the {word} one": noun
        for noun in nouns
        for word in noun.split()[:1]
        if first.count(word) == 1 and len(noun.split()) > 1
    }


#: "A pair of dolls", "a bunch of grapes": what is counted, and the word that counts.
_OF = re.compile(
    r"(pair|bunch|set|group|stack|pile|box|bag|plate|bowl|basket|glass|bottle|cup|piece|slice|loaf|head) of (.+)"
)
#: "A pancake stack" is a stack of pancakes.
_HOLDING = frozenset({"box", "bag", "stack", "pile", "loaf", "head", "slice"})
#: What these hold is as well what moves.
_COUNTING = frozenset({"pair", "bunch", "set", "group"})
_ORDINAL = {"first": "(?:1|one|a)", "second": "(?:2|two|b)", "third": "(?:3|three|c)", "fourth": "(?:4|four|d)"}


@lru_cache(2**12)
def loosely(noun: str) -> re.Pattern[str] | None:
    """What else can only be meant: "the dolls" for "a pair of dolls", "something" for "an object"."""
    own = re.sub(r"^(?:an?|the) ", "", noun)
    bodies = []
    of = _OF.fullmatch(own)
    if of and of[1] in _COUNTING:
        what = re.escape(of[2])
        two = rf"|two {what}(?: as a pair)?|the two {what}|{what} pair" if of[1] == "pair" else ""
        whole = rf"{what},? (?:a|the|as a|in a) (?:whole )?{of[1]}"
        bodies.append(rf"(?:the |these |those |some |its |a |both )?(?:{whole}{two}|{what})")
    if not of and re.search(r"[^s]s$", own):  # "two boats"
        bodies.append(rf"(?:the |this |that |a )?pair of {re.escape(own)}")
    if of and of[1] in _HOLDING:
        held = of[2].removesuffix("es") if of[2].endswith(("shes", "ches")) else of[2].removesuffix("s")
        bodies.append(rf"(?:an? |the |this |that |its )?(?:{re.escape(of[2])}|{re.escape(held)}) {of[1]}")
    if own in ("object", "thing", "item"):
        bodies.append(r"(?:some|the|an?|this|that|our|one)(?:thing| object| thing| item)|something")
    if (place := re.fullmatch(r"(first|second|third|fourth) (?:object|item|thing)", own)) is not None:
        bodies.append(rf"(?:the )?(?:object|item|thing) (?:no\. ?|number |#)?{_ORDINAL[place[1]]}")
        bodies.append(rf"{place[1]}(?=:)")  # "First: left. Second: up"
        bodies.append(rf"the {place[1]}(?: one| item| thing)?(?! (?:time|half|part|phase|stage|move|step|leg)\b)")
    return re.compile(rf"(?:{'|'.join(bodies)})(?!\w)(?!-\w)") if bodies else None


@lru_cache(2**12)
def heads(nouns: tuple[str, ...]) -> dict[str, str]:
    """For "electric plug": "plug", where no other noun is called so; what may stand for it once it was named."""
    found: dict[str, list[str]] = {}
    for noun in nouns:
        own = re.sub(r"^(?:an?|the) ", "", noun)
        names = {name for name in (own, *alike(own)) if name}
        for name in names:
            words = name.replace("-", " ").split()
            of = _OF.fullmatch(name)
            parts = {of[1], of[2], of[2].split()[-1]} if of else {*words[-1:], " ".join(words[1:])}
            for part in {*parts, name} - {""}:
                found.setdefault(part, []).append(noun)
    return {part: of_[0] for part, of_ in found.items() if len(set(of_)) == 1}
