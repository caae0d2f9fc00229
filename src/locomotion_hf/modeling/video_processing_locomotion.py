"""Clips to tensors: decode, choose frames, resize, normalise. Needs neither torchvision nor torchcodec.

There is no flip and no random crop: both would falsify what a caption says of a motion.
"""

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F
from transformers import BatchFeature
from transformers.image_utils import (
    IMAGENET_STANDARD_MEAN,
    IMAGENET_STANDARD_STD,
    PILImageResampling,
    SizeDict,
)
from transformers.processing_utils import Unpack, VideosKwargs
from transformers.video_processing_utils import VideoProcessorMixin
from transformers.video_utils import read_video_pyav

#: What is decoded first: a path, the bytes of a file, an undecoded row of `datasets`.
FileInput = str | os.PathLike | bytes | Mapping[str, Any]
#: What one clip may be; a batch is a sequence of these, or one array with a batch axis in front.
ClipInput = np.ndarray | torch.Tensor | FileInput

# What transformers' reader takes as "every frame": it only asks for membership and for the last one.
_ALL = range(sys.maxsize)
_MODES = {PILImageResampling.BILINEAR: "bilinear", PILImageResampling.BICUBIC: "bicubic"}


def sample_frame_indices(num_frames_in: int, num_frames_out: int) -> np.ndarray:
    """Which frames of a clip are kept: evenly spaced, the first and the last among them.

    Index i is `i * (num_frames_in - 1) / (num_frames_out - 1)`, rounded to the nearest, halves up, in
    integers. A single frame is taken from the middle. A clip with too few frames repeats some, by the same
    rule.

    Args:
        num_frames_in: frames that there are, at least 1.
        num_frames_out: frames that are wanted, at least 1.

    Returns:
        `(num_frames_out,)` int64, non-decreasing.

    Raises:
        ValueError: one of the two is below 1.
    """
    for name, value in (("num_frames_in", num_frames_in), ("num_frames_out", num_frames_out)):
        if value < 1:
            raise ValueError(
                f"{name} is {value}. Expected: at least 1. To fix it: pass a clip that has frames and ask for one."
            )
    if num_frames_out == 1:
        return np.array([(num_frames_in - 1) // 2])
    steps = num_frames_out - 1
    return (2 * np.arange(num_frames_out) * (num_frames_in - 1) + steps) // (2 * steps)


def decode_video(video: FileInput, num_frames: int | None) -> np.ndarray:
    """Decode a file with PyAV, keeping the frames that `sample_frame_indices` names.

    Args:
        video: a path, the bytes of a file, or `{"bytes", "path"}` as `datasets` gives an undecoded video.
        num_frames: how many frames to keep; None keeps all.

    Returns:
        `(num_frames, H, W, 3)` uint8 RGB.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be decoded as a video.
    """
    if isinstance(video, Mapping):
        content = video.get("path") if video.get("bytes") is None else video["bytes"]
        if content is None:
            raise ValueError(
                "videos holds a row whose 'bytes' and 'path' are both missing. Expected: one of them. To "
                "fix it: cast the column with datasets.Video(decode=False)."
            )
        video = content
    if num_frames is None:
        return _read(video, lambda total: _ALL)
    stated = 0

    def kept(total: int) -> Sequence[int]:
        nonlocal stated
        stated = total
        return sorted(set(sample_frame_indices(total, num_frames).tolist())) if total else _ALL

    # The header states the number of frames. Some formats do not, and some files lie: then all are read.
    frames = _read(video, kept)
    if stated:
        indices, back = np.unique(sample_frame_indices(stated, num_frames), return_inverse=True)
        if len(frames) == len(indices):
            return frames[back]
        frames = _read(video, lambda total: _ALL)
    return frames[sample_frame_indices(len(frames), num_frames)]


def _read(video: Any, wanted: Callable[[int], Sequence[int]]) -> np.ndarray:
    """The frames whose indices `wanted` names, given how many there are said to be (0: not said)."""
    if isinstance(video, bytes):
        name, source = f"{len(video)} bytes", io.BytesIO(video)
    else:
        name = source = os.fspath(video)
        if not os.path.isfile(name):
            raise FileNotFoundError(
                f"videos names {name!r}, which is not a file. Expected: a path to a video file. To fix it: "
                "check the path; a folder or a URL is not read here."
            )
    try:
        return read_video_pyav(source, lambda metadata, **_: wanted(metadata.total_num_frames))[0]
    except (ValueError, OSError, TypeError, IndexError) as error:
        raise ValueError(
            f"videos holds {name!r}, which cannot be decoded as a video ({error}). Expected: a file with a "
            "video stream that FFmpeg reads. To fix it: play it or encode it again, or leave it out."
        ) from error


class LocoMotionVideoProcessor(VideoProcessorMixin):
    """Makes `pixel_values_videos` `(B, T, 3, H, W)` float32 from whatever a clip comes as.

    Args:
        num_frames: frames to keep of each clip, evenly spaced; None with `do_sample_frames=False` keeps all.
        size: `{"height", "width"}` in pixels. The whole frame is resized to it, as in the lineage: nothing is
            cropped, so that no motion leaves the picture.
        resample: bilinear or bicubic, both with antialiasing.
        do_resize, do_rescale, do_normalize, do_sample_frames: switch a step off. `do_rescale=False` says that
            values already lie between 0 and 1.
        image_mean, image_std: per channel, of values between 0 and 1.
    """

    resample = PILImageResampling.BILINEAR
    image_mean = IMAGENET_STANDARD_MEAN
    image_std = IMAGENET_STANDARD_STD
    size = {"height": 48, "width": 48}
    num_frames = 16
    do_sample_frames = True
    do_resize = True
    do_rescale = True
    do_normalize = True
    valid_kwargs = VideosKwargs
    model_input_names = ["pixel_values_videos"]

    def __init__(self, **kwargs: Unpack[VideosKwargs]) -> None:
        super().__init__(**kwargs)
        self._set_attributes(**kwargs)

    def preprocess(
        self,
        videos: ClipInput | Sequence[ClipInput],
        *,
        num_frames: int | None = None,
        size: dict[str, int] | SizeDict | None = None,
        resample: int | None = None,
        do_sample_frames: bool | None = None,
        do_resize: bool | None = None,
        do_rescale: bool | None = None,
        do_normalize: bool | None = None,
        rescale_factor: float | None = None,
        image_mean: Sequence[float] | None = None,
        image_std: Sequence[float] | None = None,
        return_tensors: str | None = "pt",
    ) -> BatchFeature:
        """Prepare one clip or a batch.

        A uint8 array with a batch axis and the right size takes the fast way: no loop, no resize.

        Args:
            videos: a clip, or a sequence of clips. A clip is a uint8 array or tensor `(T, H, W, 3)` or
                `(T, 3, H, W)`, the path or the bytes of a file, or `{"bytes", "path"}`. An array or tensor
                with one more axis in front is a batch.
            num_frames: frames to keep; None here and below takes what the processor was made with.
            size: `{"height", "width"}` in pixels.
            resample: bilinear or bicubic.
            do_sample_frames: False keeps all frames.
            do_resize: False keeps the size.
            do_rescale: False says that values already lie between 0 and 1.
            do_normalize: False leaves them there.
            rescale_factor: what uint8 is multiplied by.
            image_mean: per channel, of values between 0 and 1.
            image_std: per channel, of values between 0 and 1.
            return_tensors: "pt" or "np".

        Returns:
            `pixel_values_videos` `(B, T, 3, H, W)` float32.

        Raises:
            FileNotFoundError: a path without a file.
            ValueError: anything else that is not a clip; the message names the argument.
        """
        given = {
            "num_frames": num_frames,
            "size": size,
            "resample": resample,
            "do_sample_frames": do_sample_frames,
            "do_resize": do_resize,
            "do_rescale": do_rescale,
            "do_normalize": do_normalize,
            "rescale_factor": rescale_factor,
            "image_mean": image_mean,
            "image_std": image_std,
        }
        setting = {name: getattr(self, name) if value is None else value for name, value in given.items()}
        setting = self._standardize_kwargs(**setting)
        wanted = setting["num_frames"] if setting["do_sample_frames"] else None
        batch = self._load(videos, wanted, setting["do_rescale"])
        clips = [self._transform(clips, setting) for clips in batch]
        shapes = {tuple(clip.shape[1:]) for clip in clips}
        if len(shapes) > 1:
            raise ValueError(
                f"videos holds clips that come out as {sorted(shapes)} (frames, channels, height, width). "
                "Expected: one shape for the batch. To fix it: leave do_sample_frames and do_resize on, "
                "or pass the clips one by one."
            )
        return BatchFeature({"pixel_values_videos": torch.cat(clips)}, tensor_type=return_tensors)

    def _load(self, videos: Any, num_frames: int | None, do_rescale: bool) -> list[torch.Tensor]:
        """Everything to tensors `(B, T, 3, H, W)` in the values that came in, frames chosen."""
        if isinstance(videos, (str, os.PathLike, bytes, Mapping)):
            videos = [videos]
        if isinstance(videos, (np.ndarray, torch.Tensor)):
            return [_choose_frames(_check_clips(videos, do_rescale), num_frames)]
        if not isinstance(videos, Sequence) or not videos:
            raise ValueError(
                f"videos is {videos!r:.80}. Expected: a clip or a non-empty sequence of clips. To fix it: "
                "pass uint8 arrays (T, H, W, 3), paths, bytes or undecoded rows of a datasets.Video "
                "column."
            )
        loaded = []
        for clip in videos:
            if not isinstance(clip, (np.ndarray, torch.Tensor)):
                if not isinstance(clip, (str, os.PathLike, bytes, Mapping)):
                    raise ValueError(
                        f"videos holds a {type(clip).__name__}. Expected: clips. To fix it: stack the "
                        "frames of a clip into one uint8 array (T, H, W, 3)."
                    )
                clip = decode_video(clip, num_frames)
            elif clip.ndim != 4:
                raise ValueError(
                    f"videos holds an array of {clip.ndim} axes, {tuple(clip.shape)}. Expected: 4 for each "
                    "clip of a sequence, (T, H, W, 3). To fix it: stack the frames of a clip into one "
                    "array."
                )
            loaded.append(_choose_frames(_check_clips(clip, do_rescale), num_frames))
        if len({clip.shape for clip in loaded}) == 1:
            return [torch.cat(loaded)]
        return loaded

    def _transform(self, clips: torch.Tensor, setting: dict[str, Any]) -> torch.Tensor:
        """Resize, rescale and normalise `(B, T, 3, H, W)`."""
        size = setting["size"].height, setting["size"].width
        values = clips.to(torch.float32)
        if setting["do_resize"] and values.shape[-2:] != size:
            mode = _MODES.get(setting["resample"])
            if mode is None:
                raise ValueError(
                    f"resample is {setting['resample']!r}. Expected: PILImageResampling.BILINEAR or "
                    "BICUBIC. To fix it: choose one of the two."
                )
            flat = values.flatten(0, 1)
            flat = F.interpolate(flat, size, mode=mode, antialias=True, align_corners=False)
            values = flat.unflatten(0, clips.shape[:2])
        factor = setting["rescale_factor"] if setting["do_rescale"] else 1.0
        if not setting["do_normalize"]:
            return values * factor
        mean, std = (
            torch.tensor(setting[name], dtype=torch.float32).view(-1, 1, 1) for name in ("image_mean", "image_std")
        )
        # One multiplication and one addition over the whole batch.
        return torch.addcmul(-mean / std, values, factor / std)


def _check_clips(clips: np.ndarray | torch.Tensor, do_rescale: bool) -> torch.Tensor:
    """`(T, ...)` or `(B, T, ...)`, channels last or first, to a tensor `(B, T, 3, H, W)`; else ValueError."""
    shape, dtype = tuple(clips.shape), str(clips.dtype).removeprefix("torch.")
    if clips.ndim not in (4, 5):
        raise ValueError(
            f"videos has {clips.ndim} axes, {shape}. Expected: 4 for a clip, (T, H, W, 3), or 5 for a "
            "batch. To fix it: a picture becomes a clip of one frame with picture[None]."
        )
    if 0 in shape:
        raise ValueError(
            f"videos has the shape {shape}. Expected: at least one clip, one frame and one pixel. To fix "
            "it: leave empty clips out."
        )
    if shape[-1] != 3 and shape[-3] != 3:
        raise ValueError(
            f"videos has the shape {shape}. Expected: 3 channels, RGB, as the last axis or before height "
            "and width. To fix it: drop an alpha channel, repeat a grey one."
        )
    tensor = torch.as_tensor(clips)
    if dtype != "uint8":
        if do_rescale or not tensor.is_floating_point():
            raise ValueError(
                f"videos has the dtype {dtype}. Expected: uint8, 0 to 255. To fix it: convert it, or pass "
                "floats between 0 and 1 with do_rescale=False."
            )
        low, high = tensor.aminmax()
        if not (low >= 0 and high <= 1):
            raise ValueError(
                f"videos has values from {low.item():g} to {high.item():g} with do_rescale=False. "
                "Expected: 0 to 1. To fix it: divide by the largest value, or pass uint8."
            )
    elif not do_rescale:
        raise ValueError(
            "videos has the dtype uint8 with do_rescale=False. Expected: floats between 0 and 1. To fix "
            "it: leave do_rescale on."
        )
    if tensor.ndim == 4:
        tensor = tensor[None]
    return tensor.movedim(-1, -3) if shape[-1] == 3 else tensor


def _choose_frames(clips: torch.Tensor, num_frames: int | None) -> torch.Tensor:
    """`(B, T, ...)` to `(B, num_frames, ...)`."""
    if num_frames is None or clips.shape[1] == num_frames:
        return clips
    return clips[:, torch.from_numpy(sample_frame_indices(clips.shape[1], num_frames))]


__all__ = ["LocoMotionVideoProcessor", "sample_frame_indices"]
