"""Two runs on the same queries."""

import numpy as np
import pytest

from locomotion_hf.errors import EvaluationError
from locomotion_hf.evaluation import paired_difference, paired_test


def test_p_of_few_queries_is_that_of_all_signs():
    """Four queries, all better: of 16 signs two give a difference as large."""
    found = paired_test(np.ones(4), np.zeros(4), resamples=20_000, seed=0)
    assert found.difference == 1
    assert found.p == pytest.approx(2 / 16, abs=0.01)


def test_clusters_flip_together():
    better, worse = np.ones(12), np.zeros(12)
    apart = paired_test(better, worse, resamples=4000, seed=0)
    together = paired_test(better, worse, np.repeat(list("abc"), 4), resamples=4000, seed=0)
    assert apart.p < 0.003
    assert together.p == pytest.approx(2 / 8, abs=0.03)


def test_no_difference_is_no_evidence_and_a_real_one_is():
    rng = np.random.default_rng(0)
    a = rng.random(300) < 0.5
    same = paired_test(a, a, seed=0)
    assert (same.difference, same.low, same.high, same.p) == (0, 0, 0, 1)
    b = a & (rng.random(300) < 0.8)
    real = paired_test(a, b, seed=0)
    assert real.p == pytest.approx(1 / 2001)
    assert 0 < real.low < real.difference < real.high
    interval = paired_difference(a, b, seed=0)
    assert (real.difference, real.low, real.high) == (interval.mean, interval.low, interval.high)
    back = paired_test(b, a, seed=0)
    assert (back.difference, back.p) == (-real.difference, real.p)


def test_by_chance_p_is_small_as_often_as_it_says():
    rng = np.random.default_rng(1)
    found = [paired_test(rng.normal(size=30), rng.normal(size=30), resamples=200, seed=0).p for _ in range(400)]
    assert 0.02 < np.mean(np.array(found) <= 0.05) < 0.09


def test_other_queries_are_refused():
    with pytest.raises(EvaluationError, match="One run has 3 queries, the other 4"):
        paired_test(np.ones(3), np.ones(4), seed=0)
