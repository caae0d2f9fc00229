"""One split of a `datasets` dataset, read row by row without decoding: spec, columns, ids."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from urllib.parse import unquote

import datasets
import pyarrow as pa
from datasets import ClassLabel, Value

from locomotion_hf.assets.captions_file import clean_caption
from locomotion_hf.assets.folder import SMALL_BYTES, SMALL_FILES, naming
from locomotion_hf.errors import AssetError

#: What every spec may set: where to look, and the columns that name and credit a row.
PLACE_OPTIONS, CREDIT_OPTIONS = ("split", "config", "revision"), ("id", "source", "licence")

_SPLIT = re.compile(r"(.+?):([\w.+]+(?:\[[^\]]*\])?)")
_BATCH = 256  # rows looked at together; nothing is copied


class DatasetRows:
    """The rows of `hf:path[:split][?option=value&...]`; small enough to be pickled into workers.

    The path is a name on the Hub, a folder that `save_to_disk` wrote, or whatever else
    `datasets.load_dataset` takes. Without a split it is the only one, or "train". A dataset of the Hub is
    downloaded whole, once, into the cache of `datasets`.

    Args:
        spec: as above. Options: `PLACE_OPTIONS`, `CREDIT_OPTIONS` and `columns`.
        columns: further options, each for the name of a column.

    Raises:
        AssetError: an option that does not exist, or a dataset or split that cannot be loaded.
    """

    def __init__(self, spec: str, columns: tuple[str, ...]) -> None:
        self._spec = spec
        path, self._options = _parse(spec, (*PLACE_OPTIONS, *columns, *CREDIT_OPTIONS))
        self._data, split = _load(spec, path, self._options)
        # A folder is called by its last name, so that ids are the same wherever it lies.
        name = os.path.basename(os.path.abspath(path)) if os.path.exists(path) else path
        self._name = f"{name}/{split}" if split else name

    def column(self, option: str, what: str, *fits: Callable[[object], bool]) -> str:
        """The column that an option names, or else the only one that can be meant.

        Args:
            option: for example "video".
            what: what the column has to hold, for errors.
            fits: tests of a feature; the first that any column passes decides.

        Raises:
            AssetError: no such column, no column that fits, or more than one.
        """
        features = self._data.features
        fix = f"name the column: {self._spec.partition('?')[0]}?{option}=COLUMN."
        expected = f"one column of {what}; there are: {', '.join(features)}."
        if option in self._options:
            name = self._options[option]
            if name in features and any(fit(features[name]) for fit in fits):
                return name
            seen = f"holds no {what} in its column {name!r}" if name in features else f"has no column {name!r}"
            raise AssetError(f"{self._spec} {seen}.", expected, fix)
        taken = {name for other, name in self._options.items() if other not in PLACE_OPTIONS}
        for fit in fits:
            found = [name for name, feature in features.items() if fit(feature) and name not in taken]
            if len(found) == 1:
                return found[0]
            if found:
                seen = f"has {len(found)} columns that may hold {what}: {', '.join(found)}."
                raise AssetError(f"{self._spec} {seen}", expected, fix)
        raise AssetError(f"{self._spec} has no column of {what}.", expected, fix)

    def text_column(self, option: str, *names: str) -> str:
        """The column that an option names, or else the first of `names` that is a column of strings, or "".

        Raises:
            AssetError: the option names no column of texts, numbers or classes.
        """
        if option in self._options:
            return self.column(option, "texts, numbers or classes", _is_text)
        return next((name for name in names if is_string(self._data.features.get(name))), "")

    def texts(self, column: str) -> list[str]:
        """The text of each row in a column of texts, numbers or classes; "" where there is none, or no column."""
        if not column:
            return [""] * len(self._data)
        values = self._data.select_columns([column]).with_format("arrow")[:][column].to_pylist()
        feature = self._data.features[column]
        if isinstance(feature, ClassLabel):  # -1 is the custom for "not labelled"
            names = feature.names
            values = [names[v] if v is not None and 0 <= v < len(names) else None for v in values]
        return ["" if value is None else clean_caption(str(value)) for value in values]

    def credits(self) -> list[tuple[str, str, str]]:
        """Id, source and licence of each row.

        The id is the dataset's name, its split and the row's number, or what the option `id` gives; the source
        is the id, or what the option `source` gives; the licence is the row's, or the dataset's.
        """
        found: list[tuple[str, str, str]] = []
        seen: set[str] = set()
        of_all = self._data.info.license or "unknown"
        named = zip(*(self.texts(self.text_column(option)) for option in CREDIT_OPTIONS), strict=True)
        for row, (own, source, licence) in enumerate(named):
            id = f"{self._name}/{own or f'{row:08d}'}"
            while id in seen:
                id += "~"
            seen.add(id)
            found.append((id, f"{self._name}/{source}" if source else id, licence or of_all))
        return found

    def open(self, column: str) -> None:
        """Say in which column the files are that `read` returns."""
        self._files = self._data.select_columns([column]).with_format("arrow")

    def read(self, row: int) -> bytes | str:
        """The bytes or the path of the file in a row. Raises `AssetError`."""
        try:
            value = self._files[row].column(0)[0].as_py()
        except (OSError, ValueError, IndexError) as error:  # Arrow's errors are ValueErrors
            raise AssetError(
                f"cannot be read any more ({error}).",
                "a dataset that stays as it is while it is used.",
                "start again.",
            ) from error
        if isinstance(value, dict):
            value = value["bytes"] if value["bytes"] is not None else value.get("path")
        if value is None:
            raise AssetError("is empty (null).", "the bytes or the path of a file.", "leave it out.")
        return value

    def usable(self, ids: list[str], check: Callable[[bytes | str], object], skipped: dict[str, str]) -> list[int]:
        """The rows whose file can be used; the others go to `skipped` with the reason.

        Up to `SMALL_FILES` rows of `SMALL_BYTES` in all are checked one by one; of more it is only looked
        whether there is a file.
        """
        present: list[int] = []
        size = row = 0
        for batch in self._files.iter(batch_size=_BATCH):
            size += batch.nbytes
            for chunk in batch.column(0).chunks:
                for there in _there(chunk):
                    if there:
                        present.append(row)
                    else:
                        skipped[ids[row]] = f"{ids[row]}: is empty (null)."
                    row += 1
        if len(self._data) > SMALL_FILES or size > SMALL_BYTES:
            return present
        files_here = [self.read(row) for row in present]
        size += sum(os.path.getsize(file) for file in files_here if isinstance(file, str) and os.path.isfile(file))
        if size > SMALL_BYTES:
            return present
        usable = []
        for row, file in zip(present, files_here, strict=True):
            try:
                with naming(ids[row]):
                    check(file)
            except AssetError as error:
                skipped[ids[row]] = error.seen
            else:
                usable.append(row)
        return usable


def _is_text(feature: object) -> bool:
    return is_class(feature) or (isinstance(feature, Value) and not is_bytes(feature))


def _there(files: pa.Array) -> list[bool]:
    """Whether each row holds a file, from Arrow's own flags: no byte of a file is read."""
    valid = files.is_valid().to_pylist()
    if not pa.types.is_struct(files.type):
        return valid
    names = [name for name in ("bytes", "path") if files.type.get_field_index(name) >= 0]
    parts = [files.field(name).is_valid().to_pylist() for name in names]
    return [whole and any(some) for whole, some in zip(valid, zip(*parts, strict=True), strict=True)]


