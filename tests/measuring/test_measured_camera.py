import numpy as np
import pytest
from painter import paint
from PIL import Image

from locomotion_hf.facts import CameraMove
from locomotion_hf.measuring.camera import measure_camera

SIDE, SHARES = 128, np.arange(16) / 15
NOTHING = np.zeros((16, 0, SIDE, SIDE), np.uint8)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """Blobs of many sizes, like a photograph, and a little grain."""
    rng = np.random.default_rng(0)
    layers = [
        np.asarray(Image.fromarray(rng.integers(0, 256, (n, n, 3), np.uint8)).resize((320, 320)), np.float64)
        for n in (4, 8, 16, 32, 64, 320)
    ]
    return Image.fromarray((np.mean(layers, 0) * 1.5 - 60).clip(0, 255).astype(np.uint8))


def shown(picture: Image.Image, shift: complex = 0, zoom: float = 1.0) -> np.ndarray:
    """Frames whose window moves by `shift` frame-widths over the picture; the picture grows by `zoom`."""
    frames = []
    for share in SHARES:
        scale = max(zoom, 1) ** 1.0 / zoom**share if zoom > 1 else zoom ** (1 - share) / zoom
        corner = 160 - scale * SIDE / 2 + np.array([shift.real, shift.imag]) * SIDE * (share - 0.5)
        box = (scale, 0, corner[0], 0, scale, corner[1])
        frames.append(picture.transform((SIDE, SIDE), Image.Transform.AFFINE, box, Image.Resampling.BILINEAR))
    return np.stack([np.asarray(frame) for frame in frames])


PANS = {"right": 0.16, "left": -0.5, "down": 0.16j, "up": -0.5j}


@pytest.mark.parametrize("pan", PANS)
def test_pans_and_tilts(picture: Image.Image, pan: str) -> None:
    frames = shown(picture, PANS[pan])
    opposite = {"right": "left", "left": "right", "up": "down", "down": "up"}[pan]
    assert measure_camera(frames, NOTHING) == CameraMove(pan=pan)
    assert measure_camera(frames[::-1], NOTHING) == CameraMove(pan=opposite)


def test_zooms(picture: Image.Image) -> None:
    for factor in (1.26, 1.7):
        frames = shown(picture, zoom=factor)
        assert measure_camera(frames, NOTHING) == CameraMove(zoom="in")
        assert measure_camera(frames[::-1], NOTHING) == CameraMove(zoom="out")


def test_a_camera_that_keeps_still_or_hardly_moves(picture: Image.Image) -> None:
    assert measure_camera(shown(picture), NOTHING) is None
    assert measure_camera(shown(picture, 0.03), NOTHING) is None
    assert measure_camera(shown(picture, zoom=1.05), NOTHING) is None
    assert measure_camera(np.zeros((16, SIDE, SIDE, 3), np.uint8), NOTHING) is None
    assert measure_camera(shown(picture)[:1], NOTHING[:1]) is None


@pytest.mark.parametrize("shift", [0, 0.3])
def test_large_objects_that_move_otherwise_are_left_out(picture: Image.Image, shift: float) -> None:
    mattes = np.stack(
        [
            paint(0.8 - 0.6 * SHARES + 0.35j, 90 * SHARES, 0.5, SIDE, SIDE),
            paint(0.3 + 0.7j + 0 * SHARES, 0, 0.5, SIDE, SIDE),
        ],
        1,
    )
    cover = mattes.max(1)[..., None] / 255
    stripes = 255 * (np.arange(SIDE) // 8 % 2)[None, None, :, None]
    frames = (shown(picture, shift) * (1 - cover) + stripes * cover).astype(np.uint8)
    assert measure_camera(frames, mattes) == (CameraMove(pan="right") if shift else None)
