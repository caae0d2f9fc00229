"""A tree of made cut-outs, `noun/seed.png`, and its manifest: what was asked, what came of it, in one line each.

A line is written after its picture, so that a killed run leaves at worst a picture without a line, which the
next run makes again, or half a line, which it takes away. A picture that somebody deletes by hand keeps its
line, and is not made again.
"""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from locomotion_hf.errors import OutputError
from locomotion_hf.files import write_whole

SETTINGS, MANIFEST = "settings.json", "manifest.jsonl"


class ObjectTree:
    """The folder and its manifest, opened to add to it.

    Args:
        root: the folder; made when missing.
        settings: everything that decides what a picture becomes, as JSON takes it. Kept in the folder.

    Attributes:
        kept: lines with a picture.
        rejected: reason -> lines without one.

    Raises:
        OutputError: the folder cannot be written, holds something else, or was made with other settings.
    """

    def __init__(self, root: str | os.PathLike[str], settings: dict[str, Any]) -> None:
        self._root = Path(root)
        self._done: set[tuple[str, int]] = set()
        self.kept, self.rejected = 0, Counter[str]()
        try:
            self._open(settings)
        except OSError as error:
            raise self._cannot_write(error) from error

    def __contains__(self, key: tuple[str, int]) -> bool:
        """Whether the entry's image of that number has its line."""
        return key in self._done

    def add(self, line: dict[str, Any], rgba: np.ndarray | None) -> None:
        """Write a picture, then its line.

        Args:
            line: what goes into the manifest; needs "entry", "number", "file" (relative to the tree, None
                without a picture) and "rejected" (the reason, None with one).
            rgba: `(h, w, 4)` uint8, or None.

        Raises:
            OutputError: the disk is full or cannot be written.
        """
        try:
            if rgba is not None:
                data = io.BytesIO()
                Image.fromarray(rgba).save(data, "png")
                (self._root / line["file"]).parent.mkdir(parents=True, exist_ok=True)
                write_whole(self._root / line["file"], data.getvalue())
            with open(self._root / MANIFEST, "ab") as file:
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            raise self._cannot_write(error) from error
        self._count(line)

    def _open(self, settings: dict[str, Any]) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        about = self._root / SETTINGS
        if not about.exists() and any(file for file in self._root.iterdir() if not file.name.startswith(".")):
            raise OutputError(
                f"{self._root} is not empty, and was not made by this program (no {SETTINGS}).",
                "a new or empty folder, or one to go on with.",
                "pass another folder.",
            )
        lines = self._read_manifest()
        if lines:
            self._compare(json.loads(about.read_text("utf-8")), settings)
        else:  # nothing made yet: a run with a wrong name in it, say
            write_whole(about, (json.dumps(settings, indent=1, ensure_ascii=False) + "\n").encode())
        for partial in self._root.rglob(".*.partial"):
            partial.unlink()  # what a killed run was writing
        for number, line in enumerate(lines, 1):
            try:
                self._count(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise OutputError(
                    f"Line {number} of {self._root / MANIFEST} cannot be read ({error}).",
                    "one JSON object a line, as this program wrote it.",
                    "restore the file, or start in another folder.",
                ) from error

    def _read_manifest(self) -> list[bytes]:
        """Whole lines; half a one at the end is removed from the file."""
        path = self._root / MANIFEST
        data = path.read_bytes() if path.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            write_whole(path, whole)
        return whole.splitlines()

    def _compare(self, there: dict[str, Any], now: dict[str, Any]) -> None:
        names = [name for name in {**there, **now} if there.get(name) != now.get(name)]
        if names:
            changes = "; ".join(f"{name} was {there.get(name)!r}, is {now.get(name)!r}" for name in names)
            raise OutputError(
                f"{self._root} was begun with other settings: {changes}.",
                "the settings it was begun with, so that all its pictures are made in one way.",
                f"pass those ({self._root / SETTINGS} has them), or another folder.",
            )

    def _count(self, line: dict[str, Any]) -> None:
        self._done.add((line["entry"], line["number"]))
        if line["rejected"] is None:
            self.kept += 1
        else:
            self.rejected[line["rejected"]] += 1

    def _cannot_write(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._root} cannot be written ({error.strerror}).",
            "a folder on a disk with room.",
            "free some space or pass another folder; the next run goes on from here.",
        )
