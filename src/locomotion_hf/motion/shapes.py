"""The shapes of a path: how long each may take, and the curve itself.

Every shape is a function of time from 0 to 1, in frame-widths from where the phase begins. What a shape
must satisfy to deserve its word is in `facts.py`; the figures here lie well inside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from locomotion_hf.facts import DIRECTIONS, Move, Speed

#: Frame-widths per second that each word stands for. With .15 and .45 as borders, the first that
#: come to mind, nothing can cross a two-second clip "quickly" in one phase and stay inside the frame. These
#: bands are the fastest for which every word fits every object size; a viewer tells ratios of two apart.
SPEED_BANDS: dict[Speed, tuple[float, float]] = {
    "slow": (0.05, 0.11),
    "moderate": (0.15, 0.24),
    "fast": (0.31, 0.55),
}
#: The mean speed of a motion that speeds up or slows down; it has no word.
CHANGING_BAND = (0.12, 0.40)
#: Half of a 45 degree sector, less the 4 degrees in which neighbours are confused (own choice).
DIRECTION_HALF_WIDTH = 18.5
#: Keyframes a second; between them a path is straight. A fast lap of a second has 48 corners then, whose
#: sides stray from the circle by a 500th of its radius.
KEYFRAMES_PER_SECOND = 48

#: Own choices, in frame-widths: large enough to be seen at 112 pixels, small enough to fit beside others.
RADII = (0.07, 0.24)
LONG_AXES, AXIS_RATIOS = (0.11, 0.22), (0.35, 0.52)
SPIRAL_RADII, SPIRAL_INNER, SPIRAL_LAPS = (0.11, 0.20), 0.03, (1.5, 2.5)
LINE_LENGTHS = (0.03, 0.62)
#: Of a line that enters or leaves: the object's own length and beyond, so that it is seen whole for a while.
CROSSING_LENGTHS = (0.55, 0.95)
ARC_TURNS, ARC_LENGTHS = (90.0, 180.0), (0.16, 0.75)
LEGS, LEG_TURNS, ZIGZAG_LENGTHS = (4, 6), (34.0, 46.0), (0.24, 0.78)
HOPS, HOP_HEIGHTS, HOP_TRAVEL = (2, 4), (0.07, 0.20), (0.15, 0.55)
CYCLES, SHAKES = (3.0, 6.0), (0.022, 0.042)
#: Seconds. Below these a shape is over before a viewer has seen it ...
SHORTEST = {"line": 0.4, "arc": 0.6, "still": 0.5, "lap": 1.0, "leg": 0.3, "hop": 0.5, "cycle": 0.4}
#: ... and frames, below which nobody can see it at all.
FEWEST_FRAMES = {"line": 3, "arc": 5, "still": 3, "lap": 8, "leg": 2.5, "hop": 5, "cycle": 4}
#: Seconds that a rest may last.
LONGEST_REST = 8.0


def unit(direction: str) -> np.ndarray:
    """`(2,)` the middle of a sector, of length one."""
    angle = math.radians(45 * DIRECTIONS.index(direction))
    return np.array([math.cos(angle), math.sin(angle)])


def _least(part: str, fps: float) -> float:
    return max(SHORTEST[part], FEWEST_FRAMES[part] / fps)


def lasting(move: Move, fps: float) -> tuple[float, float]:
    """The seconds that a move may take at a frame rate: least and most; the least may exceed the most."""
    part, count, lengths = "line", 1.0, LINE_LENGTHS
    if move.enters or move.leaves:
        lengths = CROSSING_LENGTHS
    if move.change:
        part = "arc"  # three thirds have to be told apart
    if move.shape == "still":
        return _least("still", fps), LONGEST_REST
    if move.shape == "shake":
        # The most cycles, each as slow as it may be.
        return CYCLES[0] * _least("cycle", fps), CYCLES[1] * 2 * _least("cycle", fps)
    if move.shape == "bounce":
        return HOPS[0] * _least("hop", fps), HOPS[1] * 1.5 * _least("hop", fps)
    if move.shape == "arc":
        part, lengths = "arc", ARC_LENGTHS
    elif move.shape == "circle":
        part, count = "lap", move.laps
        lengths = 2 * math.pi * count * RADII[0], 2 * math.pi * count * RADII[1]
    elif move.shape == "ellipse":
        part, count = "lap", move.laps
        # What every ratio of axes can do.
        lengths = (
            count * circumference(LONG_AXES[0], LONG_AXES[0] * AXIS_RATIOS[1]),
            count * circumference(LONG_AXES[1], LONG_AXES[1] * AXIS_RATIOS[0]),
        )
    elif move.shape == "spiral":
        part, count = "lap", SPIRAL_LAPS[0]
        mean = [(radius + SPIRAL_INNER) / 2 for radius in SPIRAL_RADII]
        # The way outwards adds up to 8 % to a short one, hardly anything to a long one.
        lengths = 1.08 * 2 * math.pi * SPIRAL_LAPS[0] * mean[0], 2 * math.pi * SPIRAL_LAPS[1] * mean[1]
    elif move.shape == "zigzag":
        part, count, lengths = "leg", LEGS[0], ZIGZAG_LENGTHS
    slowest, fastest = SPEED_BANDS[move.speed] if move.speed else CHANGING_BAND
    # A little room at both ends, so that there is something to draw from.
    return max(count * _least(part, fps), 1.05 * lengths[0] / fastest), 0.95 * lengths[1] / slowest


def circumference(a: float, b: float) -> float:
    """Of an ellipse with half axes a and b, by Ramanujan's first approximation (1914)."""
    return math.pi * (3 * (a + b) - math.sqrt((3 * a + b) * (a + 3 * b)))


