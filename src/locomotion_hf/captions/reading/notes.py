"""Say as a clause what stands in a note: "kite: slow, up-left; spin: clockwise", "fridge left, fast".

A note has names, keys and values where a sentence has subjects and verbs. Each entry is said again as a clause: its
name, "moves" where no verb is there, and the values without the commas between them. What a value does not say in
words that are known stays as it is, and the reader meets it unread.
"""

from __future__ import annotations

import re
from functools import cache

from .tokens import Token, tokens

#: Key -> the part that its value plays.
_KEYS = {
    **dict.fromkeys(("object", "subject", "item", "thing", "actor", "noun", "name", "what", "who"), "name"),
    **dict.fromkeys(
        ("direction", "translation", "motion", "movement", "path", "heading", "course", "travel", "trajectory",
         "route", "way", "displacement", "track", "action", "moves", "shape"),
        "travel",
    ),
    **dict.fromkeys(("speed", "pace", "velocity", "rate", "tempo"), "speed"),
    **dict.fromkeys(("rotation", "spin", "turn", "turning", "spinning", "rotates", "rotating", "spins"), "rotation"),
    **dict.fromkeys(("size", "scale", "growth"), "size"),
}  # fmt: skip
#: Of a key, what a value stands for.
_VALUES = {
    "speed": {
        **dict.fromkeys(("increasing", "rising", "growing", "accelerating", "up"), "accelerating"),
        **dict.fromkeys(("decreasing", "falling", "dropping", "decelerating", "down"), "decelerating"),
        **dict.fromkeys(("high", "quick", "rapid", "fast"), "quickly"),
        **dict.fromkeys(("low", "slow"), "slowly"),
    },
    "size": {
        **dict.fromkeys(("increasing", "rising", "larger", "bigger", "up", "growing"), "growing larger"),
        **dict.fromkeys(("decreasing", "falling", "smaller", "down", "shrinking"), "shrinking"),
    },
}
_MOTIONS = frozenset({"translation", "movement", "motion", "displacement", "shift", "move", "travel", "path"})
#: What verbs assert that go along with a motion: "left, gets bigger, rotates".
_GOES_ALONG = frozenset({"rotation", "growing", "shrinking", "accelerating", "decelerating"})
_SENSED = ("sense", "amount", "spinning")
_ALONG = ("direction", "journey", "diagonal", "speed", "change", "way", "straight", "steady", "filler", "edge")


def noted(found: list[Token]) -> list[Token]:
    """Tokens of a whole text in which notes are clauses.

    Args:
        found: of a whole text.
    """
    return _Notes(found).told() if _is_note(found) else found


def _is_note(found: list[Token]) -> bool:
    """Whether a name or a key stands before a colon, or a bare name before where it goes."""
    return any(
        (
            one.text in (":", "=", "-", "\u2013", "\u2014")
            and ((_named(found, place - 1) and _parted(found, place - 1)) or _key(found, place - 1))
        )
        or (one.text in (",", ".") and _named(found, place - 1) and _parted(found, place - 1))
        or (_bare(found, place - 1) and _opens(found, place - 1))
        for place, one in enumerate(found)
        if place
    )


def _named(found: list[Token], place: int) -> bool:
    return "noun" in found[place] and _opens(found, place)


def _parted(found: list[Token], place: int) -> bool:
    """Whether a mark parts the name at a place from its values."""
    mark, after = (found[n] if n < len(found) else Token("", {}) for n in (place + 1, place + 2))
    if mark.text in ("-", "\u2013", "\u2014") and any(kind in after for kind in (*_ALONG, *_SENSED)):
        return True
    if mark.text == "." and place == 0:  # "kite. up, slow. then left"
        plain = any(kind in after for kind in (*_ALONG, *_SENSED)) and not after.verbs
        return plain or bool(after.text and _key(found, 2))
    if mark.text in (";", "-"):
        return _key(found, place + 2) not in ("", "name") if after.text else False
    return mark.text in (":", "=") or (mark.text == "," and after.text in _MOTIONS)


