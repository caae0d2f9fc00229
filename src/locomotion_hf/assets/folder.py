"""A user's own folders: videos as backgrounds, `noun/*.png` as objects."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from locomotion_hf.assets.cache import BACKGROUNDS, CUT_OUTS
from locomotion_hf.assets.captions_file import match_captions
from locomotion_hf.assets.cutouts import check_cut_out, load_cut_out, noun_of
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo, Clip, CutOut
from locomotion_hf.video_io import PathOrBytes, check_file, probe_video, read_video

VIDEO_ENDINGS = frozenset((".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts"))
VIDEO_ENDINGS |= {".mts", ".m2ts", ".flv", ".wmv", ".ogv", ".3gp", ".gif"}
PICTURE_ENDINGS = frozenset((".png", ".webp"))
#: A folder up to these limits is decoded whole when it is opened, so that every problem is listed at
#: once. A larger one is checked by the files' headers, and decoded when used; of more videos than
#: `MANY_VIDEOS` (3 ms for each header) not even those are read. Own choice: a few seconds at most.
SMALL_FILES, SMALL_BYTES = 200, 32 * 1024**2
MANY_VIDEOS = 2000
#: Backgrounds keep their own rate up to this, and their first half minute.
MAX_FPS, MAX_SECONDS = 30.0, 30.0


class FolderBackgrounds:
    """Every video below a folder. A `BackgroundSource`; each file is a source of its own.

    A file of captions in the folder is read, as `captions_file` describes; what is wrong with it short of
    being unreadable stands in `skipped` under its name.

    Args:
        root: the folder. Links are followed; hidden files are ignored.

    Raises:
        AssetError: no such folder, no usable video in it, or a file of captions that cannot be read.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = _folder(root, "videos")
        files = [file for file in files_below(self._root) if file.suffix.lower() in VIDEO_ENDINGS]
        small = _is_small(files)

        def check(file: Path) -> None:
            if len(files) > MANY_VIDEOS:
                check_file(file)
            else:
                probe_video(file, decode=small, max_seconds=MAX_SECONDS)

        self.skipped: dict[str, str] = {}
        self._files = _usable(self._root, files, self.skipped, check)
        if not self._files:
            expected = "a folder with video files (mp4, mov, webm, ...)"
            raise nothing_usable(printable(self._root), "video files", len(files), self.skipped, expected)
        listed = {printable(file.relative_to(self._root).as_posix()) for file in files}
        captions = match_captions(self._root, listed, self.skipped)
        self.infos: tuple[AssetInfo, ...] = tuple(
            AssetInfo(id, id, "unknown", caption=captions.get(id, "")) for id in sorted(self._files)
        )
        self._by_id = {info.id: info for info in self.infos}

    def load(self, id: str, short_side: int) -> Clip:
        """The first half minute of a video, at its own rate up to 30 fps. Raises `AssetError`."""
        info = find(self._by_id, id, printable(self._root))
        make = partial(load_clip, self._files[id], info, short_side)
        return BACKGROUNDS.get((str(self._root), id, short_side), make)

    def file(self, id: str) -> Path:
        """The video. Raises `AssetError`."""
        find(self._by_id, id, printable(self._root))
        return self._files[id]


def load_clip(video: PathOrBytes, info: AssetInfo, short_side: int) -> Clip:
    """The first `MAX_SECONDS` of a video, at its own rate up to `MAX_FPS`. Raises `AssetError`."""
    fps = min(probe_video(video).fps, MAX_FPS)
    frames, fps = read_video(video, fps=fps, short_side=short_side, max_seconds=MAX_SECONDS)
    return Clip(info, frames, fps)


@contextmanager
def naming(label: str) -> Iterator[None]:
    """Say which member or row an `AssetError` is about, where all that the reader saw were its bytes."""
    try:
        yield
    except AssetError as error:
        raise AssetError(f"{label}: {error.seen}", error.expected, error.fix) from error


