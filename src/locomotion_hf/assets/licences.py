"""The licences that an asset of the default pack may have, and the text that names everyone."""

from __future__ import annotations

from locomotion_hf.assets.default_pack import ROOT, credit, curation, package_of, rows

#: Licence -> where it is, or how its notice is given. An asset under any other licence is not shipped.
LICENCES = {
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0, the licence of this package",
    "BSD-3-Clause": "notice below",
    "CC-BY-2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "MIT": "notice below",
    "Public domain": "no rights reserved",
}
#: Licences that ask for their text and copyright line to come along: `default_pack/licences/NAME.txt`.
NOTICES = ("MIT", "BSD-3-Clause")


def attribution_text() -> str:
    """`ATTRIBUTION.md` of the default pack: for each package it came from, licence, creators, changes.

    Licences that ask for more get more: CC-BY pictures name author and source one by one, MIT and BSD
    come with their notices.
    """
    lines = [
        "# Attribution",
        "",
        "The pictures and videos of the default pack, where they come from and on what terms.",
        "Made by `dataset_scripts/check_default_pack.py --write` from `manifest.json` and",
        "`curation.json`; do not edit by hand. `manifest.json` gives the origin of every single file.",
    ]
    for prefix, package in curation()["packages"].items():
        members = [row for kind in ("objects", "videos", "photos") for row in rows(kind)]
        members = [row for row in members if package_of(row["file"]) == prefix]
        licences = sorted({credit(row)[0] for row in members})
        lines += ["", f"## {package['title']}", "", f"- Files: {len(members)}, `{prefix}*`"]
        lines += [f"- Licence: {name} ({LICENCES[name]})" for name in licences]
        if prefix.startswith("photos/"):
            lines += [f"- Changes: {package['changes']}", "- Pictures:"]
            lines += [
                f"  - `{row['file']}`: by {credit(row)[1]}; {credit(row)[0]}; from {row['source']}" for row in members
            ]
        else:
            people = sorted({credit(row)[1] for row in members}, key=str.lower)
            lines += [f"- By: {', '.join(people)}", f"- Changes: {package['changes']}"]
    for name in NOTICES:
        notice = (ROOT / "licences" / f"{name}.txt").read_text("utf-8").rstrip()
        lines += ["", f"## Notice: {name}", "", "```text", notice, "```"]
    return "\n".join(lines) + "\n"
