"""What a pre-training run may be told, with defaults that work on a laptop."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from locomotion_hf.dataset.export import check_sample_dir
from locomotion_hf.errors import OutputError, TrainingError
from locomotion_hf.training.checkpoints import last_checkpoint, remove_checkpoints
from locomotion_hf.training.curriculum import read_curriculum
from locomotion_hf.training.mixtures import read_mixture


def _option(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass
class OptimizationArguments:
    """Where a run lives and how it takes its steps, whatever it trains on.

    Names follow `transformers.TrainingArguments` where it has the same thing.
    """

    output_dir: str = _option("locomotion", "Folder for the trained model, its processor and results.json.")
    overwrite_output_dir: bool = _option(False, "Replace a model that is already in output_dir.")
    resume_from_checkpoint: bool = _option(False, "Go on from the last whole checkpoint-* in output_dir.")

    max_steps: int = _option(800, "Optimizer steps.")
    per_device_train_batch_size: int = _option(32, "Clips in one forward pass of one process.")
    gradient_accumulation_steps: int = _option(
        1,
        "Forward passes a step. VTC sees the clips of all of them, and of all processes, as one batch; VTM draws its "
        "negatives, and MLM takes its mean, within one pass.",
    )
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
    ema_decay: float = _option(
        0.0,
        "Above 0: a moving average of the weights, of this decay a step, is evaluated and saved; try .999.",
    )
    seed: int = _option(0, "Of the data, the weights and every draw; 0 is a seed.")
    dataloader_num_workers: int = _option(1, "Processes that make clips; 0 makes them in between steps.")
    logging_steps: int = _option(25, "Steps between lines of train_log.jsonl, and of the tracker.")
    save_steps: int = _option(250, "Steps between checkpoints; all go once the run has written its results.")
    save_total_limit: int = _option(
        2, "Checkpoints that are kept; should the newest be damaged, the one before serves."
    )
    report_to: Literal["none", "tensorboard", "trackio", "wandb"] = _option(
        "none", "A tracker that gets what train_log.jsonl gets; its package has to be installed."
    )

    def __post_init__(self) -> None:
        for name, bound in _LEAST.items():
            if getattr(self, name) < bound:
                raise TrainingError(f"{name}={getattr(self, name)}.", f"{bound} or more.", "raise the number.")
        if not 0 <= self.ema_decay < 1:
            raise TrainingError(f"ema_decay={self.ema_decay}.", "0 (none), or less than 1.", "try 0.999.")
        for name in ("learning_rate", "muon_learning_rate", "max_grad_norm"):
            if not getattr(self, name) > 0:
                raise TrainingError(f"{name}={getattr(self, name)}.", "more than 0.", "leave it out for the default.")
        for name in ("warmup_ratio", "weight_decay", "adam_beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise TrainingError(
                    f"{name}={getattr(self, name)}.", "0 or more, less than 1.", "leave it out for the default."
                )


_LEAST = {
    "max_steps": 1,
    "per_device_train_batch_size": 1,
    "gradient_accumulation_steps": 1,
    "dataloader_num_workers": 0,
    "save_steps": 1,
    "save_total_limit": 1,
    "logging_steps": 1,
    "seed": 0,
}


@dataclass
class PretrainingArguments(OptimizationArguments):
    """What pre-training may be told, beside how it takes its steps."""

    per_device_train_batch_size: int = _option(
        32, "Clips in one forward pass of one process; a multiple of group_size."
    )
    sample_dir: str = _option(
        "locomotion_synth_sample",
        'Folder for a small sample of the data that plain load_dataset("./...") reads; "" writes none.',
    )
    model_name_or_path: str = _option("", "Start from this saved model instead of from scratch.")
    lora: bool = _option(
        False, "Train low-rank adapters (LoRA) and the heads alone; they are kept in output_dir/adapter, and merged."
    )
    lora_rank: int = _option(16, "Of the adapters.")
    lora_layers: Literal["attention", "all"] = _option(
        "attention", "Adapters in attention, or in the feed-forward networks too."
    )
    lora_new_parts: bool = _option(
        False,
        "With lora: train in full what encoders do not bring along (attention along time, cross-attention). For a "
        "model that was just made of encoders.",
    )
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
    captions: Literal["caption", "translation_caption", "spatial_caption"] = _option(
        "caption",
        "Train on captions of all motion; translation_caption: of where and how fast, not of turning; "
        "spatial_caption: the control that names the object only.",
    )
    wording: Literal["plain", "forms", "verbs"] = _option(
        "plain",
        "Of captions to train on: plain, one form; forms, any of the grammar; verbs, such as suit the object.",
    )
    seconds: float = _option(1.875, "Length of the clips that are made, 0.6 to 15.")
    mixture: str = _option(
        "synth:1",
        "Sources and their shares, for example synth:0.7,synth[backdrop=black]:0.1,physics:0.1,my_videos/:0.1. "
        "synth is clips made while training, with all options here, or those in brackets instead; others are "
        "captioned video of any layout: physics, hf:DATASET, a folder with captions.csv, of locomotion_synth, ...",
    )
    curriculum: str = _option(
        "",
        "Vocabularies of clips that are made, each until a share of the steps: linear:0.5,full:1, or "
        "linear:0.3,full[max_objects=1]:0.6,full:1. Evaluation keeps to --vocabulary.",
    )
    foils: int = _option(0, "Hard negative captions of each clip: its own with one fact changed.")
    group_size: int = _option(8, "Clips in a row that share object and background and differ in motion.")
    members: Literal["motions", "twins"] = _option(
        "motions", "What a group holds: motions of any kind, or one motion and its counterfactual twins."
    )

    eval_groups: int = _option(64, "Groups of 8 held-out clips in each of the two evaluation sets.")
    eval_top_k: int = _option(16, "Candidates that VTM ranks again; 0 evaluates VTC alone.")
    with_control: bool = _option(
        False, "Also train the spatial control, into <output_dir>_spatial, instead of reading its committed file."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.group_size < 1 or self.per_device_train_batch_size % self.group_size:
            raise TrainingError(
                f"per_device_train_batch_size={self.per_device_train_batch_size}, group_size={self.group_size}.",
                "a batch of whole groups.",
                "make the batch a multiple of the group.",
            )
        least = {"eval_groups": 2, "eval_top_k": 0, "lora_rank": 1, "foils": 0}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise TrainingError(f"{name}={getattr(self, name)}.", f"{bound} or more.", "raise the number.")
        if not 0.6 <= self.seconds <= 15:
            raise TrainingError(f"seconds={self.seconds}.", "0.6 to 15.", "try 3.75, twice the default.")
        read_mixture(self.mixture)
        read_curriculum(self.curriculum)
        if self.lora and not self.model_name_or_path:
            raise TrainingError(
                "lora without model_name_or_path.",
                "a model that was trained: adapters of random weights are of little use.",
                "name the model with --model_name_or_path, or leave --lora out.",
            )
        if self.config_overrides and self.model_name_or_path:
            raise TrainingError(
                f"both model_name_or_path={self.model_name_or_path} and config_overrides={self.config_overrides}.",
                "one of them: a saved model has its configuration.",
                "leave one out.",
            )


#: Settings of the steps that decide what a run computes.
OPTIMIZATION = [
    "max_steps",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "optim",
    "learning_rate",
    "muon_learning_rate",
    "warmup_ratio",
    "weight_decay",
    "adam_beta2",
    "max_grad_norm",
    "ema_decay",
    "seed",
]
#: All settings that decide what a pre-training run computes: a run can only be resumed, or held against another, with
#: equal ones.
DECISIVE = [
    "model_name_or_path",
    "lora",
    "lora_rank",
    "lora_layers",
    "lora_new_parts",
    "config_overrides",
    "objects",
    "backgrounds",
    "vocabulary",
    "backdrop",
    "wording",
    "seconds",
    "mixture",
    "curriculum",
    "foils",
    "group_size",
    "members",
    *OPTIMIZATION,
]


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


def prepare_output(args: OptimizationArguments, may_begin: bool = False) -> Path:
    """Make sure, before any work, that the results can be written and nothing is overwritten silently.

    Args:
        args: of the run.
        may_begin: whether `resume_from_checkpoint` without a checkpoint is no error.

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
    if args.resume_from_checkpoint and not unfinished and not may_begin:
        raise OutputError(
            f"{folder} has no checkpoint-* folder.",
            "the folder of an interrupted run.",
            "leave --resume_from_checkpoint out.",
        )
    if args.overwrite_output_dir and not args.resume_from_checkpoint:
        remove_checkpoints(folder)
    check_writable(folder, "output_dir")
    return folder


def check_writable(folder: Path, option: str) -> None:
    """Make a folder and see that files can be written there.

    Args:
        folder: to write to.
        option: that names it.

    Raises:
        OutputError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written ({error.strerror}).",
            "a folder that can.",
            f"name another one with --{option}.",
        ) from error


def prepare_pretraining(args: PretrainingArguments) -> Path:
    """`prepare_output`, and the same for the sample of the data.

    Raises:
        OutputError: a folder holds something else, or cannot be written.
    """
    if args.sample_dir:
        check_sample_dir(Path(args.sample_dir))
    folder = prepare_output(args, may_begin=args.with_control)
    if args.sample_dir:
        check_writable(Path(args.sample_dir), "sample_dir")
    return folder
