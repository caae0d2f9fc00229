"""What is said, what is drawn and what is measured agree; and each planted fault is noticed.

`python scripts/check_facts.py` does the first of these for any number of examples.
"""

from dataclasses import replace

import numpy as np
import pytest

from locomotion_hf.captions import describe
from locomotion_hf.dataset import Recipe, disagreement, generate
from locomotion_hf.dataset import generate as _generate_function
from locomotion_hf.motion import sample as sampling
from locomotion_hf.types import Example, Facts, ObjectFacts, Trajectory

RECIPE = Recipe(resolution=128)
#: `from locomotion_hf.dataset import generate` gives the function; this is the module it lives in.
MODULE = __import__("sys").modules[_generate_function.__module__]


def examples(count: int, recipe: Recipe = RECIPE) -> list[Example]:
    return [generate(recipe, "train", index, masks=True) for index in range(count)]


def wrong(made: list[Example]) -> int:
    return sum(disagreement(example) is not None for example in made)


def test_captions_agree_with_pixels() -> None:
    assert [found for example in examples(160) if (found := disagreement(example))] == []


@pytest.mark.slow
def test_captions_agree_with_pixels_2000() -> None:
    recipe = Recipe()
    found = [disagreement(generate(recipe, "train", index, masks=True)) for index in range(2000)]
    assert [one for one in found if one] == []


def test_notices_a_flipped_y(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = MODULE.render

    def upside_down(background, sprites, paths, times, masks):
        flipped = [replace(p, centres=np.array([0, 1]) + p.centres * [1, -1]) for p in paths]
        return draw(background, sprites, flipped, times, masks)

    monkeypatch.setattr(MODULE, "render", upside_down)
    # Half of all one-phase motions lean neither up nor down less often than one in four.
    assert wrong(examples(40)) > 25


def test_notices_a_dropped_phase() -> None:
    told = [example for example in examples(60) if len(example.facts.objects[0].phases) > 1]
    for example in told:
        phases = example.facts.objects[0].phases[:-1]
        shorter = Facts((ObjectFacts(example.noun, phases),))
        assert "phases: the caption states" in disagreement(replace(example, caption=describe(shorter)))
    assert len(told) > 15


def test_notices_facts_taken_before_clipping(monkeypatch: pytest.MonkeyPatch) -> None:
    read, hold = sampling.read_phases, sampling.keep_inside
    intended: list[np.ndarray] = []

    def remember(centres: np.ndarray, margins: np.ndarray) -> np.ndarray:
        intended.append(centres)
        return hold(centres, margins)

    def read_intention(path: Trajectory, times: np.ndarray, turn_shows: bool):
        return read(replace(path, centres=intended[-1]), times, turn_shows)

    monkeypatch.setattr(sampling, "keep_inside", remember)
    monkeypatch.setattr(sampling, "read_phases", read_intention)
    large = Recipe(resolution=128, sizes=(0.38, 0.4))
    assert wrong(examples(160, large)) >= 3


def test_notices_a_wrong_sense_and_a_wrong_noun() -> None:
    turning = next(e for e in examples(60) if any(p.rotation for p in e.facts.objects[0].phases))
    words = ("clockwise", "anticlockwise")
    at = next(i for i, p in enumerate(turning.facts.objects[0].phases) if p.rotation)
    phases = list(turning.facts.objects[0].phases)
    phases[at] = replace(phases[at], rotation=words[phases[at].rotation == "clockwise"])
    opposite = describe(Facts((ObjectFacts(turning.noun, tuple(phases)),)))
    assert "rotation of phase" in disagreement(replace(turning, caption=opposite))
    renamed = turning.caption.replace(turning.noun, "submarine")
    assert "noun" in disagreement(replace(turning, caption=renamed))


def test_without_mattes_there_is_nothing_to_measure() -> None:
    with pytest.raises(ValueError, match="has no mattes"):
        disagreement(generate(RECIPE, "train", 0))
