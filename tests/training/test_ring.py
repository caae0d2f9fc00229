import os
import re
import time
from typing import Any

import numpy as np
import pytest

from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.errors import AssetError, TrainingError
from locomotion_hf.training.data import StepBatches, SyntheticPairs, uint8_batches
from locomotion_hf.training.ring import ClipRing


class Numbers:
    """Clips that hold their own number; some things happen at some numbers."""

    clip_shape = (2, 4, 6, 3)

    def __init__(self, happens: dict[int, str] | None = None) -> None:
        self.happens = happens or {}

    def write(self, index: int, out: np.ndarray) -> dict[str, Any]:
        what = self.happens.get(index)
        if what == "slow":
            time.sleep(0.3)
        elif what == "asset":
            raise AssetError("the file is gone.", "a file.", "restore it.")
        elif what == "bug":
            raise ZeroDivisionError("one over none")
        elif what == "killed":
            os._exit(7)
        out[...] = index % 256
        return {"text": f"clip {index}", "worker": os.getpid()}


BATCHES = [list(range(first, first + 3)) for first in range(0, 60, 3)]


def test_batches_come_in_order_whoever_is_slow() -> None:
    workers = set()
    with ClipRing(Numbers({0: "slow", 7: "slow"}), [*BATCHES, [99]], 3, 2) as ring:
        seen = []
        for batch in ring:
            assert batch["frames"].shape == (len(batch["text"]), 2, 4, 6, 3)
            assert [f"clip {int(clip.max())}" for clip in batch["frames"]] == batch["text"]
            assert (batch["frames"].amin((1, 2, 3, 4)) == batch["frames"].amax((1, 2, 3, 4))).all()
            seen += batch["text"]
            workers |= set(batch["worker"])
    assert seen == [f"clip {index}" for index in [*range(60), 99]]
    assert len(workers) == 2
    assert os.getpid() not in workers


def ended(pids: set[int]) -> bool:
    for _ in range(50):
        if not any(os.path.exists(f"/proc/{pid}") for pid in pids):
            return True
        time.sleep(0.1)
    return False


def test_leaving_early_ends_the_workers() -> None:
    with ClipRing(Numbers(), BATCHES * 100, 3, 2) as ring:
        pids = {pid for _, batch in zip(range(4), ring, strict=False) for pid in batch["worker"]}
    assert ended(pids)
    ring.close()
    with pytest.raises(TrainingError, match="the ring is closed"):
        next(iter(ring))


def test_what_a_worker_raises_arrives() -> None:
    with pytest.raises(AssetError, match=r"the file is gone\. Expected: a file"):
        list(ClipRing(Numbers({16: "asset"}), BATCHES, 3, 2))
    with pytest.raises(TrainingError, match=re.compile(r"a worker of the loader failed.*one over none", re.DOTALL)):
        list(ClipRing(Numbers({16: "bug"}), BATCHES, 3, 2))


def test_a_worker_that_dies_is_reported() -> None:
    with pytest.raises(TrainingError, match=r"worker 1 of the loader ended with exit code 7"):
        list(ClipRing(Numbers({4: "killed"}), BATCHES, 3, 2))


def test_arguments() -> None:
    with pytest.raises(TrainingError, match=r"num_workers=0, batch_size=3\. Expected: at least 1"):
        ClipRing(Numbers(), BATCHES, 3, 0)


def test_the_clips_of_the_recipe() -> None:
    recipe = Recipe(resolution=32, vocabulary="linear")
    with uint8_batches(SyntheticPairs(recipe, "caption"), StepBatches(2, 0, 3, 0, 1), 2) as loader:
        batches = [(batch["frames"].clone(), batch["text"]) for batch in loader]
    assert len(batches) == 3
    for step, (frames, texts) in enumerate(batches):
        for place in range(2):
            example = generate(recipe, "train", 2 * step + place)
            assert (frames[place].numpy() == example.frames).all()
            assert texts[place] == example.caption
