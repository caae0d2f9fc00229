import numpy as np
import pytest
from painter import paint

from locomotion_hf.measuring.moves import centroids


def test_centroids_are_where_the_object_was_painted() -> None:
    places = np.array([0.4 + 0.5j, 0.512 + 0.437j])
    found = centroids(paint(places, [10, 80], width=120, height=90))
    expected = np.stack([places.real * 120 - 0.5, places.imag * 90 - 0.5], 1)
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_an_object_that_is_gone() -> None:
    mattes = paint(np.full(9, 0.5 + 0.5j))
    mattes[7] = 0
    with pytest.raises(ValueError, match="not seen in frame 7; expected it in every frame"):
        centroids(mattes)
