"""Videos inside tables: any `datasets` dataset, released `locomotion_synth` data, and the packaged physics clips."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Video

from locomotion_hf.assets.captions_file import CAPTION_COLUMNS
from locomotion_hf.assets.dataset_rows import DatasetRows, is_bytes, is_class, is_string
from locomotion_hf.errors import AssetError, CorpusError

from .annotations import without_brackets
from .listing import Layout, Listed, hash_split, split_names

PHYSICS = Path(__file__).parent / "physics"
PHYSICS_OBTAIN = "They are part of the package: install it again, or run dataset_scripts/build_physics.py."
_COLUMNS = ("video", "caption")
#: Columns that say what is one, first the likelier.
_IDS = ("id", "video_id", "clip_id", "key", "name")
_CAPTIONS = (*CAPTION_COLUMNS, "captions", "texts", "sentence", "sentences", "label", "description")


class CaptionedRows(DatasetRows):
    """The rows of a dataset with a column of videos and one of captions, or of lists of captions."""

    def captions(self) -> list[list[object]]:
        """The captions of each row, from the column that the option `caption` names, or the first that is there."""
        features = self._data.features
        wanted = [self._options["caption"]] if "caption" in self._options else [n for n in _CAPTIONS if n in features]
        for name in wanted:
            if name in features and (is_string(features[name]) or is_class(features[name])):
                return [[text] for text in self.texts(name)]
            if name in features and is_string(getattr(features[name], "feature", None)):
                lists = self._data.select_columns([name]).with_format("arrow")[:][name].to_pylist()
                return [texts or [] for texts in lists]
        raise AssetError(
            f"{self._spec} has no column of captions.",
            f"texts, or lists of texts, in a column such as caption; there are: {', '.join(features)}.",
            f"name the column: {self._spec.partition('?')[0]}?caption=COLUMN.",
        )

    def named(self, *names: str) -> list[str]:
        """The texts of the first of these columns that there is; "" in each row where there is none."""
        return self.texts(self.text_column("", *names))


def read_dataset(spec: str, split: str) -> Layout:
    """Any `datasets` dataset, undecoded: its own decoder, torchcodec, is never asked.

    A column `group`, as in `locomotion_synth`, says which rows are true of each other's captions. Rows of one id are
    several captions of one video, the first row's. A dataset with one split only is divided by a hash of its ids, or
    of its scenes: a fifth is "test".

    Args:
        spec: `hf:NAME_OR_PATH[?option=value&...]` with the options of `DatasetRows`: config, revision, and the
            columns video, caption and id.
        split: that is wanted.

    Raises:
        CorpusError: the dataset cannot be loaded, has no such split, or lacks a column.
    """
    try:
        rows, found = _open(spec, split_names(split))
        whole = rows is None or (split == "train" and _open(spec, split_names("test"))[0] is None)
        if rows is None:
            rows = CaptionedRows(spec, _COLUMNS)
        rows.open(rows.column("video", "videos", lambda feature: isinstance(feature, Video), is_bytes))
        column = rows.text_column("id", *_IDS)
        captions, ids, groups = rows.captions(), rows.texts(column), rows.named("group")
        places = zip(rows.named("background_id"), rows.named("noun"), strict=True)  # of `locomotion_synth`
        scenes = [f"{noun} before {place}" if place and noun else "" for place, noun in places]
    except AssetError as error:
        raise CorpusError(error.seen, error.expected, error.fix) from error
    # A "name" may be anything's: where it comes again, nothing says that the video is the same.
    first: dict[str, int] = {}
    videos = [first.setdefault(id, row) if id and column != "name" else row for row, id in enumerate(ids)]
    listed = [
        Listed(id or f"{row:08d}", texts, videos[row], group or None, scene=scene)
        for row, (id, texts, group, scene) in enumerate(zip(ids, captions, groups, scenes, strict=True))
    ]
    if whole:
        listed, found = hash_split(listed, split), split
    path = spec.partition("?")[0].removeprefix("hf:")
    name = Path(path).resolve().name if Path(path).exists() else path
    return Layout(name, found, listed, rows.read, f"Each row of {name} should hold its video.", merge=True)


def _open(spec: str, splits: tuple[str, ...]) -> tuple[CaptionedRows | None, str]:
    """The first split of these that the dataset has, and its name; None and "" where it has none of them."""
    path, _, query = spec.partition("?")
    for split in splits:
        with suppress(AssetError):
            return CaptionedRows(f"{path}:{split}?{query}", _COLUMNS), split
    return None, ""


def read_physics(kind: Literal["template", "label"], split: str) -> Layout:
    """The packaged clips of simulated physics: see the card beside them.

    Args:
        kind: "template", captions that say "something", one a class; "label", captions that name the objects.
        split: "train" or "test".

    Raises:
        CorpusError: there is no such split, or the files are not there.
    """
    files = sorted(PHYSICS.glob(f"{split}*.parquet"))
    if not files:
        there = ", ".join(sorted({path.stem.split("-")[0] for path in PHYSICS.glob("*.parquet")}))
        raise CorpusError(
            f"physics has no split {split!r}.",
            f"one of {there}." if there else f"{PHYSICS.name}/train*.parquet and test*.parquet.",
            "name one of them." if there else PHYSICS_OBTAIN,
        )
    table = pa.concat_tables([pq.read_table(file) for file in files])
    columns = {name: table[name].to_pylist() for name in ("id", "caption", "template", "scene")}
    videos = table["video"].combine_chunks()
    listed = []
    for row, (id, caption, template, scene) in enumerate(zip(*columns.values(), strict=True)):
        template, caption = without_brackets(template), without_brackets(caption)
        text = template if kind == "template" else caption
        listed.append(Listed(id, (text,), row, text.casefold(), template.casefold(), scene or ""))
    return Layout(f"physics-{kind}", split, listed, partial(_bytes, videos), PHYSICS_OBTAIN)


def _bytes(videos: pa.StructArray, row: str | int) -> bytes:
    return videos[int(row)].as_py()["bytes"]
