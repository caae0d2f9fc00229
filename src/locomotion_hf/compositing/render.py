"""Draw cut-outs along paths on background frames: the CPU renderer.

Each object touches only its own stretch of each row. Where a pixel of the frame lies in the cut-out is
rounded to fixed point once for each frame; all that follows is integer arithmetic on premultiplied pixels,
so the same plan gives the same bytes on every machine, and no dark or white rim tells a model where the
object is. Motion is sub-pixel and sub-degree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numba import njit, uint8, uint64

from locomotion_hf.types import Trajectory

from .sprites import PADDING, Level, Sprite

#: Alpha at which a pixel belongs to the object's box, of 255: half covered.
BOX_ALPHA = 128
#: Places in a cut-out are counted in 2^-24 pixels: over the widest frame the error stays below 1/1000.
FRACTION_BITS = 24
#: Pixels and degrees of a path are rounded to 1/4096 first, so that paths which differ in their last bits
#: from one machine to another are drawn alike.
_GRID = 4096.0
#: Pixels: an object shown smaller than this is not seen, whatever it is divided by.
_SMALLEST = 1 / _GRID

_F, _ONE, _EIGHT, _LANE = FRACTION_BITS, uint64(1), uint64(8), uint64(16)
_LOW_BYTE, _HALF, _WHOLE = uint64(255), uint64(128), uint64(256)
#: Red, green and blue lie in the lower three of a pixel's four 16-bit lanes, alpha in the highest.
_COLOURS, _ROUND = uint64(0x0000_FFFF_FFFF_FFFF), uint64(0x0000_007F_007F_007F)
#: Sampled alphas have 8 bits after the point: less than half a level shows nothing, from 254.75 on all is hidden.
_FAINTEST, _OPAQUE = uint64(128), uint64(65216)
_IN_BOX = uint64((BOX_ALPHA << 8) - 128)


@njit(inline="always")
def _span(start: int, step: int, length: int, first: int, end: int) -> tuple[int, int]:  # pragma: no cover
    """The part of `first` to `end` (exclusive) where 0 <= start + step x < length."""
    if step > 0:
        return max(first, -(start // step)), min(end, (length - 1 - start) // step + 1)
    if step < 0:
        return max(first, -((length - 1 - start) // -step)), min(end, start // -step + 1)
    if start < 0 or start >= length:
        return first, first
    return first, end


@njit(cache=True, nogil=True, error_model="numpy")
def _draw(
    frames: np.ndarray,
    mattes: np.ndarray,
    boxes: np.ndarray,
    level: np.ndarray,
    bounds: np.ndarray,
    maps: np.ndarray,
) -> None:  # pragma: no cover
    """Blend one level into some frames, in place.

    One 64-bit product weighs the four 16-bit lanes of a pixel at once: the weights of its four
    neighbours have 8 bits and sum to 256, so no lane runs over into the next.

    Args:
        frames: `(T, H, W, 3)` uint8.
        mattes: `(T, H, W)` uint8, receives the drawn alpha; `(T, 0, 0)` when it is not wanted.
        boxes: `(T, 4)` int64, receives x0, y0, x1, y1 of the pixels at least half covered; zeros for none.
        level: `(h, w)` uint64, four 16-bit lanes.
        bounds: `(4, 2)` int64, as `Level.bounds`.
        maps: `(T, 6)` int64, from `maps_of`.
    """
    height, width, columns = frames.shape[1], frames.shape[2], level.shape[1]
    source, stride = level.reshape(-1), uint64(columns)
    wanted = mattes.shape[1] > 0
    low = bounds[:, 0] << _F
    length = (bounds[:, 1] << _F) - low
    for t in range(len(frames)):
        row = frames[t].reshape(-1)
        a, b, c, d, e, f = maps[t]
        box_x0, box_y0, box_x1, box_y1 = width, height, 0, 0
        # The rows that it can touch, with one to spare: where the corners of its bounds lie.
        det = float(a) * e - float(b) * d
        highest, lowest = float(height), -1.0
        for corner in range(4):
            across = float(low[0] - c + (length[0] if corner & 1 else 0))
            down = float(low[1] - f + (length[1] if corner & 2 else 0))
            row_of = (a * down - d * across) / det
            highest, lowest = min(highest, row_of), max(lowest, row_of)
        first_row, end_row = max(0, math.floor(highest) - 1), min(height, math.ceil(lowest) + 2)
        for y in range(first_row, end_row):
            u, v = b * y + c, e * y + f
            x0, x1 = _span(u - low[0], a, length[0], 0, width)
            x0, x1 = _span(v - low[1], d, length[1], x0, x1)
            if x0 >= x1:
                continue
            x0, x1 = _span(u + v - low[2], a + d, length[2], x0, x1)
            x0, x1 = _span(u - v - low[3], a - d, length[3], x0, x1)
            if x0 >= x1:
                continue
            u += a * x0
            v += d * x0
            red = uint64((y * width + x0) * 3)
            first_half, last_half = width, -1
            for x in range(x0, x1):
                right, lower = uint64(u >> (_F - 8)) & _LOW_BYTE, uint64(v >> (_F - 8)) & _LOW_BYTE
                both = (right * lower + _HALF) >> _EIGHT
                above = uint64((v >> _F) * columns + (u >> _F))
                below = above + stride
                seen = source[above] * (_WHOLE - right - lower + both) + source[above + _ONE] * (right - both)
                seen += source[below] * (lower - both) + source[below + _ONE] * both
                alpha = seen >> uint64(48)
                if alpha >= _FAINTEST:
                    if alpha < _OPAQUE:
                        through = _WHOLE - ((alpha * uint64(257) + uint64(32768)) >> _LANE)
                        behind = uint64(row[red]) | uint64(row[red + _ONE]) << _LANE
                        behind |= uint64(row[red + uint64(2)]) << uint64(32)
                        seen = (seen & _COLOURS) + behind * through
                    seen = (seen + _ROUND) >> _EIGHT
                    row[red] = uint8(seen)
                    row[red + _ONE] = uint8(seen >> _LANE)
                    row[red + uint64(2)] = uint8(seen >> uint64(32))
                    if wanted:
                        mattes[t, y, x] = uint8((alpha + _HALF) >> _EIGHT)
                    if alpha >= _IN_BOX:
                        first_half, last_half = min(first_half, x), x
                u += a
                v += d
                red += uint64(3)
            if last_half >= 0:
                box_x0, box_x1 = min(box_x0, first_half), max(box_x1, last_half + 1)
                box_y0, box_y1 = min(box_y0, y), y + 1
        if box_x1 > 0:
            boxes[t, 0], boxes[t, 1], boxes[t, 2], boxes[t, 3] = box_x0, box_y0, box_x1, box_y1


@njit(inline="always")
def _cos_sin(degrees: float) -> tuple[float, float]:  # pragma: no cover
    """Cosine and sine by multiplication and addition alone: those of C libraries differ in the last bit."""
    quarters = math.floor(degrees / 90 + 0.5)
    x = (degrees - 90 * quarters) * (math.pi / 180)
    square = x * x
    cos, sin = 1.0, 1.0
    for k in range(7, 0, -1):  # Horner's scheme of the two power series: exact to 1e-15 up to 45 degrees
        cos = 1 - square / ((2 * k - 1) * (2 * k)) * cos
        sin = 1 - square / (2 * k * (2 * k + 1)) * sin
    sin *= x
    quarter = quarters % 4
    if quarter == 0:
        return cos, sin
    if quarter == 1:
        return -sin, cos
    if quarter == 2:
        return -cos, -sin
    return sin, -cos


@njit(cache=True)
def _maps(places: np.ndarray, across: float, down: float, pivot: np.ndarray) -> np.ndarray:  # pragma: no cover
    """Undo shift, turn and scale, as `maps_of`; `places` is `(T, 4)`: x, y, degrees and size in pixels."""
    maps = np.empty((len(places), 6), np.int64)
    for t in range(len(places)):
        x, y, angle, shown = np.floor(places[t] * _GRID + 0.5) / _GRID
        cos, sin = _cos_sin(angle)
        shown = max(shown, _SMALLEST)
        # Fractions of a frame count from its corner, pixels from the centre of the first one.
        x, y = x - 0.5, y - 0.5
        a, b, d, e = across * cos / shown, across * sin / shown, -down * sin / shown, down * cos / shown
        exact = (a, b, pivot[0] - a * x - b * y, d, e, pivot[1] - d * x - e * y)
        for k in range(6):
            maps[t, k] = math.floor(exact[k] * (1 << FRACTION_BITS) + 0.5)
    return maps


def maps_of(sprite: Sprite, level: Level, places: np.ndarray) -> np.ndarray:
    """Where the pixels of a frame lie in a level: undo the shift, the turn and the scale.

    Args:
        sprite: whose level it is.
        level: what is drawn.
        places: `(T, 4)` float64: x and y of its centroid in the frame in pixels from the corner, degrees
            clockwise, and the longer side as shown in pixels.

    Returns:
        `(T, 6)` int64 a b c d e f: the frame's pixel (x, y) shows the level's column a x + b y + c and row
        d x + e y + f, in units of 2^-24, all counted from the centre of the first pixel.
    """
    (width, height), (whole_height, whole_width) = level.size, sprite.cutout.rgba.shape[:2]
    pivot = np.array(sprite.centroid) * (width, height) + (PADDING - 0.5)
    # Width and height of a level are whole numbers, so their scales differ a little.
    scale = float(sprite.longer_side)
    return _maps(places, scale * width / whole_width, scale * height / whole_height, pivot)


def draws_of(
    sprite: Sprite, path: Trajectory, frame_times: np.ndarray, height: int, width: int
) -> Iterator[tuple[slice, Level, np.ndarray]]:
    """What is to be drawn of one object: frames that follow each other and share a level, together.

    Args:
        sprite: the object.
        path: where it goes.
        frame_times: `(T,)` seconds.
        height: of the frame, pixels.
        width: of the frame, pixels.

    Yields:
        The frames, the level, and the maps of these frames `(n, 6)`, from `maps_of`.

    Raises:
        ValueError: the path is not finite somewhere.
    """
    centres, angles, sizes = path.at(frame_times)
    places = np.column_stack((centres * (width, height), angles, sizes * min(height, width)))
    if not np.isfinite(places).all():  # no place in fixed point, and the kernel does not check
        raise ValueError(f"the path of {sprite.cutout.info.id!r} is not finite; expected numbers")
    numbers = sprite.level_for(places[:, 3])
    ends = np.append(np.flatnonzero(np.diff(numbers)) + 1, len(numbers))
    first = 0
    for end in ends.tolist():
        run, level = slice(first, end), sprite.level(int(numbers[first]))
        yield run, level, maps_of(sprite, level, places[run])
        first = end


def render(
    background: np.ndarray,
    sprites: Sequence[Sprite],
    paths: Sequence[Trajectory],
    frame_times: np.ndarray,
    masks: bool = False,
    out: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Draw objects on a clip, the first one lowest. They may lie partly or wholly outside the frame.

    Args:
        background: `(T, H, W, 3)` uint8, not changed unless it is `out`.
        sprites: one for each object.
        paths: where each object goes.
        frame_times: `(T,)` seconds.
        masks: whether to return the drawn mattes too.
        out: `(T, H, W, 3)` uint8, C-contiguous, to draw into, for example a place in a batch, or `background`
            itself; a new array when None.

    Returns:
        Frames `(T, H, W, 3)` uint8, which is `out` where it is given; boxes `(T, objects, 4)` float32, xyxy as
        fractions of the frame, of the pixels at least half covered, zeros where there are none; mattes
        `(T, objects, H, W)` uint8, or None.

    Raises:
        ValueError: `out` is of another shape or type than the background, or not contiguous; or a path is not
            finite.
    """
    if out is None:
        out = background.copy()
    elif out.shape != background.shape or out.dtype != np.uint8 or not out.flags.c_contiguous:
        raise ValueError(f"out is {out.dtype} {out.shape}; expected contiguous uint8 {background.shape}")
    elif out is not background:
        np.copyto(out, background)
    count, height, width = out.shape[:3]
    mattes = np.zeros((len(sprites), count, *((height, width) if masks else (0, 0))), np.uint8)
    boxes = np.zeros((len(sprites), count, 4), np.int64)
    for k, (sprite, path) in enumerate(zip(sprites, paths, strict=True)):
        for run, level, maps in draws_of(sprite, path, frame_times, height, width):
            lanes = level.pixels.view(np.uint64)[..., 0]
            _draw(out[run], mattes[k, run], boxes[k, run], lanes, level.bounds, maps)
    fractions = (boxes.swapaxes(0, 1) / (width, height, width, height)).astype(np.float32)
    return out, fractions, np.ascontiguousarray(mattes.swapaxes(0, 1)) if masks else None
