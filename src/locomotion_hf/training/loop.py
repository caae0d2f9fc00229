"""The pre-training run: plan, train, evaluate, write."""

from __future__ import annotations

import gc
import json
import math
import shutil
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, set_seed
from tqdm.auto import tqdm

from locomotion_hf.dataset import Recipe, open_assets
from locomotion_hf.errors import TrainingError
from locomotion_hf.files import write_whole
from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionProcessor,
    LocoMotionVideoProcessor,
    build_tokenizer,
)
from locomotion_hf.randomness import stable_hash
from locomotion_hf.training.arguments import (
    DECISIVE,
    PretrainingArguments,
    control_of,
    last_checkpoint,
    prepare_output,
    read_control,
    remove_checkpoints,
)
from locomotion_hf.training.data import StepBatches, SyntheticPairs, training_batches
from locomotion_hf.training.report import Report, held_out_sets

#: The learning rate ends here, as a share of its peak (Singularity, VindLU, UMT).
FINAL_LEARNING_RATE = 0.01
_LOGGED = ("loss", "loss_vtc", "loss_vtm", "loss_mlm", "vtm_accuracy", "mlm_accuracy")


def schedule(step: int, args: PretrainingArguments) -> float:
    """The share of the peak learning rate: linear warm-up, then a cosine.

    A function of the step, so that resuming needs no state.
    """
    warmup = max(1, round(args.warmup_ratio * args.max_steps))
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, args.max_steps - warmup)
    return FINAL_LEARNING_RATE + (1 - FINAL_LEARNING_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def configure(text: str) -> LocoMotionConfig:
    """The default model's configuration with changes.

    Args:
        text: "mlm_weight=0,video_config.num_hidden_layers=2"; a dot leads into a part.

    Raises:
        TrainingError: an item has no value, or no setting of that name exists.
    """
    settings = LocoMotionConfig().to_dict()
    for item in filter(None, text.split(",")):
        key, equals, value = item.partition("=")
        *parts, name = key.split(".")
        inner = settings
        for part in parts:
            inner = inner.get(part, {})
        if not equals or name not in inner:
            raise TrainingError(
                f"--config_overrides has {item!r}.",
                "name=value, with a name of the configuration.",
                "see config.json.",
            )
        try:
            inner[name] = json.loads(f"0{value}" if value.startswith(".") else value)
        except json.JSONDecodeError:
            inner[name] = value
    return LocoMotionConfig.from_dict(settings)


def _build(args: PretrainingArguments) -> tuple[LocoMotionForPreTraining, LocoMotionProcessor]:
    if args.model_name_or_path:
        model = LocoMotionForPreTraining.from_pretrained(args.model_name_or_path)
        return model, LocoMotionProcessor.from_pretrained(args.model_name_or_path)
    config = configure(args.config_overrides)
    side = config.video_config.image_size
    pixels = LocoMotionVideoProcessor(num_frames=config.video_config.num_frames, size={"height": side, "width": side})
    return LocoMotionForPreTraining(config), LocoMotionProcessor(pixels, build_tokenizer())


def _optimizers(model: torch.nn.Module, args: PretrainingArguments) -> list[torch.optim.Optimizer]:
    """AdamW, and Muon for the matrices that map one hidden state to another, where it is asked for.

    Word embeddings, positions and what projects into the common space stay with AdamW, as Muon's authors
    advise for first and last layers. Biases, norms and other vectors are not decayed.
    """
    inner: list[torch.Tensor] = []
    if args.optim == "muon":
        inner = [
            module.weight
            for name, module in model.named_modules()
            if isinstance(module, torch.nn.Linear)
            and min(module.weight.shape) > 8
            and name not in ("model.video_projection", "model.text_projection", "mlm_head.decoder")
        ]
    taken = {id(parameter) for parameter in inner}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in taken]
    adamw = torch.optim.AdamW(
        [
            {"params": [p for p in rest if p.ndim >= 2], "weight_decay": args.weight_decay},
            {"params": [p for p in rest if p.ndim < 2], "weight_decay": 0.0},
        ],
        lr=args.learning_rate,
        betas=(0.9, args.adam_beta2),
    )
    if not inner:
        return [adamw]
    return [adamw, torch.optim.Muon(inner, lr=args.muon_learning_rate, weight_decay=args.weight_decay)]


