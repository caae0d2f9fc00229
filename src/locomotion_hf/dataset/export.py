"""A release: a folder of Parquet shards with a card, which plain `load_dataset` reads without our package.

- `recipe.json`: what holds for the whole folder, see `agreement`
- `data/train-00007-of-00032.parquet`: the shards, see `shards`
- `skipped.jsonl`: files and rows that could not be used, if any, with their reasons
- `README.md`: the card; written last, so that it marks a whole release
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from datasets import DatasetInfo
from datasets.info import DatasetInfosDict
from datasets.splits import SplitDict, SplitInfo
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCardData
from tqdm.auto import tqdm

from locomotion_hf.cards import dataset_card
from locomotion_hf.dataset.agreement import (
    ATTRIBUTION,
    CARD,
    DATA,
    SKIPPED,
    agree,
    check_sample_dir,
    fingerprint,
    read_agreement,
    writable,
    write_text,
)
from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.dataset.schema import features
from locomotion_hf.dataset.shards import (
    ROWS_PER_SHARD,
    Footer,
    Shard,
    is_complete,
    plan,
    read_footer,
    write_shard,
)
from locomotion_hf.dataset.workers import work_off
from locomotion_hf.errors import OutputError, RecipeError
from locomotion_hf.randomness import Split

#: So many authors are named on the card; more of them in a file of their own.
CREDITS_ON_CARD = 200
_SIZES = {1000: "n<1K", 10**4: "1K<n<10K", 10**5: "10K<n<100K", 10**6: "100K<n<1M", 10**7: "1M<n<10M"}


@dataclass(frozen=True)
class Export:
    """How far a release is.

    Attributes:
        folder: where it is.
        shards: how many it has in all.
        missing: names of those that are not there yet; the card is written when there are none.
        rows: how many there are, once none is missing.
        skipped: files and rows that could not be used, as in `skipped.jsonl`, once none is missing.
    """

    folder: Path
    shards: int
    missing: tuple[str, ...]
    rows: int = 0
    skipped: tuple[dict[str, str], ...] = ()


def export(
    recipe: Recipe,
    rows: Mapping[Split, int],
    folder: str | os.PathLike[str],
    *,
    rows_per_shard: int = ROWS_PER_SHARD,
    num_processes: int = 1,
    machine_rank: int = 0,
    num_machines: int = 1,
    name: str | None = None,
) -> Export:
    """Make a release, or go on with one. The same call after a kill ends in the same bytes as without it.

    Args:
        recipe: of the rows.
        rows: how many in each split.
        folder: new, empty, or of an earlier call with the same recipe and rows; on a disk that all machines share.
        rows_per_shard: of each Parquet file.
        num_processes: on this machine. In a script, more than 1 asks for `if __name__ == "__main__":`.
        machine_rank: of this machine, from 0; it makes shards `machine_rank`, `machine_rank + num_machines`, ...
        num_machines: how many share the work.
        name: what the card calls the folder.

    Returns:
        What there is. Whoever finds every shard there writes the card.

    Raises:
        RecipeError: a number is out of range.
        OutputError: the folder holds something else or was begun otherwise; it cannot be written; a process broke
            down. Shards that are complete are kept.
        AssetError, MotionError: assets cannot be opened at all, or row after row cannot be made.
    """
    numbers = {"rows_per_shard": rows_per_shard, "num_processes": num_processes, "num_machines": num_machines}
    for what, value in {**{f"rows of {split}": count for split, count in rows.items()}, **numbers}.items():
        if value < 1:
            raise RecipeError(f"{what}={value}.", "1 or more.", "raise it.")
    if not 0 <= machine_rank < num_machines:
        seen = f"machine_rank={machine_rank} of num_machines={num_machines}."
        raise RecipeError(seen, "a rank from 0 to num_machines - 1, another on each machine.", "change it.")
    folder = Path(folder).absolute()
    agreed = agree(recipe, rows, rows_per_shard, folder)
    release, shards = fingerprint(agreed), plan(agreed["rows"], rows_per_shard)
    ours = shards[machine_rank::num_machines]
    todo = [shard for shard in ours if not is_complete(shard, folder / DATA, release)]
    work = partial(write_shard, recipe=recipe, folder=folder / DATA, release=release)
    total, left = sum(map(len, ours)), sum(map(len, todo))
    with tqdm(total=total, initial=total - left, unit="clip", desc=name or folder.name) as bar:
        work_off(todo, work, num_processes, bar.update)
    missing = tuple(shard.name for shard in shards if not is_complete(shard, folder / DATA, release))
    if missing:
        return Export(folder, len(shards), missing)
    return finish(folder, name)


def finish(folder: str | os.PathLike[str], name: str | None = None) -> Export:
    """Write the card of a release whose shards are all there, and what was skipped. Opens no asset.

    Args:
        folder: of `export`.
        name: what the card calls it.

    Raises:
        OutputError: shards are missing, this is no such folder, or it cannot be written.
    """
    folder = Path(folder).absolute()
    agreed = read_agreement(folder)
    release, shards = fingerprint(agreed), plan(agreed["rows"], agreed["rows_per_shard"])
    missing = tuple(shard.name for shard in shards if not is_complete(shard, folder / DATA, release))
    if missing:
        raise OutputError(
            f"{len(missing)} of {len(shards)} shards of {folder} are missing, the first: {missing[0]}.",
            "all of them.",
            "let every machine finish, or give the command that makes the shards again.",
        )
    footers = {shard: footer for shard in shards if (footer := read_footer(folder / DATA / shard.name))}
    files = dict(agreed["skipped_files"])
    for footer in footers.values():
        files |= footer.skipped_files
    skipped = [{"file": file, "reason": reason} for file, reason in sorted(files.items())]
    for footer in footers.values():
        skipped += [{"row": row, "reason": reason} for row, reason in footer.skipped_rows.items()]
    with writable(folder):
        if skipped:
            write_text(folder / SKIPPED, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in skipped))
        credits = sorted({credit for footer in footers.values() for credit in footer.credits})
        licences = "\n".join(f"- {licence}: {whom}" for licence, whom in credits)
        if len(credits) > CREDITS_ON_CARD:
            write_text(folder / ATTRIBUTION, f"# Attribution\n\n{licences}\n")
            counts = {licence: sum(one == licence for one, _ in credits) for licence, _ in credits}
            licences = "\n".join(f"- {licence}: {count} sources" for licence, count in counts.items())
            licences += "\n\n`ATTRIBUTION.md` names them all."
        write_text(folder / CARD, _card(agreed, footers, folder, name or folder.name, licences))
        for rest in (folder / DATA).glob(".*.partial"):
            rest.unlink(missing_ok=True)  # of killed runs, or of a second one that makes what is there
    return Export(folder, len(shards), (), sum(footer.rows for footer in footers.values()), tuple(skipped))


def export_sample(recipe: Recipe, rows: Mapping[Split, int], folder: Path) -> Path:
    """Generate a few rows and write them as a dataset folder, in one go.

    The folder is complete or untouched: it is written beside its place and then moved there. One that was
    written here before is replaced.

    Args:
        recipe: of the rows.
        rows: how many in each split.
        folder: where to; its card is `README.md`, its rows are in `data/`.

    Raises:
        OutputError: the folder holds something else, or cannot be written.
    """
    folder = folder.absolute()
    check_sample_dir(folder)
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        export(recipe, rows, beside, rows_per_shard=max(rows.values()), name=folder.name)
        with writable(folder):
            if folder.exists():
                shutil.rmtree(folder)
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _card(agreed: Mapping[str, Any], footers: Mapping[Shard, Footer], folder: Path, name: str, licences: str) -> str:
    """The card, with what `load_dataset` and the Hub's viewer want to know."""
    splits = SplitDict()
    for split in agreed["rows"]:
        of_split = [footer for shard, footer in footers.items() if shard.split == split]
        num_bytes, num_rows = sum(one.num_bytes for one in of_split), sum(one.rows for one in of_split)
        splits[split] = SplitInfo(split, num_bytes=num_bytes, num_examples=num_rows)
    info = DatasetInfo(features=features(), splits=splits, config_name="default")
    info.download_size = sum((folder / DATA / shard.name).stat().st_size for shard in footers)
    info.dataset_size = sum(one.num_bytes for one in splits.values())
    rows = sum(one.num_examples for one in splits.values())
    data = DatasetCardData(
        license="other",
        task_categories=["video-text-to-text"],
        language="en",
        pretty_name="locomotion_synth",
        size_categories=[next((size for limit, size in _SIZES.items() if rows < limit), "10M<n<100M")],
        tags=["video", "motion", "synthetic"],
    )
    DatasetInfosDict({"default": info}).to_dataset_card_data(data)
    files = [{"split": split, "path": f"{DATA}/{split}-*"} for split in agreed["rows"]]
    MetadataConfigs({"default": {"data_files": files}}).to_dataset_card_data(data)
    seconds = agreed["recipe"]["num_frames"] / agreed["recipe"]["fps"]
    return dataset_card(data, name, rows, seconds, licences)
