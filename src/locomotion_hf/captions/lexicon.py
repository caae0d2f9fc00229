"""Which verbs there are, what each asserts of a motion, and which kinds of thing it suits.

`verbs.txt`, `nouns.txt` and `noun_synonyms.txt`, beside this file, hold the words; their first lines say how they are
written. What a
verb asserts is false of a clip unless its facts bear it out, but for `~slow` and `~fast`: `~fast` is false of
slowness only, and `~slow` of all that is not said to be slow. A verb that suits no kind is read and never written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from locomotion_hf.errors import CaptionError

#: No two of a row are true of one stretch of a motion.
OPPOSITES = (
    {"up", "down"},
    {"left", "right"},
    {"slow", "fast", "~slow", "~fast", "still"},
    {"accelerating", "decelerating", "still"},
    {"circle", "arc", "spiral", "zigzag", "bounce", "shake", "still"},
    {"growing", "shrinking"},
    {"enters", "leaves", "still"},
    *({direction, "still"} for direction in ("up", "down", "left", "right")),
)
#: What a verb may assert. Directions are those of the picture, and hold for the diagonals on their side too;
#: `rotation` is about itself and leaves the sense open; `other` is whatever our facts do not know.
ASSERTIONS = frozenset({"rotation", "other"}.union(*OPPOSITES))
#: By how one speaks of a thing's motion; `nouns.txt` has a line about each.
KINDS = (
    *("bird", "insect", "aircraft", "rocket", "balloon"),
    *("walker", "hoofed", "scurrier", "crawler", "swimmer", "person"),
    *("vehicle", "train", "cart", "boat", "roller", "thing"),
)
#: Who a verb's "its" may also be.
OWNERS = {"its": ("his", "her", "their"), "itself": ("himself", "herself", "themselves")}

_FOLDER = Path(__file__).parent
_REMARK = re.compile(r"\(.*?\)|_")
#: What may stand between the head of a noun phrase and the rest: "glass of milk", "couch and lamp".
_AFTER_HEAD = re.compile(r" (?:of|with|without|and|in|on|for|from) ")
#: Plurals that no rule gives.
PLURALS = {"mice": "mouse", "geese": "goose", "men": "man", "women": "woman", "children": "child"}

# Where spelling does not follow from the last letters.
_DOUBLED = {"outrun", "zigzag"}  # though of more than one syllable
_KEEP_E = re.compile(r"(?:[oey]e)$")  # tiptoeing, fleeing, dyeing
_ONE_SYLLABLE = re.compile(r"(?:[^aeiou]*|.*-[^aeiou]+|[^aeiou]*qu)[aeiou][^aeiouwxy]")
_EITHER = re.compile(r".*[aeiou].*[^aeiou][aeiou]l")  # travelling, traveling


@dataclass(frozen=True)
class Verb:
    """One sense of one verb.

    Attributes:
        base: as in "they plummet", with its particles: "speed up".
        third: as in "it plummets".
        ings, pasts, participles: every spelling of "travelling" and so on, the preferred one first.
        asserts: of `ASSERTIONS`.
        suits: of `KINDS`; empty when the verb is only read.
    """

    base: str
    third: str
    ings: tuple[str, ...]
    pasts: tuple[str, ...]
    participles: tuple[str, ...]
    asserts: frozenset[str]
    suits: frozenset[str]

    @property
    def ing(self) -> str:
        """As in "plummeting"."""
        return self.ings[0]

    @property
    def past(self) -> str:
        """As in "it plummeted"."""
        return self.pasts[0]

    @property
    def participle(self) -> str:
        """As in "it has plummeted"."""
        return self.participles[0]

    def forms(self) -> Iterator[tuple[str, str]]:
        """Every spelled form and its name; "its way" also as "her way", "itself" as "themselves"."""
        named = {"base": (self.base,), "third": (self.third,), "ing": self.ings}
        named |= {"past": self.pasts, "participle": self.participles}
        for name, spellings in named.items():
            for spelling in spellings:
                yield spelling, name
                for owner, others in OWNERS.items():
                    if owner in spelling.split():
                        yield from ((re.sub(rf"\b{owner}\b", other, spelling), name) for other in others)


def inflect(word: str) -> dict[str, tuple[str, ...]]:
    """The regular forms of one word: "third", "ing" and "past", each in every accepted spelling."""
    consonant_y = word.endswith("y") and word[-2:-1] not in ("a", "e", "o", "u")
    sibilant = re.search(r"(?:s|x|z|ch|sh|o)$", word) and not word.endswith("oo")
    stems = [word]
    if word in _DOUBLED or _ONE_SYLLABLE.fullmatch(word):
        stems = [word + word[-1]]
    elif _EITHER.fullmatch(word):
        stems = [word + word[-1], word]
    third = word[:-1] + "ies" if consonant_y else word + "s"
    if sibilant:
        third = (stems[0] if word.endswith("z") else word) + "es"
    if word.endswith("ie"):
        return {"third": (third,), "ing": (word[:-2] + "ying",), "past": (word + "d",)}
    if word.endswith("e"):
        stem = word if _KEEP_E.search(word) else word[:-1]
        return {"third": (third,), "ing": (stem + "ing",), "past": (word + "d",)}
    past = (word[:-1] + "ied",) if consonant_y else tuple(stem + "ed" for stem in stems)
    return {"third": (third,), "ing": tuple(stem + "ing" for stem in stems), "past": past}


def read_verb(line: str) -> Verb:
    """Read a line of `verbs.txt`.

    Raises:
        CaptionError: it has not three fields, not one or three forms, an unknown word, or asserts opposites.
    """
    fields = [field.strip() for field in line.split(" | ")]
    forms = [form.strip() for form in fields[0].split(",")]
    if len(fields) != 3 or not all((*fields, *forms)) or len(forms) not in (1, 3):
        raise _bad("verbs.txt", line, "`forms | asserts | suits`, forms being base, or base, past, participle")
    asserts = frozenset(fields[1].split()) - {"-"}
    suits = frozenset(KINDS if fields[2] == "*" else fields[2].split()) - {"-"}
    _known("verbs.txt", line, asserts, ASSERTIONS)
    _known("verbs.txt", line, suits, KINDS)
    if any(len(asserts & row) > 1 for row in OPPOSITES):
        raise _bad("verbs.txt", line, "assertions that can be true together")
    word, _, particles = forms[0].partition(" ")
    regular = {name: tuple(f"{one} {particles}".strip() for one in made) for name, made in inflect(word).items()}
    pasts, participles = map(_spellings, forms[1:]) if forms[1:] else (regular["past"], regular["past"])
    return Verb(forms[0], regular["third"][0], regular["ing"], pasts, participles, asserts, suits)


def read_verbs(lines: Iterable[str]) -> tuple[Verb, ...]:
    """Read a list of verbs; see `verbs.txt`.

    Raises:
        CaptionError: a line is no verb, or says of a verb and a kind what another line says otherwise.
    """
    found: dict[str, list[Verb]] = {}
    for line in _content(lines):
        verb = read_verb(line)
        for other in found.setdefault(verb.base, []):
            if not (verb.suits and other.suits) or verb.suits & other.suits:
                raise _bad("verbs.txt", line, f"one sense of {verb.base!r} for each kind")
        found[verb.base].append(verb)
    return tuple(verb for senses in found.values() for verb in senses)


def read_kinds(lines: Iterable[str]) -> dict[str, str]:
    """Read lines of `kind: noun, noun` to noun -> kind.

    Raises:
        CaptionError: a line has no known kind, or a noun that is empty or was there before.
    """
    kinds: dict[str, str] = {}
    for line in _content(lines):
        name, _, rest = line.partition(":")
        _known("nouns.txt", line, {name.strip()}, KINDS)
        for noun in (noun.strip().lower() for noun in rest.split(",")):
            if not noun or noun in kinds:
                raise _bad("nouns.txt", line, f"nouns that come once ({noun!r} does not)")
            kinds[noun] = name.strip()
    return kinds


@cache
def verbs() -> tuple[Verb, ...]:
    """All verbs that we know, in the order of the file."""
    return read_verbs((_FOLDER / "verbs.txt").read_text("utf-8").splitlines())


@cache
def inflections() -> dict[str, list[tuple[Verb, str]]]:
    """Every spelled form -> the verbs that it may be of, each with the form's name, as in `Verb.forms`."""
    found: dict[str, list[tuple[Verb, str]]] = {}
    for verb in verbs():
        for spelling, name in verb.forms():
            found.setdefault(spelling, []).append((verb, name))
    return found


