"""Checkpoints: written whole or not at all, rotated, and looked at before they are trusted."""

from __future__ import annotations

import json
import os
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from locomotion_hf.errors import LocoMotionError, OutputError, TrainingError
from locomotion_hf.training.averaging import WeightAverage

#: Raised whenever the files of a checkpoint, or what they mean, change.
FORMAT = 2
_RUN, _AVERAGE = "run.json", "average.bin"
_PACKAGES = ("locomotion-hf", "torch", "accelerate")


def checkpoints(output_dir: Path) -> list[Path]:
    """The `checkpoint-<step>` folders, oldest first."""
    found = [p for p in output_dir.glob("checkpoint-*") if p.name.removeprefix("checkpoint-").isdigit()]
    return sorted(found, key=_step)


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("checkpoint-"))


def last_checkpoint(output_dir: Path) -> Path | None:
    """The newest `checkpoint-<step>` folder."""
    return next(reversed(checkpoints(output_dir)), None)


def remove_checkpoints(output_dir: Path) -> None:
    """Remove all checkpoints, half-written and damaged ones too."""
    for kind in ("checkpoint-*", "partial-*", "damaged-*"):
        for leftover in output_dir.glob(kind):
            shutil.rmtree(leftover)


def save_checkpoint(
    accelerator: Accelerator,
    folder: Path,
    step: int,
    run: dict[str, Any],
    average: WeightAverage | None = None,
    keep: int = 1,
) -> None:
    """Write a checkpoint beside the others, then drop the oldest: a kill at any moment leaves a whole one.

    Args:
        accelerator: holds what is saved.
        folder: of the run, on a disk that all processes share.
        step: steps done.
        run: `settings` that `resume` compares, and `seconds` that it goes on from.
        average: of the weights, where there is one.
        keep: how many checkpoints stay.

    Raises:
        OutputError: it cannot be written; the checkpoints before it are as they were.
    """
    partial = folder / f"partial-{step}"
    try:
        accelerator.save_state(str(partial), safe_serialization=False)  # safetensors refuses tied weights
        if average and accelerator.is_main_process:
            torch.save(average.state_dict(), partial / _AVERAGE)
        accelerator.wait_for_everyone()
        if accelerator.is_main_process:
            written = sorted(file for file in partial.rglob("*") if file.is_file())
            files = {str(file.relative_to(partial)): _synced_size(file) for file in written}
            packages = {name: version(name) for name in _PACKAGES}
            about = {"format": FORMAT, "packages": packages, "files": files, **run}
            (partial / _RUN).write_text(json.dumps(about))
            _synced_size(partial / _RUN)
            partial.rename(folder / f"checkpoint-{step}")
            for old in checkpoints(folder)[:-keep]:
                gone = old.rename(folder / f"partial-{old.name}")
                shutil.rmtree(gone)
    except (OSError, RuntimeError) as error:  # torch writes its zip files in C++, which knows no OSError
        if accelerator.is_main_process:
            shutil.rmtree(partial, ignore_errors=True)
        left = last_checkpoint(folder)
        free = shutil.disk_usage(folder).free / 1e6
        raise OutputError(
            f"the checkpoint of step {step} could not be written to {folder} ({free:,.0f} MB are free there): "
            f"{str(error).splitlines()[0]}",
            f"room for {keep + 1} checkpoints.",
            "make room and go on with --resume_from_checkpoint; "
            + (f"{left.name} is intact." if left else "there is no earlier checkpoint."),
        ) from error
    accelerator.wait_for_everyone()


def _synced_size(file: Path) -> int:
    """The size of a file that is on the disk now, not only in memory."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
    return file.stat().st_size


def resume(
    accelerator: Accelerator, folder: Path, settings: dict[str, Any], average: WeightAverage | None = None
) -> tuple[int, float]:
    """Load the newest checkpoint that is whole.

    Args:
        accelerator: with the prepared model and optimizers.
        folder: of the run.
        settings: what the run that wrote it must have had too.
        average: of the weights, where there is one.

    Returns:
        The steps and the seconds that are behind it.

    Raises:
        TrainingError: it is of a run with other settings or of another version, or all are damaged.
    """
    found = checkpoints(folder)
    harm = {checkpoint: damage(checkpoint) for checkpoint in found}
    whole = [checkpoint for checkpoint in found if not harm[checkpoint]]
    if not whole:
        raise TrainingError(
            "; ".join(f"{checkpoint} is damaged: {what}" for checkpoint, what in harm.items()) + ".",
            "at least one whole checkpoint.",
            "copy it again, if it was copied; or begin anew with --overwrite_output_dir.",
        )
    checkpoint = whole[-1]
    for newer in found[found.index(checkpoint) + 1 :]:
        accelerator.print(f"{newer} is damaged and left aside: {harm[newer]}.")
    saved = json.loads((checkpoint / _RUN).read_text())
    _compare(checkpoint, saved, settings)
    try:
        accelerator.load_state(str(checkpoint))
        if average:
            average.load_state_dict(torch.load(checkpoint / _AVERAGE, map_location="cpu", weights_only=True))
    except LocoMotionError:
        raise
    except Exception as error:  # unpickling damaged bytes raises almost anything
        older = whole[-2].name if len(whole) > 1 else ""
        raise TrainingError(
            f"{checkpoint} cannot be loaded: {type(error).__name__}: {(str(error) or '-').splitlines()[0]}",
            "the files as they were written.",
            f"move it out of {folder} and go on from {older}."
            if older
            else "copy it again, if it was copied; or begin anew with --overwrite_output_dir.",
        ) from error
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:  # out of the way of the one that will be written in its place
        for newer in found[found.index(checkpoint) + 1 :]:
            aside = folder / f"damaged-{newer.name}"
            shutil.rmtree(aside, ignore_errors=True)
            newer.rename(aside)
    now = {name: version(name) for name in _PACKAGES}
    for name, before in saved["packages"].items():
        if before != now[name]:
            accelerator.print(f"Written with {name} {before}, read with {now[name]}: last digits may differ.")
    accelerator.print(f"Going on from step {_step(checkpoint)}.")
    return _step(checkpoint), float(saved["seconds"])


def damage(checkpoint: Path) -> str:
    """What is wrong with the files of a checkpoint; empty when nothing is."""
    try:
        about = json.loads((checkpoint / _RUN).read_text())
    except (OSError, ValueError) as error:
        return f"{_RUN} cannot be read ({error})"
    for name, size in about.get("files", {}).items():
        file = checkpoint / name
        if not file.exists():
            return f"{name} is missing"
        if file.stat().st_size != size:
            return f"{name} has {file.stat().st_size:,} bytes instead of {size:,}"
    return ""


def _compare(checkpoint: Path, saved: dict[str, Any], settings: dict[str, Any]) -> None:
    """Raise unless the checkpoint was written by this version, in a run of equal settings."""
    if saved.get("format", 1) != FORMAT:
        writer = saved.get("packages", {}).get("locomotion-hf", "an earlier version")
        raise TrainingError(
            f"{checkpoint} has format {saved.get('format', 1)}, written by locomotion-hf {writer}.",
            f"format {FORMAT}, which locomotion-hf {version('locomotion-hf')} writes.",
            "finish the run with the version that began it, or begin anew with --overwrite_output_dir.",
        )
    for name, value in settings.items():
        was = saved["settings"].get(name, value)  # what is not named came later, and nothing was set there
        if was != value:
            raise TrainingError(
                f"{checkpoint} was trained with {name}={was}, this run has {name}={value}.",
                "the same settings as before.",
                "give them again, or begin anew with --overwrite_output_dir.",
            )
