from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from fact_sets import EVERY, NOUNS, facts, scenes, thing
from timed import at_most

from locomotion_hf.captions import Form, describe, forms, parse
from locomotion_hf.captions.foils import KINDS, Foil, draw_foil, foils, meaning
from locomotion_hf.captions.lexicon import kind, nouns
from locomotion_hf.captions.other_nouns import exclusive, other_nouns
from locomotion_hf.captions.verify import verify
from locomotion_hf.dataset import Recipe, generate
from locomotion_hf.errors import CaptionError
from locomotion_hf.facts import Facts, Move, Phase, Relation, Stated
from locomotion_hf.measuring.disagreements import disagreements


def differing(told: Stated, foil: Stated) -> set[str]:
    """Names of the fields in which two readings of one form differ."""
    found = set()
    if [noun for noun, _ in told.objects] != [noun for noun, _ in foil.objects]:
        found.add("noun")
    for (_, mine), (_, theirs) in zip(told.objects, foil.objects, strict=True):
        if mine != theirs and Counter(mine) == Counter(theirs):
            found.add("phases")
            continue
        for one, two in zip(mine, theirs, strict=True):
            first, second = asdict(one), asdict(two)
            found |= {name for name in first if first[name] != second[name]}
    if told.camera != foil.camera:
        found |= {"pan"} if told.camera and told.camera.pan else {"zoom"}
    for one, two in zip(told.relations, foil.relations, strict=True):
        found |= {"kind"} if one[0] != two[0] else set()
        found |= {"subject+other"} if one[1:] != two[1:] else set()
    return found


def check(told: Facts, form: Form) -> Counter[str]:
    """Hold every foil of a caption against the facts; how many there are of each kind."""
    caption = describe(told, form)
    made = foils(caption)
    stated = parse(caption)
    assert len({foil.caption for foil in made} | {caption}) == len(made) + 1
    for foil in made:
        now = parse(foil.caption)
        assert meaning(now) != meaning(stated), foil
        fields = differing(stated, now)
        assert fields == set(foil.field.split("+")) or fields == {foil.field}, (caption, foil)
        if foil.kind in ("direction", "edge") or foil.kind == foil.field:
            continue
        assert foil.kind in {"phases": ("order",), "noun": ("binding", "noun"), "pan": ("camera",),
                             "zoom": ("camera",)}.get(foil.field, ("relation",))  # fmt: skip
    return Counter(foil.kind for foil in made)


def captions_of(made: tuple[Foil, ...], kind: str) -> list[str]:
    return [foil.caption for foil in made if foil.kind == kind]


def check_moves(moves: list[Move]) -> Counter[str]:
    """Each in one of the three registers, by turns."""
    found: Counter[str] = Counter()
    for number, move in enumerate(moves):
        form = (Form(), Form("terse"), Form("detailed"))[number % 3]
        here = check(facts("olive", move), form)
        found += here
        written = ("slow", "moderate", "fast") if form.register == "detailed" else ("slow", "fast")
        assert ("speed" in here) == (move.speed in written)
        for field in ("rotation", "turns", "sense", "laps", "way", "growth", "change"):
            assert (field in here) == bool(getattr(move, field))
        assert ("direction" in here) == bool(move.direction)
    return found


def test_a_thousand_moves_have_foils_in_the_named_field_alone() -> None:
    assert set(check_moves(EVERY[::13])) == set(KINDS) - {"order", "binding", "relation", "camera"}


@pytest.mark.slow
def test_every_move_has_foils_in_the_named_field_alone() -> None:
    assert check_moves(EVERY).total() > 50_000


def test_scenes_have_foils_in_every_form_of_words() -> None:
    rng = np.random.default_rng(1)
    found: Counter[str] = Counter()
    for told in scenes(48):
        short = replace(told, objects=tuple(replace(one, phases=one.phases[:3]) for one in told.objects))
        found += check(short, Form.draw(short, rng))
    assert set(found) == set(KINDS)


def test_two_phases_are_exchanged_in_every_order_of_mention() -> None:
    told = facts("cat", Move("up", "slow"), Move(None, "fast", shape="circle", sense="clockwise", laps=1))
    expected = {
        "A then B": "A cat circles quickly clockwise once, then moves slowly upwards",
        "at first A": "At first, a cat circles quickly clockwise once, then moves slowly upwards",
        "A. Then B": "At first, a cat circles quickly clockwise once. Then it moves slowly upwards",
        "A before B": "A cat moves slowly upwards after circling quickly clockwise once",
        "before B, A": "After circling quickly clockwise once, a cat moves slowly upwards",
        "after A, B": "Before moving slowly upwards, a cat circles quickly clockwise once",
        "B after A": "A cat circles quickly clockwise once before moving slowly upwards",
    }
    plain = [form for form in forms(told) if form.register == "plain" and form.appearance]
    assert {form.order: captions_of(foils(describe(told, form)), "order") for form in plain} == {
        order: [caption] for order, caption in expected.items()
    }


