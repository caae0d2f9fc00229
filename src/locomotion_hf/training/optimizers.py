"""What moves the weights: AdamW, or Muon beside it, and the learning rate's course."""

from __future__ import annotations

import math
import re

import torch

from locomotion_hf.training.arguments import OptimizationArguments

#: The learning rate ends here, as a share of its peak (Singularity, VindLU, UMT).
FINAL_LEARNING_RATE = 0.01
#: First betas are PyTorch's own. Source: Kingma and Ba, arXiv 1412.6980.
ADAM_BETA1 = 0.9
#: Matrices that stay with AdamW: what projects into the common space, what scores words, and low-rank adapters,
#: whose halves are no map from one hidden state to another.
_NEVER_MUON = re.compile(r"(?:^|\.)(?:video_projection|text_projection|mlm_head\.decoder|lora_\w+)(?:\.|$)")


def schedule(step: int, args: OptimizationArguments) -> float:
    """The share of the peak learning rate: linear warm-up, then a cosine.

    A function of the step, so that resuming needs no state.
    """
    warmup = max(1, round(args.warmup_ratio * args.max_steps))
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, args.max_steps - warmup)
    return FINAL_LEARNING_RATE + (1 - FINAL_LEARNING_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def make_optimizers(model: torch.nn.Module, args: OptimizationArguments) -> list[torch.optim.Optimizer]:
    """AdamW, and Muon for the matrices that map one hidden state to another, where it is asked for.

    Word embeddings, positions and what projects into the common space stay with AdamW, as Muon's authors
    advise for first and last layers. Biases, norms and other vectors are not decayed. Weights without gradients are
    left out.

    Args:
        model: whose weights they move.
        args: their settings.

    Returns:
        One optimizer, or two.
    """
    inner: list[torch.Tensor] = []
    if args.optim == "muon":
        inner = [
            module.weight
            for name, module in model.named_modules()
            if isinstance(module, torch.nn.Linear)
            and module.weight.requires_grad
            and min(module.weight.shape) > 8
            and not _NEVER_MUON.search(name)
        ]
    taken = {id(parameter) for parameter in inner}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in taken]
    adamw = torch.optim.AdamW(
        [
            {"params": [p for p in rest if p.ndim >= 2], "weight_decay": args.weight_decay},
            {"params": [p for p in rest if p.ndim == 1], "weight_decay": 0.0},
            # The temperature by itself: where weights are divided over processes, it alone is not.
            {"params": [p for p in rest if p.ndim == 0], "weight_decay": 0.0},
        ],
        lr=args.learning_rate,
        betas=(ADAM_BETA1, args.adam_beta2),
    )
    if not inner:
        return [adamw]
    return [adamw, torch.optim.Muon(inner, lr=args.muon_learning_rate, weight_decay=args.weight_decay)]
