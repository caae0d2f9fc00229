"""What a text states: events of actors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Claims that may be added to a motion without making it another one.
ATTRIBUTES = frozenset({"speed", "change", "rotation", "turns", "growth", "diagonal"})
#: What belongs to a motion that another piece tells: ", anticlockwise, ".
_LOOSE = frozenset(
    {"sense?", "amount?", "sense", "laps", "straight", "steady", "throughout", "continued", "along", "manner",
     "tumbles", "whirls", "passing"}
)  # fmt: skip


@dataclass
class Event:
    """One stretch of what an actor does.

    Attributes:
        claims: field -> words. Fields are those of `facts.Move`, "direction" with its sides one by one; further
            "moves" and "still", "diagonal", "pan" and "zoom", and "words": what was not understood.
        relations: kind and the other actor.
        loose: told in a sentence of its own, without its place in the order of events.
    """

    claims: dict[str, set[str]] = field(default_factory=dict)
    relations: set[tuple[str, str]] = field(default_factory=set)
    loose: bool = False

    def add(self, name: str, *words: str) -> None:
        """State more of it."""
        self.claims.setdefault(name, set()).update(words)

    def take(self, other: Event) -> None:
        """State all that another event states."""
        for name, words in other.claims.items():
            self.add(name, *words)
        self.relations |= other.relations

    @property
    def travels(self) -> bool:
        """Whether it says where to, along what, or that it stays: more than attributes of another motion."""
        return bool(set(self.claims) - ATTRIBUTES - _LOOSE - {"words", "moves"})


@dataclass
class Actor:
    """One thing that a text speaks of, with its events in the order in which they happen."""

    name: str
    events: list[Event] = field(default_factory=list)


#: The doubt of "moves left and rises": one after the other, or both at once?
AND = "ambiguous and"


@dataclass
class Reading:
    """What a text states.

    Attributes:
        actors: by name, in order of mention.
        order: events of different actors that the text orders or sets beside each other: two times actors with the
            places of their events, then "before" or "beside".
        doubts: why no single meaning could be read; empty when all is clear.
    """

    actors: dict[str, Actor] = field(default_factory=dict)
    order: set[tuple[Any, ...]] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)

    @property
    def words(self) -> set[str]:
        """All that was not understood."""
        return {
            word for actor in self.actors.values() for one in actor.events for word in one.claims.get("words", ())
        }
