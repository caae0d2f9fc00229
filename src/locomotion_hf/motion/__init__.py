"""How something moves: paths, their sampling and the facts that a caption may state. Numpy, no pixels."""

from .outline import Outline
from .sample import Vocabulary
from .scene import Scene, SceneWords, read_scene, sample_scene, sample_scene_words
from .twins import make_twin
from .visible import visible_facts

__all__ = [
    "Outline",
    "Scene",
    "SceneWords",
    "Vocabulary",
    "make_twin",
    "read_scene",
    "sample_scene",
    "sample_scene_words",
    "visible_facts",
]
