"""Settle what the words of an event mean together, and what they mean beside the other events."""

from __future__ import annotations

from .doing import MANNERS
from .events import ATTRIBUTES, Actor, Event, Reading
from .phrases import OPPOSITE, SIDES
from .stretches import opposed

_CONTRARY = ({"up", "down"}, {"left", "right"}, {"slow", "fast"}, {"fast", "~slow"})
#: What can be done again.
_REPEATED = ("direction", "rotation", "change", "growth", "shape")
_OTHER_SENSE = {"clockwise": "anticlockwise", "anticlockwise": "clockwise"}
#: Shapes with a way round.
_TURNING = frozenset({"arc", "circle", "ellipse", "spiral"})
#: Verbs that go without saying where a shape bears them out.
_BORNE_OUT = {
    "wind": {"spiral", "arc", "circle"},
    "swirl": {"spiral", "circle"},
    "snake": {"zigzag"},
    "swing": {"arc", "circle"},
    "curl": {"spiral", "arc"},
    "bend": {"arc"},
    "bank": {"arc"},
    "tack": {"zigzag"},
    "sweep": {"arc"},
}


def settle(reading: Reading) -> None:
    """Settle all events of a reading, in place."""
    _opposite(reading)
    _collided(reading)
    for actor in reading.actors.values():
        others = [one for other in reading.actors.values() if other is not actor for one in other.events]
        related = [one for name in _related(actor, reading) for one in reading.actors[name].events]
        for place, event in enumerate(actor.events):
            _same(event, related or others or actor.events[max(0, place - 1) : place], reading)
        for place, event in enumerate(actor.events):
            _back(event, actor.events[place - 1] if place else None, others, reading)
            _repeated(event, actor.events[:place])
            _settle(event)


def _collided(reading: Reading) -> None:
    """For "A kite and a cup collide", of a cup that rests: it is the kite that runs into the cup."""
    struck = [actor for actor in reading.actors.values() if any(_bare_collision(one) for one in actor.events)]
    resting = [actor for actor in struck if any("still" in one.claims for one in actor.events)]
    if len(struck) != 2 or len(resting) != 1:
        return
    for actor in struck:
        actor.events = [one for one in actor.events if not _bare_collision(one)]
        if actor is not resting[0]:
            actor.events.append(Event({"moves": {"moves"}}, {("collides with", resting[0].name)}, loose=True))


def _bare_collision(event: Event) -> bool:
    return (
        event.claims.get("words") == {"collide"} and set(event.claims) <= {"words", "moves"} and not event.relations
    )


def _opposite(reading: Reading) -> None:
    """For "Two move in opposite directions: one up, the other down": the second part tells the first in full."""
    pair = [actor for actor in reading.actors.values() if actor.name != "camera"]
    if len(pair) != 2 or reading.order:
        return
    for one, other in (pair, pair[::-1]):
        if len(one.events) == 2 and len(other.events) == 1:
            _opposed(one, other)
    if any(len(actor.events) != 2 for actor in pair):
        return
    for first in (0, 1):
        general, special = ([actor.events[place].claims for actor in pair] for place in (first, 1 - first))
        if not all("opposite" in one and not set(one) - {"opposite", "moves", "speed"} for one in general):
            continue
        sides = [one.get("direction", set()) for one in special]
        if all(sides) and sides[1] == {OPPOSITE[side] for side in sides[0]}:
            for actor in pair:
                general_ = actor.events.pop(first)
                actor.events[0].take(general_)
        return


def _opposed(one: Actor, other: Actor) -> None:
    """For "Two move in opposite directions, the red one up": where the red one goes tells the other's way as well."""
    general, special = (event.claims for event in one.events)
    shared = other.events[0].claims
    bare = all(
        "opposite" in claims and not set(claims) - {"opposite", "moves", "speed"} for claims in (general, shared)
    )
    if bare and "direction" in special and not one.events[0].relations:
        first = one.events.pop(0)
        one.events[0].take(first)
        shared["direction"] = {OPPOSITE[side] for side in special["direction"]}


def _related(actor: Actor, reading: Reading) -> set[str]:
    """The other actors that it stands to, or that stand to it."""
    named = {other for one in actor.events for _, other in one.relations}
    named |= {
        other.name
        for other in reading.actors.values()
        for one in other.events
        if any(name == actor.name for _, name in one.relations)
    }
    return named - {actor.name, "each other"}


def _same(event: Event, others: list[Event], reading: Reading) -> None:
    """For "In the same direction": as the one other actor."""
    so_far = event.claims.pop("same way", set())
    for name in event.claims.pop("same", set()):
        said = [one.claims[name] for one in others if name in one.claims]
        said = [so_far] if name == "direction" and len(said) != 1 and so_far else said
        if len(said) == 1:
            event.add(name, *said[0])
        elif name == "speed" and not said:
            event.add("words", "same speed")
        else:
            reading.doubts.append(f"ambiguous {name}")


