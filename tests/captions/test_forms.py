from dataclasses import replace

import numpy as np
import pytest
from fact_sets import EVERY, NOUNS, facts, scenes, thing

from locomotion_hf.captions import Form, describe, forms, parse
from locomotion_hf.captions.form import ORDERS, REGISTERS
from locomotion_hf.captions.words import PLAIN
from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import CameraMove, Facts, Move, Phase, Relation, Stated

UP = Move("up", "slow", "clockwise")
RIGHT = Move("right", "fast")
CIRCLE = Move(None, "moderate", shape="circle", sense="clockwise", laps=1)
STILL = Move(shape="still")
TWO, THREE = facts("teapot", UP, RIGHT), facts("teapot", RIGHT, Move("down", "moderate"), CIRCLE)


@pytest.mark.parametrize(
    ("order", "two", "three"),
    [
        (
            "A then B",
            "A teapot moves slowly upwards while rotating clockwise, then quickly to the right",
            "A teapot moves quickly to the right, then downwards, then circles clockwise once",
        ),
        (
            "at first A",
            "At first, a teapot moves slowly upwards while rotating clockwise, then quickly to the right",
            "At first, a teapot moves quickly to the right, then downwards, and finally circles clockwise once",
        ),
        (
            "A. Then B",
            "At first, a teapot moves slowly upwards while rotating clockwise. Then it moves quickly to the right",
            "At first, a teapot moves quickly to the right. Then it moves downwards. "
            "Finally, it circles clockwise once",
        ),
        (
            "A before B",
            "A teapot moves slowly upwards while rotating clockwise before moving quickly to the right",
            "A teapot moves quickly to the right, then downwards before circling clockwise once",
        ),
        (
            "before B, A",
            "Before moving quickly to the right, a teapot moves slowly upwards while rotating clockwise",
            "Before circling clockwise once, a teapot moves quickly to the right, then downwards",
        ),
        (
            "after A, B",
            "After moving slowly upwards while rotating clockwise, a teapot moves quickly to the right",
            "After moving quickly to the right, a teapot moves downwards, then circles clockwise once",
        ),
        (
            "B after A",
            "A teapot moves quickly to the right after moving slowly upwards while rotating clockwise",
            "A teapot moves downwards after moving quickly to the right, then circles clockwise once",
        ),
    ],
)
def test_orders_of_mention(order: str, two: str, three: str) -> None:
    assert describe(TWO, Form(order=order)) == two  # type: ignore[arg-type]
    assert describe(THREE, Form(order=order)) == three  # type: ignore[arg-type]


def test_no_verb_is_left_out_where_the_rest_would_go_with_another() -> None:
    told = facts("cat", UP, Move("left", "moderate"), RIGHT)
    assert describe(told, Form(order="B after A")) == (
        "A cat moves to the left after moving slowly upwards while rotating clockwise, "
        "then moves quickly to the right"
    )
    assert describe(told, Form("terse")) == (
        "A cat moving slowly up, rotating clockwise, then moving left, then quickly right"
    )


def test_registers() -> None:
    told = Facts(
        (thing("cat", STILL), thing("ball", Move("up-right", "moderate", "clockwise", turns="once"), RIGHT)),
        (Relation("past", 1, 0, 0, 1), Relation("opposite", 0, 1, 0, 1)),
        CameraMove(pan="up"),
    )
    assert describe(told, Form("terse")) == (
        "A cat staying in place; a ball moving up and right, rotating clockwise once, then moving quickly right; the "
        "ball moving past the cat; the cat and the ball moving in opposite directions; the camera tilting up"
    )
    assert describe(told, Form("detailed", "A. Then B")) == (
        "A cat stays in place. At first, a ball moves diagonally up and to the right at a moderate speed while "
        "rotating clockwise by one full turn. Then it moves to the right at a high speed. The ball moves past the "
        "cat. The cat and the ball move in opposite directions. All the while, the camera tilts upwards."
    )
    assert describe(told, Form("detailed", "after A, B", appearance=False)).startswith(
        "The first object stays in place. After moving diagonally up and to the right at a moderate speed while "
        "rotating clockwise by one full turn, the second object moves to the right at a high speed. The second "
        "object moves past the first object. "
    )


def test_sentences_go_on_in_more_than_one_way() -> None:
    told = describe(facts("cat", *[STILL, RIGHT] * 3), Form(order="A. Then B"))
    assert [sentence.split(" it ")[0] for sentence in told.split(". ")[1:]] == [
        "Then",
        "After that,",
        "Next,",
        "Then",
        "Finally,",
    ]


def test_objects_together() -> None:
    cat, ball, owl = thing("cat", Move("left", "moderate")), thing("ball", STILL), thing("owl", UP)
    together = Form(together=True)
    assert describe(Facts((cat, ball)), together) == "A cat moves to the left while a ball stays in place"
    assert describe(Facts((owl, ball)), together) == (
        "An owl moves slowly upwards while rotating clockwise, and a ball stays in place"
    )
    assert describe(Facts((cat, ball, owl)), together) == (
        "A cat moves to the left, a ball stays in place, and an owl moves slowly upwards while rotating clockwise"
    )
    several = Facts((cat, thing("ball", STILL, RIGHT)))
    assert describe(several, together) == describe(several)
    later = replace(ball, phases=(Phase(STILL, 1.0, 2.0),))
    assert together not in forms(Facts((cat, later)))
    assert describe(Facts((cat, later)), together) == "A cat moves to the left. A ball stays in place"


