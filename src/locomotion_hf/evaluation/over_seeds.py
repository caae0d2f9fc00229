"""A figure over several seeds of one training, with an interval for the choice of seeds and of queries."""

from __future__ import annotations

import numpy as np

from locomotion_hf.intervals import Interval, share_interval
from locomotion_hf.randomness import stream

RESAMPLES = 2000


def interval_over_seeds(
    values: np.ndarray, clusters: np.ndarray, bounds: tuple[float, float] = (0.0, 1.0), seed: int = 0
) -> Interval:
    """The mean over seeds and queries, and its 95 % interval by a bootstrap over both.

    Args:
        values: `(S, Q)`, of S seeds on the same Q queries: hits, precisions, or differences of two rows of a table.
        clusters: `(Q,)` int64 from 0; queries of one cluster are drawn together.
        bounds: the least and the greatest that a value can be: (-1, 1) of differences.
        seed: of the draws.

    Returns:
        With three seeds it is too narrow for what other seeds would do: drawing three of three shows a third less of
        their spread than there is. Where all values are equal a bootstrap has no width; each cluster is then one
        trial of which none differed, and the interval is Wilson's.
    """
    count = int(clusters.max()) + 1
    mean = float(values.mean())
    if values.min() == values.max():
        width = share_interval(0, count).high
        return Interval(mean, max(bounds[0], mean - width), min(bounds[1], mean + width))
    generator = stream(seed, "laptop")
    sums = np.stack([np.bincount(clusters, row, count) for row in values])
    sizes = np.bincount(clusters, minlength=count)
    means = []
    for _ in range(RESAMPLES):
        rows = generator.integers(len(values), size=len(values))
        drawn = np.bincount(generator.integers(count, size=count), minlength=count)
        means.append((sums[rows] @ drawn).mean() / (sizes @ drawn))
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(mean, float(low), float(high))