def _key(found: list[Token], place: int) -> str:
    """The part that a key plays; "" when there is none at a place."""
    text = found[place].text.removeprefix("the ").removeprefix("its ")
    after = found[place + 1].text if place + 1 < len(found) else ""
    return _KEYS.get(text, "") if after in (":", "=") and _opens(found, place) else ""


def _opens(found: list[Token], place: int) -> bool:
    """Whether an entry starts at a place."""
    before = found[place - 1] if place else Token("", {"stop": ""})
    return bool({"stop", "pause"} & set(before.options)) or (
        "link" in before and (place < 2 or bool({"stop", "pause", "link"} & set(found[place - 2].options)))
    )


def _bare(found: list[Token], place: int) -> bool:
    """Whether a name without an article stands right before where it goes: "fridge left", "kite slowly up"."""
    one, after = found[place], found[place + 1] if place + 1 < len(found) else Token("", {})
    article = one.text.split()[0] in ("a", "an", "the", "this", "that", "one", "its", "his", "her", "their")
    if "noun" not in one or article:
        return False
    end = place + 1
    while end < len(found) and any(kind in found[end] for kind in (*_ALONG, *_SENSED)) and not found[end].verbs:
        end += 1
    ends = end == len(found) or bool({"stop", "pause", "link"} & set(found[end].options))
    plain = any(kind in after for kind in ("direction", "journey", "speed", "diagonal")) and not after.verbs
    going = end < len(found) and any(form == "ing" for _, form in found[end].verbs)
    return plain and (ends or going)


def _rests(token: Token) -> bool:
    """Whether it is one of the words that a note has for resting: "stationary", "in place"."""
    return token.options.get("still") == "" and not re.match(r"\w+(?:s|ed|ing|t)\b(?<!in)(?! place)", token.text)


@cache
def _word(text: str) -> Token:
    return tokens(text)[0]


