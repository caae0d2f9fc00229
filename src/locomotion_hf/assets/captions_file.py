"""Captions that lie beside a folder's videos, as csv, json or jsonl.

The file is one of `NAMES`, in the folder itself; the first one there counts. It has a column with the
file's name, relative to the folder (one of `FILE_COLUMNS`), and one with the caption (one of
`CAPTION_COLUMNS`); a json file is a list of such records, or one object of file name -> caption. Of
several captions of one file the first is kept. The `metadata` names and `file_name` are those of
Hugging Face's VideoFolder, so that one folder serves both; a `metadata` file that has no captions is
somebody else's and is left alone.
"""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path, PurePosixPath
from typing import Any

from locomotion_hf.errors import AssetError

NAMES = ("captions.csv", "captions.json", "captions.jsonl", "metadata.csv", "metadata.jsonl")
FILE_COLUMNS = ("file_name", "file", "video", "path")
CAPTION_COLUMNS = ("caption", "text")


def match_captions(root: Path, files: set[str], skipped: dict[str, str]) -> dict[str, str]:
    """The captions of a folder's files.

    Args:
        root: the folder.
        files: the ids of the files in it: relative paths with `/`.
        skipped: gets one entry, under the caption file's name, when captions name no file or files have no
            caption, with how many and the first of them.

    Returns:
        File -> caption, for the files that have one. Empty when the folder has no file of captions.

    Raises:
        AssetError: the file is not UTF-8 text, is damaged, or is a `captions` file without the two columns.
    """
    path = next((root / name for name in NAMES if (root / name).is_file()), None)
    if path is None:
        return {}
    rows = read_captions(path)
    if rows is None:
        return {}
    captions: dict[str, str] = {}
    for file, caption in rows:
        if caption:
            captions.setdefault(PurePosixPath(file).as_posix(), caption)
    problems = []
    for which, without in (
        ("captions name no video of the folder", sorted(captions.keys() - files)),
        ("videos have no caption", sorted(files - captions.keys())),
    ):
        if without:
            problems.append(f"{len(without)} {which} (the first: {without[0]})")
    if problems:
        skipped[path.name] = f"{path.name} is used, but {' and '.join(problems)}."
    return {file: caption for file, caption in captions.items() if file in files}


def clean_caption(text: object) -> str:
    """A caption as one line of valid text; "" when it is no text."""
    return " ".join(text.encode("utf-8", "replace").decode().split()) if isinstance(text, str) else ""


def read_captions(path: Path) -> list[tuple[str, str]] | None:
    """File and caption of each row; None for a `metadata` file without captions. Raises `AssetError`."""
    try:
        text = path.read_text("utf-8-sig")
        records = _records(path, text)
    except UnicodeDecodeError as error:
        raise _unusable(path, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from error
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error.strerror})", "check its rights") from error
    except (ValueError, csv.Error, RecursionError) as error:
        raise _unusable(path, f"cannot be read ({error})", "mend it") from error
    columns: list[str] = []
    for record in records:
        columns += [column for column in record if column not in columns]
    file_column = next((name for name in FILE_COLUMNS if name in columns), None)
    caption_column = next((name for name in CAPTION_COLUMNS if name in columns), None)
    if file_column and caption_column:
        pairs = ((record.get(file_column), record.get(caption_column)) for record in records)
        return [(file, clean_caption(caption)) for file, caption in pairs if isinstance(file, str) and file]
    if path.stem == "metadata":
        return None
    listed = ", ".join(map(str, columns[:10])) or "none"
    raise _unusable(path, f"has no column for the file or none for the caption; its columns: {listed}", "add them")


def _records(path: Path, text: str) -> list[dict[str, Any]]:
    """The rows as dictionaries. Raises `ValueError`, `csv.Error` or `RecursionError`."""
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    if path.suffix == ".jsonl":
        records = [json.loads(line) for line in text.split("\n") if line.strip()]
    else:
        records = json.loads(text)
        if isinstance(records, dict):
            records = [{FILE_COLUMNS[0]: file, CAPTION_COLUMNS[0]: caption} for file, caption in records.items()]
    if not (isinstance(records, list) and all(isinstance(record, dict) for record in records)):
        raise ValueError("it holds no records")
    return records


def _unusable(path: Path, why: str, fix: str) -> AssetError:
    files, captions = " / ".join(FILE_COLUMNS), " / ".join(CAPTION_COLUMNS)
    return AssetError(
        f"{os.fsencode(path).decode('utf-8', 'replace')} {why}.",
        f"UTF-8 {path.suffix[1:]} with a column {files} and a column {captions}.",
        f"{fix}, or take the file out of the folder.",
    )
