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
    margins = sprite.outline.margins(np.array([0.0, 0.0]), 0.4, 0.5)
    # Size .4 of the shorter side: .2 frame-widths long, .1 wide, which is .2 of the frame's height.
    assert np.allclose(margins, [[0.1, 0.1], [0.1, 0.1]])
    turned = sprite.outline.margins(np.array([90.0, 90.0]), 0.4, 1.0)
    assert np.allclose(turned, [[0.1, 0.2], [0.1, 0.2]])


def test_levels_are_about_the_shown_size_and_never_larger_than_the_cut_out() -> None:
    sprite = shape(np.ones((100, 200), bool))
    assert sprite.level(40).shape == (34, 64, 4)  # 60 x 30, and a border of 2
    assert sprite.level(39).shape == sprite.level(40).shape
    assert sprite.level(500).shape == (104, 204, 4)
    assert sprite.level(40)[0].max() == 0


def test_shrinking_premultiplies() -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[..., :3] = 255  # white everywhere, also where nothing is to be seen
    rgba[:, :32] = (100, 0, 0, 255)
    level = Sprite(CutOut(INFO, rgba)).level(10)
    assert (level[..., 1] == 0).all()
    assert (level[..., 0] <= level[..., 3]).all()
