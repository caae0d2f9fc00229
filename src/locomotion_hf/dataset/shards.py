"""The unit of a release: one Parquet file that holds a fixed range of rows, written whole or not at all.

Which rows a shard holds follows from the number of rows and the rows a shard alone, and a row follows from its
recipe and index. So whoever makes a shard makes the same one: processes and machines need not talk to each
other, and what a killed run left undone is simply made later. A shard keeps in its footer what the card needs,
so that nobody has to read the rows again.
"""

from __future__ import annotations

import json
import os
import secrets
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, Features
from datasets.arrow_writer import get_parquet_column_options

from locomotion_hf.dataset.assets import open_assets
from locomotion_hf.dataset.generate import generate
from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.dataset.schema import features, to_row
from locomotion_hf.errors import AssetError, MotionError, OutputError, SkippedAsset
from locomotion_hf.randomness import Split
from locomotion_hf.types import Example

#: Own choice: at 224 pixels some 15 MB and half a minute of one core, which is what a kill can cost.
ROWS_PER_SHARD = 512
#: Rows to a row group: what a reader decodes to get at one row, and what a writer holds in memory.
ROW_GROUP = 16
#: So many failures in a row are no bad files but a disk that went away; own choice.
LOST_IN_A_ROW = 64
#: Seconds after which an unfinished file is taken for that of a killed run. A live one grows every few seconds.
STALE = 3600.0
_FOOTER = b"locomotion"


@dataclass(frozen=True)
class Shard:
    """A range of rows.

    Attributes:
        split: "train" or "validation".
        number, of: its place among the shards of the split.
        first, end: indices of its rows, end exclusive.
    """

    split: Split
    number: int
    of: int
    first: int
    end: int

    @property
    def name(self) -> str:
        """The file's name, as `datasets` and the Hub expect it."""
        return f"{self.split}-{self.number:05d}-of-{self.of:05d}.parquet"

    def __len__(self) -> int:
        return self.end - self.first


@dataclass(frozen=True)
class Footer:
    """What a shard says of itself, so that a card can be written without reading rows.

    Attributes:
        release: the fingerprint of what was agreed for the whole folder.
        rows: how many it holds; with `skipped_rows` as many as its range.
        num_bytes: their size in Arrow.
        credits: licence and author of each asset used, distinct and sorted.
        skipped_rows: id of a row that could not be made -> reason.
        skipped_files: asset that was drawn and could not be read -> reason; another was drawn instead.
    """

    release: str
    rows: int
    num_bytes: int
    credits: tuple[tuple[str, str], ...]
    skipped_rows: dict[str, str]
    skipped_files: dict[str, str]


def plan(rows: Mapping[Split, int], rows_per_shard: int = ROWS_PER_SHARD) -> tuple[Shard, ...]:
    """All shards of a release, in order.

    Args:
        rows: how many in each split, 1 or more.
        rows_per_shard: the last shard of a split may have fewer.
    """
    shards: list[Shard] = []
    for split, count in rows.items():
        starts = range(0, count, rows_per_shard)
        shards += [
            Shard(split, number, len(starts), first, min(first + rows_per_shard, count))
            for number, first in enumerate(starts)
        ]
    return tuple(shards)


def read_footer(file: Path) -> Footer | None:
    """What a shard says of itself; None when it is not there, or is no whole Parquet file of ours."""
    try:
        data = json.loads((pq.read_metadata(file).metadata or {})[_FOOTER])
        data["credits"] = tuple((licence, whom) for licence, whom in data["credits"])
        return Footer(**data)
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError):
        return None


def is_complete(shard: Shard, folder: Path, release: str) -> bool:
    """Whether the shard is there, with all its rows, made for this release."""
    footer = read_footer(folder / shard.name)
    return footer is not None and footer.release == release and footer.rows + len(footer.skipped_rows) == len(shard)


