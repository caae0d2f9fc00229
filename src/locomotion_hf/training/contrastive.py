"""Gradients of one step, over one forward pass or over several whose clips VTC sees as one batch.

Adding up the losses of small batches is not the loss of a large one: a contrast needs its negatives. So the clips of
a step are embedded twice. First all of them without a graph; the loss of all embeddings, over all processes, gives
the gradient of each embedding. Then part by part with a graph, which that gradient is sent through. The result is
that of one large batch, for the memory of a part and one more forward pass.
Source: Gao et al., Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup (arXiv 2101.06983).

VTM and MLM are means over one part: VTM's wrong video and wrong text are drawn from the part, which holds whole
scenes, so that its hardest negatives are there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from accelerate import Accelerator
from torch.nn import functional as F

from locomotion_hf.modeling.losses_locomotion import contrastive_loss, contrastive_targets, similarities
from locomotion_hf.modeling.processes_locomotion import default_group_ids, gather

Batch = Mapping[str, torch.Tensor]
Figures = dict[str, torch.Tensor]
#: What a step reports, where the model has it.
LOSSES = (
    "loss",
    "loss_vtc",
    "loss_vtm",
    "loss_mlm",
    "vtm_accuracy",
    "mlm_accuracy",
    "mlm_motion_accuracy",
    "mlm_other_accuracy",
    "foil_vtc_accuracy",
    "foil_vtm_accuracy",
)


def temperature_of(model: torch.nn.Module) -> torch.nn.Module:
    """The module that divides similarities; under an adapter, the one that is trained."""
    return next(module for name, module in model.named_modules() if name.rpartition(".")[2] == "temperature")


def step_gradients(
    accelerator: Accelerator,
    wrapped: torch.nn.Module,
    batches: Sequence[Batch],
    generator: torch.Generator,
    seed_of: Callable[[int], int],
) -> Figures:
    """Add the gradients of one step to the weights.

    Args:
        accelerator: that prepared the model.
        wrapped: the prepared `LocoMotionForPreTraining`, or an adapter around one.
        batches: the model's inputs, a mapping for each forward pass, of equally many rows in every process.
        generator: source of the draws for masking and negatives.
        seed_of: number of a part to the seed of its dropout, which both passes share.

    Returns:
        Losses and accuracies, each a number on the device, without a graph: means over this process.
    """
    if len(batches) == 1:
        output = wrapped(**batches[0], generator=generator)
        accelerator.backward(output.loss)
        return {name: value.detach() for name in LOSSES if (value := getattr(output, name)) is not None}
    model = accelerator.unwrap_model(wrapped)
    config, share = model.config, 1 / len(batches)
    contrast = _Contrast(wrapped, model, batches, seed_of) if config.vtc_weight > 0 else None
    figures: Figures = {}
    for number, batch in enumerate(batches):
        with nullcontext() if number == len(batches) - 1 else accelerator.no_sync(wrapped):
            torch.manual_seed(seed_of(number))
            output = wrapped(**batch, generator=generator)
            others = ((config.vtm_weight, output.loss_vtm), (config.mlm_weight, output.loss_mlm))
            terms = [weight * loss * share for weight, loss in others if loss is not None]
            for name in LOSSES[2:]:
                if (value := getattr(output, name)) is not None:
                    figures[name] = figures.get(name, 0) + value.detach() * share
            figures["loss"] = figures.get("loss", 0) + sum(term.detach() for term in terms)
            if contrast:
                terms.append(config.vtc_weight * contrast.surrogate(number, output))
            accelerator.backward(sum(terms))
    if contrast:
        figures["loss_vtc"] = contrast.loss
        figures["loss"] = figures["loss"] + config.vtc_weight * contrast.loss
    return {name: figures[name] for name in LOSSES if name in figures}


class _Contrast:
    """VTC over all parts, and its gradient for each embedding, for the logits of foils and for the temperature.

    Attributes:
        loss: of the whole batch, without a graph.
    """

    def __init__(
        self,
        wrapped: torch.nn.Module,
        model: Any,
        batches: Sequence[Batch],
        seed_of: Callable[[int], int],
    ) -> None:
        outputs = []
        with torch.no_grad():
            for number, batch in enumerate(batches):
                torch.manual_seed(seed_of(number))
                outputs.append(wrapped(**batch, return_loss=False))
        temperature = temperature_of(model)
        self._scale = [p for p in temperature.parameters() if p.requires_grad]
        rows = [len(output.video_embeds) for output in outputs]
        videos = torch.cat([output.video_embeds for output in outputs]).requires_grad_()
        texts = torch.cat([output.text_embeds for output in outputs]).requires_grad_()
        # A video meets no foils but its own, so that their logits can be taken as they are.
        weight = model.config.foil_vtc_weight
        self._with_foils = weight > 0 and all(output.logits_per_foil is not None for output in outputs)
        foils = (
            [_widened([output.logits_per_foil for output in outputs]).requires_grad_()] if self._with_foils else []
        )
        if all(batch.get("group_ids") is not None for batch in batches):
            groups = torch.cat([batch["group_ids"] for batch in batches])
        else:
            groups = default_group_ids(len(videos), videos.device)
        loss = contrastive_loss(
            temperature(similarities(videos, gather(texts))),
            temperature(similarities(texts, gather(videos))),
            contrastive_targets(groups, gather(groups)),
            foils[0] + math.log(weight) if foils else None,
        )
        leaves = [videos, texts, *foils, *self._scale]
        gradients = torch.autograd.grad(loss, leaves)
        self._of_scale = gradients[len(leaves) - len(self._scale) :]
        of_rows = gradients[: len(leaves) - len(self._scale)]
        self._of_parts = list(zip(*(gradient.split(rows) for gradient in of_rows), strict=True))
        self.loss = loss.detach()

    def surrogate(self, part: int, output: Any) -> torch.Tensor:
        """A number whose gradient is this part's share of the loss's."""
        of_videos, of_texts, *of_foils = self._of_parts[part]
        total = (output.video_embeds * of_videos).sum() + (output.text_embeds * of_texts).sum()
        for gradient in of_foils:
            # Where there is no foil the logit is the lowest number, and its gradient zero.
            total = total + (output.logits_per_foil * gradient[:, : output.logits_per_foil.shape[1]]).sum()
        # The temperature belongs to no part; a share with each keeps every pass alike, as DDP wants it.
        for parameter, gradient in zip(self._scale, self._of_scale, strict=True):
            total = total + (parameter * gradient).sum() / len(self._of_parts)
        return total


def _widened(logits: Sequence[torch.Tensor]) -> torch.Tensor:
    """Logits of foils `(B, F)` of each part, F differing, as one `(sum of B, widest F)`."""
    widest = max(part.shape[1] for part in logits)
    lowest = torch.finfo(logits[0].dtype).min
    return torch.cat([F.pad(part, (0, widest - part.shape[1]), value=lowest) for part in logits])
