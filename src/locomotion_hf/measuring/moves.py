"""Words measured from drawn mattes, to hold what is stated against.

This room is the second opinion on a clip. They know nothing of plans or paths and import no
other room: they look at pixels only, between two times that are given, and take nothing but the names of
words from `facts.py`. Borders between words lie in the middle of the gaps of the table there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from locomotion_hf.facts import DIRECTIONS, Edge, Move, Rotation, Turns

from .cut import complete
from .fit import Fit
from .shapes import best_fit
from .track import Track, follow
from .turns import LOOKS_ALIKE, overlap_turned, turned

#: Frame-widths per second: between "slow" (to .11), "moderate" (.15 to .24) and "fast" (from .31).
_SLOW_BELOW, _FAST_ABOVE = 0.13, 0.275
#: Degrees: between silent (to 15) and stated (from 45).
_TURN_FROM = 30.0
#: Whole frames from which a growth, and an even turn, can be told.
_FEWEST_FRAMES = 3
#: How far the centroid of a drawn matte strays by the drawing alone, pixels (root of the mean square), and
#: the same as a share of the length of its path.
_STRAYS, _STRAYS_SHARE = 0.3, 0.001
#: How far the size strays from an even growth, as a share of it; a thing of thin wires drawn small most.
_SIZE_STRAYS = 0.06
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
    if turning and len(turning[0]) >= _FEWEST_FRAMES:
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