def _save_checkpoint(accelerator: Accelerator, folder: Path, step: int, run: dict[str, Any]) -> None:
    """Write a checkpoint beside the last one, then drop that: a kill at any moment leaves a whole one.

    Args:
        accelerator: holds what is saved.
        folder: of the run.
        step: steps done.
        run: what `_resume` compares and goes on with.
    """
    before = last_checkpoint(folder)
    partial = folder / f"partial-{step}"
    accelerator.save_state(str(partial), safe_serialization=False)  # safetensors refuses tied weights
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        (partial / "run.json").write_text(json.dumps(run))
        partial.rename(folder / f"checkpoint-{step}")
        if before:
            shutil.rmtree(before)
    accelerator.wait_for_everyone()


def _resume(accelerator: Accelerator, checkpoint: Path, run: dict[str, Any]) -> tuple[int, float]:
    """Load a checkpoint; the steps and the seconds that are behind it.

    Raises:
        TrainingError: it is of a run with other settings.
    """
    saved = json.loads((checkpoint / "run.json").read_text())
    for name, value in run["settings"].items():
        if saved["settings"].get(name) != value:
            raise TrainingError(
                f"{checkpoint} was trained with {name}={saved['settings'].get(name)}, this run has {name}={value}.",
                "the same settings as before.",
                "give them again, or begin anew with --overwrite_output_dir.",
            )
    accelerator.load_state(str(checkpoint))
    step = int(checkpoint.name.removeprefix("checkpoint-"))
    accelerator.print(f"Going on from step {step}.")
    return step, float(saved["seconds"])


def _open_log(file: Path, first: int) -> TextIO:
    """The log, with what was written before step `first` kept."""
    kept = []
    for line in file.read_text().splitlines() if first and file.exists() else []:
        with suppress(json.JSONDecodeError):  # a killed run may have left half a line
            if json.loads(line)["step"] < first:
                kept.append(line + "\n")
    write_whole(file, "".join(kept).encode())
    return file.open("a")


def _train(
    accelerator: Accelerator,
    model: LocoMotionForPreTraining,
    processor: LocoMotionProcessor,
    recipe: Recipe,
    folder: Path,
    args: PretrainingArguments,
) -> dict[str, float]:
    """All steps; returns what the run cost."""
    weights = model.config.vtc_weight, model.config.vtm_weight, model.config.mlm_weight
    if 0 in weights:  # that loss's part of the model gets no gradients, which DDP has to be told
        accelerator.ddp_handler = DistributedDataParallelKwargs(find_unused_parameters=True)
    wrapped, *optimizers = accelerator.prepare(model, *_optimizers(model, args))
    peaks = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]
    first = 0
    checkpoint = last_checkpoint(folder) if args.resume_from_checkpoint else None
    decisive = {name: getattr(args, name) for name in (*DECISIVE, "captions")}
    run: dict[str, Any] = {"settings": {**decisive, "num_processes": accelerator.num_processes}, "seconds": 0.0}
    spent = 0.0
    if checkpoint:
        first, spent = _resume(accelerator, checkpoint, run)
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    batches = StepBatches(
        args.per_device_train_batch_size,
        first,
        args.max_steps,
        accelerator.process_index,
        accelerator.num_processes,
    )
    pairs = SyntheticPairs(recipe, args.captions)
    loader = training_batches(pairs, processor, batches, args.dataloader_num_workers, accelerator.device)
    generator = torch.Generator()
    progress = tqdm(
        total=args.max_steps,
        initial=first,
        disable=not accelerator.is_main_process,
        mininterval=1,
        unit="step",
    )
    log = _open_log(folder / "train_log.jsonl", first) if accelerator.is_main_process else None
    model.train()
    started = asked = time.perf_counter()
    waited = 0.0
    for step, batch in enumerate(loader, first):
        waited += time.perf_counter() - asked
        for group, peak in zip(groups, peaks, strict=True):
            group["lr"] = peak * schedule(step, args)
        generator.manual_seed(stable_hash(args.seed, "losses", step, accelerator.process_index) % 2**63)
        output = wrapped(**batch, generator=generator)
        if not torch.isfinite(output.loss):
            raise TrainingError(
                f"the loss is {output.loss.item()} at step {step}.",
                "a finite number.",
                "lower --learning_rate; the last checkpoint in output_dir is intact.",
            )
        accelerator.backward(output.loss)
        accelerator.clip_grad_norm_(wrapped.parameters(), args.max_grad_norm)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        progress.update()
        if log and (step % args.logging_steps == 0 or step == args.max_steps - 1):
            parts = {name: getattr(output, name) for name in _LOGGED}  # None where a loss is switched off
            figures = {name: round(part.item(), 4) for name, part in parts.items() if part is not None}
            log.write(json.dumps({"step": step, **figures, "lr": groups[0]["lr"]}) + "\n")
            log.flush()
            progress.set_postfix({name.removeprefix("loss_"): value for name, value in figures.items()})
        if (step + 1) % args.save_steps == 0 or step + 1 == args.max_steps:
            run["seconds"] = spent + time.perf_counter() - started
            _save_checkpoint(accelerator, folder, step + 1, run)
        asked = time.perf_counter()
    progress.close()
    if log:
        log.close()
    now = time.perf_counter() - started
    seconds = spent + now
    clips = args.max_steps * args.per_device_train_batch_size * accelerator.num_processes
    del wrapped, optimizers, groups, loader
    return {
        "clips": clips,
        "clips_per_second": clips / seconds,
        "seconds": seconds,
        "data_stall": waited / now,
    }


