"""What a run costs in memory and arithmetic, what share of a GPU it uses, and what to do when memory is short."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from locomotion_hf.errors import TrainingError
from locomotion_hf.training.arguments import OptimizationArguments

#: Dense floating-point operations a second, in bfloat16 (float16 where there is none) and in float32 without TF32,
#: by a part of the device's name; the first that fits. Source: NVIDIA's data sheets, without sparsity.
PEAK_FLOPS = {
    "B200": (2250e12, 75e12),
    "H200": (989e12, 67e12),
    "H100 PCIe": (756e12, 51e12),
    "H100": (989e12, 67e12),
    "A100": (312e12, 19.5e12),
    "L40S": (362e12, 91.6e12),
    "A40": (149.7e12, 37.4e12),
    "A10": (125e12, 31.2e12),
    "L4": (121e12, 30.3e12),
    "T4": (65e12, 8.1e12),
    "V100": (125e12, 15.7e12),
    "RTX 4090": (165.2e12, 82.6e12),
    "RTX 3090": (71e12, 35.6e12),
}
#: Rows and words of the batch that is measured.
_ROWS, _WORDS = 2, 16
#: Bytes a trained number takes beside itself: its gradient, and what the optimizer keeps (AdamW two, Muon one).
_BYTES = 4
#: How the allocators of torch, numpy and the system say that there is no room.
_NO_MEMORY = ("out of memory", "not enough memory", "allocate memory", "unable to mmap", "No space left on device")


@dataclass(frozen=True)
class Costs:
    """What one clip with its text costs in a training step.

    Attributes:
        flops: floating-point operations, forward and backward.
        activation_bytes: kept for the backward pass, in float32.
        unused: whether a weight that should be trained gets no gradient.
    """

    flops: float
    activation_bytes: float
    unused: bool


def measure(model: torch.nn.Module, num_frames: int | None = None) -> Costs:
    """Try one small step, and leave the model, its gradients and all random states as they were.

    Args:
        model: a `LocoMotionForPreTraining`, or an adapter around one, not yet prepared.
        num_frames: of each clip; None: as many as the model's positions are made for.
    """
    config: Any = model.config
    video, words = config.video_config, config.text_config.vocab_size
    device = next(model.parameters()).device
    frames = num_frames or video.num_frames
    pixels = torch.zeros((_ROWS, frames, video.num_channels, video.image_size, video.image_size), device=device)
    ids = torch.arange(1, 1 + _ROWS * _WORDS, device=device).view(_ROWS, _WORDS) % words
    ids[:, 0] = config.cls_token_id
    labels = torch.where(torch.arange(_WORDS, device=device) < _WORDS // 2, -100, ids)
    kept: dict[int, int] = {}
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    devices = [device] if device.type == "cuda" else []
    training = model.training
    with torch.random.fork_rng(devices=devices), FlopCounterMode(display=False) as counter:
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            output = model.train()(
                input_ids=ids, pixel_values_videos=pixels, attention_mask=torch.ones_like(ids),
                group_ids=torch.arange(_ROWS, device=device), mlm_input_ids=ids, mlm_labels=labels,
                generator=torch.Generator(),
            )  # fmt: skip
        output.loss.backward()
    unused = any(p.requires_grad and p.grad is None for p in model.parameters())
    model.zero_grad(set_to_none=True)
    model.train(training)
    return Costs(counter.get_total_flops() / _ROWS, sum(kept.values()) / _ROWS, unused)


def memory_needed(
    model: torch.nn.Module, costs: Costs, args: OptimizationArguments, half: bool, shares: int
) -> float:
    """Bytes that a process needs at least: weights, gradients, what the optimizer keeps, and activations.

    Args:
        model: that is trained.
        costs: of a clip.
        args: batch size, optimizer and average.
        half: whether activations are in 16 bits.
        shares: over how many processes weights, gradients and the optimizer's state are divided.
    """
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    fixed = sum(p.numel() * p.element_size() for p in model.parameters())
    beside = 3 if args.optim == "adamw" else 2
    beside += args.ema_decay > 0
    activations = costs.activation_bytes * args.per_device_train_batch_size / (2 if half else 1)
    return (fixed + _BYTES * beside * trained) / shares + activations


def peak_flops(device: torch.device, half: bool) -> float | None:
    """What the device can do in a second; None for a CPU, or a GPU that is not in `PEAK_FLOPS`."""
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(device)
    # Whole words: an RTX A4000 is no A40, an L40 no L4.
    return next((peaks[not half] for part, peaks in PEAK_FLOPS.items() if re.search(rf"\b{part}\b", name)), None)


@contextmanager
def told_when_out_of_memory(args: OptimizationArguments, **seen: Any) -> Iterator[None]:
    """Turn a failed allocation into an error that says what to turn down.

    Args:
        args: of the run.
        **seen: more that decides how much memory is needed.

    Raises:
        TrainingError: an allocation failed inside.
    """
    try:
        yield
    except (MemoryError, RuntimeError, OSError) as error:
        known = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or getattr(error, "errno", 0) == errno.ENOMEM
        told = isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)
        if not known and not told:
            raise
        size, parts = args.per_device_train_batch_size, args.gradient_accumulation_steps
        sizes = "".join(f", {name}={value}" for name, value in seen.items())
        raise TrainingError(
            f"out of memory with per_device_train_batch_size={size}{sizes} "
            f"({(str(error) or 'MemoryError').splitlines()[0]}).",
            "a batch that fits.",
            f"--per_device_train_batch_size {max(1, size // 2)} with --gradient_accumulation_steps {2 * parts} keeps "
            "VTC's batch as it is; accelerate launch --mixed_precision bf16 halves the activations; fewer "
            "--dataloader_num_workers, frames or pixels help too.",
        ) from error
