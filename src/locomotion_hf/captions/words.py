"""The words of each register: what a clause, a relation or the camera is called. One table, three columns.

A template is one clause. Its words in braces come from the other tables; what is not stated is left out.
The plain words are the ones that every clip is captioned with, and a release depends on them to the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from locomotion_hf.facts import CameraMove, Change, Direction, Growth, RelationKind, Speed, Turns

Register = Literal["terse", "plain", "detailed"]
#: Which template a move takes: its shape, or how a line comes or goes.
Pattern = Literal[
    "line", "enters", "leaves", "arc", "circle", "ellipse", "spiral", "zigzag", "bounce", "shake", "still"
]
#: A verb as in "it moves" and as in "before moving".
Verb = tuple[str, str]

VERBS: dict[Pattern, Verb] = {
    "line": ("moves", "moving"),
    "enters": ("enters", "entering"),
    "leaves": ("leaves", "leaving"),
    "arc": ("moves", "moving"),
    "circle": ("circles", "circling"),
    "ellipse": ("goes", "going"),
    "spiral": ("spirals", "spiralling"),
    "zigzag": ("zigzags", "zigzagging"),
    "bounce": ("bounces", "bouncing"),
    "shake": ("shakes", "shaking"),
    "still": ("stays", "staying"),
}
RELATIONS: dict[RelationKind, Verb] = {
    "collides with": ("collides with", "colliding with"),
    "toward": ("moves toward", "moving toward"),
    "away from": ("moves away from", "moving away from"),
    "past": ("moves past", "moving past"),
    "orbits": ("orbits", "orbiting"),
    "overtakes": ("overtakes", "overtaking"),
    "follows": ("follows", "following"),
    "opposite": ("move in opposite directions", "moving in opposite directions"),
}


@dataclass(frozen=True)
class Words:
    """A choice of words for everything that can be stated.

    Attributes:
        patterns: the clause of each kind of move. {to} is the direction, {a} the article of {sense}.
        verbs: of each pattern.
        directions: where to; the last, None, is that of a bounce that goes nowhere.
        speeds, changes, turns, growths, laps: the words of these facts.
        rotating: the word for turning about oneself.
        meanwhile: between a clause and what else goes on during it.
        also: between the first two of three things that go on.
        relations: what one object does with regard to another.
        camera: the camera's sentence.
        participle: whether the main verb is one ("a cat moving upwards").
        elides: whether the verb of a line is left out where it was the last one said.
        joint, stop: between two sentences, and after the last.
        capital: whether every sentence begins with a capital, not the first alone.
    """

    patterns: dict[Pattern, str]
    directions: dict[Direction | None, str]
    speeds: dict[Speed | None, str]
    turns: dict[Turns | None, str]
    growths: dict[Growth, str]
    camera: dict[CameraMove, str]
    changes: dict[Change, str]
    laps: dict[int, str]
    verbs: dict[Pattern, Verb]
    relations: dict[RelationKind, Verb]
    rotating: str = "rotating"
    meanwhile: str = " while "
    also: str = " and "
    participle: bool = False
    elides: bool = True
    joint: str = ". "
    stop: str = ""
    capital: bool = True


PLAIN = Words(
    patterns={
        "line": "{verb} {speed} {to}",
        "enters": "{verb} from the {edge} moving {speed} {to}",
        "leaves": "{verb} at the {edge} moving {speed} {to}",
        "arc": "{verb} {speed} {to} in {a} {sense} arc",
        "circle": "{verb} {speed} {sense} {laps}",
        "ellipse": "{verb} {speed} {sense} round an ellipse {laps}",
        "spiral": "{verb} {speed} {way} {sense}",
        "zigzag": "{verb} {speed} {to}",
        "bounce": "{verb} {to}",
        "shake": "{verb} {way}",
        "still": "{verb} in place",
    },
    verbs=VERBS,
    directions={
        "right": "to the right",
        "down-right": "down and to the right",
        "down": "downwards",
        "down-left": "down and to the left",
        "left": "to the left",
        "up-left": "up and to the left",
        "up": "upwards",
        "up-right": "up and to the right",
        None: "in place",
    },
    # A moderate speed is the unmarked one and has no word: three bands are what a viewer tells apart.
    speeds={"slow": "slowly", "moderate": "", "fast": "quickly", None: ""},
    changes={"accelerating": "speeding up", "decelerating": "slowing down"},
    turns={
        None: "",
        "half": " by half a turn",
        "once": " once",
        "twice": " twice",
        "three times": " three times",
    },
    growths={"growing": "growing larger", "shrinking": "growing smaller"},
    laps={1: "once", 2: "twice", 3: "three times"},
    relations=RELATIONS,
    camera={
        CameraMove(pan="left"): "the camera pans to the left",
        CameraMove(pan="right"): "the camera pans to the right",
        CameraMove(pan="up"): "the camera tilts upwards",
        CameraMove(pan="down"): "the camera tilts downwards",
        CameraMove(zoom="in"): "the camera zooms in",
        CameraMove(zoom="out"): "the camera zooms out",
    },
)
TERSE = replace(
    PLAIN,
    directions={
        "right": "right",
        "down-right": "down and right",
        "down": "down",
        "down-left": "down and left",
        "left": "left",
        "up-left": "up and left",
        "up": "up",
        "up-right": "up and right",
        None: "in place",
    },
    growths={"growing": "growing", "shrinking": "shrinking"},
    camera={
        CameraMove(pan="left"): "the camera panning left",
        CameraMove(pan="right"): "the camera panning right",
        CameraMove(pan="up"): "the camera tilting up",
        CameraMove(pan="down"): "the camera tilting down",
        CameraMove(zoom="in"): "the camera zooming in",
        CameraMove(zoom="out"): "the camera zooming out",
    },
    meanwhile=", ",
    also=", ",
    participle=True,
    joint="; ",
    capital=False,
)
DETAILED = replace(
    PLAIN,
    patterns=PLAIN.patterns
    | {
        "line": "{verb} {to} {speed}",
        "enters": "{verb} the frame from the {edge} moving {to} {speed}",
        "leaves": "{verb} the frame at the {edge} moving {to} {speed}",
        "arc": "{verb} {to} in {a} {sense} arc {speed}",
        "circle": "{verb} {sense} {laps} {speed}",
        "ellipse": "{verb} {sense} round an ellipse {laps} {speed}",
        "spiral": "{verb} {way} {sense} {speed}",
        "zigzag": "{verb} {to} {speed}",
    },
    directions=PLAIN.directions
    | {
        "down-right": "diagonally down and to the right",
        "down-left": "diagonally down and to the left",
        "up-left": "diagonally up and to the left",
        "up-right": "diagonally up and to the right",
    },
    speeds={"slow": "at a low speed", "moderate": "at a moderate speed", "fast": "at a high speed", None: ""},
    turns={
        None: "",
        "half": " by half a turn",
        "once": " by one full turn",
        "twice": " by two full turns",
        "three times": " by three full turns",
    },
    camera={move: f"all the while, {said}" for move, said in PLAIN.camera.items()},
    also=", ",
    elides=False,
    stop=".",
)
WORDS: dict[Register, Words] = {"terse": TERSE, "plain": PLAIN, "detailed": DETAILED}

# Where spelling and first sound part ways: "a unicorn", "an hourglass", "an SOS button", "an 8 ball".
_SPOKEN_CONSONANT = re.compile(r"uni(?!n|m)|us[eu]|ut[ei]|uk[eu]|euro?|one\b|once|ufo\b|u-", re.IGNORECASE)
_SPOKEN_VOWEL = re.compile(r"hour|hono|heir|8|11\b|18\b|[FHLMNRSX](?:[A-Z]|\d|-)|[fhlmnrsx]-")


def article(noun: str) -> str:
    """The indefinite article for a noun phrase, by its first sound."""
    if _SPOKEN_VOWEL.match(noun):
        return "an"
    return "an" if noun[:1].lower() in "aeiou" and not _SPOKEN_CONSONANT.match(noun) else "a"