def _run(accelerator: Accelerator, args: PretrainingArguments, control: dict[str, Any] | None) -> dict[str, Any]:
    """One model from plan to results; `control` is what it is held against."""
    folder = Path(args.output_dir)
    set_seed(args.seed)
    model, processor = _build(args)
    recipe = Recipe(
        seed=args.seed,
        resolution=model.config.video_config.image_size,
        group_size=args.group_size,
        members=args.members,
        objects=args.objects,
        backgrounds=args.backgrounds,
        vocabulary=args.vocabulary,
        backdrop=args.backdrop,
        wording=args.wording,
    )
    assets = open_assets(recipe)
    report = Report(args, accelerator.print, control)
    report.plan(model, recipe, assets, accelerator.num_processes)
    model.to(accelerator.device)
    before: dict[str, Any] = {}
    sets = held_out_sets(recipe, args.eval_groups) if accelerator.is_main_process else {}
    if accelerator.is_main_process:
        before = report.evaluate(model, processor, sets, top_k=0)
    accelerator.wait_for_everyone()
    cost = _train(accelerator, model, processor, recipe, folder, args)
    model = accelerator.unwrap_model(model)
    results: dict[str, Any] = {}
    if accelerator.is_main_process:
        after = report.evaluate(model, processor, sets, top_k=args.eval_top_k)
        results = report.write(folder, model, processor, recipe, sets, before, after, cost, asdict(args))
        remove_checkpoints(folder)
    accelerator.wait_for_everyone()
    # Without this order, two processes without a GPU abort at exit now and then.
    del model
    accelerator.free_memory()
    gc.collect()
    return results


def pretrain(args: PretrainingArguments) -> dict[str, Any]:
    """Train, evaluate on held-out objects and backgrounds, and write everything.

    Args:
        args: all settings. With `with_control` the spatial control is trained first, into a folder of its own
            beside `output_dir`; one that is there already is read.

    Returns:
        What `results.json` holds; empty on all processes but the main one.

    Raises:
        OutputError: the place for the results cannot be used; before any work.
        AssetError: a folder of objects or backgrounds holds nothing usable; before any work.
        TrainingError: the loss is no longer a number.
    """
    accelerator = Accelerator()
    spatial = control_of(args) if args.with_control else None
    if accelerator.is_main_process:
        prepare_output(args)
        if spatial:
            prepare_output(spatial)
    accelerator.wait_for_everyone()
    control = None
    if args.with_control:
        control = _run(accelerator, spatial, None) if spatial else read_control(args)
        control = control.get("trained")
    results = _run(accelerator, args, control)
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return results
