"""Put clauses that are told from the end in the order in which things happen: "Finally it rises; first it goes left".

Each clause says by a word of its own where it belongs: "first", "before that", "in between", "last of all". Where two
clauses could stand in either order, nothing is moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_START = (
    r"(?:to (?:begin|start) with|at (?:the )?(?:first|start|beginning|outset)|first(?:ly)?(?: of all)?"
    r"|initially|originally)"
)
_MIDDLE = (
    r"(?:in between|in the middle|between (?:the two|those|these|them|times))"
    r"(?: (?:of )?(?:the two|those|these|them))?"
)
_END = (
    r"(?:(?:the )?last(?: of all| thing)?|lastly|finally|in the end|at the (?:very )?end"
    r"|to (?:finish|end)(?: with)?|ultimately)"
)
_LABELS = (
    (
        "first",
        re.compile(rf"^{_START}\b,? ?|,? (?:at first|to (?:begin|start) with|initially|at the (?:start|outset))$"),
    ),
    ("middle", re.compile(rf"^{_MIDDLE}\b,? ?|,? {_MIDDLE}$")),
    (
        "before",
        re.compile(r"^(?:before (?:that|this)|prior to (?:that|this)|beforehand|earlier)\b,? ?|,? beforehand$"),
    ),
    (
        "last",
        re.compile(rf"^{_END}\b,? ?|,? (?:last(?: of all)?|lastly|in the end|at the end)$| \b{_END}(?= \w+s\b)"),
    ),
)
#: "Its slow rise comes last", "its last move is a slow one to the left".
_COMES = re.compile(r" (?:comes|happens|is) (last|first|(?:in )?between)(?: of all)?$")
_MOVE = r"(?:move|movement|motion|phase|stage|leg|part|step|act|stretch)"
_ITS = re.compile(
    rf"^(.*?)(?: 's|\b(its|his|her|the)) (?:very )?(last|final|first|opening|initial|middle|second)(?: {_MOVE})?"
    r"(?: of (?:all|three|the three))? (?:is|being|was) (an? .*)$"
)
_WHERE = {"last": "last", "final": "last", "middle": "middle", "second": "middle"}
_PARTED = re.compile(
    rf"\s*[;.:]\s*(?:and |but |though )?"
    rf"|, (?:and |but |though )?(?={_START} |{_MIDDLE}|before (?:that|this)\b|{_END} )"
    r"| (?:and|but) (?=(?:before (?:that|this)|to (?:begin|start) with)\b)"
)


def _labelled(clause: str) -> tuple[str, str]:
    """Where a clause belongs, and the clause without the words that say so."""
    if its := _ITS.match(clause):
        owner = its[1].strip() or "it"
        return _WHERE.get(its[3], "first"), f"{owner} makes {its[4]}"
    if comes := _COMES.search(clause):
        return {"last": "last", "first": "first"}.get(comes[1], "middle"), f"there is {clause[: comes.start()]}"
    if ends := re.search(r"\bends (?:up |off |by )+(?=\w+ing\b)", clause):
        return "last", f"{clause[: ends.start()]}is {clause[ends.end() :]}"
    for label, pattern in _LABELS:
        if found := pattern.search(clause):
            return label, (clause[: found.start()] + clause[found.end() :]).strip()
    return "", clause


def _places(labels: list[str]) -> list[int]:
    """Of each clause the place at which it happens; nothing when that is not sure."""
    backwards = labels[1:] and set(labels[1:-1]) <= {"before"} and labels[0] in ("", "last")
    if backwards and (labels[-1] == "before" or (labels[-1] == "first" and labels[0] == "last")):
        return list(range(len(labels)))[::-1]  # "last of all C; before that B; and to begin with A"
    many = len(labels)
    if sorted(labels) == ["first", "last"] and many == 2:
        return [{"first": 0, "last": 1}[label] for label in labels]
    if sorted(labels) == ["first", "last", "middle"]:
        return [{"first": 0, "middle": 1, "last": 2}[label] for label in labels]
    return []


def forwards(found: re.Match[str]) -> str:
    """For "Finally it rises; first it goes left": "first it goes left, then it rises"."""
    clauses = [part for part in _PARTED.split(found[1]) if part and part.strip()]
    if not 2 <= len(clauses) <= 4:
        return found[0]
    told = [_labelled(clause.strip()) for clause in clauses]
    places = _places([label for label, _ in told])
    if not places or places == sorted(places):
        return found[0]
    said = [text for _, text in sorted(zip(places, (one for _, one in told), strict=True))]
    if any(re.search(r"\b(?:then|next|after|before|first|finally|last|later)\b", one) for one in said):
        return found[0]
    return "first " + ", then ".join(said) + found[2]


#: Name in `rewordings.txt` -> what works it out.
BACKWARDS: dict[str, Callable[[re.Match[str]], str]] = {"forwards": forwards}
