"""Putting the released checkpoint where `AutoModel.from_pretrained("locomotion")` finds it; nothing is downloaded."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Literal, get_args

from huggingface_hub import constants
from huggingface_hub.file_download import repo_folder_name
from transformers.dynamic_module_utils import custom_object_save

from locomotion_hf.dataset import Recipe
from locomotion_hf.dataset.agreement import check_sample_dir, writable
from locomotion_hf.dataset.export import export_sample
from locomotion_hf.errors import OutputError
from locomotion_hf.files import write_whole
from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionProcessor,
    LocoMotionVideoProcessor,
)

Place = Literal["folder", "cache"]

#: What `scripts/release.py` wrote: weights, settings, tokenizer, card and figures.
RELEASED = Path(__file__).parent / "locomotion"
#: What the model is called in the cache, and its folder unless told otherwise.
NAME = "locomotion"
#: Folder of the data sample, beside the model's, as in the main job; one called `locomotion_synth` would hide the
#: generator from `load_dataset`.
SAMPLE = "locomotion_synth_sample"
#: Rows of the sample's train split. Of the validation split it has one group, as `load_dataset` gives.
NUM_EXAMPLES = 32
#: What a training leaves beside the model's own files.
_OF_TRAINING = ("train_log.jsonl", "skipped.txt")


def fetch(
    to: Place = "folder", output_dir: str | Path | None = None, data: bool = False, overwrite: bool = False
) -> Path:
    """Put the released checkpoint into a folder or the Hugging Face cache. Works offline.

    The result is what `save_pretrained` leaves, with the code that loads it elsewhere (`trust_remote_code=True`), and
    the card and figures. A new folder is there whole or not at all.

    Args:
        to: "folder"; or "cache", from where `from_pretrained("locomotion")` takes it with `HF_HUB_OFFLINE=1` or
            `local_files_only=True`. Otherwise transformers asks the Hub, which has no model of that name.
        output_dir: the folder, `locomotion` when None; the cache takes none.
        data: also make a sample of `locomotion_synth`, 32 and 8 clips: in the folder `locomotion_synth_sample` beside
            the model's; or in the cache, for `load_dataset("locomotion_synth", num_examples=32)`.
        overwrite: replace a model, or a sample, that is in that place.

    Returns:
        The folder with the model, or its snapshot in the cache.

    Raises:
        OutputError: the place holds something already, or cannot be written; nothing was touched.
    """
    if to not in get_args(Place):
        raise OutputError(f"to={to!r}.", "folder or cache.", "choose one of them.")
    if to == "cache":
        if output_dir is not None:
            raise OutputError(
                f"output_dir={str(output_dir)!r} and the cache.",
                f"one place; in the cache the model is called {NAME!r}.",
                "leave one of the two out.",
            )
        place = _into_cache(Path(constants.HF_HUB_CACHE), overwrite)
        if data:
            _sample_into_cache()
        return place
    folder = Path(output_dir or NAME)
    sample = folder.absolute().parent / SAMPLE
    _check_folder(folder, overwrite)
    if data:
        _check_sample(sample, overwrite)
    _into_folder(folder)
    if data:
        export_sample(Recipe(), {"train": NUM_EXAMPLES, "validation": Recipe.group_size}, sample)
    return folder


def _names() -> set[str]:
    return {path.name for path in RELEASED.iterdir()}


def _build(folder: Path) -> None:
    """The files of the release, and beside them the code, as `save_pretrained` puts it there."""
    folder.mkdir(parents=True)
    for name in sorted(_names()):
        shutil.copyfile(RELEASED / name, folder / name)
    for kind in (LocoMotionConfig, LocoMotionForPreTraining, LocoMotionVideoProcessor, LocoMotionProcessor):
        custom_object_save(kind, folder)


def _check_folder(folder: Path, overwrite: bool) -> None:
    """Nothing is there; or, with `overwrite`, nothing but what a fetch or a training wrote. Raises `OutputError`."""
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    model = folder.is_dir() and (folder / "config.json").exists()
    if model and not overwrite:
        raise OutputError(
            f"{folder} already holds a model.",
            "a new or empty folder.",
            "pass --overwrite to replace it, or another --output_dir to keep both.",
        )
    known = _names() | set(_OF_TRAINING)
    others = [] if not model else [path.name for path in sorted(folder.iterdir()) if not _of_a_model(path, known)]
    if not model or others or folder.is_symlink():
        what = f" ({', '.join(others[:3])})" if others else ""
        raise OutputError(
            f"{folder} holds other files{what}.",
            "a new or empty folder, or with --overwrite a model alone.",
            "choose another --output_dir; nothing was touched.",
        )


def _of_a_model(path: Path, known: set[str]) -> bool:
    if path.is_dir():
        return path.name == "__pycache__"
    return path.name in known or path.name.endswith("_locomotion.py")


def _check_sample(sample: Path, overwrite: bool) -> None:
    check_sample_dir(sample)
    if sample.exists() and any(sample.iterdir()) and not overwrite:
        raise OutputError(
            f"{sample} already holds a sample.", "a new or empty folder.", "pass --overwrite to replace it."
        )


def _into_folder(folder: Path) -> None:
    place = folder.absolute()
    beside = place.with_name(f".{place.name}.{os.getpid()}.partial")
    try:
        with writable(folder):
            _build(beside)
            if place.exists():  # it may be somebody's current folder, so it stays
                new = {path.name for path in beside.iterdir()}
                for name in sorted(new, key=lambda name: name != "config.json"):
                    (beside / name).replace(place / name)
                for path in place.iterdir():
                    if path.is_dir():
                        shutil.rmtree(path)
                    elif path.name not in new:
                        path.unlink()
            else:
                beside.rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _into_cache(cache: Path, overwrite: bool) -> Path:
    """A snapshot as the Hub's client lays it out, under a revision that follows from the files."""
    repository = cache / repo_folder_name(repo_id=NAME, repo_type="model")
    beside = cache / f".{repository.name}.{os.getpid()}.partial"
    main = repository / "refs" / "main"
    try:
        with writable(repository):
            _build(beside)
            revision = _revision(beside)
            if main.exists() and main.read_text("utf-8") != revision and not overwrite:
                raise OutputError(
                    f"The cache already holds another model called {NAME!r}, in {repository}.",
                    "none, or this one.",
                    "pass --overwrite to let the name lead to this one; the other stays beside it.",
                )
            snapshot = repository / "snapshots" / revision
            if not snapshot.exists():
                snapshot.parent.mkdir(parents=True, exist_ok=True)
                beside.rename(snapshot)
            elif _revision(snapshot) != revision:  # damaged since
                shutil.rmtree(snapshot)
                beside.rename(snapshot)
            main.parent.mkdir(exist_ok=True)
            write_whole(main, revision.encode())
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return snapshot


def _revision(folder: Path) -> str:
    """40 hexadecimal digits, as a revision has on the Hub."""
    digest = hashlib.sha1(usedforsecurity=False)
    for path in sorted(folder.iterdir()):
        if path.is_file():
            digest.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _sample_into_cache() -> None:
    from datasets import load_dataset

    load_dataset("locomotion_synth", num_examples=NUM_EXAMPLES)


__all__ = ["NAME", "NUM_EXAMPLES", "RELEASED", "SAMPLE", "Place", "fetch"]
