"""Hard negative captions for a batch: a few foils of each, as the model takes them.

A foil is a caption with one fact changed, certain to be false of its clip (`captions/foils.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from functools import lru_cache
from typing import Any

import torch

from locomotion_hf.captions.foils import KINDS, Foil, FoilKind, foils
from locomotion_hf.errors import TrainingError
from locomotion_hf.randomness import stream

#: Captions whose foils are remembered, some kilobytes each: a data set of fixed captions is foiled once, not once an
#: epoch. Drawn clips hardly repeat a caption, and lose nothing. Own choice.
REMEMBERED = 16384


@lru_cache(REMEMBERED)
def _all_foils(caption: str, kinds: tuple[FoilKind, ...]) -> tuple[Foil, ...]:
    return foils(caption, kinds=kinds)


def draw_foils(
    caption: str, count: int, seed: int, clip: Hashable, kinds: Collection[FoilKind] = KINDS
) -> tuple[str, ...]:
    """Some foils of a caption, of as many kinds as there are.

    Kinds take turns in random order, so that a kind with many foils, as the noun's, does not crowd out the others.

    Args:
        caption: as in `foils`.
        count: of foils that are wanted.
        seed: of the run.
        clip: what the draw is for: an index, an id, or these with an epoch; equal arguments give equal foils.
        kinds: of foils that are wanted.

    Returns:
        Distinct, `count` or fewer: none of a text that states nothing.

    Raises:
        CaptionError: an unknown kind.
    """
    left: dict[str, list[str]] = {}
    for foil in _all_foils(caption, tuple(sorted(kinds))):
        left.setdefault(foil.kind, []).append(foil.caption)
    rng = stream(seed, clip, "foils")
    drawn: list[str] = []
    while left and len(drawn) < count:
        for kind in rng.permutation(sorted(left))[: count - len(drawn)]:
            drawn.append(left[kind].pop(rng.integers(len(left[kind]))))
        left = {kind: some for kind, some in left.items() if some}
    return tuple(drawn)


def foil_inputs(
    captions: Sequence[str],
    processor: Any,
    count: int,
    seed: int,
    clips: Sequence[Hashable],
    kinds: Collection[FoilKind] = KINDS,
) -> dict[str, torch.Tensor]:
    """Foils of a batch of captions, for `LocoMotionForPreTraining.forward`; about a millisecond a caption.

    Args:
        captions: B of them.
        processor: a `LocoMotionProcessor`, or whatever makes ids of `text=`.
        count: foils of each caption, F.
        seed: of the run.
        clips: what each caption is of, see `draw_foils`; B of them.
        kinds: of foils that are wanted.

    Returns:
        `negative_input_ids` and `negative_attention_mask`, `(B, F, L)` int64, whose mask is all zero where a caption
        has fewer foils. Nothing when `count` is 0.

    Raises:
        TrainingError: `count` is negative, or there is not one clip for each caption.
        CaptionError: an unknown kind.
    """
    if count < 0 or len(captions) != len(clips):
        raise TrainingError(
            f"{count} foils for each of {len(captions)} captions of {len(clips)} clips.",
            "0 foils or more, and one clip for each caption.",
            "check --foils; pass the indices or ids of the clips in the order of their captions.",
        )
    if not count:
        return {}
    drawn = [draw_foils(caption, count, seed, clip, kinds) for caption, clip in zip(captions, clips, strict=True)]
    # The caption stands in where a foil is missing, so that it makes no text longer; the mask hides it.
    filled = [(*some, *[caption] * (count - len(some))) for caption, some in zip(captions, drawn, strict=True)]
    texts = [text for some in filled for text in some]
    tokens = processor(text=texts, return_tensors="pt")
    there = torch.tensor([[place < len(some) for place in range(count)] for some in drawn])
    shape = (len(captions), count, -1)
    mask = tokens["attention_mask"].view(shape) * there[:, :, None]
    return {"negative_input_ids": tokens["input_ids"].view(shape), "negative_attention_mask": mask}


__all__ = ["draw_foils", "foil_inputs"]
