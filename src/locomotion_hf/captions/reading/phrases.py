"""Recognise phrases: the longest known stretch of text at a place, and what it says.

The phrases stand in `phrases.txt`, by kind and value, in a small notation that is explained there and compiled
here to regular expressions. The reader shares no table with the grammar that writes captions, so that a slip in
one shows against the other; only verbs come from the one lexicon of the room.

The kinds, by what a phrase of them says:

- of a motion: `direction`, `journey` (from where to where), `starts` and `ends` (at which side), `diagonal`, `way`,
  `speed`, `change`, `sense`, `amount` (of turns or laps), `spinning` (about itself), `spun` (and which way), `shape`,
  `growth`, `edge`, `enters`, `leaves`, `still`, `back` (against the motion before), `opposite`,
  `same` (as the other actor's),
  `swerve` (a change of course), `motion` (a noun: "descent"), `passive` (a participle), `camera` (what it does),
  `straight`, `steady`, `again` and `throughout` (true unless something else belies them);
- as told before: `ditto` ("does the same");
- of another actor: `relates` (a verb with an object), `related` (its passive), `relation` (a preposition),
  `agent` ("by"), `passing` ("goes by", without whom it passes);
- of how things hang together: `link`, with its value for the order; `both`, `respectively`, `pronoun`,
  `determiner`, `preposition`, `pause`, `stop`;
- what our facts do not know: `says` and `trait` give it one word for all its wordings, as a verb and as a property,
  `doubt` is a negation or hedge;
- nothing: `filler`, `aspect` ("begins to"), `light` ("makes"), `seen` ("we see"), `be`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: Side -> the other one.
OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}
#: Side -> the edge there, where it has another name.
EDGES = {"up": "top", "down": "bottom"}
#: What names a side, or the edge there -> the side.
SIDES = {
    "up": "up", "upper": "up", "top": "up", "above": "up", "sky": "up", "aloft": "up", "heaven": "up",
    "down": "down", "lower": "down", "bottom": "down", "below": "down", "earth": "down", "ground": "down",
    "left": "left", "right": "right",
}  # fmt: skip
_SIDE = re.compile(r"(up(?:per)?|top|above|down|lower|bottom|below|left|right|sky|heaven|earth|ground|aloft)")
_COUNTS = {
    "twice": "twice", "two": "twice", "2": "twice", "a couple of": "twice", "720": "twice",
    "thrice": "three times", "three": "three times", "3": "three times", "1080": "three times",
    "1,080": "three times",
    "four": "four times", "4": "four times", "five": "five times", "5": "five times",
    "six": "six times", "6": "six times",
}  # fmt: skip


@dataclass(frozen=True)
class Phrase:
    """A stretch of text that was recognised.

    Attributes:
        kind: the part it can play, a section of `phrases.txt`.
        value: what it says; of a direction the sides, as "left up".
        text: as written, in lower case.
    """

    kind: str
    value: str
    text: str


def sides(text: str) -> str:
    """The sides that a phrase names: "toward the upper left corner" is "left up"."""
    return " ".join(sorted({SIDES[word] for word in _SIDE.findall(text)}))


def _journey(text: str) -> str:
    """Where "from the top left to the bottom right" leads: "down right"; "" when it says too little."""
    named, there = re.split(r"\b(?:to|towards?)\b", text, maxsplit=1)
    on_the_way = re.search(r"(?<=\w) (up|down) $", named)
    start = set(sides(named.removesuffix(on_the_way[0] if on_the_way else "")).split())
    end = set(sides(there).split())
    if not start or not end or any(OPPOSITE[side] in end and side in end for side in start):
        return ""
    # An axis that only one of the two names was not said to change, or not to what.
    known = all(side in end or OPPOSITE[side] in end for side in start) and all(
        side in start or OPPOSITE[side] in start for side in end
    )
    if on_the_way and on_the_way[1] not in end - start:
        return ""  # "from the lower left corner down to the upper right"
    return " ".join(sorted(end - start)) if known else ""


def _amount(text: str) -> str:
    if re.search(r"\b(?:two|three|2|3)\b.*(?:180|360|720)", text):
        return text
    if re.search(r"(?:turn|rotation|revolution|spin|twirl|circle|lap|loop|orbit|circuit|round)s$", text):
        counted = next((many for word, many in _COUNTS.items() if re.match(rf"(?:\w+ )?{word}\b", text)), "")
        return counted if counted and "half" not in text else text  # "full turns" are more than one
    if "half" in text or "180" in text:
        return "half"
    for word, amount in _COUNTS.items():
        if re.search(rf"(?<![\w,]){re.escape(word)}(?!\w)", text):
            return amount
    return "once"


#: Values that are read from the phrase.
_READ = {
    "direction": sides,
    "starts": sides,
    "ends": sides,
    "journey": _journey,
    "amount": _amount,
    "spun": lambda text: "anticlockwise" if re.search("anti|counter", text) else "clockwise",
    "sense": lambda text: "anticlockwise" if re.search("anti|counter", text) else "clockwise",
    "edge": lambda text: EDGES.get(side := _edge(text), side),
}


def _edge(text: str) -> str:
    corner = re.search(r"\b(upper|top|lower|bottom)[ -](left|right)\b", text)
    if corner:
        return f"{'top' if corner[1] in ('upper', 'top') else 'bottom'} {corner[2]}"
    named = re.findall(r"\b(left|right|top|bottom|upper|lower)\b", text)
    if named:
        return SIDES[named[-1]]
    return "up" if re.search("above|overhead", text) else "down"


def _split(text: str, border: str) -> list[str]:
    """Cut at a character, but not within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == border and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _expression(phrase: str, names: dict[str, str]) -> str:
    """A phrase of the file as a regular expression: choices, of words in a row, of letters and brackets."""
    return "|".join(_row(choice, names) for choice in _split(phrase, "|"))


