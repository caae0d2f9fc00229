"""The command `locomotion verify`: a file of captions and paraphrases in, the same with verdicts out."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from locomotion_hf.errors import CaptionError, OutputError
from locomotion_hf.files import write_whole

from .verify import verify

DESCRIPTION = """Say of each paraphrase whether it states what its caption states.

locomotion verify pairs.jsonl --out verdicts.jsonl

Each line of pairs.jsonl is an object with `caption` and `paraphrase`, both free English, about how things move. It
comes out with `accepted` (true or false) and `reason` ("" or the first fault, as "contradiction:direction",
"lost:rotation", "added:phase", "order", "binding", "noun", "duplicate", "too long"); all else in it stays. Nothing is
accepted that was not understood: "added:word" names a paraphrase with words that are not known here, and "unread
caption" a caption of which nothing could be made. A line that cannot be used comes out with the reason, too."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `locomotion verify`."""
    parser.add_argument("pairs", help=".jsonl with `caption` and `paraphrase`; - reads standard input")
    parser.add_argument("--out", required=True, help="the same lines with `accepted` and `reason`; - writes them out")


def run(args: argparse.Namespace) -> None:
    """Judge every line, write them all, and say how many were accepted and why others were not.

    Raises:
        CaptionError: the file cannot be read, or holds no line.
        OutputError: the output cannot be written, or is the input.
    """
    if args.pairs != "-" and Path(args.out).resolve() == Path(args.pairs).resolve():
        raise OutputError(f"{args.out} for input and output.", "two files.", "name another output.")
    judged, reasons = [], Counter[str]()
    for line in tqdm(_lines(args.pairs), desc="verifying", unit="pair", disable=not sys.stderr.isatty()):
        row = judge(line)
        reasons[row["reason"] or "accepted"] += 1
        judged.append(json.dumps(row, ensure_ascii=False))
    if not judged:
        raise CaptionError(f"no line in {args.pairs}.", "one JSON object a line.", "look into the file.")
    text = "\n".join(judged) + "\n"
    if args.out == "-":
        print(text, end="")
    else:
        try:
            Path(args.out).parent.mkdir(parents=True, exist_ok=True)
            write_whole(Path(args.out), text.encode("utf-8", "replace"))
        except OSError as error:
            raise OutputError(f"{args.out}: {error.strerror}.", "a place to write.", "name another.") from error
    print(f"Accepted {reasons.pop('accepted', 0):,} of {len(judged):,}.", file=sys.stderr)
    for reason, count in reasons.most_common():
        print(f"{count:>8,}  {reason}", file=sys.stderr)


def judge(line: str) -> dict[str, Any]:
    """One line of the file with its verdict; what cannot be used is handed on as it is, and not accepted."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {"line": line, "accepted": False, "reason": "unreadable line"}
    if not isinstance(row, dict):
        return {"line": row, "accepted": False, "reason": "unreadable line"}
    for name in ("caption", "paraphrase"):
        if not isinstance(row.get(name), str):
            return {**row, "accepted": False, "reason": f"no {name}"}
    verdict = verify(row["caption"], row["paraphrase"])
    return {**row, "accepted": verdict.accepted, "reason": verdict.reason}


def _lines(place: str) -> Iterator[str]:
    """Lines that are not empty; bytes that are no text become replacement characters, which nothing accepts."""
    try:
        data = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
    except OSError as error:
        raise CaptionError(f"{place}: {error.strerror}.", "a file of JSON lines.", "look at the name.") from error
    for line in data.split(b"\n"):
        if line.strip():
            yield line.decode("utf-8", "replace").rstrip("\r")