class _DoesNotFit(Exception):
    """No length that the shape allows has the stated speed."""


@dataclass(frozen=True)
class _Draw:
    """Uniform draws for one phase."""

    rng: np.random.Generator
    move: Move
    seconds: float

    def within(self, band: tuple[float, float]) -> float:
        return float(self.rng.uniform(*band))

    def length(self, lengths: tuple[float, float]) -> float:
        """A path length of the stated speed, within the lengths that the shape allows."""
        slowest, fastest = SPEED_BANDS[self.move.speed] if self.move.speed else CHANGING_BAND
        low, high = max(slowest * self.seconds, lengths[0]), min(fastest * self.seconds, lengths[1])
        if low > high:
            raise _DoesNotFit
        return self.within((low, high))

    @property
    def heading(self) -> float:
        """Degrees, within the sector of the stated direction."""
        spread = self.within((-DIRECTION_HALF_WIDTH, DIRECTION_HALF_WIDTH)) * 0.97
        return 45.0 * DIRECTIONS.index(self.move.direction) + spread

    @property
    def sense(self) -> int:
        return 1 if self.move.sense == "clockwise" else -1


def curve(rng: np.random.Generator, move: Move, seconds: float, fps: float) -> np.ndarray | None:
    """Draw a path for a move.

    Args:
        rng: the stream of this draw.
        move: the words.
        seconds: of the phase.
        fps: of the clip: nothing is drawn faster than its frames can show.

    Returns:
        `(K, 2)` frame-widths from the first place, evenly spaced in time, the first row zero; None when
        the words do not fit the seconds.
    """
    # A multiple of twelve, so that the corners of 2, 3, 4 and 6 hops or legs are keyframes.
    count = 12 * max(1, math.ceil(seconds * KEYFRAMES_PER_SECOND / 12))
    draw = _Draw(rng, move, seconds)
    try:
        places = _SHAPES[move.shape](draw, _progress(draw, np.linspace(0, 1, count + 1)), fps)
    except _DoesNotFit:
        return None
    return places - places[0]


def _progress(draw: _Draw, time: np.ndarray) -> np.ndarray:
    """Even, or evenly speeding up or slowing down: from 0 to 1."""
    if not draw.move.change:
        return time
    # Last third over first third of (1 - s) t + s t^2 is (3 + 2 s) / (3 - 2 s): 2.4 at s = .62, 4.4 at .95.
    share = draw.within((0.62, 0.95))
    along = (1 - share) * time + share * time**2
    return along if draw.move.change == "accelerating" else 1 - along[::-1]


def _bearing(degrees: float) -> np.ndarray:
    return np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])


