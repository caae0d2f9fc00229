"""Is a paraphrase true of the clip that its caption describes? Nothing that was not read is let through.

Both texts are read to who does what in which order (`reading`); a paraphrase is accepted when it states the same:
nothing lost, nothing added, nothing changed. What the reader does not understand counts as a statement of its
own, so an unknown word rejects a paraphrase unless the caption has it in the same place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from locomotion_hf.errors import CaptionError

from .lexicon import inflections
from .parse import parse
from .reading import Event, Reading, read
from .reading.events import AND
from .reading.naming import several, whole_names
from .reading.phrases import OPPOSITE
from .reading.twins import alike, exchanged
from .reading.wording import unaccented

#: A paraphrase may be this many times as long as its caption, in words, and this many words more.
LONGER, LONGER_BY = 2, 16
#: Texts beyond this are not read at all: no caption is as long.
MAX_WORDS = 400
#: The order in which differences are looked for.
_FIELDS = (
    "still", "direction", "diagonal", "shape", "sense", "laps", "way", "speed", "change", "rotation", "turns",
    "growth", "enters", "leaves", "pan", "zoom", "moves", "words",
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What became of one paraphrase.

    Attributes:
        accepted: whether it says what the caption says: nothing lost, added or changed.
        reason: "" when accepted; otherwise the first fault, as "contradiction:direction" or "duplicate".
    """

    accepted: bool
    reason: str = ""


def verify(caption: str, paraphrase: str) -> Verdict:
    """Compare two texts by what they state.

    Args:
        caption: free English, or a caption of our grammar; taken as true.
        paraphrase: anything at all.

    Returns:
        Accepted, or the first reason that was found: "empty", "too long", "not English", "duplicate", "unread
        caption", "ambiguous:...", "noun", "binding", "order", "lost:phase", "added:phase", or one of
        "contradiction:", "lost:" and "added:" with the field of `facts.Move` (or "relation", "camera", "word").
    """
    reason = _unfit(caption, paraphrase) or _difference(caption, paraphrase)
    return Verdict(not reason, reason)


def _unfit(caption: str, paraphrase: str) -> str:
    """What can be said without reading."""
    if not caption.strip() or not re.search(r"\w", paraphrase):
        return "empty" if caption.strip() else "unread caption"
    words, limit = len(paraphrase.split()), LONGER * len(caption.split()) + LONGER_BY
    if words > min(limit, MAX_WORDS) or len(paraphrase) > 20 * limit:
        return "too long"
    if len(caption.split()) > MAX_WORDS or len(caption) > 20 * MAX_WORDS:
        return "unread caption"
    if _foreign(caption, paraphrase):
        return "not English"
    if _bare(caption) == _bare(paraphrase):
        return "duplicate"
    return ""


def _foreign(caption: str, paraphrase: str) -> bool:
    """Whether letters of other languages stand in a paraphrase, but for accents on words of its caption."""
    if all(letter.isascii() or not letter.isalpha() for letter in paraphrase):
        return False
    known = set(re.findall(r"\w+", unaccented(caption.lower())))
    words = re.findall(r"\w+", unicodedata.normalize("NFC", paraphrase.lower()))
    return any(not word.isascii() and unaccented(word) not in known for word in words)


def _bare(text: str) -> str:
    """Without case, spacing and final punctuation."""
    return " ".join(text.lower().split()).strip(" .!,;")


def _difference(caption: str, paraphrase: str) -> str:
    """The first fault of a paraphrase; "" when there is none."""
    told, nouns, ours = _caption(caption)
    if set(told.doubts) - {AND} or not any(actor.events for actor in told.actors.values()):
        return "unread caption"
    if counted := _counts(caption, paraphrase, nouns):
        return counted
    said = read(paraphrase, nouns)
    # A caption's "and" is taken in the order of mention; a paraphrase may leave it as open as it is.
    doubts = [doubt for doubt in said.doubts if doubt != AND or AND not in told.doubts]
    if doubts:
        return f"ambiguous:{doubts[0].removeprefix('ambiguous ')}"
    if ours:  # of ours a moderate speed is the one without a word
        for reading in (told, said):
            for actor in reading.actors.values():
                for event in actor.events:
                    if event.claims.get("speed") == {"moderate"}:
                        del event.claims["speed"]
    fault = _compare(told, said)
    if fault and alike(set(told.actors)):  # "one duck ..., the other ...": either may be told first
        told, said = _caption(caption)[0], exchanged(read(paraphrase, nouns))
        fault = _compare(told, said) and fault
    return fault


