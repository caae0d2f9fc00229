"""A user's own folders: videos as backgrounds, `noun/*.png` as objects."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from locomotion_hf.assets.cache import BACKGROUNDS, CUT_OUTS
from locomotion_hf.assets.cutouts import check_cut_out, load_cut_out, noun_of
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo, Clip, CutOut
from locomotion_hf.video_io import check_file, probe_video, read_video

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

    Args:
        root: the folder. Links are followed; hidden files are ignored.

    Raises:
        AssetError: no such folder, or no usable video in it.
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
            raise _nothing(self._root, "video", len(files), self.skipped, expected)
        self.infos: tuple[AssetInfo, ...] = tuple(AssetInfo(id, id, "unknown") for id in sorted(self._files))
        self._by_id = {info.id: info for info in self.infos}

    def load(self, id: str, short_side: int) -> Clip:
        """The first half minute of a video, at its own rate up to 30 fps. Raises `AssetError`."""
        info = _find(self._by_id, id, self._root)
        file = self._files[id]

        def make() -> Clip:
            fps = min(probe_video(file).fps, MAX_FPS)
            frames, fps = read_video(file, fps=fps, short_side=short_side, max_seconds=MAX_SECONDS)
            return Clip(info, frames, fps)

        return BACKGROUNDS.get((str(self._root), id, short_side), make)


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
                    f"{_text(file)} is not in a folder named after its noun.",
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
            raise _nothing(self._root, "picture", len(files), self.skipped, expected)
        self.infos: tuple[AssetInfo, ...] = tuple(
            AssetInfo(id, id, "unknown", self._noun(file)) for id, file in sorted(self._files.items())
        )
        self._by_id = {info.id: info for info in self.infos}

    def _noun(self, file: Path) -> str:
        parts = file.relative_to(self._root).parts
        return noun_of(_text(parts[0])) if len(parts) > 1 else ""

    def load(self, id: str) -> CutOut:
        """The cut-out, tightly cropped. Raises `AssetError`."""
        info = _find(self._by_id, id, self._root)
        return CUT_OUTS.get((str(self._root), id), lambda: load_cut_out(self._files[id], info))


def _folder(root: str | os.PathLike[str], what: str) -> Path:
    path = Path(root)
    if not path.is_dir():
        seen = "is not a folder" if path.exists() else "does not exist"
        raise AssetError(f"{_text(path)} {seen}.", f"a folder of {what}.", "check the path.")
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
        id = _text(file.relative_to(root).as_posix())
        while id in usable or id in skipped:
            id += "~"  # two names that differ only in bytes that are no text
        try:
            check(file)
        except AssetError as error:
            skipped[id] = error.seen
        else:
            usable[id] = file
    return usable


def _nothing(root: Path, what: str, seen: int, skipped: dict[str, str], expected: str) -> AssetError:
    if not seen:
        return AssetError(f"{_text(root)} holds no {what} files.", f"{expected}.", "check the path.")
    reasons = " ".join(list(skipped.values())[:3])
    return AssetError(
        f"{_text(root)} holds {seen} {what} files, and none can be used: {reasons}",
        f"{expected}.",
        "repair or replace the files.",
    )


def _find(infos: dict[str, AssetInfo], id: str, root: Path) -> AssetInfo:
    if id not in infos:
        raise AssetError(f"{_text(root)} has no {id!r}.", "an id from `infos`.", "look it up in `infos`.")
    return infos[id]


def _text(path: str | os.PathLike[str]) -> str:
    """A path as printable text, whatever its bytes."""
    return os.fsencode(path).decode("utf-8", "replace")
