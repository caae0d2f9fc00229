"""All steps of a run, whatever it trains on: one process or many, checkpoints, resuming, and what it tells."""

from __future__ import annotations

import copy
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs

from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.randomness import stable_hash
from locomotion_hf.training.arguments import OptimizationArguments
from locomotion_hf.training.averaging import WeightAverage
from locomotion_hf.training.checkpoints import last_checkpoint, resume, save_checkpoint
from locomotion_hf.training.contrastive import Batch, step_gradients
from locomotion_hf.training.costs import Costs, measure, memory_needed, peak_flops, told_when_out_of_memory
from locomotion_hf.training.optimizers import make_optimizers, schedule
from locomotion_hf.training.sharding import average_whole_gradients, is_sharded, ready_to_shard, whole_weights
from locomotion_hf.training.tracking import Clock, Tracker, track_results

Batches = Callable[[int], Iterator[Batch]]


def run_steps(
    accelerator: Accelerator,
    model: torch.nn.Module,
    batches: Batches,
    folder: Path,
    args: OptimizationArguments,
    settings: Mapping[str, Any],
) -> dict[str, float]:
    """Take all steps, from the last checkpoint on if asked to; afterwards the model holds the trained weights.

    Args:
        accelerator: from `make_accelerator`.
        model: a `LocoMotionForPreTraining`, or an adapter around one, on the accelerator's device. With
            `args.ema_decay` it ends as the average; where weights are divided over processes (FSDP2), only the
            main process's copy ends as the trained one.
        batches: first step to an iterator of the model's inputs from that step on, one mapping for each forward
            pass: `args.gradient_accumulation_steps` of them a step. It must be a function of step and process.
        folder: of the run, on a disk that all processes share; gets checkpoints and train_log.jsonl.
        args: how steps are taken.
        settings: what a resumed run must have in common with the one before.

    Returns:
        What the run cost: `clips`, `clips_per_second`, `seconds`, `data_stall` (share of the time spent waiting for
        data); and `mfu`, the share of the GPUs' arithmetic, where that is known.

    Raises:
        TrainingError: the loss or a gradient is no longer a number; out of memory; nothing to resume from.
        OutputError: a checkpoint could not be written.
    """
    with told_when_out_of_memory(args):
        return _run_steps(accelerator, model, batches, folder, args, settings)


def _run_steps(
    accelerator: Accelerator,
    model: torch.nn.Module,
    batches: Batches,
    folder: Path,
    args: OptimizationArguments,
    settings: Mapping[str, Any],
) -> dict[str, float]:
    _prepare_folder(accelerator, folder)
    costs = measure(model, settings.get("num_frames") or None)
    accelerator.print(plan(accelerator, model, costs, args))
    sharded = is_sharded(accelerator)
    # DDP waits for the gradient of every weight, unless it knows that some get none (a loss is switched off, say).
    accelerator.ddp_handler = DistributedDataParallelKwargs(find_unused_parameters=costs.unused)
    trained = copy.deepcopy(model) if sharded else model
    if sharded:
        ready_to_shard(accelerator, trained, args)
    wrapped, *optimizers = accelerator.prepare(trained, *make_optimizers(trained, args))
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    peaks = [group["lr"] for group in groups]
    average = WeightAverage(trained, args.ema_decay) if args.ema_decay else None
    run: dict[str, Any] = {
        "settings": {
            **settings,
            "num_processes": accelerator.num_processes,
            "mixed_precision": accelerator.mixed_precision,
            "sharded": sharded,
        }
    }
    first, spent = 0, 0.0
    if args.resume_from_checkpoint and last_checkpoint(folder):
        first, spent = resume(accelerator, folder, run["settings"], average)
        groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    clips = args.per_device_train_batch_size * args.gradient_accumulation_steps * accelerator.num_processes
    speed = _Speed(accelerator, costs, clips)
    generator = torch.Generator()
    rank = accelerator.process_index
    tracker = Tracker(accelerator, folder, args, run["settings"], first)
    trained.train()
    clock = Clock()
    try:
        with closing(_flow(batches, first)) as stream:
            for step in range(first, args.max_steps):
                asked = time.perf_counter()
                parts = list(islice(stream, args.gradient_accumulation_steps))
                if len(parts) < args.gradient_accumulation_steps:
                    raise TrainingError(
                        f"the data ended at step {step} of {args.max_steps}.",
                        "clips for every step.",
                        "lower --max_steps, or give batches that do not end.",
                    )
                clock.waits(asked)
                for group, peak in zip(groups, peaks, strict=True):
                    group["lr"] = peak * schedule(step, args)
                generator.manual_seed(stable_hash(args.seed, "losses", step, rank) % 2**63)
                with _told_when_not_finite(step):
                    figures = step_gradients(
                        accelerator, wrapped, parts, generator, partial(_dropout_seed, args.seed, step, rank)
                    )
                if sharded:
                    average_whole_gradients(accelerator, trained)
                norm = accelerator.clip_grad_norm_(wrapped.parameters(), args.max_grad_norm)
                _check_finite(step, figures["loss"], norm, scaled=accelerator.scaler is not None)
                move(accelerator, optimizers)
                if average:
                    average.update()
                tracker.advance()
                if step % args.logging_steps == 0 or step == args.max_steps - 1:
                    rate, stall = clock.look(step + 1 - first)
                    shown = {"lr": groups[0]["lr"], "grad_norm": round(float(norm), 4), **speed(rate, stall)}
                    tracker.write(step, figures, shown)
                if (step + 1) % args.save_steps == 0 or step + 1 == args.max_steps:
                    run["seconds"] = spent + clock.seconds
                    save_checkpoint(accelerator, folder, step + 1, run, average, args.save_total_limit)
    except BaseException:
        track_results(accelerator, {}, first)
        raise
    finally:
        tracker.close()
    seconds, now = spent + clock.seconds, clock.seconds
    if average:
        average.apply()
    if sharded:
        state = whole_weights(trained)
        if accelerator.is_main_process:
            model.load_state_dict(state)
    accelerator.unwrap_model(wrapped, keep_fp32_wrapper=False)
    del wrapped, optimizers, groups, trained
    accelerator.free_memory()
    total = args.max_steps * clips
    return {"clips": total, "seconds": seconds, **speed(args.max_steps / seconds, clock.waited / now, digits=6)}


