"""Read the words that a drawn path deserves, by the table in `facts.py`.

The path is looked at as it was drawn; what was intended plays no part. A path that falls between two
words has no facts, and the sampler draws another. All figures are the table's,
but for a little slack that keyframes need.
"""

from __future__ import annotations

import math

import numpy as np

from locomotion_hf.facts import (
    DIRECTIONS,
    Change,
    Direction,
    Edge,
    Growth,
    Move,
    Phase,
    Rotation,
    Shape,
    Speed,
    Turns,
    Way,
)
from locomotion_hf.types import Trajectory

from .outline import Outline
from .shapes import DIRECTION_HALF_WIDTH, SPEED_BANDS

#: A turn below 15 degrees stays silent (own choice); one above 45 is plain to see at 8 frames; nothing
#: is said for certain between the two.
ROTATION_SILENT, ROTATION_STATED = 15.0, 45.0
#: Degrees that each word for the extent of a turn covers; "half a turn" is no claim to a degree.
TURN_BANDS: dict[Turns | None, tuple[float, float]] = {
    None: (45.0, 145.0),
    "half": (165.0, 195.0),
    "once": (340.0, 380.0),
    "twice": (700.0, 740.0),
    "three times": (1060.0, 1100.0),
}
GROWTH_SILENT, GROWTH_STATED = 1.1, 1.4
CHANGE_SILENT, CHANGE_STATED = 1.2, 2.0
EDGES: tuple[Edge, ...] = ("left", "top", "right", "bottom")
_SLACK = 1e-6


def direction_of(dx: float, dy: float) -> Direction | None:
    """The sector that a displacement points into; None near the border of two.

    Args:
        dx: frame-widths to the right.
        dy: frame-widths downwards.
    """
    angle = math.degrees(math.atan2(dy, dx)) % 360
    sector = round(angle / 45)
    if abs(angle - 45 * sector) > DIRECTION_HALF_WIDTH + _SLACK:
        return None
    return DIRECTIONS[sector % 8]


def speed_of(frame_widths_per_second: float) -> Speed | None:
    """The word for a speed; None in a dead band."""
    for speed, (low, high) in SPEED_BANDS.items():
        if low - _SLACK <= frame_widths_per_second <= high + _SLACK:
            return speed
    return None


class Uncertain(Exception):
    """No word is certain."""


def _require(certain: object) -> None:
    if not certain:
        raise Uncertain


def read_phases(path: Trajectory, outline: Outline) -> tuple[Phase, ...] | None:
    """State what a drawn path does.

    Args:
        path: the path as drawn.
        outline: the object's reach, and whether its turning shows.

    Returns:
        The phases in order, neighbours with equal words merged; None when no word is certain for one of
        them, or when the object crosses the frame's border without entering or leaving for good.
    """
    phases: list[Phase] = []
    try:
        for start, end in zip(path.borders[:-1], path.borders[1:], strict=True):
            move, since = read_move(path, float(start), float(end), outline), float(start)
            if phases and phases[-1].move == move:
                # Told as one, they may deserve other words: two laps, twice the turn.
                since = phases.pop().start
                move = read_move(path, since, float(end), outline)
            phases.append(Phase(move, round(since, 6), round(float(end), 6)))
    except Uncertain:
        return None
    # What comes must come first, and what goes must go last.
    if any(p.move.enters for p in phases[1:]) or any(p.move.leaves for p in phases[:-1]):
        return None
    return tuple(phases)


