"""Verbs that the lexicon has not, in one form for all of theirs; and plurals that have no "s"."""

from __future__ import annotations

import re

from locomotion_hf.captions import lexicon
from locomotion_hf.captions.lexicon import inflections

#: Pasts and participles that no rule gives, of verbs that the lexicon has not.
IRREGULAR = {
    "thrown": "throw", "threw": "throw", "taken": "take", "took": "take", "held": "hold", "caught": "catch",
    "eaten": "eat", "ate": "eat", "brought": "bring", "bore": "bear", "borne": "bear",
    "drew": "draw", "drawn": "draw",
}  # fmt: skip
#: Plurals without an "s".
PLURALS = {*lexicon.PLURALS, "people", "sheep", "fish", "deer", "oxen", "dice", "cattle", "feet"}
#: Ending of a verb -> what it is without it: "carries", "pushes", "tapes", "taped", "tapped", "kicked".
_ENDINGS = (
    (r"i(?:es|ed)$", "y"),
    (r"(?<=sh|ch|ss|zz)e[sd]$", ""),
    (r"(?<=[xo])e[sd]$", ""),
    (r"s$", ""),
    (r"(?<=en|er|on|el)(?:ed|ing)$", ""),
    (r"([bdgklmnprt])\1ed$", r"\1"),
    (r"(?<=[aeiou][bcdfgklmnprstvz])ed$", "e"),
    (r"ed$", ""),
    (r"([bdgklmnprt])\1ing$", r"\1"),
    (r"(?<=[aeiou][bcdfgklmnprstvz])ing$", "e"),
    (r"ing$", ""),
)
#: Deeds that are one.
SAME_DEED = {
    "tow": "pull", "haul": "pull", "tug": "pull", "shove": "push", "transport": "carry", "bear": "carry",
    "convey": "carry",
}  # fmt: skip


def stem(text: str) -> str:
    """A verb without its ending, near enough to tell "carries" and "carried" from others; "tows" is "pull"."""
    word = text.split()[0]
    word = IRREGULAR.get(word, word)
    known = inflections().get(word)
    if known:
        return SAME_DEED.get(known[0][0].base, known[0][0].base)
    for ending, without in _ENDINGS:
        if re.search(ending, word):
            word = re.sub(ending, without, word)
            break
    return SAME_DEED.get(word, word)