def move(accelerator: Accelerator, optimizers: Sequence[Any]) -> None:
    """A step of every optimizer, after which the gradients are gone.

    With float16, accelerate would renew the scale after each optimizer, and the next one would divide its gradients
    by the scale once more; here it is renewed once, after all.

    Args:
        accelerator: that prepared the optimizers.
        optimizers: as it gave them back.
    """
    for optimizer in optimizers:
        if accelerator.scaler is None:
            optimizer.step()
        else:
            accelerator.scaler.step(optimizer.optimizer)
        optimizer.zero_grad(set_to_none=True)
    if accelerator.scaler is not None:
        accelerator.scaler.update()


def plan(accelerator: Accelerator, model: torch.nn.Module, costs: Costs, args: OptimizationArguments) -> str:
    """What is going to happen, in a line: parameters, clips and negatives of a step, memory."""
    processes, parts, size = (
        accelerator.num_processes,
        args.gradient_accumulation_steps,
        args.per_device_train_batch_size,
    )
    clips = processes * parts * size
    every = sum(p.numel() for p in model.parameters())
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    shares = processes if is_sharded(accelerator) else 1
    half = accelerator.mixed_precision in ("bf16", "fp16")
    needed = memory_needed(model, costs, args, half, shares)
    return (
        f"{every / 1e6:.1f} M parameters, {trained / 1e6:.1f} M trained; {args.max_steps} steps of {clips} clips "
        f"({size} a pass, {parts} pass{'es' * (parts > 1)} a step, {processes} process{'es' * (processes > 1)}); "
        f"negatives of a clip: VTC {clips - 1} texts, less those true of it, VTM one text and one video; precision "
        f"{'float32' if accelerator.mixed_precision == 'no' else accelerator.mixed_precision}; "
        f"about {needed / 1e9:.1f} GB of memory a process."
    )


class _Speed:
    """Clips a second and what follows from them, as the log and the results have it."""

    def __init__(self, accelerator: Accelerator, costs: Costs, clips_a_step: int) -> None:
        self._clips, self._flops, self._processes = clips_a_step, costs.flops, accelerator.num_processes
        half = accelerator.mixed_precision in ("bf16", "fp16")
        self._peak = peak_flops(accelerator.device, half)

    def __call__(self, steps_a_second: float, stall: float, digits: int = 3) -> dict[str, float]:
        clips = steps_a_second * self._clips
        figures = {"clips_per_second": round(clips, digits), "data_stall": round(stall, digits)}
        if self._peak:
            figures["mfu"] = round(clips * self._flops / self._processes / self._peak, 4)
        return figures


def _dropout_seed(seed: int, step: int, rank: int, part: int) -> int:
    return stable_hash(seed, "dropout", step, rank, part) % 2**63


def _flow(batches: Batches, first: int) -> Generator[Batch, None, None]:
    """The batches, ended in order when the run ends, also by an error."""
    yield from batches(first)


def _prepare_folder(accelerator: Accelerator, folder: Path) -> None:
    """Make the folder, clear away half-written checkpoints, and see that every machine has it.

    Raises:
        OutputError: a process cannot see what the main one wrote.
    """
    token = folder / ".seen-by-all-processes"
    if accelerator.is_main_process:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob("partial-*"):
            shutil.rmtree(leftover)
        token.touch()
    accelerator.wait_for_everyone()
    if not token.exists():
        raise OutputError(
            f"process {accelerator.process_index} does not see {folder} as the main process does.",
            "a folder on a disk that all machines share: checkpoints are written and read by all.",
            "name one with --output_dir.",
        )
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        token.unlink()


def _check_finite(step: int, loss: torch.Tensor, norm: torch.Tensor | float | None, scaled: bool) -> None:
    """Stop before a step that would spoil the weights; all processes share the norm, so that all of them stop.

    Raises:
        TrainingError: with the step and what the loss and the norm were.
    """
    norm = torch.as_tensor(0.0 if norm is None else norm, device=loss.device)
    fine = torch.isfinite(loss)
    if not scaled:  # with float16, the scaler skips a step whose gradients overflow
        fine = fine & torch.isfinite(norm)
    if not fine:
        raise _diverged(f"the loss is {loss.item()} at step {step}, the norm of its gradient {norm.item()}.")


@contextmanager
def _told_when_not_finite(step: int) -> Iterator[None]:
    """VTM draws its negatives by similarity, which fails before there is a loss when similarities are no numbers."""
    try:
        yield
    except RuntimeError as error:
        if "probability tensor" not in str(error):
            raise
        raise _diverged(f"the similarities are no finite numbers at step {step}.") from error


def _diverged(seen: str) -> TrainingError:
    return TrainingError(
        seen,
        "finite numbers.",
        "lower --learning_rate or --muon_learning_rate; the last checkpoint in output_dir is intact.",
    )


__all__ = ["plan", "run_steps"]
