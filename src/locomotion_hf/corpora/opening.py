"""One door to every layout."""

from __future__ import annotations

from pathlib import Path

from locomotion_hf.errors import CorpusError

from .annotations import json_of_split, read_json, read_ssv2
from .corpus import Corpus
from .finegym import read_finegym
from .folders import captions_file, read_folder
from .listing import Layout, settle
from .tables import read_dataset, read_physics

#: Spec -> what it is.
SPECS = {
    "physics": "the packaged clips of simulated physics; captions are templates with 'something'",
    "physics-label": "the same; captions name the objects",
    "ssv2-template:FOLDER": "Something-Something v2 with Singularity's ssv2_ret_template_*.json",
    "ssv2-label:FOLDER": "the same with ssv2_ret_label_*.json",
    "finegym:FOLDER": "FineGym's 99 classes, elements cut out (finegym288:FOLDER for 288)",
    "FILE.json": "MSR-VTT's videos + sentences, or a list of video + caption; {split} in the path is filled in",
    "FOLDER": "captions.csv / captions.jsonl / metadata.jsonl, in it or in its train and test; or Parquet; or json",
    "hf:NAME_OR_PATH": "any `datasets` dataset with videos (?config=, ?video= and ?caption= name what is unclear)",
}
#: Largest share of videos that may be missing unless told otherwise. Own choice: a handful of bad files does not stop
#: a run, a folder that was not unpacked does.
MAX_MISSING = 0.02


def open_corpus(
    spec: str, split: str, videos: str | Path | None = None, *, max_missing: float = MAX_MISSING
) -> Corpus:
    """Captioned videos of any layout.

    Rows that cannot be used are left out, counted in `Corpus.summary()` and kept in `Corpus.skipped`: missing
    or unreadable videos, empty captions, ids that occur twice.

    Args:
        spec: one of `SPECS`.
        split: "train" or "test", or another that the layout has. "test" is the validation split where there is no
            other to test on; a layout without splits is divided by a hash of its ids, a fifth of it being "test".
        videos: folder of the videos, where it is not beside the captions.
        max_missing: largest share of missing or unreadable videos, 0 to 1.

    Raises:
        CorpusError: nothing of that layout is there; more videos are missing than allowed, with the first of them
            and how to obtain them; or fewer than two rows are usable.
    """
    if not 0 <= max_missing <= 1:
        raise CorpusError(f"max_missing={max_missing}.", "a share, 0 to 1.", "pass for example 0.1.")
    return settle(_read(spec, split, Path(videos).expanduser() if videos else None), max_missing)


def _read(spec: str, split: str, videos: Path | None) -> Layout:
    kind, colon, place = spec.partition(":")
    folder = Path(place).expanduser()
    if spec in ("physics", "physics-template"):
        return read_physics("template", split)
    if spec == "physics-label":
        return read_physics("label", split)
    if colon and kind in ("ssv2-template", "ssv2-label"):
        return read_ssv2("template" if kind == "ssv2-template" else "label", folder, split, videos)
    if colon and kind in ("finegym", "finegym99", "finegym288"):
        return read_finegym("gym288" if kind == "finegym288" else "gym99", folder, split, videos)
    if kind == "hf" and colon:
        return read_dataset(spec, split)
    path = Path(spec).expanduser()
    if path.suffix == ".json" or "{split}" in spec:
        return read_json(path, split, videos)
    if path.is_dir():
        return _read_folder(path, split, videos)
    listed = "\n".join(f"  {name}  ({what})" for name, what in SPECS.items())
    raise CorpusError(f"there is no corpus {spec!r}.", f"one of:\n{listed}\n", "check the name or the path.")


def _read_folder(folder: Path, split: str, videos: Path | None) -> Layout:
    """What a folder holds, by its files."""
    if captions_file(folder, split):
        return read_folder(folder, split, videos)
    if any(folder.glob("*.parquet")) or any(folder.glob("data/*.parquet")) or (folder / "dataset_dict.json").exists():
        return read_dataset(f"hf:{folder}", split)
    for which in ("gym99", "gym288"):
        if any(folder.glob(f"**/{which}_categories.txt")):
            return read_finegym(which, folder, split, videos)
    kinds = [kind for kind in ("template", "label") if any(folder.glob(f"**/ssv2_ret_{kind}_*.json"))]
    if kinds:
        raise CorpusError(
            f"{folder.name} holds Something-Something's retrieval annotations.",
            "which of its two tasks is meant.",
            " or ".join(f"write ssv2-{kind}:{folder}" for kind in kinds) + ".",
        )
    if json_of_split(folder, split):
        return read_json(folder, split, videos)
    return read_folder(folder, split, videos)
