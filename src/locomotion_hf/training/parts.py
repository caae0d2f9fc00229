"""What an option lists: `NAME[setting=value,...]:NUMBER`, one after the other, with commas between."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any

from locomotion_hf.dataset import Recipe
from locomotion_hf.errors import TrainingError

#: What a part may set for itself; the rest is the same for all clips of a run.
OWN = ("objects", "backgrounds", "backdrop", "vocabulary", "max_objects", "members", "group_shares", "wording")
_BETWEEN = re.compile(r",(?![^\[\]]*\])")
_PART = re.compile(r"(?P<name>[^\[\]]+?)(?:\[(?P<settings>[^\[\]]*)\])?:(?P<number>\d+(?:\.\d*)?|\.\d+)")
_TYPES: dict[str, Callable[[str], Any]] = {
    one.name: int if isinstance(one.default, int) else str for one in fields(Recipe) if one.name in OWN
}


@dataclass(frozen=True)
class Part:
    """One part of what an option lists.

    Attributes:
        name: of data, or of a vocabulary.
        number: its share, or where it ends.
        settings: of the recipe, for this part alone.
    """

    name: str
    number: Fraction
    settings: dict[str, Any] = field(default_factory=dict)


def read_parts(option: str, text: str) -> tuple[Part, ...]:
    """The parts of "synth:0.7,synth[backdrop=black,vocabulary=full]:0.1,hf:NAME:0.2".

    Args:
        option: that the text was given for, for errors.
        text: one part or more. What stands before the last colon of a part is its name, with no comma in it.

    Raises:
        TrainingError: a part is none, sets what it cannot set, or ends with 0.
    """
    return tuple(_part(option, one.strip()) for one in _BETWEEN.split(text))


def _part(option: str, text: str) -> Part:
    found = _PART.fullmatch(text)
    if not found or not (number := Fraction(found["number"])):
        raise TrainingError(
            f"--{option} has {text!r}.",
            "NAME:NUMBER, or NAME[setting=value]:NUMBER, with a number above 0.",
            "write for example synth:0.8,synth[backdrop=black]:0.2.",
        )
    listed = [one.strip() for one in (found["settings"] or "").split(",")]
    return Part(found["name"], number, dict(_setting(option, one) for one in listed if one))


def _setting(option: str, text: str) -> tuple[str, Any]:
    name, _, value = map(str.strip, text.partition("="))
    try:
        return name, _TYPES[name if value else ""](value)
    except (KeyError, ValueError):
        raise TrainingError(
            f"--{option} sets {text!r} for a part.",
            f"setting=value, the setting one of {', '.join(OWN)}.",
            "change it; what is not listed is the same for all parts, and has an option of its own.",
        ) from None
