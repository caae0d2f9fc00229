"""The clips that are shown, and for each of them what else could be said or shown: made anew, never stored.

Objects and backgrounds are those that training never draws; clips come in scenes of eight that share both. All of
it follows from the version, the vocabulary and the number of clips.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import get_args

from locomotion_hf.captions import Form, describe
from locomotion_hf.captions.foils import KINDS, FoilKind, foils, meaning
from locomotion_hf.captions.grammar import placeholders
from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.errors import EvaluationError, MotionError
from locomotion_hf.facts import Facts, Stated
from locomotion_hf.motion import Vocabulary
from locomotion_hf.randomness import Split, stable_hash
from locomotion_hf.types import Example, TwinKind

#: Changes whenever the same call would show other clips, ask other questions or count otherwise.
VERSION = "probes-1"
#: Of the clips. Source: own choice; no run was ever tuned on it.
PROBE_SEED = 3
SPLIT: Split = "validation"
#: Clips that share objects and background.
SCENE = 8
#: Clips of a run where nobody says otherwise. Source: own choice; a share of one half is then certain to about 6
#: points, a minute of work for a small model on a CPU.
NUM_EXAMPLES = 256


@dataclass(frozen=True)
class ProbeClip:
    """One clip and all that it can be confused with.

    Attributes:
        example: frames, caption, facts.
        hidden: the caption with "an object" in place of the noun.
        hidden_group: equal for two clips when one hidden caption is true of both.
        rivals: captions of the same scene that are false of it.
        hidden_rivals: the same, of hidden captions.
        twins: its counterfactual twins, as far as there are any.
        foils: its captions with one fact changed, by that fact.
    """

    example: Example
    hidden: str
    hidden_group: Hashable
    rivals: tuple[str, ...]
    hidden_rivals: tuple[str, ...]
    twins: dict[TwinKind, Example]
    foils: dict[FoilKind, tuple[str, ...]]

    @property
    def scene(self) -> str:
        """What it shares with its neighbours: the unit of the bootstrap."""
        return "|".join([*self.example.object_ids[:1], self.example.background_id])


def probe_recipe(
    vocabulary: Vocabulary = "full",
    resolution: int = 224,
    *,
    objects: str = "default_pack",
    backgrounds: str = "default_pack",
) -> Recipe:
    """Of which clips the probes are made.

    Args:
        vocabulary: "full", or "linear" for one object on straight lines, as in the paper.
        resolution: pixels, even; motions and captions do not depend on it.
        objects: where cut-outs come from, as in `Recipe`.
        backgrounds: where videos come from.
    """
    return Recipe(
        seed=PROBE_SEED,
        resolution=resolution,
        group_size=SCENE,
        vocabulary=vocabulary,
        objects=objects,
        backgrounds=backgrounds,
    )


def probe_clips(recipe: Recipe, num_examples: int = NUM_EXAMPLES) -> Iterator[ProbeClip]:
    """The clips, scene after scene; a scene's clips and one clip's twins are in memory at a time.

    Args:
        recipe: from `probe_recipe`.
        num_examples: a multiple of 8, of 16 or more: two scenes.

    Raises:
        EvaluationError: another number.
    """
    if num_examples < 2 * SCENE or num_examples % SCENE:
        raise EvaluationError(
            f"num_examples={num_examples}.",
            f"a multiple of {SCENE} (the clips of a scene), {2 * SCENE} or more.",
            f"pass for example {max(2, round(num_examples / SCENE)) * SCENE}.",
        )
    for first in range(0, num_examples, SCENE):
        scene = [generate(recipe, SPLIT, index) for index in range(first, first + SCENE)]
        hidden = [describe(one.facts, Form(appearance=False)) for one in scene]
        groups = [_unnamed_meaning(one.facts) for one in scene]
        for number, example in enumerate(scene):
            yield ProbeClip(
                example,
                hidden[number],
                groups[number],
                _distinct(other.caption for other in scene if other.group != example.group),
                _distinct(text for text, group in zip(hidden, groups, strict=True) if group != groups[number]),
                _twins(recipe, first + number),
                _foils(example),
            )


def fingerprint(clip: ProbeClip) -> str:
    """32 hexadecimal digits that depend on every sentence that is asked of the clip; not on pixels."""
    told: list[str] = [clip.example.id, clip.example.caption, clip.hidden, *clip.rivals, *clip.hidden_rivals]
    for kind, twin in clip.twins.items():
        told += [kind, twin.caption]
    for fact, captions in clip.foils.items():
        told += [fact, *captions]
    return f"{stable_hash(VERSION, *told):032x}"


def _distinct(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _unnamed_meaning(facts: Facts) -> Hashable:
    stated, names = facts.stated, placeholders(len(facts.objects))
    objects = tuple((name, moves) for name, (_, moves) in zip(names, stated.objects, strict=True))
    return meaning(Stated(objects, stated.relations, stated.camera))


def _twins(recipe: Recipe, index: int) -> dict[TwinKind, Example]:
    found: dict[TwinKind, Example] = {}
    for kind in get_args(TwinKind):
        try:
            found[kind] = generate(recipe, SPLIT, index, kind)
        except MotionError:
            continue  # a motion that has no such twin
    return found


def _foils(example: Example) -> dict[FoilKind, tuple[str, ...]]:
    every = foils(example.caption, example.facts)
    by_kind = {kind: tuple(foil.caption for foil in every if foil.kind == kind) for kind in KINDS}
    return {kind: captions for kind, captions in by_kind.items() if captions}
