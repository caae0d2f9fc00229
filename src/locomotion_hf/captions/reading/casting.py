"""Who does what a piece says: names, pronouns, "both", the agent of a passive, and the other one of a relation."""

from __future__ import annotations

from .events import Actor, Reading
from .piece import Piece
from .told import Told
from .wording import normal

#: Who leads is followed.
_LED = {"leads": "by follows", "by leads": "follows"}


#: Links of what goes along with the clause before.
_ALONG = ("while", "gerund", "with", ",", "and")


class Casting:
    """Finds the actors of each piece; keeps who was named so far."""

    def __init__(self, nouns: tuple[str, ...]) -> None:
        self.nouns = tuple(normal(noun) for noun in nouns if noun.strip())
        self.reading = Reading()
        self.last: list[str] = []  # subjects of the sentence before
        self.mentioned: list[str] = []  # actors named so far in this sentence, its subjects, and the last named
        self.subjects: tuple[str, ...] = ()
        self.recent = ""
        self.alone: tuple[str, ...] = ()  # the only actor that is a subject in this sentence
        self.pair: list[str] = []  # of a relation in the piece before
        self.close = ""  # the actor that alone is named in the piece before
        self.told_of: set[str] = set()  # those of whom a stretch is told, and those that rest
        self.resting: set[str] = set()
        self.acting = ""  # the agent of a passive
        self.agent = ""  # the same, where a relative clause tells of it
        self.meant: dict[str, str] = {}  # "it" as the other one, or a relation -> whom it meant last
        self.present: list[str] = []  # known nouns that the text names at all
        self.together: tuple[str, ...] = ()  # two of whom something was told together, in this sentence
        self.history: list[str] = []  # actors in the order in which they were spoken of

    def _told(self, part: Piece) -> Told:
        """A piece with the actors that do it."""
        named = self._named(part)
        if self.agent and self.recent == self.agent and part.link in _ALONG and part.subjects in ([], ["it"]):
            named = (self.agent,)  # "a cup is passed by a dish that rises, turning clockwise"
        elif self.acting and self.recent == self.acting and self._of_agent(part):
            named = (self.acting,)
        elif (part.link == "which" or part.relative) and not part.subjects and self.recent:
            named = (part.near if part.near in self.reading.actors else self.recent,)
            self.agent = self.acting if self.recent == self.acting else ""
        elif part.subjects and part.link != "which" and (part.main or not self.subjects):
            self.subjects = named
        if not named and part.link == "with" and len(self.subjects) == 2 and self.close in self.subjects:
            named = (self.close,)  # "both rise, the cup with a spin and the dish ..."
        rests = bool(self.subjects) and set(self.subjects) <= self.resting and self.close not in ("", *self.subjects)
        if not named and part.gerund and part.link == "," and rests:
            named = (self.close,)  # "the cup stays put, with a balloon bouncing, turning clockwise"
        self.together = named if len(named) == 2 else self.together
        if not named and part.link in ("gerund", ",", "and", "with", "while") and not part.main and self._of_one():
            named = (self.close,)  # "both pass a dish, the cup to the left, turning"
        who = named or self.subjects or self.alone
        event = part.event()
        kept = set(event.claims) - {"throughout", "moves", "steady"}
        if "throughout" in event.claims and kept <= {"rotation", "growth", "speed"}:
            event.claims["throughout"] = kept
        event.relations = {(_LED.get(kind, kind), self._other(kind, other, who)) for kind, other in event.relations}
        self.meant |= {kind: other for kind, other in event.relations if other not in ("it", "each other")}
        for _, other in event.relations:
            if other != "each other":
                self._actor(other)
        followed = next((other for kind, other in event.relations if kind.startswith("by ")), "")
        self.acting = self.acting if part.agent or not followed else followed  # "..., followed by a cup that rises"
        if part.agent and len(who) == 1:
            # "is circled by a wolf": it is the wolf that moves
            event.relations = {(kind[3:], who[0]) for kind, other in event.relations if other == part.agent}
            who = (part.agent,)
            event.add("moves", "moves")
            self.acting = part.agent
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
        self.told_of |= set(who) if event.travels else set()
        self.resting |= set(who) if "still" in event.claims else set()
        done = [(kind, other) for kind, other in event.relations if kind.startswith("do:")]
        if done and len(who) == 1:
            # "carries a tray": it is the tray of which a place is told
            event.relations = (event.relations - set(done)) | {(f"by {done[0][0]}", who[0])}
            who = (done[0][1],)
        pair = {*who, *(other for _, other in event.relations)} - {"each other"}
        self.pair = sorted(pair) if len(pair) == 2 else self.pair if part.link == "which" else []
        names = [name for name in (*part.subjects, *part.mentions) if name != "each other"]
        onward = part.link in ("gerund", ",", "which") and not (names or part.relations or part.agent)
        alone = len(names) == 1 and part.subjects and part.link != "which" and not (part.agent or part.relations)
        close = names[0] if alone else self.close if onward and self.close in who else ""
        self.close = close if close in self.reading.actors else ""
        self.mentioned += [name for name in names if name not in (*self.mentioned, "it", "both")]
        self.recent = names[-1] if names and names[-1] != "it" else self.recent
        self.history += [name for name in names if name not in ("it", "both", "they")]
        return Told(who, event, part)

    def last_of(self, name: str) -> bool:
        """Whether a name was the subject so far: "a cup moves toward a dish at rest as it turns"."""
        return self.subjects == (name,)

    def _of_agent(self, part: Piece) -> bool:
        """For "A cup is circled by a kite, once", "a falling cup is passed by a kite, soaring to the left"."""
        if part.subjects or part.link not in (",", "gerund", "and", "while"):
            return False
        patient = set(self.subjects) - {self.acting}
        if bool(patient) and patient <= self.resting and not part.main:
            return True  # "a cup at rest is passed by a kite, turning"
        if part.link == "while":
            return False
        going = part.gerund and part.event().travels and bool(patient) and patient <= self.told_of
        return going or set(part.claims) <= {"sense?", "amount?"}

    def _actor(self, name: str) -> Actor:
        return self.reading.actors.setdefault(name, Actor(name))

    def _other(self, kind: str, name: str, who: tuple[str, ...]) -> str:
        """The other actor of a relation, where "it" stands for it."""
        if name == "each other" and (len(who) == 2 or (len(who) == 1 and who[0].endswith("s"))):
            return name
        if name not in ("it", "each other"):
            return name
        known = [one for one in dict.fromkeys([*self.mentioned, *self.reading.actors]) if one not in (*who, "camera")]
        if not known:
            known = [one for one in self.present if one not in who]  # "as a frisbee flies over it, a dog ..."
        if len(known) > 1:  # "A runs into it, and B flies past it", "A passes the cup, and B passes it too"
            meant = self.meant.get("it") or self.meant.get(kind, "") or self._resting_last(who)
            known = [meant] if meant in known else known
        if len(known) != 1:
            self.reading.doubts.append("ambiguous pronoun")
        else:
            self.meant["it"] = known[0]
        return known[0] if known else name

    def _of_one(self) -> bool:
        """Whether one of two who do something together was named alone in the piece before."""
        return self.close in (self.subjects if len(self.subjects) == 2 else self.together)

    def _resting_last(self, who: tuple[str, ...]) -> str:
        """For "A cow rises. A hook rests. A kite moves past it": who was named last of others, if that one rests."""
        named = next((one for one in reversed(self.history) if one not in (*who, "camera")), "")
        return named if named in self.resting else ""

    def _named(self, part: Piece) -> tuple[str, ...]:
        """The actors that a piece's subject names; a pronoun stands for the one actor before."""
        names = []
        for name in part.subjects:
            if name in ("both", "they"):
                known = [one for one in self.reading.actors if one != "camera"]
                told = self.mentioned if len(self.mentioned) == 2 else self.pair
                told = told if name == "both" and told else known
                pair = self.present if len(self.present) == 2 else told
                if len(pair) == 1 and (name == "they" or pair[0].endswith("s")):
                    names += pair  # "a pair of scissors ... they rotate", "two boats ... both stop"
                    continue
                if len(pair) != 2:
                    self.reading.doubts.append("ambiguous pronoun")
                names += pair
                continue
            if name == "it":
                known = list(dict.fromkeys(self.mentioned or self.last))
                if len(known) > 1 and self.close and part.link == "while" and not part.paused:
                    known = [self.close]  # "a cup moves left, and a dish rises as it turns"
                going = [one for one in known if one not in self.resting]
                if len(known) > 1 and len(going) == 1 and ("direction" in part.claims or self.last_of(going[0])):
                    known = going  # "a cup stays in place, and a dish ..., as it rises"
                if len(known) > 1:
                    self.reading.doubts.append("ambiguous pronoun")
                if not known and not self.reading.actors and len(self.present) == 1:
                    known = self.present  # "off it goes, the cup"
                name = known[0] if known else next((one for one in self.reading.actors if one != "camera"), "")
            if name:
                names.append(name)
                self._actor(name)
        return tuple(names)
