import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from locomotion_hf.dataset import Recipe, generate, open_assets
from locomotion_hf.errors import MotionError, RecipeError
from locomotion_hf.types import Example

RECIPE = Recipe(resolution=64)


def digest(example: Example) -> str:
    told = f"{example.caption}{example.facts}{example.boxes.tolist()}{example.recipe}"
    return hashlib.sha256(example.frames.tobytes() + told.encode()).hexdigest()


def digest_of(recipe: Recipe, split: str, index: int) -> str:
    return digest(generate(recipe, split, index))


def test_a_row_is_a_function_of_recipe_split_and_index() -> None:
    straight = [digest_of(RECIPE, "train", i) for i in range(12)]
    backwards = [digest_of(RECIPE, "train", i) for i in reversed(range(12))]
    with ProcessPoolExecutor(2) as pool:
        elsewhere = list(pool.map(partial(digest_of, RECIPE, "train"), range(12)))
    assert straight == backwards[::-1] == elsewhere
    assert len(set(straight)) == 12


def test_seed_zero_is_a_seed() -> None:
    assert digest_of(RECIPE, "train", 3) == digest_of(replace(RECIPE, seed=0), "train", 3)
    others = {digest_of(replace(RECIPE, seed=seed), "train", 3) for seed in (0, 1, 2)}
    assert len(others) == 3


def test_the_recipe_column_makes_the_row_again() -> None:
    example = generate(replace(RECIPE, seed=5, num_frames=12), "validation", 21)
    assert digest_of(*Recipe.from_row(example.recipe)) == digest(example)


def test_groups_share_the_scene_and_differ_in_motion() -> None:
    groups = [[generate(RECIPE, "train", 8 * g + m) for m in range(8)] for g in range(3)]
    for members in groups:
        assert len({(e.object_ids, e.background_id) for e in members}) == 1
        assert len({e.group for e in members}) == 8
        # Same crop, start and background frames: what no member covers is the same in all.
        covered = np.zeros(members[0].frames.shape[1:3], bool)
        for e in members:
            for x0, y0, x1, y1 in (e.boxes.reshape(-1, 4) * 64).astype(int):
                covered[max(0, y0 - 2) : y1 + 3, max(0, x0 - 2) : x1 + 3] = True
        if (~covered).any():
            first = members[0].frames[:, ~covered]
            assert all((e.frames[:, ~covered] == first).all() for e in members[1:])
    assert len({members[0].object_ids for members in groups}) > 1


def test_groups_of_one_object_on_many_backgrounds() -> None:
    members = [generate(replace(RECIPE, group_shares="object"), "train", m) for m in range(8)]
    assert len({e.object_ids for e in members}) == 1
    assert len({e.background_id for e in members}) > 2


def test_splits_share_no_source() -> None:
    assets = open_assets(RECIPE)
    for infos in (assets.object_infos, assets.background_infos):
        train, validation = ({info.source for info in infos[split]} for split in ("train", "validation"))
        assert train
        assert len(validation) >= 2
        assert not train & validation
    drawn = {generate(RECIPE, "validation", 8 * g).background_id for g in range(12)}
    assert drawn <= {info.id for info in assets.background_infos["validation"]}


def test_an_example_is_complete() -> None:
    example = generate(RECIPE, "train", 9, masks=True)
    assert example.frames.shape == (16, 64, 64, 3)
    assert example.boxes.shape == (16, 1, 4)
    assert example.masks.shape == (16, 1, 64, 64)
    assert (example.boxes[..., :2] < example.boxes[..., 2:]).all()
    assert example.boxes.min() >= 0
    assert example.boxes.max() <= 1
    assert example.caption.startswith(example.spatial_caption + " moves ")
    assert example.licences
    assert example.group == example.facts.signature


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resolution": 63}, r"resolution=63\. Expected: an even number from 16 on"),
        ({"num_frames": 3}, r"num_frames=3\. Expected: 5 or more frames a second and 0\.6 to 8 s"),
        ({"fps": 0}, r"num_frames|fps=0"),
        ({"fps": 2.0}, r"5 or more frames a second"),
        ({"sizes": (0.4, 0.2)}, r"the smaller first"),
        ({"group_size": 0}, r"group_size=0\. Expected: 1 or more"),
        ({"group_shares": "nothing"}, r'"background" or "object"'),
        ({"seed": -1}, r"seed=-1\. Expected: an integer from 0 on"),
        ({"held_out": 1.0}, r"held_out=1\.0"),
    ],
)
def test_bad_recipes_say_what_is_wrong(change: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Recipe(**change)


def test_recipe_text_of_others_is_refused() -> None:
    with pytest.raises(RecipeError, match="JSON written by this package"):
        Recipe.from_row("{}")
    newer = RECIPE.row("train", 0).replace('"generator": 1', '"generator": 99')
    with pytest.raises(RecipeError, match="generator version 99"):
        Recipe.from_row(newer)


def test_a_motion_that_never_fits_is_an_error_not_a_lie() -> None:
    recipe = Recipe(resolution=64, num_frames=64)
    with pytest.raises(MotionError, match="no path of"):
        [generate(recipe, "train", index) for index in range(40)]
