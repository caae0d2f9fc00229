"""What tokens say of a motion, stated to the piece in which they stand."""

from __future__ import annotations

import re

from locomotion_hf.captions.lexicon import Verb, inflections, kind

from .looking import ADJECTIVES, Looking
from .tokens import Token

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
    "reverse": "back",
    "back up": "back",
    "turn over": "flip over",
    "toddle": "waddle",
    "settle": "land",
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
#: Pasts and participles that no rule gives, of verbs that the lexicon has not.
IRREGULAR = {
    "thrown": "throw", "threw": "throw", "taken": "take", "took": "take", "held": "hold", "caught": "catch",
    "eaten": "eat", "ate": "eat", "brought": "bring", "bore": "bear", "borne": "bear",
    "drew": "draw", "drawn": "draw",
}  # fmt: skip
#: Edges over which something goes.
_OUT = r"(?:out|off|past|beyond|through)\b"
#: What may follow a preposition that has no noun.
_CARRIED = {"direction", "shape", "edge", "journey", "way", "sense", "amount", "speed", "diagonal", "change"}
_THROUGH = {"under", "through", "across", "out of", "out", "to", "from", "over", "into", "with", "with a", "with an"}
BE = {"is", "are", "was", "were", "does", "doesn't", "did", "didn't", "never", "do", "don't"}
#: Where something stands to another.
_BESIDE = {
    "over": "above", "above": "above", "under": "below", "below": "below", "beneath": "below", "underneath": "below",
    "beside": "beside", "next to": "beside", "near": "near", "in front of": "in front of",
}  # fmt: skip
_NUMBERS = {"one": "once", "two": "twice", "three": "three times", "four": "four times", "a single": "once"}
#: Words between a verb and its particle or place that make "right" an adverb: "right there", "right up".
_AFTER_RIGHT = {"direction", "filler", "preposition", "way", "relation", "word", "back", "agent", "spinning"}
_SAYING = {"shape", "enters", "leaves", "relates", "growth", "change", "direction"}


