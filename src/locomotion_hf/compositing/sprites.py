"""A cut-out made ready for drawing: premultiplied, shrunk to about the shown size, centroid known."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from PIL import Image

from locomotion_hf.motion import Outline
from locomotion_hf.types import CutOut

#: Alpha from which a pixel counts as part of the object, of 255: fainter ones are shadows and noise.
VISIBLE_ALPHA = 32
#: A silhouette that overlaps itself this much when turned looks unturned (METHOD A15). The angles find
#: five- to twelve-fold symmetry (wheels, gears), whose sense of turning a few frames a second cannot show.
SAME_SILHOUETTE, TEST_TURNS = 0.9, (30, 36, 40, 45, 51, 60, 72)
#: Stored pixels for each shown pixel along a side: bilinear sampling neither blurs nor aliases there.
OVERSAMPLING = 1.5
#: Widths of stored levels are multiples of this, so that similar sizes share one.
_LEVEL_STEP = 4
#: Transparent border around each level, so that the renderer's four taps never leave it.
PADDING = 2


class Sprite:
    """A drawable cut-out.

    Attributes:
        cutout: the cut-out.
        longer_side: of the cut-out, pixels.
    """

    def __init__(self, cutout: CutOut) -> None:
        self.cutout = cutout
        self.longer_side = max(cutout.rgba.shape[:2])
        self._levels: dict[int, np.ndarray] = {}

    @cached_property
    def centroid(self) -> tuple[float, float]:
        """Centroid of the alpha matte as fractions `(x, y)` of the cut-out's width and height."""
        weight = self.cutout.rgba[..., 3].astype(np.float64)
        height, width = weight.shape
        x = (weight.sum(0) @ (np.arange(width) + 0.5)) / weight.sum() / width
        y = (weight.sum(1) @ (np.arange(height) + 0.5)) / weight.sum() / height
        return float(x), float(y)

    @cached_property
    def outline(self) -> Outline:
        """The object's reach around its centroid, and whether its turning shows."""
        matte = self.cutout.rgba[..., 3] >= VISIBLE_ALPHA
        height, width = matte.shape
        rows = np.flatnonzero(matte.any(1))
        first = matte[rows].argmax(1)
        last = width - matte[rows, ::-1].argmax(1)  # exclusive: pixels have an extent
        x = np.concatenate([first, last, first, last]) - self.centroid[0] * width
        y = np.concatenate([rows, rows, rows + 1, rows + 1]) - self.centroid[1] * height
        angles = np.radians(np.arange(360))
        reach = (np.cos(angles)[:, None] * x + np.sin(angles)[:, None] * y).max(1)
        return Outline(reach / self.longer_side, self._turn_shows(matte))

    def _turn_shows(self, matte: np.ndarray) -> bool:
        height, width = matte.shape
        side = math.ceil(math.hypot(height, width)) + 2
        x, y = self.centroid
        canvas = Image.new("L", (2 * side, 2 * side))
        canvas.paste(
            Image.fromarray(matte.astype(np.uint8) * 255), (round(side - x * width), round(side - y * height))
        )
        canvas = canvas.resize((64, 64), Image.Resampling.BOX)
        still = np.asarray(canvas) > 127
        for turn in TEST_TURNS:
            turned = np.asarray(canvas.rotate(turn, Image.Resampling.BILINEAR)) > 127
            if (still & turned).sum() > SAME_SILHOUETTE * (still | turned).sum():
                return False
        return True

    def level(self, shown: float) -> np.ndarray:
        """The stored pixels from which a given size is drawn.

        Args:
            shown: longer side as shown, pixels.

        Returns:
            `(h + 4, w + 4, 4)` uint8, premultiplied, with a transparent border of 2.
        """
        longer = math.ceil(OVERSAMPLING * shown / _LEVEL_STEP) * _LEVEL_STEP
        longer = min(longer, self.longer_side)
        if longer not in self._levels:
            height, width = self.cutout.rgba.shape[:2]
            scale = longer / self.longer_side
            size = max(1, round(width * scale)), max(1, round(height * scale))
            # "RGBa" is PIL's name for premultiplied alpha; its resampling is exact integer arithmetic.
            image = Image.fromarray(self.cutout.rgba).convert("RGBa")
            if size != image.size:
                image = image.resize(size, Image.Resampling.BOX)
            self._levels[longer] = np.pad(np.asarray(image), ((PADDING, PADDING), (PADDING, PADDING), (0, 0)))
        return self._levels[longer]
