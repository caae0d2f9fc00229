from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from locomotion_hf.assets.default_pack import is_photograph
from locomotion_hf.dataset import Recipe, generate, open_assets
from locomotion_hf.dataset.backdrop import Stage, draw_stage, film_stage
from locomotion_hf.facts import CameraMove
from locomotion_hf.motion.camera import CAMERA_MOVES
from locomotion_hf.randomness import stream
from locomotion_hf.types import AssetInfo, Backdrop, BackdropKind, Clip

RECIPE = Recipe(resolution=48)
KINDS = get_args(BackdropKind)


def staged(kind: BackdropKind, index: int, recipe: Recipe = RECIPE) -> Stage:
    recipe = replace(recipe, backdrop=kind)
    return draw_stage(stream(0, kind, index), recipe, "train", open_assets(recipe))


def shown(stage: Stage, camera: CameraMove | None, recipe: Recipe = RECIPE) -> tuple[np.ndarray, CameraMove | None]:
    return film_stage(stream(1), stage, camera, recipe)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_stream_gives_the_same_pixels(kind: BackdropKind) -> None:
    for camera in (None, CAMERA_MOVES[1]):
        (frames, told), (again, same) = (shown(staged(kind, 3), camera) for _ in range(2))
        assert frames.shape == (16, 48, 48, 3)
        assert frames.dtype == np.uint8
        assert (frames == again).all()
        assert told == same
    if kind != "black":
        assert len({shown(staged(kind, index), None)[0].tobytes() for index in range(4)}) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_still_pictures_stand_still_until_the_camera_moves(kind: BackdropKind) -> None:
    stage = staged(kind, 0)
    assert stage.is_still == (kind != "video")
    assert stage.backdrop.kind == kind
    frames, told = shown(stage, None)
    assert told is None
    assert (frames == frames[0]).all() == (kind != "video")
    for move in CAMERA_MOVES:
        frames, told = shown(stage, move)
        assert told in (None, move)
        # What is stated moves; what is not stated stands still, or is a real video.
        assert (frames == frames[0]).all() == (told is None and kind != "video")
        assert told is None or kind not in ("video", "black")


def test_camera_facts_are_stated_over_still_pictures_only() -> None:
    for kind in KINDS:
        recipe = replace(RECIPE, backdrop=kind, group_size=1)
        told = [generate(recipe, "train", index).facts.camera for index in range(14)]
        if kind in ("video", "black"):
            assert set(told) == {None}
        elif kind == "photograph":
            assert all(one is None or one.pan for one in told)
            assert sum(one is not None for one in told) > 7
        else:
            assert 2 <= sum(one is not None for one in told) <= 12
    linear = replace(RECIPE, backdrop="texture", vocabulary="linear")
    assert {generate(linear, "train", index).facts.camera for index in range(8)} == {None}


def test_a_pan_shifts_the_pixels_the_other_way() -> None:
    stage = staged("noise", 1)
    for move in CAMERA_MOVES[:4]:
        frames, told = shown(stage, move)
        assert told == move
        axis, way = {"right": (1, 1), "left": (1, -1), "down": (0, 1), "up": (0, -1)}[move.pan]
        first, last = frames[0].astype(float).mean(-1), frames[-1].astype(float).mean(-1)
        errors = {}
        for shift in range(-24, 25):
            moved = np.roll(first, -shift, axis)
            keep = np.roll(np.arange(48)[(np.arange(48) >= 24)], 0) if shift < 0 else np.arange(24)
            errors[shift] = np.abs(np.take(moved - last, keep, axis)).mean()
        best = min(errors, key=errors.get)
        assert np.sign(best) == way
        assert abs(best) >= 0.15 * 48


def test_kinds_come_from_where_they_say() -> None:
    for index in range(8):
        assert (staged("black", index).frames == 0).all()
        assert is_photograph(staged("photograph", index).info)
        frozen = staged("frozen", index)
        assert frozen.frames.shape[0] == 1
        assert frozen.backdrop.start >= 0
        assert frozen.info.id in {info.id for info in open_assets(RECIPE).background_infos["train"]}
        for kind in ("black", "noise", "texture"):
            assert (staged(kind, index).info.licence, staged(kind, index).backdrop) == ("CC0-1.0", Backdrop(kind))


class Numbered:
    """Backgrounds whose every frame shows its own number."""

    def __init__(self, frames: int, fps: float) -> None:
        self.frames, self.fps, self.opened = frames, fps, 0

    def load(self, id: str, short_side: int) -> Clip:
        self.opened += 1
        numbers = np.arange(self.frames, dtype=np.uint8)[:, None, None, None]
        frames = np.broadcast_to(numbers, (self.frames, short_side, short_side + 20, 3))
        return Clip(AssetInfo(id, id, "CC0-1.0", caption="a counter"), np.ascontiguousarray(frames), self.fps)


class Assets:
    def __init__(self, frames: int, fps: float) -> None:
        self.backgrounds = Numbered(frames, fps)
        self.background_infos = {"train": (AssetInfo("counter", "counter", "CC0-1.0"),)}


@pytest.mark.parametrize(("frames", "fps"), [(200, 30.0), (100, 8.0), (60, 4.0)])
def test_a_video_that_lasts_runs_in_real_time(frames: int, fps: float) -> None:
    for index in range(20):
        stage = draw_stage(stream(index), RECIPE, "train", Assets(frames, fps))
        assert stage.backdrop == Backdrop("video", stage.backdrop.start, "none", "a counter")
        numbers = stage.frames[:, 0, 0, 0].astype(int)
        start = round(stage.backdrop.start * fps)
        assert (numbers == start + np.floor(RECIPE.frame_times * fps + 1e-6)).all()
        assert numbers[-1] < frames


@pytest.mark.parametrize(("frames", "fps"), [(10, 8.0), (16, 16.0), (2, 8.0), (1, 8.0), (45, 30.0)])
def test_a_short_video_runs_back_and_forth_and_says_so(frames: int, fps: float) -> None:
    stage = draw_stage(stream(0), RECIPE, "train", Assets(frames, fps))
    assert stage.backdrop.extension == "back and forth"
    numbers = stage.frames[:, 0, 0, 0].astype(int)
    assert 0 <= numbers.min() <= numbers.max() < frames
    there_and_back = [*range(frames), *range(frames - 2, 0, -1)]
    start = round(stage.backdrop.start * fps)
    wanted = [there_and_back[(start + int(t * fps + 1e-6)) % len(there_and_back)] for t in RECIPE.frame_times]
    assert numbers.tolist() == wanted


def test_the_extension_is_in_the_example() -> None:
    long = replace(RECIPE, num_frames=480, resolution=32, max_objects=1, group_size=1)
    assert {generate(long, "train", index).backdrop.extension for index in range(2)} == {"back and forth"}
    assert {generate(replace(RECIPE, group_size=1), "train", index).backdrop.extension for index in range(6)} == {
        "none"
    }
