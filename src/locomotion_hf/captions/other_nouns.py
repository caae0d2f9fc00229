"""Which names rule each other out, and which noun may stand in for another: `other_nouns.txt`.

"A cat" and "an animal" may be one thing, and so may "a red ball" and "a wooden ball"; "a cat" and "a dog" may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from locomotion_hf.randomness import stable_hash

from .lexicon import alike, kind, nouns

_FILE = Path(__file__).parent / "other_nouns.txt"
_AFTER_HEAD = re.compile(r" (?:of|with|without|and|in|on|for|from|that) ")


@cache
def _table() -> tuple[dict[str, tuple[str, ...]], tuple[frozenset[str], ...], frozenset[str]]:
    """The nouns to draw from, by kind; families of names; and the names that are too general."""
    drawn: dict[str, tuple[str, ...]] = {}
    families: dict[tuple[str, str], set[str]] = {}
    generic: set[str] = set()
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        kind_, _, rest = line.partition(": ")
        if kind_ == "generic":
            generic |= {_plain(word) for word in rest.split(", ")}
            continue
        noun, _, kin = rest.partition(" = ")
        drawn[kind_] = tuple(dict.fromkeys((*drawn.get(kind_, ()), noun)))
        families.setdefault((kind_, noun), set()).update(
            _plain(word) for word in (noun, *filter(None, kin.split(", ")))
        )
    return drawn, tuple(map(frozenset, families.values())), frozenset(generic)


def _plain(noun: str) -> str:
    """In small letters, every word without the s of a plural."""
    return " ".join(re.sub(r"(?<=[^s])s$", "", word) for word in noun.lower().split())


def _head(noun: str) -> str:
    return _AFTER_HEAD.split(_plain(noun))[0].rpartition(" ")[2]


@cache
def _families(noun: str) -> frozenset[int]:
    padded = f" {_plain(noun)} "
    return frozenset(n for n, kin in enumerate(_table()[1]) if any(f" {word} " in padded for word in kin))


def exclusive(noun: str, other: str) -> bool:
    """Whether what bears one name cannot bear the other: neither is general, no word and no family is shared."""
    generic = _table()[2]
    if _head(noun) in generic or _head(other) in generic:
        return False
    if other.lower().replace("-", " ") in alike(noun):
        return False
    shared = set(_plain(noun).split()) & set(_plain(other).split()) - {"of", "with", "and", "the", "a", "in"}
    return not shared and not _families(noun) & _families(other)


def known(noun: str) -> bool:
    """Whether a list has a noun, or its head."""
    return any(word in nouns() for word in (noun.lower(), _head(noun), noun.lower().rpartition(" ")[2]))


def other_nouns(noun: str, beside: Iterable[str] = (), pool: Sequence[str] = ()) -> tuple[str, ...]:
    """Nouns of the same kind that are certainly not true of the same thing.

    Args:
        noun: that they stand in for.
        beside: other nouns of the text: none of these is meant either.
        pool: to choose from; our own list when empty.

    Returns:
        In an order of each noun's own, so that the first is not always the same. Empty for a noun that no list
        knows, or that tells too little ("animal").
    """
    generic = _table()[2]
    if not known(noun) or _head(noun) in generic:
        return ()
    its_kind = kind(noun)
    drawn = [one for one in pool if kind(one) == its_kind] if pool else _table()[0].get(its_kind, ())
    found = {one for one in drawn if all(exclusive(one, name) for name in (noun, *beside))}
    return tuple(sorted(found, key=lambda one: stable_hash("other noun", noun, one)))
