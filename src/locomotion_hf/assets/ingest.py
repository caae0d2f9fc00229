"""Backgrounds decoded once: a cache on disk from which frames are fetched instead of decoded.

Decoding is what costs in making a clip: 16 frames of a 480p video take about a tenth of a second each time,
from the cache half a thousandth. `ingest` writes a folder, `CachedBackgrounds` reads it:

    backgrounds.bin     the frames of all backgrounds, one after the other
    backgrounds.json    for each background its info, rate, size and place; written last
    backgrounds.part    the same, line by line, while `ingest` is at work: what it goes on from
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from locomotion_hf.assets.cache import BACKGROUNDS
from locomotion_hf.assets.folder import MAX_SECONDS
from locomotion_hf.assets.frame_codecs import CODECS, I420, Codec, decode_frames, encode_frames
from locomotion_hf.errors import AssetError, OutputError
from locomotion_hf.files import write_whole
from locomotion_hf.types import AssetInfo, BackgroundSource, Clip
from locomotion_hf.video_io import PathOrBytes, read_i420

#: Changes whenever an older reader would misread a newer folder.
VERSION = 1
INDEX, FRAMES, JOURNAL = "backgrounds.json", "backgrounds.bin", "backgrounds.part"
#: Own choice: 256 is what a crop of 224 is cut from; a recipe shows 8 frames a second.
SHORT_SIDE, MAX_FPS = 256, 12.0


@dataclass(frozen=True)
class _Entry:
    """One background: its info, rate, frame size, and where the bytes of each frame end; `offset` is the first."""

    info: AssetInfo
    fps: float
    height: int
    width: int
    offset: int
    ends: np.ndarray

    def line(self) -> dict[str, Any]:
        sizes = np.diff(self.ends, prepend=0).tolist()
        packed = [sizes[0], len(sizes)] if len(set(sizes)) == 1 else sizes
        place = {"offset": self.offset, "same_size" if packed is not sizes else "sizes": packed}
        return {**asdict(self.info), "fps": self.fps, "height": self.height, "width": self.width, **place}

    @classmethod
    def read(cls, line: dict[str, Any]) -> _Entry:
        info = AssetInfo(**{key: line[key] for key in AssetInfo.__dataclass_fields__})
        if "same_size" in line:
            size, count = line["same_size"]
            ends = np.arange(1, count + 1) * size
        else:
            ends = np.cumsum(line["sizes"])
        return cls(info, float(line["fps"]), line["height"], line["width"], line["offset"], ends)

    @property
    def end(self) -> int:
        return self.offset + int(self.ends[-1])


def ingest(
    source: BackgroundSource,
    folder: str | os.PathLike[str],
    short_side: int = SHORT_SIDE,
    codec: Codec = "i420",
    max_fps: float = MAX_FPS,
    progress: bool = True,
) -> CachedBackgrounds:
    """Decode every background of a source once, and keep its frames.

    A killed run goes on where it was; backgrounds that are new in the source are added to a finished cache.

    Args:
        source: where they come from.
        folder: where the cache is written; made if it is missing.
        short_side: pixels of the shorter side; clips of 224 pixels are cut from 256.
        codec: "i420" (fast), "raw" (as fast, twice as large, exact), or "jpeg" (a sixth of I420, but only some
            eight times faster than decoding).
        max_fps: of faster videos, frames are left out evenly to at most this rate.
        progress: whether to show a bar.

    Returns:
        The cache, a `BackgroundSource` with the same infos. What could not be read is in its `skipped`.

    Raises:
        AssetError: an argument is out of range, or nothing of the source can be used.
        OutputError: the folder cannot be written, or holds a cache with other settings.
    """
    if codec not in CODECS or short_side < 16 or not max_fps > 0:
        raise AssetError(
            f"codec={codec!r}, short_side={short_side}, max_fps={max_fps}.",
            f"codec one of {', '.join(CODECS)}; short_side 16 or more; max_fps above 0.",
            "change the argument.",
        )
    root = Path(folder)
    header = {"version": VERSION, "codec": codec, "short_side": short_side, "max_fps": float(max_fps)}
    skipped = dict(source.skipped)
    try:
        root.mkdir(parents=True, exist_ok=True)
        done = {entry.info.id: entry for entry in _begun(root, header)}
        end = max((entry.end for entry in done.values()), default=0)
        with (root / FRAMES).open("ab") as frames, (root / JOURNAL).open("a", encoding="utf-8") as journal:
            frames.truncate(end)  # what a killed run wrote of a background without finishing it
            todo = [info for info in source.infos if info.id not in done]
            for info in tqdm(todo, "ingest", disable=not progress, unit="video", mininterval=0.5):
                try:
                    file = source.file(info.id)
                    # A file is scaled while it is decoded: several times faster than `source.load`.
                    pictures, fps = (
                        _at_most(source.load(info.id, short_side), max_fps)
                        if file is None
                        else _scaled(file, short_side, max_fps)
                    )
                except AssetError as error:
                    skipped[info.id] = error.seen
                    continue
                data, sizes, (height, width) = encode_frames(pictures, codec)
                entry = _Entry(info, fps, height, width, end, np.cumsum(sizes))
                frames.write(data)
                frames.flush()
                journal.write(json.dumps(entry.line()) + "\n")
                journal.flush()
                done[info.id], end = entry, entry.end
        if not done:
            reasons = " ".join(list(skipped.values())[:3])
            raise AssetError(
                f"none of the {len(source.infos)} backgrounds can be used: {reasons}",
                "at least one that can be decoded.",
                "repair or replace the files.",
            )
        lines = [done[id].line() for id in sorted(done)]
        index = {**header, "bytes": end, "skipped": skipped, "backgrounds": lines}
        write_whole(root / INDEX, json.dumps(index).encode())
        (root / JOURNAL).unlink()
    except OSError as error:
        raise OutputError(
            f"{root} cannot be written ({error.strerror or error}).",
            "a folder that can be written, with room for the frames.",
            "free some space, or choose another place; the same command goes on from what is there.",
        ) from error
    return CachedBackgrounds(root)


def _begun(root: Path, header: dict[str, Any]) -> Iterator[_Entry]:
    """What an earlier run left: a finished index, and the whole lines of a journal. Writes it anew."""
    lines: list[dict[str, Any]] = []
    if (root / INDEX).exists():
        index = _read_index(root)
        lines = [{key: index[key] for key in header}, *index["backgrounds"]]
    journal = root / JOURNAL
    if journal.exists():
        for text in journal.read_text("utf-8").splitlines(keepends=True):
            try:
                lines.append(json.loads(text) if text.endswith("\n") else {})
            except ValueError:
                break
    for line in lines:
        if "codec" in line and line != header:
            raise OutputError(
                f"{root} holds backgrounds with {_differences(line, header)}.",
                f"{_differences(header, line)}, as asked for now, or an empty folder.",
                "choose another folder, or remove this one.",
            )
    entries = {line["id"]: _Entry.read(line) for line in lines if "id" in line}
    kept = [header, *(entry.line() for entry in entries.values())]
    write_whole(journal, "".join(json.dumps(line) + "\n" for line in kept).encode())
    yield from entries.values()


def _differences(these: dict[str, Any], those: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in these.items() if those.get(key) != value)


def _at_most(clip: Clip, max_fps: float) -> tuple[np.ndarray | I420, float]:
    """The frames of a clip at no more than `max_fps`, and their rate."""
    fps = min(clip.fps, max_fps)
    count = len(clip.frames)
    # The frame on screen at k / fps, as `read_video` picks them.
    kept = np.arange(max(2, int((count - 1) * fps / clip.fps + 1e-6) + 1)) * clip.fps / fps
    return clip.frames[(kept + 1e-6).astype(int).clip(0, count - 1)], fps


def _scaled(file: PathOrBytes, short_side: int, max_fps: float) -> tuple[np.ndarray | I420, float]:
    """A video's frames, and their rate."""
    planes, size, fps = read_i420(file, fps=max_fps, short_side=short_side, max_seconds=MAX_SECONDS)
    return I420(planes, size), fps


