from dataclasses import replace

import pytest
from fact_sets import EVERY, facts, scenes, thing

from locomotion_hf.captions import describe, describe_appearance, parse
from locomotion_hf.captions.words import article
from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import CameraMove, Facts, Move, Relation


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
    with pytest.raises(CaptionError, match="Expected: a caption of the grammar"):
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
