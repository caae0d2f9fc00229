import hashlib
from dataclasses import replace

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


def path(x: float = 0.3, turn: float = 50.0, size: float = 0.4, growth: float = 1.0, y: float = 0.4) -> Trajectory:
    """Moves right and down by .31 and .15, turns by `turn` degrees, ends `growth` times as large."""
    return Trajectory(
        times=np.array([0.0, 0.75]),
        centres=np.array([[x, y], [x + 0.31, y + 0.15]]),
        angles=np.array([0.0, turn]),
        sizes=np.array([size, size * growth]),
        borders=np.array([0.0, 0.75]),
    )


def reference(background: np.ndarray, sprite: Sprite, track: Trajectory) -> np.ndarray:
    """Float64, premultiplied, bilinear, all pixels: written without the renderer's shortcuts."""
    out = background.astype(np.float64)
    side_y, side_x = background.shape[1:3]
    whole_y, whole_x = sprite.cutout.rgba.shape[:2]
    centres, angles, sizes = track.at(TIMES)
    shown = sizes * min(side_x, side_y)
    yy, xx = np.mgrid[:side_y, :side_x]
    for t, ((cx, cy), angle) in enumerate(zip(centres, np.radians(angles), strict=True)):
        premultiplied = sprite.level(sprite.level_for(shown)[t]).pixels.astype(np.float64)
        height, width = premultiplied.shape[0] - 2, premultiplied.shape[1] - 2
        dx, dy = xx + 0.5 - cx * side_x, yy + 0.5 - cy * side_y
        scale = sprite.longer_side / shown[t]
        u = (np.cos(angle) * dx + np.sin(angle) * dy) * scale * width / whole_x + sprite.centroid[0] * width + 0.5
        v = (-np.sin(angle) * dx + np.cos(angle) * dy) * scale * height / whole_y + sprite.centroid[1] * height + 0.5
        i, j = np.floor(v).astype(int), np.floor(u).astype(int)
        fu, fv = (u - j)[..., None], (v - i)[..., None]
        i, j = i.clip(0, height), j.clip(0, width)
        taken = (premultiplied[i, j] * (1 - fu) + premultiplied[i, j + 1] * fu) * (1 - fv)
        taken += (premultiplied[i + 1, j] * (1 - fu) + premultiplied[i + 1, j + 1] * fu) * fv
        within = (u > 0) & (u < width + 1) & (v > 0) & (v < height + 1)
        taken[~within] = 0
        out[t] = taken[..., :3] + out[t] * (1 - taken[..., 3:] / 255)
    return out


@pytest.fixture(scope="module")
def background() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, 96, 128, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "track",
    [
        path(),
        path(turn=0.0),
        path(turn=-400.0, size=0.2, growth=3.0),
        path(turn=90.0, size=0.9, growth=0.3),
        path(x=-0.1, y=0.9, growth=2.0),
        path(x=0.9, y=-0.1, turn=170.0),
    ],
    ids=["plain", "straight", "grows", "shrinks", "lower left edge", "upper right edge"],
)
def test_pixels_against_a_float_reference(background: np.ndarray, track: Trajectory) -> None:
    sprite = Sprite(blob(240, 360))
    frames, _, mattes = render(background, [sprite], [track], TIMES, masks=True)
    wanted = reference(background, sprite, track)
    error = frames - wanted
    assert np.abs(error).max() <= 2
    assert 10 * np.log10(255**2 / (error**2).mean()) >= 62
    assert mattes is not None
    edge = (mattes[:, 0] > 0) & (mattes[:, 0] < 255)
    assert abs(error[edge].mean()) < 0.1
    untouched = mattes[:, 0] == 0
    assert (frames[untouched] == background[untouched]).all()
    assert np.abs(error[untouched]).max() <= 1.5  # a matte below half a level shows nothing
    assert edge.sum() > 50


def test_the_lightest_pixels_do_not_run_over() -> None:
    """White, at every alpha, on white: the sums of the four lanes come within one of their limit."""
    ramp = np.arange(256, dtype=np.uint8).repeat(2)[None].repeat(256, 0)
    white = Sprite(CutOut(INFO, np.dstack([np.full((256, 512, 3), 255, np.uint8), ramp])))
    background = np.full((4, 96, 128, 3), 255, np.uint8)
    for size in (0.3, 1.3, 4.0):
        frames, _, mattes = render(background, [white], [path(turn=33.0, size=size)], TIMES, masks=True)
        assert frames.min() >= 253
        assert mattes is not None
        assert len(np.unique(mattes)) > 100


