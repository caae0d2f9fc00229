"""Check the default pack, and write its attribution file.

How the pack came to be: cut-outs, clips and photographs were taken from packages of public registries
whose licences allow it (`manifest.json` names package and file of each), clips were cut to single shots
of at most four seconds, and everything was resized to 256 (photographs: 448) pixels. Then all of it was
looked at, and `curation.json` written by hand: files that are left out, with the reason; nouns that
read right after "a"; licences and credits. To add a file: put it in place, add its line to the
manifest (and its package to the curation), and run this with --write.

    python dataset_scripts/check_default_pack.py            # check
    python dataset_scripts/check_default_pack.py --write    # write ATTRIBUTION.md, then check
"""

from __future__ import annotations

import argparse
import re
import sys

from locomotion_hf.assets.cutouts import is_noun_phrase
from locomotion_hf.assets.default_pack import (
    ROOT,
    DefaultPackBackgrounds,
    DefaultPackObjects,
    credit,
    curation,
    rows,
)
from locomotion_hf.assets.licences import LICENCES, attribution_text
from locomotion_hf.errors import AssetError

#: The pack is part of every wheel. Source: the project's own limit.
MAX_BYTES = 8 * 1000**2
MAX_FILE_BYTES = 200_000
#: Words of motion captions: a noun that holds one would blur what a caption states.
MOTION_WORDS = re.compile(
    r"\b(left|right|(up|down)(ward|wards)?|(anti|counter)?clockwise|fast|slow|quick|moderate|speed|still"
    r"|moving|oncoming|rotating|turning|spinning|rising|falling|running)\b"
)
#: Most nouns that end in one s, after another letter than u, are plurals. The exceptions in the pack:
SINGULAR = frozenset(("rhinoceros",))


def head(noun: str) -> str:
    """The word that carries the number: "pair" of "pair of glasses", "cup" of "cup with a straw"."""
    return re.split(r" (?:of|with|in) ", noun)[0].split()[-1].lower()


def problems() -> list[str]:
    """Everything that is wrong with the pack, a line each; empty when it is fine."""
    found = []
    listed = [row for kind in ("objects", "videos", "photos") for row in rows(kind)]
    files = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in ROOT.rglob("*") if path.is_file()}
    media = {file for file in files if file.split("/")[0] in ("objects", "videos", "photos")}
    names = [row["file"] for row in listed]
    found += [f"{file}: in the manifest, not in the folder" for file in sorted(set(names) - media)]
    found += [f"{file}: in the folder, not in the manifest" for file in sorted(media - set(names))]
    found += [f"{file}: twice in the manifest" for file in sorted({f for f in names if names.count(f) > 1})]
    found += [f"{file}: {size} bytes, over {MAX_FILE_BYTES}" for file, size in files.items() if size > MAX_FILE_BYTES]
    if sum(files.values()) > MAX_BYTES:
        found.append(f"the pack: {sum(files.values())} bytes, over {MAX_BYTES}")

    for row in listed:
        licence, attribution = credit(row)
        if licence not in LICENCES:
            found.append(f"{row['file']}: unknown licence {licence!r}")
        if licence.startswith("CC-BY") and not attribution:
            found.append(f"{row['file']}: {licence} asks for an author, none is given")
    for key in ("excluded", "renamed", "credits"):
        found += [f"{file}: in {key} of curation.json only" for file in curation()[key] if file not in names]
    shipped = set(curation()["not_shipped"]) & set(files)
    found += [f"{file}: should not be shipped" for file in sorted(shipped)]

    objects, backgrounds = DefaultPackObjects(), DefaultPackBackgrounds()
    for info in objects.infos:
        if not is_noun_phrase(info.noun):
            found.append(f"{info.id}: {info.noun!r} is no noun phrase")
        if MOTION_WORDS.search(info.noun.lower()):
            found.append(f"{info.id}: {info.noun!r} holds a word of motion")
        if re.search(r"[^su]s$", head(info.noun)) and head(info.noun) not in SINGULAR:
            found.append(f"{info.id}: {info.noun!r} looks like a plural")
    for source, load in ((objects, objects.load), (backgrounds, lambda id: backgrounds.load(id, 64))):
        for info in source.infos:
            try:
                load(info.id)
            except AssetError as error:
                found.append(f"{info.id}: {error.seen}")

    written = ROOT / "ATTRIBUTION.md"
    if not written.is_file() or written.read_text("utf-8") != attribution_text():
        found.append("ATTRIBUTION.md: not up to date; run this script with --write")
    return found


def main() -> int:
    """Check, and with --write write the attribution file first. Returns 1 when something is wrong."""
    parser = argparse.ArgumentParser(description="Check the default pack of objects and backgrounds.")
    parser.add_argument("--write", action="store_true", help="write ATTRIBUTION.md first")
    if parser.parse_args().write:
        (ROOT / "ATTRIBUTION.md").write_text(attribution_text(), "utf-8")
    found = problems()
    print(*found, sep="\n", end="\n" if found else "")
    objects, backgrounds = DefaultPackObjects(), DefaultPackBackgrounds()
    nouns = len({info.noun for info in objects.infos})
    print(
        f"{len(objects.infos)} cut-outs with {nouns} nouns ({len(objects.skipped)} more left out), "
        f"{len(backgrounds.infos)} backgrounds: {len(found)} problems in {ROOT}"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
