"""Ways of saying that reach over several stretches or several actors: what they add is read where it belongs."""

import pytest

from locomotion_hf.captions.reading import read
from locomotion_hf.captions.verify import verify

TRUE = {
    "A kite moves left. A dog stays in place. The kite moves toward the dog": [
        "A kite glides left toward a dog that isn't moving.",
    ],
    "A kite moves left while rotating clockwise. A dog stays in place. The kite moves past the dog": [
        "A kite that is rotating clockwise moves left past a still dog.",
        "While turning clockwise, a kite moves left past a dog that remains still.",
    ],
    "A kite moves left while rotating clockwise. A dog moves slowly left. "
    "A cup moves up. The kite overtakes the dog": [
        "A kite, rotating clockwise, overtakes a slow-moving dog, both heading left, while a cup rises.",
    ],
    "A kite moves quickly left. A dog moves slowly left. The kite overtakes the dog": [
        "A kite quickly moving left overtakes a dog slowly moving left.",
        "A dog moving slowly left is overtaken by a kite moving quickly left.",
        "A kite races left, overtaking a dog that is moving slowly in the same direction.",
        "A kite races left and overtakes a dog that creeps left.",
    ],
    "A kite moves quickly left. A dog moves left. The kite follows the dog": [
        "A dog moves left, and a kite follows it quickly.",
    ],
    "A kite moves left while rotating clockwise, then up while rotating clockwise": [
        "A kite moves left while rotating clockwise, then rises, still rotating clockwise.",
        "A kite moves left rotating clockwise and then keeps rotating clockwise as it rises.",
        "A kite moves left, then up, rotating clockwise throughout.",
        "A kite moves left and then up, all the while rotating clockwise.",
        "A kite rotates clockwise throughout as it moves left and then up.",
        "Turning clockwise all the while, the kite goes left, then up.",
        "A kite first moves left, then rises, and rotates clockwise the entire time.",
        "A kite, rotating clockwise throughout, moves left and then up.",
        "A kite moves left with a clockwise rotation, then continues upwards, again rotating clockwise.",
        "A kite moves left turning clockwise, then rises, also turning clockwise.",
    ],
    "A kite moves left while rotating clockwise by half a turn": [
        "A kite does half a turn clockwise while moving left.",
        "A kite moves left, making a half turn clockwise.",
        "A kite makes a clockwise half-turn as it moves left.",
        "A kite moves left, turning half a turn clockwise.",
        "A kite moves left and completes half a clockwise rotation.",
        "A kite moves left with half a turn clockwise.",
        "A kite moves left while turning 180 degrees clockwise.",
        "A kite moves left, rotating half way round clockwise.",
    ],
    "A kite stays in place while rotating clockwise by half a turn, then moves up": [
        "A kite makes half a clockwise turn on the spot, then rises.",
    ],
    "A kite moves left. A dog moves right. A cup moves up. The kite and the dog move in opposite directions": [
        "A kite and a dog move in opposite directions, the kite "
        "to the left and the dog to the right, while a cup rises.",
    ],
    "A kite moves left. A dog moves left. The kite follows the dog": [
        "A kite follows a dog to the left.",
        "A kite trails a dog as both go left.",
        "A dog goes left with a kite following it.",
    ],
    "A kite moves quickly left. A dog moves quickly left. The kite follows the dog": [
        "A kite follows a dog, the two rushing left.",
    ],
    "A kite moves left while rotating anticlockwise, then up while rotating clockwise": [
        "A kite moves left with an anticlockwise spin, then up with a clockwise one.",
    ],
    "A taxi moves left. A phone stays in place. The taxi moves past the phone": [
        "A cab passes a motionless telephone on its way left.",
    ],
    "A kite moves slowly left": [
        "A kite creeps toward the left edge of the frame.",
    ],
    "A kite moves slowly up and to the left": [
        "A kite creeps toward the top left corner.",
    ],
    "A kite moves slowly down and to the right": [
        "A kite slowly heads to the bottom right.",
    ],
    "A kite moves quickly up and to the left while rotating clockwise. "
    "A dog stays in place. The kite moves away from the dog": [
        "Rotating clockwise, a kite shoots up and to the left, away from a stationary dog.",
    ],
    "A kite moves left while growing larger, then up while growing larger": [
        "A kite moves left growing larger and then rises, still growing.",
    ],
    "A kite moves left while rotating clockwise. A dog moves up while rotating clockwise": [
        "A kite moves left and a dog rises, both rotating clockwise.",
        "A kite moves left, rotating clockwise, and a dog rises, rotating clockwise as well.",
    ],
}


@pytest.mark.parametrize(
    ("caption", "paraphrase"), [(one, other) for one, others in TRUE.items() for other in others]
)
def test_it_says_the_same(caption: str, paraphrase: str) -> None:
    assert verify(caption, paraphrase).reason == ""


def test_still_needs_what_it_continues() -> None:
    caption = "A kite moves to the left, then upwards while rotating clockwise"

    assert verify(caption, "A kite moves left, then up, rotating clockwise.").accepted
    assert verify(caption, "A kite moves left, then up, still rotating clockwise.").reason == "added:word"


@pytest.mark.parametrize(
    "text",
    [
        "A kite moves left, overtaking a dog that moves left while rotating clockwise.",
        "A kite moves left, overtaking a dog that moves left and rotates clockwise.",
        "A kite moves left and overtakes a dog, rotating clockwise, that goes left.",
    ],
)
def test_a_turn_that_either_may_make_is_a_doubt(text: str) -> None:
    assert "ambiguous attachment" in read(text, ("kite", "dog")).doubts


def test_what_follows_on_both_is_a_doubt() -> None:
    text = "A kite overtakes a dog, both going left and rotating clockwise."

    assert "ambiguous actors" in read(text, ("kite", "dog")).doubts


def test_what_was_said_throughout_has_to_reach_all_that_comes() -> None:
    text = "Rotating clockwise throughout, a kite moves left and then up."

    assert not read(text, ("kite",)).doubts
    assert "ambiguous phase" in read(f"{text} Then it falls.", ("kite",)).doubts


def test_who_is_overtaken_keeps_its_own_adjective() -> None:
    said = read("A slow dog is overtaken by a kite, both going left.", ("kite", "dog"))

    assert [one.claims.get("speed") for one in said.actors["dog"].events] == [{"slow"}]
    assert [one.claims.get("speed") for one in said.actors["kite"].events] == [None]