def _repeated(event: Event, before: list[Event]) -> None:
    """For "Again", "back to the left", "stops", "still turning": they tell of something before."""
    for name in event.claims.pop("continued", set()):
        if len(event.claims.get(name, ())) > 1:
            event.claims[name].discard("some")  # "turning clockwise all the time, then goes left, still turning"
        if before and event.claims.get(name) == {"some"} and name in before[-1].claims:
            event.claims[name] = set(before[-1].claims[name])  # "still turning that way"
        said, was = event.claims.get(name), before[-1].claims.get(name, set()) if before else set()
        if not said or (not said & was if name == "direction" else said != was):
            event.add("words", f"still {name}")
    again = event.claims.pop("again", set())
    sides = event.claims.get("direction", set())
    returns = any({OPPOSITE[side] for side in sides} & one.claims.get("direction", set()) for one in before)
    repeats = any(event.claims.get(name, set()) & one.claims.get(name, set()) for one in before for name in _REPEATED)
    known = bool(before) and (not sides or returns or repeats or "still" in before[-1].claims)
    missed = {word for word in again if event.relations or not (returns if word == "back" else known)}
    missed |= set() if before else event.claims.get("still", set()) & {"stops"}
    if missed:
        event.add("words", *missed)


def _back(event: Event, before: Event | None, others: list[Event], reading: Reading) -> None:
    """For "Returns", "the other way": against the event before, or against the one other actor."""
    apart = not before and "opposite" in event.claims  # "a dog moves in the opposite direction"
    if before and not others and "opposite" in event.claims and opposed(event, before):
        del event.claims["opposite"]  # "creeps left, then goes the other way, to the right"
    came = bool(event.claims.pop("back", None))
    if came and before and "direction" in event.claims:
        event.add("again", "again")  # "drops back"
    if not (came or apart) or "direction" in event.claims:
        return
    rolls = "moves" in event.claims and event.claims.get("rotation") == {"some"}  # "rolls back"
    field = (
        "rotation"
        if "rotation" in event.claims and not rolls
        else "sense"
        if "shape" in event.claims
        else "direction"
    )
    turned = before.claims.get("rotation", set()) - {"some"} if before else set()
    if field == "direction" and before and turned and not {"direction", "shape"} & set(before.claims):
        field = "rotation"  # "turns clockwise, then the other way"
        event.claims.pop("sense?", None) if event.claims.get("sense?") == {_OTHER_SENSE[s] for s in turned} else None
        if "amount?" in event.claims:
            event.add("turns", *event.claims.pop("amount?"))
    said = before.claims.get(field, set()) if before else set()
    if not before and field == "direction":
        known = [one.claims[field] for one in others if field in one.claims]
        said = known[0] if len(known) == 1 else set()
    if apart and not said:
        return
    if not said and field == "direction":
        event.add("words", "back")  # to where it was not said to be
    elif not said or said == {"some"}:
        reading.doubts.append(f"ambiguous {field}")
    elif field == "direction":
        event.add(field, *(OPPOSITE[side] for side in said))
    else:
        event.claims[field] = {_OTHER_SENSE[sense] for sense in said}