def test_wholly_outside_nothing_is_drawn(background: np.ndarray) -> None:
    for x, y in ((-0.9, 0.4), (1.4, 0.4), (0.3, -0.9), (0.3, 1.9), (1.3, 1.3), (-400.0, 0.5)):
        frames, boxes, mattes = render(background, [Sprite(blob())], [path(x=x, y=y)], TIMES, masks=True)
        assert (frames == background).all()
        assert mattes is not None
        assert mattes.max() == 0
        assert (boxes == 0).all()


def test_half_outside_is_the_inner_half(background: np.ndarray) -> None:
    """What is seen of an object that lies across an edge is what a wider frame shows there."""
    wide = np.concatenate([background[:, :, ::-1], background, background[:, :, ::-1]], 2)
    track = path(x=-0.15, growth=1.7)
    wider = replace(track, centres=(track.centres + np.array([1, 0])) / np.array([3, 1]))
    sprite = Sprite(blob())
    frames, boxes, mattes = render(background, [sprite], [track], TIMES, masks=True)
    wide_frames, _, wide_mattes = render(wide, [sprite], [wider], TIMES, masks=True)
    # The two places differ in the last bit, and are rounded to 1/4096 of a pixel.
    assert np.abs(frames.astype(int) - wide_frames[:, :, 128:256]).max() <= 1
    assert mattes is not None
    assert wide_mattes is not None
    assert mattes.any((1, 2, 3)).sum() > 0
    assert mattes[:, :, :, 0].max() == 255
    assert boxes[0, 0, 0] == 0


def test_an_object_shown_as_next_to_nothing(background: np.ndarray) -> None:
    for size in (0.0, 1e-9, 0.004):
        frames, _, _ = render(background, [Sprite(blob())], [path(size=size)], TIMES)
        assert (frames != background).any(-1).sum((1, 2)).max() <= 4


def test_a_path_that_is_not_finite_is_refused(background: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"the path of 'test/thing' is not finite"):
        render(background, [Sprite(blob())], [path(x=np.nan)], TIMES)


def test_growing_is_even_over_its_levels() -> None:
    """The drawn area follows the size though the stored level changes several times."""
    sizes = np.linspace(0.1, 0.75, 81)
    track = Trajectory(sizes, np.full((81, 2), 0.5), np.zeros(81), sizes, sizes[[0, -1]])
    background = np.zeros((81, 200, 200, 3), np.uint8)
    sprite = Sprite(blob(300, 400))
    _, _, mattes = render(background, [sprite], [track], sizes, masks=True)
    assert mattes is not None
    assert len(set(sprite.level_for(sizes * 200).tolist())) >= 5
    side = np.sqrt(mattes[:, 0].astype(float).sum((1, 2)) / 255) / (sizes * 200)
    assert np.abs(side / side.mean() - 1).max() < 0.005


def test_drawing_into_a_given_place(background: np.ndarray) -> None:
    batch = np.zeros((2, *background.shape), np.uint8)
    frames, _, _ = render(background, [Sprite(blob())], [path()], TIMES, out=batch[1])
    assert np.shares_memory(frames, batch)
    assert batch[0].max() == 0
    expected, _, _ = render(background, [Sprite(blob())], [path()], TIMES)
    assert (batch[1] == expected).all()
    again = background.copy()
    render(again, [Sprite(blob())], [path()], TIMES, out=again)
    assert (again == expected).all()
    with pytest.raises(ValueError, match=r"out is uint8 \(4, 96, 64, 3\); expected contiguous uint8 \(4, 96, 128"):
        render(background, [Sprite(blob())], [path()], TIMES, out=batch[0, :, :, ::2])


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
    assert hashlib.sha256(frames.tobytes()).hexdigest()[:16] == "d1733186d9daa65e"


def test_later_objects_lie_on_top(background: np.ndarray) -> None:
    red, blue = Sprite(blob(rgb=(235, 20, 20))), Sprite(blob(rgb=(20, 20, 235)))
    tracks = [path(turn=0), path(turn=0)]
    frames, boxes, _ = render(background, [red, blue], tracks, TIMES)
    alone, _, _ = render(background, [blue], tracks[:1], TIMES)
    opaque = render(background, [blue], tracks[:1], TIMES, masks=True)[2][:, 0] == 255
    assert (frames[opaque] == alone[opaque]).all()
    assert (boxes[:, 0] == boxes[:, 1]).all()
