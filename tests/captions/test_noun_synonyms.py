"""One thing under several names: the table, what is drawn beside it, and what the verifier makes of it."""

import pytest

from locomotion_hf.captions.lexicon import alike, read_synonyms, synonyms
from locomotion_hf.captions.other_nouns import exclusive, other_nouns
from locomotion_hf.captions.verify import verify
from locomotion_hf.errors import CaptionError


@pytest.mark.parametrize(
    ("noun", "other"),
    [
        ("taxi", "cab"),
        ("Aubergine", "eggplant"),
        ("yellow taxi", "yellow cab"),
        ("tuk-tuk", "auto rickshaw"),
        ("fire truck", "fire engine"),
        ("pair of boots", "two boots"),
        ("pair of scissors", "scissors"),
    ],
)
def test_names_of_one_thing(noun: str, other: str) -> None:
    assert other in alike(noun)


@pytest.mark.parametrize(
    ("noun", "other"),
    [("dirt bike", "dirt bicycle"), ("fire truck", "fire lorry"), ("soccer ball", "football"), ("cat", "cat")],
)
def test_names_of_other_things(noun: str, other: str) -> None:
    assert other not in alike(noun)


def test_nothing_that_is_drawn_instead_of_a_noun_is_another_name_of_it() -> None:
    for noun in synonyms():
        assert not any(exclusive(noun, other) for other in alike(noun)), noun
        assert not {one.replace("-", " ") for one in other_nouns(noun)} & alike(noun), noun


@pytest.mark.parametrize("lines", [["cab"], ["cab ="], ["taxi = cab", "cabin = cab"]])
def test_a_bad_line_is_named(lines: list[str]) -> None:
    with pytest.raises(CaptionError) as caught:
        read_synonyms(lines)

    assert caught.value.seen == f"the line {lines[-1]!r} of noun_synonyms.txt."


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        ("An eggplant", "An aubergine"),
        ("A pushpin", "The push pin"),
        ("A light bulb", "A lightbulb"),
        ("A ping-pong paddle", "A ping pong paddle"),
        ("A can of food", "A tin of food"),
        ("A refrigerator", "A fridge"),
        ("A pair of shopping bags", "Two shopping bags"),
    ],
)
def test_another_name_is_the_same_thing(noun: str, said: str) -> None:
    verb = "move" if said.startswith("Two") else "moves"

    assert verify(f"{noun} moves to the left", f"{said} {verb} left.").accepted
    assert not verify(f"{noun} moves to the left", f"{said} {verb} right.").accepted


def test_two_names_of_one_thing_stay_two_things_in_one_clip() -> None:
    caption = "A taxi moves to the left. A cab moves to the right"

    assert verify(caption, "The taxi goes left while the cab goes right.").accepted
    assert verify(caption, "The cab goes left while the taxi goes right.").reason == "binding"
