import numpy as np

from locomotion_hf.evaluation.views import one_frame, reversed_time

FRAMES = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)


def test_one_frame_is_the_middle_one_throughout():
    still = one_frame(FRAMES)
    assert still.shape == FRAMES.shape
    assert still.dtype == np.uint8
    assert (still == FRAMES[2]).all()
    assert (one_frame(FRAMES[:1]) == FRAMES[:1]).all()


def test_reversed_time_is_its_own_inverse():
    back = reversed_time(FRAMES)
    assert (back[0] == FRAMES[-1]).all()
    assert (back != FRAMES).any()
    assert (reversed_time(back) == FRAMES).all()
    assert back.flags.c_contiguous