#: What says, right before a noun, that there are two of it; and what says so of the only noun.
_TWO = r"\b(?:(?:two|both)(?: of)?(?: the| these| those)? |(?:pair|couple) of (?:the )?)(?:[\w-]+ )?{0}\b"
_EACH = (
    r"|\b(?:both|each other|one another|(?:the other|another)(?! (?:way|direction|side|turn|lap|spin|rotation)))\b"
)


def _counts(caption: str, paraphrase: str, nouns: tuple[str, ...]) -> str:
    """For "Ducks swim" beside "Two ducks swim": whether that they are two is lost or added."""
    known = [noun for noun in nouns if noun != "camera"]
    for noun in known:
        if not several(noun) or noun.startswith("pair "):
            continue
        two = re.compile(_TWO.format(re.escape(noun.split()[-1])) + (_EACH if len(known) == 1 else ""))
        first, second = (bool(two.search(text.lower())) for text in (caption, paraphrase))
        if first != second:
            return "lost:count" if first else "added:count"
    return ""


def _caption(caption: str) -> tuple[Reading, tuple[str, ...], bool]:
    """The caption's reading (a copy), its nouns, exact where the grammar wrote it, and whether it did."""
    told, nouns, ours = _read_caption(caption)
    return deepcopy(told), nouns, ours


@lru_cache(2**8)
def _read_caption(caption: str) -> tuple[Reading, tuple[str, ...], bool]:
    """Read once for all paraphrases of a caption, which mostly follow one another."""
    try:
        nouns = tuple(noun.lower() for noun, _ in parse(caption).objects)
        ours = not any(_clause(noun) for noun in nouns)  # not "a jug moves down, then a plate" moves down
    except CaptionError:
        ours = False
    if not ours:
        nouns = whole_names(caption, tuple(name for name in read(caption).actors if name and name != "camera"))
    return read(caption, nouns), nouns, ours


def _clause(noun: str) -> bool:
    """Whether what stands for a noun is a piece of a sentence: "basketball bounces three times and"."""
    words = noun.split()
    third = any(form == "third" for word in words[:-1] for _, form in inflections().get(word, ()))
    return "," in noun or words[-1] in ("and", "then", "but") or third


def _compare(told: Reading, said: Reading) -> str:
    if set(told.actors) != set(said.actors):
        missing = set(told.actors) - set(said.actors)
        if "camera" in set(told.actors) ^ set(said.actors):
            return "lost:camera" if "camera" in missing else "added:camera"
        return "noun" if missing else "added:noun"
    by = _passing(told, said)
    first, second = _canonical(told), _canonical(said)
    second[1].update(first[1] & by)
    if first[1] != second[1] and (fault := _relations(first[1], second[1])):
        return fault
    reasons = [_actor(first[0][name], second[0][name]) for name in told.actors]
    reasons = [reason for reason in reasons if reason]
    if not reasons:
        return "order" if told.order != said.order else ""
    if len(told.actors) > 1 and _swapped(first[0], second[0]):
        return "binding"
    return reasons[0]


def _passing(told: Reading, said: Reading) -> set[_Relation]:
    """For "The cup rests; a kite goes by": whom it may pass, where there is but one other, which rests."""
    pair = [name for name in told.actors if name != "camera"]
    found: set[_Relation] = set()
    for name, other in (pair, pair[::-1]) if len(pair) == 2 else ():
        rests = any("still" in one.claims for one in said.actors[other].events)
        if rests and any("passing" in one.claims for one in said.actors[name].events):
            found |= {("past", name, other), ("pass", name, other)}
    return found


#: Relation -> those that say it too.
_IMPLIED = {"pass": ("overtakes", "past"), "past": ("overtakes",), "toward": ("collides with",)}
#: Relations that are told alike.
_LOOSELY = {"pass": "past", "overtakes": "past"}
#: What a relation is the other way round.
_TURNED = {"below": "above"}
_Told = dict[str, list[Event]]
_Relation = tuple[str, str, str]


