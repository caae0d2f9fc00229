"""Say plainly what a sentence says in a roundabout way: clefts, closing remarks, names in apposition, "respectively".

"It is a cup that moves left", "What moves left is a cup" and "What the cup does is move left" become "a cup moves
left"; "First up, then down: that is how the cup moves" becomes "first up, then down, the cup"; "A cup and a dish move
up and down, respectively" becomes "a cup moves up while a dish moves down". What takes no more than an expression
stands in `rewordings.txt`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from locomotion_hf.captions.lexicon import inflect, inflections

from .backwards import BACKWARDS
from .computed import COMPUTED
from .contrary import CONTRARY
from .doubtful import during
from .paired import PAIRED

#: What works out the rewordings that are no more than a name.
_WORKED_OUT = {**COMPUTED, **PAIRED, **BACKWARDS, **CONTRARY, "during_that": during}
_NAME = r"(?:an?|the|one|two|three) (?:[\w'-]+ ){0,3}?[\w'-]+"
_SIGN = r"\s*[:;,\u2013\u2014-]+"
#: "..., such is the cup's run", "...: that is how the cup moves", "...: so moves the cup".
_CLOSINGS = (
    rf"{_SIGN} (?:that|this|such|so|these|those|thus) (?:is|was|are|were) "
    rf"(?:all |what |how |the way |the (?:path|course|route|order) )*(?:that )?({_NAME}|it) (\w+s|did)\.?$",
    rf"{_SIGN} (?:that|this|such|these) (?:is|was|are) ({_NAME}) 's "
    r"(?:path|run|journey|course|motion|movement|route|way|trip|moves|trajectory|flight)\.?$",
    rf"{_SIGN} (?:that|this) is ({_NAME})(?: for you)?[.!]?$",
    rf"{_SIGN} that (?:is|was) where ({_NAME}|it) (goes|moves|heads|travels|went|moved)(?: first)?(?=[.!;]|$)",
    rf"{_SIGN} (?:so|thus) (?:moves|goes|travels|does) ({_NAME})\.?$",
)
_RESPECTIVELY = re.compile(
    rf"\b({_NAME}) and ({_NAME}) (?:(\w+) )?((?:[\w-]+ ){{0,4}}?[\w-]+) and "
    r"((?:[\w-]+ ){0,4}?[\w-]+),? respectively"
)
#: Verbs that say no more than that it moves.
_PLAIN = {"does", "did", "moves", "goes", "travels", "behaves", ""}
_IRREGULAR = {"be": "is", "are": "is", "were": "was", "have": "has", "do": "does"}
_LIGHT = {"become", "begin", "make", "take"}


def plain(text: str) -> str:
    """A text without its roundabout ways.

    Args:
        text: in lower case, with plain marks.
    """
    text = " ".join(reworded(text, "chat").split())
    text = " ".join(reworded(text, "plain").split())
    for pattern in _CLOSINGS:
        text = re.sub(pattern, _closed, text)
    return _RESPECTIVELY.sub(_respectively, text) if "respectively" in text else text


def reworded(text: str, section: str) -> str:
    """A text with the rewordings of one section of `rewordings.txt`, in their order."""
    for pattern, said in _rewordings()[section]:
        text = pattern.sub(lambda found, said=said: _said(found, said), text)  # type: ignore[misc]  # one argument
    return text


def third(word: str) -> str:
    """The form of a verb that goes with one thing: "move" -> "moves"; of other words the word itself."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    base = word in _LIGHT or any(form == "base" for _, form in inflections().get(word, ()))
    return inflect(word)["third"][0] if base else word


@cache
def _rewordings() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    """Section -> what it matches and what that becomes."""
    bases = {text for text, senses in inflections().items() if any(form == "base" for _, form in senses)}
    bases = {text for text in bases if text.isalpha()} | _LIGHT | set(_IRREGULAR)
    names = {"base": rf"(?:{'|'.join(sorted(bases, key=len, reverse=True))})\b"}
    found: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    section: list[tuple[re.Pattern[str], str]] = []
    for line in files(__package__).joinpath("rewordings.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if define := re.fullmatch(r"\$(\w+) = (.+)", line):
            names[define[1]] = define[2]
        elif head := re.fullmatch(r"\[(\w+)\]", line):
            section = found.setdefault(head[1], [])
        else:
            matched, _, said = line.partition(" ==>")
            for name, part in names.items():
                matched = matched.replace(f"${name}", part)
            section.append((re.compile(matched), said.strip().replace("~", " ")))
    return found


def _said(found: re.Match[str], said: str) -> str:
    """What a rewording gives for what it found."""
    name = said.partition("(")[0]
    if told := _WORKED_OUT.get(name):
        return told(found)
    verb = re.search(r"third\(\\(\d)\)", said)
    if verb is None:
        return found.expand(said)
    word = found[int(verb[1])]
    if third(word) == word:
        return found[0]
    return found.expand(said.replace(verb[0], third(word)))


def _closed(found: re.Match[str]) -> str:
    """A closing remark leaves its name, and its verb where that says something."""
    verb = found[2] if (found.re.groups > 1 and found[2] not in _PLAIN) else ""
    return f", {found[1]} {verb}".rstrip()


def _respectively(found: re.Match[str]) -> str:
    first, second, verb, one, other = found.groups()
    if verb and third(verb) == verb:
        second, verb = f"{second} {verb}", ""  # "the green | ball"
    if len(first.split()) == 2 and len(second.split()) == 3 and second.split()[0] == first.split()[0]:
        first += " " + second.split()[-1]  # "the red and the green ball"
    told = [" ".join([third(words.split()[0]), *words.split()[1:]]) for words in (one, other)]
    said = f"{third(verb)} " if verb else ""
    return f"{first} {said}{told[0]} while {second} {said}{told[1]}"
