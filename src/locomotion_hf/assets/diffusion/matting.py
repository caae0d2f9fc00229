"""From a segmenter's map to a cut-out: largest component, soft matte, own colours, tight crop, filters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from locomotion_hf.assets.cutouts import MIN_ALPHA, MIN_SIDE
from locomotion_hf.errors import AssetError

#: The matte rises from 0 to 1 while the map rises by this to both sides of the threshold, or by less where
#: the map ends sooner. Own choice.
SOFTNESS = 0.15
#: How far the soft edge may reach beyond the body, as a share of the picture's shorter side. Own choice:
#: 8 pixels of 512, about as far as a coarse map blurs when it is enlarged.
FRINGE = 1 / 64
#: The grey that a cut-out is scored on.
GREY = 127

NOTHING, SMALL, LARGE, BORDER = "nothing found", "too small", "too large", "touches the border"


@dataclass(frozen=True)
class Limits:
    """Which cut-outs are kept.

    Attributes:
        threshold: of the segmenter's map, 0 to 1, from where a pixel belongs to the object.
        min_area, max_area: share of the picture that the object covers.
            Source: .05 and .95 as in X-Paste (Zhao et al., ICML 2023), the call in its README.
        allow_border: keep objects that the picture's edge may have cut.
    """

    threshold: float = 0.5
    min_area: float = 0.05
    max_area: float = 0.95
    allow_border: bool = False

    def __post_init__(self) -> None:
        if not (0 < self.threshold < 1 and 0 <= self.min_area < self.max_area <= 1):
            raise AssetError(
                f"mask_threshold={self.threshold}, min_area={self.min_area}, max_area={self.max_area}.",
                "a threshold between 0 and 1, and areas with 0 <= min_area < max_area <= 1.",
                "change them.",
            )


@dataclass(frozen=True)
class Cut:
    """What became of one picture.

    Attributes:
        area: share of the picture that the object's body covers, 0 to 1.
        rgba: `(h, w, 4)` uint8, straight alpha, tightly cropped; None when the picture is turned down.
        reason: why it is turned down; "" when it is not.
    """

    area: float
    rgba: np.ndarray | None
    reason: str = ""


def largest_component(mask: np.ndarray) -> np.ndarray:
    """The largest patch of pixels that are joined by their edges; the topmost of equal ones.

    Args:
        mask: `(H, W)` bool.

    Returns:
        `(H, W)` bool; all False for an empty mask.
    """
    height, width = mask.shape
    stride = width + 1  # a column of False keeps the runs of two rows apart
    flat = np.zeros(height * stride + 2, np.int8)
    flat[1:-1].reshape(height, stride)[:, :width] = mask
    steps = np.diff(flat)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    # A run meets those of the next row that end after its start and start before its end.
    first = np.searchsorted(ends, starts + stride, side="right")
    last = np.searchsorted(starts, ends + stride, side="left")
    parent = list(range(len(starts)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = run = parent[parent[run]]
        return run

    for run, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        for other in range(low, high):
            a, b = root(run), root(other)
            parent[max(a, b)] = min(a, b)
    if not parent:
        return np.zeros_like(mask)
    roots = np.array([root(run) for run in range(len(parent))])
    best = int(np.bincount(roots, weights=ends - starts).argmax())
    edges = np.zeros(height * stride + 1, np.int8)
    edges[starts[roots == best]] = 1
    edges[ends[roots == best]] -= 1
    return edges.cumsum(dtype=np.int8)[:-1].reshape(height, stride)[:, :width].astype(bool)


def soft_matte(probability: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """The object's matte, and its body.

    Args:
        probability: `(H, W)` float, 0 to 1: how surely a pixel belongs to the object.
        threshold: a pixel at the threshold is half transparent.

    Returns:
        Alpha `(H, W)` uint8, soft at the edge and 0 away from the body; body `(H, W)` bool.
    """
    body = largest_component(probability >= threshold)
    near = Image.fromarray(body.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(2 * _reach(body.shape) + 1))
    softness = min(SOFTNESS, threshold, 1 - threshold)
    soft = np.clip((probability - threshold) / (2 * softness) + 0.5, 0, 1)
    soft[np.asarray(near) == 0] = 0
    # Other patches that are as sure as the body are other objects, however near.
    soft[(probability >= threshold) & ~body] = 0
    return np.rint(soft * 255).astype(np.uint8), body


def cut(picture: np.ndarray, probability: np.ndarray, limits: Limits) -> Cut:
    """Cut one object out, or say why not.

    Args:
        picture: `(H, W, 3)` uint8 RGB.
        probability: `(H, W)` float, 0 to 1.
        limits: what is turned down.
    """
    alpha, body = soft_matte(probability, limits.threshold)
    area = float(body.mean())
    visible = alpha >= MIN_ALPHA
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    if not area:
        return Cut(area, None, NOTHING)
    # The last two conditions are those of `load_cut_out`, which would not read such a file.
    if area < limits.min_area or min(len(rows), len(columns)) < MIN_SIDE:
        return Cut(area, None, SMALL)
    if area > limits.max_area or alpha.min() == 255:
        return Cut(area, None, LARGE)
    if not limits.allow_border and (body[[0, -1]].any() or body[:, [0, -1]].any()):
        return Cut(area, None, BORDER)
    rgba = np.dstack([own_colours(picture, alpha), np.where(visible, alpha, 0)])
    return Cut(area, rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8))


def own_colours(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Give the edge the colours of the object beside it, in place of the old background's.

    Without this, an object cut from white has a white rim wherever it is pasted. A pixel is inside when it
    and its eight neighbours are opaque; the others take the mean of those inside within reach.

    Args:
        picture: `(H, W, 3)` uint8 RGB.
        alpha: `(H, W)` uint8.

    Returns:
        `(H, W, 3)` uint8. What is inside is as it was, and so is what has no inside nearby, such as a thread.
    """
    reach = _reach(alpha.shape)
    opaque = Image.fromarray((alpha == 255).astype(np.uint8))
    inside = np.asarray(opaque.filter(ImageFilter.MinFilter(3))).astype(np.float64)
    sums = np.dstack([picture * inside[..., None], inside])
    for axis in (0, 1):  # the sums over squares of 2 * reach + 1 pixels
        pads = [(reach + 1, reach) if each == axis else (0, 0) for each in range(3)]
        running = np.pad(sums, pads).cumsum(axis)
        size = alpha.shape[axis]
        side = 2 * reach + 1
        sums = running.take(range(side, side + size), axis) - running.take(range(size), axis)
    mixed = (inside == 0) & (sums[..., 3] > 0.5)
    colours = picture.copy()
    colours[mixed] = np.rint(sums[mixed, :3] / sums[mixed, 3:])
    return colours


def _reach(shape: tuple[int, ...]) -> int:
    """Pixels of the fringe."""
    return max(1, round(FRINGE * min(shape)))


def on_grey(rgba: np.ndarray) -> np.ndarray:
    """Lay a cut-out `(h, w, 4)` uint8 on plain grey: `(h, w, 3)` uint8."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return np.rint(rgba[..., :3] * alpha + GREY * (1 - alpha)).astype(np.uint8)
