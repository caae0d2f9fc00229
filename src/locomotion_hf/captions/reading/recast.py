"""Say as a clause what a sentence says as a noun: "the ball's climb" as "the ball makes a climb".

English tells a motion as readily by a noun as by a verb: "A quick move to the left is made by a cup", "Its climb is
followed by a drop", "There is a slow glide to the right". Each such noun phrase is found with its adjectives, its
complements and its owner, and is said again as a clause with a subject and a light verb, in the order in which the
sentence says that things happen; what reads clauses then reads it. A noun of motion without an owner belongs to the
only actor there is; where there are several it stays as it is, and nothing is read of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .looking import SHAPES, TURNS
from .tokens import Token

_BEFORE = (
    "speed", "sense", "direction", "diagonal", "change", "growth", "way", "amount", "straight", "steady",
    "still", "spun",
)  # fmt: skip
_AFTER = (
    "direction", "journey", "speed", "diagonal", "way", "sense", "amount", "edge", "spinning", "straight",
    "steady", "shape", "starts", "ends", "growth", "change", "filler", "again", "throughout", "still",
)  # fmt: skip
_OWNERS = ("its", "their", "his", "her")
#: Verbs that are nouns of motion in the same form.
_NOUNS = frozenset({"move", "run", "dash", "climb", "turn", "exit", "approach", "bounce", "hop", "swing", "sprint"})
_MAKES, _IS = Token("makes", {"light": ""}), Token("is", {"be": ""})
_THEN, _WHILE, _COMMA = Token("then", {"link": "then"}), Token("while", {"link": "while"}), Token(",", {"pause": ""})
_FIRST = Token("first", {"link": "first"})
_A = Token("a", {"determiner": ""})
_IT = Token("it", {"pronoun": ""})

_ASSERTS = {
    "speed": ("slow", "fast", "~slow", "~fast"),
    "change": ("accelerating", "decelerating"),
    "growth": ("growing", "shrinking"),
    "direction": ("up", "down", "left", "right"),
    "spinning": ("rotation",),
}
_AUX = r"(?:is|are|was|were|gets|has been|have been)"
_HOW = (
    r"(?:only |just |right |straight |then |next |later |now |immediately |directly |quickly |shortly |closely |soon "
    r"|in turn )*"
)
#: What stands between two nouns of motion -> whether the first one happens first.
_ORDER = (
    (rf"{_HOW}(?:{_AUX} {_HOW})?(?:followed|succeeded) by", _THEN),
    (rf"{_HOW}(?:(?:gives|gave) way to|(?:turns|changes|passes) into|leads (?:into|to)|becomes)", _THEN),
    (rf"{_HOW}(?:precedes|comes before|happens before|goes before|ends in|ends with|has as its sequel)", _THEN),
    (
        rf"(?:{_AUX} )?{_HOW}accompanied by|accompan(?:ies|y)|marks?|attends?|coincides with"
        "|(?:goes|goes along|goes hand in hand|comes|happens|occurs|combines|(?:is |are )?(?:coupled|combined))"
        " with(?: an?| its)?",
        _WHILE,
    ),
    (rf"{_HOW}(?:follows|followed|follows on|happens after|succeeds|takes place after)", None),
    (rf"{_HOW}(?:comes|came) (?:only |right |just |straight )?after", None),
    (rf"{_HOW}{_AUX} {_HOW}preceded by", None),
)  # fmt: skip
_DONE = (
    rf"{_AUX} {_HOW}(?:being )?(?:made|done|performed|executed|completed|carried out|taken|described|traced"
    r"|flown|swum|driven|run|walked|undergone)"
)
_HAPPENS = r"(?:comes|happens|occurs|takes place|is seen|is there|can be seen|is shown|ensues|is what happens)"
_TAKES = rf"{_HOW}(?:takes?|brings?|carry|carries|leads?|sends?|took|brought|carried|led|sent)"
_PLACES = {"first": _FIRST, "next": _THEN, "second": _THEN, "then": _THEN, "last": _THEN, "afterwards": _THEN}


@dataclass
class _Nominal:
    """A noun phrase of motion.

    Attributes:
        start, end: where it stands.
        body: its tokens, without the owner.
        owner: who moves, where it says so.
        described: what stands before the owner: "a shrinking".
        doing: whether its head is a participle, as in "its rolling away".
    """

    start: int
    end: int
    body: list[Token] = field(default_factory=list)
    owner: Token | None = None
    doing: bool = False
    described: list[Token] = field(default_factory=list)


def recast(tokens: list[Token], alone: str = "") -> list[Token]:
    """Say the nouns of motion of one sentence as clauses.

    Args:
        tokens: of one sentence.
        alone: the only actor of the text; "" when there are several, or when none is known.

    Returns:
        The tokens of a sentence that says the same.
    """
    return _Recast(tokens, alone).clauses()


def _described(token: Token) -> list[Token]:
    """A participle before a noun as what it says of it: "accelerating", "swooping"."""
    verb = next((one for one, form in token.verbs if form == "ing"), None)
    if verb is None or " " in token.text:
        return [token]
    told = []
    for word in sorted(verb.asserts):
        kind = next((name for name, words in _ASSERTS.items() if word in words), "")
        told += [Token(token.text, {kind: word.removeprefix("~") if kind != "speed" else word})] if kind else []
    return told or [token]


class _Recast:
    def __init__(self, tokens: list[Token], alone: str) -> None:
        self.tokens = tokens
        self.alone = Token(alone, {"noun": alone}) if alone else None
        self.out: list[Token] = []
        self.listing = False  # a noun of motion was told as what somebody makes

    def clauses(self) -> list[Token]:
        """Every noun of motion that is a clause of its own, said as one."""
        place = 0
        while place < len(self.tokens):
            end = self._followed_with(place) or self._nominal_at(place) or self._whose(place)
            if not end:
                self.out.append(self.tokens[place])
                end = place + 1
            place = end
        return self.out

    def _nominal_at(self, place: int) -> int:
        """Recast what starts at a place; the place after it, or 0."""
        one = self._nominal(place)
        if one is None:
            return 0
        before = self.out[-1] if self.out else Token("", {})
        if "light" in before and one.owner is None and one.body != self.tokens[place : one.end]:
            self.listing = True
            self.out += one.body  # "makes a swooping descent"
            return one.end
        self.listing = self.listing or "light" in before
        opens = not self.out or "pause" in before or "link" in before
        if opens and (end := self._ordered(one) or self._made(one) or self._is(one) or self._takes(one)):
            return end
        if opens and (
            first := re.match(rf"{_HAPPENS} (first|next|second|then|last|afterwards)\b", self._text(one.end))
        ):
            return self._clause(one, _PLACES[first[1]]) and self._border(one.end, first[0])
        if self._comes(before):
            self.out.pop()
            return self._clause(one) and one.end
        listed = "link" in before and before.value("link") in (
            "then",
            "first",
            "last",
            "followed",
            "after",
            "before",
            "while",
        )
        during = before.text in ("in", "on", "during", "throughout", "amid") and one.owner is not None
        if during and self.out:
            self.out[-1] = _WHILE
        items = (
            opens
            and self.listing
            and bool({"pause", "link"} & set(self._at(one.end).options) or not self._at(one.end).text)
        )
        if items and "link" in before and before.value("link") != "and":
            items = False
        if items and one.owner is None:
            self.out += [_MAKES, *one.body]  # "makes a hop, a pause, and another hop"
            return one.end
        if opens and listed and before.text.endswith("followed by") and (one.owner or self.alone):
            self.out[-1] = _THEN  # "a rise by the cup, followed by a dash to the left"
        if (during or (opens and listed) or self._stands_alone(one)) and self._clause(one):
            after = self._at(one.end)
            if "noun" in after or after.text in ("it", "they"):
                self.out.append(_COMMA)  # "after its climb | the ball falls"
            return one.end
        return 0

    def _whose(self, place: int) -> int:
        """For "The cup's movement is upward, the dish's is downward": the second one, without its noun."""
        if "noun" not in self.tokens[place] or not self._border(place + 1, "'s (?:is|was)"):
            return 0
        if not {"direction", "sense", "speed"} & set(self._at(place + 3).options):
            return 0
        self.out += [self.tokens[place], _MAKES, _A, Token("move", {"motion": "move"})]
        return place + 3

    def _comes(self, before: Token) -> bool:
        """Whether "there is" or "first comes" stands before."""
        if "seen" in before and before.text.startswith("there"):
            return True
        return bool(
            re.fullmatch("comes|came|there comes|follows|there follows|is", before.text)
            and (len(self.out) == 1 or "link" in self.out[-2] or self.out[-2].text in ("there", "next", ","))
            and before.text != "is"
        )

    def _stands_alone(self, one: _Nominal) -> bool:
        """Whether nothing else could be its predicate: "Two clockwise twirls, then ..."."""
        after = self._at(one.end)
        told = one.owner is not None and one.owner is self._at(one.end - 1)  # "a loop by a cup | which ..."
        ends = "pause" in after or "link" in after or not after.text
        return not self.out and ends and (told or after.text != "which")

    def _ordered(self, one: _Nominal) -> int:
        """For "A's climb is followed by its fall", "A slow descent follows its climb"."""
        for pattern, link in _ORDER:
            place = self._border(one.end, pattern)
            opened = self._at(place - 1).text.startswith("with ")  # "comes | with a | spin"
            other = self._nominal(place, opened) if place else None
            if other is None:
                continue
            owners = [each.owner for each in (one, other) if each.owner]
            owner = next((each for each in owners if "noun" in each), owners[0] if owners else self.alone)
            names = {each.options.get("noun") for each in owners} - {None}
            if owner is None or (len(names) > 1 and link is not _WHILE):
                return 0
            one.owner, other.owner = one.owner or owner, other.owner or owner
            if link is None:
                one, other = other, one
            if one.owner is not None and "noun" not in one.owner:
                one.owner, other.owner = other.owner, one.owner
            self._clause(one)
            self.out.append(link or _THEN)
            self._clause(other)
            return max(one.end, other.end)
        return 0

    def _made(self, one: _Nominal) -> int:
        """For "A quick move to the left is made by a cup"."""
        place = self._border(one.end, _DONE)
        if not place:
            return 0
        rest, end = [], place
        while end < len(self.tokens) and not {"pause", "link"} & set(self.tokens[end].options):
            if self.tokens[end].text == "by" and "noun" in self._at(end + 1) and one.owner is None:
                one.owner = self.tokens[end + 1]
                end += 2
            elif self.tokens[end].text == "by" and one.owner is None and (named := self._agent(end + 1)):
                one.owner, one.described = self.tokens[named - 1], self.tokens[end + 1 : named - 1]
                end = named
            elif self._at(end).text != "by" and ("noun" not in self._at(end) or "relation" in self._at(end - 1)):
                rest.append(self.tokens[end])
                end += 1
            else:
                return 0
        one.body += rest
        return self._clause(one) and end

    def _agent(self, place: int) -> int:
        """For "a shrinking cube": the place behind it, or 0."""
        end = place + 1
        while 0 < end - place < 4 and any(kind in self._at(end) for kind in ("verb", *_BEFORE)):
            end += 1
        return end + 1 if "determiner" in self._at(place) and "noun" in self._at(end) else 0

    def _is(self, one: _Nominal) -> int:
        """For "The cup's movement is upward"."""
        if not self._border(one.end, "is|was") or not (one.owner or self.alone):
            return 0
        told = self._at(one.end + 1)
        plain = any(kind in told for kind in ("direction", "journey", "speed", "sense", "diagonal")) and (
            "verb" not in told or told.text == "slow"
        )
        if plain and not any("determiner" in token for token in one.body):
            one.body.insert(0, _A)
        if plain and self._clause(one):
            self.out.append(Token("along", {"along": ""}))
            return one.end + 1
        return 0

    def _takes(self, one: _Nominal) -> int:
        """For "A moth's three circles take it round a lamp"."""
        place = self._border(one.end, _TAKES)
        taken = self._at(place) if place else Token("", {})
        same = taken.text in ("it", "them") or (
            one.owner and taken.options.get("noun") == one.owner.options.get("noun")
        )
        if place and one.owner is None and "noun" in taken:
            one.owner, same = taken, True
        if not place or not same or not self._clause(one):
            return 0
        return place + 1

    def _followed_with(self, place: int) -> int:
        """For "The ball follows its climb with a drop"."""
        token = self.tokens[place]
        follows = (
            self._border(place + 1, rf"{_HOW}(?:follows|follows up|followed|ends|crowns|tops)")
            if "noun" in token
            else 0
        )
        first = self._nominal(follows) if follows else None
        by = self._at(first.end).text if first else ""
        second = self._nominal(first.end + 1, "with " in by) if first and by.startswith(("with", "by")) else None
        if not first or not second or first.owner not in (None, _IT):
            return 0
        first.owner, second.owner = token, _IT
        self._clause(first)
        self.out.append(_THEN)
        self._clause(second)
        return second.end

    def _clause(self, one: _Nominal, link: Token | None = None) -> bool:
        """Write it as a clause, if somebody is there to do it."""
        owner = one.owner or self.alone
        if owner is None:
            return False
        self.out += [link] if link else []
        self.out += [*one.described, owner, _IS if one.doing else _MAKES, *one.body]
        return True

    def _nominal(self, start: int, opened: bool = False) -> _Nominal | None:
        """The noun phrase of motion that starts at a place."""
        one = _Nominal(start, start)
        place, token = start, self._at(start)
        if "noun" in token and self._at(start + 1).text == "'s":
            one.owner, place = token, start + 2
        elif token.text in _OWNERS:
            one.owner, place = _IT, start + 1
        elif "determiner" in token:
            one.body.append(_A if token.text == "the" else token)
            place = start + 1
        elif opened or (start == 0 and self._headline()):
            one.body.append(_A)
        elif not re.match(r"(?:an?|one|two|three|four|half|the|its|\d+)\b", token.text):
            return None
        while self._adjective(place):
            one.body += _described(self._at(place))
            place += 1
            if self._at(place).text == "and" and "direction" in one.body[-1] and "direction" in self._at(place + 1):
                place += 1  # "the downward and leftward motion"
        if not self._head(one, place, opened):
            return None
        if one.doing and not one.owner:
            return None
        one.body.insert(-1 if "direction" in self._at(place) else len(one.body), self._at(place))
        place = self._complements(one, place + 1)
        one.end = place
        return one

    def _headline(self) -> bool:
        """For "Quick move to the left by a cup": the first noun of motion, with nothing but adjectives before it."""
        place = 0
        while self._adjective(place) or (place and self._at(place).text == "and" and self._adjective(place + 1)):
            place += 1
        going = "direction" in self._at(place) and self._noun(place)  # "rightward motion of a cup"
        return going or (place > 0 and ("motion" in self._at(place) or self._at(place).text in _NOUNS))

    def _adjective(self, place: int) -> bool:
        token = self._at(place)
        swooping = any(form == "ing" for _, form in token.verbs) and self._noun(place + 1)
        fit = any(kind in token for kind in _BEFORE) or ("filler" in token and token.text != "'s") or swooping
        return fit and not token.text.endswith("ly") and not self._noun(place)

    def _noun(self, place: int) -> bool:
        token = self._at(place)
        if "amount" in token and TURNS.search(token.text):
            return not any(self._noun(place + 1 + more) for more in range(1))
        verb = any(form == "base" and one.base in _NOUNS | SHAPES for one, form in token.verbs)
        going = "direction" in token and token.text.endswith(("motion", "movement", "path", "course", "trajectory"))
        return "motion" in token or "shape" in token or verb or going

    def _head(self, one: _Nominal, place: int, begun: bool) -> bool:
        token = self._at(place)
        one.doing = not self._noun(place) and any(form == "ing" for _, form in token.verbs)
        if not (one.doing or self._noun(place)):
            return False
        headed = place == 0 and "direction" in token  # "rightward motion of a cup"
        opened = (
            begun
            or headed
            or place > one.start
            or re.match(r"(?:an?|one|two|three|four|half|\d+|the|its)\b", token.text)
        )
        if "direction" in token:
            one.body.append(Token("move", {"motion": "move"}))
        return bool(opened)

    def _complements(self, one: _Nominal, place: int) -> int:
        """What follows the head, and "of the cup"."""
        while place < len(self.tokens):
            token, after = self._at(place), self._at(place + 1)
            centre = token.text == "of" and re.search(r"(?:lap|orbit|circuit|revolution)s?$", one.body[-1].text)
            if centre and "noun" in after:
                one.body += [Token("around", {"relation": "around"}), after]
                place += 2
                continue
            if after.text == "into":
                break  # "a climb | turns into a fall"
            turn = self._at(place + 2)
            if token.text.startswith("with a") and "sense" in after and turn.options.get("motion") == "rotation":
                one.body += [token, after, turn]  # "an ascent with a clockwise spin"
                place += 3
                continue
            owned = token.text in ("of", "by", "for") or (one.body[-1].text.endswith(" of") and "noun" in token)
            if owned and one.owner is None and ("noun" in after or "noun" in token):
                place += 1 if "noun" in token else 2
                one.owner = self._at(place - 1)
            elif self._noun(place) or any(kind in token for kind in _AFTER):
                if "verb" in token and not self._noun(place) and "direction" not in token:
                    break
                one.body.append(token)
                place += 1
            elif token.text == "and" and one.body and "direction" in one.body[-1] and "direction" in after:
                one.body += [token, after]
                place += 2
            else:
                break
        return place

    def _at(self, place: int) -> Token:
        return self.tokens[place] if 0 <= place < len(self.tokens) else Token("", {})

    def _text(self, place: int) -> str:
        return " ".join(one.text for one in self.tokens[place : place + 8])

    def _border(self, place: int, pattern: str) -> int:
        """The place after what a pattern matches, if a token ends there; else 0."""
        found = re.match(rf"(?:{pattern})(?!\S)", self._text(place))
        length = 0
        for number, token in enumerate(self.tokens[place : place + 8] if found else ()):
            length += len(token.text) + bool(number)
            if found and length == found.end():
                return place + number + 1
        return 0
