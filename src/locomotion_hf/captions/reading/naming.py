"""Noun phrases: who is spoken of, as the subject of a piece, the other one of a relation, or a word more."""

from __future__ import annotations

import re

from locomotion_hf.captions.lexicon import inflections

from .deeds import PLURALS, SAME_DEED, stem
from .piece import Piece
from .saying import BE, Saying
from .tokens import CAMERA, RESTING, Token

_OTHERS = {"another", "some", "two", "three", "four", "these", "those"}


def several(noun: str) -> bool:
    """Whether a noun names several: "boats", "fish"."""
    return bool(re.search(r"[^su]s$", noun)) or noun.split()[-1] in PLURALS


def _adjective(token: Token) -> bool:
    """Whether a token may describe a noun that follows: "slow", "rising", "upward"."""
    if any(form == "ing" for _, form in token.verbs):
        return " " not in token.text
    return any(kind in token for kind in ("speed", "change", "growth", "direction", "spun")) and not re.search(
        r" |^(?:left|right|up|down)$", token.text
    )


def _stands_first(token: Token) -> bool:
    """Whether a token is a finite verb, so that what stands before it may be a noun: "the autumn leaves | move"."""
    first = token.text.split()[0] if token.text else ""
    stays = "still" in token and any(form in ("third", "past") for _, form in inflections().get(first, ()))
    return (
        stays
        or any(form in ("third", "past", "base") for _, form in token.verbs)
        or ("still" in token and first in BE)
    )


def _predicate(token: Token) -> bool:
    """Whether a token can only be the finite verb of a singular noun."""
    third = any(form == "third" for _, form in token.verbs)
    return third or "be" in token or ("aspect" in token and token.text.endswith("s"))


def whole_names(text: str, nouns: tuple[str, ...]) -> tuple[str, ...]:
    """For "A red car and a van leave, the car to the left": without "car", which is the red car again."""

    def again(noun: str) -> bool:
        wholes = [one for one in nouns if one.endswith(f" {noun}")]
        fresh = rf"\b(?:an?|one|two|another|some) {re.escape(noun)}\b"
        named = len(wholes) == 1 and re.search(rf"\b(?:an?|one) {re.escape(wholes[0])}\b", text.lower())
        return bool(named) and not re.search(fresh, text.lower())

    return tuple(noun for noun in nouns if not again(noun))