@cache
def nouns() -> dict[str, str]:
    """Noun, in small letters -> kind, of all nouns in `nouns.txt`."""
    return read_kinds((_FOLDER / "nouns.txt").read_text("utf-8").splitlines())


def kind(noun: str) -> str:
    """The kind of thing that a noun phrase names.

    Args:
        noun: in one or more words, singular or plural; in LVIS's naming as well ("bow_(weapon)").

    Returns:
        The kind of the whole phrase or, when no list has it, of the longest known end of what stands before
        "of", "with" and the like: "red sports car" is a car, "glass of juice" a glass. Else "thing".
    """
    whole = " ".join(_REMARK.sub(" ", noun).lower().split())
    head = _AFTER_HEAD.split(whole)[0].split()
    for words in (whole, *(" ".join(head[start:]) for start in range(len(head)))):
        for form in _numbers(words):
            if form in nouns():
                return nouns()[form]
    return "thing"


@cache
def suiting(kind: str) -> tuple[Verb, ...]:
    """The verbs that may be written of a kind, in the order of the file."""
    return tuple(verb for verb in verbs() if kind in verb.suits)


@cache
def synonyms() -> dict[str, frozenset[str]]:
    """Name, with spaces for hyphens -> all that the same thing is called, of `noun_synonyms.txt`."""
    return read_synonyms((_FOLDER / "noun_synonyms.txt").read_text("utf-8").splitlines())


