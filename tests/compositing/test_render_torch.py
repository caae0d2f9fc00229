import numpy as np
import pytest
import torch

from locomotion_hf.compositing import Sprite, render
from locomotion_hf.compositing import render_torch as device_renderer
from locomotion_hf.compositing.render_torch import plan_batch, render_batch
from locomotion_hf.types import AssetInfo, CutOut, Trajectory

TIMES = np.arange(5) / 4
HEIGHT, WIDTH = 72, 104
INFO = AssetInfo("test/thing", "test", "CC0-1.0", "thing")


def sprite(seed: int, height: int, width: int) -> Sprite:
    """Noise under a soft star-shaped matte."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    alpha = (8 * (0.75 + 0.2 * np.cos(5 * np.arctan2(y, x)) - np.hypot(x, y))).clip(0, 1) * 255
    colours = rng.integers(0, 256, (height, width, 3))
    return Sprite(CutOut(INFO, np.dstack([colours, alpha.round()]).astype(np.uint8)))


def path(start: tuple[float, float], end: tuple[float, float], turn: float, sizes: tuple[float, float]) -> Trajectory:
    times = TIMES[[0, -1]]
    return Trajectory(times, np.array([start, end]), np.array([20.0, 20.0 + turn]), np.array(sizes), times)


SPRITES = [sprite(0, 90, 60), sprite(1, 30, 200), sprite(2, 400, 380)]
PATHS = [
    path((0.3, 0.4), (0.7, 0.6), 200.0, (0.3, 0.8)),  # grows over several levels
    path((-0.2, 0.1), (0.6, 1.3), -75.0, (0.9, 0.5)),  # over two edges
    path((0.5, 0.5), (0.52, 0.5), 0.0, (2.5, 1.5)),  # larger than the frame
    path((3.0, 0.5), (4.0, 0.5), 90.0, (0.4, 0.4)),  # never seen
]


def both(sprites: list[list[Sprite]], paths: list[list[Trajectory]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    backgrounds = rng.integers(0, 256, (len(sprites), len(TIMES), HEIGHT, WIDTH, 3), dtype=np.uint8)
    plan = plan_batch(sprites, paths, TIMES, HEIGHT, WIDTH)
    drawn = render_batch(torch.from_numpy(backgrounds), plan).numpy()
    clips = zip(backgrounds, sprites, paths, strict=True)
    return backgrounds, drawn, np.stack([render(clip, of, along, TIMES)[0] for clip, of, along in clips])


@pytest.mark.parametrize("number", range(len(PATHS)))
def test_draws_the_pixels_of_the_cpu_renderer(number: int) -> None:
    for cut_out in SPRITES:
        background, drawn, expected = both([[cut_out]], [[PATHS[number]]])
        difference = drawn.astype(int) - expected
        assert np.abs(difference).max() <= 2
        seen = (expected != background).any(-1)
        assert seen.any() == (number != 3)
        if seen.any():
            assert abs(difference[seen].mean()) < 0.1


def test_a_batch_with_different_numbers_of_objects_in_small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    sprites = [[SPRITES[0], SPRITES[1]], [SPRITES[2]], [], [SPRITES[1], SPRITES[0], SPRITES[0]]]
    paths = [[PATHS[0], PATHS[1]], [PATHS[1]], [], [PATHS[0], PATHS[1], PATHS[3]]]
    background, drawn, expected = both(sprites, paths)
    assert np.abs(drawn.astype(int) - expected).max() <= 4  # objects over objects: two levels each
    assert np.abs(drawn.astype(int) - expected)[1].max() <= 2
    assert (drawn[2] == background[2]).all()
    monkeypatch.setattr(device_renderer, "CHUNK_PIXELS", 3 * HEIGHT * WIDTH)
    assert (both(sprites, paths)[1] == drawn).all()


def test_windows_are_no_larger_than_the_objects() -> None:
    plan = plan_batch([[SPRITES[0]]], [[path((0.4, 0.5), (0.6, 0.5), 90.0, (0.3, 0.3))]], TIMES, 224, 320)
    assert max(plan.window) <= 0.3 * 224 * np.hypot(1, 60 / 90) + 5
    assert plan.maps.dtype == np.float32


def test_drawing_in_place_and_what_does_not_fit() -> None:
    plan = plan_batch([[SPRITES[0]]], [[PATHS[0]]], TIMES, HEIGHT, WIDTH)
    frames = torch.zeros((1, len(TIMES), HEIGHT, WIDTH, 3), dtype=torch.uint8)
    assert render_batch(frames, plan).any()
    assert not frames.any()
    assert render_batch(frames, plan, out=frames) is frames
    assert frames.any()
    with pytest.raises(ValueError, match=r"backgrounds is torch.float32 \(1, 5, 72, 104, 3\); expected torch.uint8"):
        render_batch(frames.float(), plan)
    with pytest.raises(ValueError, match=r"backgrounds is torch.uint8 \(1, 4, 72, 104, 3\); expected .* \(1, 5, 72"):
        render_batch(frames[:, 1:], plan)
