"""The pack of objects and backgrounds that comes with the package, so that a first run needs no data.

`default_pack/manifest.json` lists every file with its origin and licence, as it was collected.
`default_pack/curation.json` is what we decided on top: files left out and why, better nouns, and
licences and credits where the manifest is loose. `ATTRIBUTION.md` is made from the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from locomotion_hf.assets.cache import BACKGROUNDS, CUT_OUTS
from locomotion_hf.assets.cutouts import load_cut_out
from locomotion_hf.errors import AssetError
from locomotion_hf.randomness import stable_hash
from locomotion_hf.types import AssetInfo, Clip, CutOut
from locomotion_hf.video_io import read_video

ROOT = Path(__file__).parent / "default_pack"
#: How ids of photographs begin; they are split apart from the videos.
PHOTOGRAPHS = "default_pack/photos/"

#: A pan over a photograph: 48 frames at 12 fps, like the pack's clips; the window covers this share of
#: each side, so that the whole pan shifts the view by a quarter of it. Own choice: slower than objects.
PAN_FRAMES, PAN_FPS, PAN_WINDOW = 48, 12.0, 0.8


@cache
def curation() -> dict[str, Any]:
    """What we decided on top of the manifest.

    Returns:
        `excluded` and `not_shipped` (file -> reason), `renamed` (file -> noun), `packages` (start of the
        file name -> title, licence, attribution, changes), `credits` (file -> its own licence, attribution).
    """
    loaded: dict[str, Any] = json.loads((ROOT / "curation.json").read_text("utf-8"))
    return loaded


@cache
def rows(kind: Literal["objects", "videos", "photos"]) -> tuple[dict[str, str], ...]:
    """The shipped files of one kind as the manifest lists them: `file`, `source`, `name`, `creator`, ..."""
    manifest = json.loads((ROOT / "manifest.json").read_text("utf-8"))
    return tuple(row for row in manifest[kind] if row["file"] not in curation()["not_shipped"])


def package_of(file: str) -> str:
    """The key in `packages` of the package that a file came from."""
    return next(prefix for prefix in curation()["packages"] if file.startswith(prefix))


def credit(row: dict[str, str]) -> tuple[str, str]:
    """Licence and attribution of one row of the manifest."""
    package = curation()["packages"][package_of(row["file"])]
    own = curation()["credits"].get(row["file"], {})
    attribution = own.get("attribution") or row.get("creator") or package["attribution"]
    return own.get("licence", package["licence"]), attribution


class DefaultPackObjects:
    """The pack's cut-outs that are good nouns. An `ObjectSource`."""

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}  # left out by choice is not unreadable: see `curation`
        excluded = curation()["excluded"]
        used = {_id(row["file"], "objects/"): row for row in rows("objects") if row["file"] not in excluded}
        self._files = {id: row["file"] for id, row in used.items()}
        self.infos: tuple[AssetInfo, ...] = _sorted(
            _info(row, id, curation()["renamed"].get(row["file"], row["name"])) for id, row in used.items()
        )
        self._by_id = {info.id: info for info in self.infos}

    def load(self, id: str) -> CutOut:
        """The cut-out, tightly cropped."""
        info = _find(self._by_id, id)
        return CUT_OUTS.get((str(ROOT), id), lambda: load_cut_out(ROOT / self._files[id], info))


class DefaultPackBackgrounds:
    """The pack's clips. A `BackgroundSource`.

    Args:
        photographs: also offer slow pans over the pack's photographs.
    """

    def __init__(self, photographs: bool = True) -> None:
        self.skipped: dict[str, str] = {}
        used = {_id(row["file"], "videos/"): row for row in rows("videos")}
        if photographs:
            used |= {_id(row["file"], ""): row for row in rows("photos")}
        self._files = {id: row["file"] for id, row in used.items()}
        self.infos: tuple[AssetInfo, ...] = _sorted(_info(row, id) for id, row in used.items())
        self._by_id = {info.id: info for info in self.infos}

    def load(self, id: str, short_side: int) -> Clip:
        """The clip, its shorter side resized to `short_side` pixels."""
        info = _find(self._by_id, id)
        path = ROOT / self._files[id]

        def make() -> Clip:
            if is_photograph(info):
                return Clip(info, _pan(path, id, short_side), PAN_FPS)
            return Clip(info, *read_video(path, short_side=short_side))

        return BACKGROUNDS.get((str(ROOT), id, short_side), make)

    def file(self, id: str) -> Path | None:
        """The video; None for a pan over a photograph."""
        info = _find(self._by_id, id)
        return None if is_photograph(info) else ROOT / self._files[id]


def is_photograph(info: AssetInfo) -> bool:
    """Whether a background is a pan over one of the pack's photographs."""
    return info.id.startswith(PHOTOGRAPHS)


def _id(file: str, prefix: str) -> str:
    return "default_pack/" + file.removeprefix(prefix).rsplit(".", 1)[0]


def _info(row: dict[str, str], id: str, noun: str = "") -> AssetInfo:
    licence, attribution = credit(row)
    return AssetInfo(id, row["source"], licence, noun, attribution)


def _sorted(infos: Iterable[AssetInfo]) -> tuple[AssetInfo, ...]:
    return tuple(sorted(infos, key=lambda info: info.id))


def _find(infos: dict[str, AssetInfo], id: str) -> AssetInfo:
    if id not in infos:
        raise AssetError(f"The default pack has no {id!r}.", "an id from `infos`.", "look it up in `infos`.")
    return infos[id]


def _pan(path: Path, id: str, short_side: int) -> np.ndarray:
    """A slow shift of a window over a photograph, `(PAN_FRAMES, H, W, 3)`; the id chooses its direction."""
    with Image.open(path) as file:
        photo = file.convert("RGB")
    width, height = (side * PAN_WINDOW for side in photo.size)
    room_x, room_y = photo.width - width, photo.height - height
    choice = stable_hash("pan", id)
    # From one edge to the other along x, with some of the room along y.
    x = np.linspace(0, room_x, PAN_FRAMES)[:: 1 if choice & 1 else -1]
    y = np.linspace(0, room_y, PAN_FRAMES)[:: 1 if choice & 2 else -1] * (choice % 1000 / 1000)
    scale = short_side / min(width, height)
    size = (max(short_side, round(width * scale)), max(short_side, round(height * scale)))
    boxes = [(float(a), float(b), float(a) + width, float(b) + height) for a, b in zip(x, y, strict=True)]
    return np.stack([np.asarray(photo.resize(size, Image.Resampling.BICUBIC, box=box)) for box in boxes])
