import itertools
import re

import numpy as np
import pytest
from fact_sets import EVERY, facts, thing

from locomotion_hf.captions import describe
from locomotion_hf.captions.lexicon import KINDS, inflections, nouns
from locomotion_hf.captions.verb_variation import asserted, choices, verb_paraphrases
from locomotion_hf.facts import DIRECTIONS, SPEEDS, Facts, Move

NOUN_OF = {name: noun for noun, name in reversed(list(nouns().items()))}
COMMON = [Move(*words) for words in itertools.product(DIRECTIONS, SPEEDS, (None, "clockwise", "anticlockwise"))]
COMMON += [Move(shape="still"), Move("left", shape="bounce"), Move(shape="shake", way="sideways")]
COMMON += [Move(None, "slow", None, "circle", "clockwise", 2), Move("up", "fast", None, "zigzag")]
COMMON += [Move("right", None, change="accelerating"), Move("up", "slow", enters="left")]


def said(noun: str, *moves: Move, count: int = 10) -> list[str]:
    return verb_paraphrases(facts(noun, *moves), count, np.random.default_rng(0))


@pytest.mark.parametrize("name", KINDS)
def test_ten_distinct_texts_of_each_common_motion_and_any_kind(name: str) -> None:
    for move in COMMON:
        texts = said(NOUN_OF[name], move)
        assert len(set(texts)) == len(texts) == 10
        assert describe(facts(NOUN_OF[name], move)) not in texts


def test_ten_verbs_at_least_of_every_way_to_go() -> None:
    for move in COMMON[:72]:
        for name in KINDS:
            assert len({choice.third for choice in choices(move, name)}) >= 10, (move, name)


def test_no_verb_asserts_what_is_not_a_fact() -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for move in (EVERY[k] for k in rng.integers(len(EVERY), size=300)):
        name = KINDS[rng.integers(len(KINDS))]
        for choice in choices(move, name):
            for verb, form in inflections()[choice.third]:
                if form == "third" and name in verb.suits:
                    assert verb.asserts <= asserted(move) | {"rotation"}
                    seen.add(verb.base)
            if move.speed == "fast":
                assert not re.search("creep|inch|drift|float|crawl", choice.third + choice.inner)
    assert len(seen) > 100


@pytest.mark.parametrize(
    ("noun", "move", "fitting", "wrong"),
    [
        ("hawk", Move("down", "fast"), {"swoops", "dives", "plummets"}, {"drives", "floats", "rises", "walks"}),
        ("school bus", Move("right", "fast"), {"drives", "races"}, {"flies", "gallops", "drifts", "creeps"}),
        ("ball", Move("right", "slow", "clockwise"), {"rolls", "creeps", "drifts"}, {"walks", "flits", "darts"}),
        ("hot air balloon", Move("up", "slow"), {"drifts", "rises"}, {"shoots up", "drives", "sinks"}),
        ("horse", Move("left", "fast"), {"gallops", "runs"}, {"flies", "ambles"}),
        ("cat", Move(shape="still"), {"stays", "stays put"}, {"moves", "hovers"}),
        ("top", Move(None, None, "clockwise", "still", turns="twice"), {"spins", "stays"}, {"moves"}),
        ("cat", Move("right", None, change="accelerating"), {"accelerates", "walks"}, {"decelerates", "speeds"}),
    ],
)
def test_verbs_suit_the_thing_and_its_motion(noun: str, move: Move, fitting: set[str], wrong: set[str]) -> None:
    text = " ".join(said(noun, move, count=150))
    assert all(re.search(rf"\b{verb}\b", text) for verb in fitting)
    assert not any(re.search(rf"\b{verb}\b", text) for verb in wrong)


def test_what_the_verb_asserts_is_not_said_again_and_all_else_is() -> None:
    for text in said("hawk", Move("down", "fast", "clockwise", turns="half"), count=100):
        assert re.search(r"clockwise (by|through) (half a turn|180 degrees)", text)
        falls = re.search(r"swoops|plummets|plunges|nosedives|dives", text)
        assert bool(falls) != bool(
            re.search(r"quick|rapid|swift|fast|speed|dart|dash|rac|rush|streak|zoom", text)
        ) or (not falls and re.search(r"hurtles|shoots|whooshes|zips|flits|rockets", text))


def test_a_roll_goes_the_way_that_it_turns() -> None:
    assert "rolls" not in " ".join(said("ball", Move("right", "slow", "anticlockwise"), count=200))
    assert "rolls" not in " ".join(said("ball", Move("up", "slow"), count=200))
    assert "rolls" not in " ".join(said("teapot", Move("right", "slow"), count=200))
    assert "rolls" not in " ".join(said("ball", Move("right", "slow"), count=200))  # what rolls turns
    assert "rolls" in " ".join(said("ball", Move("right", "slow", "clockwise"), count=200))


def test_phases_and_objects_keep_their_order_and_their_verbs() -> None:
    up, right = Move("up", "slow"), Move("right", "fast")
    orders = {text.split()[0] for text in said("teapot", up, right, count=60)}
    assert orders == {"A", "At", "After", "Before"}
    told = Facts((thing("hawk", right), thing("school bus", right)))
    texts = verb_paraphrases(told, 80, np.random.default_rng(0))
    assert any(" while " in text for text in texts)
    assert not any(re.search("hawk drives|bus (flies|flits)", text) for text in texts)
    assert all(text.index("hawk") < text.index("school bus") for text in texts)


def test_nobody_is_an_it() -> None:
    texts = said("baby", Move("up", "slow"), Move("left", "slow"), count=100)
    assert any("Then the baby " in text for text in texts)
    assert not any(re.search(r"\b(it|its|itself)\b", text) for text in texts)


def test_the_same_draw_gives_the_same_texts() -> None:
    assert said("teapot", *EVERY[:3]) == said("teapot", *EVERY[:3])
