"""What is denied of a speed or a side where its contrary is told: "it isn't quick, it goes slowly left"."""

from __future__ import annotations

import re
from collections.abc import Callable

from .phrases import OPPOSITE

_SLOW = r"\b(?:slow|slowly|unhurried|unhurriedly)\b"
_FAST = r"\b(?:fast|quick|quickly|rapid|rapidly|swift|swiftly)\b"


def _speed(word: str) -> str:
    return "slow" if word.startswith("slow") else "fast"


def _un_speed(found: re.Match[str]) -> str:
    """For "It goes left, but not fast: slowly": "it goes left slowly"."""
    denied, told = _speed(found[1]), _speed(found[2])
    return found[0] if denied == told else f" {'slowly' if told == 'slow' else 'quickly'}"


def _un_paced(found: re.Match[str]) -> str:
    """For "It isn't slow, it is quick, moving left": "it is quick, moving left"."""
    name, denied, first, told = found.groups()
    contrary, same = (_FAST, _SLOW) if denied == "slow" else (_SLOW, _FAST)
    clause = re.split(r"\bthen\b", told)[0]
    if first and not re.search(r"\b(?:then|next|after\w*|later)\b", found.string[found.end(3) :]):
        return found[0]  # "not quick at first": later it may be
    if not re.search(contrary, clause) or re.search(same, clause):
        return found[0]
    if going := re.match(r"is (?:slow|quick|fast), (moving|going|heading|drifting|flying|travelling) (?=\w)", told):
        told = f"is {'slowly' if contrary is _SLOW else 'quickly'} {told[going.start(1) :]}"
    return f"{'at first, ' if first else ''}{name} {told}"


def _neither(found: re.Match[str]) -> str:
    """For "It goes neither left nor down: it moves up and to the right": "it goes up and to the right"."""
    name, verb, one, other, told = found.groups()
    sides = set(re.findall(r"\b(left|right|up|down)\b", told))
    return f"{name} {verb} {told}" if sides <= {OPPOSITE[one], OPPOSITE[other]} and sides else found[0]


_SIDE = re.compile(r"\b(?:left|right|up|down)\b")


def _excluded(denied: str, told: str) -> bool:
    """Whether what is told, with two sides, cannot be where what is denied with two sides would lead."""
    sides = _SIDE.findall(told)
    return len(set(sides)) == 2 and any(OPPOSITE[side] in sides for side in _SIDE.findall(denied))


def _not_but(found: re.Match[str]) -> str:
    """For "It moves, not up and left, but down and right": "it moves down and right"."""
    return f" {found[2]}" if _excluded(found[1], found[2]) else found[0]


def _and_not(found: re.Match[str]) -> str:
    """For "It moves down and right, not up and left": "it moves down and right"."""
    return found[1] if _excluded(found[2], found[1]) else found[0]


def _and_then(found: re.Match[str]) -> str:
    """For ", crash, it hits the cup": " and it hits the cup"."""
    return " and" if "and" in found[0] or not found.string[found.end() :].startswith(" and") else ""


def _where_to(found: re.Match[str]) -> str:
    """For "Bottom right is where the cup is headed": "the cup moves to the bottom right"."""
    corner = re.search(r"upper|lower|top|bottom", found[1])
    return f"{found[2]} moves {'to the ' if corner else ''}{found[1]}"


def _shaking_so(found: re.Match[str]) -> str:
    """For "up-and-down shaking": as a participle does."""
    return f"{found[1].replace('-', ' ')} "


#: Name in `rewordings.txt` -> what works it out.
CONTRARY: dict[str, Callable[[re.Match[str]], str]] = {
    "un_speed": _un_speed, "un_paced": _un_paced, "neither": _neither, "and_then": _and_then,
    "where_to": _where_to, "not_but": _not_but, "and_not": _and_not, "shaking_so": _shaking_so,
}  # fmt: skip
