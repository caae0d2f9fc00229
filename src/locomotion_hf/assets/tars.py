"""Videos in WebDataset tars, read by seek: an index of offsets is made once, members stay where they are."""

from __future__ import annotations

import glob
import json
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from locomotion_hf.assets.cache import BACKGROUNDS
from locomotion_hf.assets.captions_file import CAPTION_COLUMNS, clean_caption
from locomotion_hf.assets.folder import (
    MAX_SECONDS,
    SMALL_BYTES,
    SMALL_FILES,
    VIDEO_ENDINGS,
    files_below,
    find,
    load_clip,
    naming,
    nothing_usable,
    printable,
)
from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo, Clip
from locomotion_hf.video_io import MAX_TOTAL_BYTES, probe_video

#: Own choices: a caption is no novel, and a member has to fit into memory.
MAX_CAPTION_BYTES = 64 * 1024
MAX_MEMBER_BYTES = MAX_TOTAL_BYTES
#: Own choice: a mistyped range must not fill the memory with names.
MAX_SHARDS = 100_000

_BLOCK = 512  # a tar is made of blocks of this size, and ends with blocks of zeros
_MAGIC = re.compile(r"[*?[{]")
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")
_LIST = re.compile(r"\{([^{}]*,[^{}]*)\}")


class TarBackgrounds:
    """Every video in one or more WebDataset tars. A `BackgroundSource`; each video is a source of its own.

    A member `key.mp4` (or any other ending of `VIDEO_ENDINGS`) is a background; `key.txt`, or `caption` or
    `text` in `key.json`, is its caption. As WebDataset has it, the key ends at the first dot of the name. The
    id is the tar's path, from the folder that all tars of the spec share on, and the member's name:
    `clips-000.tar/a.mp4`. What cannot be used stands in `skipped`, and of a damaged tar what comes before the
    damage is used. Up to `SMALL_FILES` videos are decoded when the tars are opened, so that every problem is
    listed at once; more are decoded when used.

    Args:
        spec: a tar, a folder of tars, a glob, or a brace range such as `shards/clips-{000..003}.tar`.

    Raises:
        AssetError: no such tar, or no usable video in any.
    """

    def __init__(self, spec: str | os.PathLike[str]) -> None:
        self._where = printable(spec)
        root, shards = expand_tars(spec)
        self.skipped: dict[str, str] = {}
        self._members: dict[str, tuple[str, int, int]] = {}  # id -> tar, offset, bytes
        captions: dict[str, str] = {}
        for shard in shards:
            self._index(shard, printable(shard.relative_to(root).as_posix()), captions)
        found = len(self._members)
        if found <= SMALL_FILES and sum(size for _, _, size in self._members.values()) <= SMALL_BYTES:
            for id in list(self._members):
                try:
                    with naming(id):
                        probe_video(_slice(*self._members[id]), decode=True, max_seconds=MAX_SECONDS)
                except AssetError as error:
                    self.skipped[id] = error.seen
                    del self._members[id]
        if not self._members:
            expected = "tars with key.mp4 and, if there is one, the caption as key.txt or key.json"
            raise nothing_usable(self._where, "tars or videos", len(self.skipped), self.skipped, expected)
        self.infos: tuple[AssetInfo, ...] = tuple(
            AssetInfo(id, id, "unknown", caption=captions.get(id, "")) for id in sorted(self._members)
        )
        self._by_id = {info.id: info for info in self.infos}

    def load(self, id: str, short_side: int) -> Clip:
        """The first half minute of a video, at its own rate up to 30 fps. Raises `AssetError`."""
        info = find(self._by_id, id, self._where)

        def make() -> Clip:
            with naming(id):
                return load_clip(self.file(id), info, short_side)

        return BACKGROUNDS.get((*self._members[id], short_side), make)

    def file(self, id: str) -> bytes:
        """The bytes of the video. Raises `AssetError`."""
        find(self._by_id, id, self._where)
        return _slice(*self._members[id])

    def _index(self, shard: Path, name: str, captions: dict[str, str]) -> None:
        """Add one tar's videos, captions and reasons."""
        videos: dict[str, list[str]] = {}  # key -> ids
        texts: dict[str, tarfile.TarInfo] = {}
        for member in _members(shard, name, self.skipped):
            path = PurePosixPath(member.name)
            stem, _, ending = path.name.partition(".")
            if not stem:
                continue  # hidden, such as macOS's "._" companions
            key = str(path.with_name(stem))
            if ending in ("txt", "json"):
                texts[key] = member
            if path.suffix.lower() not in VIDEO_ENDINGS:
                continue
            id = f"{name}/{printable(path.as_posix())}"
            while id in self._members or id in self.skipped:
                id += "~"  # a name twice, or two names that differ only in bytes that are no text
            if reason := _problem(member, shard):
                self.skipped[id] = f"{id} {reason}."
            else:
                self._members[id] = str(shard), member.offset_data, member.size
                videos.setdefault(key, []).append(id)
        for key in videos.keys() & texts.keys():
            try:
                captions |= dict.fromkeys(videos[key], _caption(texts[key], shard))
            except AssetError as error:
                text = f"{name}/{printable(texts[key].name)}"
                self.skipped[text] = f"{text} {error.seen} Its video is used without it."


