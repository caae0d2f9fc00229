"""One cut-out: read it, check that it is one, crop it tightly. And what counts as a noun."""

from __future__ import annotations

import io
import os
import re
import unicodedata
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from locomotion_hf.errors import AssetError
from locomotion_hf.types import AssetInfo, CutOut

#: Own choices. Larger pictures are an attack or a mistake; a longer side than 1024 px is never drawn.
MAX_PIXELS = 64_000_000
MAX_SIDE = 1024
MIN_SIDE = 8
#: An alpha below this (of 255) cannot be seen, but would make the crop too wide.
MIN_ALPHA = 8

_NOUN = re.compile(r"[^\W\d_][\w'\u2019-]*( [\w'\u2019&-]+){0,5}")


def check_cut_out(path: str | os.PathLike[str]) -> None:
    """Check the header of a picture: is it one, can it be transparent, is its size sane?

    Raises:
        AssetError: as `load_cut_out`, but nothing that only decoding shows.
    """
    with _open(Path(path)):
        pass


def load_cut_out(path: str | os.PathLike[str] | bytes, info: AssetInfo) -> CutOut:
    """Read a picture with alpha and crop it to what can be seen.

    Args:
        path: png, webp or anything else that Pillow reads with an alpha channel; or the bytes of such a file.
        info: what it is.

    Returns:
        The cut-out, longer side at most `MAX_SIDE` pixels.

    Raises:
        AssetError: unreadable; without alpha; alpha 255 everywhere (a picture, no cut-out); nothing
            visible; more than `MAX_PIXELS`; smaller than `MIN_SIDE`.
    """
    path = path if isinstance(path, bytes) else Path(path)
    with _open(path) as image:
        try:
            rgba = ImageOps.exif_transpose(image).convert("RGBA")  # as a viewer shows it
        except (OSError, SyntaxError, ValueError) as error:
            raise _unusable(path, "cannot be decoded; it is cut off or corrupt") from error
    alpha = np.asarray(rgba)[..., 3]
    if alpha.min() == 255:
        raise _unusable(path, "is opaque everywhere: a picture, no cut-out")
    rows = np.flatnonzero((alpha >= MIN_ALPHA).any(1))
    columns = np.flatnonzero((alpha >= MIN_ALPHA).any(0))
    if len(rows) == 0:
        raise _unusable(path, "is transparent everywhere")
    rgba = rgba.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    if min(rgba.size) < MIN_SIDE:
        raise _unusable(path, f"shows {rgba.size[0]}x{rgba.size[1]} pixels, less than {MIN_SIDE} on a side")
    if max(rgba.size) > MAX_SIDE:
        scale = MAX_SIDE / max(rgba.size)
        size = (max(1, round(rgba.size[0] * scale)), max(1, round(rgba.size[1] * scale)))
        rgba = rgba.resize(size, Image.Resampling.BICUBIC)  # Pillow premultiplies alpha for this
    return CutOut(info, np.array(rgba))


def noun_of(folder: str) -> str:
    """The noun that a folder's name stands for: `bow_(weapon)` is "bow", `alarm_clock` "alarm clock".

    Source: the naming of LVIS categories, which object pools such as X-Paste's use for their folders.

    Returns:
        The noun, or "" when the name is no noun phrase.
    """
    name = unicodedata.normalize("NFC", folder).replace("_", " ")
    name = " ".join(re.sub(r"\(.*?\)", " ", name).split())
    return name if is_noun_phrase(name) else ""


def is_noun_phrase(text: str) -> bool:
    """Whether a text can stand in "A {noun} moves": one to six words of letters, no article."""
    return bool(_NOUN.fullmatch(text)) and text.split()[0].lower() not in ("a", "an", "the")


def _unusable(path: Path | bytes, why: str) -> AssetError:
    label = (
        f"a picture of {len(path)} bytes" if isinstance(path, bytes) else os.fsencode(path).decode("utf-8", "replace")
    )
    return AssetError(
        f"{label} {why}.",
        "a picture of one object with a transparent surrounding (png or webp with an alpha channel).",
        "cut the object out, replace the file, or leave it out.",
    )


def _open(path: Path | bytes) -> Image.Image:
    """The opened, not yet decoded picture."""
    if isinstance(path, Path) and path.is_symlink() and not path.exists():
        target = os.fsencode(os.readlink(path)).decode("utf-8", "replace")
        raise _unusable(path, f"is a broken link to {target}")
    if isinstance(path, Path) and path.exists() and not path.is_file():
        raise _unusable(path, "is a folder" if path.is_dir() else "is not a regular file")  # a pipe would never end
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower
            image = Image.open(io.BytesIO(path) if isinstance(path, bytes) else path)
    except FileNotFoundError as error:
        raise _unusable(path, "does not exist") from error
    except Image.DecompressionBombError as error:
        raise _unusable(path, f"has more than {MAX_PIXELS / 1e6:.0f} million pixels") from error
    except (OSError, SyntaxError, ValueError) as error:
        size = len(path) if isinstance(path, bytes) else path.stat().st_size if path.is_file() else None
        raise _unusable(path, "is empty (0 bytes)" if size == 0 else "is not a picture") from error
    problem = ""
    if image.width * image.height > MAX_PIXELS:
        problem = f"has {image.width}x{image.height} pixels, more than {MAX_PIXELS / 1e6:.0f} million"
    elif image.mode in ("I", "I;16", "I;16B", "F"):  # Pillow would turn every grey to white
        problem = f"holds grey of more than 8 bits (mode {image.mode})"
    elif image.mode not in ("RGBA", "LA", "PA", "La", "RGBa") and "transparency" not in image.info:
        problem = f"has no alpha channel (mode {image.mode})"
    if problem:
        image.close()
        raise _unusable(path, problem)
    return image
