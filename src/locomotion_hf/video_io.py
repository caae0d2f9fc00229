"""Read videos. This file and `video_writing.py` are the only ones of ours, outside the model, that import PyAV.

What is bit-exact: frames are picked by comparing times; resizing is Pillow's integer arithmetic
with a polynomial kernel; colour conversion asks swscale for its bit-exact path; H.264 and most other
standards define the decoded pixels exactly. So one file gives the same frames everywhere.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from av.video.stream import VideoStream
from PIL import Image

from locomotion_hf.errors import AssetError

#: Own choices, against poisoned or careless inputs: an 8K frame fits, half a minute of it does not.
MAX_FRAME_PIXELS = 8192 * 4352
MAX_TOTAL_BYTES = 2 * 1024**3
MAX_FPS = 60.0
#: Share of the declared length that must decode without damage: a recording cut off in its last
#: moments is fine, half a download is not.
LEAST_DECODED = 0.9
#: Formats that hold a video in one file. Playlists are left out: they can name other files and hosts.
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,asf,ogg,gif,h264,hevc"

#: swscale's bit-exact path.
EXACT = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT
EXACT |= Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_AREA = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_TOLERANCE = 1e-3  # seconds: Matroska rounds presentation times to milliseconds

PathOrBytes = str | os.PathLike[str] | bytes


@dataclass(frozen=True)
class VideoHeader:
    """What a file says about its video before a frame is decoded.

    Attributes:
        width, height: pixels as stored, before rotation.
        fps: average rate in frames per second, at most `MAX_FPS`.
        seconds: declared length; None when the file declares none.
    """

    width: int
    height: int
    fps: float
    seconds: float | None


def read_video(
    video: PathOrBytes,
    *,
    fps: float | None = None,
    short_side: int | None = None,
    max_seconds: float = 30.0,
) -> tuple[np.ndarray, float]:
    """Decode a video at a constant frame rate.

    Output frame k is the frame on screen at k / fps seconds after the first one, so that a variable
    frame rate plays at its true speed. Rotation and pixel aspect of the file are applied.

    Args:
        video: a path, or the bytes of a file.
        fps: frames per second; None takes the stream's average rate, at most `MAX_FPS`.
        short_side: pixels of the shorter side after resizing; None keeps the size.
        max_seconds: what comes later is not read.

    Returns:
        Frames `(N, H, W, 3)` uint8 RGB with N >= 2, and their rate in frames per second.

    Raises:
        AssetError: the file is missing, empty, not a video, damaged (less than `LEAST_DECODED` of its
            declared length can be decoded), over the limits above, or has fewer than two frames.
    """
    for name, value in (("fps", fps), ("short_side", short_side), ("max_seconds", max_seconds)):
        if value is not None and not (math.isfinite(value) and value > 0):
            fix = f"pass a positive {name}, or leave it out."
            raise AssetError(f"{name}={value}.", "a positive number.", fix)
    label = _label(video)
    with _open(video) as (container, stream):
        rate = float(fps) if fps is not None else _header(container, stream, label).fps
        pictures: list[np.ndarray] = []
        size: tuple[int, int] | None = None
        decoded = _decoded(container, stream, label, max_seconds)
        for frame, times in _constant_rate(decoded, rate, max_seconds):
            size = size or _display_size(frame, _pixel_aspect(stream), short_side, label)
            pictures.extend([_picture(frame, size, label)] * times)
            if len(pictures) * size[0] * size[1] * 3 > MAX_TOTAL_BYTES:
                raise _too_large(label, size)
    if len(pictures) < 2:
        raise _too_few(label, len(pictures), rate)
    return np.stack(pictures), rate


def read_i420(
    video: PathOrBytes, *, fps: float, short_side: int, max_seconds: float = 30.0
) -> tuple[np.ndarray, tuple[int, int], float]:
    """Decode a video at a constant rate, as `read_video`, into the planes that video is made of.

    swscale averages areas, on its bit-exact path, without a detour over RGB: thirty times faster than
    `read_video`'s resizing, and some 50 dB from it. For caches of backgrounds.

    Args:
        video: a path, or the bytes of a file.
        fps: frames per second, at most; that of the stream where it is lower.
        short_side: pixels of the shorter side after resizing.
        max_seconds: what comes later is not read.

    Returns:
        `(N, bytes)` uint8 with N >= 2: each row the planes Y, Cb and Cr of a frame, the latter two of half the
        size, rounded up; BT.601, full range, as in JPEG. Then the frames' height and width, and their rate.

    Raises:
        AssetError: as `read_video`.
    """
    label = _label(video)
    with _open(video) as (container, stream):
        rate = min(float(fps), _header(container, stream, label).fps)
        rows: list[np.ndarray] = []
        size: tuple[int, int] | None = None
        decoded = _decoded(container, stream, label, max_seconds)
        for frame, times in _constant_rate(decoded, rate, max_seconds):
            size = size or _display_size(frame, _pixel_aspect(stream), short_side, label)
            rows.extend([_planes(frame, size, label)] * times)
            if rows and rows[-1].size * len(rows) > MAX_TOTAL_BYTES:
                raise _too_large(label, size)
    if size is None or len(rows) < 2:
        raise _too_few(label, len(rows), rate)
    return np.stack(rows), size[::-1], rate


def probe_video(video: PathOrBytes, *, decode: bool = False, max_seconds: float = 30.0) -> VideoHeader:
    """Check that a file holds a video, without keeping any frame.

    Args:
        video: a path, or the bytes of a file.
        decode: also decode every frame of the first `max_seconds`; else the header alone is read.
        max_seconds: as in `read_video`.

    Returns:
        What the header says.

    Raises:
        AssetError: as in `read_video`; damage behind the header is found with `decode` only.
    """
    label = _label(video)
    with _open(video) as (container, stream):
        header = _header(container, stream, label)
        if decode:
            for _ in _decoded(container, stream, label, max_seconds):
                pass
        elif stream.frames == 1:
            raise _too_short(label, 1)
        return header


def check_file(path: str | os.PathLike[str]) -> None:
    """Check that a file is there and holds something, without reading it.

    Raises:
        AssetError: it is missing, empty, a folder, or a link that leads nowhere.
    """
    label, path = _label(path), Path(path)
    if path.is_symlink() and not path.exists():
        raise _not_a_video(label, f"is a broken link to {_label(os.readlink(path))}")
    if not path.exists():
        raise _not_a_video(label, "does not exist")
    if not path.is_file():
        raise _not_a_video(label, "is a folder" if path.is_dir() else "is not a regular file")
    if path.stat().st_size == 0:
        raise _not_a_video(label, "is empty (0 bytes)")


def _label(video: PathOrBytes) -> str:
    """How errors call the input; names that are no valid text must not break the message."""
    if isinstance(video, bytes):
        return f"a video of {len(video)} bytes"
    return os.fsencode(video).decode("utf-8", "replace")


def _not_a_video(label: str, why: str) -> AssetError:
    return AssetError(
        f"{label} {why}.",
        "a video file (mp4, mov, mkv, webm, avi, mpg, ts, ogv or gif).",
        "play it in a video player to check it; replace it or leave it out.",
    )


def _too_short(label: str, frames: int) -> AssetError:
    return AssetError(
        f"{label} is a video of {frames} frame{'' if frames == 1 else 's'}; at least 2 are needed.",
        "2 frames or more: motion needs time.",
        "leave it out, or use a longer recording.",
    )


def _too_large(label: str, size: tuple[int, int]) -> AssetError:
    return AssetError(
        f"{label} is over {MAX_TOTAL_BYTES / 1024**3:g} GiB when decoded at {size[0]}x{size[1]}.",
        "less.",
        "pass a smaller short_side, fps or max_seconds, or cut the video.",
    )


def _too_few(label: str, frames: int, rate: float) -> AssetError:
    return AssetError(
        f"{label} gives only {frames} frame at {rate:g} frames per second.",
        "at least 2 frames.",
        "read it at a higher rate, or leave it out.",
    )


@contextmanager
def _open(video: PathOrBytes) -> Iterator[tuple[av.container.InputContainer, VideoStream]]:
    """The open container and its first video stream; what goes wrong becomes an `AssetError`."""
    label = _label(video)
    if isinstance(video, bytes):
        if not video:
            raise _not_a_video(label, "is empty (0 bytes)")
        file: io.BufferedIOBase = io.BytesIO(video)
    else:
        check_file(video)
        try:
            # Our own handle, so that FFmpeg never reads a name as an address such as "http:".
            file = open(video, "rb")  # noqa: SIM115 (closed below)
        except OSError as error:
            raise _not_a_video(label, f"cannot be opened ({error.strerror})") from error
    with file:
        try:
            options = {"format_whitelist": CONTAINERS}
            container = av.open(file, "r", options=options, metadata_errors="replace")
        except (av.FFmpegError, OSError, ValueError) as error:
            raise _not_a_video(label, "is not a video file, or is cut off or corrupt") from error
        with container:
            if not container.streams.video:
                raise _not_a_video(label, "holds no video stream")
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise _not_a_video(label, "holds video in a coding that is not known; it may be corrupt")
            # Workers are processes; and decoded pixels do not depend on threads.
            stream.codec_context.thread_count = 1
            yield container, stream


def _header(container: av.container.InputContainer, stream: VideoStream, label: str) -> VideoHeader:
    width, height = stream.codec_context.width, stream.codec_context.height
    if width < 1 or height < 1:
        raise _not_a_video(label, f"declares frames of {width}x{height} pixels; it is cut off or corrupt")
    if width * height > MAX_FRAME_PIXELS:
        raise AssetError(
            f"{label} has frames of {width}x{height} pixels.",
            f"at most {MAX_FRAME_PIXELS / 1e6:.0f} million pixels.",
            "scale the video down.",
        )
    rate = stream.average_rate or stream.guessed_rate
    if not rate:
        raise _not_a_video(label, "declares no frame rate")
    return VideoHeader(width, height, min(float(rate), MAX_FPS), _declared_seconds(container, stream))


def _declared_seconds(container: av.container.InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    # The container's length may be that of a longer sound track.
    if container.duration and len(container.streams) == 1:
        return container.duration / av.time_base
    return None


def _decoded(
    container: av.container.InputContainer, stream: VideoStream, label: str, max_seconds: float
) -> Iterator[tuple[float, float, VideoFrame]]:
    """Start, end (seconds after the first frame) and frame, in order; raises at the end when too few came."""
    header = _header(container, stream, label)
    start, end, frames, damaged, broke = None, 0.0, 0, 0, ""
    try:
        for frame in container.decode(stream):
            if frame.width * frame.height > MAX_FRAME_PIXELS:
                raise _not_a_video(label, f"holds a frame of {frame.width}x{frame.height} pixels")
            time = frame.time if frame.time is not None else end + (start or 0.0)
            start = time if start is None else start
            time -= start
            if time >= max_seconds - _TOLERANCE:
                end = max(end, time)
                break
            shown = 1 / header.fps
            if frame.duration and frame.time_base:
                shown = float(frame.duration * frame.time_base)
            frames += 1
            if frame.is_corrupt:
                damaged += 1  # concealed by the decoder: the frame before it stays on screen instead
                continue
            end = max(end, time + shown)
            yield time, end, frame
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:  # IndexError: PyAV lost a stream
        broke = f" ({getattr(error, 'strerror', None) or error})"
    whole = min(header.seconds or end, max_seconds)
    if frames and (end < LEAST_DECODED * whole or damaged > (1 - LEAST_DECODED) * frames):
        raise _not_a_video(
            label,
            f"is cut off or corrupt{broke}: {min(end, whole):.2f} of {whole:.2f} declared seconds "
            f"can be decoded, with {damaged} of {frames} frames damaged",
        )
    if frames == 0 or (frames == 1 and broke):
        raise _not_a_video(label, f"is cut off or corrupt{broke}: no frame can be decoded")
    if frames - damaged < 2:
        raise _too_short(label, frames - damaged)


def _constant_rate(
    frames: Iterator[tuple[float, float, VideoFrame]], fps: float, max_seconds: float
) -> Iterator[tuple[VideoFrame, int]]:
    """Each decoded frame that is on screen at some k / fps, and at how many of them."""
    index, shown, last = 0, None, 0.0

    def until(time: float) -> int:
        """How many output times lie before `time`, from `index` on."""
        return max(0, math.ceil((min(time, max_seconds) - _TOLERANCE) * fps) - index)

    for time, end, frame in frames:
        if shown is not None and (times := until(time)):
            yield shown, times
            index += times
        shown, last = frame, end
    if shown is not None and (times := until(last)):
        yield shown, times


def _display_size(frame: VideoFrame, aspect: float, short_side: int | None, label: str) -> tuple[int, int]:
    """Width and height of the output, after rotation, with square pixels."""
    width, height = frame.width, frame.height
    shown_width, shown_height = max(1, round(width * aspect)), height
    if frame.rotation % 180 == 90:
        shown_width, shown_height = shown_height, shown_width
    if short_side is None:
        return shown_width, shown_height
    scale = short_side / min(shown_width, shown_height)
    size = max(short_side, round(shown_width * scale)), max(short_side, round(shown_height * scale))
    if size[0] * size[1] > MAX_FRAME_PIXELS:
        raise AssetError(
            f"{label} has frames of {width}x{height} pixels, {size[0]}x{size[1]} when resized.",
            f"at most {MAX_FRAME_PIXELS / 1e6:.0f} million pixels.",
            "crop the video, or ask for a smaller short_side.",
        )
    return size


def _pixel_aspect(stream: VideoStream) -> float:
    """Width of a pixel over its height; a value that no camera has is taken for damage."""
    aspect = stream.sample_aspect_ratio
    return float(aspect) if aspect and 0.25 <= aspect <= 4 else 1.0


def _picture(frame: VideoFrame, size: tuple[int, int], label: str) -> np.ndarray:
    """`(H, W, 3)` uint8 RGB, upright, of `size` (width, height)."""
    try:
        rgb = frame.reformat(format="rgb24", interpolation=EXACT, threads=1).to_ndarray()
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _not_a_video(label, f"holds colours that cannot be read ({frame.format.name})") from error
    turns = round(frame.rotation / 90)  # counter-clockwise, as np.rot90 counts
    stored = size if turns % 2 == 0 else size[::-1]
    if (frame.width, frame.height) != stored:
        # Bicubic is a polynomial: unlike Lanczos it needs no sine, which differs between C libraries.
        image = Image.fromarray(rgb).resize(stored, Image.Resampling.BICUBIC, reducing_gap=3.0)
        rgb = np.asarray(image)
    return np.ascontiguousarray(np.rot90(rgb, turns))


def _planes(frame: VideoFrame, size: tuple[int, int], label: str) -> np.ndarray:
    """Y, Cb and Cr one after the other, `(bytes,)` uint8, upright, of `size` (width, height)."""
    turns = round(frame.rotation / 90)  # counter-clockwise, as np.rot90 counts
    stored = size if turns % 2 == 0 else size[::-1]
    try:
        scaled = frame.reformat(
            *stored,
            format="yuv420p",
            interpolation=_AREA,
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _not_a_video(label, f"holds colours that cannot be read ({frame.format.name})") from error
    halves = (stored[0] + 1) // 2, (stored[1] + 1) // 2
    planes = []
    for plane, (width, height) in zip(scaled.planes, (stored, halves, halves), strict=True):
        pixels = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:height, :width]
        planes.append(np.rot90(pixels, turns).ravel())
    return np.concatenate(planes)
