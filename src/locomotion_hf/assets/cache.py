"""Decoded assets kept in memory, up to a number of bytes for each process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

import numpy as np

from locomotion_hf.types import Clip, CutOut

Asset = TypeVar("Asset", Clip, CutOut)


class ByteCache:
    """The most recently used assets, as many as fit in `max_bytes`.

    One cache serves a whole process, whatever the number of sources, so that workers have a known
    size; and sources stay small enough to be pickled into workers. Not thread-safe.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._assets: OrderedDict[Hashable, Clip | CutOut] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Asset]) -> Asset:
        """The asset kept under `key`, or a new one from `make`, with its pixels made read-only.

        Args:
            key: hashable; must name the source, the id and all that changes the pixels.
            make: called when the asset is not in the cache; what it raises passes through.
        """
        found = self._assets.get(key)
        if found is not None:
            self._assets.move_to_end(key)
            return found  # type: ignore[return-value]  # the key says which kind it is
        asset = make()
        pixels = _pixels(asset)
        pixels.flags.writeable = False  # it is handed out many times
        if pixels.nbytes <= self.max_bytes:
            self._assets[key] = asset
            self.used_bytes += pixels.nbytes
            while self.used_bytes > self.max_bytes:
                self.used_bytes -= _pixels(self._assets.popitem(last=False)[1]).nbytes
        return asset

    def clear(self) -> None:
        """Forget everything."""
        self._assets.clear()
        self.used_bytes = 0


def _pixels(asset: Clip | CutOut) -> np.ndarray:
    return asset.frames if isinstance(asset, Clip) else asset.rgba


#: Own choice: the default pack fits in both, and eight workers stay under 6 GB.
BACKGROUNDS = ByteCache(512 * 1024**2)
CUT_OUTS = ByteCache(256 * 1024**2)
