"""Clips made while training: no epoch, no file, and a position that is just the step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.randomness import stable_hash
from locomotion_hf.training.ring import ClipRing


class SyntheticPairs(Dataset):
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
        example = generate(self.recipe, "train", index)
        group = example.group if self.captions == "caption" else example.noun
        text, scene = getattr(example, self.captions), index // self.recipe.group_size
        return {"frames": example.frames, "text": text, "group": group, "scene": scene}

    def write(self, index: int, out: np.ndarray) -> dict[str, Any]:
        """The frames into `out`, for `ClipRing`; returns `text`, `scene` and `group`."""
        pair = self[index]
        np.copyto(out, pair.pop("frames"))
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


class Collate:
    """A list of pairs to the model's inputs, in the worker: pixels normalised, texts as ids."""

    def __init__(self, processor: Any) -> None:
        self.processor = processor

    def __call__(self, pairs: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Pixels `(B, T, 3, H, W)`, `input_ids` and `attention_mask` `(B, L)`, `group_ids` and `scene_ids` `(B,)`."""
        inputs = self.processor(
            videos=torch.stack([torch.from_numpy(pair["frames"]) for pair in pairs]),
            text=[pair["text"] for pair in pairs],
            return_tensors="pt",
        )
        groups = [stable_hash(pair["group"]) % 2**63 for pair in pairs]
        scenes = [pair["scene"] for pair in pairs]
        return {**inputs, "group_ids": torch.tensor(groups), "scene_ids": torch.tensor(scenes)}


def training_loader(pairs: SyntheticPairs, processor: Any, batches: StepBatches, num_workers: int) -> DataLoader:
    """A loader over `batches`; `num_workers` processes make clips while the model learns."""
    return DataLoader(
        pairs,
        batch_sampler=batches,
        collate_fn=Collate(processor),
        num_workers=num_workers,
        prefetch_factor=4 if num_workers else None,
        worker_init_fn=_one_thread,
    )


def uint8_batches(pairs: SyntheticPairs, batches: StepBatches, num_workers: int) -> ClipRing:
    """The same clips as they were drawn, in memory that all processes share: what a device normalises itself.

    At 224 pixels handing clips over costs more than making them, and nothing here (`ring.py`). Use it in a
    `with` block; each batch holds `frames` `(B, T, H, W, 3)` uint8, to be used before the next one is asked
    for, and the lists `text`, `group` and `scene`.

    Args:
        pairs: what the clips are.
        batches: their indices.
        num_workers: processes that make them, at least 1.
    """
    return ClipRing(pairs, batches, batches.batch_size, num_workers)


def _one_thread(_: int) -> None:
    torch.set_num_threads(1)  # the cores belong to the training step