def unnamed(stated: Stated) -> Stated:
    """What is left of a fact set where nothing is named."""
    names = [f"{one} object" for one in ("first", "second", "third", "fourth")] if stated.objects[1:] else ["object"]
    return replace(stated, objects=tuple(zip(names, (moves for _, moves in stated.objects), strict=False)))


def test_every_form_is_read_back_and_no_caption_means_two_things() -> None:
    captions: dict[str, Stated] = {}
    shown = set()
    rng = np.random.default_rng(0)
    short = [
        Facts(tuple(thing(noun, *(EVERY[k] for k in rng.integers(len(EVERY), size=size))) for noun in nouns))
        for size in (1, 1, 2, 3)
        for nouns in (rng.choice(NOUNS, count, replace=False).tolist() for count in (1, 2, 3, 4) * 8)
    ]
    for told in [*scenes(60), *short]:
        of_these = forms(told)
        shown.update(of_these)
        written = {form: describe(told, form) for form in of_these}
        assert len(set(written.values())) == len(of_these)
        for form, caption in written.items():
            stated = told.stated if form.appearance else unnamed(told.stated)
            assert parse(caption) == stated
            assert captions.setdefault(caption, stated) == stated
    assert len(shown) == 2 * (1 + 2 * (len(ORDERS) + 1))


@pytest.mark.parametrize(
    ("form", "step"),
    [(Form("terse"), 1), (Form("detailed"), 1), (Form(order="before B, A"), 3), (Form("detailed", "B after A"), 3)],
)
def test_every_move_is_read_back_in_every_register(form: Form, step: int) -> None:
    captions = set()
    for move in EVERY[::step]:
        told = facts("olive", STILL, move) if step > 1 else facts("olive", move)
        caption = describe(told, form)
        assert parse(caption) == told.stated
        captions.add(caption)
    assert len(captions) == len(EVERY[::step])


@pytest.mark.parametrize("form", [Form(order=order) for order in ORDERS])
def test_the_order_of_events_is_told_apart_in_every_order_of_mention(form: Form) -> None:
    said = {describe(facts("cat", *order), form) for order in ((UP, RIGHT, CIRCLE), (RIGHT, UP, CIRCLE))}
    assert len(said) == 2 == len({parse(caption) for caption in said})


def test_a_drawn_form_applies_and_each_is_drawn() -> None:
    rng = np.random.default_rng(0)
    drawn = [Form.draw(TWO, rng) for _ in range(600)]
    assert set(drawn) == set(forms(TWO))
    assert 150 < sum(form.register == "terse" for form in drawn) < 250


@pytest.mark.parametrize(
    "text",
    [
        "A cat moving slowly upwards",
        "A cat moves slowly up",
        "A cat moving up, rotating clockwise, then right",
        "A cat moves upwards at a moderate speed",
        "A cat moves upwards.",
        "A cat moves upwards at a low speed, then to the right at a low speed.",
        "A cat moves slowly upwards before to the right",
        "Before moves to the right, a cat moves upwards",
        "After moving upwards a cat moves to the right",
        "After moving upwards, the cat moves to the right",
        "At first, a cat moves upwards",
        "At first, a cat moves upwards, and finally to the right",
        "Then it moves upwards",
        "At first, a cat moves upwards. Finally, it moves to the right",
        "A cat moves upwards. Then it moves to the right",
        "A cat moves to the left while a ball stays in place while an owl stays in place",
        "A cat moves to the left and a ball to the right",
        "A cat moves to the left while the ball stays in place",
        "A cat moves to the left while a ball stays in place, then to the right",
        "The first object moves to the left",
        "The second object moves to the left. The first object stays in place",
        "The camera zooming in",
        "A cat moving up. The camera zooming in",
    ],
)
def test_what_no_form_writes_is_refused(text: str) -> None:
    with pytest.raises(CaptionError, match="Expected: a caption of the grammar"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["A cat moves, " * 4000, "before a cat moves, " * 3000, "A cat. " * 9000, "while a " * 9999]
)
def test_a_very_long_text_is_refused_soon(text: str) -> None:
    with pytest.raises(CaptionError):
        parse(text)


def test_forms_that_there_are_not() -> None:
    for wrong in ({"register": "loud"}, {"order": "B"}, {"register": "terse", "order": "A before B"}):
        with pytest.raises(CaptionError, match=r"a form of words Form\(.* Expected: a register of terse, plain"):
            Form(**wrong)  # type: ignore[arg-type]
    with pytest.raises(CaptionError, match=r"13 objects without names\. Expected: 1 to 12"):
        describe(Facts(tuple(thing(f"toy {number}", UP) for number in range(13))), Form(appearance=False))
    same = Facts((thing("cat", UP), thing("cat", RIGHT)))
    assert parse(describe(same, Form(appearance=False))) == unnamed(same.stated)


def test_the_camera_of_every_register() -> None:
    for camera in PLAIN.camera:
        told = replace(TWO, camera=camera)
        assert all(parse(describe(told, Form(register))).camera == camera for register in REGISTERS)
