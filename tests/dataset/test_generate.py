import hashlib
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np
import pytest

from locomotion_hf.captions import parse
from locomotion_hf.dataset import Recipe, disagreement, generate, open_assets
from locomotion_hf.dataset.recipe import GENERATOR_VERSION
from locomotion_hf.errors import MotionError, RecipeError
from locomotion_hf.motion import visible_facts
from locomotion_hf.types import Example, TwinKind

RECIPE = Recipe(resolution=64)


def digest(example: Example) -> str:
    told = f"{example.caption}{example.facts}{example.boxes.tolist()}{example.recipe}"
    return hashlib.sha256(example.frames.tobytes() + told.encode()).hexdigest()


def digest_of(recipe: Recipe, split: str, index: int, twin: TwinKind | None = None) -> str:
    return digest(generate(recipe, split, index, twin))


def outside_of_boxes(*examples: Example) -> np.ndarray:
    """`(T, H, W)` bool: pixels that no object of any example covers, with a margin of four for what is faint."""
    first = examples[0].frames
    free = np.ones(first.shape[:3], bool)
    for example in examples:
        for t, boxes in enumerate(example.boxes):
            for x0, y0, x1, y1 in np.round(boxes * first.shape[1]).astype(int):
                free[t, max(0, y0 - 4) : y1 + 4, max(0, x0 - 4) : x1 + 4] &= (x0 == x1) | (y0 == y1)
    return free


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
        fullest = max((e.object_ids for e in members), key=len)
        assert all(e.object_ids == fullest[: len(e.object_ids)] for e in members)
        assert len({(e.background_id, e.backdrop) for e in members}) == 1
        assert len({e.group for e in members}) == 8
        # Same crop, start and background frames: what no member covers is the same in all.
        free = outside_of_boxes(*members)
        for e in members[1:]:
            assert (e.frames[free] == members[0].frames[free]).all()
    assert len({members[0].object_ids for members in groups}) > 1


def test_groups_of_one_object_on_many_backgrounds() -> None:
    members = [generate(replace(RECIPE, group_shares="object", max_objects=1), "train", m) for m in range(8)]
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
    counts = set()
    for index in range(0, 64, 8):
        example = generate(RECIPE, "train", index, masks=True)
        objects = len(example.facts.objects)
        counts.add(objects)
        assert example.frames.shape == (16, 64, 64, 3)
        assert example.boxes.shape == (16, objects, 4)
        assert example.masks.shape == (16, objects, 64, 64)
        assert len(example.object_ids) == objects
        shown = (example.masks >= 128).any((2, 3))
        assert (example.boxes[..., :2] < example.boxes[..., 2:])[shown].all()
        assert 0 <= example.boxes.min() <= example.boxes.max() <= 1
        assert (example.caption.startswith(example.spatial_caption)) == (objects == 1)
        assert parse(example.caption) == example.facts.stated
        assert parse(example.caption).objects[0][0] == example.noun
        assert example.licences
        assert example.group == example.facts.signature
        assert example.twin is None
    assert len(counts) > 1


def test_the_paper_s_vocabulary_has_one_object_on_straight_lines() -> None:
    for index in range(0, 64, 8):
        (only,) = generate(replace(RECIPE, vocabulary="linear"), "train", index).facts.objects
        assert {(move.shape, move.change, move.growth, move.turns) for move in only.moves} == {
            ("line", None, None, None)
        }


TWINNED = replace(RECIPE, resolution=48, group_size=1, num_frames=12, fps=6)


@pytest.mark.parametrize("kind", get_args(TwinKind))
def test_a_twin_shares_all_but_what_it_declares(kind: TwinKind) -> None:
    made = 0
    for index in range(40):
        try:
            twin = generate(TWINNED, "train", index, kind)
        except MotionError:
            continue
        made += 1
        original = generate(TWINNED, "train", index)
        assert twin.twin.kind == kind
        assert twin.twin.changes
        assert not twin.twin.background_turned
        assert (original.object_ids, original.background_id) == (twin.object_ids, twin.background_id)
        assert (original.backdrop, original.licences) == (twin.backdrop, twin.licences)
        assert (original.fps, original.seed, original.spatial_caption) == (twin.fps, twin.seed, twin.spatial_caption)
        assert original.facts.stated != twin.facts.stated
        assert original.caption != twin.caption
        assert original.group != twin.group
        assert twin.id == f"{original.id}-{kind.replace(' ', '-')}"
        free = outside_of_boxes(original, twin)
        assert (original.frames[free] == twin.frames[free]).all()
        assert (original.frames != twin.frames).any()
        assert digest_of(*Recipe.from_row(twin.recipe)) == digest(twin)
        if made == 3:
            return
    raise AssertionError(f"only {made} twins")


def test_twins_share_noise_and_camera_too() -> None:
    for backdrop in ("noise", "photograph"):
        recipe = replace(TWINNED, backdrop=backdrop)
        original, twin = generate(recipe, "train", 3), generate(recipe, "train", 3, "mirror")
        assert original.facts.camera == twin.facts.camera
        free = outside_of_boxes(original, twin)
        assert free.any()
        assert (original.frames[free] == twin.frames[free]).all()


