"""Make `transformers` and `datasets` know our names, without importing either before the user does.

Neither library has entry points for this. Our classes are registered as soon as the library's own module
has been imported, by a finder that waits for it (the idea of PEP 369): at once when it is there already.
A worker that only generates clips thus pays for neither.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


def _register_models() -> None:
    importlib.import_module("locomotion_hf.modeling")  # registers itself when imported


def _register_dataset() -> None:
    """Let `datasets` find the generator by its name; a folder of that name still comes first."""
    load: Any = sys.modules["datasets.load"]
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


_AFTER: dict[str, Callable[[], None]] = {
    "transformers.models.auto.modeling_auto": _register_models,
    "transformers.models.auto.processing_auto": _register_models,
    "transformers.models.auto.configuration_auto": _register_models,
    "datasets.load": _register_dataset,
}


class _WhenImported(importlib.abc.MetaPathFinder):
    """Runs a function right after a module of `_AFTER` has been executed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _AFTER:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            sys.meta_path.insert(0, self)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _AFTER.pop(name)()

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def register() -> None:
    """Register now what is imported already, and the rest when it is."""
    for name in [name for name in _AFTER if name in sys.modules]:
        _AFTER.pop(name)()
    if _AFTER:
        sys.meta_path.insert(0, _WhenImported())