def _canonical(reading: Reading) -> tuple[_Told, set[_Relation]]:
    """Events of each actor without those that only tell a relation, and all relations, the passive turned round."""
    events: _Told = {}
    relations: set[_Relation] = set()
    for name, actor in reading.actors.items():
        events[name] = [one for one in actor.events if not _only_relates(one)]
        for one in actor.events:
            for kind, other in one.relations:
                passive = kind.startswith("by ") or kind == "below" or (kind == "opposite" and other < name)
                relations.add(
                    (_TURNED.get(kind, kind.removeprefix("by ")), other, name) if passive else (kind, name, other)
                )
    for name, told in events.items():
        for event in list(told):
            if "opposite" in event.claims and "pan" in event.claims and _against(events, told):
                event.claims = {key: words for key, words in event.claims.items() if key != "opposite"}
            if "opposite" in event.claims:
                pair = sorted(set(events) - {"camera"})
                if len(pair) > 2:
                    pair = sorted(_facing(events, told))
                event.claims = {key: words for key, words in event.claims.items() if key != "opposite"}
                if len(pair) < 2:
                    event.add("words", "opposite")
                    continue
                relations |= {("opposite", min(name, one), max(name, one)) for one in pair if one != name}
                if not set(event.claims) - {"moves"} and len(told) > 1:
                    told.remove(event)
    along = sorted((name, other) for kind, name, other in relations if kind in ("follows", "chases", "overtakes"))
    for _ in along:  # these go the same way, where the text says it of one only; who follows a follower does so too
        for both in along:
            for first, second in (both, both[::-1]):
                _same_way(events.get(first, []), events.setdefault(second, []))
    for kind, name, other in sorted(relations):
        if kind == "opposite" and _apart(events.get(name, []), events.get(other, [])):
            relations.discard((kind, name, other))  # goes without saying
        if kind == "past" and _alike(events.get(name, []), events.get(other, [])):
            relations.discard((kind, name, other))
            relations.add(("pass", name, other))  # who goes past what goes the same way may well overtake it
    return events, relations


def _against(events: _Told, told: list[Event]) -> bool:
    """Whether a camera pans against the one thing that moves."""
    others = [some for some in events.values() if some is not told and some]
    return len(others) == 1 and _apart(told, others[0])


def _facing(events: _Told, told: list[Event]) -> list[str]:
    """Of several actors the one that does these events, and those that go the opposite way."""
    return [name for name, other in events.items() if other is told or _apart(told, other)]


def _apart(told: list[Event], other: list[Event]) -> bool:
    """Whether two that do one thing each are said to go opposite ways."""
    if len(told) != 1 or len(other) != 1:
        return False
    first, second = (one.claims.get("direction", set()) for one in (told[0], other[0]))
    return bool(first) and second == {OPPOSITE[side] for side in first}


def _alike(told: list[Event], other: list[Event]) -> bool:
    """Whether two that do one thing each are said to go the same way."""
    ways = [[one.claims.get("direction", set()) for one in some] for some in (told, other)]
    return len(ways[0]) == 1 and ways[0] == ways[1] and bool(ways[0][0])


def _same_way(told: list[Event], other: list[Event]) -> None:
    """Give the second actor the direction of the first."""
    if len(told) == 1 and "direction" in told[0].claims and len(other) <= 1:
        if not other:
            other.append(Event())
        other[0].claims.setdefault("direction", told[0].claims["direction"])
        other[0].claims.pop("moves", None)  # goes without saying


def _only_relates(event: Event) -> bool:
    """Whether an event says of its actor only how it stands to another, at no place in the order."""
    extra = {key: words for key, words in event.claims.items() if key != "moves"}
    bare = not extra or (extra == {"shape": {"circle"}} and any(kind == "orbits" for kind, _ in event.relations))
    return (event.loose and bare) or not (event.claims or event.relations)


