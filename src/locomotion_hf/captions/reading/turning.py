"""To what a sense and a number of turns belong: to the rotation, or to the path, of the piece in which they stand."""

from __future__ import annotations

import re

from .looking import ADJECTIVES, Looking
from .tokens import Token

_NUMBERS = {"one": "once", "two": "twice", "three": "three times", "four": "four times", "a single": "once"}


class Turning(Looking):
    """Attaches senses and amounts."""

    def _assert(self, word: str) -> None:
        """State one word of the lexicon's. `doing.Doing`, which knows verbs, says how."""
        raise NotImplementedError

    def _counted(self, place: int) -> None:
        """The number before a noun of motion: "three fast clockwise circles"."""
        for token in reversed(self.tokens[:place]):
            if token.text in _NUMBERS:
                self._attach("amount", _NUMBERS[token.text], -1)
                return
            if not any(kind in token for kind in ADJECTIVES) or "amount" in token:
                return

    def _amount(self, token: Token) -> None:
        amount = token.value("amount")
        before = self.tokens[self.tokens.index(token) - 1].text if self.tokens.index(token) else ""
        if amount == "other" or before in _NUMBERS:
            quarter = re.fullmatch(
                r"(?:by |through |about )?(?:a )?(?:90[- ]degrees?|quarter.*)(?: turn| of a turn)?", token.text
            )
            amount = "quarter" if quarter and before not in _NUMBERS else f"{before} {token.text}"
        if re.search("rotation|turn|spin|twirl|revolution", token.text):
            if self.host != "path" or self.piece.claims.get("shape", set()) & {"bounce", "zigzag", "shake"}:
                self.piece.add("rotation", "some")
                self.host = "rotation"
        elif (
            any(word in token.text for word in ("circle", "lap", "loop", "orbit", "circuit"))
            and self.host != "rotation"
        ):
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
        return (
            "shape" in token
            or self._shape_verb(token)
            or ("motion" in token and token.value("motion") in ("rotation", "circle"))
        )

    def _target(self, name: str) -> str:
        if self.host == "rotation" or (not self.host and "rotation" in self.piece.claims):
            return "rotation" if name == "sense" else "turns"
        if self.host == "path" or "shape" in self.piece.claims:
            return "sense" if name == "sense" else "laps"
        return ""
