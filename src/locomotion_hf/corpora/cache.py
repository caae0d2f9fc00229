"""Decoded frames, kept small, so that the second epoch does not decode again."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from PIL import Image

from .corpus import Corpus

#: Own choice: 1,200 clips of 32 frames of 54 pixels take a third of it.
MAX_BYTES = 1 << 30


class FrameCache:
    """The frames of a corpus at one size, decoded once each.

    They lie in anonymous memory that forked workers share, none of it touched before it is needed. Rows that
    would not fit into `max_bytes` are decoded each time.

    Args:
        corpus: whose frames.
        num_frames: of each clip, evenly spaced.
        side: of the square, in pixels, that the whole frame is resized to.
        max_bytes: of memory.
    """

    def __init__(self, corpus: Corpus, num_frames: int, side: int, max_bytes: int = MAX_BYTES) -> None:
        self.corpus, self._shape = corpus, (num_frames, side, side, 3)
        self.kept = min(len(corpus), max_bytes // (num_frames * side * side * 3))
        self._reserve()

    def _reserve(self) -> None:
        size = int(np.prod(self._shape))
        # One byte a clip says that it is there; it is written after the clip.
        self._memory = mmap.mmap(-1, max(1, self.kept * (size + 1)))
        whole = np.frombuffer(self._memory, np.uint8)
        self._clips = whole[: self.kept * size].reshape(self.kept, *self._shape)
        self._there = whole[self.kept * size :]

    def __getstate__(self) -> dict[str, Any]:
        """Without the memory: a worker that is not forked has its own."""
        return {"corpus": self.corpus, "_shape": self._shape, "kept": self.kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._reserve()

    def __getitem__(self, index: int) -> np.ndarray:
        """`(num_frames, side, side, 3)` uint8 RGB of a row, not to be written to. Raises `AssetError`."""
        if index < self.kept and self._there[index]:
            return self._clips[index]
        num_frames, side = self._shape[:2]
        frames = resized(self.corpus.frames(self.corpus.rows[index], num_frames), side)
        if index < self.kept:
            self._clips[index] = frames
            self._there[index] = 1
        return frames


def resized(frames: np.ndarray, side: int) -> np.ndarray:
    """Whole frames `(T, H, W, 3)` as squares: bilinear with antialiasing, as the processor does it."""
    if frames.shape[1:3] == (side, side):
        return frames
    size = (side, side)
    return np.stack([np.asarray(Image.fromarray(f).resize(size, Image.Resampling.BILINEAR)) for f in frames])
