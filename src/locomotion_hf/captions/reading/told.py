"""What one sentence tells: events with those who do them, and what is said of several of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .events import ATTRIBUTES, Event
from .phrases import OPPOSITE
from .piece import Piece
from .stretches import opposed, phases


@dataclass
class Told:
    """An event of a sentence, and who does it."""

    who: tuple[str, ...]
    event: Event
    part: Piece
    linked: bool = False  # its place in the order of events is told
    carried: bool = False  # where it goes stands before its verb: "rising, it grows"
    places: dict[str, int] = field(default_factory=dict)  # where it stands among the events of its actors


def opens(one: Told, later: list[Piece]) -> bool:
    """Whether a piece without a verb is the first of several phases: "First left, then up goes the cup"."""
    bare = one.part.link in ("", "first") and not (one.part.main or one.part.subjects)
    if not bare or not later:
        return False
    turned = later[0].link in (",", "and") and not later[0].subjects and opposed(later[0].event(), one.event)
    return (turned or later[0].link in ("then", "followed")) and phases(one.event)


def astray(one: Told, later: list[Piece], recent: str) -> bool:
    """For "Passes a cup, turning clockwise, that rises": who turns, the actor or who was named most recently?"""
    part = one.part
    loose = part.link == "," and not (part.main or part.subjects or part.mentions or one.event.travels)
    onward = bool(later) and later[0].link == "which" and not later[0].subjects
    return loose and onward and bool(recent) and recent not in one.who


def throughout(told: list[Told]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Let what is said "throughout" be said of every stretch of its actor; who that is, and how many stretches."""
    for one in told:
        names = one.event.claims.pop("throughout", set()) & {"rotation", "growth", "speed"}
        own = [other for other in told if other.who == one.who and other.event.travels]
        for other in own:
            for name in names:
                other.event.add(name, *one.event.claims.get(name, ()))
        if names:
            yield one.who, sum(other.who == one.who for other in told)


def shared(one: Told, told: list[Told]) -> bool:
    """Take "both going left", after "A overtakes B", to the one stretch of each, or let it be that.

    Returns:
        Whether that was done: neither has a stretch that says otherwise, or several.
    """
    own = {name: [other for other in told if name in other.who] for name in one.who}
    if one.part.subjects == ["both"] and "same" in one.event.claims and len(own) == 2:
        return _same_way(one, [some[0] for some in own.values() if len(some) == 1])
    both = (
        one.part.subjects == ["both"] and len(own) == 2 and one.part.link in ("while", ",", "gerund", "which", "and")
    )
    follows = {kind for some in own.values() for two in some for kind, _ in two.event.relations}
    told_of = all(own.values()) or bool(follows & {"follows", "chases", "overtakes"})
    plain = not one.event.relations and (one.event.travels or told_of)
    free = all(len(some) <= 1 and all(_open_to(other, one) for other in some) for some in own.values())
    if not (both and plain and free and any(own.values())):
        return False
    for name, some in own.items():
        if some:
            some[0].event.take(one.event)
        else:
            claims = {key: set(words) for key, words in one.event.claims.items()}
            told.append(Told((name,), Event(claims), one.part))
    return True


def spins_and_goes(host: Told, one: Told) -> bool:
    """For "It spins fast and moves left", "It spins fast, moving left": the speed is that of a turn or a growth."""
    own = set(host.event.claims) - {"along", "turns"} in ({"rotation", "speed"}, {"growth", "speed"})
    own = own and "speed" in host.part.event().claims
    return own and host.part.main and one.event.travels and "still" not in one.event.claims


def with_clause(one: Told, ahead: list[Told], take: bool = True) -> bool:
    """For "While a cup rises, turning clockwise, a dish falls": what goes along with a fronted clause."""
    link = one.part.link
    clause = ahead[-1] if ahead and ahead[-1].part.link == "while" and ahead[-1].part.subjects else None
    if clause is None or one.part.subjects or one.event.travels or link not in ("gerund", ",", "with", "and"):
        return False
    if set(one.event.claims) & set(clause.event.claims) - {"moves"}:
        return False
    if take:
        clause.event.take(one.event)
    return True


def of_one(one: Told, told: list[Told]) -> bool:
    """For "A and B rise, A slowly, B fast": part the one stretch of both, where more is said of one of them."""
    if any(other.who == one.who and other.event.travels for other in told):
        return False  # "A and B rise, A to the left, turning"
    for place, other in enumerate(told):
        within = len(other.who) > 1 and bool(one.who) and set(one.who) < set(other.who)
        where = set(one.event.claims) <= {"direction", "diagonal", "moves"} and not (
            other.event.travels or other.event.relations
        )
        more = (not one.event.travels or where) and not set(one.event.claims) & set(other.event.claims) - {"moves"}
        if within and more and (one.event.claims or one.event.relations):
            own = Told(one.who, Event({key: set(words) for key, words in other.event.claims.items()}), other.part)
            own.event.take(one.event)
            other.who = tuple(name for name in other.who if name not in one.who)
            told.insert(place + 1, own)
            return True
    return False


def apart(one: Told, told: list[Told]) -> bool:
    """Whether it says no more than the two stretches before: "A moves up and B down, in opposite directions"."""
    bare = set(one.event.claims) == {"opposite"} and not (
        one.event.relations or one.part.subjects not in ([], ["both"])
    )
    if not bare or len(told) < 2 or told[-1].who == told[-2].who:
        return False
    ways = [other.event.claims.get("direction", set()) for other in told[-2:]]
    return bool(ways[0]) and ways[1] == {OPPOSITE[side] for side in ways[0]}


def _open_to(other: Told, one: Told) -> bool:
    """Whether the stretch of one actor leaves open what is said of both, or says the same."""
    if not one.event.travels:
        return len(other.who) == 1 and not set(one.event.claims) & set(other.event.claims) - {"moves"}
    same = other.event.claims.get("direction", set()) == one.event.claims.get("direction")
    elsewhere = {"still", "shape", "enters", "leaves"} & set(other.event.claims)
    return len(other.who) == 1 and not elsewhere and (same or not other.event.travels)


def _same_way(one: Told, pair: list[Told]) -> bool:
    """For "A overtakes B, which rises, both moving the same way": A rises as well."""
    if (
        len(pair) != 2
        or set(one.event.claims) - {"same", "moves", "along"}
        or one.event.claims["same"] != {"direction"}
    ):
        return False
    ways = [other.event.claims.get("direction", set()) for other in pair]
    if not any(ways) or (all(ways) and ways[0] != ways[1]):
        return False
    for other in pair:
        other.event.add("direction", *(ways[0] or ways[1]))
    return True


#: Relations that hold as long as the motion does.
LASTING = {"follows", "chases", "overtakes", "past", "pass", "toward", "away from"}


def along(events: list[Event], claims: dict[str, set[str]], relations: set[tuple[str, str]], part: Piece) -> bool:
    """For "It follows the cup, turning", "It passes the slow cup", of what moves: whether it is so then."""
    said = set(claims) - {"moves", "along"}
    alone = len(events) == 1 and "direction" in events[0].claims and not events[0].loose
    free = alone and not said & set(events[0].claims) and said <= ATTRIBUTES - {"diagonal"} and bool(said)
    described = part.link == "which" or "along" in claims  # "the slow cup", "the cup is slow"
    return free and (described or bool(relations)) and {kind for kind, _ in relations} <= LASTING
