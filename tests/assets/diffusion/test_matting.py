import numpy as np
import pytest
from PIL import Image

from locomotion_hf.assets.cutouts import load_cut_out
from locomotion_hf.assets.diffusion.matting import (
    BORDER,
    LARGE,
    NOTHING,
    SMALL,
    Limits,
    cut,
    largest_component,
    on_grey,
    own_colours,
    soft_matte,
)
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo

Y, X = np.mgrid[:96, :128]


def disc(x, y, radius, soft=2.0):
    """A map that falls from 1 to 0 over `soft` pixels, a half at the disc's edge."""
    return np.clip((radius - np.hypot(X - x, Y - y)) / soft + 0.5, 0, 1).astype(np.float32)


def flood(mask):
    """The slow and obvious way: grow patches pixel by pixel."""
    best, seen = np.zeros_like(mask), np.zeros_like(mask)
    for start in zip(*np.nonzero(mask), strict=True):
        if seen[start]:
            continue
        patch, queue = np.zeros_like(mask), [start]
        while queue:
            y, x = queue.pop()
            if 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and mask[y, x] and not seen[y, x]:
                seen[y, x] = patch[y, x] = True
                queue += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
        best = patch if patch.sum() > best.sum() else best
    return best


@pytest.mark.parametrize("share", [0.3, 0.55, 0.62, 0.8])
def test_the_largest_component_is_that_of_a_flood(share):
    for seed in range(5):
        mask = np.random.default_rng(seed).random((23, 31)) < share
        assert np.array_equal(largest_component(mask), flood(mask))


def test_components_of_odd_masks():
    for mask in (np.zeros((5, 7), bool), np.ones((5, 7), bool), np.ones((1, 1), bool), np.eye(4, dtype=bool)):
        assert np.array_equal(largest_component(mask), flood(mask))
    spiral = np.array([list(row) for row in ("#####", "....#", "###.#", "#...#", "#####")]) == "#"
    assert np.array_equal(largest_component(spiral), spiral)
    left_and_right = np.ones((4, 9), bool)
    left_and_right[:, 4] = False  # the end of a row does not touch the start of the next
    assert largest_component(left_and_right).sum() == 16


def test_a_matte_is_soft_at_the_edge_and_has_no_neighbours():
    both = np.maximum(disc(50, 48, 30), disc(90, 48, 6))
    alpha, body = soft_matte(both, 0.5)
    assert np.array_equal(body, disc(50, 48, 30) >= 0.5)
    assert alpha[48, 50] == 255
    assert not alpha[disc(90, 48, 9) > 0].any()
    assert len(np.unique(alpha)) > 10
    assert alpha[(disc(50, 48, 30) > 0.45) & (disc(50, 48, 30) < 0.55)].mean() == pytest.approx(127, abs=20)


def test_a_neighbour_within_reach_of_the_fringe_is_left_out():
    found = np.zeros((200, 200), np.float32)  # the fringe reaches 3 pixels
    found[50:150, 20:100], found[50:150, 100], found[60:140, 101:104] = 1, 0.45, 1
    alpha, _ = soft_matte(found, 0.5)
    assert (alpha[100, 99], alpha[100, 100]) == (255, 85)
    assert not alpha[:, 101:].any()


def test_a_ring_keeps_its_hole():
    alpha, _ = soft_matte(disc(64, 48, 40) - disc(64, 48, 15), 0.5)
    assert alpha[48, 64] == 0
    assert alpha[48, 90] == 255


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_at_any_threshold_sure_is_opaque_and_nothing_is_clear(threshold):
    alpha, _ = soft_matte(disc(64, 48, 30, soft=20), threshold)
    assert (alpha.min(), alpha.max()) == (0, 255)


