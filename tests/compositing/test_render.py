import hashlib

import numpy as np
import pytest

from locomotion_hf.compositing import Sprite, render
from locomotion_hf.types import AssetInfo, CutOut, Trajectory

INFO = AssetInfo("test/thing", "test", "CC0-1.0", "thing")
TIMES = np.arange(4) / 4


def blob(height: int = 60, width: int = 90, rgb: tuple[int, int, int] = (200, 90, 30)) -> CutOut:
    """An L-shaped thing with a soft edge: no symmetry to hide behind. White under its transparent parts."""
    y, x = np.mgrid[:height, :width]
    inside = np.minimum(np.minimum(x, y), np.minimum(width - 1 - x, height - 1 - y)).astype(float)
    alpha = np.where((x > width * 0.5) & (y < height * 0.5), 0.0, (inside / 3).clip(0, 1))
    colour = np.where(alpha[..., None] > 0, np.array(rgb) + 20 * np.sin(x / 5)[..., None], 255)
    return CutOut(INFO, np.concatenate([colour, alpha[..., None] * 255], -1).round().clip(0, 255).astype(np.uint8))


def path(x: float = 0.3, turn: float = 50.0, size: float = 0.4) -> Trajectory:
    return Trajectory(
        np.array([0.0, 0.75]),
        np.array([[x, 0.4], [x + 0.31, 0.55]]),
        np.array([0.0, turn]),
        size,
    )


def reference(background: np.ndarray, level: np.ndarray, sprite: Sprite, track: Trajectory) -> np.ndarray:
    """Float64, premultiplied, bilinear, all pixels: written without the renderer's shortcuts."""
    out = background.astype(np.float64)
    side_y, side_x = background.shape[1:3]
    premultiplied = level.astype(np.float64)
    height, width = level.shape[0] - 4, level.shape[1] - 4
    scale = track.size * min(side_x, side_y) / max(height, width)
    centres, angles = track.at(TIMES)
    yy, xx = np.mgrid[:side_y, :side_x]
    for t, ((cx, cy), angle) in enumerate(zip(centres, np.radians(angles), strict=True)):
        dx, dy = xx + 0.5 - cx * side_x, yy + 0.5 - cy * side_y
        u = (np.cos(angle) * dx + np.sin(angle) * dy) / scale + sprite.centroid[0] * width + 1.5
        v = (-np.sin(angle) * dx + np.cos(angle) * dy) / scale + sprite.centroid[1] * height + 1.5
        i, j = np.floor(v).astype(int), np.floor(u).astype(int)
        fu, fv = (u - j)[..., None], (v - i)[..., None]
        i, j = i.clip(0, height + 2), j.clip(0, width + 2)
        taken = (premultiplied[i, j] * (1 - fu) + premultiplied[i, j + 1] * fu) * (1 - fv)
        taken += (premultiplied[i + 1, j] * (1 - fu) + premultiplied[i + 1, j + 1] * fu) * fv
        within = (u > 0) & (u < width + 3) & (v > 0) & (v < height + 3)
        taken[~within] = 0
        out[t] = taken[..., :3] + out[t] * (1 - taken[..., 3:] / 255)
    return out


@pytest.fixture(scope="module")
def background() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 96, 128, 3), dtype=np.uint8)


def test_pixels_against_a_float_reference(background: np.ndarray) -> None:
    sprite, track = Sprite(blob()), path()
    frames, _, mattes = render(background, [sprite], [track], TIMES, masks=True)
    wanted = reference(background, sprite.level(track.size * 96), sprite, track)
    error = frames - wanted
    assert np.abs(error).max() <= 2
    assert 10 * np.log10(255**2 / (error**2).mean()) >= 62
    assert mattes is not None
    edge = (mattes[:, 0] > 0) & (mattes[:, 0] < 255)
    assert abs(error[edge].mean()) < 0.1
    untouched = mattes[:, 0] == 0
    assert np.abs(error[untouched]).max() <= 0.51  # a matte below half a level rounds to nothing
    assert edge.sum() > 100


def test_background_is_not_changed_and_no_rim_of_hidden_colour(background: np.ndarray) -> None:
    before = background.copy()
    grey = np.full_like(background, 90)
    frames, _, _ = render(grey, [Sprite(blob(rgb=(90, 90, 90)))], [path(turn=0)], TIMES)
    render(background, [Sprite(blob())], [path()], TIMES)
    assert (background == before).all()
    # Grey on grey: the white under the transparent parts must not shine through at the edge.
    assert frames.max() <= 90 + 20 + 1


def test_boxes_hold_the_matte_and_mattes_follow_the_path(background: np.ndarray) -> None:
    frames, boxes, mattes = render(background, [Sprite(blob())], [path()], TIMES, masks=True)
    assert boxes.shape == (4, 1, 4)
    assert mattes is not None
    for t in range(4):
        y, x = np.nonzero(mattes[t, 0] >= 128)
        assert np.allclose(boxes[t, 0] * [128, 96, 128, 96], [x.min(), y.min(), x.max() + 1, y.max() + 1])
        weight = mattes[t, 0] / mattes[t, 0].sum()
        centre = [
            (weight.sum(0) @ (np.arange(128) + 0.5)) / 128,
            (weight.sum(1) @ (np.arange(96) + 0.5)) / 96,
        ]
        assert np.allclose(centre, path().at(TIMES)[0][t], atol=0.002)
    assert frames.dtype == np.uint8


def test_same_bytes_as_ever() -> None:
    """Pinned: another hash means that every released clip would be drawn differently."""
    grey = np.full((4, 64, 64, 3), 128, np.uint8)
    frames, _, _ = render(grey, [Sprite(blob())], [path()], TIMES)
    assert hashlib.sha256(frames.tobytes()).hexdigest()[:16] == "434b63c0b10c4824"


def test_later_objects_lie_on_top(background: np.ndarray) -> None:
    red, blue = Sprite(blob(rgb=(235, 20, 20))), Sprite(blob(rgb=(20, 20, 235)))
    tracks = [path(turn=0), path(turn=0)]
    frames, boxes, _ = render(background, [red, blue], tracks, TIMES)
    alone, _, _ = render(background, [blue], tracks[:1], TIMES)
    opaque = render(background, [blue], tracks[:1], TIMES, masks=True)[2][:, 0] == 255
    assert (frames[opaque] == alone[opaque]).all()
    assert (boxes[:, 0] == boxes[:, 1]).all()
