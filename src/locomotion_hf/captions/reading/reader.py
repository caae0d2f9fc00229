"""Read free English to what it states: who does what, in which order, and what stands beside it unread.

A text is cut into tokens, tokens are gathered into pieces (a clause, a participle, a noun of motion, a loose
adverb), and pieces become events of actors, in the order in which things happen. Whatever is not understood is
kept as a word of the event in which it stands, so that two texts only agree when they share it: nothing is
skipped silently but phrases that say nothing of motion ("across the frame").
"""

from __future__ import annotations

from .events import AND, Actor, Event, Reading
from .pieces import Piece, pieces
from .settling import settle
from .stretches import onward, opposed, phases, straight, timely, turn_round, unattached
from .tokens import tokens
from .told import Told, apart, astray, opens, shared, throughout
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


#: Who leads is followed.
_LED = {"leads": "by follows", "by leads": "follows"}


class _Reader:
    """Assembles the pieces of a text."""

    def __init__(self, nouns: tuple[str, ...]) -> None:
        self.nouns = tuple(normal(noun) for noun in nouns)
        self.reading = Reading()
        self.last: list[str] = []  # subjects of the sentence before
        self.mentioned: list[str] = []  # actors named so far in this sentence, its subjects, and the last named
        self.subjects: tuple[str, ...] = ()
        self.recent = ""
        self.alone: tuple[str, ...] = ()  # the only actor that is a subject in this sentence
        self.previous = Told((), Event(), Piece())  # the event that was told last
        self.sequence: list[tuple[Told, Told]] = []  # events of different actors, the first before the second
        self.beside: list[tuple[Told, Told]] = []  # and those that go on at one time
        self.pair: list[str] = []  # of a relation in the piece before
        self.close = ""  # the actor that alone is named in the piece before
        self.whole: dict[str, int] = {}  # actors of which something was said throughout, of how many events
        self.present: list[str] = []  # known nouns that the text names at all

    def read(self, text: str) -> Reading:
        """Sentence by sentence."""
        found = tokens(normal(text), self.nouns)
        self.present = list(dict.fromkeys(one.value("noun") for one in found if "noun" in one))
        for sentence in pieces(found, self.nouns):
            self._sentence(sentence)
        if any(sum(not one.loose for one in self._actor(name).events) > many for name, many in self.whole.items()):
            self.reading.doubts.append("ambiguous phase")  # more came after "throughout"
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
        told: list[Told] = []
        ahead: list[Told] = []  # fronted participles and adverbs: they belong to the main clause to come
        listed = any(part.link in ("then", "followed", "first") for part in parts)
        self.mentioned, self.subjects, self.recent = [], (), ""
        named = {name for part in parts for name in part.subjects}
        named |= {part.agent for part in parts if part.agent}
        if any(kind.startswith("do:") for part in parts for kind, _ in part.relations):
            named = set()
        self.alone = tuple(named) if len(named) == 1 and not named & {"it", "they", "both", "camera"} else ()
        carried, verbless, clausal, pairwise = "", False, False, False
        last: list[Told] = []  # what a fronted "before" puts behind everything else
        host = near = -1  # the event to which the next is joined, and the last that was told: attributes belong to it
        if not any(part.main for part in parts):
            for part in parts:
                part.main = part.main or bool(part.subjects and part.says)  # "a cat moving left"
        parts = straight(parts, bool(self.last))
        for number, part in enumerate(parts):
            if part.respectively:
                self.reading.doubts.append("ambiguous actors")
            if carried and not part.subjects and part.link in (",", "gerund", "which"):
                part.link = carried  # "while a dog, heading left, overtakes it"
            carried = part.link if part.subjects and not part.says else ""
            if carried:
                part.main = True
            one = self._told(part)
            if said := one.event.claims.pop("ditto", None):
                one.event.take((told or ahead or [self.previous])[-1].event)  # "so does the saucer"
                if "opposite" in said:
                    turn_round(one.event)
            if not part.says:
                continue
            clause = (
                part.link in ("while", "after", "before")
                and not part.resumed
                and any(other.main for other in parts[number + 1 :])
            )
            if not told and not ahead and opens(one, parts[number + 1 :]):
                verbless = True
            elif not told and (clause or not part.main) and self._fronted(one, ahead):
                continue
            elif verbless and told and part.main and part.subjects and part.link in (",", ""):
                self._spread(one, told)
                continue
            if not told and part.link == "until":
                self.reading.doubts.append("ambiguous order")
            if not told:
                told, host, last = self._open(one, ahead)
                near, ahead = host, []
                continue
            event = one.event
            if pairwise and not part.subjects:
                self.reading.doubts.append("ambiguous actors")  # "both going left, and turning"
            pairwise = not listed and shared(one, told)
            if pairwise or (not listed and apart(one, told)):
                continue
            if (unattached(part, parts[number - 1]) and told[-1].who != one.who) or astray(
                one, parts[number + 1 :], self.recent
            ):
                self.reading.doubts.append("ambiguous attachment")  # "passes a cup that moves left while turning"
            attribute = part.link in ("while", "with", "and", ",") and not one.event.travels
            if (attribute or part.link == "gerund") and not part.main:
                own = [other for other in reversed(told) if other.who == one.who]
                before = told[near] if one.who == told[near].who or not own else own[0]
                before = before if own else told[host]
            else:
                before = told[host]
            joint = self._joint(one, before, listed, parts[:number])
            if clausal and part.link == "and" and not part.subjects and one.event.travels:
                joint = "after"  # "after the lid has come off and flown up"
            clausal = joint == "after"
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
                manner = {"speed", "sense?", "amount?"}
                if not part.main and set(event.claims) <= manner and one.who == before.who:
                    onward(event, before.event)
                told.append(one)
                one.linked = before.linked = True
                self._sequence(before, one)
                host = near = len(told) - 1
        if any(self._late(one, place) for place, one in enumerate(told)):
            self.reading.doubts.append("ambiguous order")  # "it moves left; first it rises"
        if ahead and told:
            self.reading.doubts.append("ambiguous order")
        self._throughout([*told, *last] or ahead)
        for one in [*told, *last] or ahead:
            self._tell(one)
            self.previous = one
        if self.subjects:
            self.last = list(self.subjects)

    def _spread(self, main: Told, told: list[Told]) -> None:
        """For "First up, then down, a ball moves", "Slowly at first, then quickly, a lift goes up"."""
        if not set(main.event.claims) - {"moves"} and not main.event.relations:
            return
        if main.event.relations or any(one.event.travels for one in told):
            self.reading.doubts.append("ambiguous order")
        for one in told:
            one.event.take(main.event)

    def _late(self, one: Told, place: int) -> bool:
        """Whether "first" comes after something else of the same actor."""
        known = [self.reading.actors[name] for name in one.who if name in self.reading.actors]
        return one.part.link == "first" and (place > 0 or any(actor.events for actor in known))

    def _sequence(self, first: Told, second: Told) -> None:
        """Different actors, one after the other."""
        if first.who != second.who:
            self.sequence.append((first, second))

    def _merge(self, host: Told, one: Told, told: list[Told]) -> None:
        """Two descriptions of one stretch."""
        if "speed" in one.event.claims and {"rotation", "growth"} & set(one.event.claims) and not one.event.travels:
            speeds = one.event.claims.pop("speed")  # not of the path
            one.event.add("words", *(f"{word} turn" for word in speeds if not word.startswith("~")))
        later = len(told) > 1 or host.part.link == "then"
        if "throughout" in one.event.claims.get("throughout", ()) and later:
            self.reading.doubts.append("ambiguous phase")
        host.event.take(one.event)

    def _throughout(self, told: list[Told]) -> None:
        """For "Turning clockwise throughout, it moves left, then up": both stretches of the sentence say so."""
        for who, many in throughout(told):
            if any(self._actor(name).events for name in who):
                self.reading.doubts.append("ambiguous phase")  # of this sentence, or of the one before as well?
            self.whole |= dict.fromkeys(who, many)

    @staticmethod
    def _fronted(one: Told, ahead: list[Told]) -> bool:
        """Keep what stands in front of the main clause; attributes of a fronted participle belong to it."""
        link = one.part.link
        clause = ahead[-1] if ahead and ahead[-1].part.link in ("after", "before") else None
        if clause and link == "then":
            one.part.link = clause.part.link
        elif link in ("then", "followed", "which"):
            return False
        elif clause and link == "while" and one.part.subjects in ([], ["it"]) and clause.event.claims:
            clause.event.take(one.event)  # "after swelling during its rise"
            return True
        elif clause and link == "and" and not one.part.subjects and one.event.travels:
            one.part.link = clause.part.link  # "after rising and halting"
        elif clause and link != "" and not one.part.subjects and (link == "gerund" or not one.event.travels):
            clause.event.take(one.event)
            return True
        edges = {"enters", "leaves"}
        if (
            ahead
            and link == "and"
            and not one.part.subjects
            and edges & set(ahead[-1].event.claims)
            and not (edges & set(one.event.claims))
        ):
            ahead[-1].event.take(one.event)  # "coming in and moving up, a seal ..."
            return True
        ahead.append(one)
        return True

    def _told(self, part: Piece) -> Told:
        """A piece with the actors that do it."""
        named = self._named(part)
        if (part.link == "which" or part.relative) and not part.subjects and self.recent:
            named = (self.recent,)
        elif part.subjects and part.link != "which" and (part.main or not self.subjects):
            self.subjects = named
        who = named or self.subjects or self.alone
        event = part.event()
        if "throughout" in event.claims and set(event.claims) <= {"throughout", "rotation", "growth"}:
            event.claims["throughout"] = set(event.claims) - {"throughout"}
        event.relations = {(_LED.get(kind, kind), self._other(other, who)) for kind, other in event.relations}
        for _, other in event.relations:
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
        names = [*part.subjects, *part.mentions]
        self.close = names[0] if len(names) == 1 and part.subjects and part.link != "which" and not part.agent else ""
        self.close = self.close if self.close in self.reading.actors and not part.relations else ""
        self.mentioned += [name for name in names if name not in (*self.mentioned, "it", "both")]
        self.recent = names[-1] if names and names[-1] != "it" else self.recent
        return Told(who, event, part)

    def _open(self, main: Told, ahead: list[Told]) -> tuple[list[Told], int, list[Told]]:
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
                told_before = any(self._actor(name).events for name in main.who)
                onward = phases(one.event) and phases(main.event)
                if main.part.link in ("then", "followed") and onward and not told_before:
                    one.linked = main.linked = True  # "spinning at first, a ball then rises"
                    told.insert(told.index(main), one)
                    continue
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

    def _joint(self, one: Told, before: Told, listed: bool, earlier: list[Piece]) -> str:
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
        if link == "and" and part.main and opposed(event, before.event):
            return "then"  # "leaps up and dives down"
        if "stops" in event.claims.get("still", ()) and link in ("and", ","):
            return "then"
        edges = {"enters", "leaves"}
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
        if "stops" in event.claims.get("still", ()) or (
            before.event.travels and "still" in event.claims and part.main
        ):
            return "then"
        named = max((place for place, other in enumerate(earlier) if other.subjects not in ([], ["it"])), default=0)
        listing = any(
            other.link == "," and other.main and other.subjects in ([], ["it"]) for other in earlier[named:]
        )
        if link == "and" and part.main and listing:
            return "then"  # "moves left, stops, and rotates"
        if "back" in event.claims and "direction" not in event.claims and "direction" in before.event.claims:
            return "then"  # "moves down and back"
        if link == "and" and before.part.swerve and part.main and event.travels:
            return "then"  # "turns around and walks back"
        done = bool(event.claims.get("words")) and set(event.claims) <= {"words", "moves"}
        if link == "," and part.main and not part.subjects and done and set(before.event.claims) - {"words"}:
            return "then"  # "jumps up, lands, and slides off"
        if link in (",", "and") and not part.main and not part.subjects and opposed(event, before.event):
            return "then"  # "left, right and left again"
        if link == "," and part.main and not part.subjects and timely(event) and before.event.travels:
            return "then"  # "moves down, rotates, and then moves up"
        if not event.travels:
            return "merge"
        if not part.main:
            return "then" if listed and before.event.travels and link != "and" and not part.gerund else "merge"
        if not listed and link != ",":
            self.reading.doubts.append(AND)
        return "then"

    def _tell(self, one: Told) -> None:
        """Hand an event to its actors."""
        who = one.who or tuple(self.last[:1]) or (tuple(self.present) if len(self.present) == 1 else ())
        if not who:
            self.reading.doubts.append("ambiguous subject")
        for name in who:
            claims = {key: set(words) for key, words in one.event.claims.items()}
            loose = bool(one.event.relations) and not one.linked
            one.places[name] = len(self._actor(name).events)
            relations = set(one.event.relations)
            if len(who) == 2 and len(self.present) > 2 and claims.pop("opposite", set()):
                relations.add(("opposite", who[name == who[0]]))
                loose = not one.linked
            self._actor(name).events.append(Event(claims, relations, loose))

    def _actor(self, name: str) -> Actor:
        return self.reading.actors.setdefault(name, Actor(name))

    def _other(self, name: str, who: tuple[str, ...]) -> str:
        """The other actor of a relation, where "it" stands for it."""
        if name != "it":
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