def _row(phrase: str, names: dict[str, str]) -> str:
    found, written = "", False
    for word in filter(None, _split(phrase, " ")):
        atoms = re.findall(rf"{_BRACKET}\??|[^()?]+\??", word)
        optional = len(atoms) == 1 and word.endswith("?")
        body = "".join(_atom(atom, names) for atom in ([word[:-1]] if optional else atoms))
        if optional:
            found += rf"(?:\s+{body})?" if written else rf"(?:{body}\s+)?"
        else:
            found += (r"\s+" if written else "") + body
            written = True
    return found


#: What a text or a phrase is looked up by: its first word, or mark.
_OPENING = re.compile(r"\w+|--|[^\w\s]")
#: Brackets, up to four deep.
_BRACKET = r"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)"


def _atom(atom: str, names: dict[str, str]) -> str:
    mark = "?" if atom.endswith("?") else ""
    atom = atom.removesuffix("?")
    if atom.startswith("("):
        return f"(?:{_expression(atom[1:-1], names)}){mark}"
    if atom.startswith("$"):
        return f"(?:{_expression(names[atom[1:]], names)})"
    return re.escape(atom)


def _openings(phrase: str, names: dict[str, str]) -> set[str]:
    """The words with which a phrase of the file may begin."""
    found = set()
    for choice in _split(phrase, "|"):
        for word in filter(None, _split(choice, " ")):
            found |= {opening[0] for text in _spelled(word, names) if (opening := _OPENING.match(text))}
            if not re.fullmatch(rf"(?:{_BRACKET}|[^()]+)\?", word):
                break
    return found


def _spelled(word: str, names: dict[str, str]) -> set[str]:
    """What a word of the file may look like, as far as its first part: "(up|down)wards?" is "upward" and others."""
    found = {""}
    for atom in re.findall(rf"{_BRACKET}\??|[^()?]+\??", word):
        body = atom.removesuffix("?")
        if body.startswith("("):
            ends = _openings(body[1:-1], names)
        else:
            ends = _openings(names[body[1:]], names) if body.startswith("$") else {body}
        found = {start + end for start in found for end in ends} | (found if atom.endswith("?") else set())
    return found


@cache
def _phrases() -> dict[str, list[tuple[str, str, str]]]:
    """Of every word that may open a phrase of the file: kind, value and expression of each such phrase, in order."""
    names: dict[str, str] = {}
    kind = value = ""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for line in files(__package__).joinpath("phrases.txt").read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if define := re.fullmatch(r"\$(\w+) = (.+)", line):
            names[define[1]] = define[2]
        elif section := re.fullmatch(r"\[([\w-]+) ?(.*)\]", line):
            kind, value = section[1], section[2]
        else:
            for text in filter(None, map(str.strip, re.split(r";(?!;)", line))):
                text = text.replace(";;", ";")
                spoken = re.search(r"\w", text)
                pattern = rf"(?:{_expression(text, names)})(?!\w)" if spoken else re.escape(text)
                for opening in _openings(text, names) if spoken else {text}:
                    found.setdefault(opening, []).append((kind, value, pattern))
    return found


_compiled = cache(re.compile)


def at(text: str) -> tuple[Phrase, ...]:
    """Every phrase with which a text begins, the longest first."""
    found = []
    opening = _OPENING.match(text)
    for kind, value, pattern in _phrases().get(opening[0], ()) if opening else ():
        match = _compiled(pattern).match(text)
        if match and match.end():
            said = match[0].strip()
            found.append(Phrase(kind, value or (_READ[kind](said) if kind in _READ else ""), said))
    return tuple(sorted(found, key=lambda one: -len(one.text)))