def write_shard(shard: Shard, tick: Callable[[], None], recipe: Recipe, folder: Path, release: str) -> None:
    """Make the rows of a shard one by one and write them; memory holds no more than a row group.

    A row that cannot be made is left out and named in the footer; the others keep their ids.

    Args:
        shard: which rows. One that is complete already is left as it is.
        tick: called after each row.
        recipe: of the rows.
        folder: where to.
        release: the fingerprint to put in the footer.

    Raises:
        OutputError: the file cannot be written. Nothing is left of it, and other shards are untouched.
        AssetError, MotionError: `LOST_IN_A_ROW` rows in a row could not be made.
    """
    if is_complete(shard, folder, release):
        for _ in range(len(shard)):
            tick()
        return
    _remove_stale(shard, folder)
    assets = open_assets(recipe)
    known = {info.id: info for info in (*assets.objects.infos, *assets.backgrounds.infos)}
    credits: set[tuple[str, str]] = set()
    skipped_rows: dict[str, str] = {}
    skipped_files: dict[str, str] = {}
    columns, lost = features(), 0
    try:
        with whole_file(folder / shard.name) as file, _Writer(file, columns) as writer:
            for index in range(shard.first, shard.end):
                try:
                    example = _make(recipe, shard.split, index, skipped_files)
                except (AssetError, MotionError) as error:
                    skipped_rows[f"{shard.split}-{index:08d}"], lost = error.seen, lost + 1
                    if lost == LOST_IN_A_ROW:
                        seen = f"{lost} rows in a row could not be made, the last: {error.seen}"
                        raise type(error)(seen, error.expected, error.fix) from error
                else:
                    lost = 0
                    used = [known[id] for id in (*example.object_ids, example.background_id) if id in known]
                    credits |= {(info.licence, info.attribution or info.source) for info in used}
                    writer.add(to_row(example))
                tick()
            writer.flush()
            files = dict(sorted(skipped_files.items()))
            writer.note(Footer(release, writer.rows, writer.num_bytes, tuple(sorted(credits)), skipped_rows, files))
    except OSError as error:
        raise OutputError(
            f"{folder / shard.name} cannot be written ({error.strerror or error}).",
            "a place with room that may be written.",
            "free some space, or move the folder to where there is room; then give the same command again: "
            "shards that are complete are kept.",
        ) from error


def _make(recipe: Recipe, split: Split, index: int, skipped_files: dict[str, str]) -> Example:
    """One example; the assets that `generate` warns of go to `skipped_files`, other warnings pass through."""
    told: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            return generate(recipe, split, index)
    except Exception as error:
        error.add_note(f"This was row {index} of {split}, {recipe}.")
        raise
    finally:
        for one in told:
            if isinstance(one.message, SkippedAsset):
                skipped_files[one.message.id] = one.message.reason
            else:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


class _Writer:
    """Rows to a Parquet file, a row group at a time, with the settings that `Dataset.to_parquet` uses."""

    def __init__(self, file: BinaryIO, columns: Features) -> None:
        self.rows, self.num_bytes = 0, 0
        self._columns, self._waiting = columns, list[dict[str, Any]]()
        schema = columns.arrow_schema
        options = get_parquet_column_options(columns, schema)
        self._file = pq.ParquetWriter(
            file, schema, use_content_defined_chunking=True, write_page_index=True, **options
        )

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def add(self, row: dict[str, Any]) -> None:
        self._waiting.append(row)
        if len(self._waiting) == ROW_GROUP:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            table = Dataset.from_list(self._waiting, features=self._columns).data.table
            self._file.write_table(table)
            self.rows, self.num_bytes = self.rows + table.num_rows, self.num_bytes + table.nbytes
            self._waiting.clear()

    def note(self, footer: Footer) -> None:
        self._file.add_key_value_metadata({_FOOTER: json.dumps(asdict(footer), sort_keys=True)})


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that gets its name when all of it is on the disk; one that fails leaves nothing.

    Raises:
        OSError: it cannot be written.
    """
    # Neither host nor process number would do: containers on several machines may share both.
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        with open(partial, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        with suppress(OSError):  # not every file system lets a folder be synced
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def _remove_stale(shard: Shard, folder: Path) -> None:
    """Clear away what killed runs left of this shard, so that many kills do not fill a disk."""
    for partial in folder.glob(f".{shard.name}.*.partial"):
        with suppress(OSError):
            if time.time() - partial.stat().st_mtime > STALE:
                partial.unlink()
