"""The pre-training run: what is trained on what, evaluated before and after, and written."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from safetensors import SafetensorError

from locomotion_hf.dataset import Recipe, open_assets
from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.modeling import (
    LocoMotionConfig,
    LocoMotionForPreTraining,
    LocoMotionProcessor,
    LocoMotionVideoProcessor,
    build_tokenizer,
)
from locomotion_hf.training.adapters import attach
from locomotion_hf.training.arguments import (
    DECISIVE,
    PretrainingArguments,
    control_of,
    prepare_pretraining,
    read_control,
)
from locomotion_hf.training.checkpoints import remove_checkpoints
from locomotion_hf.training.data import StepBatches, training_batches
from locomotion_hf.training.engine import run_steps
from locomotion_hf.training.mixtures import open_mixture
from locomotion_hf.training.motion_tokens import motion_token_ids
from locomotion_hf.training.report import Report, held_out_sets
from locomotion_hf.training.tracking import make_accelerator, track_results


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
    config, tokenizer = configure(args.config_overrides), build_tokenizer()
    config.motion_token_ids = config.motion_token_ids or motion_token_ids(tokenizer)
    side = config.video_config.image_size
    pixels = LocoMotionVideoProcessor(num_frames=config.video_config.num_frames, size={"height": side, "width": side})
    return LocoMotionForPreTraining(config), LocoMotionProcessor(pixels, tokenizer)


def _run(accelerator: Accelerator, args: PretrainingArguments, control: dict[str, Any] | None) -> dict[str, Any]:
    """One model from plan to results; `control` is what it is held against."""
    folder = Path(args.output_dir)
    set_seed(args.seed)
    model, processor = _build(args)
    frames = max(Recipe.num_frames, model.config.video_config.num_frames)
    recipe = Recipe(
        seed=args.seed,
        resolution=model.config.video_config.image_size,
        num_frames=frames,
        fps=(frames - 1) / args.seconds,
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
    report.plan(recipe, assets)
    parts = args.gradient_accumulation_steps
    mixture = open_mixture(
        args.mixture,
        recipe,
        args.captions,
        curriculum=args.curriculum,
        max_steps=args.max_steps,
        clips_a_step=args.per_device_train_batch_size * parts * accelerator.num_processes,
    )
    if (args.mixture, args.curriculum) != (PretrainingArguments.mixture, PretrainingArguments.curriculum):
        accelerator.print("\n".join(mixture.lines))
    model.to(accelerator.device)
    before: dict[str, Any] = {}
    sets = held_out_sets(recipe, args.eval_groups) if accelerator.is_main_process else {}
    if accelerator.is_main_process:
        before = report.evaluate(model, processor, sets, top_k=0)
    accelerator.wait_for_everyone()

    def batches(first_step: int) -> Iterator[dict[str, torch.Tensor]]:
        """A function of step and process, so that resuming is beginning at another step."""
        indices = StepBatches(
            args.per_device_train_batch_size,
            first_step * parts,
            args.max_steps * parts,
            accelerator.process_index,
            accelerator.num_processes,
        )
        workers, device = args.dataloader_num_workers, accelerator.device
        return training_batches(mixture.pairs, processor, indices, workers, device, foils=args.foils, seed=args.seed)

    trained: Any = model
    if args.lora:
        trained = attach(model, rank=args.lora_rank, layers=args.lora_layers, new_parts=args.lora_new_parts)
    settings = {name: getattr(args, name) for name in (*DECISIVE, "captions")}
    settings["clips"] = [corpus.fingerprint for corpus in mixture.corpora]
    cost = run_steps(accelerator, trained, batches, folder, args, settings)
    if args.lora:
        if accelerator.is_main_process:
            trained.save_pretrained(folder / "adapter")
        model = trained.merge_and_unload()
    results: dict[str, Any] = {}
    if accelerator.is_main_process:
        after = report.evaluate(model, processor, sets, top_k=args.eval_top_k)
        try:
            results = report.write(folder, model, processor, recipe, sets, before, after, cost, asdict(args))
        except (OSError, SafetensorError) as error:
            raise OutputError(
                f"the results could not be written to {folder}: {str(error).splitlines()[0]}",
                "room for the model and its results.",
                "make room and pass --resume_from_checkpoint: the last checkpoint holds all steps.",
            ) from error
        remove_checkpoints(folder)
    track_results(accelerator, results.get("trained", {}), args.max_steps)
    accelerator.wait_for_everyone()
    # Without this order, two processes without a GPU abort at exit now and then.
    del model, trained
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
        OutputError: the place for the results cannot be used, before any work; or a checkpoint cannot be written.
        AssetError: a folder of objects or backgrounds holds nothing usable; before any work.
        CorpusError: a part of the mixture cannot be used, and how to obtain it; before any work.
        TrainingError: the loss is no longer a number, memory is short, or there is nothing to resume from.
    """
    accelerator = make_accelerator(args)
    spatial = control_of(args) if args.with_control else None
    if accelerator.is_main_process:
        prepare_pretraining(args)
        if spatial:
            prepare_pretraining(spatial)
    accelerator.wait_for_everyone()
    control = None
    if args.with_control:
        control = _run(accelerator, spatial, None) if spatial else read_control(args)
        control = control.get("trained")
    results = _run(accelerator, args, control)
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return results
