"""Words measured from drawn mattes, to hold what is stated against.

The `measure*` files are the second opinion on a clip. They know nothing of plans or paths and import no
other room: they look at pixels only, between two times that are given, and take nothing but the names of
words from `facts.py`. Borders between words lie in the middle of the gaps of the table there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from locomotion_hf.facts import DIRECTIONS, Edge, Move, Rotation, Turns

from .measure_cut import complete
from .measure_fit import Fit
from .measure_shapes import best_fit
from .measure_track import Track, follow
from .measure_turns import LOOKS_ALIKE, overlap_turned, turned

_SECTORS = ("right", "down-right", "down", "down-left", "left", "up-left", "up", "up-right")
#: Frame-widths per second: between "slow" (to .11), "moderate" (.15 to .24) and "fast" (from .31).
_SLOW_BELOW, _FAST_ABOVE = 0.13, 0.275
#: Degrees a stretch: between silent (to 15) and stated (from 45).
_TURN_FROM = 30.0
#: A straight, even stretch keeps within this many pixels of its line (thin parts, such as a chair's legs,
#: let the centroid of a drawn matte wander by up to a quarter), and has at least this many frames.
_STRAIGHT_WITHIN, _FEWEST_FRAMES = 0.35, 3
#: Largest turn looked for from one frame to the next, degrees; a square repeats itself after 90.
_LARGEST_STEP = 44
_BEARINGS, _RADII = 360, 16
#: A silhouette shows no turning when its match falls by less than this share as it is turned, or when
#: another angle matches as well but for this share (spokes).
_SHAPELESS, _REPEATS = 0.04, 0.02


@dataclass(frozen=True)
class MeasuredPhase:
    """What can be seen of one straight stretch.

    Attributes:
        direction, speed, rotation: words, as a caption would use them; rotation may be None.
        heading: degrees clockwise from "to the right".
        frame_widths_per_second: the speed.
        turn: degrees over the stretch, clockwise positive.
    """

    direction: str
    speed: str
    rotation: str | None
    heading: float
    frame_widths_per_second: float
    turn: float

    @property
    def words(self) -> tuple[str, str, str | None]:
        """Direction, speed and rotation."""
        return self.direction, self.speed, self.rotation


def centroids(mattes: np.ndarray) -> np.ndarray:
    """Where a matte is.

    Args:
        mattes: `(T, H, W)` uint8.

    Returns:
        `(T, 2)`, x and y in pixels, counted from the centre of the first one.

    Raises:
        ValueError: the object is not seen in some frame.
    """
    weight = mattes.astype(np.float64)
    total = weight.sum((1, 2))
    if not np.all(total > 0):
        raise ValueError(f"the object is not seen in frame {int(np.argmin(total))}; expected it in every frame")
    x = weight.sum(1) @ np.arange(weight.shape[2]) / total
    y = weight.sum(2) @ np.arange(weight.shape[1]) / total
    return np.stack([x, y], 1)


def _turns(mattes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """`(T - 1,)` degrees that the silhouette turned from each frame to the next, clockwise positive."""
    bearings = np.arange(_BEARINGS) * (2 * math.pi / _BEARINGS)
    reach = math.sqrt(float((mattes > 0).sum((1, 2)).max()) / math.pi) * 2
    radii = (np.arange(_RADII) + 0.5) * reach / _RADII
    x = centres[:, 0, None, None] + radii[:, None] * np.cos(bearings)
    y = centres[:, 1, None, None] + radii[:, None] * np.sin(bearings)
    count, height, width = mattes.shape
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy, frame = x - column, y - row, np.arange(count)[:, None, None]
    padded = np.pad(mattes, ((0, 0), (1, 2), (1, 2))).astype(np.float64)
    column, row = column.clip(-1, width) + 1, row.clip(-1, height) + 1
    upper = padded[frame, row, column] * (1 - fx) + padded[frame, row, column + 1] * fx
    lower = padded[frame, row + 1, column] * (1 - fx) + padded[frame, row + 1, column + 1] * fx
    polar = (upper * (1 - fy) + lower * fy) * np.sqrt(radii)[:, None]
    spectrum = np.fft.rfft(polar, axis=-1)
    match = np.fft.fftshift(np.fft.irfft((spectrum[:-1].conj() * spectrum[1:]).sum(1), _BEARINGS), axes=-1)
    steps = np.fft.fftshift(np.fft.fftfreq(_BEARINGS)) * 360
    match = match[:, np.abs(steps) <= _LARGEST_STEP]
    steps = steps[np.abs(steps) <= _LARGEST_STEP]
    best = match.max(1)
    peaks = (match[:, 1:-1] > match[:, :-2]) & (match[:, 1:-1] >= match[:, 2:])
    repeats = (peaks & (match[:, 1:-1] > (1 - _REPEATS) * best[:, None])).sum(1) > 1
    shows = (match.min(1) < (1 - _SHAPELESS) * best) & ~repeats
    return np.where(shows, steps[match.argmax(1)], 0.0)


def _residual(points: np.ndarray) -> float:
    """How far evenly timed points `(n, 2)` stray from an even motion along a line, in pixels."""
    time = np.arange(len(points)) - (len(points) - 1) / 2
    slope = time @ points / (time @ time)
    return float(np.abs(points - points.mean(0) - time[:, None] * slope).max())


def _stretches(points: np.ndarray) -> list[tuple[int, int]]:
    """Cut a path `(T, 2)` into the fewest straight stretches; first and last frame of each.

    A stretch begins at the last frame of the one before, or at the next frame.
    """
    count = len(points)
    best: dict[int, tuple[int, float, list[tuple[int, int]]]] = {}  # last frame -> (stretches, residual, cuts)
    for last in range(_FEWEST_FRAMES - 1, count):
        options = []
        for first in range(last - _FEWEST_FRAMES + 2):
            residual = _residual(points[first : last + 1])
            if residual > _STRAIGHT_WITHIN:
                continue
            if first == 0:
                options.append((1, residual, [(0, last)]))
            for before in (first, first - 1):
                if before in best:
                    number, sum_before, cuts = best[before]
                    options.append((number + 1, sum_before + residual, [*cuts, (first, last)]))
        if options:
            best[last] = min(options)
    return best[count - 1][2] if count - 1 in best else []


def measure_motion(mattes: np.ndarray, fps: float) -> tuple[MeasuredPhase, ...]:
    """Measure what one object does.

    Args:
        mattes: `(T, H, W)` uint8, the object's drawn alpha in each frame.
        fps: frames per second.

    Returns:
        One entry a stretch, in order; empty when the path cannot be cut into straight, even stretches.

    Raises:
        ValueError: the object is not seen in some frame.
    """
    centres = centroids(mattes)
    turns = _turns(mattes, centres)
    width = mattes.shape[2]
    phases = []
    for first, last in _stretches(centres):
        time = (np.arange(first, last + 1) - (first + last) / 2) / fps
        velocity = time @ centres[first : last + 1] / (time @ time) / width
        speed = float(np.hypot(*velocity))
        heading = math.degrees(math.atan2(velocity[1], velocity[0])) % 360
        # The stretch goes on for about half an interval beyond its frames at a bend.
        intervals = last - first + 0.5 * (first > 0) + 0.5 * (last < len(centres) - 1)
        turn = float(turns[first:last].mean()) * intervals
        phases.append(
            MeasuredPhase(
                direction=_SECTORS[round(heading / 45) % 8],
                speed="slow" if speed < _SLOW_BELOW else "fast" if speed > _FAST_ABOVE else "moderate",
                rotation=None if abs(turn) < _TURN_FROM else "clockwise" if turn > 0 else "anticlockwise",
                heading=heading,
                frame_widths_per_second=speed,
                turn=turn,
            )
        )
    return tuple(phases)


#: How far the centroid of a drawn matte strays by the drawing alone, pixels (root of the mean square), and
#: the same as a share of the length of its path.
_STRAYS, _STRAYS_SHARE = 0.3, 0.001
#: How far the size strays from an even growth, as a share of it.
_SIZE_STRAYS = 0.03
#: Degrees by which a turn strays from an even one.
_TURN_STRAYS = 3.0
#: Borders: last third over first third; size at the end over that at the start.
_CHANGE_FROM, _GROWTH_FROM = 1.55, 1.24
#: Degrees from which a turn is half a turn, one, two, three, and more than these.
_TURNS_FROM: tuple[tuple[float, Turns | None], ...] = (
    (155.0, "half"),
    (267.0, "once"),
    (540.0, "twice"),
    (900.0, "three times"),
    (1260.0, None),
)
#: Frame-widths that a bounce gets on, from which it has a direction.
_BOUNCE_GOES = 0.07


@dataclass(frozen=True)
class MeasuredMove:
    """What can be seen of one object between two times.

    Attributes:
        move: the words. Where nothing fits, its shape means nothing.
        fit: the form laid through its places; None when none fits, as when two motions follow one another.
        grows_evenly: whether its size changes evenly, or not at all.
        turns_evenly: whether it turns evenly in time or along its path, or not at all.
        speed: frame-widths per second.
        turn: degrees, clockwise positive; None when no two neighbouring frames show the whole object.
        alike: largest overlap of the silhouette with itself turned by 30 to 72 degrees; 1 for a disc.
        ratio: size at the end over that at the start.
    """

    move: Move
    fit: Fit | None
    grows_evenly: bool
    turns_evenly: bool
    speed: float
    turn: float | None
    alike: float
    ratio: float


def measure_move(mattes: np.ndarray, fps: float, start: float, end: float) -> MeasuredMove:
    """Measure what one object does between two times.

    Args:
        mattes: `(T, H, W)` uint8, the object's drawn alpha in each frame; frame k is shown at k / fps.
        fps: frames per second.
        start: seconds; it need not lie on a frame.
        end: seconds, likewise.

    Returns:
        What is seen.
    """
    return measure_tracked(mattes, follow(mattes), fps, start, end)


def measure_tracked(mattes: np.ndarray, track: Track, fps: float, start: float, end: float) -> MeasuredMove:
    """`measure_move` for mattes that `follow` has been through."""
    frames = np.arange(max(0, math.ceil(start * fps - 1e-6)), min(len(mattes), math.floor(end * fps + 1e-6) + 1))
    long = (end - start) * fps
    whole = frames[track.inside[frames]]
    times, places, sizes = whole / fps, track.places[whole], np.log(track.areas[whole]) / 2
    turning = turned(mattes, track, whole)
    rate = float(np.polyfit(*turning, 1)[0]) if turning else None
    if len(whole) < len(frames):
        growth = float(np.polyfit(whole, sizes, 1)[0]) if len(whole) >= _FEWEST_FRAMES else None
        poses = complete(mattes, track, frames, rate, growth)
        times = np.append(times, [pose.frame / fps for pose in poses])
        places = np.append(places, [pose.place for pose in poses])
        if growth is None:
            sizes = np.append(sizes, [pose.size + math.log(track.areas[pose.whole]) / 2 for pose in poses])
        if rate is None and poses:
            rate = float(np.mean([pose.turn / (pose.frame - pose.whole) for pose in poses]))
    shares = (times - start) / (end - start)
    order = np.argsort(times)
    length = float(np.abs(np.diff(places[order])).sum())
    fit = best_fit(shares[order], places[order], long, _STRAYS / min(track.size) + _STRAYS_SHARE * length)
    ratio, grows_evenly = _growth(shares[: len(sizes)], sizes)
    turn, turns_evenly = None if rate is None else rate * long, True
    if turning and len(turning[0]) > 2:
        turn, turns_evenly = _turn((turning[0] / fps - start) / (end - start), turning[1], fit)
    alike = overlap_turned(mattes, track)
    rotation: Rotation | None = None
    if turn is not None and abs(turn) >= _TURN_FROM and alike < LOOKS_ALIKE:
        rotation = "clockwise" if turn > 0 else "anticlockwise"
    turns = [word for least, word in _TURNS_FROM if rotation and abs(turn or 0.0) >= least]
    words = _path_words(fit, end - start) if fit else {}
    move = Move(
        **words,
        rotation=rotation,
        turns=turns[-1] if turns else None,
        growth="growing" if ratio >= _GROWTH_FROM else "shrinking" if ratio <= 1 / _GROWTH_FROM else None,
        enters=_crossed(track, frames, fit, 0.0),
        leaves=_crossed(track, frames[::-1], fit, 1.0),
    )
    speed = float(np.abs(np.diff(fit.at(np.linspace(0, 1, 769)))).sum()) / (end - start) if fit else 0.0
    return MeasuredMove(move, fit, grows_evenly, turns_evenly or alike > LOOKS_ALIKE, speed, turn, alike, ratio)


def _turn(times: np.ndarray, angles: np.ndarray, fit: Fit | None) -> tuple[float, bool]:
    """Degrees from the start of a stretch to its end, and whether they pass evenly."""
    even, steps = np.linspace(0, 1, 769), [np.linspace(0, 1, 769)]
    if fit and fit.shape != "still":
        gone = np.append(0.0, np.cumsum(np.abs(np.diff(fit.at(even)))))
        steps.append(gone / gone[-1])
    tries = []
    for step in steps:
        along = np.interp(times, even, step)
        turn, first = np.polyfit(along, angles, 1)
        tries.append((float(np.abs(angles - first - turn * along).max()), float(turn)))
    strays, turn = min(tries)
    return turn, strays <= _TURN_STRAYS


def _growth(times: np.ndarray, sizes: np.ndarray) -> tuple[float, bool]:
    """Size at the end over that at the start, from logs of sizes, and whether it changes exponentially."""
    if len(times) < 2:
        return 1.0, True
    slope, level = np.polyfit(times, sizes, 1)
    strays = np.abs(sizes - level - slope * times).max()
    return float(np.exp(slope)), bool(strays <= _SIZE_STRAYS)


def _path_words(fit: Fit, seconds: float) -> dict[str, Any]:
    """The words of a `Move` that the path alone tells."""
    words: dict[str, Any] = {"shape": fit.shape}
    places = fit.at(np.linspace(0, 1, 769))
    thirds = np.abs(np.diff(places)).reshape(3, -1).sum(1)
    connection = complex(places[-1] - places[0])
    if fit.shape in ("line", "arc", "zigzag"):
        words["direction"] = DIRECTIONS[round(math.degrees(math.atan2(connection.imag, connection.real)) / 45) % 8]
    elif fit.shape == "bounce" and abs(connection) > _BOUNCE_GOES:
        words["direction"] = "right" if connection.real > 0 else "left"
    if fit.shape in ("arc", "circle", "ellipse", "spiral"):
        words["sense"] = "clockwise" if fit.round > 0 else "anticlockwise"
    if fit.shape in ("circle", "ellipse"):
        words["laps"] = round(abs(fit.round) / 360)
    # An ellipse or spiral at an even angular rate is even, though its outer parts pass faster.
    if fit.shape in ("line", "arc", "circle"):
        pace = thirds[2] / max(thirds[0], 1e-9)
        changes = "accelerating" if pace >= _CHANGE_FROM else "decelerating" if pace <= 1 / _CHANGE_FROM else None
        words["change"] = changes
    if fit.shape in ("line", "arc", "circle", "ellipse", "spiral", "zigzag") and not words.get("change"):
        speed = float(thirds.sum()) / seconds
        words["speed"] = "slow" if speed < _SLOW_BELOW else "fast" if speed > _FAST_ABOVE else "moderate"
    if fit.shape == "shake":
        words["way"] = "sideways" if np.ptp(places.real) > np.ptp(places.imag) else "up and down"
    if fit.shape == "spiral":
        centre = fit.centre
        words["way"] = "outwards" if abs(places[-1] - centre) > abs(places[0] - centre) else "inwards"
    return words


def _crossed(track: Track, frames: np.ndarray, fit: Fit | None, at: float) -> Edge | None:
    """The edge beyond which an object is at one end of a stretch, when it is seen coming over it.

    Args:
        track: of the object.
        frames: of the stretch, from that end on.
        fit: its path.
        at: 0 for the stretch's start, 1 for its end.
    """
    if not len(frames) or fit is None or track.inside[frames[0]]:
        return None
    x, y = fit.at(np.array([at])).view(np.float64)
    beyond = {"left": -x, "right": x - 1, "top": -y, "bottom": y - 1}
    edge = max(beyond, key=lambda name: beyond[name])
    return edge if beyond[edge] > 0 else None  # type: ignore[return-value]
