"""Videos with captions, of any layout: what a model is fine-tuned and evaluated on.

Nothing here imports torch.
"""

from .cache import FrameCache
from .corpus import Corpus, CorpusRow, SkippedRow, check_corpus, evenly_spaced
from .opening import open_corpus
from .subsets import FRACTIONS, hold_out, subset

__all__ = [
    "FRACTIONS",
    "Corpus",
    "CorpusRow",
    "FrameCache",
    "SkippedRow",
    "check_corpus",
    "evenly_spaced",
    "hold_out",
    "open_corpus",
    "subset",
]
