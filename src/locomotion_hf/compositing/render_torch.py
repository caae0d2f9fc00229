"""Draw a batch of clips on whatever device their backgrounds are on: the device renderer.

`plan_batch` gathers what is to be drawn, in numpy and without torch, so that a worker can do it;
`render_batch` draws it with torch operations alone. The pixels are those of `render.render` to within two
levels: the same levels of the same cut-outs are sampled at the same places, in float32 instead of fixed
point. Only a window around each object is touched, never a whole frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from locomotion_hf.types import Trajectory

from .render import FRACTION_BITS, draws_of
from .sprites import Level, Sprite

if TYPE_CHECKING:
    import torch

#: Pixels: least width of the picture that holds all levels. Places in it stay exact to 1/1000 pixel in float32.
ATLAS_WIDTH = 2048
#: Window pixels worked on at once: about 100 bytes each.
CHUNK_PIXELS = 1 << 24


@dataclass(frozen=True, repr=False)
class BatchPlan:
    """What is to be drawn on B clips of T frames, of up to K objects each.

    Attributes:
        atlas: `(A, C, 4)` uint8, premultiplied: all levels that are needed, each once, side by side.
        maps: `(B, T, K, 6)` float32: pixel (x, y) of the window shows column a x + b y + c and row
            d x + e y + f of the level.
        corners: `(B, T, K, 2)` float32: where the level lies in the atlas, column and row.
        ends: `(B, T, K, 2)` float32: last column and row of the level; -1 where nothing is to be drawn.
        windows: `(B, T, K, 2)` int64: left and upper pixel of the window in the frame.
        window: width and height of all windows, pixels.
        frame: width and height of the frame, pixels.
    """

    atlas: np.ndarray
    maps: np.ndarray
    corners: np.ndarray
    ends: np.ndarray
    windows: np.ndarray
    window: tuple[int, int]
    frame: tuple[int, int]

    def __repr__(self) -> str:
        return f"BatchPlan(clips, frames, objects={self.windows.shape[:3]}, window={self.window})"


def plan_batch(
    sprites: Sequence[Sequence[Sprite]],
    paths: Sequence[Sequence[Trajectory]],
    frame_times: np.ndarray,
    height: int,
    width: int,
) -> BatchPlan:
    """Gather what `render_batch` draws.

    Args:
        sprites: for each clip its objects, the lowest first; clips may have different numbers of them.
        paths: for each clip where its objects go.
        frame_times: `(T,)` seconds.
        height: of the frames, pixels.
        width: of the frames, pixels.

    Returns:
        The plan: small arrays, and the pixels of the cut-outs.
    """
    shape = len(sprites), len(frame_times), max(map(len, sprites), default=0)
    maps, ends = np.zeros((*shape, 6)), np.full((*shape, 2), -1.0, np.float32)
    spans = np.zeros((*shape, 2, 2), np.int64)
    uses: dict[int, tuple[Level, list[tuple[int, slice, int]]]] = {}
    for b, (of_clip, of_paths) in enumerate(zip(sprites, paths, strict=True)):
        for k, (sprite, path) in enumerate(zip(of_clip, of_paths, strict=True)):
            for run, level, exact in draws_of(sprite, path, frame_times, height, width):
                maps[b, run, k] = exact / 2.0**FRACTION_BITS
                last = np.array(level.pixels.shape[1::-1]) - 1
                spans[b, run, k] = _spans(maps[b, run, k], last, np.array([width, height]))
                ends[b, run, k] = last
                uses.setdefault(id(level), (level, []))[1].append((b, run, k))
    sizes = (spans[..., 1] - spans[..., 0]).reshape(-1, 2).max(0, initial=1)
    windows = np.minimum(spans[..., 0], np.array([width, height]) - sizes)
    # Places count from the window's corner, so that float32 has to tell apart few pixels only.
    maps[..., 2::3] += (maps.reshape(*shape, 2, 3)[..., :2] * windows[..., None, :]).sum(-1)
    levels = [level for level, _ in uses.values()]
    atlas, places = _pack(levels)
    corners = np.zeros((*shape, 2), np.float32)
    for (_, used), place in zip(uses.values(), places, strict=True):
        for b, run, k in used:
            corners[b, run, k] = place
    window = (int(sizes[0]), int(sizes[1]))
    return BatchPlan(atlas, maps.astype(np.float32), corners, ends, windows, window, (width, height))


def _spans(maps: np.ndarray, last: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """First and exclusive last pixel of a level's rectangle in the frame, `(T, 2, 2)`: axis, then end."""
    matrices = maps.reshape(-1, 2, 3)
    corners = np.array([(x, y) for x in (0, last[0]) for y in (0, last[1])]).T
    seen = np.linalg.solve(matrices[..., :2], corners[None] - matrices[..., 2:])
    first, end = np.floor(seen.min(-1)), np.ceil(seen.max(-1)) + 1
    first, end = np.clip(first, 0, frame - 1), np.clip(end, 1, frame)
    return np.stack([first, np.maximum(end, first + 1)], -1).astype(np.int64)


