"""The measured features against motions that are known."""

import math

import pytest
import torch
from torch.nn import functional as F

from locomotion_hf.modeling.motion_features_locomotion import NUM_FIXED_FEATURES, motion_features

#: Places in the last axis: rotation, then eight of the finer resolution, eight of the coarser, then colour.
ROTATION, FLOW_X, FLOW_Y, COARSE_X = 0, 3, 4, 11


def texture(side: int) -> torch.Tensor:
    """`(1, 3, side, side)`, smooth, from -1 to 1."""
    noise = torch.rand(1, 3, side // 8, side // 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return F.interpolate(noise, (side, side), mode="bicubic", align_corners=False).clamp(-1, 1)


def moved(x: float, y: float, degrees: float, frames: int = 3) -> torch.Tensor:
    """`(1, frames, 3, 48, 48)`: what a window shows of a texture that moves (pixels) and turns, each frame."""
    picture, shown = texture(96), []
    for t in range(frames):
        angle = math.radians(-degrees * t)  # a point of the frame shows where it was before the turn
        cos, sin = math.cos(angle) / 2, math.sin(angle) / 2
        shift = [-(cos * 2 * x + -sin * 2 * y) * t / 24, -(sin * 2 * x + cos * 2 * y) * t / 24]
        theta = torch.tensor([[[cos, -sin, shift[0] / 2], [sin, cos, shift[1] / 2]]])
        grid = F.affine_grid(theta, (1, 3, 48, 48), align_corners=False)
        shown.append(F.grid_sample(picture, grid, align_corners=False))
    return torch.stack(shown, 1)


def middle(features: torch.Tensor, which: int) -> float:
    """The median over the cells away from the border."""
    return features[0, :, 3:-3, 3:-3, which].median().item()


@pytest.mark.parametrize(("x", "y"), [(1.0, 0.0), (-1.0, 0.5), (0.0, -1.0), (0.6, 0.6)])
def test_flow_of_a_known_translation(x: float, y: float) -> None:
    features = motion_features(moved(x, y, 0))
    assert features.shape == (1, 2, 12, 12, NUM_FIXED_FEATURES + 6)
    assert middle(features, FLOW_X) == pytest.approx(x / 2, abs=0.1)  # in pixels of half the resolution
    assert middle(features, FLOW_Y) == pytest.approx(y / 2, abs=0.1)
    assert middle(features, COARSE_X) == pytest.approx(x / 4, abs=0.1)
    assert abs(middle(features, ROTATION)) < 0.1


@pytest.mark.parametrize("degrees", [4.0, -4.0])
def test_rate_of_a_known_turn(degrees: float) -> None:
    features = motion_features(moved(0, 0, degrees))
    assert middle(features, ROTATION) == pytest.approx(4 * math.radians(degrees), rel=0.35)


def test_still_and_flat_clips_report_no_motion() -> None:
    still = motion_features(moved(0, 0, 0))
    assert still[..., [ROTATION, FLOW_X, FLOW_Y]].abs().max() < 1e-3
    flat = motion_features(torch.zeros(1, 3, 3, 48, 48))
    assert flat.isfinite().all()
    assert flat[..., [ROTATION, FLOW_X, FLOW_Y]].abs().max() == 0


def test_reversal_turns_the_flow_round_and_nothing_learns_here() -> None:
    clip = moved(1.0, 0.0, 0).requires_grad_()
    forwards, backwards = motion_features(clip), motion_features(clip.flip(1))
    assert middle(forwards, FLOW_X) == pytest.approx(-middle(backwards, FLOW_X), abs=0.02)
    assert not forwards.requires_grad
