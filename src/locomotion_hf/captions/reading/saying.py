"""What tokens say of a motion, stated to the piece in which they stand."""

from __future__ import annotations

import re

from locomotion_hf.captions.lexicon import inflections

from .deeds import IRREGULAR, stem
from .doing import ASSERTED, Doing
from .phrases import EDGES, OPPOSITE
from .tokens import BETWEEN, COMING, Token

#: Edges over which something goes.
_OUT = r"(?:out|off|past|beyond|through)\b"
#: What may follow a preposition that has no noun.
_CARRIED = {"direction", "shape", "edge", "journey", "way", "sense", "amount", "speed", "diagonal", "change"}
_THROUGH = {"under", "through", "across", "out of", "out", "to", "from", "over", "into", "with", "with a", "with an"}
BE = {"is", "are", "was", "were", "does", "doesn't", "did", "didn't", "never", "do", "don't"}
#: Where something stands to another.
_BESIDE = {
    "over": "above", "above": "above", "under": "below", "below": "below", "beneath": "below", "underneath": "below",
    "ahead of": "leads", "beside": "beside", "next to": "beside", "near": "near", "in front of": "in front of",
}  # fmt: skip
#: Prepositions that say the same.
_WHERE = {
    "above": "over", "below": "under", "beneath": "under", "underneath": "under", "alongside": "beside",
    "next to": "beside",
}  # fmt: skip
#: Words between a verb and its particle or place that make "right" an adverb: "right there", "right up".
_AFTER_RIGHT = {"direction", "filler", "preposition", "way", "relation", "word", "back", "agent", "spinning"}
#: Verbs of a resting that the lexicon has not: "makes a stop", "comes to a halt".
_HOLDS = {"holds", "held", "keeps", "kept", "lies", "makes", "made", "takes", "took", "comes", "came"}
_SAYING = {"shape", "enters", "leaves", "relates", "growth", "change", "direction"}


