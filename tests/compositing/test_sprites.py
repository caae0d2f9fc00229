import numpy as np
import pytest

from locomotion_hf.compositing import Sprite
from locomotion_hf.types import AssetInfo, CutOut

INFO = AssetInfo("test/thing", "test", "CC0-1.0", "thing")


def shape(inside: np.ndarray) -> Sprite:
    return Sprite(CutOut(INFO, np.where(inside[..., None], 200, 0).repeat(4, -1).astype(np.uint8)))


Y, X = np.mgrid[-60:61, -60:61]


def star(points: int) -> np.ndarray:
    return np.hypot(X, Y) < 40 + 18 * np.cos(points * np.arctan2(Y, X))


@pytest.mark.parametrize(
    ("inside", "shows"),
    [
        (np.hypot(X, Y) < 55, False),  # a ball
        (star(6), False),  # turned by 60 degrees it is the same
        (star(9), False),
        (np.abs(X) + 0 * Y < 20, True),  # a bar
        ((np.abs(X) < 50) & (np.abs(Y) < 50), True),  # a square: the same only after 90 degrees
        (star(3), True),
    ],
)
def test_which_turns_can_be_seen(inside: np.ndarray, shows: bool) -> None:
    assert shape(inside).outline.turn_shows is shows


def test_centroid_and_reach_of_a_known_shape() -> None:
    sprite = shape(np.ones((20, 40), bool))
    assert sprite.centroid == (0.5, 0.5)
    reach = sprite.outline.reach
    assert np.allclose(reach[[0, 90, 180, 270]], [0.5, 0.25, 0.5, 0.25])
    assert np.isclose(reach.max(), np.hypot(0.5, 0.25), atol=1e-3)
    # Size .4 of the shorter side: .2 frame-widths long, .1 wide, which is .2 of the frame's height.
    extents = sprite.outline.extents(np.array([0.0, 90.0]), np.array([0.4, 0.4]), 0.5)
    for drawn, told in ((np.full((2, 2), 0.1), extents[0]), (np.array([[0.05, 0.2], [0.05, 0.2]]), extents[1])):
        assert (told >= drawn).all()
        assert (told <= drawn + 0.03).all()  # a margin for rounding


def test_levels_are_about_the_shown_size_and_never_larger_than_the_cut_out() -> None:
    sprite = shape(np.ones((100, 200), bool))
    shown = np.array([0.01, 1.0, 30.0, 56.0, 57.0, 113.0, 114.0, 160.0, 500.0])
    sides = sprite.level_sides[sprite.level_for(shown)]
    assert sides.tolist() == [1, 2, 50, 71, 100, 200, 200, 200, 200]
    between = np.linspace(4, 160, 500)
    ratio = sprite.level_sides[sprite.level_for(between)] / between
    assert ratio.min() >= 1.2
    assert ratio.max() <= 2
    half = sprite.level(sprite.level_for(np.array([60.0]))[0])
    assert half.size == (100, 50)
    assert half.pixels.shape == (52, 102, 4)
    assert half.pixels[0].max() == half.pixels[:, -1].max() == 0
    assert half.bounds.tolist() == [[0, 101], [0, 51], [0, 152], [-51, 101]]


def test_shrinking_premultiplies() -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[..., :3] = 255  # white everywhere, also where nothing is to be seen
    rgba[:, :32] = (100, 0, 0, 255)
    level = Sprite(CutOut(INFO, rgba)).level(4)
    assert level.size == (16, 16)
    assert (level.pixels[..., 1] == 0).all()
    assert (level.pixels[..., 0] <= level.pixels[..., 3]).all()


def test_the_points_of_an_outline_lie_on_the_matte() -> None:
    inside = (np.abs(X) < 50) & (np.abs(Y) < 20)
    points = shape(inside).outline.points
    assert np.abs(points[:, 0]).max() <= 50 / 121
    assert np.abs(points[:, 1]).max() <= 20 / 121
    # One for each square of 1/24 of the longer side.
    assert len(points) == pytest.approx(inside.mean() * 24**2, rel=0.15)
    assert np.abs(points.mean(0)).max() < 1 / 48
