"""The fine-tuning run: plan, train, evaluate the last step, write."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from transformers import PreTrainedModel

from locomotion_hf.corpora import Corpus, check_corpus, hold_out, open_corpus, subset
from locomotion_hf.corpora.listing import HEADERS_READ
from locomotion_hf.errors import TrainingError
from locomotion_hf.evaluation import corpus_figures, evaluate_corpus, figures_table, stamped, write_results
from locomotion_hf.evaluation.locomotion_embedder import LocoMotionEmbedder
from locomotion_hf.evaluation.protocol import command_line
from locomotion_hf.modeling import (
    LocoMotionForPreTraining,
    LocoMotionProcessor,
    LocoMotionVideoProcessor,
    build_tokenizer,
)
from locomotion_hf.training.adapters import attach
from locomotion_hf.training.arguments import prepare_output
from locomotion_hf.training.checkpoints import remove_checkpoints
from locomotion_hf.training.data import StepBatches, training_batches
from locomotion_hf.training.engine import run_steps
from locomotion_hf.training.finetune_arguments import DECISIVE, FROM_SCRATCH, FinetuningArguments
from locomotion_hf.training.finetune_data import CorpusPairs
from locomotion_hf.training.finetune_report import card, described, plan
from locomotion_hf.training.loop import configure
from locomotion_hf.training.tracking import make_accelerator, track_results

#: Share of the training scenes that `evaluate_on="validation"` holds out.
VALIDATION_SHARE = 0.2
BOOTSTRAP_SEED = 0


def open_data(args: FinetuningArguments, progress: bool = True) -> tuple[Corpus, Corpus]:
    """What is trained on, a share already taken, and what is evaluated on; every video of small corpora is looked at.

    Args:
        args: of the run.
        progress: show bars.

    Raises:
        CorpusError: they cannot be used.
        TrainingError: all training clips are of one group.
    """
    videos, few = args.videos or None, args.max_missing
    train = open_corpus(args.data, "train", videos, max_missing=few)
    if args.evaluate_on == "validation":
        train, test = hold_out(train, VALIDATION_SHARE)
    else:
        test = open_corpus(args.data, "test", videos, max_missing=few)
    train = subset(train, args.fraction, args.fraction_seed) if args.fraction else train.take([])
    train, test = (
        check_corpus(corpus, max_missing=few, progress=progress) if 0 < len(corpus) <= HEADERS_READ else corpus
        for corpus in (train, test)
    )
    if args.fraction and len({row.group for row in train.rows}) < 2:
        raise TrainingError(
            f"all {len(train)} training clips are of one group: {train.rows[0].texts[0]!r}.",
            "two groups or more: what is learned is to tell them apart.",
            "take a larger fraction, or other data.",
        )
    return train, test


def build(args: FinetuningArguments) -> tuple[LocoMotionForPreTraining, LocoMotionProcessor]:
    """The model that the run starts from, and its processor, set to the number of frames asked for.

    Raises:
        TrainingError: the model cannot be read.
    """
    frames: dict[str, Any] = {"num_frames": args.num_frames} if args.num_frames else {}
    try:
        if args.video_encoder:
            encoders = args.video_encoder, args.text_encoder
            made = LocoMotionForPreTraining.from_encoders(*encoders, **frames)
            assert isinstance(made, LocoMotionForPreTraining)  # and no loading info, which was not asked for
            return made, LocoMotionProcessor.from_encoders(*encoders, **frames)
        if args.model_name_or_path == FROM_SCRATCH:
            config = configure(args.config_overrides)
            side, count = config.video_config.image_size, config.video_config.num_frames
            pixels = LocoMotionVideoProcessor(num_frames=count, size={"height": side, "width": side})
            model, processor = LocoMotionForPreTraining(config), LocoMotionProcessor(pixels, build_tokenizer())
        else:
            model = LocoMotionForPreTraining.from_pretrained(args.model_name_or_path)
            processor = LocoMotionProcessor.from_pretrained(args.model_name_or_path)
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{args.start} cannot be loaded: {str(error).splitlines()[0][:300]}",
            'the folder of a saved model, its name on the Hub, or "none".',
            "check the name; `accelerate launch scripts/pretrain.py` makes ./locomotion.",
        ) from error
    if args.num_frames:
        processor.video_processor.num_frames = args.num_frames
    return model, processor


def finetune(args: FinetuningArguments) -> dict[str, Any]:
    """Train on captioned videos, evaluate once, with the weights of the last step, and write everything.

    Args:
        args: all settings. With `max_steps=0` or `fraction=0` the model is evaluated as it is.

    Returns:
        What `results.json` holds; empty on all processes but the main one.

    Raises:
        OutputError: the place for the results cannot be used; before any work.
        CorpusError: the videos or captions cannot be used, and how to obtain them; before any work.
        TrainingError: the model cannot be read; or the loss is no longer a number.
    """
    accelerator = make_accelerator(args)
    if accelerator.is_main_process:
        prepare_output(args)
    accelerator.wait_for_everyone()
    train, test = open_data(args, progress=accelerator.is_main_process)
    for corpus in (train, test):
        accelerator.print(corpus.summary())
    set_seed(args.seed)
    model, processor = build(args)
    settled = args.for_clips(len(train), accelerator.num_processes)
    trainee: torch.nn.Module = model
    if args.lora and settled.max_steps:
        trainee = attach(model, rank=args.lora_rank, layers=args.lora_layers, new_parts=bool(args.video_encoder))
    accelerator.print(plan(settled, len(train), accelerator.num_processes))
    trainee.to(accelerator.device)
    cost = _train(accelerator, trainee, processor, train, settled) if settled.max_steps else {}
    results: dict[str, Any] = {}
    if accelerator.is_main_process:
        results = _finish(trainee, processor, train, test, settled, cost, accelerator.print)
    track_results(accelerator, results, settled.max_steps)
    accelerator.wait_for_everyone()
    # Without this order, two processes without a GPU abort at exit now and then.
    del model, trainee
    accelerator.free_memory()
    gc.collect()
    accelerator.end_training()
    return results


def _train(
    accelerator: Accelerator, model: torch.nn.Module, processor: Any, corpus: Corpus, args: FinetuningArguments
) -> dict[str, float]:
    """All steps; returns what they cost."""
    pixels = processor.video_processor
    side = pixels.size["height"]
    if side != pixels.size["width"]:
        raise TrainingError(f"a processor of {pixels.size}.", "a square.", "make height and width equal.")
    pairs = CorpusPairs(
        corpus,
        pixels.num_frames,
        side,
        seed=args.seed,
        augment=args.augment,
        cache_bytes=round(args.frame_cache_gb * 2**30),
    )

    def batches(first_step: int) -> Iterator[dict[str, torch.Tensor]]:
        passes = args.gradient_accumulation_steps
        places = StepBatches(
            args.per_device_train_batch_size,
            first_step * passes,
            args.max_steps * passes,
            accelerator.process_index,
            accelerator.num_processes,
        )
        return training_batches(pairs, processor, places, args.dataloader_num_workers, accelerator.device)

    settings = {name: getattr(args, name) for name in DECISIVE} | {"clips": corpus.fingerprint}
    return run_steps(accelerator, model, batches, Path(args.output_dir), args, settings)


def _finish(
    model: Any,
    processor: LocoMotionProcessor,
    train: Corpus,
    test: Corpus,
    args: FinetuningArguments,
    cost: dict[str, float],
    say: Callable[..., None],
) -> dict[str, Any]:
    """Merge, save, evaluate, and write what the run leaves; the checkpoints go last."""
    folder = Path(args.output_dir)
    if not isinstance(model, PreTrainedModel):  # adapters
        model.save_pretrained(folder / "adapter")
        model = model.merge_and_unload()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    embedder = LocoMotionEmbedder(model, processor)
    figures = evaluate_corpus(
        embedder,
        test,
        num_frames=processor.video_processor.num_frames,
        seed=BOOTSTRAP_SEED,
        top_k=args.eval_top_k,
        progress=True,
    )
    told = {name: command_line([it])[0] if isinstance(it, str) else it for name, it in asdict(args).items()}
    results = {
        **stamped(figures, embedder, weights=folder),
        "run": {**told, "start": command_line([args.start])[0]},
        "train": described(train),
        "test": described(test),
        "cost": cost,
    }
    write_results(folder / "results.json", results)
    table = figures_table(corpus_figures(results).values())
    (folder / "README.md").write_text(card(results, args, table, folder.name), encoding="utf-8")
    remove_checkpoints(folder)
    say(f"\n{table}\n")
    if cost:
        rate, stall = cost["clips_per_second"], 100 * cost["data_stall"]
        pace = f"({rate:.0f} a second, {stall:.0f} % of the time waiting for data)"
        say(f"{cost['clips']:,} clips in {cost['seconds'] / 60:.1f} minutes {pace}.")
    say(f"Wrote {folder}/  (model, processor, card, results.json{', train_log.jsonl' * bool(cost)}).")
    return results
