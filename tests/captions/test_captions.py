import itertools

import pytest

from locomotion_hf.captions import describe, describe_appearance, parse
from locomotion_hf.captions.grammar import article
from locomotion_hf.errors import CaptionError
from locomotion_hf.types import DIRECTIONS, ROTATIONS, SPEEDS, Facts, ObjectFacts, Phase


def facts(noun: str, *words: tuple) -> Facts:
    phases = tuple(Phase(*one, float(i), i + 1.0) for i, one in enumerate(words))
    return Facts((ObjectFacts(noun, phases),))


def test_the_three_parts_in_order() -> None:
    told = facts("red teapot", ("up", "slow", "clockwise"), ("right", "fast", None))
    assert describe(told) == ("A red teapot moves slowly upwards while rotating clockwise, then quickly to the right")
    assert describe_appearance(told) == "A red teapot"


def test_every_fact_set_round_trips_and_no_two_share_a_caption() -> None:
    phases = list(itertools.product(DIRECTIONS, SPEEDS, (None, *ROTATIONS)))
    captions = {}
    for words in [(one,) for one in phases] + list(itertools.product(phases, phases)):
        caption = describe(facts("olive", *words))
        assert parse(caption) == ("olive", words)
        assert captions.setdefault(caption, words) == words
    three = (("up", "slow", None), ("left", "fast", "anticlockwise"), ("down-right", "moderate", None))
    assert parse(describe(facts("pool 8 ball", *three))) == ("pool 8 ball", three)


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
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(CaptionError, match="Expected: a caption of the plain grammar"):
        parse(text)


def test_facts_without_a_name_or_a_phase() -> None:
    with pytest.raises(CaptionError, match="one object with a name"):
        describe(facts(" ", ("up", "slow", None)))
    with pytest.raises(CaptionError, match="at least one phase"):
        describe(facts("cat"))
