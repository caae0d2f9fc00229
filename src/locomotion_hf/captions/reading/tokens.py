"""Cut a text into phrases that say something of a motion, verbs, known nouns, and words that are left over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from locomotion_hf.captions.lexicon import Verb, inflections

from .calling import DETERMINER, RESTING, heads, loosely, mention, otherwise, short
from .phrases import Phrase, at

_WORD = re.compile(r"[^\W_]+(?:['\-./][^\W_]+)*|\S")
#: The words, without marks between them, that stand at the start of a text.
_WORDS = re.compile(r"[\w-]+(?: [\w-]+)*")
#: What a camera is called.
CAMERA = frozenset({"camera", "view", "shot", "viewpoint"})
_PERFECT = ("having", "has", "had", "have", "just", "already")


#: A verb's particle that rather belongs to what follows: "moves | away from", "speeds | up and to the left".
_CUT = re.compile(
    r"in (?:opposite|the (?:same|opposite|other)|one |that|this|reverse|contrary)"
    r"|away from |back and forth|(?:up|down) and (?:to the )?(?:left|right)"
)


#: What a verb may assert that only goes: "creeps", "dashes".
_MANNER = frozenset({"slow", "fast", "~slow", "~fast"})
#: What parts a text: one of these kinds stands between what belongs together and the next.
BETWEEN = frozenset({"pause", "link", "stop"})
#: Verbs that leave it to the participle that follows.
COMING = frozenset({"comes", "came", "come", "goes", "went", "go"})


@dataclass(frozen=True)
class Token:
    """A stretch of text with everything that it may be.

    Attributes:
        text: in lower case.
        options: kind -> value, of `phrases.txt`; also "verb", "noun" and "word".
        verbs: the verbs of which it is a form, and which form.
    """

    text: str
    options: dict[str, str]
    verbs: tuple[tuple[Verb, str], ...] = ()

    def value(self, kind: str) -> str:
        """What it says as one of its kinds."""
        return self.options[kind]

    def __contains__(self, kind: str) -> bool:
        return kind in self.options


@cache
def _longest_verb() -> int:
    """Of how many words the longest form of a verb is."""
    return max(len(form.split()) for form in inflections())


def token_at(found: list[Token], place: int) -> Token:
    """The token at a place; one that is nothing before the first and after the last."""
    return found[place] if 0 <= place < len(found) else Token("", {})


def _going(word: str) -> bool:
    """Whether a word is a verb's form in -ing."""
    return any(form == "ing" for _, form in inflections().get(word, ()))


def _verb(text: str) -> str:
    """The longest form of a verb with which a text begins; "" when there is none."""
    words = _WORDS.match(text)
    ends = [one.end() for one in re.finditer(r"\S+", words[0])][: _longest_verb()] if words else []
    return next((text[:end] for end in reversed(ends) if text[:end] in inflections()), "")


def tokens(text: str, nouns: tuple[str, ...] = ()) -> list[Token]:
    """Cut a text.

    Args:
        text: normalised by `wording.normal`.
        nouns: noun phrases, normalised, that are taken as a whole wherever they stand.

    Returns:
        Tokens, in order; together they cover the text.
    """
    found: list[Token] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        rest = text[place:]
        noun = _known(rest, nouns, found)
        if noun:
            found.append(noun[0])
            place += noun[1]
            continue
        phrases = tuple(one for one in at(rest) if _fits(one, rest, found, nouns))
        verb = _verb(rest)
        if _CUT.match(f"{verb.split()[-1]}{rest[len(verb) :]}" if verb else ""):
            verb = _verb(verb.rpartition(" ")[0] or verb)
        if verb == "edge" and found and {"direction", "edge", "determiner"} & set(found[-1].options):
            verb = ""  # "the right-hand edge"
        longest = max(len(phrases[0].text) if phrases else 0, len(verb))
        if verb in COMING and (following := _WORDS.match(rest[longest + 1 :])) and _going(following[0].split()[0]):
            found.append(Token(verb, {"aspect": ""}))  # "comes | walking in"
            place += len(verb)
            continue
        if longest:
            options: dict[str, str] = {}
            for one in phrases:
                if len(one.text) == longest:
                    options.setdefault(one.kind, one.value)
            said = rest[:longest]
            forms = tuple(inflections()[said]) if len(verb) == longest else ()
            if said == "left" and not (found and found[-1].text.split()[-1] in _PERFECT):
                forms = ()  # the side, unless something "has left"
            if forms:
                options["verb"] = ""
        else:
            said, options, forms = _WORD.match(rest)[0], {"word": ""}, ()  # type: ignore[index]
        found.append(Token(said, options, forms))
        place += len(said)
    return found


