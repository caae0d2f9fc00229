"""Annotations in json: Something-Something as Singularity prepared it for retrieval, and MSR-VTT's two styles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from locomotion_hf.errors import CorpusError

from .listing import Layout, Listed, find_in, hash_split, split_names

SSV2_OBTAIN = (
    "To obtain Something-Something v2: (1) accept its licence and download the videos (220,847 webm files in "
    "numbered archives) from Qualcomm's dataset page, https://www.qualcomm.com/developer/software/"
    "something-something-v-2-dataset, and unpack them into one folder, FOLDER/videos; (2) download "
    "anno_downstream.tar.gz, linked from https://github.com/jayleicn/singularity under Download, Annotations, and "
    "put ssv2_ret_label_*.json and ssv2_ret_template_*.json from it into FOLDER."
)
MSRVTT_OBTAIN = (
    "To obtain MSR-VTT's videos: the dataset's page is https://www.microsoft.com/en-us/research/publication/"
    "msr-vtt-a-large-video-description-dataset-for-bridging-video-and-language/; retrieval code bases such as "
    "https://github.com/ArrowLuo/CLIP4Clip link to archives of it. Put the videos into a folder named videos beside "
    "the json, or name theirs as `videos`."
)
#: Where the videos of a json file may lie, beside it.
_BESIDE = ("videos", "video", "all", "")


def read_ssv2(kind: Literal["template", "label"], folder: Path, split: str, videos: Path | None) -> Layout:
    """Something-Something v2 for retrieval: `ssv2_ret_{template,label}_{train,val_small}.json`.

    Each file is a list of `{"video": "62211.webm" or a list of such, "caption": text}`. Templates are the
    classes of both; label files get theirs from the template files beside them, if those are there.

    Args:
        kind: captions with "something" in them, or with the objects.
        folder: of the json files, or of a folder `anno_downstream` with them.
        split: "train" or "test" (which is val_small).
        videos: folder of the videos; None looks beside the json files.

    Raises:
        CorpusError: there is no such file, or it has another form.
    """
    folders = (folder, folder / "anno_downstream")

    def file_of(which: str) -> Path | None:
        names = (f"ssv2_ret_{which}_{name}.json" for name in split_names(split))
        return next((place / name for name in names for place in folders if (place / name).is_file()), None)

    path = file_of(kind)
    if path is None:
        name = "val_small" if split == "test" else split
        raise CorpusError(
            f"{folder.name} holds no ssv2_ret_{kind}_{name}.json.", "Singularity's annotation files.", SSV2_OBTAIN
        )
    templates: dict[str, str] = {}
    beside = path if kind == "template" else file_of("template")
    for record in _records(beside, SSV2_OBTAIN) if beside else ():
        templates |= {name: without_brackets(record["caption"]) for name in _video_names(record)}
    listed = []
    for record in _records(path, SSV2_OBTAIN):
        text = without_brackets(record["caption"])
        for name in _video_names(record):
            stratum = templates.get(name, "").casefold()
            listed.append(Listed(Path(name).stem, (text,), name, text.casefold(), stratum))
    places = [folder / name for name in ("videos", "20bn-something-something-v2", "ssv2", "")]
    found = path.stem.removeprefix(f"ssv2_ret_{kind}_")
    return Layout(f"ssv2-{kind}", found, listed, find_in([videos] if videos else places), SSV2_OBTAIN)


def without_brackets(text: object) -> str:
    """Text with its placeholders as plain words: "[something]" as "something"; "" for what is no text."""
    return text.replace("[", "").replace("]", "") if isinstance(text, str) else ""


def read_json(spec: Path, split: str, videos: Path | None) -> Layout:
    """Captions in json, of MSR-VTT's classic style or as a list.

    The classic style has `videos`, each with `video_id` and `split`, and `sentences`, each with `video_id` and
    `caption`. A list has `{"video": name, "caption": text or texts}`, and may name a `split` in each record.
    Where neither file nor records name a split, a fifth of the videos, by a hash of their names, is "test".

    Args:
        spec: a json file; a path with "{split}" in it; or a folder in which one json file is named after the split.
        split: that is wanted.
        videos: folder of the videos; None looks beside the json file.

    Raises:
        CorpusError: there is no such file, or it has another form.
    """
    path, chosen = _file_of_split(spec, split)
    content = _load(path, MSRVTT_OBTAIN)
    records: list[tuple[str, str, Any]]  # video, split, caption or captions
    if isinstance(content, dict) and isinstance(content.get("sentences"), list):
        splits = {_text(video, "video_id"): _text(video, "split") for video in content.get("videos") or ()}
        sentences = [line for line in content["sentences"] if isinstance(line, dict)]
        ids = [_text(line, "video_id") for line in sentences]
        records = [(id, splits.get(id, ""), line.get("caption")) for id, line in zip(ids, sentences, strict=True)]
    else:
        records = [
            (name, _text(record, "split"), record["caption"])
            for record in _records(path, MSRVTT_OBTAIN)
            for name in _video_names(record)
        ]
    given = {split for _, split, _ in records} - {""}
    found = chosen
    if given and not chosen:
        found = next((name for name in split_names(split) if name in given), "")
        if not found:
            there = ", ".join(sorted(given))
            raise CorpusError(f"{path.name} has no split {split!r}.", f"one of {there}.", "name one of them.")
        records = [record for record in records if record[1] == found]
    listed = [Listed(Path(name).stem, _captions(caption), name) for name, _, caption in records if name]
    if not found:
        listed, found = hash_split(listed, split), split
    folders = [videos] if videos else [path.parent / name for name in _BESIDE]
    stem = path.stem.replace(found, "").strip("_- .") or path.parent.name
    return Layout(stem, found, listed, find_in(folders), MSRVTT_OBTAIN, merge=True)


def json_of_split(folder: Path, split: str) -> Path | None:
    """The json file of a folder that is named after a split, such as `msrvtt_ret_test1k.json`."""
    files = sorted(folder.glob("*.json"))
    for name in split_names(split):
        named = [file for file in files if re.search(rf"(?:^|[_\W]){name}(?:[_\W\d]|$)", file.stem)]
        if len(named) == 1:
            return named[0]
    return None


def _file_of_split(spec: Path, split: str) -> tuple[Path, str]:
    """The file, and the split that its name says ("": the file does not say)."""
    if "{split}" in str(spec):
        paths = {name: Path(str(spec).replace("{split}", name)) for name in split_names(split)}
        for name, path in paths.items():
            if path.is_file():
                return path, name
        first = next(iter(paths.values())).name
        raise CorpusError(f"there is no {first}.", "a json file for each split.", "check the path.")
    if spec.is_dir():
        named = json_of_split(spec, split)
        if named is None:
            raise CorpusError(
                f"{spec.name} holds no json file, or several, of the split {split!r}.",
                "one whose name has the split in it, such as captions_train.json.",
                "name the file, or a path with {split} in it.",
            )
        return named, split
    if not spec.is_file():
        raise CorpusError(f"{spec.name} does not exist.", "a json file of captions.", "check the path.")
    return spec, ""


def _load(path: Path, obtain: str) -> Any:
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise CorpusError(
            f"{path.name} cannot be read as json ({str(error)[:100]}).",
            "a whole json file.",
            f"fetch it again. {obtain}",
        ) from error


def _records(path: Path, obtain: str) -> Iterator[dict[str, Any]]:
    """The records of a list, each with `video` and `caption`."""
    content = _load(path, obtain)
    if not isinstance(content, list):
        raise CorpusError(
            f"{path.name} holds a {type(content).__name__}.",
            'a list of {"video": name, "caption": text}, or {"videos": [...], "sentences": [...]}.',
            f"fetch it again. {obtain}",
        )
    for number, record in enumerate(content, 1):
        if not (isinstance(record, dict) and "video" in record and "caption" in record):
            raise CorpusError(
                f"record {number} of {path.name} is {str(record)[:80]}.",
                'a record with "video" and "caption".',
                f"mend it. {obtain}",
            )
        yield record


def _video_names(record: dict[str, Any]) -> list[str]:
    video = record["video"]
    return [name for name in (video if isinstance(video, list) else [video]) if isinstance(name, str) and name]


def _captions(caption: Any) -> list[Any]:
    return caption if isinstance(caption, list) else [caption]


def _text(record: Any, key: str) -> str:
    value = record.get(key) if isinstance(record, dict) else None
    return value if isinstance(value, str) else ""
