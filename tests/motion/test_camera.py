import numpy as np
import pytest

from locomotion_hf.facts import CameraMove
from locomotion_hf.motion.camera import CAMERA_MOVES, STILL_ROOM, read_camera, sample_windows
from locomotion_hf.randomness import stream

TIMES = np.arange(16) / 8
SIDE = 64


def windows(shift: tuple[float, float] = (0, 0), zoom: float = 1.0, frames: int = 16) -> np.ndarray:
    """A window of 64 pixels whose middle shifts by so many sides while its side shrinks by a factor."""
    even = np.linspace(0, 1, frames)
    sides = SIDE * zoom**-even
    middle = 100 + SIDE * even[:, None] * np.array(shift)
    return np.concatenate([middle - sides[:, None] / 2, sides[:, None]], 1)


@pytest.mark.parametrize("move", CAMERA_MOVES, ids=str)
@pytest.mark.parametrize("room", [(SIDE * STILL_ROOM, SIDE * STILL_ROOM), (SIDE * STILL_ROOM, 200)])
def test_every_move_is_drawn_evenly_and_within_the_picture(move: CameraMove, room: tuple[float, float]) -> None:
    for index in range(40):
        drawn = sample_windows(stream(0, index), move, *map(int, room), SIDE, TIMES)
        left, top, side = drawn.T
        assert min(left.min(), top.min()) >= -1e-9
        assert (left + side).max() <= room[1] + 1e-9
        assert (top + side).max() <= room[0] + 1e-9
        assert side.min() >= SIDE - 1e-9
        middle = drawn[:, :2] + side[:, None] / 2
        assert np.ptp(np.diff(middle, axis=0), axis=0).max() < 1e-9
        assert np.ptp(np.diff(np.log(side))) < 1e-9
        assert read_camera(drawn) == move
        if move.zoom:
            assert np.ptp(middle, axis=0).max() < 1e-9


def test_a_camera_that_stands_still_has_no_word() -> None:
    drawn = sample_windows(stream(1), None, 96, 120, SIDE, TIMES)
    assert np.ptp(drawn, axis=0).max() == 0
    assert read_camera(drawn) is None
    assert (sample_windows(stream(1), None, 96, 120, SIDE, TIMES) == drawn).all()


def test_words_and_what_is_too_little_for_them() -> None:
    words = {(0.16, 0): "right", (-0.16, 0): "left", (0, 0.16): "down", (0, -0.16): "up"}
    for shift, pan in words.items():
        assert read_camera(windows(shift)) == CameraMove(pan=pan)
        assert read_camera(windows(tuple(0.9 * part for part in shift))) is None
        assert read_camera(windows(shift)[::-1]) == read_camera(windows(tuple(-part for part in shift)))
    assert read_camera(windows(zoom=1.26)) == CameraMove(zoom="in")
    assert read_camera(windows(zoom=1 / 1.26)) == CameraMove(zoom="out")
    assert read_camera(windows(zoom=1.2)) is read_camera(windows(zoom=1 / 1.2)) is None
    for frames in (2, 480):
        assert read_camera(windows((0.2, 0), frames=frames)) == CameraMove(pan="right")
