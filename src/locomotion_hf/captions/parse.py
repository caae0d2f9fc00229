"""Read a caption of our own grammar back to what it states: the inverse of `describe`."""

from __future__ import annotations

import re
from typing import Any

from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import Move, Shape, Stated

from .grammar import (
    AND,
    CAMERA_WORDS,
    CHANGE_WORDS,
    DIRECTION_WORDS,
    GROWTH_WORDS,
    JOINT,
    LAP_WORDS,
    MOVES,
    OPPOSITE,
    RELATION_WORDS,
    SENTENCE,
    SPEED_WORDS,
    TURN_WORDS,
)

_DIRECTIONS = {words: direction for direction, words in DIRECTION_WORDS.items()}
_SPEEDS = {words: speed for speed, words in SPEED_WORDS.items() if speed}
_CHANGES = {words: change for change, words in CHANGE_WORDS.items()}
_GROWTHS = {words: growth for growth, words in GROWTH_WORDS.items()}
_TURNS = {words: turns for turns, words in TURN_WORDS.items()}
_LAPS = {words: laps for laps, words in LAP_WORDS.items()}
_CAMERA = {words: camera for camera, words in CAMERA_WORDS.items()}
_RELATIONS = {words: kind for kind, words in RELATION_WORDS.items()}


def _any(words: Any) -> str:
    return "|".join(re.escape(word) for word in sorted(filter(None, words), key=len, reverse=True))


_SENSE, _SPEED, _TO = "(?P<sense>clockwise|anticlockwise)", f"(?: (?P<speed>{_any(_SPEEDS)}))?", _any(_DIRECTIONS)
_LAP = f"(?P<laps>{_any(_LAPS)})"
_FORMS: dict[Shape, str] = {
    "line": f"(?:(?:enters from the (?P<enters>\\w+) moving)|(?:leaves at the (?P<leaves>\\w+) moving)|{MOVES})"
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
#: Where a sentence's noun ends and its first verb begins.
_VERB = re.compile(r" (?=(?:moves|enters|leaves|circles|goes|spirals|zigzags|bounces|shakes|stays) )")
_PAIR = re.compile(rf"The (?P<subject>.+) (?P<kind>{_any(_RELATIONS)}) the (?P<other>.+)")
_OPPOSITE = re.compile(rf"The (?P<subject>.+) and the (?P<other>.+) {OPPOSITE}")
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


def parse(caption: str) -> Stated:
    """Read a caption that `describe` could have written.

    Returns:
        What it states.

    Raises:
        CaptionError: the text is not of this grammar.
    """
    objects: list[tuple[str, tuple[Move, ...]]] = []
    relations, camera = [], None
    for sentence in caption.split(SENTENCE):
        names = [noun for noun, _ in objects]
        found = _OPPOSITE.fullmatch(sentence) or _PAIR.fullmatch(sentence)
        if sentence in _CAMERA and camera is None:
            camera = _CAMERA[sentence]
        elif found and found["subject"] in names and found["other"] in names:
            kind = _RELATIONS[found["kind"]] if "kind" in found.re.groupindex else "opposite"
            relations.append((kind, names.index(found["subject"]), names.index(found["other"])))
        else:
            head, *tail = _VERB.split(sentence, maxsplit=1)
            noun = re.fullmatch(r"An? (.+)", head)
            if not noun or not tail:
                raise _refused(caption)
            moves, before = [], ""
            for part in tail[0].split(JOINT):
                said = part
                move = _move(part)
                if move is None and before.startswith(f"{MOVES} "):
                    said = f"{MOVES} {part}"
                    move = _move(said)
                if move is None:
                    raise _refused(caption)
                moves.append(move)
                before = said
            objects.append((noun[1], tuple(moves)))
    if not objects:
        raise _refused(caption)
    return Stated(tuple(objects), tuple(relations), camera)