class FolderObjects:
    """Every `noun/*.png` or `noun/*.webp` below a folder. An `ObjectSource`; each file is its own source.

    Args:
        root: the folder. Links are followed; hidden files are ignored.

    Raises:
        AssetError: no such folder, or no usable cut-out in it.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = _folder(root, "cut-outs")
        files = [file for file in files_below(self._root) if file.suffix.lower() in PICTURE_ENDINGS]
        small = _is_small(files)
        self.skipped: dict[str, str] = {}

        def check(file: Path) -> None:
            if not self._noun(file):
                raise AssetError(
                    f"{printable(file)} is not in a folder named after its noun.",
                    "noun/*.png, for example teapot/01.png.",
                    "move it.",
                )
            if small:
                load_cut_out(file, AssetInfo("", "", ""))
            else:
                check_cut_out(file)

        self._files = _usable(self._root, files, self.skipped, check)
        if not self._files:
            expected = "a folder with noun/*.png or noun/*.webp, for example teapot/01.png, with alpha"
            raise nothing_usable(printable(self._root), "picture files", len(files), self.skipped, expected)
        self.infos: tuple[AssetInfo, ...] = tuple(
            AssetInfo(id, id, "unknown", self._noun(file)) for id, file in sorted(self._files.items())
        )
        self._by_id = {info.id: info for info in self.infos}

    def _noun(self, file: Path) -> str:
        parts = file.relative_to(self._root).parts
        return noun_of(printable(parts[0])) if len(parts) > 1 else ""

    def load(self, id: str) -> CutOut:
        """The cut-out, tightly cropped. Raises `AssetError`."""
        info = find(self._by_id, id, printable(self._root))
        return CUT_OUTS.get((str(self._root), id), lambda: load_cut_out(self._files[id], info))


def _folder(root: str | os.PathLike[str], what: str) -> Path:
    path = Path(root)
    if not path.is_dir():
        seen = "is not a folder" if path.exists() else "does not exist"
        fix = "check the path; for a dataset of the Hub write hf:owner/name."
        raise AssetError(f"{printable(path)} {seen}.", f"a folder of {what}.", fix)
    return path.absolute()


def files_below(root: Path) -> Iterator[Path]:
    """Files below a folder, sorted by relative path; links are followed, each folder is entered once."""
    found: list[Path] = []
    entered: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in entered:
            folders.clear()  # a link back up: without this the walk would never end
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(Path(folder, name) for name in files if not name.startswith("."))
    yield from sorted(found)


def _is_small(files: list[Path]) -> bool:
    return len(files) <= SMALL_FILES and sum(f.stat().st_size for f in files if f.exists()) <= SMALL_BYTES


def _usable(
    root: Path, files: list[Path], skipped: dict[str, str], check: Callable[[Path], object]
) -> dict[str, Path]:
    """The files that pass the check, by id; the others go to `skipped` with the reason."""
    usable: dict[str, Path] = {}
    for file in files:
        id = printable(file.relative_to(root).as_posix())
        while id in usable or id in skipped:
            id += "~"  # two names that differ only in bytes that are no text
        try:
            check(file)
        except AssetError as error:
            skipped[id] = error.seen
        else:
            usable[id] = file
    return usable


def nothing_usable(where: str, what: str, seen: int, skipped: dict[str, str], expected: str) -> AssetError:
    """The error of a source in which `seen` things were found and none can be used."""
    if not seen:
        return AssetError(f"{where} holds no {what}.", f"{expected}.", "check the path.")
    reasons = " ".join(list(skipped.values())[:3])
    return AssetError(
        f"{where} holds {seen} {what}, and none can be used: {reasons}",
        f"{expected}.",
        "repair or replace the files.",
    )


def find(infos: dict[str, AssetInfo], id: str, where: str) -> AssetInfo:
    """The asset of that id. Raises `AssetError`."""
    if id not in infos:
        raise AssetError(f"{where} has no {id!r}.", "an id from `infos`.", "look it up in `infos`.")
    return infos[id]


def printable(path: str | os.PathLike[str]) -> str:
    """A path as printable text, whatever its bytes."""
    return os.fsencode(path).decode("utf-8", "replace")
