"""The way in: a source of objects or backgrounds from a word on the command line, and its split.

What stands behind --objects and --backgrounds:

  default_pack           the cut-outs, clips and photographs that come with the package
  my_videos/             backgrounds: every video below a folder; captions.csv, .json or .jsonl in it, or
                         VideoFolder's metadata.csv or .jsonl, holds captions (file_name, caption)
  my_cutouts/            objects: noun/*.png or noun/*.webp with alpha
  shards/                backgrounds: a folder of WebDataset tars (and no videos), with key.mp4 and, for the
  'shards/*.tar'         caption, key.txt or key.json; or one tar, a glob, or a range
  'clips-{000..003}.tar'
  cache/                 backgrounds: what `locomotion ingest` wrote: read, not decoded
  hf:owner/name          a dataset of the Hub, downloaded once: backgrounds need a column of videos,
  hf:owner/name:split    objects one of pictures with alpha and one of their nouns
  hf:folder              the same from this machine: what save_to_disk wrote or load_dataset reads
  'hf:owner/name:train?video=clip&caption=text'
                         options: video, caption (backgrounds); image, label (objects); id, source, licence,
                         each the name of a column; and split, config, revision
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable

from locomotion_hf.assets.default_pack import DefaultPackBackgrounds, DefaultPackObjects, is_photograph
from locomotion_hf.assets.folder import FolderBackgrounds, FolderObjects
from locomotion_hf.assets.ingest import CachedBackgrounds, is_cache
from locomotion_hf.assets.tars import TarBackgrounds, is_tars
from locomotion_hf.errors import AssetError
from locomotion_hf.randomness import SPLITS, Split, split_sources
from locomotion_hf.types import AssetInfo, BackgroundSource, ObjectSource

DEFAULT_PACK = "default_pack"
DATASET = "hf:"
#: The forms above, for the help of a command.
SPECS_HELP = (__doc__ or "").partition("\n\n")[2]


def object_source(spec: str | os.PathLike[str] = DEFAULT_PACK) -> ObjectSource:
    """Cut-outs from the default pack, a user's folder, or a dataset.

    Args:
        spec: "default_pack"; a folder of `noun/*.png` (or webp) with alpha; or `hf:...`. See `SPECS_HELP`.

    Raises:
        AssetError: what the spec names is missing, or nothing in it can be used.
    """
    if spec == DEFAULT_PACK:
        return DefaultPackObjects()
    if os.fspath(spec).startswith(DATASET):
        from locomotion_hf.assets.hub import DatasetObjects  # imports `datasets`, a second

        return DatasetObjects(os.fspath(spec))
    return FolderObjects(spec)


def background_source(spec: str | os.PathLike[str] = DEFAULT_PACK, *, photographs: bool = True) -> BackgroundSource:
    """Background clips from the default pack, a user's folder or tars, or a dataset.

    Args:
        spec: "default_pack"; a folder of videos; WebDataset tars; a cache of `ingest`; or `hf:...`. See
            `SPECS_HELP`.
        photographs: with the default pack, also slow pans over its photographs.

    Raises:
        AssetError: what the spec names is missing, or nothing in it can be used.
    """
    if spec == DEFAULT_PACK:
        return DefaultPackBackgrounds(photographs)
    if os.fspath(spec).startswith(DATASET):
        from locomotion_hf.assets.hub import DatasetBackgrounds  # imports `datasets`, a second

        return DatasetBackgrounds(os.fspath(spec))
    if is_cache(spec):
        return CachedBackgrounds(spec)
    return TarBackgrounds(spec) if is_tars(spec) else FolderBackgrounds(spec)


def split_infos(infos: Iterable[AssetInfo], held_out: float) -> dict[Split, tuple[AssetInfo, ...]]:
    """Divide assets into train and validation by source, so that no recording is on both sides.

    The default pack's photographs are divided among themselves, so that they do not take the places
    of videos among the held-out backgrounds. When there is one source only, validation gets the same
    assets as train, with a warning.

    Args:
        infos: the assets of one `ObjectSource` or `BackgroundSource`.
        held_out: share of sources for validation, 0 to 1.

    Returns:
        For each split its assets, sorted by id.

    Raises:
        AssetError: `held_out` is not between 0 and 1, or there are no assets.
    """
    infos = sorted(infos, key=lambda info: info.id)
    if not 0 <= held_out <= 1:
        raise AssetError(f"held_out={held_out}.", "a share, 0 to 1.", "pass for example 0.2.")
    if not infos:
        raise AssetError("There are no assets to split.", "at least one.", "check the folder.")
    split_of: dict[tuple[bool, str], Split] = {}
    for kind in (False, True):
        kin = [info.source for info in infos if is_photograph(info) == kind]
        split_of |= {(kind, source): split for source, split in split_sources(kin, held_out).items()}
    sides = {
        side: tuple(info for info in infos if split_of[is_photograph(info), info.source] == side) for side in SPLITS
    }
    if not sides["validation"]:
        what = "objects" if infos[0].noun else "backgrounds"
        warnings.warn(
            f"The validation {what} are not held out: all {what} come from one source "
            f"({infos[0].source}), which validation shares with train.",
            stacklevel=2,
        )
        sides["validation"] = sides["train"]
    return sides
