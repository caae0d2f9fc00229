"""One example, from (recipe, split, index, twin) alone.

`generate` is a pure function: resuming, parallel workers, several machines, spot checks and
regeneration are all the same call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import get_args

import numpy as np

from locomotion_hf.captions import describe_appearance, worded
from locomotion_hf.compositing import Sprite, render
from locomotion_hf.dataset.assets import draw_objects, open_assets
from locomotion_hf.dataset.backdrop import Stage, draw_stage, film_stage
from locomotion_hf.dataset.recipe import SMALLEST, Recipe
from locomotion_hf.errors import MotionError, RecipeError
from locomotion_hf.facts import CameraMove, Facts, ObjectFacts
from locomotion_hf.motion import Scene, SceneWords, make_twin, sample_scene, sample_scene_words
from locomotion_hf.motion.camera import CAMERA_MOVES
from locomotion_hf.motion.scene import SHRUNK
from locomotion_hf.randomness import SPLITS, Split, stream
from locomotion_hf.types import Example, Twin, TwinKind

#: Share of clips with one, two, three and four objects in the full vocabulary (own choice).
COUNT_SHARES = (0.55, 0.25, 0.12, 0.08)
#: Share of clips over a still picture in which the camera moves (own choice).
CAMERA_SHARE = 0.5
_TRIES, _SAME_WORDS = 24, 4

#: What a clip shall show: the objects' words, and the camera's.
_Plan = tuple[SceneWords, CameraMove | None]


@lru_cache(maxsize=64)
def _plans(recipe: Recipe, split: Split, group: int, turn_shows: tuple[bool, ...], camera: bool) -> tuple[_Plan, ...]:
    """What the members of a group show; no two of them the same, as far as there are words enough."""
    rng = stream(recipe.seed, split, group, "words")
    plans: list[_Plan] = []
    seen: set[object] = set()
    for _ in range(20 * recipe.group_size):
        plan = _draw_plan(rng, recipe, turn_shows, camera)
        said = (plan[0].said, plan[1])
        if said not in seen:
            seen.add(said)
            plans.append(plan)
        if len(plans) == recipe.group_size:
            break
    return tuple(plans)


def _draw_plan(rng: np.random.Generator, recipe: Recipe, turn_shows: tuple[bool, ...], camera: bool) -> _Plan:
    seconds = float(recipe.frame_times[-1])
    words = sample_scene_words(rng, seconds, recipe.fps, turn_shows, recipe.vocabulary)
    moves, which = rng.random() < CAMERA_SHARE, int(rng.integers(len(CAMERA_MOVES)))
    if recipe.backdrop == "photograph":
        moves, which = True, which % 4  # a slow pan, always
    return words, CAMERA_MOVES[which] if camera and moves else None


def _draw_scene(
    recipe: Recipe, split: Split, index: int, plan: _Plan, sprites: list[Sprite], sizes: np.ndarray
) -> Scene:
    """Paths for the words; what does not fit is drawn again a little smaller, then with other words."""
    rng = stream(recipe.seed, split, index, "motion")
    words, outlines = plan[0], [sprite.outline for sprite in sprites]
    for attempt in range(_TRIES):
        redrawn, smaller = divmod(attempt, _SAME_WORDS)
        if redrawn and not smaller:
            # In a long clip the last objects to come may find no place at all.
            outlines = outlines[: max(1, len(sprites) - redrawn // 2)]
            words = _draw_plan(rng, recipe, tuple(one.turn_shows for one in outlines), False)[0]
        fitting = np.maximum(sizes[: len(outlines)] * SHRUNK[len(outlines)] * 0.9**smaller, SMALLEST * 0.9**smaller)
        scene = sample_scene(rng, words, outlines, list(fitting), recipe.fps)
        if scene:
            return scene
    raise MotionError(
        f"no motion of {recipe.frame_times[-1]:.1f} s was found that fits the frame, in {_TRIES} tries.",
        "a motion that stays inside.",
        "make objects smaller (`sizes`) or fewer (`max_objects`).",
    )


def _draw(recipe: Recipe, split: Split, index: int) -> tuple[list[Sprite], Stage, CameraMove | None, Scene]:
    """Everything but the pixels: objects, background, what the camera shall do, and the paths."""
    assets = open_assets(recipe)
    group, member = divmod(index, recipe.group_size)
    shared = stream(recipe.seed, split, group, "assets")
    shares = np.array(COUNT_SHARES[: 1 if recipe.vocabulary == "linear" else recipe.max_objects])
    sprites = draw_objects(shared, split, assets, int(shared.choice(len(shares), p=shares / shares.sum())) + 1)
    sizes = shared.uniform(*recipe.sizes, len(sprites))
    placing = stream(recipe.seed, split, group, "background")
    if recipe.group_shares == "object":
        placing = stream(recipe.seed, split, group, "background", member)
    stage = draw_stage(placing, recipe, split, assets)
    camera_moves = recipe.vocabulary == "full" and stage.is_still and stage.backdrop.kind != "black"
    plans = _plans(recipe, split, group, tuple(one.outline.turn_shows for one in sprites), camera_moves)
    plan = plans[min(member, len(plans) - 1)]  # a group larger than the vocabulary repeats itself
    scene = _draw_scene(recipe, split, index, plan, sprites, sizes)
    return sprites[: len(scene.paths)], stage, plan[1], scene


@lru_cache(maxsize=64)
def _distinct_twins(recipe: Recipe, split: Split, group: int) -> tuple[TwinKind, ...]:
    """The twins of a group's first member that differ from it and from each other."""
    sprites, _, _, scene = _draw(recipe, split, group * recipe.group_size)
    outlines = [sprite.outline for sprite in sprites]
    kinds: list[TwinKind] = []
    seen = {scene.said}
    for kind in get_args(TwinKind):
        try:
            twin, _ = make_twin(scene, kind, outlines)
        except MotionError:
            continue
        if twin.said not in seen:
            seen.add(twin.said)
            kinds.append(kind)
    return tuple(kinds)


