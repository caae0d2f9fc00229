"""FineGym: gymnastics cut into elements; the names of its classes are the queries."""

from __future__ import annotations

import re
from pathlib import Path

from locomotion_hf.errors import CorpusError

from .listing import Layout, Listed, find_in

OBTAIN = (
    "To obtain FineGym: (1) from https://sdolivia.github.io/FineGym/ download, under Dataset, "
    "{set}_categories.txt, {set}_train_element_v1.1.txt, {set}_val_element.txt and finegym_annotation_info_v1.1.json "
    "into FOLDER; (2) fetch the YouTube videos that the annotation names, with yt-dlp or by asking its authors; "
    "(3) cut out each element by its event's and its own seconds, with ffmpeg or MMAction2's tools/data/gym scripts, "
    "into FOLDER/subactions/VIDEO_E_START_END_A_START_END.mp4. Some videos are no longer on YouTube: allow for that."
)
#: A line of a category file: "Clabel: 0; set: 1; Glabel: 1; (VT) round-off, ...".
_CATEGORY = re.compile(r"\s*Clabel:\s*(\d+)\s*;.*?;\s*Glabel:\s*\d+\s*;\s*(.+?)\s*$")
#: The four apparatus, as FineGym shortens them.
_EVENTS = {"(VT)": "vault", "(FX)": "floor exercise", "(BB)": "balance beam", "(UB)": "uneven bars"}


def read_finegym(which: str, folder: Path, split: str, videos: Path | None) -> Layout:
    """FineGym's elements, cut out already.

    Args:
        which: "gym99" or "gym288".
        folder: of the three text files, or of a folder `annotations` with them.
        split: "train" or "test" (which is val).
        videos: folder of the cut elements; None looks in `subactions`, `videos` and the folder itself.

    Raises:
        CorpusError: a file is missing, or a line of it has another form.
    """
    obtain = OBTAIN.format(set=which)
    names = ("train",) if split == "train" else ("val", "test")
    categories = _file(folder, which, ["categories.txt"], obtain)
    versions = [f"{name}_element{version}.txt" for name in names for version in ("_v1.1", "", "_v1.0")]
    elements = _file(folder, which, versions, obtain)
    classes: dict[str, str] = {}
    for line in filter(str.strip, categories.read_text("utf-8").splitlines()):
        found = _CATEGORY.match(line)
        if not found:
            raise _odd(categories, line, 'a line like "Clabel: 0; set: 1; Glabel: 1; (VT) round-off"', obtain)
        event, _, name = found[2].partition(" ")
        classes[found[1]] = f"{_EVENTS[event]}: {name}" if event in _EVENTS else found[2]
    listed = []
    for line in filter(str.strip, elements.read_text("utf-8").splitlines()):
        id, _, label = line.strip().rpartition(" ")
        if label not in classes:
            raise _odd(elements, line, 'a line like "A0xAXXysHUo_E_002184_002237_A_0035_0036 42"', obtain)
        id = id.strip()
        listed.append(Listed(id, (classes[label],), id, f"{which} {label}", classes[label]))
    places = [videos] if videos else [folder / name for name in ("subactions", "videos", "")]
    return Layout(f"finegym-{which}", names[0], listed, find_in(places), obtain)


def _file(folder: Path, which: str, names: list[str], obtain: str) -> Path:
    paths = [place / f"{which}_{name}" for name in names for place in (folder, folder / "annotations")]
    for path in paths:
        if path.is_file():
            return path
    raise CorpusError(f"{folder.name} holds no {paths[0].name}.", "FineGym's annotation files.", obtain)


def _odd(path: Path, line: str, expected: str, obtain: str) -> CorpusError:
    seen = f"{path.name} has the line {line.strip()[:80]!r}."
    return CorpusError(seen, f"{expected}.", f"fetch it again. {obtain}")
