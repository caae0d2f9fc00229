import numpy as np
import pytest

from locomotion_hf.compositing import Sprite, measure_motion, render
from locomotion_hf.types import AssetInfo, CutOut, Trajectory

TIMES = np.arange(16) / 8
INFO = AssetInfo("test/thing", "test", "CC0-1.0", "thing")


def drawn(turns: list[float], *legs: tuple[float, float]) -> np.ndarray:
    """Mattes of a wedge that moves by legs of equal length in time (frame-widths)."""
    y, x = np.mgrid[:80, :120]
    rgba = np.where((y < 20 + x / 2)[..., None], 255, 0).repeat(4, -1).astype(np.uint8)
    steps = np.concatenate([[[0.5, 0.5]], 0.5 + np.cumsum(legs, 0)])
    track = Trajectory(np.linspace(0, TIMES[-1], len(steps)), steps, np.cumsum([0.0, *turns]), 0.25)
    background = np.zeros((16, 160, 160, 3), np.uint8)
    return render(background, [Sprite(CutOut(INFO, rgba))], [track], TIMES, masks=True)[2][:, 0]


def test_known_motions_measure_as_they_are() -> None:
    (phase,) = measure_motion(drawn([90.0], (0.36, 0.0)), 8)
    assert phase.words == ("right", "moderate", "clockwise")
    assert phase.turn == pytest.approx(90, abs=4)
    assert phase.frame_widths_per_second == pytest.approx(0.36 / 1.875, abs=0.003)

    first, second = measure_motion(drawn([0, -80.0], (0.0, -0.35), (-0.08, 0.0)), 8)
    assert first.words == ("up", "fast", None)
    assert second.words == ("left", "slow", "anticlockwise")


def test_three_phases_and_standing_silhouettes() -> None:
    words = [p.words for p in measure_motion(drawn([0, 0, 0], (0.1, 0.1), (0.0, -0.1), (-0.15, 0.0)), 8)]
    assert [w[0] for w in words] == ["down-right", "up", "left"]
    assert [w[2] for w in words] == [None] * 3


def test_flipping_or_reversing_the_pixels_changes_what_is_measured() -> None:
    mattes = drawn([90.0], (0.2, 0.2))
    assert measure_motion(mattes, 8)[0].words == ("down-right", "moderate", "clockwise")
    assert measure_motion(mattes[:, ::-1], 8)[0].words == ("up-right", "moderate", "anticlockwise")
    assert measure_motion(mattes[::-1], 8)[0].words == ("up-left", "moderate", "anticlockwise")
    assert measure_motion(mattes, 4)[0].speed == "slow"


def test_a_curve_is_not_straight() -> None:
    angle = np.linspace(0, np.pi, 16)
    yy, xx = np.mgrid[:120, :120]
    circle = [np.hypot(xx - 60 - 30 * np.cos(a), yy - 60 - 30 * np.sin(a)) < 12 for a in angle]
    assert len(measure_motion(np.array(circle, np.uint8) * 255, 8)) != 1


def test_an_object_that_is_gone() -> None:
    mattes = drawn([0.0], (0.3, 0.0))
    mattes[7] = 0
    with pytest.raises(ValueError, match="not seen in frame 7"):
        measure_motion(mattes, 8)
