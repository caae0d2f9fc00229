"""Clips of a corpus, again and again: every position of a run is a clip, a caption and a draw of its own."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from PIL import Image

from locomotion_hf.corpora import Corpus, FrameCache
from locomotion_hf.errors import AssetError, SkippedAsset
from locomotion_hf.randomness import stable_hash, stream

#: Side of what is kept for cropping, over that of the model. Own choice: an object at the border loses a ninth of the
#: frame at most, so that what a caption says can still be seen.
MARGIN = 9 / 8
#: So many clips in a row that cannot be read end a run.
_TRIES = 10


class CorpusPairs:
    """Position p is a clip of epoch p // N: resuming is beginning at another position.

    Clips of one scene, which share object and background, stand together in the order of an epoch, and so mostly in
    one batch, where nothing but their motion tells them apart.

    Augmentation leaves captions true. The same crop for all frames keeps directions, turns and growth; a shift in
    time of half a step keeps the order and the speed; nothing is mirrored, turned or played backwards.

    Args:
        corpus: its clips.
        num_frames: of each clip.
        side: of the square that the model sees, in pixels.
        seed: of the order, the captions and the augmentation.
        augment: whether to crop and shift.
        cache_bytes: of memory for decoded frames.

    Attributes:
        clip_shape: `(num_frames, side, side, 3)`.
    """

    def __init__(
        self, corpus: Corpus, num_frames: int, side: int, *, seed: int, augment: bool, cache_bytes: int
    ) -> None:
        self.corpus, self.clip_shape = corpus, (num_frames, side, side, 3)
        self._seed, self._augment = seed, augment
        kept = (2 * num_frames - 1, round(MARGIN * side)) if augment else (num_frames, side)
        self._frames = FrameCache(corpus, *kept, max_bytes=cache_bytes)
        # Where scenes are not known, each clip is its own.
        self._scenes = [stable_hash("scene", row.scene or row.id) % 2**63 for row in corpus.rows]
        self._groups = [row.group for row in corpus.rows]
        self._order: tuple[int, np.ndarray] = -1, np.empty(0, np.int64)

    def __getitem__(self, position: int) -> dict[str, Any]:
        """`frames` `(T, H, W, 3)` uint8, `text`, `scene`, and `group`: equal where one caption is true of both."""
        frames = np.empty(self.clip_shape, np.uint8)
        return {"frames": frames, **self.write(position, frames)}

    def write(self, position: int, out: np.ndarray) -> dict[str, Any]:
        """The frames into `out`, for `ClipRing`; returns `text`, `scene` and `group`."""
        index, frames = self._readable(position)
        if self._augment:
            self._cropped(frames, stream(self._seed, "augmentation", position), out)
        else:
            out[:] = frames
        texts = self.corpus.rows[index].texts
        text = texts[int(stream(self._seed, "text", position).integers(len(texts)))]
        return {"text": text, "group": self._groups[index], "scene": self._scenes[index]}

    def row(self, position: int) -> int:
        """The row of the corpus at a position of the run."""
        epoch, place = divmod(position, len(self.corpus))
        if self._order[0] != epoch:
            draw = stream(self._seed, "order", epoch)
            scenes = {scene: rank for rank, scene in enumerate(draw.permutation(sorted(set(self._scenes))).tolist())}
            ranks = np.array([scenes[scene] for scene in self._scenes])
            self._order = epoch, np.lexsort((draw.permutation(len(ranks)), ranks))
        return int(self._order[1][place])

    def _readable(self, position: int) -> tuple[int, np.ndarray]:
        """The row at a position and its frames, or the next one that can be read. Raises `AssetError`."""
        for further in range(_TRIES):
            index = self.row(position + further)
            try:
                return index, self._frames[index]
            except AssetError as error:
                warnings.warn(SkippedAsset(self.corpus.rows[index].id, error.seen), stacklevel=2)
                last = error
        raise last

    def _cropped(self, frames: np.ndarray, draw: np.random.Generator, out: np.ndarray) -> None:
        """One crop of all frames, one shift of all times."""
        num_frames, side = self.clip_shape[:2]
        whole = frames.shape[1]
        size = draw.uniform(side, whole)
        left, top = draw.uniform(0, whole - size, 2)
        box = (left, top, left + size, top + size)
        # The frames kept lie half a step apart.
        times = np.clip(2 * np.arange(num_frames) + draw.integers(-1, 2), 0, len(frames) - 1)
        for place, time in enumerate(times):
            out[place] = Image.fromarray(frames[time]).resize((side, side), Image.Resampling.BILINEAR, box=box)
