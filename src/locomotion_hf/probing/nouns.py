"""Hide what objects are called: "Pushing a coffee cup to the left" becomes "Pushing an object to the left"."""

from __future__ import annotations

import re

from locomotion_hf.captions import Form, describe, parse
from locomotion_hf.captions.lexicon import inflections, nouns
from locomotion_hf.errors import CaptionError

_DETERMINERS = ("a", "an", "the", "another", "some", "one", "two", "three", "this", "that", "these", "those", "its")
#: Words that end a noun phrase: no adjective stands among them.
_BORDERS = (
    "of",
    "to",
    "from",
    "in",
    "on",
    "off",
    "at",
    "by",
    "into",
    "onto",
    "over",
    "with",
    "and",
    "or",
    "is",
    "are",
)
#: Words of the longest names that are looked for, and of adjectives before them.
_LONGEST, _ADJECTIVES = 3, 2
_WORD = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)*")


def hide_nouns(caption: str) -> str:
    """A caption with "an object" in place of what its objects are called; as it was where no noun is known.

    A caption of our grammar is written again without its nouns. In any other text the names that our word lists know
    are replaced where they stand; a word that may be a verb ("fly") is a name only behind an article.

    Args:
        caption: any English.
    """
    try:
        return describe(parse(caption).timed, Form(appearance=False))
    except CaptionError:
        return _in_place(caption)


def _in_place(caption: str) -> str:
    words = list(_WORD.finditer(caption))
    lower = [word.group().lower() for word in words]
    told, end, place = [], 0, 0
    while place < len(words):
        count = _name_at(lower, place)
        if not count:
            place += 1
            continue
        start = words[place].start()
        before = caption[end:start]
        last = lower[place + count - 1]
        name = "objects" if last.endswith("s") and last.removesuffix("s") in nouns() else "object"
        told += [re.sub(r"\b([Aa])\s+$", r"\1n ", before), name.capitalize() if not start else name]
        end = words[place + count - 1].end()
        place += count
    return "".join([*told, caption[end:]])


def _name_at(words: list[str], place: int) -> int:
    """How many words the name has that stands here, adjectives included; 0 for none."""
    before = words[max(0, place - 2) : place]
    after_article = bool(before) and before[-1] in _DETERMINERS
    if before[-1:] == ["to"] and before[0] not in ("next", "close"):
        return 0  # "to pick up", "to rock"
    for adjectives in range(_ADJECTIVES + 1 if after_article else 1):
        skipped = words[place : place + adjectives]
        if any(word in (*_BORDERS, *_DETERMINERS) for word in skipped):
            break
        start = place + adjectives
        for count in range(min(_LONGEST, len(words) - start), 0, -1):
            name = " ".join(words[start : start + count])
            if _known(name) and (after_article or name not in inflections()):
                return adjectives + count
    return 0


def _known(name: str) -> bool:
    return name in nouns() or (name.endswith("s") and name.removesuffix("s") in nouns())
