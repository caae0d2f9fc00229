"""Our models behind the seam; the second look projects a clip's keys and values once for all of its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from locomotion_hf.modeling.modeling_locomotion import LocoMotionForPreTraining, LocoMotionModel

from .forward import batches, checked_texts, described, evaluating, joined, unit
from .retrieval import Rescore

#: Bytes of token states of clips that a matcher keeps; clips beyond them are read and encoded again when they are
#: asked for. Source: own choice; the clips of a test set of 1,700 at 4 frames of 196
#: patches of width 768 in half precision.
STATE_BYTES = 2 << 30

#: Pairs in a pass of the cross-modal encoder, for each clip or sentence of `batch_size`. Source: own choice; a pair
#: is a sentence of few words, far cheaper than a clip.
PAIRS = 4


class LocoMotionEmbedder:
    """Our models.

    Args:
        model: with matching when it is a `LocoMotionForPreTraining`. It is used in evaluation mode and
            left in the mode in which it was; its weights are read at each call.
        processor: a `LocoMotionProcessor`.
        batch_size: clips or sentences in a forward pass; of pairs, four times as many.
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

    @property
    def num_frames(self) -> int:
        """Frames of a clip that the model sees; of longer clips the processor picks so many."""
        return self.processor.video_processor.num_frames

    def embed_videos(self, videos: Sequence[np.ndarray]) -> np.ndarray:
        """As `Embedder.embed_videos`; the processor resizes and picks the frames."""
        found = (unit(self._videos(batch).pooler_output) for batch in batches(videos, self.batch_size))
        return joined(found, "clips")

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        """As `Embedder.embed_texts`."""
        some = batches(checked_texts(texts), self.batch_size)
        return joined((unit(self._texts(batch)[0].pooler_output) for batch in some), "sentences")

    def matcher(self, videos: Sequence[np.ndarray], texts: Sequence[str]) -> Rescore | None:
        """The VTM head on pairs; None for a model without one.

        The token states of the sentences are kept meanwhile, and those of clips up to `STATE_BYTES`; clips are
        taken from `videos` when their pairs are asked for.

        Returns:
            A function of text indices and video indices; it gives `(n,)` float32, the logit of
            "match" minus that of "no match".
        """
        if not isinstance(self.model, LocoMotionForPreTraining):
            return None
        words: list[torch.Tensor] = []
        for batch in batches(checked_texts(texts), self.batch_size):
            output, mask = self._texts(batch)
            # Cut to its own words, a sentence takes no room for padding.
            words += [state[: int(row.sum())] for state, row in zip(output.last_hidden_state, mask, strict=True)]
        return _Matcher(self, self.model, videos, words)

    def describe(self) -> dict[str, Any]:
        """Frames, resolution, resizing and precision, see `described`."""
        return described(self.model, self.processor.video_processor, self.num_frames)

    def _videos(self, videos: Sequence[np.ndarray]) -> Any:
        inputs = self.processor(videos=list(videos), return_tensors="pt").to(self.model.device)
        pixels = inputs["pixel_values_videos"].to(self.model.dtype)
        with evaluating(self.model):
            return self.model.get_video_features(pixel_values_videos=pixels)

    def _texts(self, texts: Sequence[str]) -> tuple[Any, torch.Tensor]:
        inputs = self.processor(text=list(texts), return_tensors="pt").to(self.model.device)
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        with evaluating(self.model):
            return self.model.get_text_features(input_ids=ids, attention_mask=mask), mask


class _Matcher:
    """Scores of pairs, clip by clip; see `LocoMotionEmbedder.matcher`."""

    def __init__(
        self,
        embedder: LocoMotionEmbedder,
        model: LocoMotionForPreTraining,
        videos: Sequence[np.ndarray],
        words: list[torch.Tensor],
    ) -> None:
        self.embedder, self.model, self.videos, self.words = embedder, model, videos, words
        self.kept: dict[int, torch.Tensor] = {}
        self.room = STATE_BYTES

    def __call__(self, text_indices: int | np.ndarray, video_indices: np.ndarray) -> np.ndarray:
        texts, clips = np.broadcast_arrays(text_indices, video_indices)
        scores = np.empty(len(clips), np.float32)
        asked, pairs_of = np.unique(clips, return_inverse=True)
        for some in batches(np.arange(len(asked)), self.embedder.batch_size):
            states = self._states(asked[some])
            rows = [np.flatnonzero(pairs_of == which) for which in some]
            counts = np.array([len(row) for row in rows])
            # Clips with equally many sentences go through together.
            for count in np.unique(counts):
                alike = np.flatnonzero(counts == count)
                pairs = np.stack([rows[place] for place in alike])
                scores[pairs] = self._score(states[torch.from_numpy(alike)], texts[pairs])
        return scores

    def _score(self, states: torch.Tensor, texts: np.ndarray) -> np.ndarray:
        """`(V, K)` scores of V clips, each with its K texts."""
        chosen, candidates = np.unique(texts, return_inverse=True)
        words = pad_sequence([self.words[text] for text in chosen], batch_first=True)
        mask = pad_sequence(
            [torch.ones(len(self.words[text]), dtype=torch.long) for text in chosen], batch_first=True
        )
        device, at_once = states.device, PAIRS * self.embedder.batch_size
        with evaluating(self.model):
            found = self.model.score(
                states, words, mask.to(device), torch.from_numpy(candidates.reshape(texts.shape)).to(device), at_once
            )
        return found.float().cpu().numpy()

    def _states(self, indices: np.ndarray) -> torch.Tensor:
        """Token states `(V, N, D)` of some clips, those that are not kept encoded in one batch."""
        missing = [int(index) for index in indices if index not in self.kept]
        fresh: dict[int, torch.Tensor] = {}
        if missing:
            clips = [self.videos[index] for index in missing]
            fresh = dict(zip(missing, self.embedder._videos(clips).last_hidden_state, strict=True))
        found = torch.stack([self.kept[index] if index in self.kept else fresh[index] for index in indices.tolist()])
        for index, state in fresh.items():
            size = state.numel() * state.element_size()
            if size <= self.room:
                self.kept[index] = state.clone()  # a view would hold its whole batch
                self.room -= size
        return found