def _around(phase: np.ndarray, start: float, sense: int) -> np.ndarray:
    """`(K, 2)` unit vectors, `phase` laps on from a start in degrees."""
    angle = math.radians(start) + sense * 2 * math.pi * phase
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def _still(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    return np.zeros((len(time), 2))


def _line(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    lengths = CROSSING_LENGTHS if draw.move.enters or draw.move.leaves else LINE_LENGTHS
    return time[:, None] * draw.length(lengths) * _bearing(draw.heading)


def _arc(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    bend = math.radians(draw.within(ARC_TURNS))
    length = draw.length(ARC_LENGTHS)
    # The chord's heading lies halfway between the first and the last.
    heading = math.radians(draw.heading) + draw.sense * bend * (time - 0.5)
    radius = length / bend
    return draw.sense * radius * np.stack([np.sin(heading), -np.cos(heading)], 1)


def _circle(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    laps = draw.move.laps
    around = 2 * math.pi * laps
    radius = draw.length((around * RADII[0], around * RADII[1])) / around
    return radius * _around(laps * time, draw.within((0, 360)), draw.sense)


def _ellipse(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    laps, ratio = draw.move.laps, draw.within(AXIS_RATIOS)
    around = laps * circumference(1, ratio)
    longer = draw.length((around * LONG_AXES[0], around * LONG_AXES[1])) / around
    along = _around(laps * time, draw.within((0, 360)), draw.sense) * (longer, longer * ratio)
    cos, sin = _bearing(draw.within((0, 180)))
    return along @ np.array([[cos, sin], [-sin, cos]])


def _spiral(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    most = max(SPIRAL_LAPS[0], min(SPIRAL_LAPS[1], draw.seconds / _least("lap", fps)))
    laps = draw.within((SPIRAL_LAPS[0], most))
    around = _around(laps * time, draw.within((0, 360)), draw.sense)
    share = (time if draw.move.way == "outwards" else 1 - time)[:, None]

    def spiral(outer: float) -> tuple[np.ndarray, float]:
        places = (SPIRAL_INNER + (outer - SPIRAL_INNER) * share) * around
        return places, float(np.hypot(*np.diff(places, axis=0).T).sum())

    shortest, longest = (spiral(outer)[1] for outer in SPIRAL_RADII)
    length = draw.length((shortest, longest))
    # The length of a spiral is very nearly linear in its outer radius.
    return spiral(float(np.interp(length, (shortest, longest), SPIRAL_RADII)))[0]


def _zigzag(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    # An even number of legs: then the connection of first and last place lies between the two slants.
    most = int(draw.seconds / _least("leg", fps) + 1e-9)
    legs = LEGS[1] if most >= LEGS[1] and draw.rng.random() < 0.5 else LEGS[0]
    length, bend = draw.length(ZIGZAG_LENGTHS) / legs, draw.within(LEG_TURNS)
    heading, side = draw.heading, 1 if draw.rng.random() < 0.5 else -1
    steps = [length * _bearing(heading + side * bend * (-1) ** leg) for leg in range(legs)]
    corners = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, 0)])
    return np.stack([np.interp(time * legs, np.arange(legs + 1), corners[:, axis]) for axis in (0, 1)], 1)


def _bounce(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    most = min(HOPS[1], int(draw.seconds / _least("hop", fps) + 1e-9))
    hops = int(draw.rng.integers(HOPS[0], max(HOPS[0], most) + 1))
    within = time * hops - np.floor(time * hops)
    height = draw.within(HOP_HEIGHTS) * 4 * within * (1 - within)
    travel = 0.0
    if draw.move.direction:
        travel = draw.within(HOP_TRAVEL) * (1 if draw.move.direction == "right" else -1)
    return np.stack([travel * time, -height], 1)


def _shake(draw: _Draw, time: np.ndarray, fps: float) -> np.ndarray:
    # Half a cycle more or less returns to the same place.
    most = min(CYCLES[1], draw.seconds / _least("cycle", fps))
    cycles = int(2 * draw.within((CYCLES[0], most)) + 1e-9) / 2
    to_and_fro = draw.within(SHAKES) * np.sin(2 * math.pi * cycles * time)
    zero = np.zeros_like(time)
    return np.stack([to_and_fro, zero] if draw.move.way == "sideways" else [zero, to_and_fro], 1)


_SHAPES = {
    "still": _still,
    "line": _line,
    "arc": _arc,
    "circle": _circle,
    "ellipse": _ellipse,
    "spiral": _spiral,
    "zigzag": _zigzag,
    "bounce": _bounce,
    "shake": _shake,
}
