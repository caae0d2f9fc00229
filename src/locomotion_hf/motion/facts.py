"""The meeting point of the rooms: what a drawn path is, in words that a caption may use.

Between two words lies a dead band in which no word is certain. A path that falls into one has no facts,
and the sampler draws another.
"""

from __future__ import annotations

import math

import numpy as np

from locomotion_hf.types import DIRECTIONS, Direction, Phase, Rotation, Speed, Trajectory

#: Frame-widths per second that each word stands for. METHOD A13 proposes .15 and .45 as borders; with
#: those, nothing can cross a two-second clip "quickly" in one phase and stay inside the frame. These
#: bands are the fastest for which every word fits every object size; a viewer tells ratios of two apart.
SPEED_BANDS: dict[Speed, tuple[float, float]] = {
    "slow": (0.05, 0.11),
    "moderate": (0.15, 0.24),
    "fast": (0.31, 0.55),
}
#: Half of a 45 degree sector, less the 4 degrees in which neighbours are confused (METHOD A12).
DIRECTION_HALF_WIDTH = 18.5
#: A turn below 15 degrees stays silent (METHOD A15); one above 45 is plain to see at 8 frames; nothing
#: is said for certain between the two.
ROTATION_SILENT, ROTATION_STATED = 15.0, 45.0


def direction_of(dx: float, dy: float) -> Direction | None:
    """The sector that a displacement points into; None near the border of two.

    Args:
        dx: frame-widths to the right.
        dy: frame-widths downwards.
    """
    angle = math.degrees(math.atan2(dy, dx)) % 360
    sector = round(angle / 45)
    if abs(angle - 45 * sector) > DIRECTION_HALF_WIDTH + 1e-9:
        return None
    return DIRECTIONS[sector % 8]


def speed_of(frame_widths_per_second: float) -> Speed | None:
    """The word for a speed; None in a dead band."""
    for speed, (low, high) in SPEED_BANDS.items():
        if low - 1e-9 <= frame_widths_per_second <= high + 1e-9:
            return speed
    return None


def read_phases(path: Trajectory, frame_times: np.ndarray, turn_shows: bool = True) -> tuple[Phase, ...] | None:
    """State what a drawn path does, at the frames that are kept.

    Args:
        path: the path as drawn, after it was held inside the frame.
        frame_times: `(T,)` seconds.
        turn_shows: False when the object looks the same at every angle: its turns are not stated.

    Returns:
        The phases in order, neighbours with equal words merged; None when any of them falls into a dead
        band, lasts less than two frames, or hardly moves.
    """
    phases: list[Phase] = []
    for start, end in zip(path.times[:-1], path.times[1:], strict=True):
        kept = frame_times[(frame_times >= start - 1e-9) & (frame_times <= end + 1e-9)]
        if len(kept) < 2:
            return None
        seconds = kept[-1] - kept[0]
        centres, angles = path.at(kept[[0, -1]])
        dx, dy = (centres[1] - centres[0]) * (1.0, path.aspect)
        direction, speed = direction_of(dx, dy), speed_of(math.hypot(dx, dy) / seconds)
        # The turn of the whole phase, from the rate at the frames kept.
        turn = (angles[1] - angles[0]) / seconds * (end - start) if turn_shows else 0.0
        if direction is None or speed is None or ROTATION_SILENT <= abs(turn) < ROTATION_STATED:
            return None
        rotation: Rotation | None = None
        if abs(turn) >= ROTATION_STATED:
            rotation = "clockwise" if turn > 0 else "anticlockwise"
        phase = Phase(direction, speed, rotation, round(float(start), 6), round(float(end), 6))
        if phases and phases[-1].words == phase.words:
            phase = Phase(*phase.words, phases.pop().start, phase.end)
        phases.append(phase)
    return tuple(phases)