def is_string(feature: object) -> bool:
    """Whether a column holds strings."""
    return isinstance(feature, Value) and feature.dtype in ("string", "large_string")


def is_class(feature: object) -> bool:
    """Whether a column holds classes with names."""
    return isinstance(feature, ClassLabel)


def is_bytes(feature: object) -> bool:
    """Whether a column holds bytes, plain or as `datasets` stores files."""
    if isinstance(feature, dict):
        return is_bytes(feature.get("bytes"))
    return isinstance(feature, Value) and feature.dtype in ("binary", "large_binary")


def _parse(spec: str, allowed: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Path and options of a spec."""
    text, _, query = spec.removeprefix("hf:").partition("?")
    pairs = [part.partition("=")[::2] for part in query.split("&") if part]
    found = _SPLIT.fullmatch(text)
    if found and not os.path.exists(text):
        text = found[1]
        pairs.append(("split", found[2]))
    options = {name: unquote(value) for name, value in pairs}
    wrong = [name for name, value in pairs if name not in allowed or not value]
    if wrong or len(options) < len(pairs) or not text:
        seen = f"option {wrong[0]!r}" if wrong else "an option twice" if text else "no name"
        fix = f"write for example hf:owner/name:train?{allowed[len(PLACE_OPTIONS)]}=COLUMN."
        raise AssetError(f"{spec} has {seen}.", f"hf:owner/name with options among {', '.join(allowed)}.", fix)
    return os.path.expanduser(text), options


def _load(spec: str, path: str, options: dict[str, str]) -> tuple[datasets.Dataset, str]:
    """The split that is meant, and its name ("" if it has none). Raises `AssetError`."""
    wanted = options.get("split")
    try:
        if any(os.path.isfile(os.path.join(path, name)) for name in ("state.json", "dataset_dict.json")):
            loaded = datasets.load_from_disk(path)
        else:
            loaded = datasets.load_dataset(
                path, name=options.get("config"), split=wanted, revision=options.get("revision")
            )
    except Exception as error:  # the library, Arrow, the Hub and the network raise a great many
        lines = str(error.__cause__ or error).strip().splitlines() or [type(error).__name__]
        raise AssetError(
            f"{spec} cannot be loaded: {lines[0][:300]}",
            "a dataset of the Hub (hf:owner/name), or a folder for `load_dataset` or `load_from_disk`.",
            "check name, split and config, and whether the Hub can be reached.",
        ) from error
    if isinstance(loaded, datasets.DatasetDict):
        splits = list(loaded)
        only = splits[0] if len(splits) == 1 else "train"
        if (wanted or only) not in splits:
            seen = f"has no split {wanted!r}" if wanted else f"has {len(splits)} splits and none is called train"
            fix = f"write {spec.partition('?')[0].removesuffix(f':{wanted}')}:{splits[0]}."
            raise AssetError(f"{spec} {seen}.", f"one of {', '.join(splits)}.", fix)
        return loaded[wanted or only], wanted or only
    if wanted and str(loaded.split or wanted) != wanted:
        raise AssetError(f"{spec} has no split {wanted!r}.", f"{loaded.split}.", "leave the split out.")
    return loaded, str(loaded.split or "")
