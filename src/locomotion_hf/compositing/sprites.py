"""A cut-out made ready for drawing: premultiplied, shrunk to about the shown size, centroid known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from locomotion_hf.motion.outline import POINT_SPACING, Outline
from locomotion_hf.types import CutOut

#: Alpha from which a pixel counts as part of the object, of 255: fainter ones are shadows and noise.
VISIBLE_ALPHA = 32
#: A silhouette that overlaps itself this much when turned looks unturned (own choice). The angles find
#: five- to twelve-fold symmetry (wheels, gears), whose sense of turning a few frames a second cannot show.
SAME_SILHOUETTE, TEST_TURNS = 0.9, (30, 36, 40, 45, 51, 60, 72)
#: Stored pixels for each shown pixel along a side, at least: a level is drawn from 1.25 down to 1.77 times
#: its size, where bilinear sampling neither blurs nor aliases. Own choice, measured against a box filter.
OVERSAMPLING = 1.25
#: Longer sides of successive levels fall by this factor, so that a growing object needs few of them.
LEVEL_STEP = math.sqrt(2)
#: Transparent border around each level, so that the renderer's four taps never leave it.
PADDING = 1


@dataclass(frozen=True, repr=False)
class Level:
    """A cut-out shrunk to about the size in which it is drawn.

    Attributes:
        pixels: `(h + 2, w + 2, 4)` uint16, values 0 to 255, premultiplied, with a transparent border of 1.
        bounds: `(4, 2)` int64: low and high end of column, row, column + row and column - row within which a
            sampled place is not fully transparent.
    """

    pixels: np.ndarray
    bounds: np.ndarray

    def __repr__(self) -> str:
        return f"Level(pixels={self.pixels.shape})"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height without the border."""
        height, width = self.pixels.shape[:2]
        return width - 2 * PADDING, height - 2 * PADDING


class Sprite:
    """A drawable cut-out.

    Attributes:
        cutout: the cut-out.
        longer_side: of the cut-out, pixels.
    """

    def __init__(self, cutout: CutOut) -> None:
        self.cutout = cutout
        self.longer_side = max(cutout.rgba.shape[:2])
        self._levels: dict[int, Level] = {}

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
        return Outline(reach / self.longer_side, self._turn_shows(matte), self._points(matte))

    def _points(self, matte: np.ndarray) -> np.ndarray:
        """`(N, 2)` places on the matte, `POINT_SPACING` apart, from the centroid, in longer sides."""
        height, width = matte.shape
        spacing = POINT_SPACING * self.longer_side
        x, y = ((np.arange(max(1, side / spacing)) + 0.5) * spacing for side in (width, height))
        x, y = np.meshgrid(x[x < width] if len(x) > 1 else x, y[y < height] if len(y) > 1 else y)
        on = matte[y.astype(int).clip(0, height - 1), x.astype(int).clip(0, width - 1)]
        points = np.stack([x[on], y[on]], 1) - (self.centroid[0] * width, self.centroid[1] * height)
        return points / self.longer_side if len(points) else np.zeros((1, 2))

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

    @cached_property
    def level_sides(self) -> np.ndarray:
        """`(L,)` int64: the longer side of each level, from the whole cut-out down to one pixel."""
        steps = math.ceil(math.log(self.longer_side, LEVEL_STEP))
        sides = [max(1, round(self.longer_side / LEVEL_STEP**step)) for step in range(steps + 1)]
        return np.array(sorted(set(sides), reverse=True))

    def level_for(self, shown: np.ndarray) -> np.ndarray:
        """The number of the level from which a size is drawn: the smallest that is large enough.

        Args:
            shown: `(T,)` longer side as shown, pixels.

        Returns:
            `(T,)` int64, from 0 for the whole cut-out.
        """
        large_enough = self.level_sides[:, None] >= OVERSAMPLING * shown
        return np.maximum(large_enough.sum(0) - 1, 0)

    def level(self, number: int) -> Level:
        """One level, made when it is first asked for.

        Args:
            number: as `level_for` says.
        """
        if number not in self._levels:
            height, width = self.cutout.rgba.shape[:2]
            scale = int(self.level_sides[number]) / self.longer_side
            size = max(1, round(width * scale)), max(1, round(height * scale))
            # "RGBa" is PIL's name for premultiplied alpha; its resampling is exact integer arithmetic.
            image = Image.fromarray(self.cutout.rgba).convert("RGBa")
            if size != image.size:
                image = image.resize(size, Image.Resampling.BOX)
            border = ((PADDING, PADDING), (PADDING, PADDING), (0, 0))
            pixels = np.pad(np.asarray(image), border).astype(np.uint16)
            self._levels[number] = Level(pixels, _bounds(pixels))
        return self._levels[number]


def _bounds(pixels: np.ndarray) -> np.ndarray:
    """The octagon around what can be seen, as `Level.bounds`."""
    row, column = np.nonzero(pixels[..., 3])
    if not len(row):
        return np.zeros((4, 2), np.int64)
    # A pixel reaches one place further along each axis, so two along a diagonal.
    axes = ((column, 1), (row, 1), (column + row, 2), (column - row, 2))
    return np.array([(axis.min() - reach, axis.max() + reach) for axis, reach in axes], np.int64)
