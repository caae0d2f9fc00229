"""What the verbs of the lexicon state of a motion, in the piece in which they stand."""

from __future__ import annotations

import re

from locomotion_hf.captions.lexicon import Verb, inflections, kind

from .deeds import PLURALS
from .tokens import Token
from .turning import Turning

#: What a verb of the lexicon asserts -> field and word.
ASSERTED = {
    **{side: ("direction", side) for side in ("up", "down", "left", "right")},
    **{speed: ("speed", speed) for speed in ("slow", "fast", "~slow", "~fast")},
    "accelerating": ("change", "accelerating"),
    "decelerating": ("change", "decelerating"),
    "rotation": ("rotation", "some"),
    "growing": ("growth", "growing"),
    "shrinking": ("growth", "shrinking"),
    "enters": ("enters", "some"),
    "leaves": ("leaves", "some"),
    "still": ("still", "still"),
    **{shape: ("shape", shape) for shape in ("circle", "ellipse", "arc", "spiral", "zigzag", "bounce", "shake")},
}
#: Verbs of changing course: with a direction they say where to and nothing of a rotation.
COURSE = {"turn", "veer", "swerve", "bank", "swing", "curve", "bend"}
#: Other verbs that our facts do not know -> the one that stands for all of its meaning.
_ALIKE = {
    "lift off": "take off",
    "blast off": "take off",
    "launch": "take off",
    "leap": "jump",
    "spring": "jump",
    "touch down": "land",
    "alight": "land",
    "reverse": "backwards",
    "back": "backwards",
    "back up": "backwards",
    "turn over": "flip over",
    "toddle": "waddle",
    "settle": "land",
    "begin": "start",
    "lean": "tilt",
}
_RETURNING = {"return", "come back", "go back", "backtrack"}
#: Manners that go without saying of some.
_NATURAL = {
    "waddle": {"duck", "goose", "penguin", "duckling", "gosling"},
    "toddle": {"duckling", "toddler", "penguin"},
    "buzz": {"bee", "wasp", "bumblebee", "honeybee", "hornet", "insect", "mosquito"},
    "chug": {"train", "locomotive", "steam train"},
    "flap": {"bird"},
    "strut": {"peacock", "cock", "rooster"},
}
#: Manners -> the speed beside which they add nothing: "slinks slowly", "roars off at high speed".
MANNERS = {
    **dict.fromkeys(
        ("slink", "prowl", "sneak", "stalk", "tiptoe", "shuffle", "shamble", "sidle", "limp", "hobble", "totter",
         "toddle", "waddle", "wade", "traipse", "chug", "rumble", "worm its way", "wriggle", "squirm", "pace",
         "clamber"),
        "slow",
    ),
    **dict.fromkeys(("thunder", "roar", "buzz", "scramble", "lunge", "clatter", "spring"), "fast"),
}  # fmt: skip


def _called(token: Token) -> tuple[str, str]:
    """What a noun is written as, and whom it names."""
    return token.text, token.options.get("noun", "")


