"""Named random streams and hash splits: the same seed gives the same draw, whoever asks first.

A stream is named by the seed, what is drawn for, and the room that draws, so that a new draw in one
room changes nothing in another, and any process can make any example by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable
from typing import Literal

import numpy as np

Split = Literal["train", "validation"]
SPLITS: tuple[Split, ...] = ("train", "validation")


def stable_hash(*parts: Hashable) -> int:
    """A 128-bit integer that depends on the parts alone: equal on every machine, Python and run.

    Args:
        parts: strings, integers or None; they are joined with a separator that no part contains.
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def stream(seed: int, *names: Hashable) -> np.random.Generator:
    """The random generator of one named purpose.

    Args:
        seed: the run's seed; 0 is a seed like any other.
        names: what the draw is for, for example `("train", 17, "motion")`.
    """
    return np.random.Generator(np.random.PCG64(stable_hash(int(seed), *names)))


def split_sources(sources: Iterable[str], held_out: float) -> dict[str, Split]:
    """Divide sources into train and validation by the rank of their hash.

    A source is the recording or drawing that an asset was cut from: all clips of one film share one,
    so that no validation clip has a sibling in training.

    Args:
        sources: ids of sources, in any order, repeats allowed.
        held_out: share for validation, 0 to 1; at least one source (two, from eight sources on) is
            held out when there are two or more.

    Returns:
        The split of each source. A single source goes to train.
    """
    ranked = sorted(set(sources), key=lambda source: stable_hash("split", source))
    if len(ranked) < 2:
        return dict.fromkeys(ranked, "train")
    least = 2 if len(ranked) >= 8 else 1
    count = min(max(round(held_out * len(ranked)), least), len(ranked) - 1)
    return {source: "validation" if rank < count else "train" for rank, source in enumerate(ranked)}
