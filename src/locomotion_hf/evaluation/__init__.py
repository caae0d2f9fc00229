"""How good a model is: retrieval figures with their chance, their interval and their protocol.

Nothing here imports torch; `embedders` does, and is imported by its own name.
"""

from locomotion_hf.errors import EvaluationError

from .benchmark import compare, figures_of, gain, motion_benchmark
from .corpus_retrieval import corpus_figures, evaluate_corpus, stamped
from .figures import Figure, figures_table
from .metrics import Interval, average_precision, bootstrap_interval, paired_difference
from .paired import PairedTest, compare_runs, comparison_table, paired_test
from .protocol import stamp, write_results
from .ranking import Ranking
from .retrieval import Retrieval, retrieve
from .views import one_frame, reversed_time
from .weights import weights_revision

__all__ = [
    "EvaluationError",
    "Figure",
    "Interval",
    "PairedTest",
    "Ranking",
    "Retrieval",
    "average_precision",
    "bootstrap_interval",
    "compare",
    "compare_runs",
    "comparison_table",
    "corpus_figures",
    "evaluate_corpus",
    "figures_of",
    "figures_table",
    "gain",
    "motion_benchmark",
    "one_frame",
    "paired_difference",
    "paired_test",
    "retrieve",
    "reversed_time",
    "stamp",
    "stamped",
    "weights_revision",
    "write_results",
]
