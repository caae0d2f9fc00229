"""Three ways to keep frames on disk so that any of them is there at once: JPEG, I420 and raw.

| codec | bytes of a 256 x 455 frame | ms for 16 of them, cut to 224 x 224 |
| --- | --- | --- |
| jpeg | 27 kB | 11 |
| i420 | 175 kB | .4 |
| raw | 349 kB | .4 |

I420 keeps every brightness and one colour for each 2 x 2 pixels, as nearly all videos do. Both ways it is
integer arithmetic here, with the constants of JPEG (BT.601, full range), and so exact on every machine.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import int16, int32, njit, uint8
from PIL import Image

Codec = Literal["jpeg", "i420", "raw"]
CODECS: tuple[Codec, ...] = ("jpeg", "i420", "raw")
#: Quality of JPEG frames: usual for image data sets; the frames have been through a video codec before.
JPEG_QUALITY = 90


@njit(cache=True, nogil=True, error_model="numpy")
def _to_i420(frames: np.ndarray, planes: np.ndarray) -> None:  # pragma: no cover
    """`(N, H, W, 3)` to `(N, bytes)`: all Y, then Cb and Cr of each 2 x 2 pixels."""
    count, height, width = frames.shape[:3]
    half_height, half_width = (height + 1) // 2, (width + 1) // 2
    for n in range(count):
        for y in range(height):
            for x in range(width):
                r, g, b = int(frames[n, y, x, 0]), int(frames[n, y, x, 1]), int(frames[n, y, x, 2])
                planes[n, y * width + x] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16
        first = height * width
        for y in range(half_height):
            for x in range(half_width):
                r = g = b = 0
                for k in range(4):  # the four pixels; at an odd border the last one counts twice
                    row, column = min(2 * y + (k >> 1), height - 1), min(2 * x + (k & 1), width - 1)
                    r += int(frames[n, row, column, 0])
                    g += int(frames[n, row, column, 1])
                    b += int(frames[n, row, column, 2])
                place = first + y * half_width + x
                blue = (-11059 * r - 21709 * g + 32768 * b + (512 << 16) + (1 << 17)) >> 18
                red = (32768 * r - 27439 * g - 5329 * b + (512 << 16) + (1 << 17)) >> 18
                planes[n, place] = min(blue, 255)
                planes[n, place + half_height * half_width] = min(red, 255)


@njit(cache=True, nogil=True, error_model="numpy")
def _from_i420(
    planes: np.ndarray, size: tuple[int, int], indices: np.ndarray, top: int, left: int, out: np.ndarray
) -> None:  # pragma: no cover
    """The wanted frames' windows at `top`, `left` into `(n, h, w, 3)`.

    Rows are kept in 16-bit planes until the end, which the compiler turns into vector instructions.
    """
    height, width = size
    half_width, odd = (width + 1) // 2, left & 1
    blues = height * width
    reds = blues + (height + 1) // 2 * half_width
    count, rows, columns = out.shape[0], out.shape[1], out.shape[2]
    pairs = (columns + odd + 1) // 2
    # What a pixel's colour adds to its brightness; then the pixels themselves.
    more_red, more_green = np.empty(2 * pairs, np.int16), np.empty(2 * pairs, np.int16)
    more_blue, half = np.empty(2 * pairs, np.int16), int32(32768)
    r, g, b = np.empty(columns, np.uint8), np.empty(columns, np.uint8), np.empty(columns, np.uint8)
    for n in range(count):
        plane = planes[indices[n]]
        for y in range(top, top + rows):
            if y == top or y % 2 == 0:
                first = y // 2 * half_width + left // 2
                cb = plane[blues + first : blues + first + pairs]
                cr = plane[reds + first : reds + first + pairs]
                for pair in range(pairs):
                    blue, red = int32(cb[pair]) - int32(128), int32(cr[pair]) - int32(128)
                    to_red = int16((int32(91881) * red + half) >> 16)
                    to_green = int16((int32(-22554) * blue - int32(46802) * red + half) >> 16)
                    to_blue = int16((int32(116130) * blue + half) >> 16)
                    more_red[2 * pair], more_red[2 * pair + 1] = to_red, to_red
                    more_green[2 * pair], more_green[2 * pair + 1] = to_green, to_green
                    more_blue[2 * pair], more_blue[2 * pair + 1] = to_blue, to_blue
            start = y * width + left
            luma, pixels = plane[start : start + columns], out[n, y - top].reshape(-1)
            reds_of = more_red[odd : odd + columns]
            greens_of = more_green[odd : odd + columns]
            blues_of = more_blue[odd : odd + columns]
            for x in range(columns):
                bright = int16(luma[x])
                r[x] = uint8(min(max(int16(bright + reds_of[x]), int16(0)), int16(255)))
                g[x] = uint8(min(max(int16(bright + greens_of[x]), int16(0)), int16(255)))
                b[x] = uint8(min(max(int16(bright + blues_of[x]), int16(0)), int16(255)))
            for x in range(columns):
                pixels[3 * x] = r[x]
                pixels[3 * x + 1] = g[x]
                pixels[3 * x + 2] = b[x]


def frame_bytes(codec: Codec, height: int, width: int) -> int:
    """Bytes of one frame; 0 for JPEG, where they differ."""
    half = ((height + 1) // 2) * ((width + 1) // 2)
    return {"jpeg": 0, "i420": height * width + 2 * half, "raw": height * width * 3}[codec]


@dataclass(frozen=True)
class I420:
    """Frames as video holds them.

    Attributes:
        planes: `(N, bytes)` uint8: Y, Cb and Cr of each frame, one after the other.
        size: height and width of the frames.
    """

    planes: np.ndarray
    size: tuple[int, int]


def encode_frames(frames: np.ndarray | I420, codec: Codec) -> tuple[bytes, list[int], tuple[int, int]]:
    """Frames to bytes.

    Args:
        frames: `(N, H, W, 3)` uint8 RGB, or the planes.
        codec: see above.

    Returns:
        The bytes of all frames, one after the other; how many each has; and height and width.
    """
    if isinstance(frames, I420):
        count, size = len(frames.planes), frames.size
        if codec == "i420":
            return frames.planes.tobytes(), [frames.planes.shape[1]] * count, size
        rgb = np.empty((count, *size, 3), np.uint8)
        _from_i420(frames.planes, size, np.arange(count), 0, 0, rgb)
        return encode_frames(rgb, codec)
    count, size = len(frames), (frames.shape[1], frames.shape[2])
    if codec == "jpeg":
        pictures = []
        for frame in frames:
            file = io.BytesIO()
            Image.fromarray(frame).save(file, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:0")
            pictures.append(file.getvalue())
        return b"".join(pictures), [len(picture) for picture in pictures], size
    length = frame_bytes(codec, *size)
    if codec == "raw":
        return frames.tobytes(), [length] * count, size
    planes = np.empty((count, length), np.uint8)
    _to_i420(np.ascontiguousarray(frames), planes)
    return planes.tobytes(), [length] * count, size


def decode_frames(
    data: np.ndarray,
    ends: np.ndarray | Sequence[int],
    codec: Codec,
    size: tuple[int, int],
    indices: np.ndarray,
    window: tuple[int, int, int, int],
) -> np.ndarray:
    """Some frames, cut to a window.

    Args:
        data: uint8, what `encode_frames` gave.
        ends: for each frame where its bytes end; used for JPEG.
        codec: how it was made.
        size: height and width of the frames.
        indices: `(n,)` int64, which frames, in any order, repeats allowed.
        window: top, left, height and width, inside the frame.

    Returns:
        `(n, height, width, 3)` uint8 RGB.

    Raises:
        OSError: a JPEG frame is damaged, as Pillow says it.
    """
    top, left, height, width = window
    out = np.empty((len(indices), height, width, 3), np.uint8)
    if codec == "jpeg":
        for index in np.unique(indices).tolist():
            first, end = int(ends[index - 1]) if index else 0, int(ends[index])
            with Image.open(io.BytesIO(data[first:end].tobytes()), formats=("JPEG",)) as picture:
                if picture.size != size[::-1] or picture.mode != "RGB":
                    raise OSError(f"frame {index} is {picture.mode} {picture.size}")
                out[indices == index] = np.asarray(picture)[top : top + height, left : left + width]
        return out
    planes = data.reshape(-1, frame_bytes(codec, *size))
    if codec == "i420":
        _from_i420(planes, size, indices, top, left, out)
        return out
    pictures = planes.reshape(-1, *size, 3)
    for place, index in enumerate(indices):
        out[place] = pictures[index, top : top + height, left : left + width]
    return out
