"""Draw a motion: first the words, evenly; then a path that fits the frame and deserves them.

The words are drawn first so that every direction, speed and turn is equally common. The path is then
drawn, held inside the frame and *read*; only if what was drawn reads as the words is it kept. The facts
are those of the reading, never those of the intention.
"""

from __future__ import annotations

import math

import numpy as np

from locomotion_hf.errors import MotionError
from locomotion_hf.types import DIRECTIONS, ROTATIONS, SPEEDS, Direction, Phase, Rotation, Speed, Trajectory

from .facts import DIRECTION_HALF_WIDTH, ROTATION_STATED, SPEED_BANDS, read_phases
from .outline import Outline

Words = tuple[tuple[Direction, Speed, Rotation | None], ...]

#: One, two or three phases (METHOD A7, from the keyframe counts of the authors' earlier code).
PHASE_SHARES = (0.5, 0.3, 0.2)
#: Seconds: below this a phase is over before a viewer, or a model of 8 frames, has seen it.
SHORTEST_PHASE = 0.4
#: Keyframes lie evenly, each moved by at most this share of the spacing. METHOD A7 has a third, which
#: can leave a phase of a third of the spacing; a sixth keeps each at two thirds or more.
KEYFRAME_JITTER = 1 / 6
#: Half of the phases turn, evenly in both senses (own choice: rotation is a fact like the others).
TURNING_SHARE = 0.5
#: Degrees a phase, and degrees a second: 140 a second is 35 from one of 4 frames a second to the next,
#: less than half of the 90 at which a square looks the same again.
LARGEST_TURN, FASTEST_TURN = 140.0, 140.0
#: Degrees: two phases with different words must also look different.
SMALLEST_BEND = 40.0

_TRIES = 60


def sample_words(rng: np.random.Generator, seconds: float, turn_shows: bool = True) -> Words:
    """Draw what is going to happen.

    Args:
        rng: the stream of this draw.
        seconds: length of the clip; short clips get fewer phases.
        turn_shows: whether the object may turn.

    Returns:
        `(direction, speed, rotation)` for each phase; neighbours differ in direction.
    """
    most = min(len(PHASE_SHARES), max(1, int(seconds / (SHORTEST_PHASE / (1 - 2 * KEYFRAME_JITTER)) + 1e-9)))
    shares = np.array(PHASE_SHARES[:most])
    words: list[tuple[Direction, Speed, Rotation | None]] = []
    for _ in range(rng.choice(most, p=shares / shares.sum()) + 1):
        others = [d for d in DIRECTIONS if not words or d != words[-1][0]]
        direction, speed = others[rng.integers(len(others))], SPEEDS[rng.integers(len(SPEEDS))]
        turns, sense = rng.random() < TURNING_SHARE, ROTATIONS[rng.integers(2)]
        words.append((direction, speed, sense if turns and turn_shows else None))
    return tuple(words)


def _plan(rng: np.random.Generator, words: Words, seconds: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keyframe times, displacements from the start in frame-widths `(K, 2)`, and angles, as intended."""
    count = len(words)
    ticks = np.arange(count + 1) / count
    ticks[1:-1] += rng.uniform(-KEYFRAME_JITTER, KEYFRAME_JITTER, count - 1) / count
    times = ticks * seconds
    steps, turns = np.zeros((count + 1, 2)), np.zeros(count + 1)
    for i, (direction, speed, rotation) in enumerate(words):
        lasting = times[i + 1] - times[i]
        heading = 45.0 * DIRECTIONS.index(direction)
        heading += rng.uniform(-DIRECTION_HALF_WIDTH, DIRECTION_HALF_WIDTH)
        length = rng.uniform(*SPEED_BANDS[speed]) * lasting
        steps[i + 1] = length * math.cos(math.radians(heading)), length * math.sin(math.radians(heading))
        most = max(ROTATION_STATED, min(LARGEST_TURN, FASTEST_TURN * lasting))
        turn = rng.uniform(ROTATION_STATED, most)
        turns[i + 1] = 0.0 if rotation is None else turn if rotation == "clockwise" else -turn
    return times, steps.cumsum(0), turns.cumsum()


def keep_inside(centres: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Hold keyframes inside the frame; straight lines between them then stay inside too.

    Args:
        centres: `(K, 2)` fractions of the frame.
        margins: `(2, 2)` from `Outline.margins`.
    """
    return np.clip(centres, margins[0], 1 - margins[1])


def _bends(centres: np.ndarray, aspect: float) -> bool:
    steps = np.diff(centres, axis=0) * (1.0, aspect)
    headings = np.degrees(np.arctan2(steps[:, 1], steps[:, 0]))
    return bool(np.all(np.abs((np.diff(headings) + 180) % 360 - 180) >= SMALLEST_BEND))


def sample_motion(
    rng: np.random.Generator,
    words: Words,
    outline: Outline,
    size: float,
    frame_times: np.ndarray,
    aspect: float = 1.0,
) -> tuple[Trajectory, tuple[Phase, ...]] | None:
    """Draw a path for the words.

    The start is uniform over the places from which the whole path stays inside; where there is none, it
    is uniform over the frame and the path is cut at the border, as in the authors' earlier code.

    Args:
        rng: the stream of this draw.
        words: what shall happen, from `sample_words`.
        outline: the object's reach.
        size: longer side as a fraction of the frame's shorter side.
        frame_times: `(T,)` seconds at which frames are kept, from 0.
        aspect: frame height over width.

    Returns:
        The path as drawn and the phases read from it, which have exactly these words; None when no such
        path was found (fast and far, for a large object).

    Raises:
        MotionError: the object is larger than the frame.
    """
    frame = np.array([1.0, aspect])
    for _ in range(_TRIES):
        times, offsets, angles = _plan(rng, words, float(frame_times[-1]))
        margins = outline.margins(angles, size, aspect)
        room = 1 - margins.sum(0)
        if np.any(room <= 0):
            raise MotionError(
                f"an object of size {size:.2f} reaches over {1 - room.min():.2f} of the frame as it turns.",
                "less than 1.",
                "lower the recipe's `sizes`.",
            )
        offsets /= frame
        low, high = margins[0] - offsets.min(0), 1 - margins[1] - offsets.max(0)
        fits = low <= high
        start = rng.uniform(np.where(fits, low, margins[0]), np.where(fits, high, 1 - margins[1]))
        centres = keep_inside(start + offsets, margins)
        path = Trajectory(times, centres, angles, size, aspect)
        phases = read_phases(path, frame_times, outline.turn_shows)
        if phases and tuple(p.words for p in phases) == words and _bends(centres, aspect):
            return path, phases
    return None
