"""A figure with its interval, and the interval of a share."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from .errors import EvaluationError


@dataclass(frozen=True)
class Interval:
    """A figure and the range that the choice of what was counted (queries, captions) leaves open.

    Attributes:
        mean: the figure over all: their mean, or their median where one was asked for.
        low, high: the ends of the interval.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def to_dict(self) -> dict[str, float]:
        """Plain numbers, for JSON."""
        return asdict(self)


def share_interval(successes: int, trials: int) -> Interval:
    """A share with its 95 % interval, also near 0 and 1, where a bootstrap of equal values has no width.

    Args:
        successes: how many.
        trials: of how many, at least 1.

    Source: Wilson's score interval (1927), z = 1.96.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise EvaluationError(f"{successes} of {trials}.", "0 to all of at least one.", "count again.")
    z, share = 1.959964, successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    # At 0 and 1 the ends meet the share itself, but for rounding.
    return Interval(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))
