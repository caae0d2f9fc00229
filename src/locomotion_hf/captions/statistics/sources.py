"""Captions by the column from anywhere: a text file, csv, json, jsonl, Parquet, a dataset folder, the Hub.

A source is written `[NAME=]PLACE[#COLUMN]`: `before=pairs.jsonl#caption after=pairs.jsonl#paraphrase`. Videos
beside the captions are never read.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locomotion_hf.errors import CaptionError

#: The first of these columns that is there is taken when none is named.
CAPTION_COLUMNS = ("caption", "text", "sentence", "captions")
#: Samples that come with the package; see the first lines of each.
SAMPLES = {"plain": "sample_plain.txt", "ssv2-form": "sample_ssv2_form.txt", "web-form": "sample_web_form.txt"}
_EXPECTED = (
    "UTF-8 .txt (one a line), .csv, .tsv, .json or .jsonl, Parquet, a folder of Parquet files, or a dataset's name."
)


@dataclass(frozen=True)
class CaptionSource:
    """Where captions come from.

    Attributes:
        name: for tables and plots.
        place: a file, a folder or a dataset's name on the Hub.
        column: that holds the captions; None for the first of `CAPTION_COLUMNS` that is there.
    """

    name: str
    place: str
    column: str | None = None

    @classmethod
    def parse(cls, text: str) -> CaptionSource:
        """From `[NAME=]PLACE[#COLUMN]`; a file whose own name holds a `=` or `#` is taken as it is."""
        if Path(text).exists():
            return cls(Path(text).name, text)
        name, _, place = text.rpartition("=") if not Path(text.partition("#")[0]).exists() else ("", "", text)
        place, _, column = place.partition("#")
        source = cls(name or (f"{Path(place).name}#{column}" if column else Path(place).name), place, column or None)
        if not place:
            raise CaptionError(f"{text!r} names no place.", "[NAME=]PLACE[#COLUMN].", "name a file or a folder.")
        return source

    @classmethod
    def samples(cls) -> list[CaptionSource]:
        """The samples that come with the package, to set other captions beside."""
        return [cls(name, str(Path(__file__).with_name(file))) for name, file in SAMPLES.items()]

    def read(self, split: str | None = None) -> Iterator[object]:
        """The captions, in order, with repeats; what is no text comes as it is. A list gives each of its members.

        Args:
            split: of a dataset; None for all splits of a folder, or `train` of a dataset on the Hub.

        Raises:
            CaptionError: the place is missing, cannot be read, or has no such column.
        """
        path = Path(self.place)
        try:
            if path.is_dir() or path.suffix == ".parquet":
                values: Iterable[object] = self._parquet(path, split)
            elif path.exists():
                values = self._file(path)
            elif path.suffix:
                raise FileNotFoundError("there is no such file")
            else:
                values = self._hub(split or "train")
            for value in values:
                yield from value if isinstance(value, list) else [value]
        except UnicodeDecodeError as error:
            raise self._unusable(f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from error
        except OSError as error:
            raise self._unusable(f"cannot be read ({error})", "check the name and its rights") from error
        except (ValueError, csv.Error, RecursionError) as error:
            raise self._unusable(f"cannot be read ({error})", "mend it") from error

    def _file(self, path: Path) -> Iterable[object]:
        text = path.read_bytes().decode("utf-8-sig")
        if "\0" in text:
            raise ValueError("it is no text")
        if path.suffix == ".txt":
            return (line for line in text.split("\n") if not line.startswith("#") and line.strip())
        if path.suffix in (".csv", ".tsv"):
            csv.field_size_limit(2**31 - 1)
            rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix == ".tsv" else ",")
            return self._pick(list(rows))
        if path.suffix == ".jsonl":
            return self._pick([json.loads(line) for line in text.split("\n") if line.strip()])
        if path.suffix == ".json":
            data = json.loads(text)
            return self._pick(list(data.values()) if isinstance(data, dict) else data)
        raise ValueError(f"nothing is known of files that end in {path.suffix!r}")

    def _pick(self, records: object) -> Iterator[object]:
        """The column of each record; a record that is a text or a list of texts is taken itself."""
        if not isinstance(records, list):
            raise ValueError("it holds no list")
        columns = list(dict.fromkeys(name for record in records if isinstance(record, dict) for name in record))
        column = self._column(columns) if columns or self.column else ""
        return (record.get(column) if isinstance(record, dict) else record for record in records)

    def _column(self, columns: Iterable[Any]) -> str:
        names = [str(name) for name in columns]
        wanted = (self.column,) if self.column else CAPTION_COLUMNS
        found = next((name for name in wanted if name in names), None)
        if found is None:
            listed = ", ".join(names[:20]) or "none"
            raise self._unusable(
                f"has no column {' / '.join(map(str, wanted))}; its columns: {listed}", "name one as PLACE#COLUMN"
            )
        return found

    def _parquet(self, path: Path, split: str | None) -> Iterator[object]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        if split and path.is_dir():
            files = [file for file in files if file.name.startswith(f"{split}-")]
        if not files:
            raise self._unusable(f"has no Parquet files{f' of the split {split}' if split else ''}", "name another")
        try:
            for file in files:
                with pq.ParquetFile(file) as table:
                    column = self._column(table.schema_arrow.names)
                    for batch in table.iter_batches(columns=[column]):
                        yield from batch.column(0).to_pylist()
        except pa.ArrowInvalid as error:
            raise ValueError(str(error)) from error

    def _hub(self, split: str) -> Iterator[object]:
        from datasets import load_dataset
        from datasets.exceptions import DatasetsError

        try:
            data = load_dataset(self.place, split=split, streaming=True)
        except (DatasetsError, ConnectionError, OSError) as error:
            raise self._unusable(f"is no file, and no dataset that can be reached ({error})", "check it") from error
        column = self._column(data.column_names or [])
        return (row[column] for row in data.select_columns([column]))

    def _unusable(self, why: str, fix: str) -> CaptionError:
        place = self.place.encode("utf-8", "replace").decode()
        return CaptionError(f"{place} {why}.", _EXPECTED, f"{fix}.")