def _pack(levels: Sequence[Level]) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """All levels in one picture, in rows of falling height, and the column and row where each lies."""
    atlas_width = max([ATLAS_WIDTH, *(level.pixels.shape[1] for level in levels)])
    places: list[tuple[int, int]] = [(0, 0)] * len(levels)
    column = row = tallest = 0
    for index in sorted(range(len(levels)), key=lambda index: -levels[index].pixels.shape[0]):
        height, width = levels[index].pixels.shape[:2]
        if column + width > atlas_width:
            column, row, tallest = 0, row + tallest, 0
        places[index] = (column, row)
        column, tallest = column + width, max(tallest, height)
    atlas = np.zeros((max(2, row + tallest), atlas_width, 4), np.uint8)
    for level, (column, row) in zip(levels, places, strict=True):
        height, width = level.pixels.shape[:2]
        atlas[row : row + height, column : column + width] = level.pixels
    return atlas, places


def render_batch(backgrounds: torch.Tensor, plan: BatchPlan, out: torch.Tensor | None = None) -> torch.Tensor:
    """Draw objects on a batch of clips, on the backgrounds' device.

    Args:
        backgrounds: `(B, T, H, W, 3)` uint8, not changed unless it is `out`.
        plan: from `plan_batch`, for as many clips and frames of this size.
        out: where to draw, contiguous; a new tensor when None.

    Returns:
        `(B, T, H, W, 3)` uint8, which is `out` where it is given.

    Raises:
        ValueError: the backgrounds are not what the plan was made for, or `out` is not like them.
    """
    import torch

    clips, frames, objects = plan.windows.shape[:3]
    wanted = (clips, frames, plan.frame[1], plan.frame[0], 3)
    for name, tensor in (("backgrounds", backgrounds), ("out", backgrounds if out is None else out)):
        if tuple(tensor.shape) != wanted or tensor.dtype != torch.uint8:
            raise ValueError(f"{name} is {tensor.dtype} {tuple(tensor.shape)}; expected torch.uint8 {wanted}")
    if out is None:
        out = backgrounds.clone(memory_format=torch.contiguous_format)
    elif out is not backgrounds:
        out.copy_(backgrounds)
    if not objects:
        return out
    device = backgrounds.device
    atlas = torch.from_numpy(plan.atlas).to(device).permute(2, 0, 1)[None].float()
    flat = (plan.maps, plan.corners, plan.ends, plan.windows)
    parts = [torch.from_numpy(array.reshape(clips * frames, objects, -1)).to(device) for array in flat]
    canvas = out.view(clips * frames, *wanted[2:])
    step = max(1, CHUNK_PIXELS // math.prod(plan.window))
    with torch.inference_mode():
        for first in range(0, clips * frames, step):
            chunk = slice(first, first + step)
            for k in range(objects):
                _draw(canvas[chunk], atlas, plan.window, *(part[chunk, k] for part in parts))
    return out


def _draw(
    canvas: torch.Tensor,
    atlas: torch.Tensor,
    window: tuple[int, int],
    maps: torch.Tensor,
    corners: torch.Tensor,
    ends: torch.Tensor,
    windows: torch.Tensor,
) -> None:
    """Blend one object into `(N, H, W, 3)` uint8 frames, in place."""
    import torch
    from torch.nn import functional as F

    device = canvas.device
    x, y = torch.arange(window[0], device=device), torch.arange(window[1], device=device)
    rows, columns = windows[:, 1, None, None] + y[:, None], windows[:, 0, None, None] + x
    along, down = maps.view(-1, 1, 1, 2, 3)[..., 0], maps.view(-1, 1, 1, 2, 3)[..., 1]
    start, last = maps.view(-1, 1, 1, 2, 3)[..., 2], ends[:, None, None]
    places = along * x[:, None] + down * y[:, None, None] + start
    within = ((places > 0) & (places < last)).all(-1, keepdim=True)
    side = torch.tensor([atlas.shape[3] - 1, atlas.shape[2] - 1], device=device)
    # From pixel centres to -1 ... 1; what lies beyond the level goes beyond the atlas, where all is transparent.
    grid = torch.where(within, (places + corners[:, None, None]) * (2 / side) - 1, 3.0)
    sampled = F.grid_sample(
        atlas, grid.view(1, -1, window[0], 2), mode="bilinear", padding_mode="zeros", align_corners=True
    )
    sampled = sampled.view(4, -1, window[1], window[0]).permute(1, 2, 3, 0)
    frame = torch.arange(len(canvas), device=device)[:, None, None]
    behind = canvas[frame, rows, columns]
    blended = torch.addcmul(sampled[..., :3] + 0.5, behind.float(), 1 - sampled[..., 3:] * (1 / 255))
    canvas[frame, rows, columns] = blended.clamp_(max=255).to(torch.uint8)