def read_synonyms(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    """Read the lines of `noun_synonyms.txt`.

    Raises:
        CaptionError: a line has one name, or one that another line has.
    """
    found: dict[str, frozenset[str]] = {}
    for line in _content(lines):
        first, _, others = line.partition(" = ")
        names = frozenset(name.replace("-", " ").strip() for name in (first, *others.split(", ")))
        if len(names) < 2 or "" in names or names & set(found):
            raise _bad("noun_synonyms.txt", line, "`name = name, name`, each in one line only")
        found |= dict.fromkeys(names, names)
    return found


@cache
def alike(noun: str) -> frozenset[str]:
    """Other names of what a noun phrase names, in small letters with spaces for hyphens.

    Args:
        noun: in one or more words; its longest known end is what is called otherwise ("red taxi": "red cab").

    Returns:
        For a pair of something, also the two of them ("pair of boots": "boots", "two boots").
    """
    words = noun.lower().replace("-", " ").split()
    found: set[str] = set()
    for start in range(len(words)):
        if names := synonyms().get(" ".join(words[start:])):
            found |= {" ".join([*words[:start], name]) for name in names}
            break
    if words[:2] == ["pair", "of"] and len(words) > 2:
        found |= {" ".join(words[2:]), " ".join(["two", *words[2:]])}
    return frozenset(found - {" ".join(words)})


def _numbers(noun: str) -> Iterator[str]:
    """A noun as it stands, in the singular and in the plural: guesses, of which a list knows one."""
    yield noun
    head, _, last = noun.rpartition(" ")
    yield f"{head} {PLURALS.get(last, last)}".strip()
    yield noun + "s"
    for ending, singular in (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", "")):
        if noun.endswith(ending):
            yield noun.removesuffix(ending) + singular


def _spellings(form: str) -> tuple[str, ...]:
    """`sped/speeded up` is "sped up" and "speeded up"; whole phrases may be given as well."""
    first, _, particles = form.partition(" ")
    if "/" in particles:
        return tuple(one.strip() for one in form.split("/"))
    return tuple(f"{one} {particles}".strip() for one in first.split("/"))


def _content(lines: Iterable[str]) -> Iterator[str]:
    yield from (line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _known(file: str, line: str, words: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(words) - set(known))
    if unknown:
        raise _bad(file, line, f"instead of {unknown[0]!r} one of {', '.join(sorted(known))}")


def _bad(file: str, line: str, expected: str) -> CaptionError:
    return CaptionError(f"the line {line!r} of {file}.", f"{expected}.", f"correct the line in {file}.")
