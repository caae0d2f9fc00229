"""How something moves: paths, their sampling and the facts that a caption may state. Numpy, no pixels."""

from .facts import read_phases
from .outline import Outline
from .sample import Words, sample_motion, sample_words

__all__ = ["Outline", "Words", "read_phases", "sample_motion", "sample_words"]