class Naming(Saying):
    """Takes in noun phrases."""

    def _noun_phrase(self, place: int) -> int:
        """A determiner and what belongs to it, an unknown actor."""
        words, start = [], place
        if place >= 0 and self.tokens[place].text.startswith("the ") and "both" not in self.tokens[place]:
            words.append(self.tokens[place].text.removeprefix("the "))
        place += 1
        while place < len(self.tokens):
            token = self.tokens[place]
            ahead = self._after(place)
            if "noun" in token and not words:
                plural = self.tokens[start].text == "two" and several(token.value("noun"))
                if self.tokens[start].text in _OTHERS and not plural:
                    self.piece.add("words", self.tokens[start].text)  # "another ball", "two ball"
                self._name(token.value("noun"), start if plural else place)
                return place + 1
            if not words and (named := self._described(place)):
                return named
            finite = any(form in ("third", "past") for _, form in token.verbs)
            base = any(form == "base" for _, form in token.verbs)
            if words and "word" in token and self._unknown_verb(token.text, place + 1):
                break
            plural = bool(words) and (words[-1].endswith("s") or words[-1] in PLURALS)
            if words and base and not finite and not plural and (self.pending or not self.piece.subjects):
                words.append(token.text)  # "the hot air balloon first sinks"
            elif "word" in token or (place == start + 1 and "pause" not in token):
                words.append(token.text)
            elif (finite and _stands_first(ahead)) or (words and base and _predicate(ahead)):
                words.append(token.text)  # "the autumn leaves move", "a hot air balloon rises"
            elif words and base and self.piece.subjects and any(form == "base" for _, form in ahead.verbs):
                words.append(token.text)  # "a kite and a red balloon rise"
            elif "word" in ahead and (token.text in ("of", "with") or (words and token.text == "'s")):
                words.append(token.text)  # "the postman 's van"
            else:
                break
            place += 1
        resting = bool(words[1:] and re.fullmatch(RESTING, words[0]))
        name = " ".join(words[resting:])
        self._resting(name, resting)
        self._name(name, start)
        return place

    def _described(self, place: int) -> int:
        """Adjectives before a known noun, as in "a slow wasp", "two rising doves"; where the noun ends, or 0."""
        end = place
        while end < len(self.tokens) and _adjective(self.tokens[end]):
            end += 1
        if end > place and self.tokens[end - 1].text.endswith("ly"):
            return 0
        if end == place or end == len(self.tokens) or "noun" not in self.tokens[end]:
            return 0
        name = self.tokens[end].value("noun")
        told, self.piece = self.piece, Piece()
        for number in range(place, end):
            self._say(self.tokens[number], number)
        said, self.piece = self.piece.claims, told
        self.verbs, self.host, self.done = [], "", ""
        if "direction" not in said:
            said.pop("moves", None)
        agent = self.pending.startswith("by ") and self.passive
        if not agent and (self.pending or self.piece.subjects or self.piece.main):
            self.asides.append(Piece("which", [name], claims=said))
        else:
            for field_, words in said.items():
                self.piece.add(field_, *words)
            if agent:
                self.of_agent |= said
            else:
                self.described = said
        self._name(name, place - 1)
        return end + 1

    def _done_to(self, deed: str) -> None:
        """For "Pulls a cart": what the relation says is no word beside it."""
        words = self.piece.claims.get("words", set())
        words -= {one for one in words if SAME_DEED.get(one, one) == deed}
        self.piece.heard = "" if SAME_DEED.get(self.piece.heard, self.piece.heard) == deed else self.piece.heard
        if not words:
            self.piece.claims.pop("words", None)

    def _resting(self, name: str, resting: bool) -> None:
        """For "A stationary crab" says that the crab stays in place."""
        if resting:
            beside = self.pending or self.piece.subjects or self.piece.main
            (self.asides if beside else self.made).append(Piece("which", [name], claims={"still": {"still"}}))

    def _unknown_verb(self, word: str, place: int) -> bool:
        """For "Carries" in "a waiter carries a tray"."""
        if not word.endswith("s") or word.endswith(("ss", "us", "is")) or place >= len(self.tokens):
            return False
        after = self.tokens[place]
        object_ = ("determiner", "direction", "speed", "relation", "noun", "preposition", "journey")
        return any(kind in after for kind in object_)

    @staticmethod
    def _climbed(before: Token) -> bool:
        """Whether a verb of going up or down has what it goes along for its object."""
        along = ("climb", "ascend", "descend")
        return any(verb.base.startswith(along) or verb.base.endswith((" up", " down")) for verb, _ in before.verbs)

    def _up_or_down(self, name: str, place: int) -> bool:
        """Whether the noun goes with a particle before it, and the subject follows the verb."""
        if place < 1 or self.tokens[place - 1].text not in ("up", "down", "along", "across"):
            return False
        end = place + 1
        while end < len(self.tokens) and "word" in self.tokens[end]:
            end += 1
        verb = end < len(self.tokens) and any(form in ("third", "past") for _, form in self.tokens[end].verbs)
        return bool(verb and self._names(end + 1))

    def _name(self, name: str, place: int) -> None:
        """An actor is named: as the subject, or as the other one of a relation."""
        if name in CAMERA and not any(noun.endswith("camera") for noun in self.nouns):
            name = "camera"
        before = self.tokens[place - 1] if place > 0 else Token("", {})
        if not self.piece.subjects and not self.piece.main and self._up_or_down(name, place):
            self.piece.add("words", f"noun: {name}")  # "down a ramp slides a parcel"
            return
        agent = "agent" in before or "related" in before or "link" in before
        if self.pending.startswith("by ") and not agent:
            self.piece.mentions.append(name)
            self.piece.add("words", f"noun: {name}")
        elif self.pending:
            done = self.pending.startswith("by do:")
            if self.pending in ("orbits", "by orbits"):
                self._assert("circle")
            if (
                self.pending.startswith("by ")
                and not done
                and self.passive
                and self.piece.main
                and (self.piece.subjects or self.piece.link in (",", "and"))
            ):
                self.piece.agent = name
                if self.described:  # "a slow cat is passed by a dog": the cat is slow
                    for key, words in self.described.items():
                        own = words - self.of_agent.get(key, set())
                        self.piece.claims[key] = self.piece.claims.get(key, set()) - own
                    self.piece.claims = {key: words for key, words in self.piece.claims.items() if words}
                    self.piece.add("moves", "moves")
                    self.asides.append(Piece("which", list(self.piece.subjects), claims=self.described))
            self.piece.relations.add((self.pending, name))
            self.pending = ""
            self.piece.mentions.append(name)
        elif (
            not self.piece.main
            and not self.piece.gerund
            and not (self.piece.subjects and self.piece.says)
            and not ("preposition" in before and before.text in self.piece.claims.get("words", ()))
        ):
            self.piece.subjects.append(name)
        elif (
            self.piece.main
            and self.fronted
            and not self.piece.subjects
            and (before.text == self.done or not any(one.main for one in self.made))
        ):
            self.piece.subjects.append(name)  # "to the right swings the pendulum"
        elif self.done and before.text == self.done and self._climbed(before):
            self.piece.add("words", f"noun: {name}")  # "climbs the hill", "slides down a ramp"
        elif self.done and self.piece.subjects and before.text == self.done and not self.passive:
            deed = stem(self.done)
            self.piece.relations.add((f"do:{deed}", name))
            self._done_to(deed)
            self.piece.mentions.append(name)
        else:
            self.piece.mentions.append(name)
            self.piece.add("words", f"noun: {name}")
            if self.piece.claims.get("leaves") == {"some"} and "leave" in self.verbs:
                del self.piece.claims["leaves"]  # "leaves the dock"
                self.piece.add("words", "leave")
