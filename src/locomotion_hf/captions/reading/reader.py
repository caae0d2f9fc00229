"""Read free English to what it states: who does what, in which order, and what stands beside it unread.

A text is cut into tokens, tokens are gathered into pieces (a clause, a participle, a noun of motion, a loose
adverb), and pieces become events of actors, in the order in which things happen. Whatever is not understood is
kept as a word of the event in which it stands, so that two texts only agree when they share it: nothing is
skipped silently but phrases that say nothing of motion ("across the frame").
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .events import AND, Actor, Event, Reading
from .phrases import OPPOSITE
from .pieces import Piece, pieces
from .settling import settle
from .tokens import tokens
from .wording import normal


def read(text: str, nouns: tuple[str, ...] = ()) -> Reading:
    """Read a text.

    Args:
        text: English, one sentence or several.
        nouns: noun phrases that are known to name its actors.

    Returns:
        What it states; never raises: what cannot be read stands in `doubts` and `Reading.words`.
    """
    return _Reader(nouns).read(text)


@dataclass
class _Told:
    """An event of a sentence, and who does it."""

    who: tuple[str, ...]
    event: Event
    part: Piece
    linked: bool = False  # its place in the order of events is told
    places: dict[str, int] = field(default_factory=dict)  # where it stands among the events of its actors


class _Reader:
    """Assembles the pieces of a text."""

    def __init__(self, nouns: tuple[str, ...]) -> None:
        self.nouns = tuple(normal(noun) for noun in nouns)
        self.reading = Reading()
        self.last: list[str] = []  # subjects of the sentence before
        self.mentioned: list[str] = []  # actors named so far in this sentence, its subjects, and the last named
        self.subjects: tuple[str, ...] = ()
        self.recent = ""
        self.previous = _Told((), Event(), Piece())  # the event that was told last
        self.sequence: list[tuple[_Told, _Told]] = []  # events of different actors, the first before the second
        self.beside: list[tuple[_Told, _Told]] = []  # and those that go on at one time
        self.present: list[str] = []  # known nouns that the text names at all

    def read(self, text: str) -> Reading:
        """Sentence by sentence."""
        found = tokens(normal(text), self.nouns)
        self.present = list(dict.fromkeys(one.value("noun") for one in found if "noun" in one))
        for sentence in pieces(found, self.nouns):
            self._sentence(sentence)
        settle(self.reading)
        several = {
            name for name, actor in self.reading.actors.items() if sum(not one.loose for one in actor.events) > 1
        }
        for pairs, sign in ((self.sequence, "before"), (self.beside, "beside")):
            for first, second in pairs:
                places = [tuple(sorted(one.places.items())) for one in (first, second)]
                if sign == "before" or several & {*first.places, *second.places} - {"camera"}:
                    self.reading.order.add((*(sorted(places) if sign == "beside" else places), sign))
        related = {
            other for actor in self.reading.actors.values() for one in actor.events for _, other in one.relations
        }
        for actor in self.reading.actors.values():
            if not actor.events and actor.name not in related:
                self.reading.doubts.append("ambiguous subject")  # named, and nothing was read of it
        return self.reading

    def _sentence(self, parts: list[Piece]) -> None:
        """Put the events of one sentence in their order."""
        told: list[_Told] = []
        ahead: list[_Told] = []  # fronted participles and adverbs: they belong to the main clause to come
        listed = any(part.link in ("then", "followed", "first") for part in parts)
        self.mentioned, self.subjects, self.recent = [], (), ""
        carried = ""
        last: list[_Told] = []  # what a fronted "before" puts behind everything else
        host = near = -1  # the event to which the next is joined, and the last that was told: attributes belong to it
        if not any(part.main for part in parts):
            for part in parts:
                part.main = part.main or bool(part.subjects and part.says)  # "a cat moving left"
        parts = _straight(parts, bool(self.last))
        for number, part in enumerate(parts):
            if part.respectively:
                self.reading.doubts.append("ambiguous actors")
            if carried and not part.subjects and part.link in (",", "gerund", "which"):
                part.link = carried  # "while a dog, heading left, overtakes it"
            carried = part.link if part.subjects and not part.says else ""
            if carried:
                part.main = True
            one = self._told(part)
            if not part.says:
                continue
            clause = part.link in ("while", "after", "before") and any(other.main for other in parts[number + 1 :])
            if not told and (clause or not part.main) and self._fronted(one, ahead):
                continue
            if not told and part.link == "until":
                self.reading.doubts.append("ambiguous order")
            if not told:
                told, host, last = self._open(one, ahead)
                near, ahead = host, []
                continue
            attribute = part.link in ("while", "with", "and", ",") and not one.event.travels
            if (attribute or part.link == "gerund") and not part.main:
                before = told[near] if one.who == told[near].who else told[host]
            else:
                before = told[host]
            joint = self._joint(one, before, listed, parts[:number])
            if joint == "after":
                told.insert(host, one)
                near = host
                host += 1
                one.linked = before.linked = True
                self._sequence(one, before)
            elif joint == "merge":
                self._merge(before, one, told)
            elif joint == "beside":
                told.append(one)
                near = len(told) - 1
                if part.link == "while":
                    self.beside.append((before, one))
                host = near if part.link not in ("which", "with") else host
            else:
                told.append(one)
                one.linked = before.linked = True
                self._sequence(before, one)
                host = near = len(told) - 1
        if any(self._late(one, place) for place, one in enumerate(told)):
            self.reading.doubts.append("ambiguous order")  # "it moves left; first it rises"
        if ahead and told:
            self.reading.doubts.append("ambiguous order")
        for one in [*told, *last] or ahead:
            self._tell(one)
            self.previous = one
        if self.subjects:
            self.last = list(self.subjects)

    def _late(self, one: _Told, place: int) -> bool:
        """Whether "first" comes after something else of the same actor."""
        known = [self.reading.actors[name] for name in one.who if name in self.reading.actors]
        return one.part.link == "first" and (place > 0 or any(actor.events for actor in known))

    def _sequence(self, first: _Told, second: _Told) -> None:
        """Different actors, one after the other."""
        if first.who != second.who:
            self.sequence.append((first, second))

    def _merge(self, host: _Told, one: _Told, told: list[_Told]) -> None:
        """Two descriptions of one stretch."""
        if "speed" in one.event.claims and {"rotation", "growth"} & set(one.event.claims) and not one.event.travels:
            speeds = one.event.claims.pop("speed")  # not of the path
            one.event.add("words", *(f"{word} turn" for word in speeds if not word.startswith("~")))
        if "throughout" in one.event.claims and (len(told) > 1 or host.part.link == "then"):
            self.reading.doubts.append("ambiguous phase")
        host.event.take(one.event)

    @staticmethod
    def _fronted(one: _Told, ahead: list[_Told]) -> bool:
        """Keep what stands in front of the main clause; attributes of a fronted participle belong to it."""
        link = one.part.link
        clause = ahead[-1] if ahead and ahead[-1].part.link in ("after", "before") else None
        if clause and link == "then":
            one.part.link = clause.part.link
        elif link in ("then", "followed", "which"):
            return False
        elif clause and link == "and" and not one.part.subjects and one.event.travels:
            one.part.link = clause.part.link  # "after rising and halting"
        elif clause and link != "" and not one.part.subjects and (link == "gerund" or not one.event.travels):
            clause.event.take(one.event)
            return True
        ahead.append(one)
        return True

    def _told(self, part: Piece) -> _Told:
        """A piece with the actors that do it."""
        named = self._named(part)
        if (part.link == "which" or part.relative) and not part.subjects and self.recent:
            named = (self.recent,)
        elif part.subjects and (part.main or not self.subjects):
            self.subjects = named
        who = named or self.subjects
        event = part.event()
        event.relations = {(kind, self._other(other, who)) for kind, other in event.relations}
        for _, other in event.relations:
            self._actor(other)
        if part.agent and len(who) == 1:
            # "is circled by a wolf": it is the wolf that moves
            event.relations = {(kind[3:], who[0]) for kind, other in event.relations if other == part.agent}
            who = (part.agent,)
        done = [(kind, other) for kind, other in event.relations if kind.startswith("do:")]
        if done and len(who) == 1:
            # "carries a tray": it is the tray of which a place is told
            event.relations = (event.relations - set(done)) | {(f"by {done[0][0]}", who[0])}
            who = (done[0][1],)
        names = [*part.subjects, *part.mentions]
        self.mentioned += [name for name in names if name not in (*self.mentioned, "it", "both")]
        self.recent = names[-1] if names and names[-1] != "it" else self.recent
        return _Told(who, event, part)

    def _open(self, main: _Told, ahead: list[_Told]) -> tuple[list[_Told], int, list[_Told]]:
        """The first main clause with what stood in front of it, where it stands there, and what comes last of all."""
        told, last = [main], []
        for one in ahead:
            one.who = one.who or main.who
            if one.part.link in ("after", "before"):
                one.linked = main.linked = True
                self._sequence(*((one, main) if one.part.link == "after" else (main, one)))
                if one.part.link == "after":
                    told.insert(told.index(main), one)
                else:
                    last.append(one)
            elif one.who == main.who:
                if one.part.course:
                    self.reading.doubts.append("ambiguous order")  # "turning left, it rises"
                self._merge(main, one, told)
            else:
                self.beside.append((one, main))
                told.insert(0, one)
        if main.part.final and not any(self._actor(name).events for name in main.who) and len(told) == 1:
            self.reading.doubts.append("ambiguous order")  # "finally it rises, then it moves left"
        if main.part.link == "while" and main.who and all(self._actor(name).events for name in main.who):
            self.reading.doubts.append("ambiguous order")  # "it moves left. Meanwhile, it rises"
        if main.part.link in ("then", "followed") and self.last and main.who != tuple(self.last):
            self._sequence(self.previous, main)
        return told, told.index(main), last

    def _joint(self, one: _Told, before: _Told, listed: bool, earlier: list[Piece]) -> str:
        """How a piece stands to the event before: "then", "after", "merge" (one stretch) or "beside" it."""
        link, event, part = one.part.link, one.event, one.part
        bare = event.relations and not set(event.claims) - {"moves"} and one.who == before.who and before.event.claims
        if bare and (link == "and" or {kind for kind, _ in event.relations} == {"collides with"}) and link != "after":
            return "merge"  # "moves left and passes a cat", "moves left until it hits a cup"
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
        if link == "and" and part.main and _opposed(event, before.event):
            return "then"  # "leaps up and dives down"
        edges = {"enters", "leaves"}
        if link == "and" and bool(edges & set(event.claims)) != bool(edges & set(before.event.claims)):
            return "merge"  # "comes in and moves up"
        if "still" in event.claims and "still" in before.event.claims:
            return "merge"
        if "stops" in event.claims.get("still", ()) or (
            before.event.travels and "still" in event.claims and part.main
        ):
            return "then"
        listing = any(other.link == "," and other.main and not other.subjects for other in earlier)
        if link == "and" and part.main and listing:
            return "then"  # "moves left, stops, and rotates"
        if "back" in event.claims and "direction" not in event.claims and "direction" in before.event.claims:
            return "then"  # "moves down and back"
        if link == "," and part.main and not part.subjects and _timely(event) and before.event.travels:
            return "then"  # "moves down, rotates, and then moves up"
        if not event.travels:
            return "merge"
        if not part.main:
            return "then" if listed and before.event.travels and link != "and" and not part.gerund else "merge"
        if not listed and link != ",":
            self.reading.doubts.append(AND)
        return "then"

    def _tell(self, one: _Told) -> None:
        """Hand an event to its actors."""
        who = one.who or tuple(self.last[:1])
        if not who:
            self.reading.doubts.append("ambiguous subject")
        for name in who:
            claims = {key: set(words) for key, words in one.event.claims.items()}
            loose = bool(one.event.relations) and not one.linked
            one.places[name] = len(self._actor(name).events)
            self._actor(name).events.append(Event(claims, set(one.event.relations), loose))

    def _actor(self, name: str) -> Actor:
        return self.reading.actors.setdefault(name, Actor(name))

    def _other(self, name: str, who: tuple[str, ...]) -> str:
        """The other actor of a relation, where "it" stands for it."""
        if name != "it":
            return name
        known = [one for one in dict.fromkeys([*self.mentioned, *self.reading.actors]) if one not in (*who, "camera")]
        if len(known) != 1:
            self.reading.doubts.append("ambiguous pronoun")
        return known[0] if known else name

    def _named(self, part: Piece) -> tuple[str, ...]:
        """The actors that a piece's subject names; a pronoun stands for the one actor before."""
        names = []
        for name in part.subjects:
            if name in ("both", "they"):
                pair = (
                    self.present
                    if len(self.present) == 2
                    else [one for one in self.reading.actors if one != "camera"]
                )
                if name == "they" and len(pair) == 1:
                    names += pair  # "a pair of scissors ... they rotate"
                    continue
                if len(pair) != 2:
                    self.reading.doubts.append("ambiguous pronoun")
                names += pair
                continue
            if name == "it":
                known = list(dict.fromkeys(self.mentioned or self.last))
                if len(known) > 1:
                    self.reading.doubts.append("ambiguous pronoun")
                name = known[0] if known else next((one for one in self.reading.actors if one != "camera"), "")
            if name:
                names.append(name)
                self._actor(name)
        return tuple(names)


def _straight(parts: list[Piece], told: bool) -> list[Piece]:
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
            and part.claims.get("words", set()) <= {"swerve"}
            and part.claims.get("rotation", {"some"}) == {"some"}
        )
        onward = after and after.link == "and" and not after.subjects and "direction" in after.claims
        before = any("direction" in one.claims for one in kept) or (told and part.link == "then")
        if plain and after and onward and before:
            after.link, after.subjects = part.link, part.subjects
            continue
        kept.append(part)
    return kept


def _opposed(event: Event, other: Event) -> bool:
    """Whether two events lead to opposite sides, so that they cannot be one."""
    return any(OPPOSITE[side] in other.claims.get("direction", ()) for side in event.claims.get("direction", ()))


def _timely(event: Event) -> bool:
    """Whether it takes a time of its own, though it goes nowhere."""
    return bool(set(event.claims) & {"rotation", "change", "growth"})
