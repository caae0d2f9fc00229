"""From what the files of a layout list to the rows of a corpus: nothing empty, nothing twice, nothing missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from locomotion_hf.assets.captions_file import clean_caption
from locomotion_hf.errors import AssetError, CorpusError
from locomotion_hf.randomness import split_sources
from locomotion_hf.video_io import PathOrBytes, probe_video

from .corpus import Corpus, CorpusRow, SkippedRow

#: The names that a split goes by. Something-Something's and many others' test labels are secret, so that the field
#: tests on their validation split.
SPLIT_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid", "validate", "dev"),
    "test": ("test", "testing", "val_small", "validation", "val", "valid", "validate", "dev"),
}
#: Endings under which a video that is called otherwise, or without an ending, is looked for.
VIDEO_ENDINGS = (".mp4", ".webm", ".mkv", ".avi", ".mov")
#: Up to this many videos have their headers read at once; of more it is only looked whether they are there.
HEADERS_READ = 5_000
#: Where a layout has no splits, this share of its videos is held out as "test".
HELD_OUT = 0.2


@dataclass(frozen=True)
class Listed:
    """One line of a layout's files, as it stands there.

    Attributes:
        id: what is unique; the video's name in most layouts.
        texts: captions.
        video: the file's name, or the row of a table.
        group, stratum, scene: as in `CorpusRow`; None for a group that follows from the texts.
    """

    id: str
    texts: Sequence[object]
    video: str | int
    group: str | None = None
    stratum: str = ""
    scene: str = ""


@dataclass(frozen=True)
class Layout:
    """What a reader found.

    Attributes:
        name: of the corpus.
        split: as the layout calls it.
        listed: its lines.
        find: the file, or its bytes, for `Listed.video`. Raises `AssetError` where there is none.
        obtain: for the user: what to download from where, and where to put it.
        merge: whether two lines of one id are two captions of one video; else the second one is skipped.
    """

    name: str
    split: str
    listed: list[Listed]
    find: Callable[[Any], PathOrBytes]
    obtain: str
    merge: bool = False


def split_names(split: str) -> tuple[str, ...]:
    """The names that may be meant by a split, best first."""
    return SPLIT_NAMES.get(split, (split,))


def find_in(folders: Sequence[Path]) -> Callable[[str | int], PathOrBytes]:
    """A finder of video files by relative name, in the first folder that has it, under any ending for videos."""
    return partial(_find, tuple(folders))


def _find(folders: tuple[Path, ...], name: str | int) -> Path:
    for folder in folders:
        exact = folder / str(name)
        stem = exact.with_suffix("") if exact.suffix.lower() in (*VIDEO_ENDINGS, ".gif") else exact
        for path in (exact, *(stem.with_name(stem.name + ending) for ending in VIDEO_ENDINGS)):
            if path.is_file():
                return path
    raise AssetError(f"{name} is not there.", "a video file.", "see how to obtain it.")


def hash_split(listed: list[Listed], split: str) -> list[Listed]:
    """The lines of one split where the layout has none: a fifth of the videos, by a hash of their ids, is "test".

    Where scenes are known, a fifth of these, so that no scene is in both.
    """
    places = split_sources((line.scene or line.id for line in listed), HELD_OUT)
    wanted = "train" if split == "train" else "validation"
    return [line for line in listed if places[line.scene or line.id] == wanted]


def settle(layout: Layout, max_missing: float) -> Corpus:
    """The corpus of what can be used; the rest is counted and said.

    Args:
        layout: from a reader.
        max_missing: largest share of videos that may be missing or unreadable.

    Raises:
        CorpusError: more videos are missing than allowed, or fewer than two rows remain.
    """
    skipped: list[SkippedRow] = []
    kept = _once(layout, skipped)
    files: dict[str, Path] = {}
    read_headers = len(kept) <= HEADERS_READ
    for line in list(kept.values()):
        try:
            video = layout.find(line.video)
        except AssetError as error:
            skipped.append(SkippedRow(line.id, "missing video", error.seen))
            del kept[line.id]
            continue
        if isinstance(video, Path):
            files[line.id] = video
        try:
            if read_headers:
                probe_video(video)
        except AssetError as error:
            skipped.append(SkippedRow(line.id, "unreadable video", error.seen))
            del kept[line.id]
    _enough(layout, len(kept), skipped, max_missing)
    # A path was looked for already; a table's row is read when it is needed.
    places = {id: files.get(id, line.video) for id, line in kept.items()}
    read = partial(_video, places, layout.find)
    return Corpus(layout.name, layout.split, _rows(kept.values()), read, skipped)


def _video(places: dict[str, Path | str | int], find: Callable[[Any], PathOrBytes], id: str) -> PathOrBytes:
    place = places[id]
    return place if isinstance(place, Path) else find(place)


def _once(layout: Layout, skipped: list[SkippedRow]) -> dict[str, Listed]:
    """The lines with clean texts, one for each id."""
    kept: dict[str, Listed] = {}
    for number, line in enumerate(layout.listed, 1):
        texts = tuple(dict.fromkeys(filter(None, map(clean_caption, line.texts))))
        before = kept.get(line.id)
        if not texts:
            skipped.append(SkippedRow(line.id, "no caption", f"row {number} has no caption."))
        elif before is None:
            kept[line.id] = Listed(line.id, texts, line.video, line.group, line.stratum, line.scene)
        elif layout.merge and line.video == before.video and set(texts) - set(before.texts):
            merged = tuple(dict.fromkeys((*map(str, before.texts), *texts)))
            kept[line.id] = Listed(line.id, merged, line.video, line.group, line.stratum, line.scene)
        else:
            skipped.append(SkippedRow(line.id, "repeated id", f"row {number} has the id of an earlier row."))
    return kept


def _rows(lines: Iterable[Listed]) -> list[CorpusRow]:
    """Rows with their groups: as the layout says, or else by equal captions."""
    lines = list(lines)
    keys = {line.id: " ".join(map(str, line.texts)).casefold() for line in lines if len(line.texts) == 1}
    shared = {key for key, count in Counter(keys.values()).items() if count > 1}
    rows = []
    for line in lines:
        own = keys.get(line.id, "")
        group = line.group or (own if own in shared else line.id)
        stratum = line.stratum or (own if own in shared else "")
        rows.append(CorpusRow(line.id, tuple(map(str, line.texts)), group, stratum, line.scene))
    return rows


def _enough(layout: Layout, kept: int, skipped: list[SkippedRow], max_missing: float) -> None:
    gone = [row for row in skipped if row.reason in ("missing video", "unreadable video")]
    label = f"{layout.name} ({layout.split})"
    if len(gone) > max_missing * (kept + len(gone)):
        names = ", ".join(row.id for row in gone[:5]) + (", ..." if len(gone) > 5 else "")
        raise CorpusError(
            f"{len(gone)} of the {kept + len(gone)} videos of {label} are missing or unreadable: {names}",
            f"at most {100 * max_missing:g} % of them.",
            f"{layout.obtain} Or allow it with max_missing={min(1.0, len(gone) / (kept + len(gone)) + 0.01):.2f}.",
        )
    if kept < 2:
        counts = Counter(row.reason for row in skipped)
        why = ", ".join(f"{count} with {reason}" for reason, count in counts.items())
        raise CorpusError(
            f"{label} has {kept} usable row{'s' * (kept != 1)}{f'; skipped {why}' if why else ''}.",
            "two rows or more: retrieval compares.",
            f"add rows. {layout.obtain}",
        )
