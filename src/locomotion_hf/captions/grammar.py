"""Write a caption from facts: appearance, then each phase's speed, direction and rotation, in order.

The three parts are the paper's (METHOD 1.2); its wording is not public. The forms are ours:
"A teapot moves slowly upwards while rotating clockwise, then quickly to the right".
"""

from __future__ import annotations

import re

from locomotion_hf.errors import CaptionError
from locomotion_hf.types import Direction, Facts, Phase, Rotation, Speed

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
SPEED_WORDS: dict[Speed, str] = {"slow": "slowly", "moderate": "", "fast": "quickly"}
ROTATION_WORDS: dict[Rotation | None, str] = {
    None: "",
    "clockwise": "while rotating clockwise",
    "anticlockwise": "while rotating anticlockwise",
}
JOINT = ", then "

# Where spelling and first sound part ways: "a unicorn", "an hourglass", "an SOS button", "an 8 ball".
_SPOKEN_CONSONANT = re.compile(r"uni(?!n|m)|us[eu]|ut[ei]|uk[eu]|euro?|one\b|once|ufo\b|u-", re.IGNORECASE)
_SPOKEN_VOWEL = re.compile(r"hour|hono|heir|8|11\b|18\b|[FHLMNRSX](?:[A-Z]|\d|-)|[fhlmnrsx]-")


def article(noun: str) -> str:
    """The indefinite article for a noun phrase, by its first sound."""
    if _SPOKEN_VOWEL.match(noun):
        return "an"
    return "an" if noun[:1].lower() in "aeiou" and not _SPOKEN_CONSONANT.match(noun) else "a"


def _phase(phase: Phase) -> str:
    parts = SPEED_WORDS[phase.speed], DIRECTION_WORDS[phase.direction], ROTATION_WORDS[phase.rotation]
    return " ".join(part for part in parts if part)


def describe_appearance(facts: Facts) -> str:
    """The caption without its motion: "A teapot". The control of every experiment.

    Raises:
        CaptionError: a noun is empty, or there is not exactly one object.
    """
    if len(facts.objects) != 1 or not facts.objects[0].noun.strip():
        raise CaptionError(
            f"facts about {[one.noun for one in facts.objects]}.",
            "one object with a name.",
            "name the object by its folder (`noun/file.png`).",
        )
    noun = facts.objects[0].noun
    return f"{article(noun).capitalize()} {noun}"


def describe(facts: Facts) -> str:
    """The caption: appearance and every phase in the order of events.

    Raises:
        CaptionError: as `describe_appearance`, or the object has no phase.
    """
    appearance = describe_appearance(facts)
    phases = facts.objects[0].phases
    if not phases:
        raise CaptionError(f"{appearance} without a phase.", "at least one phase.", "draw a motion first.")
    return f"{appearance} moves {JOINT.join(_phase(phase) for phase in phases)}"
