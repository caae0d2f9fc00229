"""The three losses of the lineage, in functions: VTC and its temperature, VTM's negatives, MLM's masking.

VTC: video-text contrast. VTM: video-text matching. MLM: masked language modelling. Source of every
setting: Singularity, VindLU and UMT, which agree on all of them.
"""

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from .configuration_locomotion import LocoMotionConfig
from .processes_locomotion import gather, place

#: What cross-entropy skips.
IGNORED = -100


class ClampWithWayBack(torch.autograd.Function):
    """A clamp that lets a value outside of its range return.

    `torch.clamp` has no gradient out there, so that a value one step too far would stay for ever. Here only
    the gradient that would push it further out is stopped. The lineage clamps the parameter in place, which
    forbids a second forward pass before the backward pass.
    """

    @staticmethod
    def forward(ctx: Any, value: torch.Tensor, low: float, high: float) -> torch.Tensor:
        """The clamped value."""
        ctx.save_for_backward(value)
        ctx.range = low, high
        return value.clamp(low, high)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        """Descent subtracts the gradient: a positive one pushes down, a negative one up."""
        (value,), (low, high), (gradient,) = ctx.saved_tensors, ctx.range, gradients
        outwards = ((value < low) & (gradient > 0)) | ((value > high) & (gradient < 0))
        return gradient.masked_fill(outwards, 0.0), None, None


class LocoMotionTemperature(nn.Module):
    """Divides similarities by a learned temperature.

    A module and not a bare parameter, so that PEFT's `modules_to_save` can name it. Stored as a logarithm:
    a step changes the temperature by a factor.
    """

    def __init__(self, config: LocoMotionConfig) -> None:
        super().__init__()
        self.range = math.log(config.temperature_min), math.log(config.temperature_max)
        self.log_tau = nn.Parameter(torch.tensor(math.log(config.temperature_init)))

    def forward(self, similarities: torch.Tensor) -> torch.Tensor:
        """Any shape to the same shape."""
        return similarities / ClampWithWayBack.apply(self.log_tau, *self.range).exp()


