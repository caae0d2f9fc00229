"""From what a model wrote to the sentences in it. What they say is not judged here, only where they begin and end.

Models number, bullet and quote; they greet, think aloud, answer in JSON, go on with the next caption by themselves,
or say one thing until they are stopped. Whatever arrives, a short list of clean lines leaves.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

#: Of a reply, so much is looked at and kept; our prompts' replies have about 400 characters.
MAX_REPLY = 20_000
#: Of one reply, so many candidates are kept; our prompts ask for three.
MAX_CANDIDATES = 16
#: A candidate that is longer is cut here, and is then too long for any verifier.
MAX_CANDIDATE = 600

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.S | re.I)
_MARK = re.compile(r"^\*{0,2}(?:[-*•\u2013\u2014>]+\s+|\(?\d{1,3}[.):\]]\**\s*(?=\D)|\(?[a-hA-H]\)\s+|#+\s+)(?=\S)")
_INLINE_NUMBER = re.compile(r"(?:(?<=\s)|^)\(?\d{1,2}[.)]\s+")
_VERBS_LINE = re.compile(r"^\W*(?:\w+\s+){0,3}verbs?(?:\s+\w+){0,4}\s*\W*:", re.I)
_NEXT_TURN = re.compile(r"^\W*(?:caption|user|system|human|input)\s*\W?:", re.I)
_LABEL = re.compile(
    r"^\W*(?:(?:paraphrased|rewritten|new)\s+)?(?:sentence|paraphrase|caption|version|option|assistant)"
    r"(?:\s+(?:\d+|one|two|three))?\s*\W?:\s*",
    re.I,
)
_LEAD_IN = re.compile(r"^\W*[A-Za-z]+(?:\s+[a-z]+)?\W{0,3}(?::|\s[-\u2013\u2014])\W{0,3}\s+(?=\W?[A-Z])")
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'“])")
#: Straight and curly quotation marks, and the emphasis of Markdown.
_QUOTES = "\"'`\u201c\u201d\u2018\u2019«»*_ \t"


def clean_text(text: str) -> str:
    """Text that can be written as UTF-8 and shown: no lone surrogates, no control or invisible characters."""
    text = text.encode("utf-8", "replace").decode()
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn"))


def read_reply(reply: str) -> list[str]:
    """The candidate sentences of a reply, in order, with repeats, at most `MAX_CANDIDATES`.

    Args:
        reply: anything at all.

    Returns:
        One-line texts of two words or more, without numbers, bullets and quotation marks around them. Of a list only
        its items; of JSON its strings; else the lines, or the sentences of a single long line.
    """
    text = clean_text(_THOUGHT.sub("", reply[:MAX_REPLY]).split("<|")[0]).strip()
    lines = _json_lines(text)
    if lines is None:
        lines = _listed(text)
    found = []
    for line in lines:
        if candidate := _bare(line):
            found.append(candidate)
        if len(found) == MAX_CANDIDATES:
            break
    return found


def same_words(text: str) -> str:
    """What two texts have in common that differ in case, spaces and punctuation alone."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _listed(text: str) -> list[str]:
    """The items of a list; lines where nothing is numbered or bulleted."""
    lines: list[str] = []
    for line in (line.strip() for line in text.split("\n")):
        if _NEXT_TURN.match(line) and lines:
            break
        if _VERBS_LINE.match(line):
            # The list may follow on the same line.
            first = _INLINE_NUMBER.search(line)
            line = line[first.start() :].strip() if first else ""
        if line and not line.startswith("```") and not line.endswith(":"):
            lines.append(line)
    if marked := [line for line in lines if _MARK.match(line)]:
        lines = marked
    if len(lines) == 1:
        pieces = _INLINE_NUMBER.split(lines[0])
        if len(pieces) < 3:
            pieces = _END_OF_SENTENCE.split(lines[0])
        # Two sentences may be one paraphrase in two steps; more are paraphrases one after the other.
        lines = pieces if len(pieces) > 2 else lines
    return lines


def _bare(line: str) -> str:
    """A line without its number, its quotes and a verb or label put before it."""
    line = " ".join(_MARK.sub("", line.strip()).split())
    line = _LEAD_IN.sub("", _LABEL.sub("", line)).strip(_QUOTES)
    if len(re.findall(r"\w+", line)) < 2:
        return ""
    return line if len(line) <= MAX_CANDIDATE else line[:MAX_CANDIDATE] + "…"


def _json_lines(text: str) -> list[str] | None:
    """The strings of a JSON reply, those under a key that speaks of verbs left out; None when it is no JSON."""
    body = re.sub(r"^```\w*\s*|\s*```$", "", text)
    if body[:1] not in ("[", "{"):
        return None
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        # Broken off, or with words behind it: what stands between quotation marks and has spaces is a sentence.
        return [one for one in re.findall(r'"([^"\n]*)"', body) if " " in one]
    return [one for one in _strings(data) if " " in one]


def _strings(data: Any) -> Iterator[str]:
    """Depth first; `json.loads` has already refused what is nested too deeply to walk."""
    if isinstance(data, str):
        yield from data.split("\n")
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)
    elif isinstance(data, dict):
        for key, value in data.items():
            if "verb" not in key.casefold() or isinstance(value, dict):
                yield from _strings(value)