class _Notes:
    def __init__(self, found: list[Token]) -> None:
        self.found = found
        self.out: list[Token] = []
        self.name: Token | None = None
        self.moved = False  # the clause has its verb
        self.while_ = False

    def told(self) -> list[Token]:
        """Entry by entry."""
        place = 0
        while place < len(self.found):
            place = self._entry(place)
        return self.out

    def _entry(self, place: int) -> int:
        """One entry, or one token that belongs to none."""
        found = self.found
        key = _key(found, place)
        if key == "name" and place + 2 < len(found) and "noun" in found[place + 2]:
            self._subject(found[place + 2])
            end = place + 3
            end += end < len(found) and bool({"stop", "pause"} & set(found[end].options))
            return self._values(end, "") if end < len(found) and self._valued(found[end]) else end
        colon = _parted(found, place)
        if "noun" in found[place] and _opens(found, place) and (colon or _bare(found, place)):
            self._subject(found[place])
            if colon and _key(found, place + 2):
                return place + 2  # "kite | direction: up"
            return self._values(place + 1 + colon, "")
        if key and self.name is not None:
            while self.out and {"stop", "pause"} & set(self.out[-1].options):
                self.out.pop()
            return self._values(place + 2, key)
        onward = self.name is not None and "link" in found[place] and found[place].value("link") in ("then", "last")
        if onward and _opens(found, place) and place + 1 < len(found) and self._valued(found[place + 1]):
            while self.out and {"stop", "pause"} & set(self.out[-1].options):
                self.out.pop()
            self.out += [_word(","), found[place]]
            self.moved = self.while_ = False
            return self._values(place + 1, "")
        self.out.append(found[place])
        return place + 1

    def _subject(self, name: Token) -> None:
        if self.out and not {"stop", "pause", "link"} & set(self.out[-1].options):
            self.out.append(_word("."))
        self.out.append(name)
        self.name, self.moved, self.while_ = name, False, False

    @staticmethod
    def _valued(token: Token) -> bool:
        return any(kind in token for kind in (*_ALONG, *_SENSED, "shape")) or _rests(token)

    def _values(self, place: int, key: str) -> int:
        """The values of an entry, as far as they are plain; the place behind them."""
        while place < len(self.found):
            token = self.found[place]
            if "stop" in token or token.text in (";", ":", "="):
                if token.text in (";", "."):
                    break
                return place
            if "link" in token:
                if not self._and(place):
                    break
                place += 1
                continue
            if "pause" in token:
                following = self.found[place + 1] if place + 1 < len(self.found) else Token("", {})
                if "noun" in following or "link" in following or not self._item(place + 1, key):
                    break
                place += 1
                continue
            end = self._item(place, key)
            if not end:
                self._verb(place)
                break
            self._say(place, end, key)
            place = end
        return self._rest(place)

    def _and(self, place: int) -> bool:
        """Whether "and" joins two values: "up and to the right"."""
        token = self.found[place]
        return token.text == "and" and bool(self._item(place + 1, "")) and self.moved

    def _rest(self, place: int) -> int:
        """What no value is goes on as it is, to the end of the entry."""
        while place < len(self.found):
            token = self.found[place]
            onward = "link" in token and token.value("link") in ("then", "last")
            if "stop" in token or token.text == ";" or (onward and _opens(self.found, place)):
                break
            if "noun" in token and _opens(self.found, place):
                break
            end = self._item(place + 1, "") if "pause" in token else 0
            turning = end and {"sense", "amount"} <= {
                kind for one in self.found[place + 1 : end] for kind in one.options
            }
            turning = turning and not any("shape" in one for one in self.found[:end])
            if end and (turning or any("motion" in one for one in self.found[place + 1 : end])):
                self._say(place + 1, end, "")  # "decelerating, clockwise spin, shrinking"
                place = end
                continue
            after = self.found[place + 1] if place + 1 < len(self.found) else Token("", {})
            finite = ("growth" in after and not after.text.split()[0].endswith("ing")) or any(
                form == "third" and verb.asserts and verb.asserts <= _GOES_ALONG for verb, form in after.verbs
            )
            self.out.append(_word("and") if token.text == "," and finite else token)
            place += 1
        return place

    def _verb(self, place: int) -> None:
        """Before what is no value a verb stands already, or a participle."""
        token = self.found[place]
        self.moved = self.moved or bool(token.verbs) or "still" in token or "motion" in token

    def _item(self, place: int, key: str) -> int:
        """Where the plain value ends that starts at a place, or 0."""
        end = place
        while end < len(self.found):
            token = self.found[end]
            plain = self._valued(token) and not (token.verbs and not self._adjective(token))
            turning = "motion" in token and token.value("motion") == "rotation" and not token.text.endswith("ing")
            named = token.text in _MOTIONS or turning
            onward = self.found[end + 1] if end + 1 < len(self.found) else Token("", {})
            both = token.text == "and" and end > place and "direction" in onward
            if not (plain or named or token.text in _VALUES.get(key, {}) or both):
                break
            end += 1
        return end if end > place else 0

    @staticmethod
    def _adjective(token: Token) -> bool:
        return token.text in ("slow", "quick") or ("change" in token and token.text.endswith("ing"))

    def _say(self, place: int, end: int, key: str) -> None:
        """A value, as it stands in a clause."""
        told = self.found[place:end]
        turning = key == "rotation" or any(
            "motion" in one and one.value("motion") == "rotation" and one.text not in _MOTIONS for one in told
        )
        told = [
            one
            for one in told
            if one.text not in _MOTIONS and not ("motion" in one and one.value("motion") == "rotation")
        ]
        told = [_word(_VALUES[key][one.text]) if one.text in _VALUES.get(key, {}) else one for one in told]
        told = [_word("slowly") if one.text == "slow" else one for one in told]
        shaped = any("shape" in one for one in told)
        sensed = turning or (not shaped and all(any(kind in one for kind in _SENSED) for one in told))
        if sensed and not shaped:
            self.out += [_word("while"), _word("rotating")] if self.moved else [_word("rotates")]
        elif not self.moved and _rests(told[0]):
            self.out.append(_word("does not move"))
            told = told[1:]
        elif not self.moved:
            self.out.append(_word("moves"))
        elif self.out and "change" in told[0]:
            self.out.append(_word("while"))
        self.moved = True
        self.out += told
