"""Other people's models behind the seam: image-text models as a mean over frames, and X-CLIP.

The mean over frames cannot tell a clip from its reverse and so shows what a benchmark is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from locomotion_hf.modeling.video_processing_locomotion import sample_frame_indices

from .forward import batches, checked_texts, described, evaluating, joined, unit
from .retrieval import Rescore

#: Frames of a clip that an image-text model is shown. Source: own choice; as many as X-CLIP takes.
FRAMES_OF_IMAGE_MODELS = 8


class FrameMeanEmbedder:
    """The mean over frames of an image-text model: blind to the order of the frames.

    Args:
        model: a dual encoder of transformers such as `CLIPModel` or `SiglipModel`, used in evaluation
            mode and left in the mode in which it was.
        processor: its processor.
        batch_size: clips or sentences in a forward pass; each clip counts as its number of images.
        device: where the model goes; None leaves it where it is.
        padding: of the sentences: True for CLIP, "max_length" for SigLIP, which was trained with that.
        num_frames: frames of a clip that it should be handed; all frames that come are used.
    """

    def __init__(
        self,
        model: Any,
        processor: Any,
        batch_size: int = 8,
        device: str | torch.device | None = None,
        padding: bool | str = True,
        num_frames: int = FRAMES_OF_IMAGE_MODELS,
    ) -> None:
        self.model = model if device is None else model.to(device)
        self.processor = processor
        self.batch_size = batch_size
        self.padding = padding
        self.num_frames = num_frames

    def embed_videos(self, videos: Sequence[np.ndarray]) -> np.ndarray:
        """As `Embedder.embed_videos`; every frame counts the same, so hand over those that should."""
        return joined((self._videos(batch) for batch in batches(videos, self.batch_size)), "clips")

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """As `Embedder.embed_texts`."""
        some = batches(checked_texts(texts), self.batch_size)
        return joined((self._texts(batch) for batch in some), "sentences")

    def matcher(self, videos: Sequence[np.ndarray], texts: Sequence[str]) -> Rescore | None:
        """None: a dual encoder never sees a pair."""
        return None

    def describe(self) -> dict[str, Any]:
        """Frames, resolution, resizing and precision, see `described`."""
        return described(self.model, self.processor.image_processor, self.num_frames)

    def _videos(self, videos: Sequence[np.ndarray]) -> torch.Tensor:
        frames = [frame for video in videos for frame in video]
        inputs = self.processor(images=frames, return_tensors="pt").to(self.model.device, self.model.dtype)
        with evaluating(self.model):
            features = unit(self.model.get_image_features(**inputs).pooler_output)
        parts = features.split([len(video) for video in videos])
        return unit(torch.stack([part.mean(0) for part in parts]))

    def _texts(self, texts: Sequence[str]) -> torch.Tensor:
        inputs = self.processor(text=list(texts), padding=self.padding, truncation=True, return_tensors="pt")
        with evaluating(self.model):
            return unit(self.model.get_text_features(**inputs.to(self.model.device)).pooler_output)


class XCLIPEmbedder:
    """X-CLIP, a dual encoder of videos: its frames exchange messages, and time has positions.

    The text vectors are those before the clip has spoken to them, so that a text has one vector for all clips.
    X-CLIP's own score lets each clip change the text a little; `matcher` gives that one.

    Args:
        model: an `XCLIPModel`, used in evaluation mode and left in the mode in which it was.
        processor: its processor.
        batch_size: clips or sentences in a forward pass.
        device: where the model goes; None leaves it where it is.
    """

    def __init__(
        self, model: Any, processor: Any, batch_size: int = 8, device: str | torch.device | None = None
    ) -> None:
        self.model = model if device is None else model.to(device)
        self.processor = processor
        self.batch_size = batch_size
        self.num_frames: int = model.config.vision_config.num_frames

    def embed_videos(self, videos: Sequence[np.ndarray]) -> np.ndarray:
        """As `Embedder.embed_videos`; of each clip `num_frames` frames are taken, evenly spaced."""
        return joined((unit(self._videos(batch)[0]) for batch in batches(videos, self.batch_size)), "clips")

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """As `Embedder.embed_texts`."""
        some = batches(checked_texts(texts), self.batch_size)
        return joined((unit(self._texts(batch)) for batch in some), "sentences")

    def matcher(self, videos: Sequence[np.ndarray], texts: Sequence[str]) -> Rescore:
        """X-CLIP's own score, the cosine of a clip and of the text as the clip has changed it.

        The frame features of all clips are kept meanwhile: clips x patches x width x 4 bytes.
        """
        parts = [self._videos(batch) for batch in batches(videos, self.batch_size)]
        video, patches = (torch.cat([part[which] for part in parts]) for which in (0, 1))
        text = torch.cat([self._texts(batch) for batch in batches(checked_texts(texts), self.batch_size)])

        def rescore(text_indices: int | np.ndarray, video_indices: np.ndarray) -> np.ndarray:
            text_of, video_of = (
                torch.from_numpy(one.copy()) for one in np.broadcast_arrays(text_indices, video_indices)
            )
            found = []
            for start in range(0, len(video_of), self.batch_size):
                some = slice(start, start + self.batch_size)
                words, clips = text[text_of[some]], video_of[some]
                with evaluating(self.model):
                    words = words + self.model.prompts_generator(words[:, None], patches[clips])[:, 0]
                found.append((unit(words) * unit(video[clips])).sum(-1).cpu().numpy())
            return np.concatenate(found)

        return rescore

    def describe(self) -> dict[str, Any]:
        """Frames, resolution, resizing and precision, see `described`."""
        return described(self.model, self.processor.image_processor, self.num_frames)

    def _videos(self, videos: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
        """Vectors `(B, D)` and what the patches say to a text `(B, P, D)`."""
        frames = [frame for video in videos for frame in video[sample_frame_indices(len(video), self.num_frames)]]
        pixels = self.processor.image_processor(frames, return_tensors="pt")["pixel_values"]
        pixels = pixels.reshape(len(videos), self.num_frames, *pixels.shape[-3:])
        model = self.model
        with evaluating(model):
            output = model.get_video_features(pixels.to(model.device, model.dtype))
            patches = (
                model.prompts_visual_layernorm(output.last_hidden_state[:, 1:]) @ model.prompts_visual_projection
            )
            return output.pooler_output, patches.unflatten(0, (len(videos), self.num_frames)).mean(1)

    def _texts(self, texts: Sequence[str]) -> torch.Tensor:
        inputs = self.processor.tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        with evaluating(self.model):
            return self.model.get_text_features(**inputs.to(self.model.device)).pooler_output
