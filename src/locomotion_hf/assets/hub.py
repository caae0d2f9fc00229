"""Datasets of the Hub, or local ones: videos as backgrounds, pictures with alpha as objects."""

from __future__ import annotations

from datasets import Image, Video

from locomotion_hf.assets.cache import BACKGROUNDS, CUT_OUTS
from locomotion_hf.assets.captions_file import CAPTION_COLUMNS
from locomotion_hf.assets.cutouts import load_cut_out, noun_of
from locomotion_hf.assets.dataset_rows import DatasetRows, is_bytes, is_class, is_string
from locomotion_hf.assets.folder import MAX_SECONDS, find, load_clip, naming, nothing_usable
from locomotion_hf.types import AssetInfo, Clip, CutOut
from locomotion_hf.video_io import probe_video


class DatasetBackgrounds:
    """The videos of a dataset. A `BackgroundSource`.

    Args:
        spec: `hf:path[:split][?option=value&...]`, as `DatasetRows` has it. Columns that may be named: `video`
            (by default the only one of type `Video`, or else of bytes), `caption` (by default one called
            "caption" or "text"), `id`, `source` (the recording; by default each row is its own), `licence`.

    Raises:
        AssetError: the dataset cannot be loaded, a column is missing or could be several, or no row is usable.
    """

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._rows = DatasetRows(spec, ("video", "caption"))
        self._rows.open(self._rows.column("video", "videos", lambda feature: isinstance(feature, Video), is_bytes))
        credits = self._rows.credits()
        captions = self._rows.texts(self._rows.text_column("caption", *CAPTION_COLUMNS))
        self.skipped: dict[str, str] = {}
        rows = self._rows.usable(
            [id for id, _, _ in credits],
            lambda file: probe_video(file, decode=True, max_seconds=MAX_SECONDS),
            self.skipped,
        )
        if not rows:
            raise nothing_usable(spec, "rows", len(credits), self.skipped, "a dataset with a column of videos")
        self._row_of = {credits[row][0]: row for row in rows}
        self.infos: tuple[AssetInfo, ...] = tuple(
            AssetInfo(*credits[row], caption=captions[row]) for _, row in sorted(self._row_of.items())
        )
        self._by_id = {info.id: info for info in self.infos}

    def load(self, id: str, short_side: int) -> Clip:
        """The first half minute of a video, at its own rate up to 30 fps. Raises `AssetError`."""
        info = find(self._by_id, id, self._spec)

        def make() -> Clip:
            with naming(id):
                return load_clip(self._rows.read(self._row_of[id]), info, short_side)

        return BACKGROUNDS.get((self._spec, id, short_side), make)

    def file(self, id: str) -> str | bytes:
        """The video, or its bytes. Raises `AssetError`."""
        find(self._by_id, id, self._spec)
        return self._rows.read(self._row_of[id])


class DatasetObjects:
    """The cut-outs of a dataset with a picture and a name in each row, as X-Paste and PIN have it. An `ObjectSource`.

    Args:
        spec: `hf:path[:split][?option=value&...]`, as `DatasetRows` has it. Columns that may be named: `image`
            (by default the only one of type `Image`, or else of bytes; it needs alpha), `label` (by default the
            only one of classes, or else of strings; LVIS's names are read as nouns), `id`, `source` (the picture
            it was cut from; by default each row is its own), `licence`.

    Raises:
        AssetError: the dataset cannot be loaded, a column is missing or could be several, or no row is usable.
    """

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._rows = DatasetRows(spec, ("image", "label"))
        self._rows.open(self._rows.column("image", "pictures", lambda feature: isinstance(feature, Image), is_bytes))
        labels = self._rows.texts(self._rows.column("label", "names of objects", is_class, is_string))
        credits = self._rows.credits()
        self.skipped: dict[str, str] = {}
        rows = self._rows.usable(
            [id for id, _, _ in credits], lambda file: load_cut_out(file, AssetInfo("", "", "")), self.skipped
        )
        nouns = {row: noun_of(labels[row]) for row in rows}
        for row, noun in nouns.items():
            if not noun:
                id = credits[row][0]
                self.skipped[id] = f"{id}: its label {labels[row]!r} is no noun."
        self._row_of = {credits[row][0]: row for row, noun in nouns.items() if noun}
        if not self._row_of:
            expected = "a dataset with a column of pictures with alpha and one of their nouns"
            raise nothing_usable(spec, "rows", len(credits), self.skipped, expected)
        self.infos: tuple[AssetInfo, ...] = tuple(
            AssetInfo(*credits[row], nouns[row]) for _, row in sorted(self._row_of.items())
        )
        self._by_id = {info.id: info for info in self.infos}

    def load(self, id: str) -> CutOut:
        """The cut-out, tightly cropped. Raises `AssetError`."""
        info = find(self._by_id, id, self._spec)

        def make() -> CutOut:
            with naming(id):
                return load_cut_out(self._rows.read(self._row_of[id]), info)

        return CUT_OUTS.get((self._spec, id), make)
