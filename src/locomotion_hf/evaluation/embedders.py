"""Models as the evaluation sees them: clips and sentences in, unit vectors out.

Two kinds stand behind the seam: ours, and a mean over the frames of any image-text model, which cannot
tell a clip from its reverse and so shows what a benchmark is worth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import torch

from locomotion_hf.modeling.modeling_locomotion import LocoMotionForPreTraining, LocoMotionModel

from .retrieval import Rescore


class Embedder(Protocol):
    """Anything that puts clips and sentences into one space."""

    def embed_videos(self, videos: Sequence[np.ndarray]) -> np.ndarray:
        """Unit vectors `(N, D)` float32 of N clips, each `(T, H, W, 3)` uint8 RGB."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors `(N, D)` float32 of N sentences."""
        ...

    def matcher(self, videos: Sequence[np.ndarray], texts: Sequence[str]) -> Rescore | None:
        """A second look at pairs of these clips and sentences; None for a model that has none."""
        ...


class LocoMotionEmbedder:
    """Our models.

    Args:
        model: with matching when it is a `LocoMotionForPreTraining`. It is used in evaluation mode and
            left in the mode in which it was; its weights are read at each call.
        processor: a `LocoMotionProcessor`.
        batch_size: clips or sentences in a forward pass, and pairs in one of the cross-modal encoder.
        device: where the model goes, and its inputs with it; None leaves it where it is.
    """

    def __init__(
        self,
        model: LocoMotionForPreTraining | LocoMotionModel,
        processor: Any,
        batch_size: int = 64,
        device: str | torch.device | None = None,
    ) -> None:
        self.model = model if device is None else model.to(device)
        self.processor = processor
        self.batch_size = batch_size

    def embed_videos(self, videos: Sequence[np.ndarray]) -> np.ndarray:
        """As `Embedder.embed_videos`; the processor resizes and picks the frames."""
        return _joined(_unit(self._videos(batch).pooler_output) for batch in _batches(videos, self.batch_size))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """As `Embedder.embed_texts`."""
        return _joined(_unit(self._texts(batch)[0].pooler_output) for batch in _batches(texts, self.batch_size))

    def matcher(self, videos: Sequence[np.ndarray], texts: Sequence[str]) -> Rescore | None:
        """The VTM head on pairs; None for a model without one.

        The token states of all clips and sentences are kept meanwhile: clips x tokens x width x 4 bytes.

        Returns:
            A function of a text index and `(n,)` video indices; it gives `(n,)` float32, the logit of
            "match" minus that of "no match".
        """
        model = self.model
        if not isinstance(model, LocoMotionForPreTraining):
            return None
        video_states = torch.cat(
            [self._videos(batch).last_hidden_state for batch in _batches(videos, self.batch_size)]
        )
        text_states: list[torch.Tensor] = []
        for batch in _batches(texts, self.batch_size):
            output, mask = self._texts(batch)
            # Cut to its own words, a sentence needs no padding: it meets its clips alone.
            text_states += [
                state[: int(row.sum())] for state, row in zip(output.last_hidden_state, mask, strict=True)
            ]

        def rescore(text_index: int, video_indices: np.ndarray) -> np.ndarray:
            words = text_states[text_index]
            found = []
            for some in _batches(video_indices, self.batch_size):
                clips = video_states[torch.as_tensor(some, device=video_states.device)]
                sentence = words.expand(len(clips), *words.shape)
                mask = torch.ones(sentence.shape[:2], dtype=torch.long, device=words.device)
                with _evaluating(model):
                    logits = model.match_logits(clips, sentence, mask)
                found.append((logits[:, 1] - logits[:, 0]).float().cpu().numpy())
            return np.concatenate(found)

        return rescore

    def _videos(self, videos: Sequence[np.ndarray]) -> Any:
        inputs = self.processor(videos=list(videos), return_tensors="pt").to(self.model.device)
        with _evaluating(self.model):
            return self.model.get_video_features(pixel_values_videos=inputs["pixel_values_videos"])

    def _texts(self, texts: Sequence[str]) -> tuple[Any, torch.Tensor]:
        inputs = self.processor(text=list(texts), return_tensors="pt").to(self.model.device)
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        with _evaluating(self.model):
            return self.model.get_text_features(input_ids=ids, attention_mask=mask), mask


class FrameMeanEmbedder:
    """The mean over frames of an image-text model: blind to the order of the frames.

    Args:
        model: a dual encoder of transformers such as `CLIPModel` or `SiglipModel`, used in evaluation
            mode and left in the mode in which it was.
        processor: its processor.
        batch_size: clips or sentences in a forward pass; each clip counts as its number of images.
        device: where the model goes; None leaves it where it is.
        padding: of the sentences: True for CLIP, "max_length" for SigLIP, which was trained with that.
    """

    def __init__(
        self,
        model: Any,
        processor: Any,
        batch_size: int = 8,
        device: str | torch.device | None = None,
        padding: bool | str = True,
    ) -> None:
        self.model = model if device is None else model.to(device)
        self.processor = processor
        self.batch_size = batch_size
        self.padding = padding

    def embed_videos(self, videos: Sequence[np.ndarray]) -> np.ndarray:
        """As `Embedder.embed_videos`; every frame counts the same, so hand over those that should."""
        return _joined(self._videos(batch) for batch in _batches(videos, self.batch_size))

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """As `Embedder.embed_texts`."""
        return _joined(self._texts(batch) for batch in _batches(texts, self.batch_size))

    def matcher(self, videos: Sequence[np.ndarray], texts: Sequence[str]) -> Rescore | None:
        """None: a dual encoder never sees a pair."""
        return None

    def _videos(self, videos: Sequence[np.ndarray]) -> torch.Tensor:
        frames = [frame for video in videos for frame in video]
        inputs = self.processor(images=frames, return_tensors="pt").to(self.model.device)
        with _evaluating(self.model):
            features = _unit(self.model.get_image_features(**inputs).pooler_output)
        parts = features.split([len(video) for video in videos])
        return _unit(torch.stack([part.mean(0) for part in parts]))

    def _texts(self, texts: Sequence[str]) -> torch.Tensor:
        inputs = self.processor(text=list(texts), padding=self.padding, truncation=True, return_tensors="pt")
        with _evaluating(self.model):
            return _unit(self.model.get_text_features(**inputs.to(self.model.device)).pooler_output)


@contextmanager
def _evaluating(model: torch.nn.Module) -> Iterator[None]:
    """Without dropout and gradients, and back to the former mode, as a run may go on training."""
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(training)


def _batches(items: Sequence[Any] | np.ndarray, size: int) -> Iterator[Any]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(vectors.float(), dim=-1)


def _joined(parts: Iterator[torch.Tensor]) -> np.ndarray:
    return torch.cat([part.cpu() for part in parts]).numpy()
