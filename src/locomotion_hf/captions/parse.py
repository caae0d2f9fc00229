"""Read a caption of our own grammar back to what it states: the inverse of `describe`."""

from __future__ import annotations

import re
from itertools import permutations
from typing import Any, get_args

from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import Edge, Facts, Move, ObjectFacts, Phase, Relation, RelationKind, Shape, Stated

from .grammar import (
    AND,
    CAMERA_WORDS,
    CHANGE_WORDS,
    DIRECTION_WORDS,
    GROWTH_WORDS,
    JOINT,
    LAP_WORDS,
    MOVES,
    SENTENCE,
    SPEED_WORDS,
    TURN_WORDS,
    describe,
    relation_sentence,
)

_DIRECTIONS = {words: direction for direction, words in DIRECTION_WORDS.items()}
_SPEEDS = {words: speed for speed, words in SPEED_WORDS.items() if speed}
_CHANGES = {words: change for change, words in CHANGE_WORDS.items()}
_GROWTHS = {words: growth for growth, words in GROWTH_WORDS.items()}
_TURNS = {words: turns for turns, words in TURN_WORDS.items()}
_LAPS = {words: laps for laps, words in LAP_WORDS.items()}
_CAMERA = {words: camera for camera, words in CAMERA_WORDS.items()}


def _any(words: Any) -> str:
    return "|".join(re.escape(word) for word in sorted(filter(None, words), key=len, reverse=True))


_SENSE, _SPEED, _TO = "(?P<sense>clockwise|anticlockwise)", f"(?: (?P<speed>{_any(_SPEEDS)}))?", _any(_DIRECTIONS)
_EDGE = _any(get_args(Edge))
_LAP = f"(?P<laps>{_any(_LAPS)})"
_FORMS: dict[Shape, str] = {
    "line": f"(?:(?:enters from the (?P<enters>{_EDGE}) moving)|(?:leaves at the (?P<leaves>{_EDGE}) moving)|{MOVES})"
    f"{_SPEED} (?P<direction>{_TO})",
    "arc": f"{MOVES}{_SPEED} (?P<direction>{_TO}) in an? {_SENSE} arc",
    "circle": f"circles{_SPEED} {_SENSE} {_LAP}",
    "ellipse": f"goes{_SPEED} {_SENSE} round an ellipse {_LAP}",
    "spiral": f"spirals{_SPEED} (?P<way>inwards|outwards) {_SENSE}",
    "zigzag": f"zigzags{_SPEED} (?P<direction>{_TO})",
    "bounce": f"bounces (?:in place|(?P<direction>{_TO}))",
    "shake": "shakes (?P<way>sideways|up and down)",
    "still": "stays in place",
}
_TAIL = (
    f"(?: while (?:(?P<change>{_any(_CHANGES)})?(?:{AND})?)"
    f"(?:rotating (?P<rotation>clockwise|anticlockwise)(?P<turns>{_any(_TURNS)})?)?(?:{AND})?"
    f"(?P<growth>{_any(_GROWTHS)})?)?"
)
_PATTERNS = {shape: re.compile(form + _TAIL) for shape, form in _FORMS.items()}
#: Where a sentence's noun may end and its first verb begin; a noun may hold a verb itself ("autumn leaves").
_VERB = re.compile(r" (?=(?:moves|enters|leaves|circles|goes|spirals|zigzags|bounces|shakes|stays) )")
#: Where sentences part: not within "St. Bernard".
_BORDER = re.compile(re.escape(SENTENCE) + "(?=An? |The )")
#: Shapes whose speed is stated; "moderate" has no word.
_WITH_SPEED = ("line", "arc", "circle", "ellipse", "spiral", "zigzag")


def _refused(caption: str) -> CaptionError:
    return CaptionError(
        f"{caption!r}.",
        'a caption of the plain grammar, as "A teapot moves slowly upwards, then to the right".',
        "pass only captions that `describe` wrote; free English is not read here.",
    )


def _move(text: str) -> Move | None:
    for shape, pattern in _PATTERNS.items():
        found = pattern.fullmatch(text)
        if found:
            said = {name: word for name, word in found.groupdict().items() if word}
            words: dict[str, Any] = {**said, "shape": shape}
            for name, table in (("direction", _DIRECTIONS), ("change", _CHANGES), ("growth", _GROWTHS)):
                if name in said:
                    words[name] = table[said[name]]
            if "laps" in said:
                words["laps"] = _LAPS[said["laps"]]
            if "turns" in said:
                words["turns"] = _TURNS[said["turns"]]
            if shape in _WITH_SPEED and "change" not in said:
                words["speed"] = _SPEEDS[said["speed"]] if "speed" in said else "moderate"
            return Move(**words)
    return None


def _moves(text: str) -> tuple[Move, ...] | None:
    """The phases of a sentence without its noun."""
    moves, before = [], ""
    for part in text.split(JOINT):
        said = part
        move = _move(part)
        if move is None and before.startswith(f"{MOVES} "):
            said = f"{MOVES} {part}"
            move = _move(said)
        if move is None:
            return None
        moves.append(move)
        before = said
    return tuple(moves)


def _object(sentence: str) -> tuple[str, tuple[Move, ...]] | None:
    """Noun and phases of a sentence about one object."""
    for verb in _VERB.finditer(sentence):
        noun = re.fullmatch(r"An? (.+)", sentence[: verb.start()])
        moves = _moves(sentence[verb.end() :])
        if noun and moves:
            return noun[1], moves
    return None


def _relations(nouns: list[str]) -> dict[str, tuple[RelationKind, int, int]]:
    """Every sentence that could be said of two of the objects."""
    pairs = permutations(range(len(nouns)), 2)
    told = [(kind, i, j) for i, j in pairs for kind in get_args(RelationKind) if kind != "opposite" or i < j]
    return {relation_sentence(kind, nouns[i], nouns[j]): (kind, i, j) for kind, i, j in told}


def parse(caption: str) -> Stated:
    """Read a caption that `describe` could have written.

    Returns:
        What it states.

    Raises:
        CaptionError: the text is not of this grammar, to the letter.
    """
    objects: list[tuple[str, tuple[Move, ...]]] = []
    sentences = _BORDER.split(caption)
    while sentences and (found := _object(sentences[0])):
        objects.append(found)
        del sentences[0]
    camera = _CAMERA.get(sentences[-1]) if sentences else None
    pairs = _relations([noun for noun, _ in objects])
    related = sentences[:-1] if camera else sentences
    if not all(sentence in pairs for sentence in related):
        raise _refused(caption)
    stated = Stated(tuple(objects), tuple(pairs[sentence] for sentence in related), camera)
    try:
        same = _written(stated) == caption
    except CaptionError:
        same = False
    if not same:
        raise _refused(caption)
    return stated


def _written(stated: Stated) -> str:
    """What `describe` writes of it; a caption has no times, so any will do."""
    objects = [
        ObjectFacts(noun, tuple(Phase(move, float(k), k + 1.0) for k, move in enumerate(moves)))
        for noun, moves in stated.objects
    ]
    relations = tuple(Relation(*words, 0.0, 1.0) for words in stated.relations)
    return describe(Facts(tuple(objects), relations, stated.camera))
