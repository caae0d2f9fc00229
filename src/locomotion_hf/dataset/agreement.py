"""What holds for a whole folder of shards, whoever makes them: written once, held against ever after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from locomotion_hf.dataset.assets import open_assets
from locomotion_hf.dataset.recipe import GENERATOR_VERSION, Recipe
from locomotion_hf.dataset.shards import plan, whole_file
from locomotion_hf.errors import OutputError
from locomotion_hf.randomness import Split, stable_hash

#: What a release holds, beside its shards in `DATA`.
RECIPE, SKIPPED, CARD, ATTRIBUTION, DATA = "recipe.json", "skipped.jsonl", "README.md", "ATTRIBUTION.md", "data"


def check_sample_dir(folder: Path) -> None:
    """Make sure that nothing but an earlier sample would be replaced.

    Raises:
        OutputError: the place holds anything that `export` did not write.
    """
    if not folder.exists():
        return
    names = {folder / name for name in (RECIPE, SKIPPED, CARD, ATTRIBUTION)}
    ours = folder.is_dir() and all(
        (path.is_dir() and path == folder / DATA)
        or path in names
        or (path.parent == folder / DATA and fnmatch(path.name, "*-?????-of-?????.parquet"))
        or (path.parent in (folder, folder / DATA) and fnmatch(path.name, ".*.*.partial"))
        for path in folder.rglob("*")
    )
    if not ours:
        raise OutputError(
            f"{folder} holds other files.",
            "a new or empty folder, or an earlier sample.",
            "choose another folder; nothing was touched.",
        )


def agree(recipe: Recipe, rows: Mapping[Split, int], rows_per_shard: int, folder: Path) -> dict[str, Any]:
    """What holds for the whole folder, on every machine; written by the first who comes.

    Args:
        recipe: of the rows; its assets are opened, as another set of files would give other rows.
        rows: how many in each split.
        rows_per_shard: of each Parquet file.
        folder: made when it is not there.

    Returns:
        The content of `RECIPE`.

    Raises:
        OutputError: the folder holds something else, was begun otherwise or cannot be written; nothing was touched.
    """
    assets = open_assets(recipe)
    infos = [astuple(one) for kind in (assets.objects, assets.backgrounds) for one in kind.infos]
    settings = {
        "generator": GENERATOR_VERSION,
        "recipe": asdict(recipe),
        "rows": dict(rows),
        "rows_per_shard": rows_per_shard,
        "assets": f"{stable_hash(*(part for info in infos for part in info)):032x}",
        "skipped_files": assets.skipped,
    }
    wanted = json.loads(json.dumps(settings))  # as it will be read
    with writable(folder):
        if not (folder / RECIPE).exists():
            check_sample_dir(folder)
            (folder / DATA).mkdir(parents=True, exist_ok=True)
            if any((folder / DATA).glob("*.parquet")) and not (folder / RECIPE).exists():
                raise OutputError(
                    f"{folder} holds shards, but no {RECIPE} that says of what.",
                    "a new or empty folder, or one that this command began.",
                    "choose another folder; nothing was touched.",
                )
            write_text(folder / RECIPE, json.dumps(wanted, indent=1, sort_keys=True) + "\n")
    found = read_agreement(folder)
    if fingerprint(found) != fingerprint(wanted):
        there, here = {**found, **found["recipe"]}, {**wanted, **wanted["recipe"]}
        differ = [key for key in sorted({*there, *here}) if there.get(key) != here.get(key)]
        differ = [key for key in differ if key not in ("recipe", "skipped_files", "assets")] or ["assets"]
        seen = "; ".join(f"{key} is {there.get(key)!r} there, {here.get(key)!r} here" for key in differ)
        if differ == ["assets"]:
            seen = "the usable objects or backgrounds are not the same files as then"
        raise OutputError(
            f"{folder} was begun otherwise: {seen}.",
            "the same recipe, rows and assets for all shards of a folder.",
            "choose another folder, or give the command that began this one; nothing was touched.",
        )
    return found


def read_agreement(folder: Path) -> dict[str, Any]:
    """The content of `RECIPE`. Raises `OutputError` when there is none that can be read."""
    try:
        found = json.loads((folder / RECIPE).read_text("utf-8"))
        plan(found["rows"], found["rows_per_shard"])
        return {**found, "recipe": dict(found["recipe"]), "skipped_files": dict(found["skipped_files"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(
            f"{folder / RECIPE} cannot be read ({type(error).__name__}).",
            "a folder that `locomotion generate` began.",
            "check the path.",
        ) from error


def fingerprint(agreed: Mapping[str, Any]) -> str:
    """Equal for folders whose shards hold the same rows. Reasons are left out: they name paths of one machine."""
    decisive = {key: value for key, value in agreed.items() if key != "skipped_files"}
    return f"{stable_hash(json.dumps(decisive, sort_keys=True)):032x}"


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all. Raises `OSError`."""
    with whole_file(path) as file:
        file.write(text.encode("utf-8", "replace"))


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """What goes wrong with the disk inside becomes an `OutputError`."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written ({error.strerror or error}).",
            "a place with room that may be written.",
            "free some space or choose another place.",
        ) from error