def is_tars(spec: str | os.PathLike[str]) -> bool:
    """Whether a spec means tars: one, a glob or range of them, or a folder with tars and no videos."""
    text = os.fspath(spec)
    if os.path.isdir(text):
        endings = {file.suffix.lower() for file in files_below(Path(text))}
        return ".tar" in endings and not endings & VIDEO_ENDINGS
    if os.path.exists(text):
        return any(ending in (".tar", ".tgz") for ending in Path(text.lower()).suffixes)
    return text.endswith(".tar") or bool(_MAGIC.search(text))


def expand_tars(spec: str | os.PathLike[str]) -> tuple[Path, list[Path]]:
    """The tars that a spec stands for.

    Args:
        spec: a tar, a folder of tars, a glob, or a brace range or list; a path that exists is taken literally.

    Returns:
        The folder that they share as the spec has it, and the tars, sorted; those that a brace range names are
        in the list whether they exist or not.

    Raises:
        AssetError: the spec is an address, its range is too long, or it names nothing that exists.
    """
    text = os.fspath(spec)
    if "://" in text:
        fix = "download the tars, or use a dataset of the Hub: hf:owner/name."
        raise AssetError(f"{text} is an address.", "tars on this machine.", fix)
    if os.path.isdir(text):
        root = Path(text).absolute()
        return root, [file for file in files_below(root) if file.suffix.lower() == ".tar"]
    if os.path.exists(text):
        return Path(text).absolute().parent, [Path(text).absolute()]
    root = Path(os.path.dirname(_MAGIC.split(text, maxsplit=1)[0])).absolute()
    shards: set[Path] = set()
    for pattern in _braces(text):
        matches = glob.glob(pattern, recursive=True) if glob.has_magic(pattern) else [pattern]
        shards |= {Path(match).absolute() for match in matches if not os.path.isdir(match)}
        if len(shards) > MAX_SHARDS:
            raise AssetError(f"{text} names more than {MAX_SHARDS} tars.", "fewer.", "check the range.")
    if not any(shard.exists() for shard in shards):
        raise AssetError(f"{printable(text)} names no file.", "a tar, or a glob or range of them.", "check the path.")
    return root, sorted(shards)


