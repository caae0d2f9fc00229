"""The walk over the tokens of one sentence: where it stands, and what it can see ahead and behind."""

from __future__ import annotations

import re

from .piece import Piece
from .tokens import Token

#: Verbs whose base names a shape as well.
SHAPES = {"spiral", "circle", "arc", "zigzag", "zig-zag", "loop", "orbit", "curve", "arch"}
#: Nouns in front of which a determiner opens a noun of motion: "a quick turn".
ADJECTIVES = (
    *("speed", "sense", "spun", "direction", "diagonal", "change", "filler", "amount", "way", "steady", "straight"),
)
#: Ends of an amount that counts something: "two full turns", not "three times".
TURNS = re.compile(
    r"(?:turn|rotation|revolution|spin|twirl|circle|lap|loop|orbit|circuit|round)s?$|-(?:degrees?|turn)\b|°|degrees?$"
)
#: Kinds of token with which a predicate may begin.
_PREDICATE = (
    *("verb", "be", "light", "aspect", "still", "relates", "seen", "growth", "change", "enters", "leaves"),
    *("passive", "says", "swerve"),
)


class Looking:
    """The state of the walk, with all that only looks.

    Attributes:
        made: pieces that are done.
        piece: the one that is being made.
    """

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
        self.asides: list[Piece] = []  # what adjectives say of others than the subject
        self.described: dict[str, set[str]] = {}  # what adjectives say of the subject
        self.moving = False  # a verb or noun of motion was there
        self.of_agent: dict[str, set[str]] = {}  # what is said of a passive's agent, or of how it is done
        self.weak = False  # a verb of showing up or of being gone: an edge may be where, not over which
        self.fronted = False  # something stood before the verb, and no subject

    def _end(self, link: str) -> None:
        """Close the piece; the next is joined by `link`. `pieces._Sentence`, which walks, says how."""
        raise NotImplementedError

    def _ahead(self) -> list[str]:
        """The noun that comes next, for "rolling quickly, a ball ..."."""
        if self.made or self.piece.subjects:
            return []
        return [one.value("noun") for one in self.tokens if "noun" in one][:1]

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

    def _known(self, place: int) -> bool:
        """Whether a known noun follows, or "it"."""
        if place >= len(self.tokens):
            return False
        return "noun" in self.tokens[place] or self.tokens[place].text in ("it", "him", "her", "them")

    def _shaped(self, place: int) -> bool:
        """Whether adjectives and a shape follow: "in | small clockwise circles"."""
        while place < len(self.tokens) and {*ADJECTIVES, "word"} & set(self.tokens[place].options):
            if "shape" in self.tokens[place] or self._shape_verb(self.tokens[place]):
                return True
            place += 1
        return place < len(self.tokens) and "shape" in self.tokens[place]

    def _of_motion(self, place: int) -> bool:
        """Whether "a quick turn", "two clockwise rotations", "an arc" follows."""
        the = self.tokens[place].text == "the"
        place += "determiner" in self.tokens[place]
        if the and place < len(self.tokens) and "motion" in self.tokens[place] and "shape" not in self.tokens[place]:
            return False  # "in the fall", "up the path"
        told = self.piece.main or self.piece.gerund or (place > 1 and "relates" in self.tokens[place - 2])
        if place > 1 and self.tokens[place - 2].text in ("in", "along", "on") and self._shaped(place):
            return True  # "in a high arc"
        while place < len(self.tokens) and any(
            kind in self.tokens[place] for kind in (*ADJECTIVES, *(["word"] if told else []))
        ):
            turning = "amount" in self.tokens[place] and TURNS.search(self.tokens[place].text)
            if turning or "shape" in self.tokens[place]:
                return True
            place += 1
        if place >= len(self.tokens):
            return False
        token = self.tokens[place]
        after = self._after(place)
        if token.text.endswith("ing") and "word" in after:
            return False  # "a spinning top"
        if "word" in self.tokens[place - 1] and " " in token.text:
            return False  # "down the slope in a zigzag"
        return any(kind in token for kind in ("motion", "shape", "camera")) or self._shape_verb(token)

    def _nominal(self, place: int) -> bool:
        """Whether a word that is verb and noun is a noun here: "a quick move", "makes clockwise turns"."""
        for token in reversed(self.tokens[:place]):
            adjective = any(kind in token for kind in ADJECTIVES) and not token.text.endswith("ly")
            if not adjective:
                return (
                    ("determiner" in token and token.text != "the")
                    or "light" in token
                    or token.text
                    in ("with", "with a", "with an", "with its", "its", "of", "'s", "in", "after", "before", "by")
                    or ("noun" in token and place - self.tokens.index(token) > 1 and token.text.endswith("'s"))
                )
        return False

    @staticmethod
    def _shape_verb(token: Token) -> bool:
        """For "An anticlockwise spiral": the name of a shape that is a verb as well."""
        return any(form == "base" and verb.base in SHAPES for verb, form in token.verbs)

    def _verb_at(self, place: int) -> bool:
        if place >= len(self.tokens):
            return False
        return any(kind in self.tokens[place] for kind in _PREDICATE)