def is_cache(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder holds backgrounds from `ingest`, finished or not."""
    return (Path(folder) / INDEX).is_file() or (Path(folder) / JOURNAL).is_file()


def _read_index(root: Path) -> dict[str, Any]:
    again = "run ingest again, into an empty folder."
    if not (root / INDEX).is_file():
        begun = (root / JOURNAL).is_file()
        raise AssetError(
            f"{root} holds {'an unfinished cache' if begun else 'no cache'} of backgrounds.",
            f"a folder that ingest has finished, with {INDEX}.",
            "run ingest again with the same settings: it goes on." if begun else "check the path, or run ingest.",
        )
    try:
        index = json.loads((root / INDEX).read_text("utf-8"))
        version = index["version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssetError(f"{root / INDEX} cannot be read ({error}).", "the index of a cache.", again) from error
    if version != VERSION:
        raise AssetError(f"{root} holds a cache of version {version}.", f"version {VERSION}.", again)
    size = (root / FRAMES).stat().st_size if (root / FRAMES).is_file() else 0
    if size < index["bytes"]:
        raise AssetError(f"{root / FRAMES} has {size} bytes.", f"{index['bytes']}, as the index says.", again)
    return cast("dict[str, Any]", index)


class CachedBackgrounds:
    """Backgrounds that `ingest` has decoded. A `BackgroundSource`; small when pickled into a worker.

    Args:
        folder: where they are.

    Attributes:
        infos: every background, sorted by id, with licences and captions as the original source had them.
        skipped: id -> reason, for what could not be ingested.
        short_side: of the stored frames, pixels.

    Raises:
        AssetError: there is no finished cache, one of another version, or a damaged one.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._root = Path(folder).absolute()
        index = _read_index(self._root)
        self.skipped: dict[str, str] = index["skipped"]
        self.short_side: int = index["short_side"]
        self._codec: Codec = index["codec"]
        self._entries = {line["id"]: _Entry.read(line) for line in index["backgrounds"]}
        self.infos: tuple[AssetInfo, ...] = tuple(entry.info for entry in self._entries.values())
        self._blob = np.asarray(np.memmap(self._root / FRAMES, np.uint8, "r"))

    def __reduce__(self) -> tuple[type[CachedBackgrounds], tuple[Path]]:
        return CachedBackgrounds, (self._root,)

    def __repr__(self) -> str:
        return f"CachedBackgrounds({len(self.infos)} backgrounds, {self._codec}, short_side={self.short_side})"

    def _entry(self, id: str) -> _Entry:
        if id not in self._entries:
            fix = "look it up in `infos`, or run ingest again to add what is new."
            raise AssetError(f"{self._root} has no {id!r}.", "an id from `infos`.", fix)
        return self._entries[id]

    def load(self, id: str, short_side: int) -> Clip:
        """The clip, its shorter side `short_side` pixels.

        In the stored size, `Clip.frames` is a `LazyFrames`: what is not asked for is not read. In a smaller
        one all frames are read and resized.

        Raises:
            AssetError: no such background, one that is damaged, or a size larger than the stored one.
        """
        entry = self._entry(id)
        frames = LazyFrames(self, entry)
        if short_side == self.short_side:
            return Clip(entry.info, cast("np.ndarray", frames), entry.fps)
        if short_side > self.short_side:
            raise AssetError(
                f"short_side={short_side} is asked of {self._root}, which holds {self.short_side}.",
                f"at most {self.short_side}.",
                f"run ingest with short_side={short_side}, or make smaller clips.",
            )
        scale = short_side / self.short_side
        size = max(short_side, round(entry.width * scale)), max(short_side, round(entry.height * scale))

        def make() -> Clip:
            pictures = [Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC) for frame in frames[:]]
            return Clip(entry.info, np.stack([np.asarray(picture) for picture in pictures]), entry.fps)

        return BACKGROUNDS.get((str(self._root), id, short_side), make)

    def file(self, id: str) -> None:
        """There is no file of a single background in a cache."""
        self._entry(id)

    def _window(self, entry: _Entry, indices: np.ndarray, window: tuple[int, int, int, int]) -> np.ndarray:
        data = self._blob[entry.offset : entry.end]
        try:
            return decode_frames(data, entry.ends, self._codec, (entry.height, entry.width), indices, window)
        except (OSError, SyntaxError, ValueError) as error:
            raise AssetError(
                f"{entry.info.id!r} in {self._root} is damaged ({error}).",
                "frames as ingest wrote them.",
                "run ingest again, into an empty folder.",
            ) from error


