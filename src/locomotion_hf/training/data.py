"""Clips made while training: no epoch, no file, and a position that is just the step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import Sampler

from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.randomness import stable_hash
from locomotion_hf.training.ring import ClipRing


class SyntheticPairs:
    """Every index is a clip and its caption; there is no last one.

    Args:
        recipe: what the clips are like.
        captions: "caption", or "spatial_caption" for the control.
    """

    def __init__(self, recipe: Recipe, captions: str) -> None:
        self.recipe, self.captions = recipe, captions
        self.clip_shape = (recipe.num_frames, recipe.resolution, recipe.resolution, 3)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """`frames` `(T, H, W, 3)` uint8, `text`, `scene`, and `group`: equal where one caption is true of both."""
        return self._pair(index)

    def _pair(self, index: int, out: np.ndarray | None = None) -> dict[str, Any]:
        example = generate(self.recipe, "train", index, out=out)
        group = example.group if self.captions == "caption" else example.noun
        text, scene = getattr(example, self.captions), index // self.recipe.group_size
        return {"frames": example.frames, "text": text, "group": group, "scene": scene}

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
    pairs: SyntheticPairs, processor: Any, batches: StepBatches, num_workers: int, device: torch.device
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

    Yields:
        Pixels `(B, T, 3, H, W)`, `input_ids` and `attention_mask` `(B, L)`, `group_ids` and `scene_ids` `(B,)`.
    """
    if num_workers:
        with uint8_batches(pairs, batches, num_workers) as ring:
            for batch in ring:
                yield _inputs(batch, processor, device)
        return
    for indices in batches:
        rows = [pairs[index] for index in indices]
        batch = {key: [row[key] for row in rows] for key in rows[0]}
        yield _inputs({**batch, "frames": torch.from_numpy(np.stack(batch["frames"]))}, processor, device)


def _inputs(batch: dict[str, Any], processor: Any, device: torch.device) -> dict[str, torch.Tensor]:
    inputs = processor(videos=batch["frames"].to(device), text=batch["text"], return_tensors="pt")
    groups = torch.tensor([stable_hash(group) % 2**63 for group in batch["group"]])
    inputs = {**inputs, "group_ids": groups, "scene_ids": torch.tensor(batch["scene"])}
    return {name: tensor.to(device) for name, tensor in inputs.items()}


def uint8_batches(pairs: SyntheticPairs, batches: StepBatches, num_workers: int) -> ClipRing:
    """Clips as they were drawn, in memory that all processes share.

    Use it in a `with` block; each batch holds `frames` `(B, T, H, W, 3)` uint8, to be used before the next
    one is asked for, and the lists `text`, `group` and `scene`.

    Args:
        pairs: what the clips are.
        batches: their indices.
        num_workers: processes that make them, at least 1.
    """
    return ClipRing(pairs, batches, batches.batch_size, num_workers)
