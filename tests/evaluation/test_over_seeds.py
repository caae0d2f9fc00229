"""One figure of several seeds."""

import numpy as np
import pytest

from locomotion_hf.evaluation.over_seeds import interval_over_seeds


def test_clusters_and_seeds_are_drawn():
    generator = np.random.default_rng(0)
    values = (generator.random((3, 400)) < 0.5).astype(float)
    alone = interval_over_seeds(values, np.arange(400))
    # Clips of a scene that rise and fall together are fewer witnesses.
    together = interval_over_seeds(np.repeat(values[:, :100], 4, 1), np.repeat(np.arange(100), 4))
    assert alone.low < alone.mean < alone.high
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    shifted = values.copy()
    shifted[2] = 1.0  # one seed that did far better
    assert interval_over_seeds(shifted, np.arange(400)).high > 0.8


@pytest.mark.parametrize(("value", "bounds", "open_below", "open_above"), [
    (1.0, (0.0, 1.0), True, False),
    (0.0, (0.0, 1.0), False, True),
    (0.0, (-1.0, 1.0), True, True),
])  # fmt: skip
def test_where_all_agree_clusters_are_trials(value, bounds, open_below, open_above):
    found = interval_over_seeds(np.full((2, 8), value), np.repeat(np.arange(4), 2), bounds)
    assert found.mean == value
    assert (found.low < value, found.high > value) == (open_below, open_above)
    many = interval_over_seeds(np.full((2, 800), value), np.repeat(np.arange(400), 2), bounds)
    assert many.high - many.low < 0.2 * (found.high - found.low)
