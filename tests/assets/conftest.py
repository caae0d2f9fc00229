import numpy as np
import pytest
from PIL import Image

from locomotion_hf.assets import cache
from locomotion_hf.video_writing import encode_mp4


@pytest.fixture(autouse=True)
def empty_caches():
    yield
    cache.BACKGROUNDS.clear()
    cache.CUT_OUTS.clear()


@pytest.fixture
def disc():
    """An opaque disc of 40 px in a transparent square of 64 px, as a Pillow picture."""
    y, x = np.mgrid[:64, :64]
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[(x - 31.5) ** 2 + (y - 31.5) ** 2 < 20**2] = (200, 60, 20, 255)
    return Image.fromarray(pixels)


@pytest.fixture
def film():
    """The bytes of a video of 24 frames, 64x48, 12 fps."""
    frames = np.zeros((24, 48, 64, 3), np.uint8)
    for t in range(24):
        frames[t, :, 2 * t : 2 * t + 8] = 200
    return encode_mp4(frames, 12)
