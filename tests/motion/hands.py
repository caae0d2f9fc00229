"""Paths built by hand, from the mathematics of each shape: nothing here knows how the package draws them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from locomotion_hf.facts import DIRECTIONS, Move
from locomotion_hf.motion import Outline
from locomotion_hf.types import Trajectory

#: Places in frame-widths `(K, 2)`, as a function of the share of time that has passed `(K,)`.
Way = Callable[[np.ndarray], np.ndarray]
PER_SECOND = 60


def cloud(*boxes: tuple[float, float, float, float], disc: float = 0.0) -> np.ndarray:
    """Points on a grid of 1/24 within boxes (x0, y0, x1, y1) or a disc of that radius."""
    x, y = np.meshgrid(np.arange(-0.5, 0.5, 1 / 24) + 1 / 48, np.arange(-0.5, 0.5, 1 / 24) + 1 / 48)
    inside = np.hypot(x, y) <= disc
    for x0, y0, x1, y1 in boxes:
        inside |= (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
    return np.stack([x[inside], y[inside]], 1)


def outline_of(points: np.ndarray, turn_shows: bool = True) -> Outline:
    """About the points' centroid; its reach is that of the furthest point in each direction."""
    points = points - points.mean(0)
    towards = np.radians(np.arange(360))
    reach = (points @ np.stack([np.cos(towards), np.sin(towards)])).max(0) + 1 / 48
    return Outline(reach, turn_shows, points)


BAR = outline_of(cloud((-0.5, -0.25, 0.5, 0.25)))
DISC = outline_of(cloud(disc=0.5), turn_shows=False)
#: An L: its centroid lies off the middle, and what it reaches depends on how it is turned.
ELL = outline_of(cloud((-0.5, -0.5, -0.2, 0.5), (-0.5, 0.2, 0.5, 0.5)))


def walk(
    way: Way,
    seconds: float = 2.0,
    turn: float = 0.0,
    ratio: float = 1.0,
    at: tuple[float, float] | None = None,
    aspect: float = 1.0,
    size: float = 0.1,
    per_second: int = PER_SECOND,
) -> Trajectory:
    """One phase, in the middle of the frame or from `at`, that turns by `turn` degrees and grows to `ratio`."""
    share = np.linspace(0, 1, max(24, round(seconds * per_second / 24) * 24) + 1)
    places = way(share)
    places = places / (1.0, aspect)
    origin = np.array(at) - places[0] if at else 0.5 - (places.max(0) + places.min(0)) / 2
    times = share * seconds
    return Trajectory(times, origin + places, turn * share, size * ratio**share, np.array([0.0, seconds]), aspect)


def joined(*walks: Trajectory) -> Trajectory:
    """One after the other, each from where the one before it ended."""
    path = walks[0]
    for after in walks[1:]:
        path = Trajectory(
            np.concatenate([path.times, path.times[-1] + after.times[1:]]),
            np.concatenate([path.centres, path.centres[-1] + after.centres[1:] - after.centres[0]]),
            np.concatenate([path.angles, path.angles[-1] + after.angles[1:]]),
            np.concatenate([path.sizes, path.sizes[-1] * after.sizes[1:] / after.sizes[0]]),
            np.concatenate([path.borders, path.borders[-1] + after.borders[1:]]),
            path.aspect,
        )
    return path


def still(u: np.ndarray) -> np.ndarray:
    return np.zeros((len(u), 2))


def heading(degrees: float) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])


def line(length: float, degrees: float = 0.0, faster: float = 0.0) -> Way:
    """Last third over first third of the time: (3 + 2 s) / (3 - 2 s) for s = `faster`, -1 to 1."""
    return lambda u: (length * ((1 - faster) * u + faster * u**2))[:, None] * heading(degrees)


def arc(length: float, bend: float, chord: float = 0.0, faster: float = 0.0) -> Way:
    """Bends by so many degrees in all, to the right (clockwise) when positive; its chord points to `chord`."""

    def places(u: np.ndarray) -> np.ndarray:
        v = (1 - faster) * u + faster * u**2
        along = np.radians(chord - bend / 2 + bend * v)
        radius = length / np.radians(bend)
        return radius * np.stack([np.sin(along), -np.cos(along)], 1)

    return places


