"""Forward passes for figures: in batches, without gradients and dropout, to unit vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from transformers.image_utils import PILImageResampling

from locomotion_hf.errors import EvaluationError


@contextmanager
def evaluating(model: torch.nn.Module) -> Iterator[None]:
    """Without dropout and gradients, and back to the former mode, as a run may go on training.

    Args:
        model: the model that is asked.
    """
    training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(training)


def batches(items: Sequence[Any] | np.ndarray, size: int) -> Iterator[Any]:
    """Slices of `size` items, the last one shorter.

    Args:
        items: anything that has a length and can be sliced; a slice is taken only when its turn comes, so what
            reads its items when asked is never in memory as a whole.
        size: at least 1.
    """
    return (items[start : start + size] for start in range(0, len(items), size))


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """`(..., D)` float32, of length 1."""
    return torch.nn.functional.normalize(vectors.float(), dim=-1)


def joined(parts: Iterator[torch.Tensor], of: str) -> np.ndarray:
    """The parts `(n, D)` below each other, on the CPU.

    Args:
        parts: at least one.
        of: what they are of, "clips" or "sentences", for the error.

    Raises:
        EvaluationError: there is none.
    """
    found = [part.cpu() for part in parts]
    if not found:
        raise EvaluationError(f"There are no {of}.", "at least one.", f"pass some {of}.")
    return torch.cat(found).numpy()


def described(model: Any, processor: Any, num_frames: int) -> dict[str, Any]:
    """What a figure depends on besides the weights, for its stamp.

    Args:
        model: of transformers.
        processor: its image or video processor.
        num_frames: frames of a clip that the model sees.

    Returns:
        `kind`, the model's class; `frames`; `resolution`, height and width in pixels; `resize`, how a frame comes to
        it; `precision`.
    """
    size = {name: getattr(processor.size, name, None) for name in ("height", "width", "shortest_edge")}
    crop = processor.crop_size if getattr(processor, "do_center_crop", None) else None
    inner = size if crop is None else {name: getattr(crop, name, None) for name in size}
    side = inner["shortest_edge"]
    way = f"shorter side to {size['shortest_edge']}" if size["height"] is None else "height and width stretched"
    resample = PILImageResampling(processor.resample).name.lower()
    return {
        "kind": type(model).__name__,
        "frames": num_frames,
        "resolution": [inner["height"] or side, inner["width"] or side],
        "resize": f"{way}, {resample}" + ("" if crop is None else ", then the centre cut out"),
        "precision": str(model.dtype).removeprefix("torch."),
    }


def checked_texts(texts: Sequence[str]) -> list[str]:
    """The texts as a list.

    Raises:
        EvaluationError: one of them says nothing.
    """
    for number, text in enumerate(texts):
        if not text.strip():
            raise EvaluationError(
                f"Text {number} is {text!r}.", "a text with at least one word.", "leave it out, or caption its clip."
            )
    return list(texts)
