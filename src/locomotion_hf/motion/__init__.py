"""How something moves: paths, their sampling and the facts that a caption may state. Numpy, no pixels."""

from .outline import Outline
from .reading import read_phases
from .sample import Step, Vocabulary, Words, moves_of, sample_motion, sample_words

__all__ = ["Outline", "Step", "Vocabulary", "Words", "moves_of", "read_phases", "sample_motion", "sample_words"]