class LazyFrames:
    """Frames of a cached background that are fetched when they are indexed, as an array would be.

    `frames[indices, top:bottom, left:right]` reads these frames only. An index may be an integer, a slice or
    an array for the first axis, and slices of step 1 for the next two.

    Attributes:
        shape: `(N, H, W, 3)`.
        dtype: uint8.
        ndim: 4.
    """

    dtype, ndim = np.dtype(np.uint8), 4

    def __init__(self, cache: CachedBackgrounds, entry: _Entry) -> None:
        self._cache, self._entry = cache, entry
        self.shape = (len(entry.ends), entry.height, entry.width, 3)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray:
        which, *slices = key if isinstance(key, tuple) else (key,)
        slices = [*slices, slice(None), slice(None)][:2]
        indices = np.arange(len(self))[which]
        rows, columns = (range(length)[cut] for length, cut in zip(self.shape[1:3], slices, strict=True))
        if (
            rows.step != 1
            or columns.step != 1
            or not rows
            or not columns
            or (isinstance(key, tuple) and len(key) > 3)
        ):
            raise IndexError(f"index {key}; expected frames, then slices of step 1, not empty, for rows and columns")
        window = (rows.start, columns.start, len(rows), len(columns))
        got = self._cache._window(self._entry, np.atleast_1d(indices), window)
        return got if np.ndim(indices) else got[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[:] if dtype is None else self[:].astype(dtype)
