"""Write a caption from facts: appearance, then each phase in the order of events, then relations and camera.

The three parts of a phase, speed, direction and rotation, are the paper's (METHOD 1.2); its wording is not
public. The forms are ours: "A teapot moves slowly upwards while rotating clockwise, then circles quickly
anticlockwise twice". Several objects take a sentence each: "A cat stays in place. A ball moves quickly to
the right. The ball moves past the cat. The camera zooms in".
"""

from __future__ import annotations

import re

from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import (
    CameraMove,
    Change,
    Direction,
    Facts,
    Growth,
    Move,
    RelationKind,
    Rotation,
    Speed,
    Turns,
)

DIRECTION_WORDS: dict[Direction, str] = {
    "right": "to the right",
    "down-right": "down and to the right",
    "down": "downwards",
    "down-left": "down and to the left",
    "left": "to the left",
    "up-left": "up and to the left",
    "up": "upwards",
    "up-right": "up and to the right",
}
#: A moderate speed is the unmarked one and has no word (METHOD A13).
SPEED_WORDS: dict[Speed | None, str] = {"slow": "slowly", "moderate": "", "fast": "quickly", None: ""}
CHANGE_WORDS: dict[Change, str] = {"accelerating": "speeding up", "decelerating": "slowing down"}
TURN_WORDS: dict[Turns | None, str] = {
    None: "",
    "half": " by half a turn",
    "once": " once",
    "twice": " twice",
    "three times": " three times",
}
GROWTH_WORDS: dict[Growth, str] = {"growing": "growing larger", "shrinking": "growing smaller"}
LAP_WORDS = {1: "once", 2: "twice", 3: "three times"}
#: The verb of every phase that leads along a line or arc; left out when the phase before has it too.
MOVES = "moves"
JOINT, AND, SENTENCE = ", then ", " and ", ". "
RELATION_WORDS: dict[RelationKind, str] = {
    "collides with": "collides with",
    "toward": "moves toward",
    "away from": "moves away from",
    "past": "moves past",
    "orbits": "orbits",
    "overtakes": "overtakes",
    "follows": "follows",
}
OPPOSITE = "move in opposite directions"
CAMERA_WORDS: dict[CameraMove, str] = {
    CameraMove(pan="left"): "The camera pans to the left",
    CameraMove(pan="right"): "The camera pans to the right",
    CameraMove(pan="up"): "The camera tilts upwards",
    CameraMove(pan="down"): "The camera tilts downwards",
    CameraMove(zoom="in"): "The camera zooms in",
    CameraMove(zoom="out"): "The camera zooms out",
}

# Where spelling and first sound part ways: "a unicorn", "an hourglass", "an SOS button", "an 8 ball".
_SPOKEN_CONSONANT = re.compile(r"uni(?!n|m)|us[eu]|ut[ei]|uk[eu]|euro?|one\b|once|ufo\b|u-", re.IGNORECASE)
_SPOKEN_VOWEL = re.compile(r"hour|hono|heir|8|11\b|18\b|[FHLMNRSX](?:[A-Z]|\d|-)|[fhlmnrsx]-")


def article(noun: str) -> str:
    """The indefinite article for a noun phrase, by its first sound."""
    if _SPOKEN_VOWEL.match(noun):
        return "an"
    return "an" if noun[:1].lower() in "aeiou" and not _SPOKEN_CONSONANT.match(noun) else "a"


def rotation_words(sense: Rotation, turns: Turns | None) -> str:
    """How an object turns about itself: "rotating clockwise twice"."""
    return f"rotating {sense}{TURN_WORDS[turns]}"


def clause(move: Move) -> str:
    """One phase, with its verb: "moves slowly upwards while rotating clockwise"."""
    verb, speed = MOVES, SPEED_WORDS[move.speed]
    where = DIRECTION_WORDS[move.direction] if move.direction else ""
    if move.enters:
        verb = f"enters from the {move.enters} moving"
    elif move.leaves:
        verb = f"leaves at the {move.leaves} moving"
    elif move.shape == "arc":
        where += f" in {article(move.sense or '')} {move.sense} arc"
    elif move.shape == "circle":
        verb, where = "circles", f"{move.sense} {LAP_WORDS[move.laps]}"
    elif move.shape == "ellipse":
        verb, where = "goes", f"{move.sense} round an ellipse {LAP_WORDS[move.laps]}"
    elif move.shape == "spiral":
        verb, where = "spirals", f"{move.way} {move.sense}"
    elif move.shape == "zigzag":
        verb = "zigzags"
    elif move.shape == "bounce":
        verb, where = "bounces", where or "in place"
    elif move.shape == "shake":
        verb, where = "shakes", move.way or ""
    elif move.shape == "still":
        verb, where = "stays in place", ""
    tails = [CHANGE_WORDS[move.change]] if move.change else []
    tails += [rotation_words(move.rotation, move.turns)] if move.rotation else []
    tails += [GROWTH_WORDS[move.growth]] if move.growth else []
    meanwhile = f"while {AND.join(tails)}" if tails else ""
    return " ".join(part for part in (verb, speed, where, meanwhile) if part)


def relation_sentence(kind: RelationKind, subject: str, other: str) -> str:
    """What one object does with regard to another, by their nouns."""
    if kind == "opposite":
        return f"The {subject} and the {other} {OPPOSITE}"
    return f"The {subject} {RELATION_WORDS[kind]} the {other}"


def describe_appearance(facts: Facts) -> str:
    """The caption without its motion: "A teapot", "A cat and a ball". The control of every experiment.

    Raises:
        CaptionError: a noun is empty or named twice, or there is no object.
    """
    nouns = [one.noun for one in facts.objects]
    if not nouns or not all(noun.strip() for noun in nouns) or len(set(nouns)) < len(nouns):
        raise CaptionError(
            f"facts about {nouns}.",
            "one object or more, with names of their own.",
            "name each object by its folder (`noun/file.png`).",
        )
    named = [f"{article(noun)} {noun}" for noun in nouns]
    text = AND.join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
    return text[0].upper() + text[1:]


def describe(facts: Facts) -> str:
    """The caption: appearance and every phase in the order of events, then relations and the camera.

    Raises:
        CaptionError: as `describe_appearance`, or an object has no phase.
    """
    appearance = describe_appearance(facts)
    sentences = []
    for one in facts.objects:
        if not one.phases:
            raise CaptionError(f"{appearance} without a phase.", "at least one phase.", "draw a motion first.")
        clauses = [clause(move) for move in one.moves]
        # "moves slowly upwards, then quickly to the right": the verb is said once.
        spoken = [
            said.removeprefix(f"{MOVES} ") if before.startswith(f"{MOVES} ") else said
            for before, said in zip(["", *clauses], clauses, strict=False)
        ]
        sentences.append(f"{article(one.noun).capitalize()} {one.noun} {JOINT.join(spoken)}")
    nouns = [one.noun for one in facts.objects]
    sentences += [relation_sentence(one.kind, nouns[one.subject], nouns[one.other]) for one in facts.relations]
    if facts.camera:
        sentences.append(CAMERA_WORDS[facts.camera])
    return SENTENCE.join(sentences)
