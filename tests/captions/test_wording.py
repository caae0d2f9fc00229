import numpy as np
import pytest
from fact_sets import facts

from locomotion_hf.captions import describe, parse, verify, worded
from locomotion_hf.facts import Move

TOLD = facts("balloon", Move("up", "slow"), Move("right", "fast", "clockwise", turns="half"))


def test_every_wording_states_all_facts() -> None:
    rng = np.random.default_rng(0)
    assert worded(TOLD, "plain", rng) == describe(TOLD)
    forms = {worded(TOLD, "forms", rng) for _ in range(40)}
    assert len(forms) > 10
    assert all(parse(text) == TOLD.stated for text in forms)
    said = [worded(TOLD, "verbs", rng) for _ in range(60)]
    assert len(set(said)) > 40
    assert 1 <= said.count(describe(TOLD)) <= 15  # a tenth keeps the plain form
    others = [text for text in said if text != describe(TOLD)]
    assert sum(verify(describe(TOLD), text).accepted for text in others) >= 0.95 * len(others)


@pytest.mark.parametrize("wording", ["plain", "forms", "verbs"])
def test_the_same_draw_gives_the_same_words(wording: str) -> None:
    first, second = (worded(TOLD, wording, np.random.default_rng(3)) for _ in range(2))
    assert first == second
