"""A folder of Parquet with a card, which plain `load_dataset` reads without our package."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

from datasets import Dataset
from datasets.info import DatasetInfosDict
from datasets.splits import SplitDict, SplitInfo
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCardData
from tqdm.auto import tqdm

from locomotion_hf.cards import dataset_card
from locomotion_hf.dataset.assets import open_assets
from locomotion_hf.dataset.generate import generate
from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.dataset.schema import features, to_row
from locomotion_hf.errors import OutputError
from locomotion_hf.randomness import Split


def export_sample(recipe: Recipe, rows: Mapping[Split, int], folder: Path) -> Path:
    """Generate a few rows and write them as a dataset folder.

    The folder is complete or untouched: it is written beside its place and then moved there. One that
    this function wrote before is replaced.

    Args:
        recipe: of the rows.
        rows: how many in each split.
        folder: where to; its card is `README.md`, its rows are in `data/`.

    Raises:
        OutputError: the folder holds something else, or cannot be written.
    """
    folder = folder.absolute()
    check_sample_dir(folder)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        (partial / "data").mkdir(parents=True)
        _write(recipe, rows, partial, folder.name)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written ({error.strerror or error}).",
            "a place with room that may be written.",
            "choose another --sample_dir.",
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def check_sample_dir(folder: Path) -> None:
    """Make sure that nothing but an earlier sample would be replaced.

    Raises:
        OutputError: the place holds anything that `export_sample` did not write.
    """
    if not folder.exists():
        return
    ours = folder.is_dir() and all(
        (path.is_dir() and path == folder / "data")
        or path == folder / "README.md"
        or (path.parent == folder / "data" and fnmatch(path.name, "*-?????-of-?????.parquet"))
        for path in folder.rglob("*")
    )
    if not ours:
        raise OutputError(
            f"{folder} holds other files.",
            "a new or empty folder, or an earlier sample.",
            "choose another folder; nothing was touched.",
        )


def _write(recipe: Recipe, rows: Mapping[Split, int], folder: Path, name: str) -> None:
    splits, size, credits = SplitDict(), 0, set()
    assets = open_assets(recipe)
    known = {info.id: info for info in (*assets.objects.infos, *assets.backgrounds.infos)}
    for split, count in rows.items():
        made = [to_row(generate(recipe, split, index)) for index in tqdm(range(count), desc=split, unit="clip")]
        data = Dataset.from_list(made, features=features())
        file = folder / "data" / f"{split}-00000-of-00001.parquet"
        data.to_parquet(file, batch_size=16)
        size += file.stat().st_size
        splits[split] = SplitInfo(split, num_bytes=data.data.nbytes, num_examples=count)
        used = {id for row in made for id in (*row["object_ids"], row["background_id"])}
        credits |= {(known[id].licence, known[id].attribution or known[id].source) for id in used}
    info = data.info.copy()
    info.splits, info.config_name, info.download_size = splits, "default", size
    info.dataset_size = sum(one.num_bytes for one in splits.values())
    card = DatasetCardData(
        license="other",
        task_categories=["video-text-to-text"],
        language="en",
        pretty_name="locomotion_synth, a sample",
        size_categories=[
            "n<1K" if sum(rows.values()) < 1000 else "1K<n<10K" if sum(rows.values()) < 10_000 else "10K<n<100K"
        ],
        tags=["video", "motion", "synthetic"],
    )
    DatasetInfosDict({"default": info}).to_dataset_card_data(card)
    files = [{"split": split, "path": f"data/{split}-*"} for split in rows]
    MetadataConfigs({"default": {"data_files": files}}).to_dataset_card_data(card)
    licences = "\n".join(f"- {licence}: {whom}" for licence, whom in sorted(credits))
    seconds = recipe.num_frames / recipe.fps
    text = dataset_card(card, name, sum(rows.values()), seconds, licences)
    (folder / "README.md").write_text(text, encoding="utf-8")