class Saying(Looking):
    """Takes in one token after the other."""

    def _say(self, token: Token, place: int) -> None:
        """A token that says something of the motion, or that is left over."""
        piece = self.piece
        as_noun = ("motion" in token or self._shape_verb(token)) and self._nominal(place)
        filming = piece.subjects or (self.made[-1].subjects if self.made else [])
        if "camera" in token and "camera" in filming:
            self._camera(token)
        elif as_noun:
            said = token.value("motion").split() if "motion" in token else token.verbs[0][0].asserts & set(_ASSERTED)
            for word in said:
                self._assert(word)
            self.moving = True
            if set(said) - {"rotation", "accelerating", "decelerating", "growing", "shrinking", "still"}:
                piece.add("moves", "moves")
            self._counted(place)
        elif token.text == "back" and "back" in token:
            piece.add("back", "back")
        elif "still" in token:
            piece.add("still", token.value("still") or "still")
            first = token.text.split()[0]
            finite = any(form in ("third", "past") for _, form in inflections().get(first, ()))
            piece.main = piece.main or finite or first in BE or first in ("holds", "held", "keeps", "kept", "lies")
            piece.gerund = piece.gerund or first.endswith("ing")
        elif "says" in token and not self._names(place + 1):
            piece.add("words", token.value("says"))
            piece.add("moves", "moves")
            self._finite(token.text)
        elif token.text == "slow" and "speed" in token and not self.tokens[place - 1].text.endswith(" to"):
            piece.add("speed", "slow")
        elif "verb" in token and not ("other" in token.verbs[0][0].asserts and _SAYING & set(token.options)):
            self._verb(token, place)
        elif (
            token.text == "left"
            and "noun" in self.tokens[place - 1]
            and place
            and not (piece.main or piece.gerund or self._elliptic())
        ):
            piece.add("words", "left")  # "a cat left": gone, or on the left
        elif "direction" in token or "journey" in token:
            self._direction(token, place)
        elif "amount" in token:
            self._amount(token)
        elif "sense" in token:
            self._attach("sense", token.value("sense"), place)
        elif "shape" in token:
            self._assert(token.value("shape"))
            if (place and self.tokens[place - 1].text in _THROUGH) or re.match(
                r"(?:(?:in|on) )?the (?:lap|loop|ring|round|circuit|arch|bow)", token.text
            ):
                piece.add("words", token.text)  # "through a ring"
            self._counted(place)
            if "clockwise" in token.text:
                piece.add("sense", "anticlockwise" if "anti" in token.text else "clockwise")
            for way in ("inward", "outward"):
                if way in token.text:
                    piece.add("way", f"{way}s")
        elif "edge" in token:
            piece.add("edge", token.value("edge"))
            if self.weak and re.match(r"(?:at|on|in|to)\b", token.text):
                piece.add("words", token.text)  # "appears at the left edge": it need not come over it
            if token.text.startswith("from"):
                piece.add("from", "from")
            if re.match(r"in (?:from|at|over|through|via|on)\b", token.text):
                piece.add("enters", "some")
            elif "enters" not in piece.claims and "come" not in self.verbs and re.match(_OUT, token.text):
                piece.add("leaves", "some")
        elif "spinning" in token:
            piece.add("rotation", "some")
            self.host, self.moving = "rotation", True
        else:
            self._plain(token, place)

    def _direction(self, token: Token, place: int) -> None:
        """Where to; or where something is: "is up", "a ball to the left moves"."""
        piece, before, after = self.piece, self.tokens[place - 1] if place else Token("", {}), self._after(place)
        said = token.value("direction" if "direction" in token else "journey").split()
        particle = ("aspect" in before or "light" in before) and any(form == "ing" for _, form in after.verbs)
        onto = bool(_AFTER_RIGHT & set(after.options)) or after.text.startswith(("out", "off", "into"))
        adverb = token.text == "right" and onto
        adverb = adverb or (token.text == "right" and "pause" in before and "pause" in after)  # "moves, right, and"
        early = bool(piece.subjects) and not (self.moving or piece.main or piece.gerund) and self._verb_at(place + 1)
        if not said or particle or adverb or early or ("be" in before and "passive" not in after):
            piece.add("words", token.text)
        if "straight" in token.text:
            piece.add("straight", "straight")
        if token.text.startswith("back "):
            piece.add("again", "back")
        piece.add("direction", *said)
        self.sided = said

    def _elliptic(self) -> bool:
        """Whether a verb was told that this piece may share: "the ball goes right, the cup left"."""
        return bool(self.made) and bool({"direction", "opposite"} & set(self.made[-1].claims))

    def _plain(self, token: Token, place: int) -> None:
        """Tokens that say the same wherever they stand."""
        piece = self.piece
        if "continued" in token:
            piece.add("continued", token.value("continued"))
            return
        for name in ("straight", "steady", "again", "throughout"):
            if name in token:
                piece.add(name, name)
                return
        if (
            "way" in token
            and not token.text.endswith("ly")
            and token.text not in ("sideways", "inward", "inwards", "outward", "outwards")
        ):
            piece.add("to and fro", token.text)
        for name in ("speed", "change", "growth", "way"):
            if name in token:
                self.moving = self.moving or name in ("change", "growth")
                piece.add(name, token.value(name))
                if name in ("change", "growth") and re.match(r"(?!its|his)\w+s\b", token.text):
                    piece.main = True
                return
        if "back" in token:
            piece.add("back", "back")
        elif token.options.get("relates") == "orbits":
            self._assert("circle")  # "flies round", without what it goes around
            piece.add("moves", "moves")
            self.moving = True
            self._finite(token.text)
        elif "starts" in token or "ends" in token:
            name = "starts" if "starts" in token else "ends"
            piece.add(name, *token.value(name).split())
            piece.gerund = not piece.main
        elif "swerve" in token and {"sense", "amount"} & set(self._after(place).options) and "turn" in token.text:
            piece.add("rotation", "some")  # "turns round clockwise"
            self.host, self.moving = "rotation", True
            self._finite(token.text)
        elif "swerve" in token:
            self._finite(token.text)
            self.verbs.append("swerve")
            piece.add("words", "swerve")
        elif "same" in token:
            piece.add("same", token.value("same"))
        elif "diagonal" in token:
            piece.add("diagonal", "diagonal")
        elif "enters" in token or "leaves" in token:
            self.moving = True
            self.weak = self.weak or bool(re.match(r"appear|show|pop|arriv|emerg|disappear|vanish", token.text))
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
            elif (
                token.value("relation") == "behind"
                and self.piece.mentions
                and "leave" in self.piece.claims.get("words", ())
            ):
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
            self.done, self.moving = token.text, True
        elif "be" in token:
            piece.main, self.passive = True, True
        elif "light" in token:
            self._finite(token.text)
            if re.match("cross|travers", token.text):
                piece.add("moves", "moves")
            self.moving = token.text.split()[0] not in ("has", "have", "had", "does", "do", "did")
        elif "aspect" in token:
            self._finite(token.text)
            if re.match(r"end|finish|conclud", token.text):
                piece.link = piece.link if piece.link in ("before", "after", "then") else "then"
            if "motion" in token:
                piece.add("moves", "moves")
        elif "respectively" in token:
            piece.respectively = True
        elif "both" in token:
            if not piece.subjects:
                piece.subjects.append("both")
        elif (
            "motion" in token and place and ("noun" in self.tokens[place - 1] or self.tokens[place - 1].text == "the")
        ):
            piece.add("words", token.text)  # "a train ride", "in the fall"
        elif "motion" in token:
            for word in token.value("motion").split():
                self._assert(word)
        elif "ditto" in token:
            piece.add("ditto", token.value("ditto") or "same")
            piece.main = self.moving = True
        elif "trait" in token:
            piece.add("words", token.value("trait"))
            piece.main = piece.main or token.text.split()[0] in BE
        elif (
            token.text == "off"
            and self.moving
            and {"leaves", "edge", "direction", "journey"} & set(self._after(place).options)
        ):
            return  # "races off out of the frame"
        elif token.text == "of" and self.host == "path" and self._known(place + 1) and "laps" in piece.claims:
            self.pending = "orbits"  # "three laps of a lamp"
        elif token.text == "on" and "zoom" in piece.claims and self._names(place + 1):
            self.pending = "on"
        elif token.text == "in" and self.moving and any("edge" in one for one in self.tokens[place + 1 : place + 3]):
            piece.add("enters", "some")  # "gallops in quickly from the right"
        elif token.text in _BESIDE and self._known(place + 1):
            self.pending = _BESIDE[token.text]
        elif any(kind in token for kind in ("filler", "determiner", "preposition")):
            if "preposition" in token and "filler" not in token and "determiner" not in self._after(place):
                after = self._after(place)
                if self._names(place + 1) or not (_CARRIED & set(after.options) or self._shaped(place + 1)):
                    piece.add("words", token.text)
            elif "preposition" in token and "filler" not in token and self._names(place + 1):
                piece.add("words", token.text)
            elif token.text in ("in", "out") and "spiral" in piece.claims.get("shape", ()):
                piece.add("way", f"{token.text}wards")
        elif piece.subjects and not piece.main and (self._names(place + 1) or self.passive):
            piece.main, self.done, self.moving = True, token.text, True  # "carries a tray"
            piece.add("moves", "moves")
        elif self.passive and (token.text.endswith(("ed", "en")) or token.text in IRREGULAR):
            self.done, self.moving = token.text, True
            piece.add("moves", "moves")
        else:
            piece.add("words", token.text)

    def _finite(self, text: str) -> None:
        if text.split()[0].endswith("ing"):
            self.piece.gerund = True
        else:
            self.piece.main = True

    def _verb(self, token: Token, place: int) -> None:
        verb, form = self._sense(token)
        turning = "rotation" in verb.asserts and "direction" in self.piece.claims and "sense" in self._after(place)
        if form == "ing" and (self.verbs or turning or (self.piece.mentions and "noun" in self.tokens[place - 1])):
            self._end("which" if self.tokens[place - 1 :][:1] and "noun" in self.tokens[place - 1] else "gerund")
        inverted = form == "third" and self.piece.says and self._names(place + 1)
        clausal = self.piece.link in ("after", "before", "while") and not self.piece.subjects and not inverted
        if form == "ing" or clausal:
            self.piece.gerund = not self.passive
        elif form in ("third", "past", "base"):
            opened = not any(one.main or one.subjects for one in self.made)
            early = bool(self.piece.says or self.loose or (self.made and opened)) or bool(inverted)
            self.fronted = self.fronted or (early and not self.piece.subjects)
            self.piece.main = True
        self.verbs.append(verb.base)
        self.done, self.moving = token.text, True
        before = self.tokens[place - 1] if place else Token("", {})
        if form == "ing" and "preposition" in before and before.text != "by":
            self.piece.add("words", before.text)  # "goes from moving left to moving up"
        if form == "base" and "noun" in before and not before.text.endswith("s") and len(self.piece.subjects) < 2:
            self.piece.add("words", token.text)  # "a ball run"
        if verb.base in _RETURNING:
            self.piece.add("back", "back")
        elif "other" in verb.asserts and verb.base not in COURSE and not self._natural(verb):
            self.piece.add("words", _ALIKE.get(verb.base, verb.base))
        for word in verb.asserts - {"other"}:
            self._assert(word)
        if verb.base in ("complete", "perform", "execute"):
            return  # what is told by its object
        if not verb.asserts & {"rotation", "still", "growing", "shrinking", "accelerating", "decelerating"}:
            self.piece.add("moves", "moves")

    def _natural(self, verb: Verb) -> bool:
        """Whether a manner goes without saying: bees buzz."""
        suited = _NATURAL.get(verb.base, set())
        return bool(suited) and all(suited & {name, name.split()[-1]} for name in self.piece.subjects or self.nouns)

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

    def _also(self, token: Token) -> None:
        """What the verb of a phrase says by itself: "darts toward" is fast."""
        for verb, _ in inflections().get(token.text.split()[0], ())[:1]:
            for word in verb.asserts & {"fast", "slow", "~fast", "~slow", "up", "down"}:
                self._assert(word)

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
            if self.host != "path":
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
        return "shape" in token or ("motion" in token and token.value("motion") in ("rotation", "circle"))

    def _target(self, name: str) -> str:
        if self.host == "rotation" or (not self.host and "rotation" in self.piece.claims):
            return "rotation" if name == "sense" else "turns"
        if self.host == "path" or "shape" in self.piece.claims:
            return "sense" if name == "sense" else "laps"
        return ""

    def _camera(self, token: Token) -> None:
        value = token.value("camera").split()
        self.moving = True
        if value[0] == "zoom":
            self.piece.add("zoom", value[1])
        else:
            self.piece.add("pan", "pan")
        self._finite(token.text)
