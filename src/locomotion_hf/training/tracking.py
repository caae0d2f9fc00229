"""What a run tells while it goes: train_log.jsonl, a bar, and a tracker that was asked for."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TextIO

import torch
from accelerate import Accelerator
from accelerate.utils import InitProcessGroupKwargs
from tqdm.auto import tqdm

from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.files import write_whole
from locomotion_hf.training.arguments import OptimizationArguments
from locomotion_hf.training.contrastive import LOSSES

#: How long processes wait for each other. Own choice: the main one evaluates alone meanwhile, which of a large corpus
#: takes longer than the ten minutes that NCCL waits by default.
PATIENCE = timedelta(hours=2)


def make_accelerator(args: OptimizationArguments) -> Accelerator:
    """The accelerator of a run, as `accelerate launch` set it up, with the tracker of `args.report_to`.

    Raises:
        TrainingError: the tracker's package is not installed, accelerate was told to accumulate gradients, or
            several processes each take themselves for the only one.
    """
    wanted = None if args.report_to == "none" else args.report_to
    if wanted and not find_spec(wanted):
        raise TrainingError(
            f"--report_to {wanted}, and no package of that name.",
            "an installed tracker.",
            f"pip install {wanted}, or leave --report_to out: train_log.jsonl is written anyway.",
        )
    launched = int(os.environ.get("WORLD_SIZE", "1"))
    patience = InitProcessGroupKwargs(timeout=PATIENCE)
    accelerator = Accelerator(log_with=wanted, project_dir=args.output_dir, kwargs_handlers=[patience])
    if accelerator.num_processes != launched:
        raise TrainingError(
            f"{launched} processes were launched that do not know of each other.",
            "processes that work together.",
            "without a GPU, set ACCELERATE_USE_CPU=1 before `accelerate launch --multi_gpu --num_processes 2`.",
        )
    if accelerator.gradient_accumulation_steps != 1:
        raise TrainingError(
            f"accelerate was told to accumulate gradients over {accelerator.gradient_accumulation_steps} steps.",
            "1 there: it adds up losses, and a contrast needs its whole batch.",
            "pass --gradient_accumulation_steps to the script, after its name.",
        )
    return accelerator


class Clock:
    """Seconds spent, and those of them spent waiting for data; since the start, and since the last look."""

    def __init__(self) -> None:
        self.started = self._looked = time.perf_counter()
        self.waited = self._waited_then = 0.0
        self._steps = 0

    def waits(self, since: float) -> None:
        """Data was waited for from `since` until now."""
        self.waited += time.perf_counter() - since

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.perf_counter() - self.started

    def look(self, step: int) -> tuple[float, float]:
        """Steps a second, and the share of the time spent waiting for data, since the last look.

        Args:
            step: steps done since the start.
        """
        now = time.perf_counter()
        spent = max(now - self._looked, 1e-9)
        rate, stall = (step - self._steps) / spent, (self.waited - self._waited_then) / spent
        self._looked, self._waited_then, self._steps = now, self.waited, step
        return rate, stall


class Tracker:
    """The main process writes; the others stay silent.

    Args:
        accelerator: of the run, from `make_accelerator`.
        folder: of the run.
        args: logging, and what a tracker shows as settings.
        settings: of the run.
        first: step that comes next; what was written from there on is dropped.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        folder: Path,
        args: OptimizationArguments,
        settings: Mapping[str, Any],
        first: int,
    ) -> None:
        self._accelerator = accelerator
        self._log = _open_log(folder / "train_log.jsonl", first) if accelerator.is_main_process else None
        self._bar = tqdm(
            total=args.max_steps, initial=first, disable=not accelerator.is_main_process, mininterval=1, unit="step"
        )
        if args.report_to != "none":
            accelerator.project_configuration.logging_dir = str(folder)
            named = {"name": folder.name}
            starts = {"wandb": {**named, "dir": str(folder)}, "trackio": named, "tensorboard": {}}
            project = "tensorboard" if args.report_to == "tensorboard" else "locomotion"  # a folder's name for one
            shown = {key: value for key, value in settings.items() if isinstance(value, (str, int, float, bool))}
            accelerator.init_trackers(project, shown, {args.report_to: starts[args.report_to]})

    def advance(self) -> None:
        """One step is done."""
        self._bar.update()

    def write(self, step: int, figures: Mapping[str, torch.Tensor], others: Mapping[str, float]) -> None:
        """A line for the step.

        Args:
            step: counted from zero.
            figures: losses and accuracies.
            others: learning rate, norm of the gradient, speed.

        Raises:
            OutputError: the log cannot be written.
        """
        rounded = {name: round(figures[name].item(), 4) for name in LOSSES if name in figures}
        if self._log:
            try:
                self._log.write(json.dumps({"step": step, **rounded, **others}) + "\n")
                self._log.flush()
            except OSError as error:
                raise OutputError(
                    f"{self._log.name} cannot be written: {error.strerror}.",
                    "room on its disk.",
                    "make room and go on with --resume_from_checkpoint.",
                ) from error
        self._bar.set_postfix({name.removeprefix("loss_"): value for name, value in rounded.items()})
        self._accelerator.log({**rounded, **others}, step=step)

    def close(self) -> None:
        """End the bar and the file; the tracker still waits for `track_results`."""
        self._bar.close()
        if self._log:
            self._log.close()


def track_results(accelerator: Accelerator, results: Mapping[str, Any], step: int) -> None:
    """Tell the run's tracker, if there is one, the figures of the evaluation, as "eval/...", and end it.

    Args:
        accelerator: of the run.
        results: `figures`, name -> a `Figure` as a mapping; empty where nothing was evaluated.
        step: after which it was.
    """
    figures = {f"eval/{name}": figure["value"] for name, figure in results.get("figures", {}).items()}
    if figures:
        accelerator.log(figures, step=step)
    for tracker in accelerator.trackers:
        tracker.finish()
    accelerator.trackers = []


def _open_log(file: Path, first: int) -> TextIO:
    """The log, with what was written before step `first` kept."""
    kept = []
    for line in file.read_text().splitlines() if first and file.exists() else []:
        with suppress(json.JSONDecodeError):  # a killed run may have left half a line
            if json.loads(line)["step"] < first:
                kept.append(line + "\n")
    write_whole(file, "".join(kept).encode())
    return file.open("a")