def _braces(text: str) -> Iterator[str]:
    """`{000..003}` and `{a,b}` written out, the first one first; zeros in front are kept."""
    found = _RANGE.search(text) or _LIST.search(text)
    if not found:
        yield text
        return
    if found.re is _RANGE:
        low, high = found[1], found[2]
        step = 1 if int(low) <= int(high) else -1
        padded = any(len(number) > 1 and number[0] == "0" for number in (low, high))
        width = max(len(low), len(high)) if padded else 0
        names: Iterator[str] = (f"{number:0{width}d}" for number in range(int(low), int(high) + step, step))
    else:
        names = iter(found[1].split(","))
    for name in names:
        yield from _braces(text[: found.start()] + name + text[found.end() :])


def _members(shard: Path, name: str, skipped: dict[str, str]) -> list[tarfile.TarInfo]:
    """The files in a tar, in order, up to the first damage, which is put into `skipped`."""
    found: list[tarfile.TarInfo] = []
    position = -1
    try:
        with tarfile.open(shard, "r:") as tar:
            while (member := tar.next()) is not None:
                if member.size < 0 or member.offset_data <= position:
                    raise tarfile.ReadError("it points back into itself")
                position = member.offset_data
                if not member.isdir():
                    found.append(member)
            # At a damaged header `tarfile` stops as silently as at the blocks of zeros that end a tar.
            if _slice(str(shard), tar.offset, _BLOCK) != bytes(_BLOCK):
                raise tarfile.ReadError("no header where one should be")
    except Exception as error:  # poisoned headers raise anything from ValueError to RecursionError
        if found:
            why = f"is cut off or corrupt behind its first {len(found)} files, which are used"
        elif isinstance(error, OSError) and error.strerror:
            why = f"cannot be opened ({error.strerror})"
        elif _is_compressed(shard):
            why = "is compressed, so that its files cannot be found by seek: unpack it"
        else:
            why = f"cannot be read as a tar ({error})"
        skipped[name] = f"{name} {why}."
    return found


def _problem(member: tarfile.TarInfo, shard: Path) -> str:
    """Why a member cannot be read, or ""."""
    if not member.isreg() or member.issparse():
        return "is a link, a device or a sparse file in its tar"
    if member.size == 0:
        return "is empty (0 bytes)"
    if member.size > MAX_MEMBER_BYTES:
        return f"has {member.size} bytes, more than {MAX_MEMBER_BYTES}"
    return "" if member.offset_data + member.size <= shard.stat().st_size else "is cut off with its tar"


def _caption(member: tarfile.TarInfo, shard: Path) -> str:
    """The caption in a txt or json member. Raises `AssetError`."""
    why = _problem(member, shard)
    if not why and member.size > MAX_CAPTION_BYTES:
        why = f"is longer than a caption, {member.size} bytes"
    if not why:
        try:
            text = _slice(str(shard), member.offset_data, member.size).decode("utf-8-sig")
            record = json.loads(text) if member.name.endswith(".json") else {CAPTION_COLUMNS[0]: text}
            columns = record if isinstance(record, dict) else {}
            return next((clean_caption(columns[name]) for name in CAPTION_COLUMNS if name in columns), "")
        except UnicodeDecodeError:
            why = "is not UTF-8 text"
        except (ValueError, RecursionError) as error:
            why = f"is not JSON ({error})"
    raise AssetError(f"{why}.", "a short text, or JSON with `caption` or `text`.", "mend it.")


def _slice(shard: str, offset: int, size: int) -> bytes:
    """The bytes of a member. Raises `AssetError`."""
    try:
        with open(shard, "rb") as file:
            file.seek(offset)
            data = file.read(size)
    except OSError as error:
        raise _changed(shard, f"cannot be read any more ({error.strerror})") from error
    if len(data) < size:
        raise _changed(shard, "has become shorter since it was opened")
    return data


def _is_compressed(shard: Path) -> bool:
    start = _slice(str(shard), 0, min(6, shard.stat().st_size)) if shard.is_file() else b""
    return start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"))


def _changed(shard: str, why: str) -> AssetError:
    return AssetError(f"{printable(shard)} {why}.", "a tar that stays as it is while it is used.", "start again.")
