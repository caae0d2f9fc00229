"""One example, from (recipe, split, index) alone.

`generate` is a pure function: resuming, parallel workers, several machines, spot checks and
regeneration are all the same call.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

import numpy as np

from locomotion_hf.assets.sources import background_source, object_source, split_infos
from locomotion_hf.captions import describe, describe_appearance
from locomotion_hf.compositing import Sprite, render
from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.errors import AssetError, MotionError
from locomotion_hf.motion import Words, sample_motion, sample_words
from locomotion_hf.randomness import Split, stream
from locomotion_hf.types import AssetInfo, BackgroundSource, Clip, Example, Facts, ObjectFacts, ObjectSource

#: Backgrounds are loaded this much larger than the frame, so that the crop can move about; resizing and
#: cropping come before the overlay (METHOD A17). 256 / 224 is the custom of the field.
CROP_ROOM = 256 / 224
_TRIES = 20

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
        self._sprites: dict[str, Sprite] = {}

    def sprite(self, info: AssetInfo) -> Sprite:
        """The cut-out, ready for drawing; kept, as its shrunk levels are what costs."""
        if info.id not in self._sprites:
            self._sprites[info.id] = Sprite(self.objects.load(info.id))
        return self._sprites[info.id]

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


def _draw_usable(
    rng: np.random.Generator, infos: tuple[AssetInfo, ...], load: Callable[[AssetInfo], Loaded]
) -> tuple[AssetInfo, Loaded]:
    """Draw an asset; one that turns out to be unreadable is reported and another is drawn."""
    reasons: list[str] = []
    for _ in range(_TRIES):
        info = infos[rng.integers(len(infos))]
        try:
            return info, load(info)
        except AssetError as error:
            reasons.append(f"{info.id}: {error.seen}")
            warnings.warn(f"Skipped {reasons[-1]}", stacklevel=3)
    raise AssetError(
        f"{_TRIES} assets drawn in a row could not be read, the first: {reasons[0]}",
        "assets that stay readable while they are used.",
        "check the disk or the folder.",
    )


def _draw_object(rng: np.random.Generator, infos: tuple[AssetInfo, ...], assets: Assets) -> Sprite:
    """Draw a noun, then one of its cut-outs, so that no noun is common for having many files."""
    nouns = sorted({info.noun for info in infos})
    noun = nouns[rng.integers(len(nouns))]
    named = tuple(info for info in infos if info.noun == noun)
    return _draw_usable(rng, named, assets.sprite)[1]


def _cut_background(rng: np.random.Generator, clip: Clip, recipe: Recipe) -> np.ndarray:
    """A random crop and start of a clip, in real time; one that is too short runs back and forth."""
    side = recipe.resolution
    count, height, width = clip.frames.shape[:3]
    top, left = (int(rng.integers(length - side + 1)) for length in (height, width))
    wanted = np.floor(recipe.frame_times * clip.fps + 1e-6).astype(int)
    first = int(rng.integers(max(1, count - wanted[-1])))
    period = max(1, 2 * (count - 1))
    there_and_back = (first + wanted) % period
    frames = np.minimum(there_and_back, period - there_and_back)
    return np.ascontiguousarray(clip.frames[frames, top : top + side, left : left + side])


def _draw_words(recipe: Recipe, split: Split, group: int, member: int, turn_shows: bool) -> Words:
    """The words of one member of a group; no two members have the same."""
    rng = stream(recipe.seed, split, group, "words")
    seen: list[Words] = []
    for _ in range(100 * recipe.group_size):
        words = sample_words(rng, float(recipe.frame_times[-1]), turn_shows)
        if words not in seen:
            seen.append(words)
        if len(seen) > member:
            break
    return seen[-1]  # a group larger than the vocabulary repeats itself


def generate(recipe: Recipe, split: Split, index: int, *, masks: bool = False) -> Example:
    """Make one example.

    Args:
        recipe: all choices.
        split: "train" or "validation"; decides which objects and backgrounds may be drawn.
        index: 0 or more, without end.
        masks: whether to keep the drawn mattes, for measuring.

    Raises:
        AssetError: a folder named in the recipe holds nothing usable.
        MotionError: no motion could be drawn for this object.
    """
    assets = open_assets(recipe)
    group, member = divmod(index, recipe.group_size)
    shared = stream(recipe.seed, split, group, "assets")
    sprite = _draw_object(shared, assets.object_infos[split], assets)
    size = float(shared.uniform(*recipe.sizes))
    placing = stream(recipe.seed, split, group, "background")
    if recipe.group_shares == "object":
        placing = stream(recipe.seed, split, group, "background", member)
    short_side = math.ceil(recipe.resolution * CROP_ROOM)
    background_info, clip = _draw_usable(
        placing, assets.background_infos[split], lambda info: assets.backgrounds.load(info.id, short_side)
    )
    background = _cut_background(placing, clip, recipe)

    words = _draw_words(recipe, split, group, member, sprite.outline.turn_shows)
    moving = stream(recipe.seed, split, index, "motion")
    drawn = None
    for attempt in range(_TRIES):
        # What does not fit (far and fast, for a large object) is drawn again a little smaller.
        fitting = size * 0.9**attempt
        drawn = sample_motion(moving, words, sprite.outline, fitting, recipe.frame_times)
        if drawn:
            break
    if drawn is None:
        raise MotionError(
            f"no path of {recipe.frame_times[-1]:.1f} s for {words} fits the frame.",
            "a motion that stays inside.",
            "make clips shorter (`num_frames`) or objects smaller (`sizes`).",
        )
    path, phases = drawn
    frames, boxes, mattes = render(background, [sprite], [path], recipe.frame_times, masks)
    info = sprite.cutout.info
    facts = Facts((ObjectFacts(info.noun, phases),))
    return Example(
        id=f"{split}-{index:08d}",
        frames=frames,
        fps=recipe.fps,
        caption=describe(facts),
        spatial_caption=describe_appearance(facts),
        facts=facts,
        boxes=boxes,
        masks=mattes,
        background_id=background_info.id,
        object_ids=(info.id,),
        licences=tuple(sorted({info.licence, background_info.licence})),
        recipe=recipe.row(split, index),
        seed=recipe.seed,
    )


def generate_many(recipe: Recipe, split: Split, indices: Iterable[int]) -> list[Example]:
    """`generate` for several indices."""
    return [generate(recipe, split, index) for index in indices]
