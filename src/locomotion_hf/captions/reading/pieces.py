"""Gather tokens into pieces: a clause, a participle, a noun of motion, loose adverbs, each with what it says."""

from __future__ import annotations

import re

from .attaching import attached
from .coordinated import coordinated
from .deeds import stem
from .doing import COURSE
from .looking import ADJECTIVES
from .naming import Naming
from .notes import noted
from .piece import Piece
from .recast import recast
from .relatives import objected
from .resolving import resolved
from .tokens import BETWEEN, Token


def pieces(found: list[Token], nouns: tuple[str, ...]) -> list[list[Piece]]:
    """Cut tokens into sentences of pieces."""
    sentences: list[list[Token]] = [[]]
    for token in resolved(objected(coordinated(noted(found), nouns), nouns), nouns):
        if "stop" in token:
            sentences.append([])
        else:
            sentences[-1].append(token)
    named = {one.value("noun") for one in found if "noun" in one} or set(nouns)
    alone = next(iter(named)) if len(named) == 1 and len(nouns) < 2 else ""
    return [_Sentence(recast(attached(one), alone), nouns).pieces() for one in sentences if one]


#: Verbs of turning over that go somewhere, where it is told whither.
_OVER = {"roll", "cartwheel", "somersault"}
_OPENED = re.compile(r"(?:an?|the|this|that|its|their|his|her) ")
_CONTRAST = ("the other", "the former", "the latter", "the first", "the second")


