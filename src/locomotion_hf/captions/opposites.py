"""Replace phrases of any English text by their opposites, in place: what may become a foil.

Nothing here is certain: whether a text with another word in it contradicts the first is for `verify` to say.
Words that turn one thing the other way round are changed together within a clause ("rises upwards", "enters from
the left moving right"); the inside of a noun ("left shoe", "roll of paper") is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from pathlib import Path

from .lexicon import Verb, inflections, kind, verbs
from .other_nouns import exclusive, known, other_nouns
from .reading import read
from .words import article

_FILE = Path(__file__).parent / "opposites.txt"
#: What a change of one axis may turn out to flip.
_MEANT: dict[str, tuple[str, ...]] = {
    "horizontal": ("direction", "edge"),
    "vertical": ("direction", "edge"),
    "sense": ("rotation", "sense"),
    "amount": ("turns", "laps"),
    "zoom": ("camera",),
    "time": ("order",),
}
#: What holds such a word in another sense.
_KEPT = (
    *(
        "up and down",
        "down and up",
        "left and right",
        "right and left",
        "back and forth",
        "right after",
        "right before",
    ),
    *("right behind", "right away", "right past", "right toward", "right towards", "after that", "after which"),
    *("before that", "after this", "all right", "upside down", "right side up", "at first", "once it", "once the"),
    *("once they", "once he", "once she", "once again", "at once", "fast asleep", "up close", "slow motion"),
)
_UNITS = ("turn", "rotation", "revolution", "spin", "lap", "circle", "loop", "circuit", "time")
#: Verb -> its opposites in the order of preference; the first that suits the kind of thing is taken.
_VERBS = {
    "rise": ("sink", "descend"), "soar": ("sink", "descend"), "lift": ("sink",), "float up": ("sink",),
    "move up": ("move down",), "move down": ("move up",), "go up": ("go down",), "go down": ("go up",),
    "come down": ("go up",), "climb up": ("climb down", "descend"), "climb down": ("climb up",),
    "descend": ("ascend",), "creep": ("dart", "rush"), "crawl": ("dart", "race"), "amble": ("sprint", "dart", "rush"),
    "stroll": ("sprint",), "plod": ("sprint", "rush"), "trudge": ("sprint",), "sprint": ("amble", "creep"),
    "gallop": ("amble",), "accelerate": ("decelerate",), "decelerate": ("accelerate",), "expand": ("contract",),
    "contract": ("expand",), "ease": ("race",),
}  # fmt: skip
_BY_ASSERTION: dict[frozenset[str], tuple[str, tuple[str, ...]]] = {
    frozenset({"up"}): ("vertical", ("descend",)),
    frozenset({"down"}): ("vertical", ("rise",)),
    frozenset({"up", "fast"}): ("vertical", ("plummet",)),
    frozenset({"down", "fast"}): ("vertical", ("shoot up",)),
    frozenset({"fast"}): ("speed", ("creep",)),
    frozenset({"~fast"}): ("speed", ("creep",)),
    frozenset({"slow"}): ("speed", ("rush",)),
    frozenset({"~slow"}): ("speed", ("rush",)),
    frozenset({"accelerating"}): ("change", ("slow down",)),
    frozenset({"decelerating"}): ("change", ("speed up",)),
    frozenset({"growing"}): ("growth", ("shrink",)),
    frozenset({"shrinking"}): ("growth", ("grow",)),
}
_LONGEST = 5  # words of a phrase
_WORD = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)*")
_CLAUSE = re.compile(
    r"[.;:!?]|,(?!\s+[\w-]+ing\b)|\b(?:then|before|after|while|whilst|as|finally|next|afterwards|followed)\b"
    r"|\band\s+(?:an?|the)\b",
    re.IGNORECASE,
)
_PLACES = ("in", "on", "along", "through", "across", "over", "under", "near", "beside", "behind", "above", "below")
_PASSIVE = ("is", "are", "was", "were", "be", "been", "being", "gets", "got")
_PERFECT = ("has", "have", "had", "having")
_UNCERTAIN = re.compile(
    r"\b(?:not|never|nor?|neither|none|nothing|nobody|without|cannot|unless|if|whether|or|either|instead|rather|but"
    r"|almost|nearly|hardly|barely|perhaps|maybe|possibly|probably|may|might|could|would|should|must|will|seems?)\b"
    r"|n['\u2019]t\b|\?",
    re.IGNORECASE,
)
_CAMERA = re.compile(r"\b(?:camera|view|shot|viewpoint|lens)\b", re.IGNORECASE)
_AT_EDGE = re.compile(r"\b(?:from|at|over|through|via|off|past|by|across)\s+(?:the\s+)?(?:\w+\s+)?$", re.IGNORECASE)
_GENDERED = re.compile(r"\b(?:he|she|him|her|his|hers|himself|herself)\b", re.IGNORECASE)

#: A text, which foils it may be, and the phrases that were replaced and those that replaced them.
Candidate = tuple[str, tuple[str, ...], str, str]


@dataclass(frozen=True)
class _Spot:
    """A phrase that can be replaced: from `start` to `end` of the text."""

    start: int
    end: int
    axis: str
    now: str
    soft: bool = False  # a verb that fits its speed but does not state it: "drifts"


def candidates(caption: str, kinds: Collection[str], pool: Sequence[str] = ()) -> Iterator[Candidate]:
    """Texts that may contradict a caption.

    Args:
        caption: any text.
        kinds: of foils that are wanted.
        pool: nouns to draw others from.

    Yields:
        In a fixed order, those first that change one clause in one way.
    """
    if _UNCERTAIN.search(caption):
        return  # the opposite of "does not move left" is not "does not move right"
    reading = read(caption)
    events = [event for actor in reading.actors.values() for event in actor.events]
    if not any(set(event.claims) - {"words", "moves"} or any(map(_known, event.relations)) for event in events):
        return  # nothing is said that pictures could contradict
    if any(not _harmless(word) for word in reading.words):
        return
    names = tuple(name for name in reading.actors if name and name != "camera")
    mentions = _mentions(caption, names)
    for group in _groups(caption, _spots(caption, names, mentions)):
        meant = _meant(caption, group, "camera" in reading.actors)
        if set(meant) & set(kinds):
            yield _replaced(caption, group, meant)
    if "order" in kinds:
        yield from _orders(caption, names, mentions)
    if reading.words:
        kinds = set(kinds) - {"binding"}
    yield from _names(caption, names, mentions, kinds, pool)


def _harmless(word: str) -> bool:
    """Whether an unread word leaves the others their meaning: of a place ("in a forest"), or a manner."""
    return word.startswith("noun: ") or word in _PLACES or word.endswith("ly")


def _known(relation: tuple[str, str]) -> bool:
    """Whether a relation is of our table: "do:throw" is not."""
    return ":" not in relation[0]


def _meant(caption: str, group: Sequence[_Spot], camera: bool) -> tuple[str, ...]:
    """Which kinds of foil a change may turn out to be."""
    axes = {spot.axis for spot in group}
    clause = [0, *(match.end() for match in _CLAUSE.finditer(caption, 0, group[0].start))][-1]
    of_camera = camera and _CAMERA.search(caption, clause, group[0].start)
    if of_camera and axes <= {"horizontal", "vertical", "zoom"}:
        return ("camera",)
    return tuple(kind for axis in axes for kind in _MEANT.get(axis, (axis,)))


def _mentions(caption: str, names: Sequence[str]) -> list[tuple[int, int, str]]:
    """Where the actors are named, longer names first."""
    found: list[tuple[int, int, str]] = []
    for name in sorted(names, key=len, reverse=True):
        body = r"\s+".join(re.escape(word) for word in name.split())
        for match in re.finditer(rf"(?<![\w-]){body}(?![\w-])", caption, re.IGNORECASE):
            if not any(start < match.end() and match.start() < end for start, end, _ in found):
                found.append((*match.span(), name))
    return sorted(found)


@cache
def _opposites() -> dict[str, tuple[str, str]]:
    """Phrase -> axis and opposite; without an axis, it is left alone."""
    found: dict[str, tuple[str, str]] = {phrase: ("", phrase) for phrase in _KEPT}
    lines = [line for line in _FILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    for line in sorted(lines, key=lambda line: ">" not in line):
        axis, both, pairs = re.split("([:>]) ", line, maxsplit=1)
        for pair in pairs.split("; "):
            one, other = pair.split(" = ")
            found.setdefault(one, (axis, other))
            if both == ":":
                found.setdefault(other, (axis, one))
    for unit, size in product(_UNITS, ("", "full ", "complete ", "whole ")):
        for few, more in (("one", "two"), ("two", "three")):
            one, other = f"{few} {size}{unit}{'s' * (few != 'one')}", f"{more} {size}{unit}s"
            found.setdefault(one, ("amount", other))
        found.setdefault(f"three {size}{unit}s", ("amount", f"two {size}{unit}s"))
    return found


def _spots(caption: str, names: Sequence[str], mentions: Sequence[tuple[int, int, str]]) -> list[_Spot]:
    """The longest phrase at every word outside of nouns."""
    words = [match.span() for match in _WORD.finditer(caption)]
    its_kind = kind(names[0]) if len(names) == 1 else ""
    found: list[_Spot] = []
    at = 0
    while at < len(words):
        step = 1
        for count in range(min(_LONGEST, len(words) - at), 0, -1):
            start, end = words[at][0], words[at + count - 1][1]
            phrase = " ".join(caption[start:end].lower().split())
            if any(a < end and start < b for a, b, _ in mentions):
                continue
            before = caption[words[at - 1][0] : words[at - 1][1]].lower() if at else ""
            spot = _spot(caption, phrase, before, its_kind)
            if spot:
                axis, now, soft = spot
                if axis:
                    now = now[0].upper() + now[1:] if caption[start].isupper() else now
                    found.append(_Spot(start, end, axis, now, soft))
                step = count
                break
        at += step
    return found


def _spot(caption: str, phrase: str, before: str, its_kind: str) -> tuple[str, str, bool] | None:
    """Axis and opposite of a phrase, and whether it is soft."""
    if phrase in _opposites():
        axis, now = _opposites()[phrase]
        if phrase == "clockwise":
            written = re.search(r"\b(?:anti|counter)-?clockwise", caption, re.IGNORECASE)
            now = written[0].lower() if written else now
        if phrase == "fast" and before not in ("a", "the", "at", "very"):
            now = "slowly"
        return axis, now, False
    for verb, form in sorted(inflections().get(phrase, ()), key=lambda one: _fit(one[1], before)):
        known = _BY_ASSERTION.get(verb.asserts)
        if known and phrase not in ("left", "right") and not (before in _PASSIVE and form in ("past", "participle")):
            others = (*_VERBS.get(verb.base, ()), *known[1])
            other = next((one for one in others if not its_kind or _suits(one, its_kind)), None)
            return (known[0], _inflected(other, form), "~" in "".join(verb.asserts)) if other else None
    return ("", phrase, False) if " " in phrase and phrase in inflections() else None


def _fit(form: str, before: str) -> int:
    """A participle stands after "has" alone."""
    return int((form == "participle") != (before in _PERFECT))


@cache
def _senses(base: str) -> tuple[Verb, ...]:
    return tuple(verb for verb in verbs() if verb.base == base)


def _suits(base: str, its_kind: str) -> bool:
    return any(its_kind in verb.suits for verb in _senses(base))


def _inflected(base: str, form: str) -> str:
    verb = _senses(base)[0]
    return {"base": verb.base, "third": verb.third, "ing": verb.ing, "past": verb.past}.get(form, verb.participle)


def _groups(caption: str, spots: Sequence[_Spot]) -> Iterator[tuple[_Spot, ...]]:
    """What is changed together: the words of one axis in one clause; then both axes of a diagonal."""
    borders = [match.start() for match in _CLAUSE.finditer(caption)]
    clauses: dict[tuple[int, str], list[_Spot]] = {}
    for spot in spots:
        clause = sum(border < spot.start for border in borders)
        alone = f" {spot.start}" if spot.axis in ("sense", "amount", "relation", "time", "zoom") else ""
        clauses.setdefault((clause, spot.axis + alone), []).append(spot)
    groups = []
    for group in clauses.values():
        firm = [spot for spot in group if not spot.soft]
        groups.append(tuple(firm or group))
    yield from groups
    for (clause, axis), group in clauses.items():
        other = clauses.get((clause, "vertical"), [])
        if axis == "horizontal" and all(any(not _of_edge(caption, spot) for spot in some) for some in (group, other)):
            yield tuple(sorted((*group, *other), key=lambda spot: spot.start))


def _of_edge(caption: str, spot: _Spot) -> bool:
    """Whether a side is that of an edge: "from the left"."""
    return bool(_AT_EDGE.search(caption, 0, spot.start))


def _replaced(caption: str, spots: Sequence[_Spot], meant: tuple[str, ...]) -> Candidate:
    """The text with all of these replaced, and articles to match."""
    text, end = "", 0
    for spot in spots:
        text = _join(text + caption[end : spot.start], spot.now)
        end = spot.end
    was = " ... ".join(caption[spot.start : spot.end] for spot in spots)
    return text + caption[end:], meant, was, " ... ".join(spot.now for spot in spots)


def _join(before: str, word: str) -> str:
    """A word after a text that may end with its article."""
    found = re.search(r"\b(an?)(\s+)$", before, re.IGNORECASE)
    if found:
        right = article(word)
        right = right.capitalize() if found[1][0].isupper() else right
        before = before[: found.start()] + right + found[2]
    return before + word


# Names.


def _names(
    caption: str,
    names: Sequence[str],
    mentions: Sequence[tuple[int, int, str]],
    kinds: Collection[str],
    pool: Sequence[str],
) -> Iterator[Candidate]:
    """Two names exchanged, and another name for one."""
    if "binding" in kinds:
        for one, two in combinations(names, 2):
            if known(one) and known(two) and exclusive(one, two) and _alike(caption, one, two):
                yield _named(caption, mentions, {one: two, two: one}, "binding")
    if "noun" in kinds:
        for name in names:
            if kind(name) == "person" and _GENDERED.search(caption):
                continue
            beside = [other for other in names if other != name]
            for other in other_nouns(name, beside, pool)[:2]:
                yield _named(caption, mentions, {name: other}, "noun")


def _alike(caption: str, one: str, other: str) -> bool:
    """Whether every verb of a text that suits one of two things suits the other: a car does not swoop."""
    words = [match[0].lower() for match in _WORD.finditer(caption)]
    senses = [[verb for verb, _ in inflections()[word]] for word in words if word in inflections()]
    suits = [frozenset().union(*(verb.suits for verb in some)) for some in senses]
    return kind(one) == kind(other) or all((kind(one) in some) == (kind(other) in some) for some in suits)


def _named(caption: str, mentions: Sequence[tuple[int, int, str]], names: dict[str, str], meant: str) -> Candidate:
    spots = []
    for start, end, name in mentions:
        if name in names:
            now = names[name]
            now = now[0].upper() + now[1:] if caption[start].isupper() and not caption[:start].strip() else now
            spots.append(_Spot(start, end, meant, now))
    text, _, _, _ = _replaced(caption, spots, (meant,))
    return text, (meant,), ", ".join(names), ", ".join(names.values())


# Order.

_JOINT = re.compile(
    r",?\s+(?:and\s+)?(?:then|finally|next|afterwards)\s+(?=\w)"
    r"|\s*[.;,]\s+(?:and\s+)?(?:then|next|after that|afterwards|finally|lastly|later),?\s+",
    re.IGNORECASE,
)


def _orders(caption: str, names: Sequence[str], mentions: Sequence[tuple[int, int, str]]) -> Iterator[Candidate]:
    """Two neighbours of "A, then B, then C" exchanged."""
    joints = list(_JOINT.finditer(caption))
    if not joints or not mentions:
        return
    subject = re.compile(
        rf"(?:it|he|she|they|the\s+(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))}))\s+",
        re.IGNORECASE,
    )
    starts = [0, *(joint.end() for joint in joints)]
    ends = [*(joint.start() for joint in joints), len(caption.rstrip(" .!;"))]
    parts = []
    for start, end in zip(starts, ends, strict=True):
        again = subject.match(caption, start) if start else None
        parts.append((again.end() if again else start, end))
    for left, right in combinations(range(len(parts)), 2):
        if right == left + 1:
            yield from _exchanged(caption, parts[left], parts[right], mentions)


def _exchanged(
    caption: str, left: tuple[int, int], right: tuple[int, int], mentions: Sequence[tuple[int, int, str]]
) -> Iterator[Candidate]:
    """Two stretches change places; of the one with the subject, what follows it, or follows its verb."""
    second = caption[right[0] : right[1]]
    form = _verb_form(second)
    begin = left[0]
    inside = [end for start, end, _ in mentions if left[0] <= start and end <= left[1]]
    if inside and not _verb_form(caption[left[0] : left[1]]):
        begin = min(inside)
        # To the first verb of the same form; without one, past the first verb of any.
        for word in _WORD.finditer(caption, begin, left[1]):
            found = _verb_form(caption[word.start() : left[1]])
            if found and (not form or found & form):
                begin = word.start() if form else word.end()
                break
        else:
            return
    first = caption[begin : left[1]]
    kept = len(first) - len(first.lstrip())
    begin, first = begin + kept, first.lstrip()
    if first and second and first.lower() != second.lower():
        text = caption[:begin] + second + caption[left[1] : right[0]] + first + caption[right[1] :]
        yield text, ("order",), f"{first}, {second}", f"{second}, {first}"


def _verb_form(text: str) -> frozenset[str]:
    """The forms that the verb may have with which a text begins; empty, when it begins with none."""
    words = text.lower().split()[:3]
    for count in range(len(words), 0, -1):
        found = inflections().get(" ".join(words[:count]).strip(",."))
        if found:
            return frozenset(form for _, form in found)
    return frozenset()