def _fits(phrase: Phrase, rest: str, before: list[Token], nouns: tuple[str, ...]) -> bool:
    """What a phrase needs around it: "moves in" enters when an edge follows, and zooms when a camera does it."""
    if (
        phrase.kind == "camera"
        and phrase.text.endswith(" in")
        and re.match(r" (?:an?|the) ", rest[len(phrase.text) :])
    ):
        return phrase.text.startswith("zoom")  # "moves | in a slow pan"
    if phrase.kind == "camera":
        filmed = any(noun.endswith("camera") for noun in nouns)  # a camera that is seen moves like anything else
        cameras = [n for n, one in enumerate(before) if one.text.split()[-1] in CAMERA]
        return not filmed and bool(cameras) and not any("noun" in one for one in before[cameras[-1] :])
    if phrase.text.endswith(" for") and re.match(
        r"\s+the (?:upper|lower|top|bottom|left|right|far)\b", rest[len(phrase.text) :]
    ):
        return False  # "heads | for the lower left"
    if phrase.text.startswith("twice as"):
        return not re.match(r" (?:it|he|she|they|the|an?)\b", rest[len(phrase.text) :])  # "flips twice | as it falls"
    if phrase.kind == "edge" and re.match("(?:up|down) from ", phrase.text):
        return not re.match(r"[ -](?:left|right)\b", rest[len(phrase.text) :])  # "down | from the top left"
    if phrase.kind == "amount" and phrase.text in ("a little", "a bit"):
        after = rest[len(phrase.text) :].lstrip()
        return bool(not re.match(r"\w", after) or at(after) or _verb(after))  # not "a little | toy train"
    if phrase.text == "left behind" and before and before[-1].verbs:
        return False  # "swims left | behind a boat"
    if phrase.kind == "link" and phrase.text.startswith("right "):
        joined = len(before) > 1 and before[-1].text == "and" and "direction" in before[-2]
        return not (joined or _aimless(before))  # "up and right | before", "creeps right | before"
    if phrase.kind == "edge" and re.fullmatch(r"off (?:left|right)", phrase.text):
        return any({"enters", "leaves"} & set(one.options) for one in before)  # not "dashes | off right"
    if phrase.kind == "amount" and phrase.text.endswith((" around", " round", " about")):
        return not re.match(r" (?:an?|the|it|them)\b", rest[len(phrase.text) :])  # "once | around a tree"
    if phrase.kind == "related" and re.match("chased|pursued|hunted", phrase.text):
        return not (before and "be" in before[-1])  # "is | chased | by a wolf"
    if phrase.text == "next to" and re.match(r" the (?:left|right|top|bottom)(?:[,.;]| and|$)", rest[7:]):
        return False  # "then left, next to the right, and ..."
    if phrase.text.endswith(" to") and phrase.kind in ("aspect", "doubt"):
        return not rest[len(phrase.text) :].startswith(" the ")  # "proceeds | to the right"
    if (
        phrase.text.endswith(" in")
        and before
        and any("edge" in one and one.text[:4] == "from" for one in before[-4:])
    ):
        return True  # "from the right a heron walks in"
    if phrase.text in ("once more", "once again") and before and "link" in before[-1]:
        return bool(re.match(r" (?:to|up|down|left|right)", rest[len(phrase.text) :]))  # not "twice and once more"
    if phrase.kind not in ("enters", "leaves") or not phrase.text.endswith((" in", " out", " off")):
        return True
    return bool(
        re.match(
            r"\s+(?:[a-z]+ly )?(?:from|over|through|at|via|by|past|to the (?:left|right)|on the)\b",
            rest[len(phrase.text) :],
        )
    )


