"""Bring a text to one wording before it is cut: small letters, plain marks, one spelling, whole names."""

from __future__ import annotations

import re

#: Quotation marks, spaces and hyphens as word processors set them.
_TYPED = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u2011": "-", "\u2010": "-"}
)
#: One wording for what people also write in two words, with a mark, or round about.
_JOINED = (
    (re.compile(r"\b(anti|counter)[ -]?clock[ -]?wise\b"), "anticlockwise"),
    (re.compile(r"\bclock[ -]wise\b"), "clockwise"),
    (re.compile(r"\bzig[ -]zag"), "zigzag"),
    (re.compile(r"\boff-screen\b"), "offscreen"),
    (re.compile(r"\b(it|that|there|which|who|he|she)'s\b"), r"\1 is"),
    (re.compile(r"(?<=\w)'s\b"), " 's"),
    (re.compile(r"(?<=s)'(?=\s)"), " 's"),
    (re.compile(r"[\"*_`()\[\]]"), " "),
    (re.compile(r"\bfollowing (?=(?:an?|the) (?:\w+ ){1,4}'s \w+)"), "after "),
    # "It is upward that a crow flies."
    (re.compile(r"\bit (?:is|was) (\w+(?: \w+){0,4}) that (?=(?:an?|the|it) )"), r"\1 "),
)
#: What a camera does, as a noun.
_FILMED = r"(pan|tilt|zoom|zoom in|zoom out)"
_HOW = r"(?:(slow|quick|fast|rapid|gentle|upward|downward|leftward|rightward) )?"
_PANS = (
    re.compile(rf"^(?:an? |the )?{_HOW}(?:camera )?{_FILMED}(?= (?:to|from|left|right|up|down|on|over|across)\b)"),
    re.compile(rf"\b(during|with|in|amid|alongside) (?:an? |the )?{_HOW}{_FILMED} (?:of|by) the camera\b"),
)
_PLURAL = re.compile(r"\btwo (?:\w+ )??(\w+s)\b")
_ONE = re.compile(r"\b(?:an?|the) (\w+) one\b")
_ONE_AT = re.compile(r"\b(?:the )?one (?:on|at) the (left|right)\b")


def normal(text: str) -> str:
    """Lower case, plain quotation marks and hyphens, single spaces, one spelling of clockwise and its opposite."""
    text = text.lower().translate(_TYPED)
    for pattern, word in _JOINED:
        text = pattern.sub(word, text)
    text = " ".join(text.split())
    for pattern in _PANS:
        text = pattern.sub(_filmed, text)
    return _named(text)


def _filmed(found: re.Match[str]) -> str:
    """For "slow pan": "the camera pans slowly"; for "during a slow pan of the camera": "while the camera ..."."""
    *links, how, what = found.groups()
    verb, _, particle = what.partition(" ")
    manner = f"{how}ly" if how in ("slow", "quick", "rapid") else "gently" if how == "gentle" else how or ""
    return " ".join(filter(None, ("while" if links else "", f"the camera {verb}s", particle, manner)))


def _named(text: str) -> str:
    """For "Two balls: the red one rises, the blue one falls" -> "the red ball rises, the blue ball falls"."""
    plural = _PLURAL.search(text)
    if plural is None:
        return text
    one = _singular(plural[1])
    named = _ONE_AT.sub(rf"the \1 {one}", _ONE.sub(rf"the \1 {one}", text))
    told = re.fullmatch(
        rf"(?:of|there (?:are|were)|we see)?\s*(?:the )?two {plural[1]}\s*[:;,.\u2013\u2014-]\s*(.+)", named
    )
    both = told and len(set(re.findall(rf"\b\w+ {one}\b", told[1]))) == 2
    return told[1] if told and both else named


def _singular(noun: str) -> str:
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