def similarities(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Cosines of unit vectors `(B, D)` and `(N, D)`, `(B, N)` float32.

    Not in bfloat16, whatever autocast says: divided by a small temperature, its rounding would show.
    """
    with torch.autocast(rows.device.type, enabled=False):
        return rows.float() @ columns.float().T


def contrastive_targets(group_ids: torch.Tensor, all_group_ids: torch.Tensor) -> torch.Tensor:
    """What each row should find: its group's members, in equal shares.

    Args:
        group_ids: `(B,)` of the rows.
        all_group_ids: `(N,)` of the candidates, the rows among them.

    Returns:
        `(B, N)` float32, each row summing to one.
    """
    equal = (group_ids[:, None] == all_group_ids[None, :]).float()
    return equal / equal.sum(1, keepdim=True)


def contrastive_loss(
    logits_per_video: torch.Tensor,
    logits_per_text: torch.Tensor,
    targets: torch.Tensor,
    logits_per_foil: torch.Tensor | None = None,
) -> torch.Tensor:
    """Symmetric cross-entropy with soft targets.

    Args:
        logits_per_video: `(B, N)`, local videos against all texts.
        logits_per_text: `(B, N)`, local texts against all videos.
        targets: `(B, N)` from `contrastive_targets`.
        logits_per_foil: `(B, F)`, local videos against their own foils: more wrong texts for that video alone.
            Of another clip a foil may be true, of a twin it often is.
    """
    targets_per_video = targets
    if logits_per_foil is not None:
        logits_per_video = torch.cat([logits_per_video, logits_per_foil], 1)
        targets_per_video = F.pad(targets, (0, logits_per_foil.shape[1]))
    return (F.cross_entropy(logits_per_video, targets_per_video) + F.cross_entropy(logits_per_text, targets)) / 2


def foil_similarities(videos: torch.Tensor, foils: torch.Tensor) -> torch.Tensor:
    """Cosines of unit vectors `(B, D)` and their own foils' `(B, F, D)`, `(B, F)` float32; see `similarities`."""
    with torch.autocast(videos.device.type, enabled=False):
        return (foils.float() @ videos.float()[:, :, None])[..., 0]


def sample_negatives(
    logits: torch.Tensor,
    group_ids: torch.Tensor,
    generator: torch.Generator | None = None,
    scene_ids: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """For each row one column of another group, the more similar the likelier.

    Args:
        logits: `(B, B)` similarities over temperature.
        group_ids: `(B,)`; a column of the row's own group is never drawn.
        generator: source of the draw; None takes torch's global one.
        scene_ids: `(B,)`; where a row has a column of another group but of its own scene, only such are drawn.

    Returns:
        Columns `(B,)` int64, and `(B,)` bool: False where the row has no valid column (a batch of one, or of
        one group); its column is then arbitrary.
    """
    allowed = group_ids[:, None] != group_ids[None, :]
    valid = allowed.any(1)
    if scene_ids is not None:
        near = allowed & (scene_ids[:, None] == scene_ids[None, :])
        allowed = torch.where(near.any(1, keepdim=True), near, allowed)
    # Masked before the softmax: after it, a sharp temperature leaves nothing but zeros to draw from.
    weights = logits.detach().float().masked_fill(~allowed, -torch.inf)
    weights = weights.masked_fill(~valid[:, None], 0.0).softmax(1)
    if generator is not None:
        weights = weights.to(generator.device)
    return torch.multinomial(weights, 1, generator=generator)[:, 0].to(logits.device), valid


def mask_tokens(
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    *,
    pad_token_id: int,
    cls_token_id: int,
    mask_token_id: int,
    vocab_size: int,
    probability: float = 0.5,
    generator: torch.Generator | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Hide words for masked language modelling.

    Of the chosen words 80 % become the mask token, 10 % a random one, 10 % stay. Padding and CLS are never
    chosen; SEP may be.

    Args:
        input_ids: `(B, L)` int64.
        attention_mask: `(B, L)`, 0 for padding.
        pad_token_id: never chosen.
        cls_token_id: never chosen.
        mask_token_id: what most chosen words become.
        vocab_size: random words are drawn from 0 to here.
        probability: share of the words that are chosen.
        generator: source of the draws; None takes torch's global one.

    Returns:
        The masked ids `(B, L)`, and the labels `(B, L)`: the id where a word was chosen, else -100.
    """
    device = input_ids.device if generator is None else generator.device
    draws = torch.rand((3, *input_ids.shape), generator=generator, device=device).to(input_ids.device)
    choice, fate, word = draws
    open_to_choice = attention_mask.bool() & (input_ids != pad_token_id) & (input_ids != cls_token_id)
    chosen = (choice < probability) & open_to_choice
    labels = input_ids.masked_fill(~chosen, IGNORED)
    masked = input_ids.masked_fill(chosen & (fate < 0.8), mask_token_id)
    random_ids = (word * vocab_size).long().clamp_(max=vocab_size - 1)
    return torch.where(chosen & (fate >= 0.9), random_ids, masked), labels


def matching_loss(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """VTM: is this the video's text?

    Args:
        logits: `(P, 2)` of pairs: no, yes.
        labels: `(P,)` bool.
        weights: `(P,)`. A pair that is none weighs nothing, so that no shape depends on the data.
    """
    return weighted_mean(F.cross_entropy(logits, labels.long(), reduction="none"), weights)


def masked_word_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """MLM: which word was here?

    Args:
        logits: `(M, vocabulary)` at the masked places alone.
        labels: `(M,)` int64.
    """
    losses = F.cross_entropy(logits, labels, reduction="none")
    return weighted_mean(losses, torch.ones_like(losses))


def weighted_mean(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """This process's part of a mean over all processes; zero where all weights are.

    The mean of the parts over the processes, which is what data-parallel training takes of their gradients, is the
    weighted mean of all values, however many each process has.

    Args:
        values: `(N,)`, of any N.
        weights: `(N,)`, 0 or more.
    """
    weights = weights.to(values.dtype)
    total = gather(weights.sum()[None]).sum()
    return place()[1] * (values * weights).sum() / total.clamp(min=1.0)


def share(right: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """The share of right answers on this process, a scalar float32 without gradient.

    Args:
        right: bool, of any shape.
        counted: bool, of the same shape; the others do not count. Where none does, the share is zero.
    """
    return (right & counted).sum() / counted.sum().clamp(min=1).float()