def test_what_would_stay_true_is_no_foil() -> None:
    up, down = Move("up", "slow"), Move("down", "slow")
    assert captions_of(foils(describe(facts("cat", up, up))), "order") == []
    assert captions_of(foils(describe(facts("cat", up, down, up))), "order") != []
    alike = Facts((thing("cat", up), thing("dog", up)), (Relation("follows", 0, 1, 0, 1),))
    assert captions_of(foils(describe(replace(alike, relations=()))), "binding") == []
    assert captions_of(foils(describe(alike)), "binding") == [
        "A dog moves slowly upwards. A cat moves slowly upwards. The dog follows the cat"
    ]
    opposite = Facts((thing("cat", up), thing("dog", down)), (Relation("opposite", 0, 1, 0, 1),))
    assert captions_of(foils(describe(opposite)), "relation") == []
    both = replace(alike, relations=(Relation("toward", 0, 1, 0, 1), Relation("away from", 0, 1, 1, 2)))
    assert captions_of(foils(describe(both)), "relation") == []  # it does both, at other times


def test_objects_that_are_only_counted_cannot_be_exchanged() -> None:
    told = Facts((thing("cat", Move("up", "slow")), thing("dog", Move("left", "fast"))))
    made = foils(describe(told, Form(appearance=False)), told)
    assert {foil.kind for foil in made} == {"direction", "speed"}
    alike = Facts(
        (thing("cat", Move("up", "slow")), thing("dog", Move("up", "slow"))), (Relation("follows", 0, 1, 0, 1),)
    )
    told_apart = captions_of(foils(describe(alike, Form(appearance=False))), "relation")
    assert told_apart == [
        "The first object moves slowly upwards. The second object moves slowly upwards. The first object overtakes "
        "the second object"
    ]


def test_a_speed_without_a_word_is_not_given_one() -> None:
    told = facts("cat", Move("up", "moderate"))
    assert captions_of(foils(describe(told)), "speed") == []
    assert captions_of(foils(describe(told, Form("detailed"))), "speed") == [
        "A cat moves upwards at a low speed.",
        "A cat moves upwards at a high speed.",
    ]


def test_what_comes_in_from_the_other_side_moves_the_other_way() -> None:
    made = foils("A cat enters from the left moving slowly up and to the right", kinds=("direction", "edge"))
    assert [(foil.caption, foil.field) for foil in made] == [
        ("A cat enters from the right moving slowly up and to the left", "direction+enters"),
        ("A cat enters from the left moving slowly down and to the right", "direction"),
        ("A cat enters from the right moving slowly down and to the left", "direction+enters"),
    ]
    assert [
        (foil.caption, foil.kind) for foil in foils("A cat leaves at the top moving to the left", kinds=("edge",))
    ] == [("A cat leaves at the bottom moving to the left", "edge")]
    leaves = describe(facts("cat", Move("left", "slow"), Move("up", "slow", leaves="top")))
    assert captions_of(foils(leaves), "order") == []  # it would move on outside


def test_facts_rule_out_captions_of_other_clips() -> None:
    told = facts("cat", Move("up", "slow"))
    assert foils("A cat moves slowly upwards", told) == foils("A cat moves slowly upwards")
    assert foils("A cat moves slowly downwards", told) == ()
    assert foils("An object moves slowly upwards", told, kinds=("direction",))
    assert captions_of(foils("The cat creeps upwards.", told), "direction") == ["The cat creeps downwards."]
    assert foils("The cat darts upwards.", told) == ()


def test_drawing_is_even_over_kinds_and_repeatable() -> None:
    told = facts("cat", Move("up-left", "slow", "clockwise", turns="once"))
    drawn = [draw_foil(describe(told), np.random.default_rng(seed), told) for seed in range(400)]
    assert drawn == [draw_foil(describe(told), np.random.default_rng(seed)) for seed in range(400)]
    counts = Counter(foil.kind for foil in drawn if foil)
    assert set(counts) == {"direction", "speed", "rotation", "turns", "noun"}
    assert min(counts.values()) > 50
    assert len({foil.caption for foil in drawn if foil and foil.kind == "direction"}) == 3
    assert draw_foil("A cat stays in place", np.random.default_rng(0), kinds=("speed",)) is None


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(CaptionError, match=r"foils of the kind 'colour'\. Expected: kinds of direction, speed"):
        foils("A cat stays in place", kinds=("colour",))  # type: ignore[arg-type]


UNREADABLE = """
A teapot
A man throws a ball.
Une tasse monte vers la gauche.
what?
🙂
The dog does not move left.
The owl doesn't move up.
A dog moves left or right.
A dog is not a cat
Perhaps a cat rises.
Ignore all of the above.
Close up of raindrops on a window
A dog runs up to a bench.
Kitten looking up at the camera"""


@pytest.mark.parametrize(
    "text", [*UNREADABLE.split("\n"), " ", "left " * 10_000, "A dog moves slowly upwards, then " * 3000]
)
def test_text_without_readable_facts_has_no_foils(text: str) -> None:
    assert foils(text) == ()


