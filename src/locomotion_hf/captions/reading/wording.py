"""Bring a text to one wording before it is cut: small letters, plain marks, one spelling, whole names."""

from __future__ import annotations

import re
import unicodedata

from .ones import named
from .roundabout import plain, reworded
from .twins import twinned

#: Quotation marks, spaces and hyphens as word processors set them.
_TYPED = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u2011": "-", "\u2010": "-"}
)
#: What a camera does, as a noun.
_FILMED = r"(pan|tilt|zoom in|zoom out|zoom)"
_HOW = r"(?:(slow|quick|fast|rapid|gentle|upward|downward|leftward|rightward) )?"
#: Where nothing else can have moved: no camera is named, and nothing more of the noun follows.
_ZOOMED = r"(pan|tilt|zoom in|zoom out|zoom)(?: of the camera| by the camera)?"
_ALONE = r"(?= (?:to|towards?) the (?:left|right)| to (?:left|right)|[,.;]|$| (?:up|down|left|right)\b)"
_PANS = (
    re.compile(rf"^(?:an? |the )?{_HOW}(?:camera )?{_FILMED}(?= (?:to|from|left|right|up|down|on|over|across)\b)"),
    re.compile(
        rf"\b(during|with|in|amid|alongside|(?:is |are )?accompanied by) (?:an? |the )?{_HOW}{_FILMED} "
        r"(?:of|by) the camera\b"
    ),
    re.compile(
        rf"\b(during|(?:is |are )?accompanied by) (?:an? |the )?{_HOW}(?:camera )?{_ZOOMED}{_ALONE}",
    ),
    re.compile(rf"\b(?:there is|we see|comes) (?:an? |the )?{_HOW}(?:camera )?{_ZOOMED}(?=\W|$)"),
)


def normal(text: str) -> str:
    """Lower case, plain quotation marks and hyphens, single spaces, one spelling of clockwise and its opposite."""
    text = unaccented(text.lower()).translate(_TYPED)
    text = " ".join(reworded(text, "spelling").split())
    for pattern in _PANS:
        text = pattern.sub(_filmed, text)
    return plain(named(twinned(text)))


def unaccented(text: str) -> str:
    """Letters without their accents: "jalapeño" is "jalapeno"."""
    if text.isascii():
        return text
    parted = unicodedata.normalize("NFD", text)
    bare = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


def _filmed(found: re.Match[str]) -> str:
    """For "slow pan": "the camera pans slowly"; for "during a slow pan of the camera": "while the camera ..."."""
    *links, how, what = found.groups()
    verb, _, particle = what.partition(" ")
    manner = f"{how}ly" if how in ("slow", "quick", "rapid") else "gently" if how == "gentle" else how or ""
    return " ".join(filter(None, ("while" if links else "", f"the camera {verb}s", particle, manner)))