def read_move(path: Trajectory, start: float, end: float, outline: Outline) -> Move:
    """The words of one phase.

    Raises:
        Uncertain: one of them falls between two words.
    """
    inside = (path.times > start + _SLACK) & (path.times < end - _SLACK)
    times = np.concatenate([[start], path.times[inside], [end]])
    centres, angles, sizes = path.at(times)
    places = (centres - centres[0]) * (1.0, path.aspect)
    seconds = end - start
    shape, sense, laps, way = _shape(places)
    direction: Direction | None = None
    if shape in ("line", "arc", "zigzag"):
        direction = direction_of(*places[-1])
        _require(direction)
    elif shape == "bounce":
        across = float(places[-1, 0])
        _require(abs(across) >= 0.12 or abs(across) < 0.02)
        direction = None if abs(across) < 0.02 else "right" if across > 0 else "left"
    steps = np.hypot(*np.diff(places, axis=0).T)
    change = _change(times, steps, seconds) if shape in ("line", "arc", "circle") else None
    speed: Speed | None = None
    if shape not in ("still", "bounce", "shake") and change is None:
        speed = speed_of(float(steps.sum()) / seconds)
        _require(speed)
    rotation, turns = _turning(angles) if outline.turn_shows else (None, None)
    enters, leaves = _crossings(centres, outline.extents(angles, sizes, path.aspect))
    _require(shape == "line" or not (enters or leaves))
    growth = _growth(times, sizes)
    return Move(direction, speed, rotation, shape, sense, laps, way, change, turns, growth, enters, leaves)


def _turning(angles: np.ndarray) -> tuple[Rotation | None, Turns | None]:
    turn = float(angles[-1] - angles[0])
    _require(np.ptp(angles) - abs(turn) < ROTATION_SILENT)  # not to and fro
    if abs(turn) < ROTATION_SILENT:
        return None, None
    for turns, (low, high) in TURN_BANDS.items():
        if low - _SLACK <= abs(turn) <= high + _SLACK:
            return "clockwise" if turn > 0 else "anticlockwise", turns
    raise Uncertain


def _growth(times: np.ndarray, sizes: np.ndarray) -> Growth | None:
    grown = np.log(sizes / sizes[0])
    even = grown[-1] * (times - times[0]) / (times[-1] - times[0])
    _require(np.abs(grown - even).max() < math.log(GROWTH_SILENT))
    factor = math.exp(abs(grown[-1]))
    _require(factor < GROWTH_SILENT or factor >= GROWTH_STATED - _SLACK)
    if factor < GROWTH_SILENT:
        return None
    return "growing" if grown[-1] > 0 else "shrinking"


def _change(times: np.ndarray, steps: np.ndarray, seconds: float) -> Change | None:
    along = np.concatenate([[0.0], steps.cumsum()])
    marks = np.interp(times[0] + seconds * np.array([0, 1 / 3, 2 / 3, 1]), times, along)
    first, last = marks[1] - marks[0], marks[3] - marks[2]
    factor = max(first, last) / max(min(first, last), 1e-9)
    _require(factor <= CHANGE_SILENT or factor >= CHANGE_STATED)
    if factor <= CHANGE_SILENT:
        return None
    return "accelerating" if last > first else "decelerating"


def _crossings(centres: np.ndarray, extents: np.ndarray) -> tuple[Edge | None, Edge | None]:
    """The edges over which the object comes and goes in this phase."""
    low, high = centres - extents[:, 0], centres + extents[:, 1]  # of what is covered
    whole = np.all(low >= -_SLACK, 1) & np.all(high <= 1 + _SLACK, 1)
    if whole.all():
        return None, None
    outside = np.stack([high[:, 0] < 0, high[:, 1] < 0, low[:, 0] > 1, low[:, 1] > 1], 1)
    # It crosses one border only: the other axis stays inside.
    enters = next((edge for edge, out in zip(EDGES, outside[0], strict=True) if out), None)
    leaves = next((edge for edge, out in zip(EDGES, outside[-1], strict=True) if out), None)
    _require((enters is None) != (leaves is None))
    axis = EDGES.index(enters or leaves) % 2
    other = 1 - axis
    _require(low[:, other].min() >= -_SLACK and high[:, other].max() <= 1 + _SLACK)
    _require(whole[-1] if enters else whole[0])
    return enters, leaves