def generate(
    recipe: Recipe,
    split: Split,
    index: int,
    twin: TwinKind | None = None,
    *,
    masks: bool = False,
    out: np.ndarray | None = None,
) -> Example:
    """Make one example.

    Args:
        recipe: all choices.
        split: "train" or "validation"; decides which objects and backgrounds may be drawn.
        index: 0 or more, without end.
        twin: make its counterfactual twin instead: the same objects, background, crop and noise, and another
            motion (`motion/twins.py`); what it changes stands in `Example.twin`.
        masks: whether to keep the drawn mattes, for measuring.
        out: `(T, resolution, resolution, 3)` uint8 to draw into, for a loader's shared memory; a new array
            when left out.

    Raises:
        RecipeError: there is no such split, index or kind of twin.
        AssetError: a folder named in the recipe holds nothing usable.
        MotionError: no motion could be drawn for these objects; or the twin would be no different.
    """
    if split not in SPLITS or index < 0 or twin not in (None, *get_args(TwinKind)):
        raise RecipeError(
            f"split={split!r}, index={index}, twin={twin!r}.",
            f"one of {', '.join(SPLITS)}; 0 or more; none or one of {', '.join(get_args(TwinKind))}.",
            "change it.",
        )
    group, member = divmod(index, recipe.group_size)
    if recipe.members == "twins" and 0 < member <= len(kinds := _distinct_twins(recipe, split, group)):
        first, kind = group * recipe.group_size, kinds[member - 1]
        if twin:
            raise MotionError(
                f"row {index} is itself the {kind} twin of row {first}.",
                "a row that is no twin.",
                f"ask for a twin of row {first}.",
            )
        example = generate(recipe, split, first, kind, masks=masks, out=out)
        return replace(example, id=f"{split}-{index:08d}", recipe=recipe.row(split, index))
    sprites, stage, camera_words, scene = _draw(recipe, split, index)

    made: Twin | None = None
    if twin:
        scene, made = make_twin(scene, twin, [sprite.outline for sprite in sprites])
    background, camera = film_stage(stream(recipe.seed, split, index, "camera"), stage, camera_words, recipe)
    times = recipe.frame_times
    frames, boxes, mattes = render(background, sprites, scene.paths, times, masks, out=out)
    infos = [sprite.cutout.info for sprite in sprites]
    objects = tuple(ObjectFacts(info.noun, phases) for info, phases in zip(infos, scene.phases, strict=True))
    facts = Facts(objects, scene.relations, camera)
    return Example(
        id=f"{split}-{index:08d}" + (f"-{twin.replace(' ', '-')}" if twin else ""),
        frames=frames,
        fps=recipe.fps,
        caption=worded(facts, recipe.wording, stream(recipe.seed, split, index, "captions")),
        spatial_caption=describe_appearance(facts),
        facts=facts,
        boxes=boxes,
        masks=mattes,
        backdrop=stage.backdrop,
        background_id=stage.info.id,
        object_ids=tuple(info.id for info in infos),
        licences=tuple(sorted({stage.info.licence, *(info.licence for info in infos)})),
        recipe=recipe.row(split, index, twin),
        seed=recipe.seed,
        twin=made,
    )


def generate_many(recipe: Recipe, split: Split, indices: Iterable[int]) -> list[Example]:
    """`generate` for several indices."""
    return [generate(recipe, split, index) for index in indices]
