"""Hard negative captions: the same sentence with one fact changed, so that it is certainly false of the clip.

Two ways lead to a foil. A caption of our grammar is parsed, one fact is changed to another that the table of
`facts.py` excludes, and it is written again in its own form of words. In any other text a phrase is replaced by its
opposite in place (`opposites.py`), and the foil is kept only when `verify` finds the very contradiction that was
meant. Nothing is ever left out: a caption that says less is still true. Nothing is added either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Any, Literal, cast, get_args

import numpy as np

from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import CameraMove, Direction, Facts, Move, ObjectFacts, Phase, Relation, RelationKind, Stated

from .form import Form, forms
from .grammar import describe, placeholders
from .opposites import candidates
from .orders import Order
from .other_nouns import exclusive, other_nouns
from .parse import parse
from .verify import verify

#: What a foil may flip. "edge" is the one over which an object comes or goes; "way" is that of a shake or spiral.
FoilKind = Literal[
    "direction", "speed", "rotation", "turns", "sense", "laps", "way", "growth", "change", "edge",
    "order", "binding", "noun", "relation", "camera",
]  # fmt: skip
KINDS: tuple[FoilKind, ...] = get_args(FoilKind)
#: Texts of more words are not looked at: no caption is as long.
LONGEST = 1000
#: Of how many other nouns an object is called by.
NOUNS_EACH = 2

_OPPOSITE = {"left": "right", "right": "left", "up": "down", "down": "up", "top": "bottom", "bottom": "top"}
_AXES = (("left", "right"), ("up", "down", "top", "bottom"))
#: Words of one field that are never true together, and are all written. A moderate speed has no word but in
#: the detailed register.
_EXCLUSIVE: dict[FoilKind, tuple[tuple[str | int, ...], ...]] = {
    "speed": (("slow", "fast"),),
    "rotation": (("clockwise", "anticlockwise"),),
    "turns": (("half", "once", "twice", "three times"),),
    "sense": (("clockwise", "anticlockwise"),),
    "laps": ((1, 2, 3),),
    "way": (("sideways", "up and down"), ("inwards", "outwards")),
    "growth": (("growing", "shrinking"),),
    "change": (("accelerating", "decelerating"),),
}
#: A collision has no swap: who hits whom is one event. What orbits a still thing has none: that thing moves not.
_RELATIONS: dict[RelationKind, RelationKind] = {
    "toward": "away from",
    "away from": "toward",
    "collides with": "past",
    "past": "collides with",
    "follows": "overtakes",
    "overtakes": "follows",
}
_EITHER_WAY: tuple[RelationKind, ...] = ("follows", "overtakes")
#: Telling two phases in the opposite order may take one word: "A before B" is not "A after B".
_TURNED: dict[Order, Order] = {
    "A before B": "B after A",
    "B after A": "A before B",
    "before B, A": "after A, B",
    "after A, B": "before B, A",
}


@dataclass(frozen=True)
class Foil:
    """A caption that is false of the clip whose caption it was made from.

    Attributes:
        caption: the false one.
        kind: of what was flipped, one of `KINDS`.
        field: of `facts`, where the kind does not say it: "enters" of an edge, "pan" of the camera; several are
            joined by "+", as in "direction+enters" of what now comes from the other side.
        was, now: the values, or in free text the phrases.
    """

    caption: str
    kind: FoilKind
    field: str
    was: str
    now: str


def foils(
    caption: str,
    facts: Facts | None = None,
    kinds: Collection[FoilKind] = KINDS,
    nouns: Sequence[str] = (),
) -> tuple[Foil, ...]:
    """Every foil of a caption that is certain to be false where the caption is true.

    Args:
        caption: of our grammar in any register, of a paraphraser, or free English.
        facts: of the clip, when they are known; what they do not contradict is no foil. A caption that is false
            of them already has none.
        kinds: of foils that are wanted.
        nouns: to draw other nouns from, as those of a dataset; our own list when empty.

    Returns:
        Without repeats, in a fixed order; empty when the caption states nothing or cannot be read.

    Raises:
        CaptionError: an unknown kind.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise CaptionError(
            f"foils of the kind {unknown[0]!r}.", f"kinds of {', '.join(KINDS)}.", "choose from these."
        )
    if len(caption.split()) > LONGEST:
        return ()
    try:
        stated = parse(caption)
    except CaptionError:
        return _of_text(caption, facts, kinds, nouns)
    return _of_grammar(caption, stated, facts, kinds, nouns)


def draw_foil(
    caption: str,
    rng: np.random.Generator,
    facts: Facts | None = None,
    kinds: Collection[FoilKind] = KINDS,
    nouns: Sequence[str] = (),
) -> Foil | None:
    """One foil for a step of training: a kind is drawn evenly from those that there are, then one of its foils.

    Args:
        caption: as in `foils`.
        rng: draws.
        facts: as in `foils`.
        kinds: as in `foils`.
        nouns: as in `foils`.

    Returns:
        None when there is no foil.
    """
    found = foils(caption, facts, kinds, nouns)
    there = [kind for kind in KINDS if any(foil.kind == kind for foil in found)]
    if not there:
        return None
    kind = there[rng.integers(len(there))]
    fitting = [foil for foil in found if foil.kind == kind]
    return fitting[rng.integers(len(fitting))]


