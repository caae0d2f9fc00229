"""Read free English to what it states: who does what, in which order, and what stands beside it unread.

A text is cut into tokens, tokens are gathered into pieces (a clause, a participle, a noun of motion, a loose
adverb), and pieces become events of actors, in the order in which things happen. Whatever is not understood is
kept as a word of the event in which it stands, so that two texts only agree when they share it: nothing is
skipped silently but phrases that say nothing of motion ("across the frame").
"""

from __future__ import annotations

import itertools

from .casting import Casting
from .events import Event, Reading
from .joining import joint
from .pieces import Piece, pieces
from .settling import settle, settle_loose
from .stretches import collides, onward, phases, resting_last, straight, turn_round, unattached
from .tokens import tokens
from .told import (
    LASTING,
    Told,
    along,
    apart,
    astray,
    of_one,
    opens,
    shared,
    spins_and_goes,
    throughout,
    with_clause,
)
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


class _Reader(Casting):
    """Assembles the pieces of a text."""

    def __init__(self, nouns: tuple[str, ...]) -> None:
        super().__init__(nouns)
        self.previous = Told((), Event(), Piece())  # the event that was told last
        self.sequence: list[tuple[Told, Told]] = []  # events of different actors, the first before the second
        self.beside: list[tuple[Told, Told]] = []  # and those that go on at one time
        self.ahead: set[str] = set()  # actors of whose one stretch something was told before it
        self.whole: dict[str, int] = {}  # actors of which something was said throughout, of how many events

    def read(self, text: str) -> Reading:
        """Sentence by sentence."""
        found = tokens(normal(text), self.nouns)
        self.present = list(dict.fromkeys(one.value("noun") for one in found if "noun" in one))
        for sentence in pieces(found, self.nouns):
            self._sentence(sentence)
        if any(sum(not one.loose for one in self._actor(name).events) > many for name, many in self.whole.items()):
            self.reading.doubts.append("ambiguous phase")  # more came after "throughout"
        if any(sum(not one.loose for one in self._actor(name).events) > 1 for name in self.ahead):
            self.reading.doubts.append("ambiguous phase")  # what was told before may be of the first alone
        settle(self.reading)
        several = {
            name
            for name, actor in self.reading.actors.items()
            if sum(not one.loose and set(one.claims) != {"opposite"} for one in actor.events) > 1
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
        self.acting, self.agent, self.together = "", "", ()
        named = {name for part in parts for name in part.subjects}
        named |= {part.agent for part in parts if part.agent}
        if any(kind.startswith("do:") for part in parts for kind, _ in part.relations):
            named = set()
        self.alone = tuple(named) if len(named) == 1 and not named & {"it", "they", "both", "camera"} else ()
        carried, verbless, clausal, pairwise = "", False, False, False
        meanwhile: tuple[str, ...] = ()  # who does what "meanwhile" opens
        last: list[Told] = []  # what a fronted "before" puts behind everything else
        host = near = -1  # the event to which the next is joined, and the last that was told: attributes belong to it
        if not any(part.main for part in parts):
            for part in parts:
                part.main = part.main or bool(part.subjects and part.says)  # "a cat moving left"
        parts = straight(resting_last(parts), bool(self.last))
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
                self._ditto(one, (told or ahead or [self.previous])[-1])
                if "opposite" in said:
                    turn_round(one.event)
            if not part.says:
                continue
            clause = (
                part.link in ("while", "after", "before")
                and not part.resumed
                and any(other.main for other in parts[number + 1 :])
            )
            clause = clause or (
                part.link == "and"
                and with_clause(one, ahead, take=False)
                and any(other.main and other.subjects for other in parts[number + 1 :])
            )  # "while it shrinks and turns, a cup rises"
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
                meanwhile = told[host].who if part.link == "while" else ()
                near, ahead = host, []
                continue
            event = one.event
            if pairwise and not part.subjects:
                self.reading.doubts.append("ambiguous actors")  # "both going left, and turning"
            aside = part.link == "which" and part.subjects and not part.main  # "a cup and a slow dish go left"
            begun = number + 1 < len(parts) and parts[number + 1].resumed  # "both rise: the cup, turning, quickly"
            split = not listed and not begun and (aside or part.link in ("and", ",", "while", "with"))
            if split and of_one(one, told):
                continue
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
                goes_on = part.link == "and" and not part.subjects and one.who == told[near].who
                before = told[near if goes_on and told[near].part.link == "which" else host]
                own = [other for other in told if other.who == one.who]
                alone = part.link == "," and not part.subjects and "opposite" not in event.claims
                if alone and before.who != one.who and own:
                    before = own[-1]  # "both hurry, the cup, turning, to the left and the dish to the right"
            how = joint(one, before, listed, parts[:number], self.reading.doubts)
            if clausal and part.link == "and" and not part.subjects and one.event.travels:
                how = "after"  # "after the lid has come off and flown up"
            if clausal and part.link == "then" and not (part.subjects or part.main or part.paused):
                how = "after"  # "after moving left and then up"
            clausal = how == "after"
            if how == "after":
                told.insert(host, one)
                near = host
                host += 1
                one.linked = before.linked = True
                self._sequence(one, before)
            elif how == "merge":
                self._merge(before, one, told)
            elif how == "beside":
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
        if len(told) == 1 and not (ahead or last) and self._all_along(told[0]):
            return
        self._throughout([*told, *last] or ahead)
        if not (ahead or last) and self._goes_along(told):
            return
        for name in meanwhile:
            events = self._actor(name).events
            if events and not (len(events) == 1 and _told_ahead(events[0])):
                self.reading.doubts.append("ambiguous order")  # "it moves left. Meanwhile, it rises"
                break
        for one in [*told, *last] or ahead:
            self._tell(one)
            self.previous = one
        if self.subjects:
            self.last = list(self.subjects)

    @staticmethod
    def _ditto(one: Told, before: Told) -> None:
        """For "So does the saucer", "A cup quickly overtakes a dish, which slowly does the same"."""
        own = set(one.event.claims) & {"speed"}
        same = Event({key: words for key, words in before.event.claims.items() if key not in own})
        same.relations = {(kind, other) for kind, other in before.event.relations if other not in one.who}
        one.event.take(same)

    def _goes_along(self, told: list[Told]) -> bool:
        """For "A kite rises. It is turning clockwise": a sentence that tells more of the one stretch before."""
        who = told[0].who or tuple(self.last) if told else ()
        events = self._actor(who[0]).events if len(who) == 1 and who[0] in self.reading.actors else []
        along = [
            one.part.link == "while" or {"along", "change"} & set(one.event.claims) or _paced(one.event)
            for one in told
        ]  # "it loses speed": in the motion before
        meanwhile = any(one.part.link == "while" or "meanwhile" in one.event.claims.get("along", ()) for one in told)
        bare = all(
            not (one.event.travels or one.event.relations)
            and ("moves" not in one.event.claims or _paced(one.event))
            and one.part.link not in ("then", "after", "before", "followed", "first")
            and one.who in ((), who)
            for one in told
        )
        if len(told) == 1 and self._both(told[0]):
            return True
        if not told or not bare or len(events) != 1 or not any(along):
            return False
        if (
            not events[-1].claims
            or not (all(along) or meanwhile)
            or ("still" in events[-1].claims and len(events) > 1)
        ):
            return False
        for one in told:
            if set(one.event.claims) & set(events[-1].claims) - {"along", "words", "moves"}:
                return False
            events[-1].take(one.event)
        return True

    def _all_along(self, one: Told) -> bool:
        """For "It rises. It drops. It turns clockwise throughout": a sentence about every stretch before it."""
        who = one.who or tuple(self.last)
        events = self._actor(who[0]).events if len(who) == 1 and who[0] in self.reading.actors else []
        said = {name for name in one.event.claims if name not in ("throughout", "along", "moves")}
        whole = "throughout" in one.event.claims or who[0] in self.whole if who else False
        free = not any(said & set(event.claims) for event in events) and not any(event.loose for event in events)
        if (
            len(events) < 2
            or not whole
            or said not in ({"rotation"}, {"speed"}, {"growth"})
            or one.event.relations
            or not free
        ):
            return False
        for event, name in itertools.product(events, said):
            event.add(name, *one.event.claims[name])
        self.whole[who[0]] = len(events)
        return True

    def _both(self, one: Told) -> bool:
        """For "A overtakes B. Both are moving left": of two of whom a relation alone was told."""
        related = [self._actor(name).events for name in one.who]
        kinds = {kind.removeprefix("by ") for events in related for event in events for kind, _ in event.relations}
        plain = set(one.event.claims) <= {"direction", "diagonal", "moves", "along"} and not one.event.relations
        free = all(len(events) <= 1 and not any(event.travels for event in events) for events in related)
        if len(one.who) != 2 or not (plain and free and kinds) or kinds - {"overtakes", "follows", "chases", "past"}:
            return False
        for events in related:
            if not events:
                events.append(Event())
            events[0].take(Event({key: set(words) for key, words in one.event.claims.items()}))
        return True

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
        turning = {"rotation", "growth"} & set(one.event.claims) and "moves" not in one.event.claims
        if "speed" in one.event.claims and turning and not one.event.travels:
            speeds = one.event.claims.pop("speed")  # not of the path
            one.event.add("words", *(f"{word} turn" for word in speeds if word in ("slow", "fast")))
        if spins_and_goes(host, one):  # "it spins fast and moves left": not of the path
            host.event.add("words", *(f"{word} turn" for word in host.event.claims.pop("speed")))
        if one.event.claims.keys() <= {"sense?", "amount?", "speed"}:
            settle_loose(one.event, host.event)
        later = len(told) > 1 or host.part.link == "then"
        whole = set(one.event.claims) - {"throughout", "change"}  # a change may be of the last stretch alone
        if "throughout" in one.event.claims.get("throughout", ()) and later and whole:
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
        elif ahead and link == "with" and ahead[-1].part.gerund and not (one.event.travels or one.part.subjects):
            ahead[-1].event.take(one.event)  # "falling with a spin"
            return True
        elif with_clause(one, ahead):
            return True
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
            and not ((edges | {"still"}) & set(one.event.claims))
        ):
            ahead[-1].event.take(one.event)  # "coming in and moving up, a seal ..."
            return True
        ahead.append(one)
        return True

    def _open(self, main: Told, ahead: list[Told]) -> tuple[list[Told], int, list[Told]]:
        """The first main clause with what stood in front of it, where it stands there, and what comes last of all."""
        told, last = [main], []
        for one in ahead:
            patient = tuple(
                name
                for name in main.part.subjects
                if main.part.agent and one.part.gerund and name in self.reading.actors
            )
            one.who = one.who or patient or main.who  # "rising, a cup is passed by a kite"
            if one.part.link == "after" and one is ahead[-1] and one.who == main.who and collides(main.event):
                main.event.take(one.event)  # "having gone left, it hits a cup"
            elif one.part.link in ("after", "before"):
                one.linked = main.linked = True
                self._sequence(*((one, main) if one.part.link == "after" else (main, one)))
                if one.part.link == "after":
                    told.insert(told.index(main), one)
                else:
                    last.append(one)
            elif one.who == main.who:
                if one.part.course and main.event.travels:
                    self.reading.doubts.append("ambiguous order")  # "turning left, it rises"
                told_before = any(self._actor(name).events for name in main.who)
                if "stops" in main.event.claims.get("still", ()) and (
                    one.event.travels or one.event.relations or "moves" in one.event.claims
                ):
                    one.linked = main.linked = True  # "gliding in, a tram comes to a halt"
                    told.insert(told.index(main), one)
                    continue
                onward = phases(one.event) and phases(main.event)
                if "enters" in one.event.claims and {"circle", "spiral"} & main.event.claims.get("shape", set()):
                    one.linked = main.linked = True  # "coming in, a bird circles a tree"
                    told.insert(told.index(main), one)
                    continue
                if main.part.link in ("then", "followed") and onward and not told_before:
                    one.linked = main.linked = True  # "spinning at first, a ball then rises"
                    told.insert(told.index(main), one)
                    continue
                main.carried = one.event.travels and not main.event.travels
                self._merge(main, one, told)
            else:
                self.beside.append((one, main))
                told.insert(0, one)
        if main.part.final and not any(self._actor(name).events for name in main.who) and len(told) == 1:
            self.reading.doubts.append("ambiguous order")  # "finally it rises, then it moves left"
        if (
            main.part.link in ("then", "followed")
            and self.last
            and (main.who or tuple(self.last)) != tuple(self.last)
        ):
            self._sequence(self.previous, main)
        return told, told.index(main), last

    def _one_way(self, name: str) -> set[str]:
        """For "A cup and a kite rise, and a dish goes the same way": where all others so far go, if to one side."""
        others = [actor for actor in self.reading.actors.values() if actor.name != name]
        ways = {
            frozenset(event.claims["direction"])
            for actor in others
            for event in actor.events
            if "direction" in event.claims
        }
        return set(next(iter(ways))) if len(ways) == 1 else set()

    def _tell(self, one: Told) -> None:
        """Hand an event to its actors."""
        who = one.who or tuple(self.last[:1]) or (tuple(self.present) if len(self.present) == 1 else ())
        if not who:
            self.reading.doubts.append("ambiguous subject")
        for name in who:
            claims = {key: set(words) for key, words in one.event.claims.items()}
            loose = bool(one.event.relations) and not one.linked
            one.places[name] = len(self._actor(name).events)
            others = [two for two in who if two != name]
            mutual = {kind for kind, other in one.event.relations if other == "each other"}
            relations = {(kind, other) for kind, other in one.event.relations if other != "each other"}
            relations |= {(kind, others[0]) for kind in mutual if len(others) == 1}
            if mutual and not others and name.endswith("s"):
                relations |= {(kind, "each other") for kind in mutual}  # "two boats approach each other"
            elif mutual and len(others) != 1:
                self.reading.doubts.append("ambiguous pronoun")
            if len(who) == 2 and len(self.present) > 2 and claims.pop("opposite", set()):
                relations.add(("opposite", who[name == who[0]]))
                loose = not one.linked
            if "direction" in claims.get("same", ()):
                claims["same way"] = self._one_way(name)
            events = self._actor(name).events
            if not one.linked and along(events, claims, relations, one.part):
                events[0].take(Event(claims, relations))  # "both rise; the cup, turning, overtakes the dish"
                self.ahead.add(name)
                continue
            onward = one.part.link in ("", "while", ",", "with", *(["and"] if one.part.subjects else []))
            if len(events) == 1 and onward and not one.linked and _told_ahead(events[0]):
                self.ahead.add(name)  # "the bolt is slow. it rises"
                before = events.pop()
                relations |= before.relations
                for key, words in before.claims.items():
                    claims[key] = claims.get(key, set()) | words
            events.append(Event(claims, relations, loose))


def _paced(event: Event) -> bool:
    """Whether it says how fast, and nothing more: "it moves quickly"."""
    return "speed" in event.claims and set(event.claims) <= {"speed", "moves", "along"}


def _told_ahead(event: Event) -> bool:
    """Whether it may belong to the motion that the next sentence tells: "the bolt is slow. It rises"."""
    related = {kind for kind, _ in event.relations} - LASTING - {"opposite"}  # "both move fast past a cup"
    return ("along" in event.claims or _paced(event)) and not (event.travels or related)
