"""Models as the evaluation sees them: clips and sentences in, unit vectors out.

embedder = open_embedder("locomotion")                     # a folder that training wrote
embedder = open_embedder("openai/clip-vit-base-patch32")   # any CLIP or SigLIP: the mean over frames
embedder = open_embedder("microsoft/xclip-base-patch32")   # a dual encoder of videos
embedder.embed_videos(clips) @ embedder.embed_texts(["a cup is pushed to the left"]).T
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModel, AutoProcessor, PreTrainedConfig

from locomotion_hf.errors import EvaluationError
from locomotion_hf.modeling.modeling_locomotion import LocoMotionForPreTraining, LocoMotionModel

from .dual_encoders import FrameMeanEmbedder, XCLIPEmbedder
from .locomotion_embedder import LocoMotionEmbedder
from .retrieval import Rescore

#: Clips in a forward pass, where nobody says otherwise. Source: own choice; a few hundred MB at 224 pixels.
BATCH_SIZE = 16


class Embedder(Protocol):
    """Anything that puts clips and sentences into one space."""

    def embed_videos(self, videos: Sequence[np.ndarray]) -> np.ndarray:
        """Unit vectors `(N, D)` float32 of N clips, each `(T, H, W, 3)` uint8 RGB.

        Clips are taken in slices, a batch at a time, so `videos` may read them when asked.
        """
        ...

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors `(N, D)` float32 of N sentences."""
        ...

    def matcher(self, videos: Sequence[np.ndarray], texts: Sequence[str]) -> Rescore | None:
        """A second look at pairs of these clips and sentences; None for a model that has none."""
        ...


#: What `open_embedder` gives: beside `Embedder`, it says how many frames it should be handed (`num_frames`).
OpenEmbedder = LocoMotionEmbedder | FrameMeanEmbedder | XCLIPEmbedder


def open_embedder(
    model_id: str | Path,
    device: str | torch.device | None = None,
    batch_size: int = BATCH_SIZE,
    *,
    num_frames: int | None = None,
    dtype: str | torch.dtype = "float32",
) -> OpenEmbedder:
    """A model by its folder or its name on the Hub.

    Args:
        model_id: a LocoMotion checkpoint or an adapter of one, any image-text dual encoder of transformers (CLIP,
            SigLIP and what has their two methods), or X-CLIP.
        device: where it goes; None takes the first GPU if there is one.
        batch_size: clips or sentences in a forward pass.
        num_frames: frames of a clip that the model sees; None takes what it was made with, and 8 for an image-text
            model. X-CLIP takes no other number than its own.
        dtype: of the weights, "float32", "bfloat16" or "float16".

    Raises:
        EvaluationError: there is no such model, it is none of the three kinds, or the settings do not suit it.
    """
    if batch_size < 1 or (num_frames is not None and num_frames < 1):
        raise EvaluationError(f"batch_size={batch_size}, num_frames={num_frames}.", "1 or more.", "raise it.")
    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    name = str(model_id)
    config = _config(name)
    if config.model_type == "locomotion":
        # The class that was saved: another one would invent the weights that are not there.
        trained = LocoMotionForPreTraining.__name__ in (config.architectures or ())
        kind: Any = LocoMotionForPreTraining if trained else LocoMotionModel
        model, processor = _model(kind, name, dtype), _processor(name)
        if num_frames is not None:
            processor.video_processor.num_frames = num_frames
        return LocoMotionEmbedder(model, processor, batch_size, device)
    if config.model_type == "xclip":
        own = config.vision_config.num_frames
        if num_frames not in (None, own):
            raise EvaluationError(
                f"num_frames is {num_frames}, and {name} is an X-CLIP of {own} frames.",
                "the number that its time positions are made for.",
                "leave num_frames out.",
            )
        model = _model(AutoModel, name, dtype)
        return XCLIPEmbedder(model, _processor(name), batch_size, device)
    model = _model(AutoModel, name, dtype)
    if not (hasattr(model, "get_image_features") and hasattr(model, "get_text_features")):
        raise EvaluationError(
            f"{name} is a {type(model).__name__}.",
            "a LocoMotion model, an image-text dual encoder such as CLIPModel or SiglipModel, or X-CLIP.",
            "name another model, or write a class with the methods of Embedder.",
        )
    padding = "max_length" if config.model_type.startswith("siglip") else True
    frames = {} if num_frames is None else {"num_frames": num_frames}
    return FrameMeanEmbedder(model, _processor(name), batch_size, device, padding, **frames)


def adapter_base(model_id: str) -> str:
    """The model that a folder's adapter belongs to; the folder itself when it holds a whole model."""
    folder = Path(model_id)
    adapter = folder / "adapter_config.json"
    if adapter.is_file() and not (folder / "config.json").is_file():
        return str(json.loads(adapter.read_text("utf-8"))["base_model_name_or_path"])
    return model_id


def _config(name: str) -> PreTrainedConfig:
    try:
        return AutoConfig.from_pretrained(adapter_base(name))
    except (OSError, ValueError, KeyError) as error:
        raise EvaluationError(
            f"{name} cannot be opened as a model ({_first_line(error)}).",
            "a folder with config.json, or the name of a model on the Hub.",
            "check the path; training writes such a folder.",
        ) from error


def _model(kind: Any, name: str, dtype: str | torch.dtype) -> Any:
    try:
        model, told = kind.from_pretrained(name, dtype=dtype, output_loading_info=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise EvaluationError(
            f"The weights of {name} cannot be read ({_first_line(error)}).",
            "whole files with the weights of that model.",
            "copy or train it again.",
        ) from error
    missing = sorted(told["missing_keys"])
    if missing:
        raise EvaluationError(
            f"{name} lacks {len(missing)} weights of a {type(model).__name__} (the first: {missing[0]}).",
            "all of them: what is missing would be drawn at random.",
            "copy or train it again.",
        )
    return model


def _processor(name: str) -> Any:
    place = name if (Path(name) / "processor_config.json").is_file() else adapter_base(name)
    try:
        return AutoProcessor.from_pretrained(place)
    except (OSError, ValueError, ImportError) as error:
        raise EvaluationError(
            f"The processor of {name} cannot be opened ({_first_line(error)}).",
            "processor and tokenizer files beside the weights, and the packages that they need.",
            "save the processor there; the first SigLIP's tokenizer needs `pip install sentencepiece protobuf`.",
        ) from error


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].strip().rstrip(".") if lines else type(error).__name__


__all__ = [
    "Embedder",
    "FrameMeanEmbedder",
    "LocoMotionEmbedder",
    "OpenEmbedder",
    "XCLIPEmbedder",
    "adapter_base",
    "open_embedder",
]
