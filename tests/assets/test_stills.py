import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from locomotion_hf.assets.stills import GRAIN, black, noise, texture
from locomotion_hf.randomness import stream
from locomotion_hf.video_io import read_video
from locomotion_hf.video_writing import encode_mp4


def test_black():
    assert black(48, 64).shape == (48, 64, 3)
    assert not black(48, 64).any()


@pytest.mark.parametrize("make", [noise, texture])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (224, 256), (301, 97)])
def test_a_picture_of_the_size_that_was_asked_for(make, size):
    picture = make(stream(0, size), *size)
    assert (picture.shape, picture.dtype) == ((*size, 3), np.uint8)


@pytest.mark.parametrize("make", [noise, texture])
def test_the_stream_decides_and_nothing_else(make):
    one, two, other = (make(stream(0, "still", index), 160, 192) for index in (1, 1, 2))
    assert (one == two).all()
    assert (one != other).mean() > 0.5


def test_pixels_are_the_same_everywhere():
    """Integers alone make them: another machine that gives other sums has another stream of random numbers."""
    digests = {
        make.__name__: hashlib.sha256(
            b"".join(make(stream(0, "still", index), 90, 70).tobytes() for index in range(16))
        ).hexdigest()[:16]
        for make in (noise, texture)
    }
    assert digests == {"noise": "319ebffb126e5008", "texture": "fcd984836368f854"}


def test_noise_is_even_and_coarse():
    picture = noise(stream(0, "noise"), 320, 320)
    assert (picture[:, : GRAIN - 1] == picture[:, 1:GRAIN]).all()
    assert abs(picture.mean() - 127.5) < 2
    assert len(np.unique(picture)) == 256


def test_noise_outlives_coding_and_resizing():
    picture = noise(stream(0, "noise"), 128, 128)
    coded = read_video(encode_mp4(np.stack([picture] * 4), 8))[0][2]
    smaller = Image.fromarray(coded).resize((112, 112), Image.Resampling.BICUBIC)
    assert np.asarray(smaller, float).std() > 0.6 * picture.std()


def test_textures_are_neither_flat_nor_noise():
    kept = []
    for index in range(40):
        picture = texture(stream(0, "texture", index), 224, 224)
        plane = picture.astype(float)
        assert plane.std((0, 1)).max() > 12  # something is to be seen
        steps = np.abs(np.diff(plane, axis=1)).mean() + np.abs(np.diff(plane, axis=0)).mean()
        kept.append(steps / plane.std((0, 1)).mean())
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "jpeg", quality=90)
        assert len(file.getvalue()) > 2500
    assert max(kept) < 1  # neighbours are alike: of noise it is more than 2
    assert max(kept) > 4 * min(kept)  # and they differ from each other