def _shape(places: np.ndarray) -> tuple[Shape, Rotation | None, int, Way | None]:
    """Shape, sense, laps and way of a path `(K, 2)` in frame-widths."""
    span = np.ptp(places, axis=0)
    if np.hypot(*places.T).max() <= 0.005:
        return "still", None, 0, None
    _require(span.max() >= 0.03 - _SLACK)
    steps = np.diff(places, axis=0)
    length = np.hypot(*steps.T)
    straight = float(np.hypot(*places[-1]))
    if straight >= 0.98 * length.sum():
        across = np.abs(places @ np.array([-places[-1, 1], places[-1, 0]])) / straight
        if across.max() <= 0.02 * length.sum():
            return "line", None, 0, None
    shaken = _shake(places, span)
    if shaken:
        return "shake", None, 0, shaken
    moving = length > 1e-9
    headings = np.unwrap(np.arctan2(steps[moving, 1], steps[moving, 0]))
    bends = np.degrees(np.diff(headings))
    sharp = np.flatnonzero(np.abs(bends) > 25)
    if len(sharp):
        _hops_or_legs = _bounce(places) or _zigzag(places)
        _require(_hops_or_legs)
        return _hops_or_legs or "bounce", None, 0, None
    bend = float(bends.sum())
    _require(abs(bend) >= 80 - 2 and np.all(np.sign(bend) * bends > -_SLACK))
    sense: Rotation = "clockwise" if bend > 0 else "anticlockwise"
    # A polyline of K points bends K - 2 times only: count the half step at each end too.
    bend += (bends[0] + bends[-1]) / 2
    if abs(bend) <= 200:
        return "arc", sense, 0, None
    shape, laps, way = _around(places)
    return shape, sense, laps, way


def _around(places: np.ndarray) -> tuple[Shape, int, Way | None]:
    """Circle, ellipse or spiral: by the distance to the centre."""
    # .06 of a lap leave a gap of .19 of a circle's width; the ends of a spiral are further apart.
    closed = float(np.hypot(*places[-1])) < 0.2 * float(np.ptp(places, axis=0).max())
    if closed:
        middle = (places.max(0) + places.min(0)) / 2
        # The centre of an ellipse is the middle of its extent, however it lies.
        offset = places - middle
        turned = np.unwrap(np.arctan2(offset[:, 1], offset[:, 0]))
        laps = abs(float(turned[-1] - turned[0])) / (2 * math.pi)
        _require(abs(laps - round(laps)) <= 0.06 and 1 <= round(laps) <= 3)
        radius = np.hypot(*offset.T)
        if radius.min() > 0.9 * radius.max():
            return "circle", round(laps), None
        _require(radius.min() <= 0.6 * radius.max())
        return "ellipse", round(laps), None
    # Along a spiral about its centre c the distance r changes evenly with the angle: solve for c where
    # the bends say that the path turns about it. The inner end lies near the centre.
    centre, inwards = _spiral_centre(places)
    radius = np.hypot(*(places - centre).T)
    steps = np.diff(radius)
    _require(np.all(steps <= _SLACK) if inwards else np.all(steps >= -_SLACK))
    _require(max(radius[0], radius[-1]) >= 2 * min(radius[0], radius[-1]))
    turned = np.unwrap(np.arctan2(*(places - centre).T[::-1]))
    _require(abs(turned[-1] - turned[0]) >= 1.4 * 2 * math.pi)
    return "spiral", 0, "inwards" if inwards else "outwards"


def _spiral_centre(places: np.ndarray) -> tuple[np.ndarray, bool]:
    """The centre of r = a + b t at an even angular rate w: there d2p/dt2 + w2 p is 2 b w times the tangent.

    Fitted by least squares over the complex form p(t) = c + (a + b t) exp(i w t), w by search.
    """
    z = places[:, 0] + 1j * places[:, 1]
    time = np.linspace(0, 1, len(z))
    best: tuple[float, complex, float] = (math.inf, 0j, 0.0)
    rough = np.unwrap(np.angle(np.diff(z)))
    about = (rough[-1] - rough[0]) * len(z) / (len(z) - 2)
    for rate in about * np.linspace(0.9, 1.1, 81):
        turn = np.exp(1j * rate * time)
        basis = np.stack([np.ones_like(turn), turn, time * turn], 1)
        solved, *_ = np.linalg.lstsq(basis, z, rcond=None)
        error = float(np.abs(basis @ solved - z).max())
        if error < best[0]:
            start, end = abs(solved[1]), abs(solved[1] + solved[2])
            best = (error, complex(solved[0]), end - start)
    _require(best[0] < 0.004)
    return np.array([best[1].real, best[1].imag]), best[2] < 0


