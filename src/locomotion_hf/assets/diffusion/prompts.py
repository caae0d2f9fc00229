"""What to ask a text-to-image pipeline for: nouns from a list, prompts from templates, seeds from names.

A list has one noun a line, in plain words ("alarm clock") or in the naming of LVIS ("bow_(weapon)"): the
part in parentheses goes into the prompt, and keeps two bows apart on disk, but is not part of the noun.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from locomotion_hf.assets.cutouts import noun_of
from locomotion_hf.errors import AssetError
from locomotion_hf.randomness import stable_hash

#: Word for the list that comes with the package.
LVIS = "lvis"
_LVIS_FILE = Path(__file__).with_name("lvis_categories.txt")
#: One object, whole, on a surrounding that it is easily cut from. No article, so that any noun fits.
#: Source: own choice; none of them was compared with others.
TEMPLATES = (
    "a photo of one whole {noun}, centred, plain white background",
    "one single {noun} seen from the side, whole object in view, plain light grey background",
    "product photo of one {noun}, full view, soft light, no shadow, plain background",
)
#: Exact in every reader of JSON, also in those that know doubles only.
SEEDS = 2**53


@dataclass(frozen=True)
class Request:
    """One image to be made.

    Attributes:
        entry: the line of the noun list, with `_` for spaces: the name of the folder.
        noun: what a caption calls it.
        number: 0 for the entry's first image.
        prompt: the whole text for the pipeline.
        seed: of the image's own noise, 0 to `SEEDS` - 1.
    """

    entry: str
    noun: str
    number: int
    prompt: str
    seed: int

    @property
    def file(self) -> str:
        """Where the cut-out goes, relative to the tree."""
        return f"{self.entry}/{self.seed}.png"


def request(entry: str, number: int, seed: int, templates: Sequence[str]) -> Request:
    """The image that these four name, whatever else is made.

    Args:
        entry: as in `read_nouns`.
        number: which of the entry's images; templates take turns.
        seed: of the whole tree.
        templates: texts with "{noun}" in them.
    """
    words = " ".join(entry.replace("_", " ").split())
    prompt = templates[number % len(templates)].replace("{noun}", words)
    return Request(entry, noun_of(entry), number, prompt, stable_hash(int(seed), entry, int(number)) % SEEDS)


def check_templates(templates: Sequence[str]) -> None:
    """Raise `AssetError` unless there are templates and each has a place for the noun."""
    without = [template for template in templates if "{noun}" not in template]
    if without or not templates:
        raise AssetError(
            f"The prompt template {without[0]!r} has no {{noun}}." if without else "There are no prompt templates.",
            'texts such as "a photo of one {noun}, plain background".',
            "write {noun} where the noun belongs.",
        )


def read_nouns(spec: str | os.PathLike[str]) -> tuple[str, ...]:
    """Read a noun list.

    Args:
        spec: "lvis" for the 1,203 categories of LVIS v1, or a UTF-8 text file with one noun a line; empty
            lines and lines that begin with `#` are passed over.

    Returns:
        Entries in the order of the list, `_` for spaces, each once.

    Raises:
        AssetError: the file is missing or no text, holds no noun, or has a line that is none.
    """
    path = _LVIS_FILE if spec == LVIS else Path(spec)
    name = os.fsencode(path).decode("utf-8", "replace")
    expected, fix = f'a text file with one noun a line, or "{LVIS}".', "check the path and the file."
    try:
        lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise AssetError(f"The noun list {name} is not UTF-8 text.", expected, fix) from error
    except OSError as error:
        raise AssetError(f"The noun list {name} cannot be read ({error.strerror}).", expected, fix) from error
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        raise AssetError(f"The noun list {name} is empty.", expected, fix)
    bad = [line for line in lines if not noun_of(line) or "/" in line or "\\" in line or len(line) > 100]
    if bad:
        raise AssetError(
            f"The noun list {name} has {len(bad)} lines that are no nouns: {', '.join(map(repr, bad[:3]))}.",
            'one to six words without article a line, such as "alarm clock" or "bow_(weapon)".',
            "change or remove them.",
        )
    return tuple(dict.fromkeys("_".join(line.split()) for line in lines))