def _settle(event: Event) -> None:
    """Settle what words mean together; contradictions become words that nothing else shares."""
    claims = event.claims
    if "still" in claims:
        claims["still"] = {"still"}
    claims.pop("along", None)
    _settle_manner(event)
    if "gradual" in claims.get("speed", ()):
        claims["speed"] -= {"gradual"}
        claims["speed"] |= set() if {"change", "growth"} & set(claims) else {"~slow"}
    if not claims.get("speed", {"said"}):
        del claims["speed"]
    for manner in claims.pop("manner", set()):
        if not {MANNERS[manner]} & {word.removeprefix("~") for word in claims.get("speed", ())}:
            event.add("words", manner)
    if claims.pop("tumbles", None) and "direction" not in claims:
        event.add("words", "tumble")  # down, or over and over on the spot
    for inexact, exact in (("circle", "ellipse"), ("circle", "spiral")):
        if claims.get("shape") == {inexact, exact}:
            claims["shape"] = {exact}  # "laps of an oval", "goes round in a spiral"
    if (
        claims.pop("whirls", None)
        and claims.get("shape", set()) & {"circle", "spiral"}
        and claims.get("rotation") == {"some"}
    ):
        del claims["rotation"]  # "whirls inwards along a spiral": on its path
    settle_loose(event, event)
    for name in ("sense?", "amount?"):
        if name in claims:
            event.add("words", *(f"{name} {word}" for word in claims.pop(name)))
    if len(claims.get("rotation", ())) > 1:
        claims["rotation"].discard("some")
    for name in ("direction", "speed"):
        for pair in _CONTRARY:
            if pair <= claims.get(name, set()):
                event.add("words", f"contradictory {name}")
    for name in ("rotation", "sense", "shape", "change", "growth", "turns", "laps", "way", "edge"):
        if len(claims.get(name, ())) > 1:
            event.add("words", f"contradictory {name}")
    _settle_edge(event)
    _settle_way(event)
    shape, towards = claims.get("shape", set()), claims.get("direction", set())
    claims["words"] = {word for word in claims.get("words", ()) if not _BORNE_OUT.get(word, set()) & shape}
    if not claims["words"]:
        del claims["words"]
    if towards & {"left", "right"} and towards & {"up", "down"}:
        claims.pop("diagonal", None)
    if shape & {"bounce", "shake"} and claims.pop("still", set()) and towards:
        event.add("words", "contradictory still")
    if "zigzag" in shape and claims.get("way") == {"sideways"}:
        del claims["way"]  # "tacks back and forth"
    if "way" in claims and not shape & {"shake", "spiral"}:
        axis = {"sideways": {"left", "right"}, "up and down": {"up", "down"}}.get(next(iter(claims["way"])), set())
        if not towards or not towards <= axis:
            event.add("words", *claims["way"])
        del claims["way"]
    if set(claims) - ATTRIBUTES - {"words", "moves"}:
        claims.pop("moves", None)  # goes without saying


def settle_loose(event: Event, host: Event) -> None:
    """Give a sense or an amount to the path or the rotation of another event, where it has only one of them."""
    path = bool(host.claims.get("shape", set()) & _TURNING)
    for name, fields in (("sense?", ("rotation", "sense")), ("amount?", ("turns", "laps"))):
        hops = name == "amount?" and "bounce" in host.claims.get("shape", ())  # "bounces left, four times"
        if name in event.claims and hops and "rotation" not in host.claims:
            event.add("laps", *event.claims.pop(name))
        elif name in event.claims and path != ("rotation" in host.claims):
            event.add(fields[path], *event.claims.pop(name))


def _settle_manner(event: Event) -> None:
    """What goes without saying unless something else belies it: "straight", "steadily", "from side to side"."""
    claims, shape = event.claims, event.claims.get("shape", set())
    if claims.pop("straight", None) and shape:
        event.add("words", "straight")
    if claims.pop("steady", None) and "change" in claims:
        event.add("words", "steady")
    claims.pop("throughout", None)
    to_and_fro = claims.pop("to and fro", set())
    if to_and_fro and not shape & {"shake", "spiral", "zigzag", "bounce", "circle"}:
        event.add("words", "to and fro")
    nearing = any(kind == "toward" for kind, _ in event.relations) and not {"direction", "leaves"} & set(claims)
    if "from" in claims and nearing and "enters" not in claims:
        named = {side for edge in claims.pop("edge", ()) for side in edge.split()}  # "nears a cup from the left"
        event.add("direction", *(OPPOSITE[SIDES.get(side, side)] for side in named))
    elif "from" in claims and "enters" not in claims:
        named = {side for edge in claims.get("edge", ()) for side in edge.split()}
        across = {OPPOSITE[SIDES.get(side, side)] for side in named}
        if across <= claims.get("direction", set()) and "leaves" not in claims:
            del claims["edge"]  # "bounces rightward from the left side"
        else:
            event.add("words", *(f"from {edge}" for edge in claims.get("edge", ())))
    claims.pop("from", None)


def _settle_way(event: Event) -> None:
    """Where it starts and ends, beside where to: "starting at the top and ending at the bottom"."""
    claims = event.claims
    starts, ends = claims.pop("starts", set()), claims.pop("ends", set())
    across = {OPPOSITE[side] for side in starts}
    if ends and ends == across:
        event.add("direction", *ends)
    elif starts and not (ends or across == claims.get("direction")):
        event.add("words", *(f"from {side}" for side in starts))
    elif ends:
        event.add("words", *(f"at {side}" for side in ends))


def _settle_edge(event: Event) -> None:
    """Over which edge something comes or goes: "exits to the right"."""
    claims = event.claims
    edges = claims.pop("edge", set())
    going = [name for name in ("enters", "leaves") if name in claims]
    if len(going) == 1 and edges:
        claims[going[0]] = edges
    elif going == ["leaves"] and len(claims.get("direction", ())) == 1:
        side = next(iter(claims.pop("direction")))
        claims["leaves"] = {{"up": "top", "down": "bottom"}.get(side, side)}
    elif edges:
        event.add("words", *(f"at {edge}" for edge in edges))
