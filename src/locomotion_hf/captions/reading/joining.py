"""How what a piece tells stands to what was told before: after it, before it, one stretch with it, or beside it."""

from __future__ import annotations

from .events import AND, Event
from .phrases import SIDES
from .piece import Piece
from .stretches import opposed, reversed_, timely
from .told import Told, spins_and_goes


def joint(one: Told, before: Told, listed: bool, earlier: list[Piece], doubts: list[str]) -> str:
    """How a piece stands to the event before: "then", "after", "merge" (one stretch) or "beside" it."""
    link, event, part = one.part.link, one.event, one.part
    bare = event.relations and not set(event.claims) - {"moves"} and one.who == before.who and before.event.claims
    struck = {kind for kind, _ in event.relations} == {"collides with"}
    if bare and link == "then" and {"laps", "turns"} & set(before.event.claims):
        return "then"  # "circles a lamp twice, then hits a wall"
    if bare and (struck or link == "and") and link != "after":
        return "merge"  # "moves left and passes a cat", "moves left until it hits a cup"
    if link == "until" and event.claims.get("words") == {"collide"} and one.who == before.who and not event.travels:
        return "merge"  # "two boats approach each other until they collide"
    if link == "until":
        return "merge" if "leaves" in event.claims and one.who == before.who else "then"
    if link in ("then", "before", "followed"):
        return "then"
    if link == "after":
        return "after"
    if one.who != before.who:
        return "beside"
    if link in ("which", "while", "with", "gerund"):
        return "merge"
    if link in ("and", ",") and "leaves" in event.claims and "enters" in before.event.claims:
        return "then"
    if (
        before.carried
        and link in ("and", ",")
        and not event.travels
        and not (part.subjects or listed or "words" in event.claims)
    ):
        return "merge"  # "rising, it slows down, shrinks, and turns"
    if link == "and" and part.main and opposed(event, before.event):
        return "then"  # "leaps up and dives down"
    if link == "and" and part.main and not part.subjects and reversed_(event, before.event):
        return "then"  # "swells while sinking and shrinks while rising"
    if "still" in event.claims and "still" in before.event.claims and link == "and":
        return "merge"  # "stops and waits"
    onward = "moves" in event.claims and not (event.travels or event.relations)
    if link == "and" and _stopped(before.event) and onward:
        return "then"  # "stops and moves on"
    if link == "and" and _stopped(before.event) and not part.paused and timely(event) and not event.travels:
        return "merge"  # "moves left, stops and grows, and moves on"
    if "stops" in event.claims.get("still", ()) and link in ("and", ","):
        return "then"
    edges = {"enters", "leaves"}
    if "leaves" in event.claims and link == "and" and one.who == before.who and _towards_edge(event, before.event):
        return "merge"  # "shoots upward and exits at the top"
    whole = {"circle", "spiral"} & before.event.claims.get("shape", set()) or "still" in before.event.claims
    if link == "and" and part.main and "leaves" in event.claims and (whole or before.linked):
        return "then"  # "circles a tree and leaves"
    turning = {"circle", "spiral"} & event.claims.get("shape", set())
    if link == "and" and part.main and "enters" in before.event.claims and turning:
        return "then"  # "comes in and circles a tree"
    if link == "and" and bool(edges & set(event.claims)) != bool(edges & set(before.event.claims)):
        return "merge"  # "comes in and moves up"
    if "still" in event.claims and "still" in before.event.claims:
        return "merge"
    if "stops" in event.claims.get("still", ()) or (before.event.travels and "still" in event.claims and part.main):
        return "then"
    named = max((place for place, other in enumerate(earlier) if other.subjects not in ([], ["it"])), default=0)
    first = next((other for other in earlier if other.main and other.link not in ("while", "after", "before")), None)
    listing = any(
        other is not first and other.link == "," and other.main and other.subjects in ([], ["it"])
        for other in earlier[named:]
    )
    if link in (",", "and") and "meanwhile" in event.claims.get("along", ()) and not event.travels:
        return "merge"  # "rises, spins at the same time"
    if link == "and" and part.main and listing:
        return "then"  # "moves left, stops, and rotates"
    if "back" in event.claims and "direction" not in event.claims and "direction" in before.event.claims:
        return "then"  # "moves down and back"
    if link == "and" and before.part.swerve and part.main and event.travels:
        return "then"  # "turns around and walks back"
    if link == "and" and part.main and not part.subjects and "land" in event.claims.get("words", ()):
        return "then"  # "circles a flower and settles on it"
    done = bool(event.claims.get("words")) and set(event.claims) <= {"words", "moves"}
    hit = any(kind == "collides with" for kind, _ in before.event.relations)
    if part.main and not part.subjects and done and set(before.event.claims) - {"words"} and (link == "," or hit):
        return "then"  # "jumps up, lands, and slides off", "hits a cup and rebounds"
    if link in (",", "and") and not part.main and not part.subjects and opposed(event, before.event):
        return "then"  # "left, right and left again"
    if link == "," and part.main and not part.subjects and timely(event) and before.event.travels:
        return "then"  # "moves down, rotates, and then moves up"
    if not event.travels:
        return "merge"
    if not part.main:
        return "then" if listed and before.event.travels and link != "and" and not part.gerund else "merge"
    if link == "and" and not listed and (_goes_with(before, event) or spins_and_goes(before, one)):
        return "merge"  # "grows larger and moves left", "stays in place and shakes"
    if not listed and link != ",":
        doubts.append(AND)
    return "then"


def _stopped(event: Event) -> bool:
    """Whether it only stands still: "stops there"."""
    return set(event.claims) <= {"still", "along"} and bool(event.claims.get("still")) and not event.relations


def _towards_edge(event: Event, before: Event) -> bool:
    """Whether something leaves over the edge to which it was said to move."""
    sides = {SIDES.get(edge, edge) for edge in event.claims.get("edge", ())}
    return bool(sides) and sides == before.claims.get("direction") and "shape" not in before.claims


def _goes_with(before: Told, event: Event) -> bool:
    """Whether what was told before only goes along with the motion that follows."""
    claims = set(before.event.claims) - {"moves", "along"}
    bare = bool(claims) and claims <= {"growth", "change", "rotation", "turns"} and not before.linked
    resting = before.event.claims.get("still") == {"still"} and "shake" in event.claims.get("shape", ())
    paced = claims == {"speed"} and "speed" not in event.claims  # "it moves fast, and it moves left"
    return (
        (bare and "turns" not in claims)
        or paced
        or (resting and "direction" not in event.claims and len(claims) == 1)
    )
