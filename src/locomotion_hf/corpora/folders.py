"""A folder of videos with their captions beside them, as csv, json or jsonl."""

from __future__ import annotations

from pathlib import Path

from locomotion_hf.assets.captions_file import CAPTION_COLUMNS, FILE_COLUMNS, NAMES, read_captions
from locomotion_hf.errors import AssetError, CorpusError

from .listing import SPLIT_NAMES, Layout, Listed, find_in, hash_split, split_names

OBTAIN = "Put the videos where the caption file says, relative to its folder or in a folder `videos` beside it."


def captions_file(folder: Path, split: str) -> tuple[Path, str] | None:
    """The file of captions, and the split that its folder is named after ("": all splits)."""
    for place, found in (*((folder / name, name) for name in split_names(split)), (folder, "")):
        if path := captions_in(place):
            return path, found
    return None


def captions_in(folder: Path) -> Path | None:
    """The file of captions in a folder itself."""
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)


def read_folder(folder: Path, split: str, videos: Path | None) -> Layout:
    """`FOLDER/train/captions.csv` and `FOLDER/test/captions.csv`, or one `FOLDER/captions.csv` for both splits.

    The files may be called as any of `NAMES` (those of Hugging Face's VideoFolder among them). A video may be
    named several times, with several captions. One file for both splits is divided by a hash of the names: a
    fifth of the videos is "test".

    Args:
        folder: of the splits, or of one file of captions.
        split: that is wanted.
        videos: folder that the names are relative to; None takes that of the file, or `videos` in it.

    Raises:
        CorpusError: there is no such file, or it cannot be read; or there is one for all splits and one for a split.
    """
    found = captions_file(folder, split)
    if found is None:
        raise CorpusError(
            f"{folder.name} holds no file of captions for the split {split!r}.",
            f"one of {', '.join(NAMES)} in it, or in a folder {split} in it.",
            f"write one, with the columns {' / '.join(FILE_COLUMNS)} and {' / '.join(CAPTION_COLUMNS)}.",
        )
    path, name = found
    own = (one for names in SPLIT_NAMES.values() for one in names if captions_in(folder / one))
    if not name and (other := next(own, "")):
        raise CorpusError(
            f"{folder.name} holds {path.name} for all splits, and one of its own in {other}.",
            "one or the other: a clip could be in two splits.",
            f"put the captions of {split} into {folder.name}/{split}/, or take one of the two away.",
        )
    try:
        pairs = read_captions(path)
    except AssetError as error:
        raise CorpusError(error.seen, error.expected, error.fix) from error
    if pairs is None:
        raise CorpusError(
            f"{path.name} of {path.parent.name} has no captions.",
            f"a column {' / '.join(CAPTION_COLUMNS)} and a column {' / '.join(FILE_COLUMNS)}.",
            "add them, or write captions.csv beside it.",
        )
    listed = [Listed(file, (caption,), file) for file, caption in pairs]
    if not name:
        listed = hash_split(listed, split)
    places = [videos] if videos else [path.parent, path.parent / "videos"]
    return Layout(folder.name, name or split, listed, find_in(places), OBTAIN, merge=True)