def test_a_twin_that_would_be_no_different_is_refused() -> None:
    refused = 0
    for index in range(12):
        example = generate(TWINNED, "train", index)
        if all(len(one.phases) == 1 for one in example.facts.objects):
            refused += 1
            with pytest.raises(MotionError, match=r"order twin of .* would be no different"):
                generate(TWINNED, "train", index, "order")
    assert refused > 3


def test_a_minute_is_generated_and_measured() -> None:
    recipe = Recipe(resolution=128, num_frames=481, group_size=1, max_objects=2)
    phases = []
    for index in range(4):
        example = generate(recipe, "train", index, masks=True)
        assert disagreement(example) is None
        phases += [len(one.phases) for one in example.facts.objects]
        assert {one.phases[-1].end for one in example.facts.objects} == {60.0}
    assert max(phases) >= 10


@pytest.mark.parametrize(
    ("frames", "fps"), [(9, 8), (25, 24), (61, 60), (5, 1), (7, 2), (17, 8), (49, 24), (13, 3), (481, 8)]
)
def test_any_length_and_rate(frames: int, fps: float) -> None:
    recipe = Recipe(resolution=32, num_frames=frames, fps=fps, group_size=1)
    for index in range(4):
        example = generate(recipe, "train", index)
        assert len(example.frames) == frames
        assert example.facts.objects[0].phases[-1].end == pytest.approx((frames - 1) / fps)
        assert visible_facts(example.facts, recipe.frame_times, fps) == (example.facts, ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resolution": 63}, r"resolution=63\. Expected: an even number from 16 on"),
        (
            {"num_frames": 3},
            r"num_frames=3\. Expected: 5 or more frames that show 0\.6 s or more \(here 0\.25 s at 8 fps\)",
        ),
        ({"fps": 0}, r"fps=0\.0\. Expected: 1 to 240 frames a second"),
        ({"fps": 60.0}, r"num_frames=16\. .*here 0\.25 s at 60 fps"),
        ({"vocabulary": "some"}, r'"full" or "linear"'),
        ({"max_objects": 5}, r"max_objects=5\. Expected: 1 to 4"),
        ({"backdrop": "green"}, r"one of video, frozen, photograph, black, noise, texture"),
        ({"sizes": (0.4, 0.2)}, r"the smaller first"),
        ({"sizes": (0.05, 0.2)}, r"two fractions from 0\.13 to 0\.5"),
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
    newer = RECIPE.row("train", 0).replace(f'"generator": {GENERATOR_VERSION}', '"generator": 99')
    with pytest.raises(RecipeError, match="generator version 99"):
        Recipe.from_row(newer)


def test_a_motion_that_never_fits_is_an_error_not_a_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[generate.__module__]
    monkeypatch.setattr(module, "sample_scene", lambda *_: None)
    with pytest.raises(MotionError, match=r"no motion of 1\.9 s was found that fits the frame, in 24 tries"):
        generate(RECIPE, "train", 0)


def test_a_group_may_hold_a_motion_and_its_twins() -> None:
    recipe = replace(RECIPE, members="twins")
    kinds = set()
    for group in range(6):
        first, *others = [generate(recipe, "train", 8 * group + member) for member in range(8)]
        twins = [example for example in others if example.twin]
        assert len({example.group for example in [first, *twins]}) == len(twins) + 1
        assert {(e.object_ids, e.background_id, e.backdrop) for e in others[: len(twins)]} == {
            (first.object_ids, first.background_id, first.backdrop)
        }
        for member, example in enumerate(twins, 1):
            assert example.id == f"train-{8 * group + member:08d}"
            assert digest_of(*Recipe.from_row(example.recipe)) == digest(example)
        kinds |= {example.twin.kind for example in twins}
    assert len(kinds) > 4


@pytest.mark.parametrize("asked", [("trian", 0), ("train", -1), ("train", 0, "revers")])
def test_asking_for_what_there_is_not(asked: tuple) -> None:
    with pytest.raises(RecipeError, match=r"split=.*Expected: one of train, validation; 0 or more; none or"):
        generate(RECIPE, *asked)


def test_a_twin_of_a_twin_is_refused() -> None:
    recipe = replace(RECIPE, members="twins")
    with pytest.raises(MotionError, match=r"row 1 is itself the \w+ twin of row 0.*ask for a twin of row 0"):
        generate(recipe, "train", 1, "mirror")


def test_clips_are_drawn_into_the_place_that_is_given() -> None:
    out = np.zeros((RECIPE.num_frames, RECIPE.resolution, RECIPE.resolution, 3), np.uint8)
    for recipe, index in ((RECIPE, 3), (replace(RECIPE, members="twins"), 1), (replace(RECIPE, backdrop="noise"), 2)):
        example = generate(recipe, "train", index, out=out)
        assert np.shares_memory(example.frames, out)
        assert (out == generate(recipe, "train", index).frames).all()