def ellipse(a: float, b: float, laps: float, tilt: float = 0.0, start: float = 0.0, faster: float = 0.0) -> Way:
    """Clockwise for positive laps; a circle when both half axes are the same."""

    def places(u: np.ndarray) -> np.ndarray:
        v = (1 - faster) * u + faster * u**2
        around = 2 * np.pi * laps * v + np.radians(start)
        x, y = a * np.cos(around), b * np.sin(around)
        cos, sin = heading(tilt)
        return np.stack([x * cos - y * sin, x * sin + y * cos], 1)

    return places


def circle(radius: float, laps: float, start: float = 0.0, faster: float = 0.0) -> Way:
    return ellipse(radius, radius, laps, 0.0, start, faster)


def spiral(first: float, last: float, laps: float, power: float = 1.0) -> Way:
    """Clockwise for positive laps, from one distance to another."""

    def places(u: np.ndarray) -> np.ndarray:
        around = 2 * np.pi * laps * u
        return (first + (last - first) * u**power)[:, None] * np.stack([np.cos(around), np.sin(around)], 1)

    return places


def through(*corners: tuple[float, float]) -> Way:
    """Straight from corner to corner, in equal times."""
    x, y = np.array(corners, float).T
    return lambda u: np.stack([np.interp(u * (len(x) - 1), np.arange(len(x)), axis) for axis in (x, y)], 1)


def zigzag(legs: int, slant: float, length: float, degrees: float = 0.0) -> Way:
    steps = [length / legs * heading(degrees + slant * (-1) ** leg) for leg in range(legs)]
    return through(*np.concatenate([[np.zeros(2)], np.cumsum(steps, 0)]))


def bounce(hops: int, height: float, travel: float = 0.0) -> Way:
    def places(u: np.ndarray) -> np.ndarray:
        within = (u * hops) % 1
        return np.stack([travel * u, -4 * height * within * (1 - within)], 1)

    return places


def shake(reach: float, cycles: float, upright: bool = False) -> Way:
    def places(u: np.ndarray) -> np.ndarray:
        both = np.stack([reach * np.sin(2 * np.pi * cycles * u), np.zeros_like(u)], 1)
        return both[:, ::-1] if upright else both

    return places


_ACROSS = {"right": "left", "left": "right", "in": "in"}
_OTHER = {
    "clockwise": "anticlockwise",
    "accelerating": "decelerating",
    "growing": "shrinking",
    "inwards": "outwards",
}
_OTHER |= {new: old for old, new in _OTHER.items()}


def opposite(direction: str | None) -> str | None:
    return direction and DIRECTIONS[(DIRECTIONS.index(direction) + 4) % 8]


def mirrored(move: Move) -> Move:
    """What the same motion is called in a mirror that changes left and right."""
    direction = move.direction and DIRECTIONS[(4 - DIRECTIONS.index(move.direction)) % 8]
    return replace(
        move,
        direction=direction,
        sense=_OTHER.get(move.sense),
        rotation=_OTHER.get(move.rotation),
        enters=_ACROSS.get(move.enters, move.enters),
        leaves=_ACROSS.get(move.leaves, move.leaves),
    )


def backwards(move: Move) -> Move:
    """What the same motion is called when time runs backwards."""
    return replace(
        move,
        direction=move.direction if move.direction is None else opposite(move.direction),
        sense=_OTHER.get(move.sense),
        rotation=_OTHER.get(move.rotation),
        change=_OTHER.get(move.change),
        growth=_OTHER.get(move.growth),
        way=_OTHER.get(move.way, move.way),
        enters=move.leaves,
        leaves=move.enters,
    )


def seen_in_a_mirror(path: Trajectory) -> Trajectory:
    return replace(path, centres=np.array([1.0, 0.0]) + path.centres * (-1, 1), angles=-path.angles)


def seen_backwards(path: Trajectory) -> Trajectory:
    end = path.times[-1]
    return Trajectory(
        end - path.times[::-1],
        path.centres[::-1],
        path.angles[::-1],
        path.sizes[::-1],
        end - path.borders[::-1],
        path.aspect,
    )
