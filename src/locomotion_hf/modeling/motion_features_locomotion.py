"""What moves where, measured: the first layer of LocoMotion's own video encoder has no weights to learn.

A transformer over patches has to find out first that neighbouring frames are worth comparing, which took it several
times as many clips in our trials. Optical flow by least squares (Lucas and Kanade, 1981) compares them from the first
step on.
"""

import torch
from torch.nn import functional as F

#: Pixels along the side of a cell, the unit in which motion is reported.
CELL = 4
#: Features of a cell: 8 at each of two resolutions and a rate of rotation; colour and its difference (C each),
#: and that difference's length.
NUM_FIXED_FEATURES = 18
#: Added to squared gradients, so that flat regions report no flow. Of values between 0 and 1.
DAMPING = 1e-3
#: Largest flow that is reported, in pixels of the resolution at hand.
LARGEST_FLOW = 2.0


def halve(maps: torch.Tensor) -> torch.Tensor:
    """Mean of every 2 x 2 block: `(..., H, W)` to `(..., H / 2, W / 2)`."""
    return (maps[..., ::2, ::2] + maps[..., 1::2, ::2] + maps[..., ::2, 1::2] + maps[..., 1::2, 1::2]) / 4


def smooth(maps: torch.Tensor) -> torch.Tensor:
    """Mean of every 3 x 3 window, zeros outside: `(..., H, W)` to the same."""
    maps = F.pad(maps, (1, 1, 1, 1))
    maps = maps[..., :-2] + maps[..., 1:-1] + maps[..., 2:]
    return (maps[..., :-2, :] + maps[..., 1:-1, :] + maps[..., 2:, :]) / 9


def _log_energy(energy: torch.Tensor) -> torch.Tensor:
    return (energy + 1e-4).log() * 0.3 + 2


def _offsets(count: int, like: torch.Tensor) -> torch.Tensor:
    """Positions around the centre of the frame, `(count,)`, one apart."""
    return torch.arange(count, dtype=like.dtype, device=like.device) - (count - 1) / 2


def _rotation_rate(moments: torch.Tensor, flow_x: torch.Tensor, flow_y: torch.Tensor) -> torch.Tensor:
    """Least-squares rate of turning about the centre of each cell's window, radians a frame, clockwise positive.

    Args:
        moments: `(10, B, T - 1, G, W)`: smoothed products of the derivatives along x, y and time, and four that
            involve r, the derivative along a turn about the centre of the *frame*; they are moved here to the
            centre of each window.
        flow_x: `(B, T - 1, G, W)`, the window's translation.
        flow_y: the same along y.
    """
    xx, yy, xy, xt, yt, _, rr, rx, ry, rt = moments.unbind(0)
    # Cells are two pixels of this resolution apart.
    cx, cy = 2 * _offsets(moments.shape[-1], xx)[None, :], 2 * _offsets(moments.shape[-2], xx)[:, None]
    rr = rr + cx * cx * yy + cy * cy * xx - 2 * cx * ry + 2 * cy * rx - 2 * cx * cy * xy
    rx, ry, rt = rx - cx * xy + cy * xx, ry - cx * yy + cy * xy, rt - cx * yt + cy * xt
    a, b = xx + DAMPING, yy + DAMPING
    explained = (rx * (b * rx - xy * ry) + ry * (a * ry - xy * rx)) / (a * b - xy * xy)
    return -(rt + rx * flow_x + ry * flow_y) / (rr - explained + 5 * DAMPING)


def _level(frames: torch.Tensor, with_rotation: bool) -> list[torch.Tensor]:
    """The features of one resolution, each `(B, T - 1, G, W)`, from `frames` `(C, B, T, h, w)`."""
    total, dt = frames[:, :, 1:] + frames[:, :, :-1], frames[:, :, 1:] - frames[:, :, :-1]
    dx = F.pad(total[..., 2:] - total[..., :-2], (1, 1)) / 4
    dy = F.pad(total[..., 2:, :] - total[..., :-2, :], (0, 0, 1, 1)) / 4
    pairs = [(dx, dx), (dy, dy), (dx, dy), (dx, dt), (dy, dt), (dt, dt)]
    if with_rotation:
        turn = _offsets(dx.shape[-1], dx) * dy - _offsets(dx.shape[-2], dx)[:, None] * dx
        pairs += [(turn, turn), (turn, dx), (turn, dy), (turn, dt)]
    cells = torch.stack([(one * other).sum(0) for one, other in pairs])
    if with_rotation:
        cells = halve(cells)
    moments = smooth(cells)
    xx, yy, xy, xt, yt, tt = moments[:6].unbind(0)
    a, b = xx + DAMPING, yy + DAMPING
    determinant = a * b - xy * xy
    flow_x, flow_y = (xy * yt - b * xt) / determinant, (xy * xt - a * yt) / determinant
    features = []
    if with_rotation:
        features.append((_rotation_rate(moments, flow_x, flow_y) * 4).clamp(-2, 2))
    explained = (-(flow_x * xt + flow_y * yt) / (tt + 1e-4)).clamp(0, 1)
    return [
        *features,
        (a - b) / (a + b),  # how edges lie: upright or level,
        2 * xy / (a + b),  # and along which diagonal
        flow_x.clamp(-LARGEST_FLOW, LARGEST_FLOW),
        flow_y.clamp(-LARGEST_FLOW, LARGEST_FLOW),
        _log_energy(tt),  # how much changes around here,
        (a + b).log() * 0.3 + 1.5,  # how much there is to see,
        explained * 2 - 1,  # how much of the change the flow explains,
        _log_energy(cells[5]),  # and how much changes in this very cell
    ]


@torch.no_grad()
def motion_features(pixel_values_videos: torch.Tensor) -> torch.Tensor:
    """Measure local motion between neighbouring frames.

    At 1/2 and 1/4 of the resolution each cell of 4 x 4 pixels gets the flow of the 12 x 12 window around it, how its
    edges lie, how much changes there and how much of that the flow explains; at 1/2 also the rate of turning.
    Colour, and its difference from the clip's mean, are added. No gradient: there is nothing to learn here.

    Args:
        pixel_values_videos: `(B, T, C, H, W)`, values from -1 to 1, T at least 2, H and W multiples of 8.

    Returns:
        `(B, T - 1, H / 4, W / 4, 18 + 2 C)` float32, each feature of order one; the last tells how far the
        cell's colour is from its mean over the clip.
    """
    with torch.autocast(pixel_values_videos.device.type, enabled=False):
        frames = halve(pixel_values_videos.float().permute(2, 0, 1, 3, 4) / 2)  # (C, B, T, H / 2, W / 2)
        features = _level(frames, with_rotation=True)
        frames = halve(frames)
        features += _level(frames, with_rotation=False)
        colour = frames[:, :, :-1]
        difference = colour - frames.mean(2, keepdim=True)
        features += [*(colour * 3), *(difference * 5), difference.square().sum(0).sqrt() * 6 - 1]
        return torch.stack(features, -1)


__all__ = ["CELL", "NUM_FIXED_FEATURES", "motion_features"]