class Doing(Turning):
    """Takes in verbs."""

    def _finite(self, text: str) -> None:
        if text.split()[0].endswith("ing"):
            self.piece.gerund = True
        else:
            self.piece.main = True

    def _verb(self, token: Token, place: int) -> None:
        verb, form = self._sense(token)
        turning = "rotation" in verb.asserts and "direction" in self.piece.claims and "sense" in self._after(place)
        if form == "ing" and (self.verbs or turning or (self.piece.mentions and "noun" in self.tokens[place - 1])):
            named = place > 0 and "noun" in self.tokens[place - 1]
            self._end("which" if named else "gerund")
            self.piece.near = self.tokens[place - 1].value("noun") if named else ""
        inverted = form == "third" and self.piece.says and self._names(place + 1)
        clausal = self.piece.link in ("after", "before", "while") and not self.piece.subjects and not inverted
        if form == "ing" or clausal:
            self.piece.gerund = not self.passive
        elif form in ("third", "past", "base"):
            opened = not any(one.main or one.subjects for one in self.made)
            early = bool(self.piece.says or self.loose or (self.made and opened)) or bool(inverted)
            self.fronted = self.fronted or (early and not self.piece.subjects)
            self.piece.main = True
        if form == "ing" and self.piece.link == "and" and not self.piece.subjects and not self.verbs:
            clause = self.made[-1] if self.made else self.piece
            self.piece.relative = clause.going and clause.link == "which" and not clause.subjects
        self.piece.going = self.piece.going or form == "ing"
        if form == "ing" and self.passive:
            self.piece.add("along", "along")
        self.verbs.append(verb.base)
        self.done, self.moving = token.text, True
        before = self.tokens[place - 1] if place else Token("", {})
        if form == "ing" and "preposition" in before and before.text != "by":
            self.piece.add("words", before.text)  # "goes from moving left to moving up"
        plural = any(one.endswith("s") or one.rpartition(" ")[2] in PLURALS for one in _called(before))
        if form == "base" and "noun" in before and not plural and len(self.piece.subjects) < 2:
            self.piece.add("words", token.text)  # "a ball run"
        if verb.base in _RETURNING:
            self.piece.add("back", "back")
        elif verb.base in MANNERS and not self._natural(verb):
            self.piece.add("manner", verb.base)
        elif verb.base == "cross" and {"direction", "journey"} & {
            kind for one in self.tokens for kind in one.options
        }:
            pass  # "crosses to the left" says where to
        elif "other" in verb.asserts and verb.base not in COURSE and not self._natural(verb):
            self.piece.add("words", _ALIKE.get(verb.base, verb.base))
        for word in verb.asserts - {"other"}:
            self._assert(word)
        if verb.base == "roll" and "roller" in verb.suits and not (self.passive and token.text.endswith("ed")):
            self._rolls()
        if verb.base == "whirl":
            self.piece.add("whirls", "whirls")
        if verb.base == "tumble":
            self.piece.add("tumbles", "tumbles")
        if verb.base in ("complete", "perform", "execute"):
            return  # what is told by its object
        if not verb.asserts & {"rotation", "still", "growing", "shrinking", "accelerating", "decelerating"}:
            self.piece.add("moves", "moves")

    def _rolls(self) -> None:
        """What rolls over the ground turns about itself; on wheels it only goes."""
        names = [one for one in self.piece.subjects if one in self.nouns] or self._ahead() or list(self.nouns)
        if any(kind(name) == "roller" for name in names):
            self._assert("rotation")

    def _natural(self, verb: Verb) -> bool:
        """Whether a manner goes without saying: bees buzz."""
        suited = _NATURAL.get(verb.base, set())
        last = [name for one in self.made[-1:] for name in (*one.subjects, *one.mentions)][-1:]
        names = self.piece.subjects or (last if self.piece.link == "which" else []) or self.nouns
        return bool(suited) and all(suited & {name, name.split()[-1]} for name in names)

    def _sense(self, token: Token) -> tuple[Verb, str]:
        """The sense of a verb that suits who does it: a cart rolls, a log rolls over itself."""
        for names in ([one for one in self.piece.subjects if one in self.nouns] or self._ahead(), self.nouns):
            kinds = {kind(name) for name in names}
            fitting = [one for one in token.verbs if one[0].suits & kinds]
            if fitting:
                return min(fitting, key=lambda one: len(one[0].asserts))
        return token.verbs[0]

    def _assert(self, word: str) -> None:
        """State one word of the lexicon's."""
        if word == "move":
            self.piece.add("moves", "moves")
            return
        if word not in ASSERTED:
            self.piece.add("words", word)
            return
        name, said = ASSERTED[word]
        self.piece.add(name, said)
        if name == "direction":
            self.sided = [said]
        elif name == "rotation":
            self.host = "rotation"
        elif name == "shape":
            self.host = "path"

    def _also(self, token: Token) -> None:
        """What the verb of a phrase says by itself: "darts toward" is fast."""
        if re.match(r"roll(?:s|ed|ing)?\b", token.text):
            self._rolls()
        for verb, _ in inflections().get(token.text.split()[0], ())[:1]:
            for word in verb.asserts & {"fast", "slow", "~fast", "~slow", "up", "down"}:
                self._assert(word)
