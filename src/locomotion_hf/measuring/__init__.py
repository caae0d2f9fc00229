"""The second opinion: words measured from drawn mattes, by code that knows nothing of plans and paths."""

from .disagreements import disagreements
from .moves import centroids, measure_move

__all__ = ["centroids", "disagreements", "measure_move"]