def meaning(stated: Stated) -> Hashable:
    """Equal for two readings of which one may be true where the other is.

    Objects are known by their nouns. Those that are only counted ("the first object") are known by what they do:
    nobody who sees the clip can say which of them is the first.
    """
    nouns = [noun for noun, _ in stated.objects]
    names: Sequence[Hashable] = nouns
    if nouns == placeholders(len(nouns)):
        names = [moves for _, moves in stated.objects]
    told = Counter(zip(names, (moves for _, moves in stated.objects), strict=True))
    related: set[Hashable] = set()
    for kind, one, two in stated.relations:
        # "opposite" is true of both alike.
        pair = (names[one], names[two])
        related.add((kind, frozenset(pair) if kind == "opposite" else pair))
    return frozenset(told.items()), frozenset(related), stated.camera


# Captions of the grammar.


@dataclass(frozen=True)
class _Change:
    """One fact changed: the marks of a `Foil`, and what is stated now."""

    kind: FoilKind
    field: str
    was: str
    now: str
    stated: Stated


def _of_grammar(
    caption: str, stated: Stated, facts: Facts | None, kinds: Collection[FoilKind], nouns: Sequence[str]
) -> tuple[Foil, ...]:
    true = meaning(stated)
    if facts is not None and true not in (meaning(facts.stated), meaning(_unnamed(facts.stated))):
        return ()
    form = _form(caption, stated)
    found = {caption: Foil(caption, "noun", "", "", "")}
    for change in _changes(stated, form, kinds, nouns):
        if change.kind in kinds and meaning(change.stated) != true:
            told = _tell(caption, change, form)
            found.setdefault(told, Foil(told, change.kind, change.field, change.was, change.now))
    return tuple(found.values())[1:]


def _unnamed(stated: Stated) -> Stated:
    names = placeholders(len(stated.objects))
    return replace(stated, objects=tuple((name, one[1]) for name, one in zip(names, stated.objects, strict=True)))


def _facts(stated: Stated) -> Facts:
    """With times, of which a caption knows none."""
    objects = tuple(
        ObjectFacts(noun, tuple(Phase(move, float(k), k + 1.0) for k, move in enumerate(moves)))
        for noun, moves in stated.objects
    )
    return Facts(objects, tuple(Relation(*words, 0.0, 1.0) for words in stated.relations), stated.camera)


def _form(caption: str, stated: Stated) -> Form:
    """The form of words in which a caption was written."""
    facts = _facts(stated)
    register = ("detailed",) if caption.endswith(".") else ("plain", "terse")
    fitting = (form for form in forms(facts) if form.appearance and form.register in register)
    return next(form for form in fitting if describe(facts, form) == caption)


def _tell(caption: str, change: _Change, form: Form) -> str:
    """The foil in the form of its caption, or in the one with fewer changed words."""
    facts = _facts(change.stated)
    told = describe(facts, form)
    if change.kind != "order" or form.order not in _TURNED:
        return told
    turned = describe(facts, replace(form, order=_TURNED[form.order]))
    return min(told, turned, key=lambda text: _changed_words(caption, text))


def _changed_words(one: str, other: str) -> int:
    """How many words stand between the common beginning and the common end of two texts."""
    first, second = one.lower().split(), other.lower().split()
    for _ in range(2):
        same = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
        if same is None:
            return abs(len(first) - len(second))
        first, second = first[same:][::-1], second[same:][::-1]
    return max(len(first), len(second))


def _changes(stated: Stated, form: Form, kinds: Collection[FoilKind], nouns: Sequence[str]) -> Iterator[_Change]:
    """Every change of one fact; some may leave the meaning as it was."""
    objects = stated.objects

    def with_moves(number: int, moves: Sequence[Move]) -> Stated:
        one = (objects[number][0], tuple(moves))
        return replace(stated, objects=(*objects[:number], one, *objects[number + 1 :]))

    for number, (_, moves) in enumerate(objects):
        for place, move in enumerate(moves):
            for kind, field, was, now, other in _other_moves(move, form):
                yield _Change(kind, field, was, now, with_moves(number, [*moves[:place], other, *moves[place + 1 :]]))
    for number, (_, moves) in enumerate(objects):
        for place, (one, two) in enumerate(pairwise(moves)):
            swapped = [*moves[:place], two, one, *moves[place + 2 :]]
            if _possible(swapped) or not _possible(moves):
                was, now = f"{place + 1}, {place + 2}", f"{place + 2}, {place + 1}"
                yield _Change("order", "phases", was, now, with_moves(number, swapped))
    yield from _other_names(stated, kinds, nouns)
    yield from _other_relations(stated)
    if camera := stated.camera:
        if camera.pan:
            pan = CameraMove(pan=cast(Any, _OPPOSITE[camera.pan]))  # the opposite of a side is a side
            yield _Change("camera", "pan", camera.pan, str(pan.pan), replace(stated, camera=pan))
        else:
            zoom = CameraMove(zoom="out" if camera.zoom == "in" else "in")
            yield _Change("camera", "zoom", str(camera.zoom), str(zoom.zoom), replace(stated, camera=zoom))


