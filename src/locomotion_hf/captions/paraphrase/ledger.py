"""What was asked and answered: one line of JSON for each request that is finished, written once, never changed.

A line is appended with a single write as soon as its answer is judged, so a run that is killed at any moment loses
what was in flight and nothing else. A line torn by the kill is taken off when the ledger is next opened to write.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from locomotion_hf.errors import CaptionError
from locomotion_hf.files import write_whole

#: What every line has: see `run.py` for what they hold.
FIELDS = ("key", "caption", "noun", "prompt", "model", "revision", "seed", "settings", "reply", "cut", "failure",
          "candidates")  # fmt: skip


class Ledger:
    """The file. Reading needs no more than the path; writing happens within `with ledger:`.

    Attributes:
        path: a jsonl file; it need not exist.
        answered: keys of the requests that have an answer.
    """

    def __init__(self, path: str | Path) -> None:
        """Reads which requests are answered. Raises `CaptionError` for a damaged line (a torn last one is none)."""
        self.path = Path(path)
        self.answered = {row["key"] for row in self.rows() if not row["failure"]}
        self._file: int | None = None

    def __enter__(self) -> Ledger:
        """Open to append, alone; and again read what is there, for another run may just have ended."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.__exit__(None, None, None)
            raise CaptionError(
                f"{self.path} is being written by another run.", "one run for each ledger.", "wait, or name another."
            ) from error
        except OSError as error:
            raise CaptionError(
                f"{self.path} cannot be written ({error.strerror}).", "a file in a folder with room.", "name another."
            ) from error
        os.ftruncate(self._file, self._whole_length())
        self.answered = {row["key"] for row in self.rows() if not row["failure"]}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def append(self, row: dict[str, Any]) -> None:
        """Write one line. Raises `CaptionError` when the disk takes no more; the lines before stand."""
        if self._file is None:
            raise CaptionError("The ledger is not open.", "writing within `with ledger:`.", "open it.")
        line = json.dumps({name: row[name] for name in FIELDS}, ensure_ascii=False).encode() + b"\n"
        start = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, line)
            if written < len(line):
                os.ftruncate(self._file, start)
                raise OSError(None, "the disk is full")
        except OSError as error:
            raise CaptionError(
                f"{self.path} cannot be written ({error.strerror}).",
                "room for a line of the ledger.",
                "make room and give the same command again: what is in the ledger is not asked again.",
            ) from error
        if not row["failure"]:
            self.answered.add(row["key"])

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every line, in the order in which answers came. A torn last line is left out.

        Raises:
            CaptionError: a line before the last is no record, or the file cannot be read.
        """
        if not self.path.exists():
            return
        if not self.path.is_file():
            raise CaptionError(f"{self.path} is no file.", "a file of lines, or none yet.", "name another.")
        try:
            with self.path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    if line.endswith(b"\n"):
                        yield self._row(number, line)
        except OSError as error:
            raise CaptionError(
                f"{self.path} cannot be read ({error.strerror}).", "a ledger.", "check its rights."
            ) from error

    def latest(self) -> Iterator[dict[str, Any]]:
        """One line for each request: its answer, or else its last failure."""
        last: dict[str, int] = {}
        for number, row in enumerate(self.rows()):
            last[row["key"]] = number
        keep = set(last.values())
        yield from (row for number, row in enumerate(self.rows()) if number in keep)

    def replace(self, rows: Iterator[dict[str, Any]]) -> None:
        """Write all of it anew, whole or not at all. Raises `CaptionError` while a run is writing it."""
        with self:
            lines = [json.dumps({name: row[name] for name in FIELDS}, ensure_ascii=False) for row in rows]
            write_whole(self.path, "".join(f"{line}\n" for line in lines).encode())

    def _row(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            row = json.loads(line)
            if isinstance(row, dict) and not set(FIELDS) - set(row):
                return row
            problem = "it lacks " + ", ".join(sorted(set(FIELDS) - set(row if isinstance(row, dict) else ())))
        except (ValueError, RecursionError) as error:
            problem = str(error)
        raise CaptionError(
            f"Line {number} of {self.path} is no line of a ledger ({problem}).",
            "lines as `locomotion paraphrase` writes them.",
            "take the line out: its request is then asked again; or name another ledger.",
        )

    def _whole_length(self) -> int:
        """Bytes up to and with the last line's end."""
        data = self.path.read_bytes()
        return data.rfind(b"\n") + 1