class Saying(Doing):
    """Takes in one token after the other."""

    def _say(self, token: Token, place: int) -> None:
        """A token that says something of the motion, or that is left over."""
        piece = self.piece
        as_noun = ("motion" in token or self._shape_verb(token)) and self._nominal(place)
        filming = piece.subjects or (self.made[-1].subjects if self.made else [])
        if "camera" in token and "camera" in filming:
            self._camera(token)
        elif as_noun:
            said = token.value("motion").split() if "motion" in token else token.verbs[0][0].asserts & set(ASSERTED)
            for word in said:
                self._assert(word)
            self.moving = True
            if set(said) - {"rotation", "accelerating", "decelerating", "growing", "shrinking", "still"}:
                piece.add("moves", "moves")
            self._counted(place)
        elif token.text == "back" and "back" in token:
            piece.add("back", "back")
        elif "still" in token:
            first = token.text.split()[0]
            # it need not have moved before
            waits = first.startswith("wait") and ((not self.made and not piece.says) or piece.link == "which")
            piece.add("still", "still" if waits else token.value("still") or "still")
            finite = any(form in ("third", "past") for _, form in inflections().get(first, ()))
            piece.main = piece.main or finite or first in BE or first in _HOLDS
            piece.gerund = piece.gerund or first.endswith("ing")
        elif "says" in token and not self._names(place + 1):
            piece.add("words", token.value("says"))
            piece.add("moves", "moves")
            self._finite(token.text)
        elif token.text == "slow" and "speed" in token and not self.tokens[place - 1].text.endswith(" to"):
            piece.add("speed", "slow")
        elif "aspect" in token and self._sets_out(place):
            piece.add("moves", "moves")
            self.moving = True
            self._finite(token.text)
        elif "verb" in token and not self._rather_said(token, place):
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
            curving = bool(re.match(r"(?:curv|arc|bend|arch)\w*(?:s|ing)$", token.text))
            beside = {kind for one in self.tokens if one is not token for kind in one.options}
            leads = "direction" in beside and ("sense" in beside or not token.text.startswith("bend"))
            curving = curving and ("shape" in beside or leads)  # not "bends down"
            opened = bool(place) and bool({"light", "aspect"} & set(self.tokens[place - 1].options))
            self.moving = self.moving or curving or opened
            before = self.tokens[place - 1].text if place else ""
            bent = before == "through" and token.text.endswith((" arc", " curve"))  # "down through a curve"
            if (before in _THROUGH and not bent) or re.match(
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
                # "appears at the left edge": it need not come over it
                piece.add("words", f"{token.text.split()[0]} {token.value('edge')}")
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

    def _rather_said(self, token: Token, place: int) -> bool:
        """Whether a verb of no fact of ours says more as a phrase: "is pushed to the left", where nobody pushes."""
        done = self.passive and not any("agent" in one for one in self.tokens[place:])
        told = _SAYING | {"passive"} if done else _SAYING
        return "other" in token.verbs[0][0].asserts and bool(told & set(token.options))

    def _sets_out(self, place: int) -> bool:
        """For "Begins leftward", "starts slowly up": to begin is to move."""
        plain = not re.match(r"end|finish|conclud|keep", self.tokens[place].text) and not re.search(
            " (?!off$|out$)", self.tokens[place].text
        )
        place += 1 + ("speed" in self._after(place))
        return plain and bool({"direction", "journey", "diagonal"} & set(self._after(place - 1).options))

    def _direction(self, token: Token, place: int) -> None:
        """Where to; or where something is: "is up", "a ball to the left moves"."""
        piece, before, after = self.piece, self.tokens[place - 1] if place else Token("", {}), self._after(place)
        said = token.value("direction" if "direction" in token else "journey").split()
        particle = ("aspect" in before or "light" in before) and any(form == "ing" for _, form in after.verbs)
        particle = particle and " " not in token.text  # not "runs | to the left | following a cat"
        onto = bool(_AFTER_RIGHT & set(after.options)) or after.text.startswith(("out", "off", "into"))
        joined = before.text == "and" or "direction" in before or after.text in ("too", "as well")
        side = "relation" in after and not (joined or self.sided) and self.moving and self._names(place + 2)
        adverb = token.text == "right" and onto and not (joined or side)
        adverb = adverb or (token.text == "right" and "pause" in before and "pause" in after)  # "moves, right, and"
        early = bool(piece.subjects) and not (self.moving or piece.main or piece.gerund) and self._verb_at(place + 1)
        if not said or particle or adverb or early or ("be" in before and "passive" not in after):
            piece.add("words", token.text)
        if "straight" in token.text:
            piece.add("straight", "straight")
        if token.text.startswith("back "):
            piece.add("again", "back")
        if "journey" in token and token.text.startswith("from ") and "enters" in piece.claims and len(said) == 1:
            edge = OPPOSITE[said[0]]  # "comes in from the right to the left"
            piece.add("edge", EDGES.get(edge, edge))
        piece.add("direction", *said)
        self.sided = said

    def _elliptic(self) -> bool:
        """Whether a verb was told that this piece may share: "the ball goes right, the cup left"."""
        return any({"direction", "opposite"} & set(one.claims) for one in self.made)

    def _plain(self, token: Token, place: int) -> None:
        """Tokens that say the same wherever they stand."""
        piece, after = self.piece, self._after(place)
        if "along" in token:
            piece.add("along", "along")
            return
        if "spun" in token:
            piece.add("rotation", token.value("spun"))
            return
        if "passing" in token:
            piece.add("passing", "by")
            return
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
                if self.passive:  # "a slow cup is slowly passed"
                    self.of_agent.setdefault(name, set()).add(token.value(name))
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
            turning = "rotation" in piece.claims and not {"moves", "direction", "shape"} & set(piece.claims)
            piece.add("same", "rotation" if turning and token.text == "the same way" else token.value("same"))
        elif "diagonal" in token:
            piece.add("diagonal", "diagonal")
        elif "enters" in token or "leaves" in token:
            self.moving = True
            self.weak = self.weak or bool(re.match(r"appear|show|pop|arriv|emerg|disappear|vanish", token.text))
            piece.add("enters" if "enters" in token else "leaves", "some")
            if not re.match(r"(?:out|off|into|away)\b", token.text):
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
            elif not (
                token.value("relation") == "around"
                and (self.host or {"shape", "amount"} & set(self._after(place).options))
            ):
                piece.add("words", token.text)
        elif "passive" in token and (self.passive or not piece.main):
            for word in token.value("passive").split():
                self._assert(word)
            piece.add("moves", "moves")
            piece.gerund = not piece.main
            self.done, self.moving = token.text, True
        elif "be" in token:
            piece.main, self.passive = True, True
            if token.text in ("is", "was", "are", "were") and {"speed", "sense"} & set(self._after(place).options):
                piece.add("along", "along")
        elif "light" in token:
            self._finite(token.text)
            if re.match("cross|travers|leads? the way|leading the way|led the way", token.text):
                piece.add("moves", "moves")
            self.moving = token.text.split()[0] not in ("has", "have", "had", "does", "do", "did")
        elif "aspect" in token:
            self._finite(token.text)
            piece.starts = piece.starts or bool(re.match("start|beg|proceed", token.text))
            if re.match(r"end|finish|conclud", token.text):
                piece.link = piece.link if piece.link in ("before", "after", "then") else "then"
            if "motion" in token or (token.text in COMING and self._turns(self._after(place))):
                piece.add("moves", "moves")  # "goes | spinning to the left"
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
            piece.claims.setdefault("words", set()).add(token.value("trait"))  # wherever it stands
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
        elif token.text in ("in", "out") and "spiral" in piece.claims.get("shape", ()) and not self._names(place + 1):
            piece.add("way", f"{token.text}wards")
        elif token.text == "off" and self.moving and (not after.text or BETWEEN & set(after.options)):
            piece.add("words", "away")  # "speeds off"
        elif any(kind in token for kind in ("filler", "determiner", "preposition")):
            if "preposition" in token and "filler" not in token and "determiner" not in self._after(place):
                after = self._after(place)
                if self._names(place + 1) or not (_CARRIED & set(after.options) or self._shaped(place + 1)):
                    piece.add("words", _WHERE.get(token.text, token.text))
            elif "preposition" in token and "filler" not in token and self._names(place + 1):
                piece.add("words", _WHERE.get(token.text, token.text))
        elif piece.subjects and not piece.main and (self._names(place + 1) or self.passive):
            piece.main, self.done, self.moving = True, token.text, True  # "carries a tray"
            piece.add("moves", "moves")
        elif self.passive and (token.text.endswith(("ed", "en")) or token.text in IRREGULAR):
            self.done, self.moving = token.text, True
            piece.add("moves", "moves")
        else:
            piece.add("words", self._root(token, place))

    def _root(self, token: Token, place: int) -> str:
        """What was not understood in one form for all: "knocks", "knocking"; "sharp", "sharply"."""
        before = self.tokens[place - 1] if place else Token("", {})
        acts = "noun" in before or "pause" in before or "link" in before
        if "word" not in token or not re.search(r"(?:ing|ed)$" if not acts else r"(?:ing|ed|[^su]s)$", token.text):
            return re.sub("(?<=....)(?<!late)(?<!high)(?<!short)(?<!near)(?<!hard)ly$", "", token.text)
        return stem(token.text)

    @staticmethod
    def _turns(token: Token) -> bool:
        """Whether a token is a participle of turning: "spinning"."""
        return any(form == "ing" and "rotation" in verb.asserts for verb, form in token.verbs)

    def _camera(self, token: Token) -> None:
        value = token.value("camera").split()
        self.moving = True
        if value[0] == "zoom":
            self.piece.add("zoom", value[1])
        else:
            self.piece.add("pan", "pan")
        self._finite(token.text)
