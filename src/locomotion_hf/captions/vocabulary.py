"""Every move that can be stated, without what goes on meanwhile: the table of `facts.py`, enumerated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, get_args

from locomotion_hf.facts import DIRECTIONS, ROTATIONS, SPEEDS, Change, Edge, Growth, Move, Shape, Turns

LAPS = (1, 2, 3)
#: Shapes whose speed is stated, unless it changes.
WITH_SPEED: tuple[Shape, ...] = ("line", "arc", "circle", "ellipse", "spiral", "zigzag")


def shapes() -> Iterator[Move]:
    """Every shape with its directions, senses, laps, ways and edges; no speed."""
    yield Move(shape="still")
    yield from (Move(shape="shake", way=way) for way in ("sideways", "up and down"))
    yield from (Move(direction, shape="bounce") for direction in (None, *DIRECTIONS))
    for direction in DIRECTIONS:
        yield Move(direction)
        yield Move(direction, shape="zigzag")
        yield from (Move(direction, shape="arc", sense=sense) for sense in ROTATIONS)
        yield from (Move(direction, enters=edge) for edge in get_args(Edge))
        yield from (Move(direction, leaves=edge) for edge in get_args(Edge))
    for sense in ROTATIONS:
        yield from (Move(shape=shape, sense=sense, laps=laps) for shape in ("circle", "ellipse") for laps in LAPS)
        yield from (Move(shape="spiral", sense=sense, way=way) for way in ("inwards", "outwards"))


def bare_moves() -> Iterator[Move]:
    """Every shape at every speed, and without a speed, as where the speed changes."""
    for move in shapes():
        yield move
        if move.shape in WITH_SPEED:
            yield from (replace(move, speed=speed) for speed in SPEEDS)


def tails() -> Iterator[dict[str, Any]]:
    """The words of everything that can go on during a phase: change, rotation with turns, growth."""
    turned = [(None, None), *product(ROTATIONS, (None, *get_args(Turns)))]
    for change, (rotation, turns), growth in product((None, *get_args(Change)), turned, (None, *get_args(Growth))):
        if change or rotation or growth:
            yield {"change": change, "rotation": rotation, "turns": turns, "growth": growth}
