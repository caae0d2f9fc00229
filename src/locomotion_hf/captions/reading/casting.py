"""Who does what a piece says: names, pronouns, "both", the agent of a passive, and the other one of a relation."""

from __future__ import annotations

from .events import Actor, Reading
from .piece import Piece
from .told import Told
from .wording import normal

#: Who leads is followed.
_LED = {"leads": "by follows", "by leads": "follows"}


class Casting:
    """Finds the actors of each piece; keeps who was named so far."""

    def __init__(self, nouns: tuple[str, ...]) -> None:
        self.nouns = tuple(normal(noun) for noun in nouns)
        self.reading = Reading()
        self.last: list[str] = []  # subjects of the sentence before
        self.mentioned: list[str] = []  # actors named so far in this sentence, its subjects, and the last named
        self.subjects: tuple[str, ...] = ()
        self.recent = ""
        self.alone: tuple[str, ...] = ()  # the only actor that is a subject in this sentence
        self.pair: list[str] = []  # of a relation in the piece before
        self.close = ""  # the actor that alone is named in the piece before
        self.present: list[str] = []  # known nouns that the text names at all

    def _told(self, part: Piece) -> Told:
        """A piece with the actors that do it."""
        named = self._named(part)
        if (part.link == "which" or part.relative) and not part.subjects and self.recent:
            named = (self.recent,)
        elif part.subjects and part.link != "which" and (part.main or not self.subjects):
            self.subjects = named
        if not named and part.link == "with" and len(self.subjects) == 2 and self.close in self.subjects:
            named = (self.close,)  # "both rise, the cup with a spin and the dish ..."
        who = named or self.subjects or self.alone
        event = part.event()
        if "throughout" in event.claims and set(event.claims) <= {"throughout", "rotation", "growth"}:
            event.claims["throughout"] = set(event.claims) - {"throughout"}
        event.relations = {(_LED.get(kind, kind), self._other(other, who)) for kind, other in event.relations}
        for _, other in event.relations:
            if other != "each other":
                self._actor(other)
        if part.agent and len(who) == 1:
            # "is circled by a wolf": it is the wolf that moves
            event.relations = {(kind[3:], who[0]) for kind, other in event.relations if other == part.agent}
            who = (part.agent,)
        struck = {("by collides with", other) for kind, other in event.relations if kind == "by collides with"}
        if (
            struck
            and struck == event.relations
            and not set(event.claims) - {"moves"}
            and len(who) == len(struck) == 1
        ):
            # "after being hit by a ball": it is the ball that does it
            event.relations, event.claims = {("collides with", who[0])}, {"moves": {"moves"}}
            who = (next(iter(struck))[1],)
        done = [(kind, other) for kind, other in event.relations if kind.startswith("do:")]
        if done and len(who) == 1:
            # "carries a tray": it is the tray of which a place is told
            event.relations = (event.relations - set(done)) | {(f"by {done[0][0]}", who[0])}
            who = (done[0][1],)
        pair = {*who, *(other for _, other in event.relations)}
        self.pair = sorted(pair) if len(pair) == 2 else self.pair if part.link == "which" else []
        names = [name for name in (*part.subjects, *part.mentions) if name != "each other"]
        self.close = names[0] if len(names) == 1 and part.subjects and part.link != "which" and not part.agent else ""
        self.close = self.close if self.close in self.reading.actors and not part.relations else ""
        self.mentioned += [name for name in names if name not in (*self.mentioned, "it", "both")]
        self.recent = names[-1] if names and names[-1] != "it" else self.recent
        return Told(who, event, part)

    def _actor(self, name: str) -> Actor:
        return self.reading.actors.setdefault(name, Actor(name))

    def _other(self, name: str, who: tuple[str, ...]) -> str:
        """The other actor of a relation, where "it" stands for it."""
        if name == "each other" and len(who) == 2:
            return name
        if name not in ("it", "each other"):
            return name
        known = [one for one in dict.fromkeys([*self.mentioned, *self.reading.actors]) if one not in (*who, "camera")]
        if not known:
            known = [one for one in self.present if one not in who]  # "as a frisbee flies over it, a dog ..."
        if len(known) != 1:
            self.reading.doubts.append("ambiguous pronoun")
        return known[0] if known else name

    def _named(self, part: Piece) -> tuple[str, ...]:
        """The actors that a piece's subject names; a pronoun stands for the one actor before."""
        names = []
        for name in part.subjects:
            if name in ("both", "they"):
                known = [one for one in self.reading.actors if one != "camera"]
                told = self.mentioned if len(self.mentioned) == 2 else self.pair
                told = told if name == "both" and told else known
                pair = self.present if len(self.present) == 2 else told
                if name == "they" and len(pair) == 1:
                    names += pair  # "a pair of scissors ... they rotate"
                    continue
                if len(pair) != 2:
                    self.reading.doubts.append("ambiguous pronoun")
                names += pair
                continue
            if name == "it":
                known = list(dict.fromkeys(self.mentioned or self.last))
                if len(known) > 1 and self.close and part.link == "while" and not part.paused:
                    known = [self.close]  # "a cup moves left, and a dish rises as it turns"
                if len(known) > 1:
                    self.reading.doubts.append("ambiguous pronoun")
                if not known and not self.reading.actors and len(self.present) == 1:
                    known = self.present  # "off it goes, the cup"
                name = known[0] if known else next((one for one in self.reading.actors if one != "camera"), "")
            if name:
                names.append(name)
                self._actor(name)
        return tuple(names)