def test_the_inside_of_a_noun_is_never_touched() -> None:
    for noun in ("left shoe", "roll of paper", "up arrow", "clockwise arrows", "slow cooker", "fast car"):
        for caption in (
            describe(facts(noun, Move("up", "slow", "clockwise"))),
            f"The {noun} creeps up and to the right.",
        ):
            made = [foil for foil in foils(caption) if foil.kind != "noun"]
            assert all(noun in foil.caption for foil in made)
    assert captions_of(foils("A left shoe drifts to the left."), "direction") == ["A left shoe drifts to the right."]


def test_other_nouns_are_of_the_kind_and_no_kin() -> None:
    assert set(other_nouns("cat")) == {"bear", "dog", "elephant", "penguin", "kangaroo", "monkey"}
    assert "dog" not in other_nouns("kitten", beside=("puppy",))
    for vague in ("animal", "bird", "toy", "object", "wooden toy", "gizmo", "pair of gloves"):
        assert other_nouns(vague) == ()
    assert other_nouns("cat", pool=("kitten", "fox", "car", "black cat", "tiger")) == ("fox",)
    for one, two in (
        ("cat", "kitten"),
        ("red ball", "ball"),
        ("taxi", "car"),
        ("astronaut", "woman"),
        ("pet", "cat"),
    ):
        assert not exclusive(one, two)
        assert not exclusive(two, one)
    assert exclusive("cat", "dog")
    assert exclusive("man", "woman")
    named = 0
    for noun in nouns():
        for other in other_nouns(noun):
            assert kind(other) == kind(noun) or kind(noun) == "train"
            assert not set(noun.split()) & set(other.split())
            named += 1
    assert named > 5000


def test_nouns_may_be_given() -> None:
    made = foils("A cat moves upwards", kinds=("noun",), nouns=("ostrich", "panda", "car", "kitten"))
    assert sorted(foil.now for foil in made) == ["ostrich", "panda"]
    assert {foil.caption for foil in made} == {"An ostrich moves upwards", "A panda moves upwards"}


def test_a_caption_takes_less_than_two_milliseconds() -> None:
    some = [describe(facts("cat", *EVERY[k : k + 2 : 1])) for k in range(0, len(EVERY) - 2, len(EVERY) // 60)]
    foils(some[0])
    with at_most(0.006 * len(some)):  # three times as much, for a slow machine
        for caption in some:
            foils(caption)


def as_facts(told: Facts, foil: Foil) -> Facts:
    """The foil's facts at the times of the clip, its objects in the clip's order."""
    stated = parse(foil.caption)
    order = [one.noun for one in told.objects]
    objects = sorted(stated.objects, key=lambda one: order.index(one[0]))
    moved = tuple(
        replace(one, phases=tuple(Phase(move, p.start, p.end) for move, p in zip(moves, one.phases, strict=True)))
        for one, (_, moves) in zip(told.objects, objects, strict=True)
    )
    places = [order.index(noun) for noun, _ in stated.objects]
    relations = tuple(
        replace(one, kind=word, subject=places[i], other=places[j])
        for one, (word, i, j) in zip(told.relations, stated.relations, strict=True)
    )
    return Facts(moved, relations, stated.camera)


def pixels_contradict(index: int) -> Counter[str]:
    example = generate(Recipe(resolution=64), "train", index, masks=True)
    assert example.masks is not None
    frames = None if example.backdrop.kind == "video" else example.frames
    found: Counter[str] = Counter()
    for foil in foils(example.caption, example.facts):
        if foil.kind == "noun" or (foil.kind == "camera" and frames is None):
            continue
        wrong = as_facts(example.facts, foil)
        assert wrong.signature != example.facts.signature
        assert disagreements(wrong, example.masks, frames, example.fps), (example.caption, foil)
        found[foil.kind] += 1
    return found


def test_pixels_contradict_every_foil_of_some_clips() -> None:
    found = sum((pixels_contradict(index) for index in range(6)), Counter())
    assert len(found) > 5
    assert found.total() > 30


@pytest.mark.slow
def test_pixels_contradict_every_foil_of_many_clips() -> None:
    found = sum((pixels_contradict(index) for index in range(40)), Counter())
    assert len(found) > 10
    assert found.total() > 200


def english() -> list[tuple[str, set[tuple[str, str]]]]:
    found: list[tuple[str, set[tuple[str, str]]]] = []
    for line in (Path(__file__).parent / "foils.txt").read_text("utf-8").splitlines()[1:]:
        if line.startswith("  "):
            kind_, _, caption = line.strip().partition(": ")
            found[-1][1].add((kind_, caption))
        else:
            found.append((line, set()))
    return found


@pytest.mark.parametrize(("caption", "expected"), english())
def test_free_english(caption: str, expected: set[tuple[str, str]]) -> None:
    made = foils(caption, kinds=[one for one in KINDS if one != "noun"])
    assert expected <= {(foil.kind, foil.caption) for foil in made}
    for foil in made:
        assert not verify(caption, foil.caption).accepted
        assert not verify(foil.caption, caption).accepted


def test_there_are_sixty_captions_of_free_english() -> None:
    assert len(english()) >= 60
    assert not any(caption.strip(".") in NOUNS for caption, _ in english())
