"""Make `transformers` and `datasets` know our names; neither has entry points for this."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any


def register() -> None:
    """Register the Auto classes and the name `locomotion_synth`; a second call changes nothing.

    This imports both libraries, and torch with them: some seconds, once. Workers are forked from a process
    that has paid already. Waiting until the user imports them is not possible in general: transformers
    imports its Auto modules in the middle of importing others, when ours cannot be imported yet.
    """
    import_module("locomotion_hf.modeling")  # registers its classes when imported
    _register_dataset()


def _register_dataset() -> None:
    """Let `datasets` find the generator by its name; a folder of that name still comes first."""
    load: Any = import_module("datasets.load")
    original = getattr(load, "dataset_module_factory", None)
    if original is None or getattr(original, "knows_locomotion", False):
        return  # a future `datasets` without this function: `LocoMotionSynth` still works by itself

    def dataset_module_factory(path: str, *args: Any, **kwargs: Any) -> Any:
        if path == "locomotion_synth" and not os.path.isdir(path):
            from locomotion_hf.dataset.builder import source_hash

            return load.DatasetModule(
                "locomotion_hf.dataset.builder", source_hash(), {"dataset_name": "locomotion_synth"}
            )
        return original(path, *args, **kwargs)

    dataset_module_factory.knows_locomotion = True  # type: ignore[attr-defined]
    load.dataset_module_factory = dataset_module_factory
