"""Weights divided over the processes (FSDP2): what our model needs beyond accelerate's configuration."""

from __future__ import annotations

from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedType
from torch.distributed.tensor import DTensor

from locomotion_hf.errors import TrainingError
from locomotion_hf.training.arguments import OptimizationArguments
from locomotion_hf.training.contrastive import temperature_of


def is_sharded(accelerator: Accelerator) -> bool:
    """Whether `accelerate launch` was told to divide the weights."""
    return bool(accelerator.distributed_type == DistributedType.FSDP)


def ready_to_shard(accelerator: Accelerator, model: torch.nn.Module, args: OptimizationArguments) -> None:
    """Keep the temperature whole, a single number that FSDP2 refuses to divide; refuse what cannot work.

    Muon and the average of the weights would need each weight whole, and accelerate saves one optimizer.

    Args:
        accelerator: of the run; its plugin is told of the temperature.
        model: that will be prepared.
        args: of the run.

    Raises:
        TrainingError: FSDP in its first version, or settings that need whole weights.
    """
    plugin = accelerator.state.fsdp_plugin
    wanted = (
        ("fsdp_version", plugin.fsdp_version, 2),
        ("fsdp_cpu_ram_efficient_loading", plugin.cpu_ram_efficient_loading, False),
        ("optim", args.optim, "adamw"),
        ("ema_decay", args.ema_decay, 0.0),
    )
    for name, value, fits in wanted:
        if value != fits:
            raise TrainingError(
                f"{name}={value} with weights divided over the processes.",
                f"{name}={fits}.",
                "set it so in the configuration or the command, or train with the DDP configuration.",
            )
    plugin.ignored_modules = [temperature_of(model)]
    # BERT counts its embeddings among what is not to be split; their weight is tied to the layer that scores words,
    # and accelerate makes a group of the two.
    undivided: Any = model._no_split_modules or ()
    plugin.transformer_cls_names_to_wrap = [name for name in undivided if not name.endswith("Embeddings")]


def average_whole_gradients(accelerator: Accelerator, model: torch.nn.Module) -> None:
    """Average over processes the gradients that FSDP2 leaves alone, those of the temperature."""
    for parameter in temperature_of(model).parameters():
        if parameter.grad is not None:
            parameter.grad = accelerator.reduce(parameter.grad, "mean")


def whole_weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights of a divided model, put together again; every process has to ask."""
    state = model.state_dict()
    return {name: value.full_tensor() if isinstance(value, DTensor) else value for name, value in state.items()}
