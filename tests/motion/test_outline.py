import numpy as np
import pytest
from hands import BAR, DISC, ELL, cloud, outline_of

from locomotion_hf.motion import Outline
from locomotion_hf.motion.outline import POINT_SPACING, RIM, overlap


def turned(points: np.ndarray, degrees: float) -> np.ndarray:
    """Clockwise as seen, y down."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.stack([cos * points[:, 0] - sin * points[:, 1], sin * points[:, 0] + cos * points[:, 1]], 1)


@pytest.mark.parametrize("aspect", [1.0, 0.5625])
def test_extents_reach_as_far_as_the_turned_points_and_hardly_further(aspect: float) -> None:
    angles = np.linspace(-400, 400, 41)
    extents = ELL.extents(angles, np.full(41, 0.3), aspect)
    for angle, ((left, up), (right, down)) in zip(angles, extents, strict=True):
        points = turned(ELL.points, angle) * 0.3 * min(1, aspect) / (1, aspect)
        for reach, furthest in (
            (left, -points[:, 0]),
            (up, -points[:, 1]),
            (right, points[:, 0]),
            (down, points[:, 1]),
        ):
            assert 0 < reach - furthest.max() < (RIM + 0.3 * 0.04) / aspect


def test_points_are_placed_where_the_renderer_would_put_them() -> None:
    placed = ELL.placed(np.array([0.4, 0.6]), 90.0, 0.2)
    assert np.allclose(placed, [0.4, 0.6] + 0.2 * turned(ELL.points, 90.0))
    assert np.allclose(placed.mean(0), [0.4, 0.6])


def test_overlap_counts_points_with_company() -> None:
    grid = cloud((-0.5, -0.5, 0.5, 0.5))
    assert overlap(grid, grid + np.array([1.2, 0]), POINT_SPACING) == 0
    assert overlap(grid, grid, 1e-9) == len(grid)
    assert overlap(grid, grid + np.array([0.5, 0]), 1e-6) == len(grid) // 2
    assert overlap(grid, np.array([[9.0, 9.0]]), POINT_SPACING) == 0
    # The two Ls have overlapping boxes and do not touch.
    ell = cloud((-0.5, -0.5, -0.2, 0.5), (-0.5, 0.2, 0.5, 0.5))
    assert overlap(ell, turned(ell, 180) + np.array([0.4, -0.4]), POINT_SPACING / 2) == 0
    assert overlap(ell, turned(ell, 180), POINT_SPACING / 2) > 0


def test_radii_and_wrong_shapes() -> None:
    assert DISC.radius == pytest.approx(0.5, abs=0.03)
    assert pytest.approx(np.hypot(0.5, 0.25), abs=0.03) == BAR.radius
    assert outline_of(cloud(disc=0.3)).radius < 0.35
    with pytest.raises(ValueError, match=r"Outline\.reach has shape \(4,\); expected \(360,\)"):
        Outline(np.zeros(4), True)
    with pytest.raises(ValueError, match=r"Outline\.points has shape \(4, 3\); expected \(N, 2\)"):
        Outline(np.zeros(360), True, np.zeros((4, 3)))
