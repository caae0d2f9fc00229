"""Which vocabulary a step's clips have: simple motions first, if so wished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, get_args

from locomotion_hf.dataset import Recipe
from locomotion_hf.errors import TrainingError
from locomotion_hf.motion import Vocabulary
from locomotion_hf.training.parts import Part, read_parts

#: From which index on clips are made how.
Timetable = list[tuple[int, Recipe]]


def read_curriculum(text: str) -> tuple[Part, ...]:
    """The phases of "linear:0.5,full[max_objects=2]:0.8,full:1": a vocabulary until that share of the steps.

    Args:
        text: "" is no phase.

    Raises:
        TrainingError: a phase is of no vocabulary, the numbers do not rise, or the last is not 1.
    """
    phases = read_parts("curriculum", text) if text else ()
    ends = [phase.number for phase in phases]
    known = all(phase.name in get_args(Vocabulary) and "vocabulary" not in phase.settings for phase in phases)
    if not known or ends != sorted(set(ends)) or (ends and ends[-1] != 1):
        raise TrainingError(
            f"--curriculum {text}.",
            f"{' or '.join(get_args(Vocabulary))}, each with the share of the steps at which it ends; the last 1.",
            "write for example linear:0.5,full:1.",
        )
    return phases


def timetable(
    phases: tuple[Part, ...], recipe: Recipe, max_steps: int, clips_a_step: int, own: Mapping[str, Any]
) -> Timetable:
    """The recipe of every clip, by its index.

    Args:
        phases: from `read_curriculum`; none is one recipe for all.
        recipe: of the run.
        max_steps: of the run.
        clips_a_step: over all processes and passes, in whole groups.
        own: settings that hold in every phase.

    Returns:
        Index of a phase's first clip, and its recipe; from 0 on, rising. A phase without a step, or like the one
        before, is left out.

    Raises:
        RecipeError: a setting has no such value.
    """
    table: Timetable = []
    first = 0
    for phase in phases or (Part(recipe.vocabulary, Fraction(1)),):
        last = round(phase.number * max_steps)
        if last > first:
            now = replace(recipe, **{"vocabulary": phase.name, **phase.settings, **own})
            if not table or table[-1][1] != now:
                table.append((first * clips_a_step, now))
        first = last
    return table
