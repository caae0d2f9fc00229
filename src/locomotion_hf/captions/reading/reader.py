"""Read free English to what it states: who does what, in which order, and what stands beside it unread.

A text is cut into tokens, tokens are gathered into pieces (a clause, a participle, a noun of motion, a loose
adverb), and pieces become events of actors, in the order in which things happen. Whatever is not understood is
kept as a word of the event in which it stands, so that two texts only agree when they share it: nothing is
skipped silently but phrases that say nothing of motion ("across the frame").
"""

from __future__ import annotations

import re

from .doubtful import doubts
from .events import Event, Reading
from .joining import joint
from .pieces import Piece, pieces
from .settling import settle, settle_loose
from .stretches import collides, onward, phases, resting_last, straight, turn_round, unattached
from .telling import Telling, told_ahead
from .tokens import tokens
from .told import Told, apart, astray, of_one, opens, shared, spins_and_goes, throughout, with_clause
from .wording import normal

#: What says that moves come one by one.
_IN_TURN = re.compile(r"\b(?:respectively|in (?:that|this) order|in turn|successively)\b")
#: "A cup keeps turning, going left, then up".
_KEEPS = re.compile(
    r"\bkeeps (?:on )?(?:rotat|turn|spinn|shrink|grow|expand|swell)ing\b[^.;]*\bthen (?:up|down|left|right)\b"
)


def read(text: str, nouns: tuple[str, ...] = ()) -> Reading:
    """Read a text.

    Args:
        text: English, one sentence or several.
        nouns: noun phrases that are known to name its actors.

    Returns:
        What it states; never raises: what cannot be read stands in `doubts` and `Reading.words`.
    """
    return _Reader(nouns).read(text)


class _Reader(Telling):
    """Assembles the pieces of a text."""

    def __init__(self, nouns: tuple[str, ...]) -> None:
        super().__init__(nouns)
        self.previous = Told((), Event(), Piece())  # the event that was told last
        self.sequence: list[tuple[Told, Told]] = []  # events of different actors, the first before the second
        self.beside: list[tuple[Told, Told]] = []  # and those that go on at one time
        self.in_turn = False  # the text says that its moves come one by one

    def read(self, text: str) -> Reading:
        """Sentence by sentence."""
        self.in_turn = bool(_IN_TURN.search(text.lower()))
        found = tokens(normal(text), self.nouns)
        self.present = list(dict.fromkeys(one.value("noun") for one in found if "noun" in one))
        for sentence in pieces(found, self.nouns):
            self._sentence(sentence)
        if any(sum(not one.loose for one in self._actor(name).events) > many for name, many in self.whole.items()):
            self.reading.doubts.append("ambiguous phase")  # more came after "throughout"
        if any(sum(not one.loose for one in self._actor(name).events) > 1 for name in self.ahead):
            self.reading.doubts.append("ambiguous phase")  # what was told before may be of the first alone
        self.reading.doubts += doubts(text)
        lasting = any("throughout" in one for one in found) or _KEEPS.search(text.lower())
        if lasting and not self._lasts():
            self.reading.doubts.append("ambiguous phase")  # "slow throughout, going left, then up"
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

    def _lasts(self) -> bool:
        """Whether what is said "throughout" is said of every stretch of somebody, where one has several."""
        told = [[one for one in actor.events if not one.loose] for actor in self.reading.actors.values()]
        several = [events for events in told if len(events) > 1]
        changing = any("change" in one.claims for events in several for one in events)  # "speeding up all the time"
        lasting = ("rotation", "growth", "speed")
        kept = any(all(name in one.claims for one in events) for events in several for name in lasting)
        return not several or changing or kept

    def _sentence(self, parts: list[Piece]) -> None:
        """Put the events of one sentence in their order."""
        told: list[Told] = []
        ahead: list[Told] = []  # fronted participles and adverbs: they belong to the main clause to come
        listed = any(part.link in ("then", "followed", "first") for part in parts)
        self._begin(parts)
        carried, verbless, clausal, pairwise = "", False, False, False
        meanwhile: tuple[str, ...] = ()  # who does what "meanwhile" opens
        last: list[Told] = []  # what a fronted "before" puts behind everything else
        host = near = -1  # the event to which the next is joined, and the last that was told: attributes belong to it
        parts = straight(resting_last(parts), bool(self.last))
        for number, part in enumerate(parts):
            if part.respectively or _second_agent(part, parts[:number]):
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
            before = _joined_to(one, told, host, near)
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
                if self.in_turn or (part.starts and part.link == "and" and before.event.travels):
                    self.reading.doubts.append("ambiguous order")  # "rises and starts to turn"
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
        self._end(told, ahead, last, meanwhile)

    def _begin(self, parts: list[Piece]) -> None:
        """Nobody is named yet in this sentence; without a main clause, "a cat moving left" is one."""
        self.mentioned, self.subjects, self.recent = [], (), ""
        self.acting, self.agent, self.together = "", "", ()
        named = {name for part in parts for name in part.subjects}
        named |= {part.agent for part in parts if part.agent}
        if any(kind.startswith("do:") for part in parts for kind, _ in part.relations):
            named = set()
        self.alone = tuple(named) if len(named) == 1 and not named & {"it", "they", "both", "camera"} else ()
        if not any(part.main for part in parts):
            for part in parts:
                part.main = part.main or bool(part.subjects and part.says)  # "a cat moving left"

    def _end(self, told: list[Told], ahead: list[Told], last: list[Told], meanwhile: tuple[str, ...]) -> None:
        """Hand the events of a sentence to their actors, or to the stretches that were told before it."""
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
            if events and not (len(events) == 1 and told_ahead(events[0])):
                self.reading.doubts.append("ambiguous order")  # "it moves left. Meanwhile, it rises"
                break
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


def _second_agent(part: Piece, before: list[Piece]) -> bool:
    """For "A bee is passed by a rising wasp and a sinking moth": whether the second does so too is left open."""
    told = next((one for one in reversed(before) if one.main or one.relations), Piece())
    named = part.link == "and" and part.subjects and not part.main
    return bool(named) and any(kind.startswith("by ") for kind, _ in told.relations)


def _joined_to(one: Told, told: list[Told], host: int, near: int) -> Told:
    """The event of the sentence that the next is joined to: attributes go to that of their own actor, the nearest."""
    part = one.part
    own = [other for other in told if other.who == one.who]
    attribute = part.link in ("while", "with", "and", ",") and not one.event.travels
    if (attribute or part.link == "gerund") and not part.main:
        if not own:
            return told[host]
        return told[near] if one.who == told[near].who else own[-1]
    goes_on = part.link == "and" and not part.subjects and one.who == told[near].who
    before = told[near if goes_on and told[near].part.link == "which" else host]
    alone = part.link == "," and not part.subjects and "opposite" not in one.event.claims
    if alone and before.who != one.who and own:
        return own[-1]  # "both hurry, the cup, turning, to the left and the dish to the right"
    return before
