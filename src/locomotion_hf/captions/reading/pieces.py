"""Gather tokens into pieces: a clause, a participle, a noun of motion, loose adverbs, each with what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from locomotion_hf.captions.lexicon import Verb, inflections, kind

from .events import Event
from .tokens import CAMERA, RESTING, Token

#: What a verb of the lexicon asserts -> field and word.
_ASSERTED = {
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
_COURSE = {"turn", "veer", "swerve", "bank", "swing", "curve", "bend"}
#: Verbs whose base names a shape as well.
_SHAPES = {"spiral", "circle", "arc", "zigzag", "zig-zag", "loop", "orbit", "curve", "arch"}
#: Other verbs that our facts do not know -> the one that stands for all of its meaning.
_ALIKE = {
    "lift off": "take off", "blast off": "take off", "leap": "jump", "spring": "jump", "touch down": "land", "alight": "land",
    "reverse": "back", "back up": "back", "toddle": "waddle", "settle": "land",
}  # fmt: skip
_RETURNING = {"return", "come back", "go back", "backtrack"}
#: Manners that go without saying of some.
_NATURAL = {
    "waddle": {"duck", "goose", "penguin", "duckling", "gosling"}, "toddle": {"duckling", "toddler", "penguin"},
    "buzz": {"bee", "wasp", "bumblebee", "honeybee", "hornet", "insect", "mosquito"}, "chug": {"train", "locomotive", "steam train"},
    "flap": {"bird"}, "strut": {"peacock", "cock", "rooster"},
}  # fmt: skip
_BE = {"is", "are", "was", "were", "does", "doesn't", "did", "didn't", "never", "do", "don't"}
#: Nouns in front of which a determiner opens a noun of motion: "a quick turn".
_ADJECTIVES = ("speed", "sense", "direction", "diagonal", "change", "filler", "amount")


_NUMBERS = {"one": "once", "two": "twice", "three": "three times", "four": "four times", "a single": "once"}
_SAYING = {"shape", "enters", "leaves", "relates", "growth", "change", "direction"}


@dataclass
class Piece:
    """One piece of a sentence.

    Attributes:
        link: the word that joins it: "then", "before", "after", "while", "followed", "which", "with", "and", ",",
            "gerund", "first" or "".
        subjects: names of the actors that do it; "it" for a pronoun.
        mentions: other actors that it names.
        main: it has a finite verb.
        gerund: its verb is a participle.
    """

    link: str = ""
    subjects: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    main: bool = False
    gerund: bool = False
    course: bool = False  # it tells a change of course
    swerve: bool = False  # it tells nothing but a change of course
    agent: str = ""  # of a passive: who really does it
    respectively: bool = False
    claims: dict[str, set[str]] = field(default_factory=dict)
    relations: set[tuple[str, str]] = field(default_factory=set)

    @property
    def says(self) -> bool:
        """Whether it has anything but a subject."""
        return bool(self.claims or self.relations)

    def add(self, name: str, *words: str) -> None:
        """State something."""
        self.claims.setdefault(name, set()).update(words)

    def event(self) -> Event:
        """As an event of its own."""
        return Event({name: set(words) for name, words in self.claims.items()}, set(self.relations))


def _stem(text: str, token: Token) -> str:
    """A verb without its ending, near enough to tell "carries" and "carried" from others."""
    word = text.split()[0]
    known = inflections().get(word)
    return known[0][0].base if known else re.sub(r"(?:i?e[sd]|s|ing|y)$", "", word)


def _adjective(token: Token) -> bool:
    """Whether a token may describe a noun that follows: "slow", "rising", "upward"."""
    if any(form == "ing" for _, form in token.verbs):
        return " " not in token.text
    plain = any(kind in token for kind in ("speed", "change", "growth", "direction"))
    return plain and " " not in token.text and not token.text.endswith("ly")


def _predicate(token: Token) -> bool:
    """Whether a token can only be the finite verb of a singular noun."""
    third = any(form == "third" for _, form in token.verbs)
    return third or "be" in token or ("aspect" in token and token.text.endswith("s"))


def pieces(found: list[Token], nouns: tuple[str, ...]) -> list[list[Piece]]:
    """Cut tokens into sentences of pieces."""
    sentences: list[list[Token]] = [[]]
    for token in found:
        if "stop" in token:
            sentences.append([])
        else:
            sentences[-1].append(token)
    return [_Sentence(one, nouns).pieces() for one in sentences if one]


class _Sentence:
    """Walks over the tokens of one sentence."""

    def __init__(self, found: list[Token], nouns: tuple[str, ...]) -> None:
        self.tokens, self.nouns = found, nouns
        self.made: list[Piece] = []
        self.piece = Piece()
        self.host = ""  # what a sense or an amount belongs to: "rotation", "path" or ""
        self.loose: list[tuple[str, str]] = []  # senses and amounts that still look for one
        self.pending = ""  # a relation that waits for its other actor
        self.verbs: list[str] = []
        self.sided: list[str] = []  # sides of the last direction, to tell a diagonal from a list
        self.passive = False
        self.done = ""  # the last verb of the piece, for who does it to whom
        self.fronted = False  # something stood before the verb, and no subject

    def pieces(self) -> list[Piece]:
        """All pieces, in order of mention."""
        place = 0
        while place < len(self.tokens):
            place = self._step(place)
        self._end("")
        return self.made

    # The walk.

    def _step(self, place: int) -> int:
        token = self.tokens[place]
        after = self._after(place)
        if "pause" in token:
            if not (self.pending.startswith("by ") and self.passive):
                self._end(",")
        elif "agent" in token and self.passive and self._names(place + 1):
            if not self.pending and self.done:
                self.pending = f"by do:{_stem(self.done, token)}"
        elif "noun" in token:
            self._resting(token.value("noun"), "resting" in token)
            self._name(token.value("noun"), place)
        elif "doubt" in token:
            self.piece.add("words", f"{token.value('doubt')}: {token.text}")
        elif "seen" in token:
            self.piece.main = True
        elif "relates" in token and self._relating(token, place):
            self._relates(token.value("relates"), token)
        elif "relates" in token and ("shape" in after or ("determiner" in after and self._of_motion(place + 1))):
            self._finite(token.text)  # "follows a curve", "travels around a circular path"
            self.piece.add("moves", "moves")
        elif "related" in token and self._names(place + 1):
            self.pending = f"by {token.value('related')}"
        elif "link" in token and not ("amount" in token and not self._names(place + 1)):
            return self._link(token, place, after)
        elif self._new_predicate(token):
            subjects = list(self.piece.subjects)
            self._end("while")
            self.piece.subjects = subjects
            return place
        elif "determiner" in token and not self._of_motion(place):
            return self._noun_phrase(place)
        elif "word" in token and not self.made and not self.piece.says and not self.piece.subjects:
            return self._noun_phrase(place - 1)  # "Green tractor moving left"
        elif "pronoun" in token and "word" in after and token.text.startswith("the "):
            return self._noun_phrase(place)  # "the second hand"
        elif "pronoun" in token and (self._verb_at(place + 1) or self.pending or self._opens(token)):
            self._name("they" if token.text == "they" else "it", place)
        else:
            self._say(token, place)
        return place + 1

    def _new_predicate(self, token: Token) -> bool:
        """ "A sheep standing still | is circled": a finite verb after a participle that belongs to the subject."""
        piece = self.piece
        finite = "be" in token or any(form == "third" for _, form in token.verbs)
        return bool(finite and piece.subjects and piece.gerund and not piece.main and piece.says)

    def _end(self, link: str) -> None:
        """Close the piece; the next is joined by `link`."""
        if self.pending:
            self.piece.add("words", self.pending)
            self.pending = ""
        for name, word in self.loose:
            target = self._target(name)
            if target:
                self.piece.add(target, word)
            else:
                self.piece.add(f"{name}?", word)
        self.loose = []
        if "rotation" in self.piece.claims and len(self.piece.claims["rotation"]) > 1:
            self.piece.claims["rotation"].discard("some")
        piece = self.piece
        piece.swerve = bool(self.verbs) and set(self.verbs) <= {"swerve", "turn"} and set(piece.claims) <= {"rotation", "words", "moves"}
        piece.course = "direction" in piece.claims and bool(_COURSE & set(self.verbs))
        if piece.course and piece.claims.get("rotation") == {"some"}:
            if "turns" not in piece.claims and "sense?" not in piece.claims:
                del piece.claims["rotation"]  # "turns left": a change of course
        if piece.says or piece.subjects:
            self.made.append(piece)
            self.piece = Piece(link=link)
        elif (link and (not self.piece.link or self.piece.link in (",", "and", ""))) or link in ("then", "before", "after", "followed"):
            self.piece.link = link
        self.host, self.verbs, self.sided = "", [], []
        self.passive = self.fronted = False
        self.done = ""

    def _link(self, token: Token, place: int, after: Token) -> int:
        link = token.value("link")
        if link == "which" and place and "shape" in self.tokens[place - 1] and _COURSE & {v.base for v, _ in after.verbs}:
            return place + 2  # "an arc that turns clockwise"
        if link == "and":
            if self.sided and ("direction" in after or "diagonal" in after):
                return place + 1  # "up and to the right"
            if self.piece.subjects and not self.piece.says and not self.piece.main and self._names(place + 1):
                return place + 1  # "a cat and a ball"
            if "speed" in after or "filler" in after:
                return self._cut("and", place)
            return self._cut("and", place)
        if link == "followed" and self._names(place + 1) and not self._of_motion(place + 1):
            self.passive, self.pending = True, "by follows"
            return place + 1
        if link == "while" and not self._clause(place + 1) and "on its way" not in token.text:
            # "at the same time": says how this piece stands to the one before.
            self._end("")
            self.piece.link = "while"
            return place + 1
        return self._cut(link, place)

    def _cut(self, link: str, place: int) -> int:
        self._end(link)
        return place + 1

    def _opens(self, token: Token) -> bool:
        """Whether a pronoun can be the subject here, whatever follows."""
        own = token.text in ("it", "he", "she", "they") or token.text.startswith(("the ", "this ", "that "))
        return own and not self.piece.main and not self.piece.subjects and not self.piece.gerund

    def _relating(self, token: Token, place: int) -> bool:
        """Whether a verb such as "follows" has another actor for its object, or is passive with an agent to come."""
        if self.passive and "ing" not in token.text.split()[0][-3:]:
            later = self.tokens[place + 1 : place + 6]
            return any("agent" in one and self._names(place + 2 + n) for n, one in enumerate(later))
        return self._names(place + 1)

    # Looking ahead.

    def _after(self, place: int) -> Token:
        """The next token; one that is nothing at the end."""
        return self.tokens[place + 1] if place + 1 < len(self.tokens) else Token("", {})

    def _clause(self, place: int) -> bool:
        """Whether something follows that a conjunction can open."""
        return place < len(self.tokens) and "pause" not in self.tokens[place]

    def _names(self, place: int) -> bool:
        """Whether a noun phrase follows that is no noun of motion."""
        if place >= len(self.tokens):
            return False
        token = self.tokens[place]
        if "noun" in token:
            return True
        return ("determiner" in token or "pronoun" in token) and not self._of_motion(place)

    def _of_motion(self, place: int) -> bool:
        """Whether "a quick turn", "two clockwise rotations", "an arc" follows."""
        place += "determiner" in self.tokens[place]
        told = self.piece.main or self.piece.gerund
        while place < len(self.tokens) and any(
            kind in self.tokens[place] for kind in (*_ADJECTIVES, *(["word"] if told else []))
        ):
            if "amount" in self.tokens[place] or "shape" in self.tokens[place]:
                return True
            place += 1
        if place >= len(self.tokens):
            return False
        token = self.tokens[place]
        after = self._after(place)
        if token.text.endswith("ing") and "word" in after:
            return False  # "a spinning top"
        return "motion" in token or "shape" in token or self._shape_verb(token)

    def _nominal(self, place: int) -> bool:
        """Whether a word that is verb and noun is a noun here: "a quick move", "makes clockwise turns"."""
        for token in reversed(self.tokens[:place]):
            adjective = any(kind in token for kind in _ADJECTIVES) and not token.text.endswith("ly")
            if not adjective:
                return (
                    "determiner" in token
                    or "light" in token
                    or token.text in ("with", "its", "of", "'s", "in", "after", "before", "by")
                    or ("noun" in token and place - self.tokens.index(token) > 1 and token.text.endswith("'s"))
                )
        return False

    @staticmethod
    def _shape_verb(token: Token) -> bool:
        """ "An anticlockwise spiral": the name of a shape that is a verb as well."""
        return any(form == "base" and verb.base in _SHAPES for verb, form in token.verbs)

    def _verb_at(self, place: int) -> bool:
        if place >= len(self.tokens):
            return False
        return any(kind in self.tokens[place] for kind in ("verb", "be", "light", "aspect", "still", "relates", "seen", "growth", "change", "enters", "leaves", "passive"))  # fmt: skip

    # Nouns.

    def _noun_phrase(self, place: int) -> int:
        """A determiner and what belongs to it, an unknown actor."""
        words, start = [], place
        if place >= 0 and self.tokens[place].text.startswith("the "):
            words.append(self.tokens[place].text.removeprefix("the "))
        place += 1
        while place < len(self.tokens):
            token = self.tokens[place]
            ahead = self._after(place)
            if "noun" in token and not words:
                self._name(token.value("noun"), place)
                return place + 1
            if not words and (named := self._described(place)):
                return named
            finite = any(form in ("third", "past") for _, form in token.verbs)
            base = any(form == "base" for _, form in token.verbs)
            if words and "word" in token and self._unknown_verb(token.text, place + 1):
                break
            if "word" in token or (place == start + 1 and "pause" not in token):
                words.append(token.text)
            elif (finite and ("verb" in ahead or "still" in ahead)) or (words and base and _predicate(ahead)):
                words.append(token.text)  # "the autumn leaves move", "a hot air balloon rises"
            elif token.text in ("of", "with") and "word" in ahead:
                words.append(token.text)
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
        if end == place or end == len(self.tokens) or "noun" not in self.tokens[end]:
            return 0
        name = self.tokens[end].value("noun")
        told, self.piece = self.piece, Piece()
        for number in range(place, end):
            self._say(self.tokens[number], number)
        said, self.piece = self.piece.claims, told
        self.verbs, self.host, self.done = [], "", ""
        said.pop("moves", None)
        if self.pending or self.piece.subjects or self.piece.main:
            self.made.append(Piece("which", [name], claims=said))
        else:
            for field_, words in said.items():
                self.piece.add(field_, *words)
        self._name(name, end)
        return end + 1

    def _resting(self, name: str, resting: bool) -> None:
        """ "A stationary crab" says that the crab stays in place."""
        if resting:
            self.made.append(Piece("which", [name], claims={"still": {"still"}}))

    def _unknown_verb(self, word: str, place: int) -> bool:
        """ "Carries" in "a waiter carries a tray"."""
        if not word.endswith("s") or word.endswith(("ss", "us", "is")) or place >= len(self.tokens):
            return False
        after = self.tokens[place]
        return any(kind in after for kind in ("determiner", "direction", "speed", "relation", "noun", "preposition", "journey"))  # fmt: skip

    def _name(self, name: str, place: int) -> None:
        """An actor is named: as the subject, or as the other one of a relation."""
        if name in CAMERA and not any(noun.endswith("camera") for noun in self.nouns):
            name = "camera"
        before = self.tokens[place - 1] if place > 0 else Token("", {})
        agent = "agent" in before or "related" in before or "link" in before
        if self.pending.startswith("by ") and not agent:
            self.piece.mentions.append(name)
            self.piece.add("words", f"noun: {name}")
        elif self.pending:
            done = self.pending.startswith("by do:")
            if self.pending in ("orbits", "by orbits"):
                self._assert("circle")
            if self.pending.startswith("by ") and not done and self.passive and self.piece.main and self.piece.subjects:
                self.piece.agent = name
            self.piece.relations.add((self.pending, name))
            self.pending = ""
            self.piece.mentions.append(name)
        elif not self.piece.main and not self.piece.gerund and not (self.piece.subjects and self.piece.says):
            self.piece.subjects.append(name)
        elif self.piece.main and self.fronted and not self.piece.subjects and not any(one.main for one in self.made):
            self.piece.subjects.append(name)  # "to the right swings the pendulum"
        elif self.done and self.piece.subjects and before.text == self.done and not self.passive:
            self.piece.relations.add((f"do:{_stem(self.done, before)}", name))
            self.piece.mentions.append(name)
        else:
            self.piece.mentions.append(name)
            self.piece.add("words", f"noun: {name}")
            if self.piece.claims.get("leaves") == {"some"} and "leave" in self.verbs:
                del self.piece.claims["leaves"]  # "leaves the dock"
                self.piece.add("words", "leave")

    # What is said.

    def _relates(self, relation: str, token: Token) -> None:
        passive = self.passive and not token.text.split()[0].endswith("ing")
        self.pending = f"by {relation}" if passive else relation
        self.piece.main = self.piece.main or not token.text.split()[0].endswith("ing")
        self.piece.gerund = self.piece.gerund or token.text.split()[0].endswith("ing")
        if relation == "orbits":
            self.piece.add("shape", "circle")
            self.host = "path"
        self.piece.add("moves", "moves")
        self._also(token)

    def _also(self, token: Token) -> None:
        """What the verb of a phrase says by itself: "darts toward" is fast."""
        for verb, _ in inflections().get(token.text.split()[0], ())[:1]:
            for word in verb.asserts & {"fast", "slow", "~fast", "~slow", "up", "down"}:
                self._assert(word)

    def _say(self, token: Token, place: int) -> None:
        """A token that says something of the motion, or that is left over."""
        piece = self.piece
        as_noun = ("motion" in token or self._shape_verb(token)) and self._nominal(place)
        if "camera" in token and ("camera" in piece.subjects or (self.made and "camera" in self.made[-1].subjects)):
            self._camera(token)
        elif as_noun:
            said = token.value("motion").split() if "motion" in token else token.verbs[0][0].asserts & set(_ASSERTED)
            for word in said:
                self._assert(word)
            self._counted(place)
        elif "still" in token:
            piece.add("still", token.value("still") or "still")
            first = token.text.split()[0]
            piece.main = piece.main or any(form in ("third", "past") for _, form in inflections().get(first, ())) or first in _BE
            piece.gerund = piece.gerund or first.endswith("ing")
        elif "says" in token and not self._names(place + 1):
            piece.add("words", token.value("says"))
            piece.add("moves", "moves")
            self._finite(token.text)
        elif token.text == "slow" and "speed" in token:
            piece.add("speed", "slow")
        elif "verb" in token and not ("other" in token.verbs[0][0].asserts and _SAYING & set(token.options)):
            self._verb(token, place)
        elif "direction" in token or "journey" in token:
            part = "direction" if "direction" in token else "journey"
            said = token.value(part).split()
            if not said:
                piece.add("words", token.text)
            piece.add("direction", *said)
            self.sided = said
        elif "amount" in token:
            self._amount(token)
        elif "sense" in token:
            self._attach("sense", token.value("sense"), place)
        elif "shape" in token:
            self._assert(token.value("shape"))
            self._counted(place)
            if "clockwise" in token.text:
                piece.add("sense", "anticlockwise" if "anti" in token.text else "clockwise")
            for way in ("inward", "outward"):
                if way in token.text:
                    piece.add("way", f"{way}s")
        elif "edge" in token:
            piece.add("edge", token.value("edge"))
            if re.match(r"in (?:from|at|over|through|via|on)\b", token.text):
                piece.add("enters", "some")
            elif "enters" not in piece.claims and re.match(r"(?:out|off|past|beyond|through)\b", token.text):
                piece.add("leaves", "some")
        elif "spinning" in token:
            piece.add("rotation", "some")
            self.host = "rotation"
        else:
            self._plain(token, place)

    def _plain(self, token: Token, place: int) -> None:
        """Tokens that say the same wherever they stand."""
        piece = self.piece
        for name in ("speed", "change", "growth", "way"):
            if name in token:
                piece.add(name, token.value(name))
                if name in ("change", "growth") and token.text.split()[0].endswith("s"):
                    piece.main = True
                return
        if "back" in token:
            piece.add("back", "back")
        elif "starts" in token or "ends" in token:
            name = "starts" if "starts" in token else "ends"
            piece.add(name, *token.value(name).split())
            piece.gerund = not piece.main
        elif "swerve" in token:
            self._finite(token.text)
            self.verbs.append("swerve")
            piece.add("words", "swerve")
        elif "same" in token:
            piece.add("same", token.value("same"))
        elif "diagonal" in token:
            piece.add("diagonal", "diagonal")
        elif "enters" in token or "leaves" in token:
            piece.add("enters" if "enters" in token else "leaves", "some")
            self._finite(token.text)
            self._also(token)
        elif "opposite" in token:
            piece.add("opposite", "opposite")
        elif "relation" in token:
            if self._names(place + 1):
                self.pending = {"around": "orbits", "into": "collides with", "behind": "follows"}.get(
                    token.value("relation"), token.value("relation")
                )
            elif token.value("relation") == "behind" and self.piece.mentions and "leave" in self.piece.claims.get("words", ()):
                name = self.piece.mentions[-1]  # "leaves the rock behind"
                self.piece.claims["words"] -= {"leave", f"noun: {name}"}
                self.piece.relations.add(("away from", name))
            elif not (token.value("relation") == "around" and (self.host or "shape" in self._after(place))):
                piece.add("words", token.text)
        elif "passive" in token and (self.passive or not piece.main):
            for word in token.value("passive").split():
                self._assert(word)
            piece.add("moves", "moves")
            piece.gerund = not piece.main
            self.done = token.text
        elif "be" in token:
            piece.main, self.passive = True, True
        elif "light" in token:
            self._finite(token.text)
        elif "aspect" in token:
            self._finite(token.text)
            if token.text.split()[0].rstrip("sedng") in ("end", "finish", "conclud", "fi", "en"):
                piece.link = piece.link if piece.link in ("before", "after", "then") else "then"
            if "motion" in token:
                piece.add("moves", "moves")
        elif "respectively" in token:
            piece.respectively = True
        elif "both" in token:
            if not piece.subjects:
                piece.subjects.append("both")
        elif "motion" in token:
            for word in token.value("motion").split():
                self._assert(word)
        elif any(kind in token for kind in ("filler", "determiner", "preposition")):
            if "preposition" in token and "filler" not in token and self._names(place + 1):
                piece.add("words", token.text)
        elif piece.subjects and not piece.main and (self._names(place + 1) or self.passive):
            piece.main, self.done = True, token.text  # "carries a tray"
        elif self.passive and token.text.endswith(("ed", "en")):
            self.done = token.text
        else:
            piece.add("words", token.text)

    def _finite(self, text: str) -> None:
        if text.split()[0].endswith("ing"):
            self.piece.gerund = True
        else:
            self.piece.main = True

    def _verb(self, token: Token, place: int) -> None:
        verb, form = self._sense(token)
        if form == "ing" and (self.verbs or (self.piece.mentions and "noun" in self.tokens[place - 1])):
            self._end("which" if self.tokens[place - 1 :][:1] and "noun" in self.tokens[place - 1] else "gerund")
        if form == "ing" or (self.piece.link in ("after", "before", "while") and not self.piece.subjects):
            self.piece.gerund = not self.passive
        elif form in ("third", "past", "base"):
            self.fronted = self.fronted or (self.piece.says and not self.piece.subjects)
            self.piece.main = True
        self.verbs.append(verb.base)
        self.done = token.text
        if verb.base in _RETURNING:
            self.piece.add("back", "back")
        elif "other" in verb.asserts and verb.base not in _COURSE and not self._natural(verb):
            self.piece.add("words", _ALIKE.get(verb.base, verb.base))
        for word in verb.asserts - {"other"}:
            self._assert(word)
        if not verb.asserts & {"rotation", "still", "growing", "shrinking", "accelerating", "decelerating"}:
            self.piece.add("moves", "moves")

    def _natural(self, verb: Verb) -> bool:
        """Whether a manner goes without saying: bees buzz."""
        suited = _NATURAL.get(verb.base, set())
        return bool(suited) and all(suited & {name, name.split()[-1]} for name in self.piece.subjects or self.nouns)

    def _sense(self, token: Token) -> tuple[Verb, str]:
        """The sense of a verb that suits who does it: a cart rolls, a log rolls over itself."""
        kinds = {kind(name) for name in [one for one in self.piece.subjects if one in self.nouns] or self.nouns}
        fitting = [one for one in token.verbs if one[0].suits & kinds]
        return (fitting or list(token.verbs))[0]

    def _assert(self, word: str) -> None:
        """State one word of the lexicon's."""
        if word == "move":
            self.piece.add("moves", "moves")
            return
        if word not in _ASSERTED:
            self.piece.add("words", word)
            return
        name, said = _ASSERTED[word]
        self.piece.add(name, said)
        if name == "direction":
            self.sided = [said]
        elif name == "rotation":
            self.host = "rotation"
        elif name == "shape":
            self.host = "path"

    def _counted(self, place: int) -> None:
        """The number before a noun of motion: "three fast clockwise circles"."""
        for token in reversed(self.tokens[:place]):
            if token.text in _NUMBERS:
                self._attach("amount", _NUMBERS[token.text], -1)
                return
            if not any(kind in token for kind in _ADJECTIVES) or "amount" in token:
                return

    def _amount(self, token: Token) -> None:
        amount = token.value("amount")
        if re.search("rotation|turn|spin|twirl|revolution", token.text):
            if self.host != "path":
                self.piece.add("rotation", "some")
                self.host = "rotation"
        elif any(word in token.text for word in ("circle", "lap", "loop", "orbit", "circuit")) and self.host != "rotation":
            self._assert("circle")
        if "clockwise" in token.text:
            self._attach("sense", "anticlockwise" if "anti" in token.text else "clockwise", -1)
        self._attach("amount", amount, -1)

    def _attach(self, name: str, word: str, place: int) -> None:
        """A sense or an amount belongs to the rotation or to the path, whichever was named last, or comes next."""
        target = self._target(name)
        if target and not self._next_host(place):
            self.piece.add(target, word)
        else:
            self.loose.append((name, word))

    def _next_host(self, place: int) -> bool:
        if place < 0 or place + 1 >= len(self.tokens):
            return False
        token = self.tokens[place + 1]
        return "shape" in token or ("motion" in token and token.value("motion") in ("rotation", "circle"))

    def _target(self, name: str) -> str:
        if self.host == "rotation" or (not self.host and "rotation" in self.piece.claims):
            return "rotation" if name == "sense" else "turns"
        if self.host == "path" or "shape" in self.piece.claims:
            return "sense" if name == "sense" else "laps"
        return ""

    def _camera(self, token: Token) -> None:
        value = token.value("camera").split()
        if value[0] == "zoom":
            self.piece.add("zoom", value[1])
        else:
            self.piece.add("pan", "pan")
        self._finite(token.text)
