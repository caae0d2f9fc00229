"""Fact sets for the tests of this room: every move that there is, and scenes of all kinds."""

import itertools
from dataclasses import replace

import numpy as np

from locomotion_hf.captions.words import PLAIN
from locomotion_hf.facts import DIRECTIONS, ROTATIONS, SPEEDS, Facts, Move, ObjectFacts, Phase, Relation

CHANGES = (None, "accelerating", "decelerating")
EXTENTS = (None, "half", "once", "twice", "three times")
TURNS = ((None, None), *itertools.product(ROTATIONS, EXTENTS))
GROWTHS = (None, "growing", "shrinking")
PACES = [*((speed, None) for speed in SPEEDS), (None, "accelerating"), (None, "decelerating")]
EDGES = ("left", "right", "top", "bottom")


def bare() -> list[Move]:
    """Every move that the table in `facts.py` allows, without turn and growth."""
    moves = [Move(shape="still"), *(Move(way, shape="bounce") for way in (None, "left", "right"))]
    moves += [Move(shape="shake", way=way) for way in ("sideways", "up and down")]
    for speed, change in PACES:
        plain = Move(speed=speed, change=change)
        for direction in DIRECTIONS:
            there = replace(plain, direction=direction)
            moves += [
                there,
                *(replace(there, enters=edge) for edge in EDGES),
                *(replace(there, leaves=edge) for edge in EDGES),
            ]
            moves += [replace(there, shape="arc", sense=sense) for sense in ROTATIONS]
        moves += [replace(plain, shape="circle", sense=s, laps=n) for s in ROTATIONS for n in (1, 2, 3)]
    for speed, sense in itertools.product(SPEEDS, ROTATIONS):
        moves += [Move(None, speed, shape="ellipse", sense=sense, laps=n) for n in (1, 2, 3)]
        moves += [Move(None, speed, shape="spiral", sense=sense, way=way) for way in ("inwards", "outwards")]
    return moves + [Move(way, speed, shape="zigzag") for way in DIRECTIONS for speed in SPEEDS]


EVERY = [
    replace(move, rotation=rotation, turns=turns, growth=growth)
    for move in bare()
    for (rotation, turns), growth in itertools.product(TURNS, GROWTHS)
]


def thing(noun: str, *moves: Move) -> ObjectFacts:
    return ObjectFacts(noun, tuple(Phase(move, float(i), i + 1.0) for i, move in enumerate(moves)))


def facts(noun: str, *moves: Move) -> Facts:
    return Facts((thing(noun, *moves),))


NOUNS = (
    "salt and pepper mill",
    "pool 8 ball",
    "T-shirt",
    "jack-o'-lantern",
    "St. Bernard",
    "7-Up can, dented",
    "autumn leaves",
    "clock that goes round",
    "cat",
    "rock and the roll",
    "camera",
    "unicorn",
)


def scenes(count: int) -> list[Facts]:
    """Scenes of up to four objects, twelve phases, six relations; all words evenly."""
    rng, kinds = (
        np.random.default_rng(0),
        ("collides with", "toward", "away from", "past", "orbits", "overtakes", "follows"),
    )
    cameras = (None, *PLAIN.camera)
    made = []
    for index in range(count):
        several = 1 + index % 4
        nouns = rng.choice(NOUNS, several, replace=False)
        moves = [[EVERY[k] for k in rng.integers(len(EVERY), size=rng.integers(1, 13))] for _ in nouns]
        pairs = (
            [rng.choice(several, 2, replace=False).tolist() for _ in range(rng.integers(7))] if several > 1 else []
        )
        relations = [Relation(kinds[rng.integers(7)], i, j, 0.0, 1.0) for i, j in pairs]
        relations += [Relation("opposite", min(pair), max(pair), 0.0, 1.0) for pair in pairs[:1]]
        objects = tuple(thing(noun, *some) for noun, some in zip(nouns.tolist(), moves, strict=True))
        made.append(Facts(objects, tuple(relations), cameras[rng.integers(len(cameras))]))
    return made
