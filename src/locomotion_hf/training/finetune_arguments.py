"""What a fine-tuning run may be told, with defaults that suit a few hundred clips and two CPU cores."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, Self

from locomotion_hf.errors import TrainingError
from locomotion_hf.training.arguments import OPTIMIZATION, OptimizationArguments, _option

#: What `model_name_or_path` is called for a model without any pre-training.
FROM_SCRATCH = "none"


@dataclass
class FinetuningArguments(OptimizationArguments):
    """What fine-tuning may be told, beside how it takes its steps."""

    output_dir: str = _option("locomotion_finetuned", "Folder for the model, its processor, card and results.json.")

    model_name_or_path: str = _option(
        "locomotion", 'The model to start from: a folder or a name on the Hub; "none" is one without pre-training.'
    )
    config_overrides: str = _option(
        "", "Settings of a model without pre-training, for example video_config.num_hidden_layers=2."
    )
    video_encoder: str = _option("", "Start from this image or video encoder, and text_encoder, instead.")
    text_encoder: str = _option("", "The text encoder that goes with video_encoder.")
    num_frames: int = _option(0, "Frames of each clip; 0 takes as many as the model was made for.")
    lora: bool = _option(False, "Train low-rank adapters and the heads; the result is the whole model, and adapter/.")
    lora_rank: int = _option(16, "Rank of the adapters.")
    lora_layers: Literal["attention", "all"] = _option("attention", "Where adapters go; all: feed-forward ones too.")

    data: str = _option(
        "physics",
        "physics, physics-label, ssv2-template:FOLDER, ssv2-label:FOLDER, finegym:FOLDER, a json file of MSR-VTT's "
        "style, a folder with captions.csv or the like, or hf:DATASET.",
    )
    videos: str = _option("", "Folder of the videos, where they are not beside the captions.")
    max_missing: float = _option(0.02, "Largest share of missing or unreadable videos, 0 to 1.")
    fraction: float = _option(
        1.0, "Share of the training clips: of each class alike, smaller ones inside larger; 0 evaluates untouched."
    )
    fraction_seed: int = _option(
        0, "Of the draw of that share, so that runs of several seeds can see the same clips."
    )
    augment: bool = _option(
        True, "Crop a little and shift in time by half a step, alike for all frames; nothing is ever mirrored."
    )
    frame_cache_gb: float = _option(1.0, "Memory for decoded frames, so that later epochs need not decode.")

    max_steps: int = _option(300, "Optimizer steps; 0 evaluates the untouched model.")
    num_train_epochs: float = _option(0.0, "Above 0: so many passes over the clips, instead of max_steps.")
    dataloader_num_workers: int = _option(0, "Processes that read clips; 0 reads them in between steps.")
    logging_steps: int = _option(10, "Steps between lines of train_log.jsonl, and of the tracker.")

    evaluate_on: Literal["test", "validation"] = _option(
        "test",
        "validation: hold out a fifth of the training scenes, to choose settings by; the test split is not read.",
    )
    eval_top_k: int = _option(128, "Candidates that VTM ranks again; 0 evaluates VTC alone.")

    def __post_init__(self) -> None:
        steps, self.max_steps = self.max_steps, max(1, self.max_steps)  # none at all is right here
        super().__post_init__()
        self.max_steps = steps
        for name in ("max_steps", "num_train_epochs", "num_frames", "eval_top_k", "frame_cache_gb", "fraction_seed"):
            if getattr(self, name) < 0:
                raise TrainingError(f"{name}={getattr(self, name)}.", "0 or more.", "raise the number.")
        if self.lora_rank < 1:
            raise TrainingError(f"lora_rank={self.lora_rank}.", "1 or more.", "raise the number.")
        if not 0 <= self.fraction <= 1:
            raise TrainingError(f"fraction={self.fraction}.", "a share, 0 to 1.", "pass for example 0.2.")
        if bool(self.video_encoder) != bool(self.text_encoder):
            raise TrainingError(
                f"video_encoder={self.video_encoder!r}, text_encoder={self.text_encoder!r}.",
                "both, or none.",
                "name the other one too.",
            )
        scratch = self.model_name_or_path == FROM_SCRATCH and not self.video_encoder
        if self.config_overrides and not scratch:
            raise TrainingError(
                f"config_overrides={self.config_overrides} for a model that is trained already.",
                'config_overrides with model_name_or_path="none" alone.',
                "leave them out: a saved model has its configuration.",
            )
        if self.lora and scratch:
            raise TrainingError(
                'lora with model_name_or_path="none".',
                "a model that was trained: adapters of random weights are of little use.",
                "leave lora out, or name a model.",
            )

    @property
    def start(self) -> str:
        """What the run starts from, in words."""
        if self.video_encoder:
            return f"{self.video_encoder} + {self.text_encoder}"
        return "no pre-training" if self.model_name_or_path == FROM_SCRATCH else self.model_name_or_path

    def for_clips(self, clips: int, processes: int) -> Self:
        """The same run with its steps and its batch settled.

        Args:
            clips: to train on. A batch is never larger than they are.
            processes: of the run.
        """
        batch = max(1, min(self.per_device_train_batch_size, clips // (processes * self.gradient_accumulation_steps)))
        steps = 0 if self.fraction == 0 else self.max_steps
        if self.num_train_epochs and steps:
            steps = math.ceil(self.num_train_epochs * clips / (batch * processes * self.gradient_accumulation_steps))
        return replace(self, per_device_train_batch_size=batch, max_steps=steps)


#: Settings that decide what a run computes, beside the clips themselves: a run is resumed with equal ones.
DECISIVE = [
    "model_name_or_path",
    "config_overrides",
    "video_encoder",
    "text_encoder",
    "num_frames",
    "lora",
    "lora_rank",
    "lora_layers",
    "augment",
    *OPTIMIZATION,
]
