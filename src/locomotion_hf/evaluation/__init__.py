"""How good a model is: retrieval figures with their chance, their interval and their protocol.

Nothing here imports torch; `embedders` does, and is imported by its own name.
"""

from locomotion_hf.errors import EvaluationError

from .benchmark import compare, figures_of, gain, motion_benchmark
from .figures import Figure, figures_table
from .metrics import Interval, bootstrap_interval, paired_difference
from .protocol import stamp, write_results
from .retrieval import Ranking, Retrieval, retrieve
from .views import one_frame, reversed_time

__all__ = [
    "EvaluationError",
    "Figure",
    "Interval",
    "Ranking",
    "Retrieval",
    "bootstrap_interval",
    "compare",
    "figures_of",
    "figures_table",
    "gain",
    "motion_benchmark",
    "one_frame",
    "paired_difference",
    "retrieve",
    "reversed_time",
    "stamp",
    "write_results",
]
