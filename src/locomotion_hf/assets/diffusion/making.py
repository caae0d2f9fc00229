"""Cut-outs from a text-to-image pipeline: prompt, picture, matte, filters, a tree that `FolderObjects` reads.

Any `diffusers` pipeline that `AutoPipelineForText2Image` loads makes the pictures, a segmenter cuts the object
out, and what is too small, too large, cut off by the edge or unlike its noun is turned down, with the reason
in the manifest. Each image has a seed of its own, drawn from (seed, noun, number): the noun list may grow, and
any image can be made again alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from locomotion_hf.assets.diffusion.matting import Cut, Limits, cut, on_grey
from locomotion_hf.assets.diffusion.prompts import Request, read_nouns, request
from locomotion_hf.assets.diffusion.segmenters import ClipScore, Segmenter, load, load_segmenter
from locomotion_hf.assets.diffusion.settings import NO_CLIP, ObjectSettings
from locomotion_hf.assets.diffusion.tree import ObjectTree
from locomotion_hf.errors import AssetError

BLACK, UNLIKE = "black picture", "CLIP score too low"


Paint = Callable[[Sequence[Request]], list[Image.Image]]
Score = Callable[[Sequence[Image.Image], Sequence[str]], list[float]]


class Painter:
    """A text-to-image pipeline, as `make_objects` calls it.

    Attributes:
        revision: the commit of a model from the Hub; None for a folder.

    Raises:
        AssetError: the pipeline cannot be loaded.
    """

    def __init__(self, settings: ObjectSettings, device: str) -> None:
        import torch
        from diffusers import AutoPipelineForText2Image

        name, revision = settings.model, settings.revision or None
        make = AutoPipelineForText2Image.from_pretrained
        dtype = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}[settings.dtype]
        self._name = name
        self._pipeline = load(
            "a text-to-image pipeline", name, lambda: make(name, revision=revision, dtype=dtype).to(device)
        )
        self._pipeline.set_progress_bar_config(disable=True)
        self.revision = _commit(name, revision)
        options = {
            "num_inference_steps": settings.num_inference_steps,
            "guidance_scale": settings.guidance_scale,
            "height": settings.size,
            "width": settings.size,
        }
        self._options = {name: value for name, value in options.items() if value is not None}

    def __call__(self, requests: Sequence[Request]) -> list[Image.Image]:
        """One RGB picture a request. Raises `AssetError` when the pipeline gives anything else."""
        import torch

        noise = [torch.Generator("cpu").manual_seed(one.seed) for one in requests]
        output = self._pipeline([one.prompt for one in requests], generator=noise, **self._options)
        try:
            pictures = [picture.convert("RGB") for picture in output.images]
        except AttributeError:
            pictures = []
        if len(pictures) != len(requests):
            raise AssetError(
                f"{self._name} gave {len(pictures)} pictures for {len(requests)} prompts.",
                "a pipeline whose output has `images`, one a prompt.",
                "take a text-to-image pipeline.",
            )
        return pictures


def make_objects(settings: ObjectSettings) -> ObjectTree:
    """Make all images that the tree does not have yet.

    Args:
        settings: what, with which models, and what to keep.

    Returns:
        The tree, with its counts over all runs.

    Raises:
        AssetError: a noun list, a model or a setting cannot be used.
        OutputError: the folder cannot be written, or was begun with other settings.
    """
    entries = read_nouns(settings.nouns)
    tree = ObjectTree(settings.output_dir, settings.decisive)
    if not any(_missing(tree, settings, entries)):
        return tree
    device = settings.device or _best_device()
    segment = load_segmenter(settings.segmenter, settings.segmenter_model, device)
    score = None if settings.clip_model == NO_CLIP else ClipScore(settings.clip_model, device)
    painter = Painter(settings, device)
    fill(tree, settings, entries, painter, segment, score, painter.revision)
    return tree


def fill(
    tree: ObjectTree,
    settings: ObjectSettings,
    entries: Sequence[str],
    paint: Paint,
    segment: Segmenter,
    score: Score | None,
    revision: str | None = None,
) -> None:
    """Paint, cut out, judge and write, batch by batch.

    A batch is made as a whole even when some of its images are there already: with the same neighbours an
    image comes out the same to the last bit.

    Args:
        tree: where to.
        settings: as given to `make_objects`.
        entries: the noun list.
        paint: pictures from requests.
        segment: maps from pictures and nouns.
        score: CLIP scores from pictures and texts; None judges nothing.
        revision: for the manifest.
    """
    total = len(entries) * settings.num_images
    missing = list(_missing(tree, settings, entries))
    left = sum((one.entry, one.number) not in tree for batch in missing for one in batch)
    with tqdm(total=total, initial=total - left, unit="image") as bar:
        for batch in missing:
            pictures = paint(batch)
            found = segment(pictures, [one.noun for one in batch])
            cuts = [_cut(*pair, settings.limits()) for pair in zip(pictures, found, strict=True)]
            scores = _scores(score, cuts, batch)
            for one, picture, piece, value in zip(batch, pictures, cuts, scores, strict=True):
                if (one.entry, one.number) in tree:
                    continue
                reason = piece.reason
                if value is not None and value < settings.min_clip_score:
                    reason = UNLIKE
                line = _line(settings, one, reason) | {
                    "revision": revision or settings.revision or None,
                    "width": picture.width,
                    "height": picture.height,
                    "area": round(piece.area, 4),
                    "clip_score": None if value is None else round(value, 4),
                }
                tree.add(line, None if reason else piece.rgba)
                bar.update()
            bar.set_postfix(kept=tree.kept, rejected=tree.rejected.total(), refresh=False)


def _missing(tree: ObjectTree, settings: ObjectSettings, entries: Sequence[str]) -> Iterator[tuple[Request, ...]]:
    """Batches, each of one noun, that have at least one image to be made."""
    for entry in entries:
        for first in range(0, settings.num_images, settings.batch_size):
            numbers = range(first, min(first + settings.batch_size, settings.num_images))
            if not all((entry, number) in tree for number in numbers):
                yield tuple(request(entry, number, settings.seed, settings.templates) for number in numbers)


def _cut(picture: Image.Image, found: np.ndarray, limits: Limits) -> Cut:
    pixels = np.asarray(picture)
    # What a safety checker blanks, and what half precision turns into NaN, is black to the last pixel.
    return cut(pixels, found, limits) if pixels.any() else Cut(0.0, None, BLACK)


def _scores(score: Score | None, cuts: Sequence[Cut], batch: Sequence[Request]) -> list[float | None]:
    """CLIP scores of the cut-outs that got so far; None for the others."""
    shown = [(i, piece.rgba) for i, piece in enumerate(cuts) if piece.rgba is not None]
    values: list[float | None] = [None] * len(cuts)
    if score is not None and shown:
        pictures = [Image.fromarray(on_grey(rgba)) for _, rgba in shown]
        found = score(pictures, [f"a photo of one {batch[i].noun}" for i, _ in shown])
        for (i, _), value in zip(shown, found, strict=True):
            values[i] = value if math.isfinite(value) else -1.0  # half precision may give no number
    return values


def _line(settings: ObjectSettings, one: Request, reason: str) -> dict[str, Any]:
    """What was asked, and whether there is a file."""
    return {
        "noun": one.noun,
        "entry": one.entry,
        "number": one.number,
        "file": None if reason else one.file,
        "rejected": reason or None,
        "prompt": one.prompt,
        "seed": one.seed,
        "model": settings.model,
        "dtype": settings.dtype,
        "steps": settings.num_inference_steps,
        "guidance": settings.guidance_scale,
        "segmenter": settings.segmenter_name,
        "licence": settings.licence,
    }


def summary(tree: ObjectTree) -> str:
    """How many were kept, and why the others were not."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in tree.rejected.most_common())
    total = tree.kept + tree.rejected.total()
    return f"{tree.kept} of {total} images kept" + (f"; turned down: {reasons}." if reasons else ".")


def _best_device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _commit(name: str, revision: str | None) -> str | None:
    """The commit that a model's files in the Hub's cache belong to."""
    from huggingface_hub import try_to_load_from_cache

    if Path(name).exists():
        return None
    file = try_to_load_from_cache(name, "model_index.json", revision=revision)
    return Path(file).parent.name if isinstance(file, str) else None
