"""LocoMotion for Hugging Face: motion-focused video-language pre-training (unofficial).

`import locomotion_hf` makes two libraries know us: `transformers` loads our models through
`AutoModel.from_pretrained`, and `datasets` finds our generator under `load_dataset("locomotion_synth")`.
The names below are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ._registration import register

__version__ = "0.1.0"

_HOMES = {
    "generate": "dataset",
    "Recipe": "dataset",
    "LocoMotionSynth": "dataset.builder",
    "describe": "captions",
    "verify": "captions",
    "fetch": "released",
    "foils": "captions.foils",
    "LocoMotionConfig": "modeling",
    "LocoMotionForPreTraining": "modeling",
    "LocoMotionModel": "modeling",
    "LocoMotionProcessor": "modeling",
    "LocoMotionEmbedder": "evaluation.embedders",
    "LocoMotionError": "errors",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


register()
