"""Shares of a corpus for experiments with little data."""

from __future__ import annotations

import math

from locomotion_hf.errors import CorpusError
from locomotion_hf.randomness import split_sources, stable_hash

from .corpus import Corpus, CorpusRow

#: Shares at which the field reports fine-tuning with little data (the paper: 20 %); the rest is our own choice.
FRACTIONS = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0)


def subset(corpus: Corpus, fraction: float, seed: int) -> Corpus:
    """A share of the clips: of each class alike, nested, and the same on every machine.

    A clip's place in the draw depends on the seed and its id alone, or on its scene where that is known, so that
    opposed motions of one scene come together. So a smaller share lies inside every larger one of the same seed,
    and clips that are added move no others.

    Args:
        corpus: with or without classes.
        fraction: above 0, up to 1. Of each class that share is taken, rounded to the nearest, and at least
            one clip; without classes, of all clips, and at least two.
        seed: of the draw.

    Returns:
        The rows taken, in their former order.

    Raises:
        CorpusError: the fraction is out of range.
    """
    if not 0 < fraction <= 1:
        raise CorpusError(
            f"fraction={fraction}.",
            "a number above 0, up to 1.",
            f"choose one of {', '.join(map(str, FRACTIONS))}, or any other.",
        )
    strata: dict[str, list[CorpusRow]] = {}
    for row in corpus.rows:
        strata.setdefault(row.stratum, []).append(row)
    taken: set[str] = set()
    for stratum, rows in strata.items():
        least = 1 if stratum else 2
        count = max(least, math.floor(fraction * len(rows) + 0.5))
        rows.sort(key=lambda row: (stable_hash(seed, "subset", row.scene or row.id), row.id))
        taken.update(row.id for row in rows[:count])
    return corpus.take(row for row in corpus.rows if row.id in taken)


def hold_out(corpus: Corpus, share: float) -> tuple[Corpus, Corpus]:
    """Carve a validation part out of a corpus, to choose settings by, so that nothing is chosen on the test split.

    Args:
        corpus: usually the train split.
        share: of the scenes, or of the clips where scenes are not known, 0 to 1.

    Returns:
        The rest, and the validation part, whose split is called "validation of" the corpus's. No scene is in both.
    """
    sources = {row.id: row.scene or row.id for row in corpus.rows}
    places = split_sources(sources.values(), share)
    parts: dict[str, list[CorpusRow]] = {"train": [], "validation": []}
    for row in corpus.rows:
        parts[places[sources[row.id]]].append(row)
    return corpus.take(parts["train"]), corpus.take(parts["validation"], split=f"validation of {corpus.split}")
