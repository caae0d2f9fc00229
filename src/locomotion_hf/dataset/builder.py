"""The generator as a `datasets` builder: `load_dataset("locomotion_synth", num_examples=64)`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import datasets
from datasets.builder import Key

from locomotion_hf.assets.folder import files_below
from locomotion_hf.assets.sources import DATASET
from locomotion_hf.assets.tars import expand_tars, is_tars
from locomotion_hf.dataset.generate import generate
from locomotion_hf.dataset.recipe import Recipe
from locomotion_hf.dataset.schema import features, to_row
from locomotion_hf.errors import RecipeError
from locomotion_hf.randomness import Split

#: Rows to a shard, the unit that processes and streaming workers take.
ROWS_PER_SHARD = 32


@lru_cache(maxsize=1)
def source_hash() -> str:
    """A hash of all code that decides what a row is: `datasets` makes its cache anew when it changes."""
    package = Path(__file__).parent.parent
    files = [
        package / "types.py",
        package / "facts.py",
        package / "randomness.py",
        package / "video_io.py",
        package / "video_writing.py",
    ]
    for room in ("assets", "motion", "compositing", "captions", "dataset"):
        files += sorted((package / room).glob("*.py"))
    files += sorted((package / "assets" / "default_pack").glob("*.json"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _folder_state(spec: str) -> str:
    """Changes when a user's tars or a file below a user's folder do, so that the cache is not stale."""
    digest = hashlib.sha256()
    for path in expand_tars(spec)[1] if is_tars(spec) else files_below(Path(spec)):
        if path.exists():
            state = path.stat()
            digest.update(os.fsencode(f"{path}:{state.st_size}:{state.st_mtime_ns};"))
    return digest.hexdigest()[:16]


@dataclass
class LocoMotionSynthConfig(datasets.BuilderConfig):
    """What `load_dataset("locomotion_synth", ...)` takes, beside the fields of `Recipe`.

    Attributes:
        num_examples: rows of the train split.
        num_validation: rows of the validation split; by default an eighth, and at least one group.
    """

    num_examples: int = 1024
    num_validation: int | None = None
    seed: int = Recipe.seed
    resolution: int = Recipe.resolution
    num_frames: int = Recipe.num_frames
    fps: float = Recipe.fps
    sizes: tuple[float, float] = Recipe.sizes
    group_size: int = Recipe.group_size
    group_shares: str = Recipe.group_shares
    members: str = Recipe.members
    held_out: float = Recipe.held_out
    objects: str = Recipe.objects
    backgrounds: str = Recipe.backgrounds
    vocabulary: str = Recipe.vocabulary
    max_objects: int = Recipe.max_objects
    backdrop: str = Recipe.backdrop
    wording: str = Recipe.wording

    @property
    def recipe(self) -> Recipe:
        """The recipe of every row. Raises `RecipeError`."""
        return Recipe(**{field.name: getattr(self, field.name) for field in fields(Recipe)})

    def create_config_id(self, config_kwargs: dict[str, Any], *args: Any, **kwargs: Any) -> str:
        """As in `datasets`, with the state of the user's folders added."""
        for name in ("objects", "backgrounds"):
            if name in config_kwargs:
                spec = os.fspath(config_kwargs[name])
                if not spec.startswith(DATASET):  # of a dataset the name is all that can be had quickly
                    spec = f"{os.path.abspath(spec)}-{_folder_state(spec)}"
                config_kwargs = {**config_kwargs, name: spec}
        return super().create_config_id(config_kwargs, *args, **kwargs)


class LocoMotionSynth(datasets.GeneratorBasedBuilder):
    """Clips with one to four moving objects, and captions that are true of the motion."""

    VERSION = datasets.Version("1.0.0")
    BUILDER_CONFIG_CLASS = LocoMotionSynthConfig
    BUILDER_CONFIGS = [LocoMotionSynthConfig(name="default", version=VERSION)]
    DEFAULT_CONFIG_NAME = "default"
    DEFAULT_WRITER_BATCH_SIZE = 16  # a row holds a video: keep what is in memory small

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(description=self.__doc__, features=features())

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        config: LocoMotionSynthConfig = self.config
        recipe = config.recipe
        held_out = config.num_validation
        if held_out is None:
            held_out = max(recipe.group_size, config.num_examples // 8)
        if config.num_examples < 1 or held_out < 1:
            raise RecipeError(
                f"num_examples={config.num_examples}, num_validation={held_out}.",
                "1 or more rows in each split.",
                "raise the number.",
            )
        counts = {"train": config.num_examples, "validation": held_out}
        return [
            datasets.SplitGenerator(
                split,
                gen_kwargs={
                    # A list is what `datasets` divides among processes and workers.
                    "shards": [
                        (split, first, min(first + ROWS_PER_SHARD, count))
                        for first in range(0, count, ROWS_PER_SHARD)
                    ]
                },
            )
            for split, count in counts.items()
        ]

    def _generate_examples(self, shards: list[tuple[Split, int, int]]) -> Iterator[tuple[Key, dict[str, Any]]]:
        recipe = self.config.recipe
        for number, (split, first, end) in enumerate(shards):
            for index in range(first, end):
                yield Key(number, index - first), to_row(generate(recipe, split, index))
