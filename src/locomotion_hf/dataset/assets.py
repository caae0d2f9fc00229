"""The objects and backgrounds of a recipe, opened once a process, and fair draws from them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import numpy as np

from locomotion_hf.assets.sources import background_source, object_source, split_infos
from locomotion_hf.compositing import Sprite
from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.errors import AssetError, SkippedAsset
from locomotion_hf.randomness import Split
from locomotion_hf.types import AssetInfo, BackgroundSource, ObjectSource

_TRIES = 20
#: Cut-outs kept ready in a process, of some 300 KB each: the default pack fits wholly.
MOST_SPRITES = 1024

Loaded = TypeVar("Loaded")


class Assets:
    """The objects and backgrounds of a recipe, opened once a process.

    Attributes:
        objects, backgrounds: the sources.
        object_infos, background_infos: for each split, what belongs to it.
    """

    def __init__(self, objects: str, backgrounds: str, held_out: float) -> None:
        self.objects: ObjectSource = object_source(objects)
        self.backgrounds: BackgroundSource = background_source(backgrounds)
        self.object_infos = split_infos(self.objects.infos, held_out)
        self.background_infos = split_infos(self.backgrounds.infos, held_out)
        self._nouns: dict[Split, dict[str, tuple[AssetInfo, ...]]] = {}
        self._sprites: dict[str, Sprite] = {}

    def sprite(self, info: AssetInfo) -> Sprite:
        """The cut-out, ready for drawing; kept, as its shrunk levels are what costs."""
        if info.id not in self._sprites:
            if len(self._sprites) >= MOST_SPRITES:
                self._sprites.pop(next(iter(self._sprites)))  # the one that came first
            self._sprites[info.id] = Sprite(self.objects.load(info.id))
        return self._sprites[info.id]

    def nouns(self, split: Split) -> dict[str, tuple[AssetInfo, ...]]:
        """Noun -> its cut-outs, sorted."""
        if split not in self._nouns:
            named: dict[str, list[AssetInfo]] = {}
            for info in self.object_infos[split]:
                named.setdefault(info.noun, []).append(info)
            self._nouns[split] = {noun: tuple(named[noun]) for noun in sorted(named)}
        return self._nouns[split]

    @property
    def skipped(self) -> dict[str, str]:
        """File -> reason, for everything that could not be used."""
        return {**self.objects.skipped, **self.backgrounds.skipped}


@lru_cache(maxsize=8)
def _open(objects: str, backgrounds: str, held_out: float) -> Assets:
    return Assets(objects, backgrounds, held_out)


def open_assets(recipe: Recipe) -> Assets:
    """The recipe's assets; the same object for recipes that name the same ones."""
    return _open(recipe.objects, recipe.backgrounds, recipe.held_out)


def draw_usable(
    rng: np.random.Generator, infos: tuple[AssetInfo, ...], load: Callable[[AssetInfo], Loaded]
) -> tuple[AssetInfo, Loaded]:
    """Draw an asset; one that turns out to be unreadable is reported and another is drawn."""
    problems: list[AssetError] = []
    for _ in range(_TRIES):
        info = infos[rng.integers(len(infos))]
        try:
            return info, load(info)
        except AssetError as error:
            problems.append(error)
            warnings.warn(SkippedAsset(info.id, error.seen), stacklevel=3)
    raise AssetError(
        f"{_TRIES} assets drawn in a row could not be used, the first: {problems[0].seen}",
        problems[0].expected,
        problems[0].fix,
    )


def draw_objects(rng: np.random.Generator, split: Split, assets: Assets, count: int) -> list[Sprite]:
    """Draw nouns, then one cut-out of each, so that no noun is common for having many files.

    Args:
        rng: the stream of this draw.
        split: decides which cut-outs may be drawn.
        assets: of the recipe.
        count: how many, with nouns of their own; fewer when there are not so many nouns.
    """
    named = assets.nouns(split)
    nouns = list(named)
    drawn: list[Sprite] = []
    for _ in range(min(count, len(nouns))):
        noun = nouns.pop(int(rng.integers(len(nouns))))
        drawn.append(draw_usable(rng, named[noun], assets.sprite)[1])
    return drawn
