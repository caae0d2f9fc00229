"""Captions to work on, from anywhere: a text file, jsonl, json, csv, or a dataset folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locomotion_hf.errors import CaptionError

#: The first of these columns that is there holds the caption.
CAPTION_COLUMNS = ("caption", "text")
#: A longer caption is left out: ours have at most 600, and a prompt must still fit a small model's window.
MAX_CAPTION = 2_000
_EXPECTED = "UTF-8 .txt (one a line), .jsonl, .json or .csv with a column caption or text, or a dataset folder."


@dataclass(frozen=True)
class CaptionRow:
    """A caption to say in other words.

    Attributes:
        caption: one line of text.
        noun: the object's name, "" when the source does not say.
    """

    caption: str
    noun: str = ""


def read_captions(place: str | Path, split: str = "train", skipped: dict[str, int] | None = None) -> list[CaptionRow]:
    """The distinct captions of a file or dataset folder, in the order of their first appearance.

    Args:
        place: `.txt`, `.jsonl`, `.json`, `.csv`, or a folder as `locomotion generate` writes it; of the folder only
            the columns of text are read, never the videos.
        split: of a folder.
        skipped: gets reason -> how many, for lines that are empty, too long or repeated.

    Raises:
        CaptionError: the place is missing, cannot be read, or holds no caption.
    """
    path = Path(place)
    counts: dict[str, int] = {} if skipped is None else skipped
    rows: dict[str, CaptionRow] = {}
    try:
        for record in _records(path, split):
            if not isinstance(record, dict):
                record = {"caption": record}
            value = next((record[name] for name in CAPTION_COLUMNS if name in record), None)
            noun = record.get("noun")
            caption = " ".join(value.encode("utf-8", "replace").decode().split()) if isinstance(value, str) else ""
            reason = "empty" if not caption else "too long" if len(caption) > MAX_CAPTION else ""
            if reason or caption in rows:
                reason = reason or "repeated"
                counts[reason] = counts.get(reason, 0) + 1
            else:
                rows[caption] = CaptionRow(caption, noun if isinstance(noun, str) else "")
    except UnicodeDecodeError as error:
        raise CaptionError(
            f"{path} is not UTF-8 text (byte {error.start}).", _EXPECTED, "save it as UTF-8."
        ) from error
    except OSError as error:
        raise CaptionError(
            f"{path} cannot be read ({error}).", _EXPECTED, "check the name and its rights."
        ) from error
    except (ValueError, csv.Error, RecursionError) as error:
        raise CaptionError(f"{path} cannot be read ({error}).", _EXPECTED, "mend it.") from error
    if not rows:
        why = ", ".join(f"{count} {reason}" for reason, count in counts.items()) or "no rows"
        raise CaptionError(f"{path} holds no caption ({why}).", _EXPECTED, "name a file or folder that has some.")
    return list(rows.values())


def _records(path: Path, split: str) -> Iterator[Any]:
    """Records, or bare values, one a caption."""
    if path.is_dir():
        yield from _dataset_rows(path, split)
    elif path.suffix == ".txt":
        with path.open(encoding="utf-8-sig") as lines:
            yield from lines
    elif path.suffix == ".jsonl":
        with path.open(encoding="utf-8-sig") as lines:
            yield from (json.loads(line) for line in lines if line.strip())
    elif path.suffix == ".json":
        data = json.loads(path.read_text("utf-8-sig"))
        yield from data.values() if isinstance(data, dict) else data if isinstance(data, list) else [data]
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from csv.DictReader(lines, strict=True)
    else:
        raise ValueError(f"nothing is known of files that end in {path.suffix!r}")


def _dataset_rows(folder: Path, split: str) -> Iterator[dict[str, Any]]:
    """Caption and noun of each row; streamed, so that nothing is copied to a cache and no video is touched."""
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    try:
        data = load_dataset(str(folder), split=split, streaming=True)
    except DatasetsError as error:
        raise ValueError(str(error)) from error
    wanted = [name for name in (*CAPTION_COLUMNS, "noun") if name in (data.column_names or [])]
    if not wanted:
        raise ValueError(f"its columns are {data.column_names}")
    yield from data.select_columns(wanted)
