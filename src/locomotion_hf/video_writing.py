"""Write videos: H.264 in mp4, the same bytes for the same frames.

That holds on one machine and one build of PyAV: x264 picks its code paths by processor.
"""

from __future__ import annotations

import io
import math
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace

from locomotion_hf.errors import AssetError, OutputError
from locomotion_hf.files import write_whole
from locomotion_hf.video_io import EXACT

_BITEXACT_FLAG = 1 << 23  # AV_CODEC_FLAG_BITEXACT: no encoder version in the stream


def encode_mp4(frames: np.ndarray, fps: float, crf: int = 18) -> bytes:
    """Encode frames as H.264 in an mp4 file in memory: the same frames give the same bytes.

    One thread, no B-frames and no macroblock tree: with x264's defaults the same clip came out as up
    to six different byte strings. The promise holds for one machine and one build of PyAV.

    Args:
        frames: `(N, H, W, 3)` uint8 RGB, H and W even.
        fps: frames per second.
        crf: x264's constant rate factor, 0 (largest) to 51. 18 is often called visually lossless.

    Raises:
        AssetError: the frames cannot be encoded.
    """
    if not (isinstance(frames, np.ndarray) and frames.dtype == np.uint8 and frames.ndim == 4):
        seen = f"{frames.dtype} {frames.shape}" if isinstance(frames, np.ndarray) else type(frames).__name__
        raise AssetError(f"frames are {seen}.", "uint8 (N, H, W, 3).", "convert the frames first.")
    count, height, width, channels = frames.shape
    if channels != 3 or 0 in frames.shape:
        raise AssetError(f"frames are {frames.shape}.", "(N, H, W, 3), none of them 0.", "check the axes.")
    if height % 2 or width % 2:
        raise AssetError(
            f"frames of {width}x{height} pixels.",
            "an even width and height, because H.264 halves the colour planes.",
            "make width and height even.",
        )
    if not (math.isfinite(fps) and fps > 0):
        raise AssetError(f"fps={fps}.", "a positive number.", "pass the frame rate of the frames.")
    rate = Fraction(fps).limit_denominator(1001)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        options = {"crf": str(crf), "preset": "veryfast", "x264-params": "bframes=0:mbtree=0"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.thread_count = 1
        context.flags |= _BITEXACT_FLAG
        # Say which RGB-to-YUV matrix was used (BT.601, limited range), so that no player has to guess.
        context.colorspace, context.color_range = 6, 1
        for index in range(count):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(frames[index]), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU601, interpolation=EXACT, threads=1)
            frame.pts, frame.time_base = index, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def write_video(path: str | os.PathLike[str], frames: np.ndarray, fps: float, crf: int = 18) -> None:
    """Write an mp4 file, whole or not at all: a killed run leaves no half file under the final name.

    Args:
        path: the file; an existing one is replaced.
        frames: as in `encode_mp4`.
        fps: as in `encode_mp4`.
        crf: as in `encode_mp4`.

    Raises:
        AssetError: the frames cannot be encoded.
        OutputError: the place cannot be written.
    """
    data = encode_mp4(frames, fps, crf)
    path = Path(path)
    try:
        write_whole(path, data)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written ({error.strerror or error}).",
            "a folder that exists and can be written.",
            "make the folder, free some space, or choose another place.",
        ) from error
