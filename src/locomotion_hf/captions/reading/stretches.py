"""Stretches of a motion: which can stand alone, which exclude each other, which are told by another."""

from __future__ import annotations

from .events import Event
from .phrases import OPPOSITE
from .piece import Piece


def straight(parts: list[Piece], told: bool) -> list[Piece]:
    """Without "turns" between one direction and the next: "moves left, then turns and moves up".

    Args:
        parts: of one sentence.
        told: whether something was told before it.
    """
    kept: list[Piece] = []
    for number, part in enumerate(parts):
        after = parts[number + 1] if number + 1 < len(parts) else None
        plain = (
            part.swerve
            and part.claims.get("words", set()) <= {"swerve", "turn around", "turn back"}
            and part.claims.get("rotation", {"some"}) == {"some"}
        )
        onward = after and after.link == "and" and not after.subjects and "direction" in after.claims
        before = any("direction" in one.claims for one in kept) or (told and part.link == "then")
        if plain and after and onward and before:
            after.link, after.subjects = part.link, part.subjects
            continue
        kept.append(part)
    return kept


def resting_last(parts: list[Piece]) -> list[Piece]:
    """For "Moving away from a stationary cup, a pen rises": that the cup rests is told after who moves."""
    fronted = len(parts) > 2 and not parts[0].subjects and not parts[0].main
    if fronted and parts[1].link == "which" and parts[1].subjects and set(parts[1].claims) == {"still"}:
        return [parts[0], *parts[2:], parts[1]]
    return parts


def opposed(event: Event, other: Event) -> bool:
    """Whether two events lead to opposite sides, so that they cannot be one."""
    return any(OPPOSITE[side] in other.claims.get("direction", ()) for side in event.claims.get("direction", ()))


def reversed_(event: Event, other: Event) -> bool:
    """For "Grows while it sinks, and shrinks": what has two ways goes the other way than before."""
    fields = [name for name in ("growth", "rotation", "change") if name in event.claims and name in other.claims]
    return any(not event.claims[name] & (other.claims[name] | {"some"}) for name in fields)


def turn_round(event: Event) -> None:
    """For "Does the opposite": only where a direction is all there is to turn round."""
    if set(event.claims) - {"direction", "moves", "speed"} or len(event.claims.get("direction", ())) != 1:
        event.add("words", "opposite of")
    event.claims["direction"] = {OPPOSITE[side] for side in event.claims.get("direction", ())}


def onward(event: Event, before: Event) -> None:
    """For "To the right, slowly at first, then quickly": the same motion at another speed."""
    turned = {"sense?", "amount?"} & set(event.claims)
    if turned and "rotation" in before.claims and not before.travels:
        event.add("rotation", "some")
    for name in () if turned else ("direction", "diagonal", "shape", "sense", "rotation", "moves"):
        if name in before.claims:
            event.add(name, *before.claims[name])


def phases(event: Event) -> bool:
    """Whether it can be a stretch of its own."""
    return event.travels or timely(event) or "speed" in event.claims


def unattached(part: Piece, before: Piece) -> bool:
    """Whether a piece without a subject may belong to the relative clause before it as well as to the main clause."""
    clause = before.link == "which" and not before.subjects
    return clause and not (part.subjects or part.paused or part.relative) and part.link not in (",", "which", "")


def timely(event: Event) -> bool:
    """Whether it takes a time of its own, though it goes nowhere."""
    return bool(set(event.claims) & {"rotation", "change", "growth"})


def collides(event: Event) -> bool:
    """Whether it says that something is hit, and no more: where the motion before ends."""
    return {kind for kind, _ in event.relations} == {"collides with"} and not set(event.claims) - {"moves"}
