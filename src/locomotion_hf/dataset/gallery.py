"""A gallery in one HTML file: clips play, twins stand beside their originals, and every fact filters.

The page needs no network and no other file. What comes from nouns and captions is escaped: as HTML in the
text, and in the JSON by which the page filters.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import numpy as np

from locomotion_hf import facts as vocabulary
from locomotion_hf.dataset.shown import COLOURS, Family, Shown
from locomotion_hf.facts import Facts, Move, Phase, Relation
from locomotion_hf.types import BackdropKind, TwinKind
from locomotion_hf.video_writing import encode_mp4

#: x264's rate factor of clips made on the spot: half the bytes of a release's, and no difference to be seen at
#: 224 pixels (own choice). Clips of a release are embedded as they are.
CRF = 23

_EDGES = get_args(vocabulary.Edge)
#: Fact -> its words, in the order in which they are offered.
FACTS: dict[str, tuple[str, ...]] = {
    "objects": ("1", "2", "3", "4"),
    "shape": get_args(vocabulary.Shape),
    "direction": get_args(vocabulary.Direction),
    "speed": get_args(vocabulary.Speed),
    "change": get_args(vocabulary.Change),
    "rotation": get_args(vocabulary.Rotation),
    "turns": get_args(vocabulary.Turns),
    "growth": get_args(vocabulary.Growth),
    "sense": get_args(vocabulary.Rotation),
    "laps": ("1", "2", "3"),
    "way": get_args(vocabulary.Way),
    "enters / leaves": tuple(f"{verb} {edge}" for verb in ("enters", "leaves") for edge in _EDGES),
    "relation": get_args(vocabulary.RelationKind),
    "camera": tuple(
        [f"pan {way}" for way in get_args(vocabulary.Pan)] + [f"zoom {way}" for way in get_args(vocabulary.Zoom)]
    ),
    "background": get_args(BackdropKind),
    "twin": get_args(TwinKind),
}
#: Of words that two facts share: which one is meant, where the fact's name does not stand above them.
_SAID = {"rotation": "rotating {}", "sense": "{} path"}
_WAVERS = (
    '<p class="note">Paths lead through the middles of the boxes; of an object that turns, they waver a little.</p>'
)
_TEMPLATE = Path(__file__).with_name("gallery.html")


def gallery(families: Sequence[Family]) -> str:
    """The page.

    Args:
        families: clips with their twins; those that have none stand side by side, the others in rows.

    Returns:
        HTML, with every clip in it.
    """
    clips = len(families) + sum(len(family.twins) for family in families)
    counted = f"{len(families)} clips" + (f", {clips - len(families)} twins" if clips > len(families) else "")
    data = [{"facts": facets(family), "nouns": _nouns(family)} for family in families]
    filled = {
        "counted": counted,
        "note": _WAVERS if any(family.original.mp4 for family in families) else "",
        "filters": _filters(data),
        "families": "\n".join(_family(number, family) for number, family in enumerate(families)),
        "data": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
    }
    page = _TEMPLATE.read_text("utf-8")
    # In one go, so that nothing that was filled in is taken for a place to fill.
    return re.sub(r"<!--(\w+)-->", lambda place: filled[place[1]], page)


def facets(family: Family) -> dict[str, list[str]]:
    """By what a clip can be found: fact -> words that are true of it, as in `FACTS`.

    The facts are the original's; "twin" lists the kinds that stand beside it.
    """
    facts = family.original.facts
    found: set[tuple[str, str]] = {("objects", str(len(facts.objects))), ("background", family.original.backdrop)}
    found |= {chip for one in facts.objects for move in one.moves for chip in _chips(move)}
    found |= {("relation", one.kind) for one in facts.relations}
    found |= {("camera", word) for word in _camera(facts)}
    found |= {("twin", clip.twin.kind) for clip in (family.original, *family.twins) if clip.twin}
    words: dict[str, list[str]] = {}
    for fact, word in _sorted(found):
        words.setdefault(fact, []).append(word)
    return words


def _sorted(chips: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    # Words that a release of another version has and we do not know come last.
    listed = [(fact, word) for fact, words in FACTS.items() for word in words]
    places = {chip: place for place, chip in enumerate(listed)}
    return sorted(chips, key=lambda chip: (places.get(chip, len(places)), chip))


def _chips(move: Move) -> list[tuple[str, str]]:
    """What is stated of a phase, as pairs of fact and word."""
    chips = []
    for name, word in move.stated.items():
        chips.append(("enters / leaves", f"{name} {word}") if name in ("enters", "leaves") else (name, str(word)))
    return _sorted(chips)


def _camera(facts: Facts) -> list[str]:
    if not facts.camera:
        return []
    return [f"{name} {word}" for name, word in (("pan", facts.camera.pan), ("zoom", facts.camera.zoom)) if word]


def _nouns(family: Family) -> list[str]:
    return [noun.lower() for noun in family.original.nouns]


def _filters(data: Sequence[dict[str, Any]]) -> str:
    """A group of check boxes for each fact that tells any two clips apart."""
    groups = []
    for fact, words in FACTS.items():
        found = {word for one in data for word in one["facts"].get(fact, ())}
        held = [word for word in words if word in found] + sorted(found - set(words))
        if all(len(one["facts"].get(fact, ())) == len(held) for one in data):
            continue
        boxes = "".join(
            f'<label class="chip"><input type="checkbox" name="{fact}" value="{escape(word)}"><span>'
            f"{escape(_label(fact, word))} <b></b></span></label>"
            for word in held
        )
        groups.append(f"<fieldset><legend>{fact}</legend>{boxes}</fieldset>")
    return "\n".join(groups)


def _label(fact: str, word: str) -> str:
    if fact == "laps":
        return "1 lap" if word == "1" else f"{word} laps"
    if fact == "turns":
        return {"half": "half a turn", "once": "1 turn", "twice": "2 turns"}.get(word, "3 turns")
    return word


def _family(number: int, family: Family) -> str:
    figures = [_figure(family.original, None), *(_figure(twin, family.original) for twin in family.twins)]
    refused = ""
    if family.refused:
        names = ", ".join(
            f'<span class="refused" tabindex="0" title="{escape(why)}" aria-label="{escape(f"{kind}: takes {why}")}" '
            f'data-why="It takes {escape(why)}">{escape(kind)}</span>'
            for kind, why in family.refused.items()
        )
        refused = f'<p class="none">No twin: {names}</p>'
    kind = "family" if family.twins or family.refused else "alone"
    clips = f'<div class="clips">{"".join(figures)}</div>'
    return f'<article class="{kind}" data-number="{number}">{clips}{refused}</article>'


def _figure(clip: Shown, original: Shown | None) -> str:
    """One clip: video and paths, what is said of it and, for a twin, what has changed."""
    height, width = clip.frames.shape[1:3]
    mp4 = clip.mp4 or encode_mp4(clip.frames, clip.fps, CRF)
    said, about = escape(clip.caption), ""
    if clip.twin:
        said = difference(original.caption, clip.caption) if original else said
        changes = ", ".join(_changes(clip, original))
        about = f'<p class="twin"><strong>{escape(clip.twin.kind)} twin</strong> changes {escape(changes)}</p>'
        if clip.twin.background_turned:
            about += '<p class="twin">Its background runs backwards too.</p>'
    spatial = f'<p class="spatial">{escape(clip.spatial_caption)}</p>'
    if original and original.spatial_caption == clip.spatial_caption:
        spatial = ""
    tag = f' data-twin="{escape(clip.twin.kind)}"' if clip.twin and original else ""
    return (
        f'<figure data-fps="{clip.fps:g}"{tag}><div class="screen" style="aspect-ratio:{width}/{height}">'
        f'<video muted loop playsinline preload="none" tabindex="0" aria-label="{escape(clip.caption)}" '
        f'data-src="data:video/mp4;base64,{base64.b64encode(mp4).decode()}"></video>'
        f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{_paths(clip)}</svg></div>'
        f'<figcaption>{about}<p class="caption">{said}</p>{spatial}{_told(clip, original)}'
        f'<p class="id">{escape(clip.id)}</p>'
        "</figcaption></figure>"
    )


def _paths(clip: Shown) -> str:
    """A line and a marker for each object; where it is outside the frame, the line is broken."""
    height, width = clip.frames.shape[1:3]
    drawn = []
    for number in range(clip.paths.shape[1]):
        places = [
            "" if np.isnan(x) else f"{x * width:.1f} {y * height:.1f}" for x, y in clip.paths[:, number].tolist()
        ]
        line = "".join(
            (f"L{here}" if before else f"M{here}") for before, here in pairwise(["", *places]) if here
        )  # fmt: skip
        drawn.append(
            f'<g style="--colour:{COLOURS[number % len(COLOURS)]}"><path class="edge" d="{line}"/><path d="{line}"/>'
            f'<circle r="4" data-track="{",".join(places)}"/></g>'
        )
    return "".join(drawn)


def _told(clip: Shown, original: Shown | None) -> str:
    """The facts, phase by phase; in a twin, those that its original does not have there stand out."""
    rows, beside, nouns = [], _beside(clip, original), [escape(noun) for noun in clip.nouns]
    for number, one in enumerate(clip.facts.objects):
        phases = []
        for place, phase in enumerate(one.phases):
            compared = beside and place < len(beside[number])
            old = _chips(beside[number][place]) if compared else _chips(phase.move)
            words = "".join(_chip(fact, word, (fact, word) not in old) for fact, word in _chips(phase.move))
            phases.append(f"<li>{_time(phase)} {words}</li>")
        dot = f'<i style="--colour:{COLOURS[number % len(COLOURS)]}"></i>'
        rows.append(f"<li>{dot}{nouns[number]}<ol>{''.join(phases)}</ol></li>")
    for relation in clip.facts.relations:
        told = f"{nouns[relation.subject]} {_chip('relation', relation.kind)} {nouns[relation.other]}"
        rows.append(f"<li>{_time(relation)} {told}</li>")
    rows += [f"<li>camera {_chip('camera', word)}</li>" for word in _camera(clip.facts)]
    return f'<ul class="facts">{"".join(rows)}</ul>'


def _chip(fact: str, word: str, changed: bool = False) -> str:
    text = _SAID.get(fact, "{}").format(_label(fact, word))
    return f'<span class="chip{" changed" if changed else ""}" title="{fact}">{escape(text)}</span>'


def _time(stretch: Phase | Relation) -> str:
    return f"<time>{stretch.start:.1f} to {stretch.end:.1f} s</time>"


def _beside(clip: Shown, original: Shown | None) -> list[tuple[Move, ...]]:
    """For each object of a twin, the phases of the original that its own came from; [] for no twin."""
    if not original or not clip.twin:
        return []
    moves = [one.moves for one in original.facts.objects]
    if clip.twin.kind in ("reverse", "order"):
        return [phases[::-1] for phases in moves]
    return [moves[1], moves[0], *moves[2:]] if clip.twin.kind == "object binding" else moves


def _changes(clip: Shown, original: Shown | None) -> list[str]:
    """What a twin declares that it changes, with the words before and after where one word stands for another."""
    assert clip.twin
    beside, listed = _beside(clip, original), []
    for name in clip.twin.changes:
        pairs: dict[str, None] = {}
        for one, phases in zip(clip.facts.objects, beside, strict=False):
            for now, old in zip(one.moves, phases, strict=False):
                before, after = old.stated.get(name), now.stated.get(name)
                if before != after:
                    pairs[f"{before or 'none'} → {after or 'none'}"] = None
        listed.append(f"{name} ({', '.join(pairs)})" if pairs else name)
    return listed


def difference(before: str, after: str) -> str:
    """The words by which two captions differ.

    Args:
        before: plain text.
        after: plain text.

    Returns:
        `after` as HTML; words that are new in it are marked `<ins>`, those that are gone stand in `<del>`.
    """
    old, new = before.split(), after.split()
    # A word is the same with a comma or a full stop after it.
    plain_old, plain_new = ([word.rstrip(",.") for word in words] for words in (old, new))
    parts = []
    for kind, a, b, c, d in SequenceMatcher(None, plain_old, plain_new, autojunk=False).get_opcodes():
        gone, come = escape(" ".join(old[a:b])), escape(" ".join(new[c:d]))
        if kind == "equal":
            parts.append(come)
            continue
        parts += [f"<del>{gone}</del>"] if gone else []
        parts += [f"<ins>{come}</ins>"] if come else []
    return " ".join(parts)
