"""What `rewordings.txt` leaves to be worked out: where north lies, and whether what is denied goes without saying."""

from __future__ import annotations

import re
from collections.abc import Callable

from locomotion_hf.captions.lexicon import inflections

_COMPASS = {"north": "up", "south": "down", "east": "right", "west": "left"}
_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
#: Hour -> where it points; those between are told as diagonals.
_CLOCK = {
    12: "up", 1: "up-right", 2: "up-right", 3: "right", 4: "down-right", 5: "down-right",
    6: "down", 7: "down-left", 8: "down-left", 9: "left", 10: "up-left", 11: "up-left",
}  # fmt: skip


def _pointed(found: re.Match[str]) -> str:
    """Where a point of the compass or an hour of the clock lies: "toward the northwest" is "up-left"."""
    text = found[0]
    going = re.match(r"(?!due|half|north|south|east|west)\w+(?:s|ing) ", text)
    verb = going[0] if going and going[0] != "towards " else ""
    if "clock" in text:
        hour = re.search(r"1[0-2]|[1-9]|" + "|".join(_HOURS), text)
        if hour is None or "half" in text:
            return text
        return f"{verb}{_CLOCK[_HOURS.index(hour[0]) + 1 if hour[0] in _HOURS else int(hour[0])]}"
    sides = [side for word, side in _COMPASS.items() if word in text]
    return verb + "-".join(sides)


_AXES = (("left", "right"), ("up", "down"), ("anticlockwise", "(?<!anti)clockwise"), ("slow", "fast|quick"))
_DENIED = (("up", "down"), ("slow", "fast"), ("growing", "shrinking"), ("accelerating", "decelerating"))


def _contrary(one: str, other: str) -> bool:
    """Whether two phrases name the two ends of one axis, and nothing else."""
    for first, second in _AXES:
        for here, there in ((first, second), (second, first)):
            if re.search(here, one) and re.search(there, other) and not re.search(there, one):
                return True
    return False


def _denied(found: re.Match[str]) -> str:
    """For "Not left but right", "right, not left": "right"; of anything else nothing is left out."""
    one, other = found[1], found[2]
    if not _contrary(one, other):
        return found[0]
    if found[0].endswith(other):
        return one
    verb = re.match(r"does|doesn't|moves|goes|heads", found[0])
    return "moves " if verb else ""


_QUICK = dict.fromkeys(("quickly", "fast", "rapidly", "swiftly"), "fast")


def _spun(found: re.Match[str]) -> str:
    """For "A clockwise-spinning kite rises": "a kite, spinning clockwise, rises"."""
    article, speed, sense, verb, name, finite = found.groups()
    if not any(form == "third" for _, form in inflections().get(finite, ())):
        return found[0]
    manner = {"slow": "slowly ", "fast": "quickly ", "quick": "quickly "}.get(speed or "", "")
    return f"{article}{name}, {verb} {sense}, {manner}{finite}"


def _asserted(words: list[str]) -> set[str]:
    told: set[str] = set()
    for word in words:
        told |= {said for verb, _ in inflections().get(word, ())[:1] for said in verb.asserts}
        told |= {side for side in ("up", "down", "left", "right") if re.fullmatch(rf"{side}(?:wards?)?", word)}
        told |= {"clockwise", "anticlockwise"} & {word}
        told |= {"slow"} if word == "slowly" else {"fast"} & {_QUICK.get(word, "")}
    return {word.removeprefix("~") for word in told}


def _denying(found: re.Match[str]) -> str:
    """For "It does not fall but rises": "it rises", where one excludes the other."""
    name, verb, side, told = found.groups()
    first, second = _asserted([verb, *(side or "").split()]), _asserted(told.split())
    pairs = (*_DENIED, ("left", "right"), ("clockwise", "anticlockwise"))
    apart = any(
        {one, other} <= first | second and not {one, other} <= first and not {one, other} <= second
        for one, other in pairs
    )
    still = "still" in first and bool({"up", "down", "left", "right"} & second)
    shared = first & second - {"rotation"}
    extra = first - {word for pair in pairs for word in pair} - {"still", "rotation"}
    if not (apart or still) or shared or extra:
        return found[0]
    return f"{name} {told}"


#: Name in `rewordings.txt` -> what works it out.
COMPUTED: dict[str, Callable[[re.Match[str]], str]] = {
    "compass": _pointed, "clock": _pointed, "denied": _denied, "denying": _denying, "spun": _spun,
}  # fmt: skip