def _shake(places: np.ndarray, span: np.ndarray) -> Way | None:
    """A level or upright sinusoid of 2.5 or more cycles, .015 to .05 to either side."""
    axis = int(span[1] > span[0])
    along = places[:, axis]
    sides = along.max(), -along.min()
    if span[1 - axis] > 0.002 or min(sides) < 0.015 - _SLACK or max(sides) > 0.05 + _SLACK:
        return None
    crossings = np.flatnonzero(np.diff(np.sign(along[1:-1] + 1e-12)) != 0)
    if len(crossings) < 4 or abs(along[-1]) > 0.01:
        return None
    # On the average a sinusoid is at .64 of its furthest; straight lines are at .5, what dies away is below.
    if not 0.57 <= np.abs(along).mean() / max(sides) <= 0.7:
        return None
    return "sideways" if axis == 0 else "up and down"


def _bounce(places: np.ndarray) -> Shape | None:
    """Two or more equal hops upwards from a level floor."""
    height = -places[:, 1]
    if height.min() < -0.002 or abs(height[-1]) > 0.002 or height.max() < 0.05:
        return None
    floor = np.flatnonzero((height[1:-1] <= height[:-2]) & (height[1:-1] <= height[2:])) + 1
    if len(floor) < 1 or height[floor].max() > 0.1 * height.max():
        return None
    hops = [height[a : b + 1] for a, b in zip([0, *floor], [*floor, len(height) - 1], strict=True)]
    tops = [float(hop.max()) for hop in hops]
    # A parabola has three quarters of its height after a quarter of its time, a slanted leg has half.
    quarters = [np.interp(0.25, np.linspace(0, 1, len(hop)), hop) / top for hop, top in zip(hops, tops, strict=True)]
    across = np.diff(places[:, 0])
    even = np.ptp(across) <= 0.02 * float(np.abs(across).max()) + 1e-9
    return "bounce" if min(tops) >= 0.9 * max(tops) and min(quarters) > 0.65 and even else None


def _zigzag(places: np.ndarray) -> Shape | None:
    """Four or more equal legs, alternately to either side of the connection."""
    along = places[-1] / max(1e-9, float(np.hypot(*places[-1])))
    across = places @ np.array([-along[1], along[0]])
    corners = np.flatnonzero((np.diff(across)[:-1] * np.diff(across)[1:]) <= 0) + 1
    corners = corners[np.concatenate([[True], np.diff(corners) > 2])] if len(corners) else corners
    marks = np.concatenate([[0], corners, [len(places) - 1]])
    legs = np.diff(places[marks], axis=0)
    lengths = np.hypot(*legs.T)
    # How far a leg strays from its chord, as a share of it: a corner between two keyframes little, a hop a lot.
    strays = [
        np.abs((places[a : b + 1] - places[a]) @ (-leg[1], leg[0])).max() / max(1e-9, leg @ leg)
        for a, b, leg in zip(marks[:-1], marks[1:], legs, strict=True)
    ]
    slants = np.degrees(np.arctan2(legs @ np.array([-along[1], along[0]]), legs @ along))
    regular = (
        len(legs) >= 4
        and max(strays) <= 0.05
        and lengths.min() >= 0.75 * lengths.max()
        and np.all(np.abs(slants) >= 28)
        and np.all(np.abs(slants) <= 52)
        and np.all(np.sign(slants[1:]) == -np.sign(slants[:-1]))
    )
    return "zigzag" if regular else None