class _Sentence(Naming):
    """Walks over the tokens of one sentence."""

    def pieces(self) -> list[Piece]:
        """All pieces, in order of mention."""
        place = 0
        while place < len(self.tokens):
            place = self._step(place)
        self._end("")
        return self.made

    def _step(self, place: int) -> int:
        token = self.tokens[place]
        after = self._after(place)
        if self._of_the_other(token, place):
            self._end("which")
        if "pause" in token and self._closes_relative(after):
            return self._resume(self._following(place + 1), place) + 1
        if "pause" in token:
            if not (self.pending.startswith("by ") and self.passive):
                self._end(",")
        elif "agent" in token and self.passive and self._names(place + 1):
            if not self.pending and self.done:
                deed = stem(self.done)
                self.pending = f"by do:{deed}"
                self._done_to(deed)
        elif token.text == "'s" and "noun" in after:
            self.piece.add("words", "'s")  # "a cat's ball"
        elif "noun" in token and place and "noun" in self.tokens[place - 1] and not _OPENED.match(token.text):
            self.piece.add("words", token.text)  # "a cat ball"
        elif "noun" in token and "another" in token:
            self.piece.add("words", f"another {token.text}")
        elif "noun" in token:
            self._resting(token.value("noun"), "resting" in token)
            self._name(token.value("noun"), place)
        elif (
            "doubt" in token
            and token.value("doubt") == "not"
            and after.verbs
            and not {"relates", "still"} & set(after.options)
        ):
            self.piece.claims.setdefault("words", set()).add(f"not: {after.verbs[0][0].base}")
            self.piece.main = self.piece.main or token.text != "without"
            return place + 2  # "does not fall", "without falling"
        elif "doubt" in token:
            self.piece.add(
                "words", f"{token.value('doubt')}: {token.text} {'' if BETWEEN & set(after.options) else after.text}"
            )
        elif "seen" in token:
            self.piece.main = True
        elif "relates" in token and self._relating(token, place):
            self._relates(token.value("relates"), token)
        elif (
            "relates" in token and token.text == "following" and "determiner" in after and self._of_motion(place + 1)
        ):
            return self._cut("after", place)  # "following a move to the left"
        elif "relates" in token and ("shape" in after or ("determiner" in after and self._of_motion(place + 1))):
            self._finite(token.text)  # "follows a curve", "travels around a circular path"
            self.piece.add("moves", "moves")
            self.moving = True
        elif "relates" in token and token.text in ("follows", "followed") and self._follows_on(place):
            self._relates("follows", token)
            self._name("it", place)
        elif "related" in token and self._names(place + 1):
            self.pending = f"by {token.value('related')}"
        elif "both" in token and "word" in after and not self.nouns and not self._verb_at(place + 1):
            return self._noun_phrase(place)  # "both cars stop", of which nothing is known
        elif "link" in token and not ("amount" in token and not self._names(place + 1)):
            return self._link(token, place, after)
        elif self._new_predicate(token):
            return self._resume(token, place)
        elif self._named_like_a_shape(token, after):
            self._name(re.sub(r"^(?:an?|the) ", "", token.text), place)
        elif token.text == "one" and place and self._stands_for_motion(place):
            self._say(token, place)  # "a slow move left, then a quick one to the right"
        elif "determiner" in token and not self._of_motion(place):
            return self._noun_phrase(place)
        elif (
            "word" in token
            and place
            and self.tokens[place - 1].text in ("in", "with", "along")
            and self._shaped(place)
        ):
            self._say(token, place)  # "in big curves, a skier ..."
        elif "word" in token and not self.made and not self.piece.says and not self.piece.subjects:
            return self._noun_phrase(place - 1)  # "Green tractor moving left"
        elif "pronoun" in token and token.text.startswith(_CONTRAST):
            self.piece.add("words", token.text)  # which one is seldom sure
        elif "pronoun" in token and "word" in after and token.text.startswith("the "):
            return self._noun_phrase(place)  # "the second hand"
        elif "pronoun" in token and (self._verb_at(place + 1) or self.pending or self._opens(token)):
            if self._opens_main(token, place):
                self._end(",")  # "as it slows down | it turns"
            mutual = token.text in ("each other", "one another")
            self._name("each other" if mutual else "they" if token.text == "they" else "it", place)
        else:
            self._say(token, place)
        return place + 1

    def _of_the_other(self, token: Token, place: int) -> bool:
        """For "Passes a dog | slowly walking", "a dog | standing still": it goes with the noun before it."""
        if not (place and self.piece.mentions and "noun" in self.tokens[place - 1]):
            return False
        after = self._after(place)
        going = "same" in after or any(form == "ing" for _, form in after.verbs)
        stands = "still" in token and token.text.split()[0].endswith("ing")
        return stands or ("speed" in token and token.text.endswith("ly") and going)

    def _named_like_a_shape(self, token: Token, after: Token) -> bool:
        """For "A ring moves down": what looks like a shape is the subject of a verb."""
        third = any(form == "third" for _, form in after.verbs)
        opens = not self.piece.subjects and not self.piece.says and re.match(r"(?:an?|the) \w+$", token.text)
        return bool(third and opens and {"shape", "motion"} & set(token.options))

    def _new_predicate(self, token: Token) -> bool:
        """For "A sheep standing still | is circled": a finite verb after a participle that belongs to the subject."""
        piece = self.piece
        finite = "be" in token or any(form == "third" for _, form in token.verbs)
        be = "be" in token and piece.says and not self.pending  # "a bell that does not move | is struck"
        if piece.link == "which" and piece.main and (be or self._resumes(token)):
            return True
        beside = piece.gerund or "still" in piece.claims  # "a table at rest | is passed"
        return bool(finite and piece.subjects and beside and not piece.main and piece.says)

    def _resume(self, token: Token, place: int) -> int:
        """Begin the main clause again, after a participle or a relative clause of its subject."""
        relative, subjects = self.piece.link == "which", list(self.piece.subjects)
        ended = self._ended(token, place) if relative else "while"
        ended = "then" if token.options.get("still") == "stops" else ended
        self._end(ended)
        self.piece.resumed = True
        named = [one.subjects for one in self.made if one.subjects and one.link != "which"]
        self.piece.subjects = list(named[-1]) if relative and named else subjects
        return place

    def _following(self, place: int) -> Token:
        """The token at a place, or after an adverb there."""
        token = self.tokens[place] if place < len(self.tokens) else Token("", {})
        adverb = "speed" in token and token.text.endswith("ly")
        return self._after(place) if adverb else token

    def _closes_relative(self, after: Token) -> bool:
        """For "A kite, which spins | , rises": a comma between what is said of the subject and its own verb."""
        opened = [one for one in self.made if one.link != "which"]
        bare = len(opened) == 1 and bool(opened[0].subjects) and not opened[0].says
        if not (bare and self.piece.link == "which" and self.piece.main and not self.pending):
            return False
        after = self._following(self.tokens.index(after)) if after.text else after
        return self._resumes(after) or ("be" in after and self.piece.says)

    def _stands_for_motion(self, place: int) -> bool:
        """Whether "one" stands for a noun of motion."""
        kinds = {*ADJECTIVES, "determiner"} & set(self.tokens[place - 1].options)
        return bool(kinds) or bool({"direction", "journey", "diagonal"} & set(self._after(place).options))

    def _resumes(self, token: Token) -> bool:
        """For "A kite that has spun twice | creeps left": the verb of the main clause, after a relative one."""
        finite = any(form in ("third", "past") for _, form in token.verbs) and not any(
            form == "participle" for _, form in token.verbs if self.passive
        )
        finite = finite or (
            "still" in token and bool(re.match(r"(?:comes|stops|stays|remains|rests|halts|pauses|is)\b", token.text))
        )
        finite = (
            finite or ("aspect" in token and token.text.split()[0].endswith("s")) or token.text in ("makes", "does")
        )
        named = any(one.subjects and one.link != "which" for one in self.made)
        return bool(finite and self.piece.says and named and not self.pending)

    def _ended(self, token: Token, place: int) -> str:
        """How the main clause stands to the relative one: "that has spun twice | creeps left" comes after it."""
        relative = next((n for n in range(place, -1, -1) if self.tokens[n].options.get("link") == "which"), 0)
        told = [one.text for one in self.tokens[relative:place]]
        if any("enters" in one for one in self.tokens[relative:place]):
            return "and"
        over = {"has", "had", "have", "started", "began", "first", "just", "was", "at first"} & set(told)
        return "then" if over or token.text.startswith("goes on") else "while"

    def _end(self, link: str) -> None:
        """Close the piece; the next is joined by `link`."""
        if self.pending:
            self.piece.add("words", self.pending)
            self.pending = ""
        for name, word in self.loose:
            target = self._target(name)
            if target:
                self.piece.add(target, word)
            elif name == "amount" and self.moving:
                self.piece.add("words", word)  # "moves once to the left"
            else:
                self.piece.add(f"{name}?", word)
        self.loose = []
        if "rotation" in self.piece.claims and len(self.piece.claims["rotation"]) > 1:
            self.piece.claims["rotation"].discard("some")
        piece = self.piece
        spins = {"clockwise", "anticlockwise"} & piece.claims.get("rotation", set())
        along = bool(spins) and (len(set(self.verbs)) > 1 or "shape" in piece.claims)  # "turning clockwise it falls"
        if "turn" in self.verbs and "direction" in piece.claims and not along:
            piece.add("turned", "turned")
        piece.swerve = (
            bool(self.verbs)
            and set(self.verbs) <= {"swerve", "turn", "turn back", "turn around"}
            and set(piece.claims) <= {"rotation", "words", "moves"}
            and piece.claims.get("rotation", {"some"}) == {"some"}
        )
        piece.course = "direction" in piece.claims and bool(COURSE & set(self.verbs))
        counted = "turns" in piece.claims or "sense?" in piece.claims
        if piece.course and piece.claims.get("rotation") == {"some"} and not counted:
            del piece.claims["rotation"]  # "turns left": a change of course
            piece.add("moves", "moves")
        if _OVER & set(self.verbs) and ("direction" in piece.claims or piece.relations):
            piece.add("moves", "moves")
        self._placed()
        if piece.says or piece.subjects:
            self.made += [piece, *self.asides]
            self.piece, self.asides = Piece(link=link), []
        elif link in ("then", "before", "after", "followed") or (link and self.piece.link in (",", "and", "")):
            self.piece.relative = self.piece.relative or self.piece.link == "which"  # "a ball, which then rolls"
            self.piece.link = link
        self.host, self.verbs, self.sided, self.described, self.of_agent = "", [], [], {}, {}
        self.passive = self.fronted = self.moving = self.weak = False
        self.done = ""

    def _placed(self) -> None:
        """A direction without motion tells a place: "is to the left", "grows to the left"."""
        piece = self.piece
        if (
            piece.agent
            or not {"direction", "diagonal"} & set(piece.claims)
            or {"enters", "leaves", "pan"} & set(piece.claims)
        ):
            return
        attribute = self.moving and not {"moves", "change", "shape", "tumbles"} & set(piece.claims)
        told = piece.main or (piece.subjects and piece.link not in ("and", "while", ","))
        if attribute or (told and not self.moving):
            piece.add("words", "place")

    def _link(self, token: Token, place: int, after: Token) -> int:
        link = token.value("link")
        if link == "then" and self.passive and place and "be" in self.tokens[place - 1]:
            self.piece.link = "then" if self.piece.link in ("", ",", "and") else self.piece.link
            return place + 1  # "is then blown to the left"
        if link == "then" and not self._clause(place + 1) and self.piece.main and self.piece.says:
            self.piece.link = "then" if self.piece.link in (",", "and", "then") else "last"
            return place + 1  # "rises, sinks afterwards"
        listed = any("link" in one and one.value("link") in ("then", "last") for one in self.tokens[place:])
        if link == "first" and place and listed and not self._clause(place + 1):
            return place + 1  # "slowly at first, then quickly"
        dangling = not self._clause(place + 1) or after.text in ("that", "this", "which", "these")
        if dangling and (link in ("before", "after") or (link == "first" and place)):
            self.piece.add("words", token.text)  # "and shortly after, ...", "slowly at first"
            return place + 1
        if (
            link == "which"
            and place
            and "shape" in self.tokens[place - 1]
            and COURSE & {v.base for v, _ in after.verbs}
        ):
            return place + 2  # "an arc that turns clockwise"
        if link == "and":
            if self.sided and ("direction" in after or "diagonal" in after):
                return place + 1  # "up and to the right"
            if self.piece.subjects and not self.piece.says and not self.piece.main and self._names(place + 1):
                return place + 1  # "a cat and a ball"
            if token.text.startswith(("but", "yet")) and "direction" in after:
                self.piece.add("words", token.text)  # "moves up, but to the left of the frame"
            return self._cut("and", place)
        if link == "followed" and self._names(place + 1) and not self._of_motion(place + 1):
            if self.piece.gerund and self.piece.says and not self.piece.main:
                self._resume(token, place)  # "a cup moving left is followed by ..."
                self.piece.main = True
            self.passive, self.pending = True, "by follows"
            return place + 1
        if link == "last" and self.piece.main and self.piece.says and not self._clause(place + 1):
            self.piece.link = "then" if self.piece.link in (",", "and", "then") else self.piece.link
            self.piece.final = True  # "and rises at last, still turning"
            return place + 1
        if link == "last" and self.piece.gerund and self.piece.says and not self._clause(place + 1):
            self.piece.add("words", "last")  # "rises, turning at the end"
            return place + 1
        if link == "last":
            self._end("then")
            self.piece.final = True
            return place + 1
        if link == "while" and self.piece.link == "then" and not self.piece.says:
            self.piece.add("words", token.text)  # "then at the same time"
            return place + 1
        ahead = self.passive and any("agent" in one for one in self.tokens[place:])
        if ahead and token.text in ("on the way", "on its way") and {"direction", "journey"} & set(after.options):
            return place + 1  # "passes a cup on its way to the left"
        if link == "while" and not self._clause(place + 1) and "on its way" not in token.text:
            # "at the same time": says how this piece stands to the one before.
            if self.piece.says and place + 1 >= len(self.tokens):
                self.piece.add("along", "meanwhile")
            self._end("")
            self.piece.link = "while"
            return place + 1
        return self._cut(link, place)

    def _cut(self, link: str, place: int) -> int:
        clause = self.piece.link == "which" and self.piece.says and not self.piece.subjects
        beside = clause and self.piece.paused
        self._end(link)
        self.piece.paused = bool(place) and "pause" in self.tokens[place - 1]
        named = self.tokens[place - 1 - self.piece.paused] if place > self.piece.paused else Token("", {})
        if link == "which" and "noun" in named:
            self.piece.near = named.value("noun")
        if not self.piece.paused and ((link == "with" and clause) or (link in ("and", "while") and beside)):
            self.piece.relative = True  # "passes a cup that rises | with a spin", "..., which rises | and spins"
        return place + 1

    def _opens(self, token: Token) -> bool:
        """Whether a pronoun can be the subject here, whatever follows."""
        own = token.text in ("it", "he", "she", "they") or token.text.startswith(("the ", "this ", "that "))
        return own and not self.piece.main and not self.piece.subjects and not self.piece.gerund

    def _opens_main(self, token: Token, place: int) -> bool:
        """Whether a pronoun opens the main clause, after a subordinate one without a comma."""
        clause = self.piece.link in ("while", "after", "before") and self.piece.main and self.piece.says
        return clause and token.text == "it" and not self.pending and self._verb_at(place + 1)

    def _relating(self, token: Token, place: int) -> bool:
        """Whether a verb such as "follows" has another actor for its object, or is passive with an agent to come."""
        if self.passive and "ing" not in token.text.split()[0][-3:]:
            later = self.tokens[place + 1 : place + 6]
            return any("agent" in one and self._names(place + 2 + n) for n, one in enumerate(later))
        if token.text in ("leaves", "leave", "leaving"):
            return self._known(place + 1)  # not "leaves the stage"
        return self._names(place + 1)

    def _follows_on(self, place: int) -> bool:
        """For "A cup rises, and a dish follows": who follows is told, and not whom."""
        place += "speed" in self._after(place)
        after = self._after(place)
        ends = not after.text or "pause" in after
        others = {name for one in self.made for name in one.subjects}
        return ends and bool(self.piece.subjects) and bool(others - set(self.piece.subjects))

    def _relates(self, relation: str, token: Token) -> None:
        passive = self.passive and not token.text.split()[0].endswith("ing")
        self.moving = True
        self.pending = f"by {relation}" if passive else relation
        self.piece.main = self.piece.main or not token.text.split()[0].endswith("ing")
        self.piece.gerund = self.piece.gerund or token.text.split()[0].endswith("ing")
        if relation == "orbits":
            self.piece.add("shape", "circle")
            self.host = "path"
        self.piece.add("moves", "moves")
        self._also(token)
