import itertools
from dataclasses import replace

import numpy as np
import pytest

from locomotion_hf.captions import describe, describe_appearance, parse
from locomotion_hf.captions.grammar import CAMERA_WORDS, article
from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import (
    DIRECTIONS,
    ROTATIONS,
    SPEEDS,
    CameraMove,
    Facts,
    Move,
    ObjectFacts,
    Phase,
    Relation,
)

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


def test_the_parts_in_order() -> None:
    told = facts(
        "red teapot",
        Move("up", "slow", "clockwise"),
        Move("right", "fast"),
        Move(None, "fast", "anticlockwise", "circle", "anticlockwise", 2, turns="once", growth="growing"),
    )
    assert describe(told) == (
        "A red teapot moves slowly upwards while rotating clockwise, then quickly to the right, then circles quickly "
        "anticlockwise twice while rotating anticlockwise once and growing larger"
    )
    assert describe_appearance(told) == "A red teapot"


def test_several_objects_relations_and_the_camera() -> None:
    told = Facts(
        (thing("cat", Move(shape="still")), thing("ball", Move("right", "fast")), thing("owl", Move("left", "slow"))),
        (Relation("past", 1, 0, 0, 1), Relation("opposite", 1, 2, 0, 1)),
        CameraMove(zoom="in"),
    )
    assert describe(told) == (
        "A cat stays in place. A ball moves quickly to the right. An owl moves slowly to the left. The ball moves "
        "past the cat. The ball and the owl move in opposite directions. The camera zooms in"
    )
    assert describe_appearance(told) == "A cat, a ball and an owl"
    assert parse(describe(told)) == told.stated


def test_every_move_round_trips_and_no_two_share_a_caption() -> None:
    captions: dict[str, Move] = {}
    for move in EVERY:
        caption = describe(facts("olive", move))
        assert parse(caption).objects == (("olive", (move,)),)
        assert captions.setdefault(caption, move) == move
    assert len(captions) == len(EVERY) > 10_000
    assert len({facts("olive", move).signature for move in EVERY}) == len(EVERY)


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
    cameras = (None, *CAMERA_WORDS)
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


def test_long_captions_of_several_objects_round_trip() -> None:
    captions = {}
    for told in scenes(240):
        caption = describe(told)
        assert parse(caption) == told.stated
        assert captions.setdefault(caption, told.stated) == told.stated
    assert any(len(one.phases) == 12 for told in scenes(40) for one in told.objects)


def test_order_and_binding_are_told_apart() -> None:
    up, circle = Move("up", "slow"), Move(None, "fast", shape="circle", sense="clockwise", laps=1)
    assert parse(describe(facts("cat", up, circle))) != parse(describe(facts("cat", circle, up)))
    one = Facts((thing("cat", up), thing("dog", circle)), (Relation("past", 0, 1, 0, 1),))
    other = Facts((thing("cat", circle), thing("dog", up)), (Relation("past", 1, 0, 0, 1),))
    assert len({describe(one), describe(other), describe(replace(one, relations=other.relations))}) == 3


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("apple", "an"),
        ("teapot", "a"),
        ("unicorn", "a"),
        ("umbrella", "an"),
        ("hourglass", "an"),
        ("ukulele", "a"),
        ("unlocked padlock", "an"),
        ("one-piece swimsuit", "a"),
        ("T-shirt", "a"),
        ("SOS button", "an"),
        ("UFO", "a"),
        ("euro banknote", "a"),
        ("uniform", "a"),
        ("onion", "an"),
        ("8 ball", "an"),
    ],
)
def test_articles_follow_the_sound(noun: str, expected: str) -> None:
    assert article(noun) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A teapot",
        "A teapot moves",
        "A teapot moves sideways",
        "Teapot moves upwards",
        "A cat moves up, then",
        "a cat moves upwards",
        "An cat moves upwards",
        "A cat moves upwards.",
        "A cat moves upwards, then moves downwards",
        "A cat moves upwards and downwards",
        "A cat moves quickly slowly upwards",
        "A cat moves upwards while",
        "A cat moves upwards while rotating clockwise and ",
        "A cat moves upwards while growing larger and rotating clockwise",
        "A cat moves upwards while speeding uprotating clockwise",
        "A cat moves upwards in an clockwise arc",
        "A cat moves upwards in a anticlockwise arc",
        "A cat circles upwards",
        "A cat circles clockwise",
        "A cat circles clockwise four times",
        "A cat spirals clockwise",
        "A cat bounces upwards in place",
        "A cat enters from the moon moving upwards",
        "A cat stays in place. The cat moves past the dog",
        "A cat stays in place. The cat moves past the cat",
        "A cat stays in place. A dog stays in place. The cat hits the dog",
        "A cat stays in place. A dog stays in place. The dog and the cat move in opposite directions",
        "A cat stays in place. The camera zooms in. A dog stays in place",
        "A cat stays in place. The camera zooms in. The camera zooms in",
        "A cat stays in place. A cat moves upwards",
        "The camera zooms in",
        "A man throws a ball while rotating clockwise",
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(CaptionError, match="Expected: a caption of the plain grammar"):
        parse(text)


def test_facts_without_a_name_of_their_own_or_a_phase() -> None:
    up = Move("up", "slow")
    with pytest.raises(CaptionError, match=r"facts about \[' '\]\. Expected: one object or more, with names"):
        describe(facts(" ", up))
    with pytest.raises(CaptionError, match=r"facts about \['cat', 'cat'\]"):
        describe(Facts((thing("cat", up), thing("cat", up))))
    with pytest.raises(CaptionError, match="one object or more"):
        describe(Facts(()))
    with pytest.raises(CaptionError, match=r"A cat without a phase\. Expected: at least one phase"):
        describe(facts("cat"))
