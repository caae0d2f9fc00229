"""What a pre-training run may be told, with defaults that work on a laptop."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from locomotion_hf.dataset.export import check_sample_dir
from locomotion_hf.errors import OutputError, TrainingError


def _option(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass
class PretrainingArguments:
    """Names follow `transformers.TrainingArguments` where it has the same thing."""

    output_dir: str = _option("locomotion", "Folder for the trained model, its processor and results.json.")
    overwrite_output_dir: bool = _option(False, "Replace a model that is already in output_dir.")
    sample_dir: str = _option(
        "locomotion_synth_sample",
        'Folder for a small sample of the data that plain load_dataset("./...") reads; "" writes none.',
    )
    resume_from_checkpoint: bool = _option(False, "Go on from the last checkpoint-* in output_dir.")
    model_name_or_path: str = _option("", "Start from this saved model instead of from scratch.")
    config_overrides: str = _option(
        "",
        "Settings of a model made from scratch, for example mlm_weight=0,video_config.num_hidden_layers=2.",
    )

    objects: str = _option("default_pack", "default_pack, a folder of cut-outs (noun/*.png), or hf:DATASET.")
    backgrounds: str = _option(
        "default_pack", "default_pack, a folder of videos, tars, a cache of `locomotion ingest`, or hf:DATASET."
    )
    vocabulary: Literal["linear", "full"] = _option(
        "linear", "linear: one object on straight lines, as in the paper; full: every motion that has words."
    )
    backdrop: Literal["video", "frozen", "photograph", "texture", "noise", "black"] = _option(
        "video", "Real video, or a still picture: one frozen frame, a photograph, a texture, noise, black."
    )
    captions: Literal["caption", "spatial_caption"] = _option(
        "caption", "Train on motion captions, or on the control that names the object only."
    )
    wording: Literal["plain", "forms", "verbs"] = _option(
        "plain",
        "Of captions to train on: plain, one form; forms, any of the grammar; verbs, such as suit the object.",
    )
    group_size: int = _option(8, "Clips in a row that share object and background and differ in motion.")
    members: Literal["motions", "twins"] = _option(
        "motions", "What a group holds: motions of any kind, or one motion and its counterfactual twins."
    )

    max_steps: int = _option(800, "Optimizer steps.")
    per_device_train_batch_size: int = _option(32, "Clips a step and process; a multiple of group_size.")
    optim: Literal["muon", "adamw"] = _option(
        "muon", "muon: Muon for the inner matrices and AdamW for the rest; adamw: AdamW for all."
    )
    learning_rate: float = _option(
        1.5e-3, "AdamW's peak, reached after warmup_ratio, then along a cosine to 1 per cent."
    )
    muon_learning_rate: float = _option(0.02, "Muon's peak; same course.")
    warmup_ratio: float = _option(0.04, "Share of the steps in which the learning rate rises.")
    weight_decay: float = _option(0.02, "AdamW's, as in Singularity, VindLU and UMT.")
    adam_beta2: float = _option(0.98, "AdamW's second beta; lower than .999 suits a short run.")
    max_grad_norm: float = _option(1.0, "Gradients are scaled down to this norm.")
    seed: int = _option(0, "Of the data, the weights and every draw; 0 is a seed.")
    dataloader_num_workers: int = _option(1, "Processes that make clips; 0 makes them in between steps.")
    logging_steps: int = _option(25, "Steps between lines of train_log.jsonl.")
    save_steps: int = _option(250, "Steps between checkpoints (the last one is kept until the run ends).")

    eval_groups: int = _option(64, "Groups of 8 held-out clips in each of the two evaluation sets.")
    eval_top_k: int = _option(16, "Candidates that VTM ranks again; 0 evaluates VTC alone.")
    with_control: bool = _option(
        False, "Also train the spatial control, into <output_dir>_spatial, instead of reading its committed file."
    )

    def __post_init__(self) -> None:
        if self.group_size < 1 or self.per_device_train_batch_size % self.group_size:
            raise TrainingError(
                f"per_device_train_batch_size={self.per_device_train_batch_size}, group_size={self.group_size}.",
                "a batch of whole groups.",
                "make the batch a multiple of the group.",
            )
        least = {"max_steps": 1, "eval_groups": 2, "save_steps": 1, "logging_steps": 1, "seed": 0, "eval_top_k": 0}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise TrainingError(f"{name}={getattr(self, name)}.", f"{bound} or more.", "raise the number.")
        if self.config_overrides and self.model_name_or_path:
            raise TrainingError(
                f"both model_name_or_path={self.model_name_or_path} and config_overrides={self.config_overrides}.",
                "one of them: a saved model has its configuration.",
                "leave one out.",
            )


#: Settings that decide what a run computes: a run can only be resumed, or held against another, with equal ones.
DECISIVE = [
    "model_name_or_path",
    "config_overrides",
    "objects",
    "backgrounds",
    "vocabulary",
    "backdrop",
    "wording",
    "group_size",
    "members",
    "max_steps",
    "per_device_train_batch_size",
    "optim",
    "learning_rate",
    "muon_learning_rate",
    "warmup_ratio",
    "weight_decay",
    "adam_beta2",
    "max_grad_norm",
    "seed",
]


def last_checkpoint(output_dir: Path) -> Path | None:
    """The newest `checkpoint-<step>` folder, which is always a whole one."""
    found = [p for p in output_dir.glob("checkpoint-*") if p.name.removeprefix("checkpoint-").isdigit()]
    return max(found, key=lambda p: int(p.name.removeprefix("checkpoint-")), default=None)


def remove_checkpoints(output_dir: Path) -> None:
    """Remove all checkpoints, half-written ones too."""
    for leftover in (*output_dir.glob("checkpoint-*"), *output_dir.glob("partial-*")):
        shutil.rmtree(leftover)


def _control_dir(args: PretrainingArguments) -> Path:
    return Path(f"{args.output_dir.rstrip('/')}_spatial")


def control_of(args: PretrainingArguments) -> PretrainingArguments | None:
    """The same run on captions without motion; None when it is finished already."""
    folder = _control_dir(args)
    if (folder / "results.json").exists() and not args.overwrite_output_dir:
        return None
    resume = args.resume_from_checkpoint and last_checkpoint(folder) is not None
    return replace(
        args,
        captions="spatial_caption",
        output_dir=str(folder),
        sample_dir="",
        resume_from_checkpoint=resume,
        with_control=False,
    )


def read_control(args: PretrainingArguments) -> dict[str, Any]:
    """The results of a control that is finished already."""
    results: dict[str, Any] = json.loads((_control_dir(args) / "results.json").read_text())
    return results


def prepare_output(args: PretrainingArguments) -> Path:
    """Make sure, before any work, that the results can be written and nothing is overwritten silently.

    Raises:
        OutputError: the folder holds a model or an unfinished run, or cannot be written.
    """
    folder = Path(args.output_dir)
    unfinished = last_checkpoint(folder)
    going_on = args.resume_from_checkpoint and unfinished
    if (folder / "config.json").exists() and not (args.overwrite_output_dir or going_on):
        raise OutputError(
            f"{folder} already holds a model.",
            "a folder without one.",
            "pass --overwrite_output_dir to replace it, or another --output_dir to keep both.",
        )
    if unfinished and not (args.resume_from_checkpoint or args.overwrite_output_dir):
        raise OutputError(
            f"{folder} holds an unfinished run ({unfinished.name}).",
            "a new folder.",
            "pass --resume_from_checkpoint to go on with it, or --overwrite_output_dir to begin anew.",
        )
    if args.resume_from_checkpoint and not unfinished and not args.with_control:
        raise OutputError(
            f"{folder} has no checkpoint-* folder.",
            "the folder of an interrupted run.",
            "leave --resume_from_checkpoint out.",
        )
    if args.overwrite_output_dir and not args.resume_from_checkpoint:
        remove_checkpoints(folder)
    if args.sample_dir:
        check_sample_dir(Path(args.sample_dir))
    for place in filter(None, (args.output_dir, args.sample_dir)):
        try:
            Path(place).mkdir(parents=True, exist_ok=True)
            probe = Path(place) / f".write-test-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise OutputError(
                f"{place} cannot be written ({error.strerror}).",
                "a folder that can.",
                "name another one with --output_dir or --sample_dir.",
            ) from error
    return folder
