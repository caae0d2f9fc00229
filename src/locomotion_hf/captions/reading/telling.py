"""What is handed to the actors: the events of a sentence, and sentences that tell more of what earlier ones told."""

from __future__ import annotations

import itertools

from .casting import Casting
from .events import Event
from .told import LASTING, Told, along


class Telling(Casting):
    """Keeps the events of the actors, sentence after sentence."""

    def __init__(self, nouns: tuple[str, ...]) -> None:
        super().__init__(nouns)
        self.ahead: set[str] = set()  # actors of whose one stretch something was told before it
        self.whole: dict[str, int] = {}  # actors of which something was said throughout, of how many events

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

    def _one_way(self, name: str) -> set[str]:
        """For "A cup and a kite rise, and a dish goes the same way": where all others so far go, if to one side."""
        others = [actor for actor in self.reading.actors.values() if actor.name != name]
        if any({"opposite", "back"} & set(event.claims) for actor in others for event in actor.events):
            return set()  # "a cup goes left, a kite the opposite way, a dish the same way"
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
            if len(events) == 1 and onward and not one.linked and told_ahead(events[0]):
                self.ahead.add(name)  # "the bolt is slow. it rises"
                before = events.pop()
                relations |= before.relations
                for key, words in before.claims.items():
                    claims[key] = claims.get(key, set()) | words
            events.append(Event(claims, relations, loose))


def _paced(event: Event) -> bool:
    """Whether it says how fast, and nothing more: "it moves quickly"."""
    return "speed" in event.claims and set(event.claims) <= {"speed", "moves", "along"}


def told_ahead(event: Event) -> bool:
    """Whether it may belong to the motion that the next sentence tells: "the bolt is slow. It rises"."""
    related = {kind for kind, _ in event.relations} - LASTING - {"opposite"}  # "both move fast past a cup"
    return ("along" in event.claims or _paced(event)) and not (event.travels or related)
