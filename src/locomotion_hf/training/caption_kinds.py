"""How much of a clip's motion its caption states: all of it, where it goes and how fast, or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from locomotion_hf.captions import Wording, describe_appearance, worded
from locomotion_hf.facts import Facts

CaptionKind = Literal["caption", "translation_caption", "spatial_caption"]


def without_turning(facts: Facts) -> Facts:
    """The same facts but for how objects turn about themselves."""
    objects = []
    for one in facts.objects:
        moves = [replace(phase.move, rotation=None, turns=None) for phase in one.phases]
        phases = tuple(replace(phase, move=move) for phase, move in zip(one.phases, moves, strict=True))
        objects.append(replace(one, phases=phases))
    return replace(facts, objects=tuple(objects))


def caption_of(facts: Facts, kind: CaptionKind, wording: Wording, rng: np.random.Generator) -> tuple[str, str]:
    """A caption and its group: clips of one group are true of each other's captions of that kind.

    Args:
        facts: of the clip.
        kind: "caption" states all facts; "translation_caption" all but how objects turn about themselves;
            "spatial_caption" which objects there are.
        wording: of the first two, as `worded` takes it.
        rng: as `worded` takes it.
    """
    if kind == "spatial_caption":
        return describe_appearance(facts), "; ".join(sorted(one.noun for one in facts.objects))
    if kind == "translation_caption":
        facts = without_turning(facts)
    return worded(facts, wording, rng), facts.signature
