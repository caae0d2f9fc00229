import pickle

import numpy as np
import pytest

from locomotion_hf.errors import AssetError
from locomotion_hf.randomness import split_sources, stable_hash, stream


def test_streams_are_named_and_zero_is_a_seed() -> None:
    draw = stream(0, "train", 17, "motion").random()
    assert draw == stream(0, "train", 17, "motion").random()
    others = [
        stream(1, "train", 17, "motion"),
        stream(0, "validation", 17, "motion"),
        stream(0, "train", 18, "motion"),
        stream(0, "train", 17, "words"),
    ]
    assert len({draw, *(one.random() for one in others)}) == 5


def test_hash_is_the_same_for_ever() -> None:
    # Pinned: another value would silently move every asset to another split and change every clip.
    assert stable_hash("a", 1, None) == 316543632062964211335280050655200875975
    assert stable_hash("1") != stable_hash(1)
    assert stream(0, "x").integers(2**31) == np.random.Generator(np.random.PCG64(stable_hash(0, "x"))).integers(2**31)


def test_split_by_rank() -> None:
    names = [f"film {i}" for i in range(9)]
    split = split_sources([*names, *names], 0.2)
    assert sum(side == "validation" for side in split.values()) == 2
    assert split == split_sources(reversed(names), 0.2)
    assert set(split_sources(["one"], 0.5).values()) == {"train"}
    assert sorted(split_sources(["one", "two"], 0.0).values()) == ["train", "validation"]


@pytest.mark.parametrize("held_out", [0.0, 0.1, 0.5, 0.99])
def test_both_sides_of_a_split_have_something(held_out: float) -> None:
    assert len(set(split_sources(map(str, range(20)), held_out).values())) == 2


def test_errors_survive_the_way_out_of_a_worker() -> None:
    error = AssetError("saw this.", "that.", "do so.")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is AssetError
    assert str(again) == "saw this. Expected: that. To fix it: do so."
    assert str(AssetError("a traceback from a loader's worker")) == "a traceback from a loader's worker"
