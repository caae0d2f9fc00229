import numpy as np

from locomotion_hf.compositing.film import camera_shows, film

SIDE = 32
RAMP = np.stack([np.tile(np.arange(96, dtype=np.uint8), (80, 1))] * 3, -1)


def windows(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array(rows, float)


def test_a_window_on_whole_pixels_is_a_plain_crop() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (80, 96, 3), np.uint8)
    frames = film(noise, windows((3, 5, SIDE), (60, 40, SIDE)), SIDE)
    assert (frames[0] == noise[5:37, 3:35]).all()
    assert (frames[1] == noise[40:72, 60:92]).all()


def test_a_pan_to_the_right_moves_the_background_to_the_left() -> None:
    frames = film(RAMP, windows((10, 0, SIDE), (20.5, 0, SIDE)), SIDE).astype(int)
    # Brighter to the right: the same pixel shows what lay further right before.
    assert np.abs((frames[1] - frames[0])[:, 2:-2] - 10.5).max() <= 1


def test_a_larger_window_shows_more() -> None:
    near, far = film(RAMP, windows((32, 16, SIDE), (16, 0, 2 * SIDE)), SIDE).astype(int)
    assert 1.9 < np.ptp(far) / np.ptp(near) < 2.1


def test_a_window_that_stands_still_gives_one_frame() -> None:
    assert film(RAMP, np.tile([3.3, 2.2, SIDE], (16, 1)), SIDE).shape == (1, SIDE, SIDE, 3)


def test_windows_at_the_very_edge_do_not_fall_out() -> None:
    frames = film(RAMP, windows((0, 0, SIDE), (96 - SIDE + 1e-9, 80 - SIDE + 1e-9, SIDE), (-1e-9, -1e-9, SIDE)), SIDE)
    assert frames.shape == (3, SIDE, SIDE, 3)


def test_a_move_over_a_plain_wall_does_not_show() -> None:
    moving = windows((0, 0, SIDE), (30, 0, SIDE))
    assert camera_shows(film(RAMP * 2, moving, SIDE))
    assert not camera_shows(film(np.full_like(RAMP, 90), moving, SIDE))
    dark_to_bright = np.stack([np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)])
    assert camera_shows(dark_to_bright)  # no wrapping round of bytes
    assert camera_shows(dark_to_bright[::-1])