def test_a_known_disc_is_cut_out_tightly(tmp_path):
    picture = np.zeros((96, 128, 3), np.uint8)
    picture[...] = np.where(disc(50, 40, 25)[..., None] > 0, (200, 30, 10), (10, 200, 30))
    done = cut(picture, np.maximum(disc(50, 40, 25), disc(110, 80, 5)), Limits())
    assert done.reason == ""
    assert done.area == pytest.approx(np.pi * 25**2 / (96 * 128), rel=0.01)
    assert done.rgba.shape[0] in (51, 52, 53)
    assert done.rgba.shape[1] == done.rgba.shape[0]
    assert (done.rgba[done.rgba[..., 3] > 0, :3] == (200, 30, 10)).all()
    Image.fromarray(done.rgba).save(tmp_path / "disc.png")  # what is kept can be loaded, and is not cropped again
    assert np.array_equal(load_cut_out(tmp_path / "disc.png", AssetInfo("", "", "", "disc")).rgba, done.rgba)


@pytest.mark.parametrize(
    ("found", "limits", "reason"),
    [
        (np.zeros((96, 128), np.float32), Limits(), NOTHING),
        (disc(64, 48, 10), Limits(), SMALL),
        (disc(64, 48, 10), Limits(min_area=0.02), ""),
        (disc(64, 48, 45), Limits(max_area=0.4), LARGE),
        (disc(64, 20, 25), Limits(), BORDER),
        (disc(64, 20, 25), Limits(allow_border=True), ""),
        (np.ones((96, 128), np.float32), Limits(max_area=1, allow_border=True), LARGE),  # a picture, no cut-out
        (disc(64, 48, 3), Limits(min_area=0), SMALL),  # fewer pixels than `load_cut_out` takes
    ],
)
def test_what_is_turned_down(found, limits, reason):
    done = cut(np.zeros((96, 128, 3), np.uint8), found, limits)
    assert done.reason == reason
    assert (done.rgba is None) == bool(reason)


def test_limits_that_let_nothing_through_are_refused():
    with pytest.raises(AssetError, match=r"min_area=0\.9, max_area=0\.1.*Expected: .*To fix it: "):
        Limits(min_area=0.9, max_area=0.1)
    with pytest.raises(AssetError, match=r"mask_threshold=1"):
        Limits(threshold=1)


def test_the_old_background_does_not_shine_through_the_edge():
    share = disc(64, 48, 30, soft=3)[..., None]
    picture = np.rint(share * (200, 30, 10) + (1 - share) * 255).astype(np.uint8)  # red on white, mixed at the edge
    rgba = cut(picture, share[..., 0], Limits()).rgba
    soft = (rgba[..., 3] > 0) & (rgba[..., 3] < 255)
    assert soft.sum() > 100
    assert np.abs(rgba[soft, :3].astype(int) - (200, 30, 10)).max() <= 2
    raw = picture[(share[..., 0] > 0.4) & (share[..., 0] < 0.6)]
    assert raw[:, 2].min() > 100


def test_own_colours_are_the_mean_of_what_is_inside_and_within_reach():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (40, 160, 3), np.uint8)
    alpha = rng.choice(np.array([0, 100, 255], np.uint8), (40, 160), p=(0.05, 0.05, 0.9))
    opaque = np.pad(alpha == 255, 1, mode="edge")
    inside = np.all([opaque[y : y + 40, x : x + 160] for y in range(3) for x in range(3)], 0)
    assert 0.2 < inside.mean() < 0.6
    colours = own_colours(picture, alpha)  # the reach is one pixel
    for y in range(40):
        for x in range(160):
            window = np.s_[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            keep = inside[y, x] or not inside[window].any()
            expected = picture[y, x] if keep else picture[window][inside[window]].mean(0)
            assert np.abs(colours[y, x] - expected).max() <= 0.501


def test_on_grey():
    rgba = np.array([[[200, 0, 0, 255], [200, 0, 0, 0], [201, 1, 1, 128]]], np.uint8)
    assert on_grey(rgba).tolist() == [[[200, 0, 0], [127, 127, 127], [164, 64, 64]]]
