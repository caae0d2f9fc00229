#!/usr/bin/env python
"""Which words does a model understand? Held-out clips of one phase; captions that differ in one fact.

    python scripts/check_words.py locomotion --json results/words.json

For each clip the right caption stands against those with another direction, another speed, another rotation,
and, where the object turns, the opposite sense. The model picks by VTC.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
from transformers import AutoModel, AutoProcessor

from locomotion_hf.captions import describe
from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.evaluation import bootstrap_interval, figures_table, stamp, write_results
from locomotion_hf.evaluation.embedders import LocoMotionEmbedder
from locomotion_hf.evaluation.figures import Figure
from locomotion_hf.facts import DIRECTIONS, ROTATIONS, SPEEDS, Facts, ObjectFacts
from locomotion_hf.types import Example

#: Not the seeds of the evaluation sets of the main job.
SEED = 3
CHOICES: dict[str, tuple[Any, ...]] = {"direction": DIRECTIONS, "speed": SPEEDS, "rotation": (None, *ROTATIONS)}


def one_phase(recipe: Recipe) -> Iterator[Example]:
    """Held-out clips with a single phase, without end."""
    for index in count():
        example = generate(recipe, "validation", index)
        if len(example.facts.objects[0].phases) == 1:
            yield example


def picked(embedder: LocoMotionEmbedder, examples: list[Example], fact: str, among: tuple[Any, ...]) -> np.ndarray:
    """`(N,)` 1.0 where the right word was picked."""
    texts = []
    for example in examples:
        (phase,) = example.facts.objects[0].phases
        changed = (replace(phase, move=replace(phase.move, **{fact: word})) for word in among)
        texts += [describe(Facts((ObjectFacts(example.noun, (one,)),))) for one in changed]
    words = embedder.embed_texts(texts).reshape(len(examples), len(among), -1)
    clips = embedder.embed_videos([example.frames for example in examples])
    choice = np.einsum("nwd,nd->nw", words, clips).argmax(1)
    right = [getattr(example.facts.objects[0].moves[0], fact) for example in examples]
    return np.array([among[c] == word for c, word in zip(choice, right, strict=True)], float)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a folder that scripts/pretrain.py wrote")
    parser.add_argument("--num_examples", type=int, default=512)
    parser.add_argument("--json", type=Path, help="also write the outcome to this file")
    args = parser.parse_args()
    model, processor = AutoModel.from_pretrained(args.model), AutoProcessor.from_pretrained(args.model)
    side = model.config.video_config.image_size
    recipe = Recipe(seed=SEED, resolution=side, group_size=1, vocabulary="linear")
    examples = list(islice(one_phase(recipe), args.num_examples))
    turning = [example for example in examples if example.facts.objects[0].moves[0].rotation]
    embedder = LocoMotionEmbedder(model, processor)
    figures = []
    tasks = [(f"{fact}, one of {len(among)}", fact, among, examples) for fact, among in CHOICES.items()]
    for name, fact, among, asked in [*tasks, ("sense of a rotation, one of 2", "rotation", ROTATIONS, turning)]:
        found = bootstrap_interval(picked(embedder, asked, fact, among), seed=0)
        chance, size = 1 / len(among), len(among)
        figures.append(Figure(name, found.mean, found.low, found.high, chance, "percent", len(asked), size))
    print(figures_table(figures))
    if args.json:
        ids = [example.id for example in examples]
        made = stamp(
            seeds={"evaluation": SEED, "bootstrap": 0},
            num_frames=model.config.video_config.num_frames,
            sampling="evenly spaced over the clip, first and last included",
            resolution=side,
            precision="float32",
            queries=ids,
            candidates=ids,
            argv=sys.argv,
        )
        write_results(args.json, {"stamp": made, "figures": [figure.to_dict() for figure in figures]})


if __name__ == "__main__":
    main()