def _other_moves(move: Move, form: Form) -> Iterator[tuple[FoilKind, str, str, str, Move]]:
    """Kind, field, old and new value, and the move, for every change of one of its fields."""
    sides = move.direction.split("-") if move.direction else []
    for axes in ((_AXES[0],), (_AXES[1],), _AXES):
        if all(any(side in axis for side in sides) for axis in axes):
            words = [word for axis in axes for word in axis]
            edges: dict[str, Any] = {name: _OPPOSITE[edge] for name, edge in _edges(move).items() if edge in words}
            turned = "-".join(_OPPOSITE[side] if side in words else side for side in sides)
            to = cast(Direction, turned)  # a direction's sides, each kept or opposed, are a direction
            other = replace(move, direction=to, **edges)
            yield "direction", "+".join(("direction", *edges)), str(move.direction), to, other
    for name, edge in _edges(move).items():
        if not any({edge, side} <= set(axis) for axis in _AXES for side in sides):
            across: dict[str, Any] = {name: _OPPOSITE[edge]}
            yield "edge", name, edge, _OPPOSITE[edge], replace(move, **across)
    for kind, groups in _EXCLUSIVE.items():
        was = getattr(move, kind)
        for group in groups:
            if was in group or (kind == "speed" and was == "moderate" and form.register == "detailed"):
                for now in group:
                    if now != was:
                        changed: dict[str, Any] = {kind: now}
                        yield kind, kind, str(was), str(now), replace(move, **changed)


def _edges(move: Move) -> dict[str, str]:
    return {name: edge for name, edge in (("enters", move.enters), ("leaves", move.leaves)) if edge}


def _possible(moves: Sequence[Move]) -> bool:
    """Whether an object enters only from outside, and leaves for good or to come back."""
    return all(bool(one.leaves) == bool(two.enters) for one, two in pairwise(moves))


def _other_names(stated: Stated, kinds: Collection[FoilKind], pool: Sequence[str]) -> Iterator[_Change]:
    nouns = [noun for noun, _ in stated.objects]
    for one, two in combinations(range(len(nouns)), 2):
        if exclusive(nouns[one], nouns[two]):
            names = list(nouns)
            names[one], names[two] = nouns[two], nouns[one]
            was, now = f"{nouns[one]}, {nouns[two]}", f"{nouns[two]}, {nouns[one]}"
            yield _Change("binding", "noun", was, now, _renamed(stated, names))
    if "noun" in kinds:
        for number, noun in enumerate(nouns):
            beside = [*nouns[:number], *nouns[number + 1 :]]
            for other in other_nouns(noun, beside, pool)[:NOUNS_EACH]:
                names = [*nouns[:number], other, *nouns[number + 1 :]]
                yield _Change("noun", "noun", noun, other, _renamed(stated, names))


def _renamed(stated: Stated, names: Sequence[str]) -> Stated:
    objects = tuple((name, moves) for name, (_, moves) in zip(names, stated.objects, strict=True))
    return replace(stated, objects=objects)


def _other_relations(stated: Stated) -> Iterator[_Change]:
    nouns = [noun for noun, _ in stated.objects]
    for place, (kind, one, two) in enumerate(stated.relations):
        others = [("kind", (_RELATIONS[kind], one, two))] if kind in _RELATIONS else []
        others += [("subject+other", (kind, two, one))] if kind in _EITHER_WAY else []
        for field, now in others:
            if now not in stated.relations:  # which may hold at another time
                relations = (*stated.relations[:place], now, *stated.relations[place + 1 :])
                told = [f"{nouns[i]} {word} {nouns[j]}" for word, i, j in ((kind, one, two), now)]
                yield _Change("relation", field, told[0], told[1], replace(stated, relations=relations))


# Other text.

#: What `verify` must find, of each kind.
_REASONS: dict[FoilKind, tuple[str, ...]] = {
    "camera": ("contradiction:camera", "contradiction:direction"),
    "edge": ("contradiction:enters", "contradiction:leaves"),
    "order": ("order",),
    "binding": ("binding",),
    "noun": ("noun",),
}


def _of_text(
    caption: str, facts: Facts | None, kinds: Collection[FoilKind], nouns: Sequence[str]
) -> tuple[Foil, ...]:
    truth = describe(facts) if facts is not None else None
    if truth is not None and verify(truth, caption).reason not in ("", "duplicate"):
        return ()
    found: dict[str, Foil] = {}
    for text, meant, was, now in candidates(caption, kinds, nouns):
        reason = verify(caption, text).reason
        if reason == "unread caption":
            return ()
        kind = next(
            (one for one in KINDS if one in meant and reason in _REASONS.get(one, (f"contradiction:{one}",))), None
        )
        if kind is None or kind not in kinds or text in found or (truth and verify(truth, text).reason != reason):
            continue
        field = reason.partition(":")[2] if kind == "edge" else {"order": "phases", "binding": "noun"}.get(kind, kind)
        found[text] = Foil(text, kind, field, was, now)
    return tuple(found.values())
