"""Clips made while training: no epoch, no file, and a position that is just the step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, Protocol

import numpy as np
import torch
from torch.utils.data import Sampler

from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.randomness import stable_hash, stream
from locomotion_hf.training.caption_kinds import CaptionKind, caption_of
from locomotion_hf.training.curriculum import Timetable
from locomotion_hf.training.negatives import foil_inputs
from locomotion_hf.training.ring import ClipRing, ClipWriter


class Pairs(ClipWriter, Protocol):
    """Clips with their captions by number, as whole rows too."""

    def __getitem__(self, index: int) -> dict[str, Any]:
        """What `write` returns, and `frames` `(T, H, W, 3)` uint8."""
        ...


class SyntheticPairs:
    """Every index is a clip and its caption; there is no last one.

    Args:
        recipe: what the clips are like.
        captions: how much motion they state; "spatial_caption", none, for the control.
        later: from which index on another recipe holds, with frames and groups of the same size; rising.
    """

    def __init__(self, recipe: Recipe, captions: CaptionKind, later: Timetable | None = None) -> None:
        self.recipe, self.captions = recipe, captions
        self._firsts, self._recipes = zip(*[(0, recipe), *(later or [])], strict=True)
        self.clip_shape = (recipe.num_frames, recipe.resolution, recipe.resolution, 3)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """`frames` `(T, H, W, 3)` uint8, `text`, `scene`, and `group`: equal where one caption is true of both."""
        return self._pair(index)

    def recipe_at(self, index: int) -> Recipe:
        """The recipe of clip `index`."""
        return self._recipes[bisect_right(self._firsts, index) - 1]

    def _pair(self, index: int, out: np.ndarray | None = None) -> dict[str, Any]:
        recipe = self.recipe_at(index)
        example = generate(recipe, "train", index, out=out)
        text, group = example.caption, example.group
        if self.captions != "caption":
            draw = stream(recipe.seed, "train", index, "captions")
            text, group = caption_of(example.facts, self.captions, recipe.wording, draw)
        return {"frames": example.frames, "text": text, "group": group, "scene": index // recipe.group_size}

    def write(self, index: int, out: np.ndarray) -> dict[str, Any]:
        """The frames into `out`, for `ClipRing`; returns `text`, `scene` and `group`."""
        pair = self._pair(index, out)
        del pair["frames"]
        return pair


class StepBatches(Sampler[list[int]]):
    """The indices of each step's batch on one process: a function of step and rank.

    Resuming is beginning at another step, and no two processes see the same clip.
    """

    def __init__(self, batch_size: int, first_step: int, last_step: int, rank: int, world_size: int) -> None:
        self.batch_size, self.rank, self.world_size = batch_size, rank, world_size
        self.steps = range(first_step, last_step)

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[list[int]]:
        for step in self.steps:
            first = (step * self.world_size + self.rank) * self.batch_size
            yield list(range(first, first + self.batch_size))


def training_batches(
    pairs: Pairs,
    processor: Any,
    batches: StepBatches,
    num_workers: int,
    device: torch.device,
    *,
    foils: int = 0,
    seed: int = 0,
) -> Iterator[dict[str, torch.Tensor]]:
    """The model's inputs, batch by batch.

    Workers draw the clips straight into shared memory (`ring.py`); they travel to the device as uint8 and
    are normalised there.

    Args:
        pairs: what the clips are.
        processor: makes pixels and ids of them.
        batches: their indices.
        num_workers: processes that make clips while the model learns; 0 makes them in between.
        device: of the model.
        foils: hard negative captions of each caption.
        seed: of their draw.

    Yields:
        Pixels `(B, T, 3, H, W)`, `input_ids` and `attention_mask` `(B, L)`, `group_ids` and `scene_ids` `(B,)`; with
        foils, what `foil_inputs` gives.
    """
    with closing(_drawn(pairs, batches, num_workers)) as drawn:
        for indices, batch in zip(batches, drawn, strict=True):
            inputs = processor(videos=batch["frames"].to(device), text=batch["text"], return_tensors="pt")
            groups = torch.tensor([stable_hash(group) % 2**63 for group in batch["group"]])
            inputs = {**inputs, "group_ids": groups, "scene_ids": torch.tensor(batch["scene"])}
            inputs |= foil_inputs(batch["text"], processor, foils, seed, indices)
            yield {name: tensor.to(device) for name, tensor in inputs.items()}


def _drawn(pairs: Pairs, batches: StepBatches, num_workers: int) -> Generator[dict[str, Any], None, None]:
    if num_workers:
        with uint8_batches(pairs, batches, num_workers) as ring:
            yield from ring
        return
    for indices in batches:
        rows = [pairs[index] for index in indices]
        batch = {key: [row[key] for row in rows] for key in rows[0]}
        yield {**batch, "frames": torch.from_numpy(np.stack(batch["frames"]))}


def uint8_batches(pairs: Pairs, batches: StepBatches, num_workers: int) -> ClipRing:
    """Clips as they were drawn, in memory that all processes share.

    Use it in a `with` block; each batch holds `frames` `(B, T, H, W, 3)` uint8, to be used before the next
    one is asked for, and the lists `text`, `group` and `scene`.

    Args:
        pairs: what the clips are.
        batches: their indices.
        num_workers: processes that make them, at least 1.
    """
    return ClipRing(pairs, batches, batches.batch_size, num_workers)