def _relations(told: set[_Relation], said: set[_Relation]) -> str:
    """What is wrong with the relations."""
    left, right = _implying(told), _implying(said)
    for one in list(right):
        if one[0] == "past" and ("pass", *one[1:]) in left:
            left.discard(("pass", *one[1:]))  # "goes past" is one way to pass
            right.discard(one)
        if one[0] == "pass":
            meant = [two for two in left if two[1:] == one[1:] and two[0] in ("past", "overtakes", "pass")]
            if meant:
                left.discard(meant[0])
                right.discard(one)
    left, right = left - right, right - left
    if not left and not right:
        return ""
    if {(kind, other, name) for kind, name, other in left} & right:
        return "binding"
    if left and right:
        return "contradiction:relation"
    return "lost:relation" if left else "added:relation"


def _implying(relations: set[_Relation]) -> set[_Relation]:
    """Relations without those that another one implies: who overtakes also passes."""
    return {
        one
        for one in relations
        if not any((stronger, *one[1:]) in relations for stronger in _IMPLIED.get(one[0], ()))
    }


def _actor(told: list[Event], said: list[Event]) -> str:
    """The first difference in what one actor does."""
    faults = [_event(one, two) for one, two in zip(told, said, strict=False)]
    if len(told) == len(said) and not any(faults):
        if len(told) > 1 and any(_bound(one) != _bound(two) for one, two in zip(told, said, strict=True)):
            return "order"  # "left past a cat, then right" is not "left, then right past a cat"
        return ""
    if len(told) == len(said) and _matched(told, said, _event):
        return "order"
    if len(told) != len(said):
        return "lost:phase" if len(told) > len(said) else "added:phase"
    return next(fault for fault in faults if fault)


def _bound(event: Event) -> set[tuple[str, str]]:
    """The relations that have their place among several phases."""
    return {(_LOOSELY.get(kind, kind), other) for kind, other in event.relations}


def _event(told: Event, said: Event) -> str:
    """The first difference between two descriptions of one stretch."""
    if "turned" in said.claims and "turned" not in told.claims:
        return "added:direction"  # "turns to the right" may go nowhere
    for name in _FIELDS:
        first, second = told.claims.get(name, set()), said.claims.get(name, set())
        if name == "direction" and not (first and second) and first | second == _over_edge(told, said):
            continue
        same = _same_speed(first, second) if name == "speed" else first == second
        if not same:
            shown = {"words": "word", "pan": "camera", "zoom": "camera"}.get(name, name)
            if name == "direction" and first and second and (first < second or second < first):
                return "lost:direction" if second < first else "added:direction"
            if first and second:
                return f"contradiction:{shown}" if name != "words" else "added:word"
            return f"lost:{shown}" if first else f"added:{shown}"
    return ""


#: Edge -> where leads what goes out over it.
_OUT = {"left": "left", "right": "right", "top": "up", "bottom": "down"}


def _over_edge(told: Event, said: Event) -> set[str]:
    """Where an edge leads over which both come or go: "leaves on the left" is to the left."""
    edges = {name: told.claims[name] for name in ("enters", "leaves") if name in told.claims}
    if len(edges) != 1 or any(said.claims.get(name) != words for name, words in edges.items()):
        return set()
    name, words = next(iter(edges.items()))
    sides = {_OUT[word] for word in words if word in _OUT}
    return sides if name == "leaves" else {OPPOSITE[side] for side in sides}


def _same_speed(told: set[str], said: set[str]) -> bool:
    """Whether a speed is kept. What drifts or floats does so slowly; what runs or trots need not be fast."""
    firm_told, firm_said = (
        {"slow" if one == "~slow" else one for one in words} - {"~fast"} for words in (told, said)
    )
    return firm_told == firm_said and ("~fast" not in said or bool(firm_told) or "~fast" in told or not told)


def _swapped(told: _Told, said: _Told) -> bool:
    """Whether everything would be right with the actors exchanged."""
    return _matched(list(told.values()), [said[name] for name in told], _actor)


_Any = TypeVar("_Any")


def _matched(told: list[_Any], said: list[_Any], fault: Callable[[_Any, _Any], str]) -> bool:
    """Whether each of one list has its own like in the other, in whatever order."""
    rest = list(said)
    for one in told:
        like = next((number for number, other in enumerate(rest) if not fault(one, other)), None)
        if like is None:
            return False
        del rest[like]
    return True