def _aimless(before: list[Token]) -> bool:
    """Whether a verb of going stands last whose clause says no direction yet: "it creeps | right before"."""
    verb = before[-1] if before else Token("", {})
    going = bool(verb.verbs) and not any(said.asserts - _MANNER for said, _ in verb.verbs)
    clause = next((n for n in range(len(before), 0, -1) if {"link", "stop", "pause"} & set(before[n - 1].options)), 0)
    return going and not any("direction" in one for one in before[clause:])


def _known(rest: str, nouns: tuple[str, ...], before: list[Token]) -> tuple[Token, int] | None:
    """A known noun at the start of a text. A name that is also a word of motion needs its determiner."""
    best: tuple[str, re.Match[str]] | None = None
    for noun in nouns:
        match = mention(noun).match(rest)
        if match and (best is None or match.end() > best[1].end()):
            best = noun, match
    others = [(noun, match) for noun in nouns if (other := otherwise(noun)) and (match := other.match(rest))]
    longest = max((match.end() for _, match in others), default=0)
    if longest > (best[1].end() if best else 0):
        meant = [one for one in others if one[1].end() == longest]
        best = meant[0] if len(meant) == 1 else best
    for noun in nouns:
        loose = pattern.match(rest) if (pattern := loosely(noun)) else None
        if loose and (best is None or loose.end() > best[1].end()):
            return Token(loose[0], {"noun": noun}), loose.end()
    for said, noun in short(nouns).items():
        if best is None and re.match(rf"{said}(?!\w)", rest):
            return Token(said, {"noun": noun}), len(said)
    if best is None:
        return _partly(rest, nouns, before)
    options = {"noun": best[0], **({"resting": ""} if best[1]["rest"] else {})}
    if re.match(r"an? ", best[1][0]) and any(one.options.get("noun") == best[0] for one in before):
        options["another"] = ""  # "a ball moves left, then a ball rises"
    bare = re.sub(rf"^{DETERMINER}", "", best[1][0])
    opened = before[-2:-1] and "determiner" in before[-2] and "speed" in before[-1]  # "a fast barrel"
    article = bool(before) and ("determiner" in before[-1] or before[-1].text in ("with a", "with an", "with its"))
    named = bare != best[1][0] or not before or article or "stop" in before[-1] or bool(opened)
    own = bare.removeprefix(best[1]["rest"] or "")  # "hits | stationary cup"
    if not named and (at(own) or own in inflections()):
        return None
    return Token(best[1][0], options), best[1].end()


#: A name that is told in part.
_PART = re.compile(
    r"(?:the same|that same|the|this|that|these|those|its|their) "
    rf"(?P<rest>{RESTING} )?(?P<first>[\w-]+)(?: (?P<more>[\w-]+))?"
)


def _partly(rest: str, nouns: tuple[str, ...], before: list[Token]) -> tuple[Token, int] | None:
    """For "The plug", after "an electric plug"."""
    found = _PART.match(rest)
    if found is None:
        return None
    for part, end in ((f"{found['first']} {found['more']}", found.end()), (found["first"], found.end("first"))):
        noun = heads(nouns).get(part)
        if noun and not at(part) and any(one.options.get("noun") == noun for one in before):
            return Token(rest[:end], {"noun": noun, **({"resting": ""} if found["rest"] else {})}), end
    return None
