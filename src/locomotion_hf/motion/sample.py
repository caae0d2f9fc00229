"""Draw a motion of one object: first the words, evenly; then a path that fits the frame and deserves them.

The words are drawn first so that every shape, direction, speed and turn is equally common, as far as the
clip has time for it. The path is then drawn and *read*; only if what was drawn reads as the words is it
kept. The facts are those of the reading, never those of the intention.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from locomotion_hf.errors import MotionError
from locomotion_hf.facts import DIRECTIONS, ROTATIONS, SPEEDS, Change, Move, Phase, Shape
from locomotion_hf.types import Trajectory

from .outline import Outline
from .reading import TURN_BANDS, read_phases
from .shapes import curve, lasting, unit

Vocabulary = Literal["linear", "full"]

#: One, two or three phases in a short clip (the keyframe counts of the authors' earlier code, tubelet-contrast).
PHASE_SHARES = (0.5, 0.3, 0.2)
#: In longer clips phases last about this many seconds, up to twelve of them (own choice).
USUAL_PHASE, MOST_PHASES = 5.0, 12
#: Share of each shape in the full vocabulary, own choice: what paths do most often is commonest.
SHAPE_SHARES: dict[Shape, float] = {
    "line": 0.30,
    "arc": 0.12,
    "circle": 0.12,
    "ellipse": 0.06,
    "spiral": 0.06,
    "zigzag": 0.10,
    "bounce": 0.10,
    "shake": 0.06,
    "still": 0.08,
}
_SHAPES, _SHAPE_BOUNDS = tuple(SHAPE_SHARES), np.cumsum(list(SHAPE_SHARES.values()))
#: Half of the phases turn, evenly in both senses (own choice: rotation is a fact like the others).
TURNING_SHARE = 0.5
#: Of the phases in the full vocabulary: what may come on top (own choices).
COUNTED_SHARE, GROWING_SHARE, CHANGING_SHARE, CROSSING_SHARE = 0.4, 0.2, 0.25, 0.3
#: Degrees a second: 140 a second is 35 from one of 4 frames a second to the next, less than half of the 90
#: at which a square looks the same again. A counted turn ("twice") may be faster, up to ...
FASTEST_TURN, FASTEST_COUNTED = 140.0, 360.0
#: ... these degrees from frame to frame.
TURN_PER_FRAME = 26.0
#: Degrees: two phases with different words must also look different.
SMALLEST_BEND = 40.0
#: Ratios of sizes of a phase that grows; and the size that an object may shrink to.
GROWTHS, SMALLEST_SIZE = (1.45, 1.9), 0.085
#: Of what enters or leaves: frame-widths between it and the frame while it is outside, and how long it is
#: seen whole, so that its speed can be told.
BEYOND, WHOLE_SECONDS, WHOLE_FRAMES = (0.005, 0.06), 0.4, 4
#: Share of the frame that the places of an object may cover; the rest is for the object itself.
ROOM = 0.6

#: Paths tried for the same words; draws of a phase before the one before it is drawn again; draws a phase in all.
_TRIES, _PHASE_TRIES, _DRAWS = 6, 8, 40

#: Places as fractions of the frame `(K, 2)`, angles `(K,)` and sizes `(K,)` of one phase.
_Piece = tuple[np.ndarray, np.ndarray, np.ndarray]
#: Least and most of a place, `(2,)` each.
_Room = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Step:
    """One phase as it is meant: what shall happen, and for how long.

    Attributes:
        move: the words.
        seconds: how long.
    """

    move: Move
    seconds: float


Words = tuple[Step, ...]


def moves_of(words: Words) -> tuple[Move, ...]:
    """The words without their times."""
    return tuple(step.move for step in words)


@lru_cache(maxsize=4096)
def _lasting(move: Move, fps: float) -> tuple[float, float]:
    return lasting(replace(move, rotation=None, turns=None, growth=None), fps)


def sample_words(
    rng: np.random.Generator,
    seconds: float,
    fps: float,
    turn_shows: bool = True,
    vocabulary: Vocabulary = "full",
    phases: int | None = None,
    alone: bool = True,
) -> Words:
    """Draw what is going to happen.

    Args:
        rng: the stream of this draw.
        seconds: length of the clip; short clips get fewer phases.
        fps: frames per second; what they could not show is not drawn.
        turn_shows: whether the object may turn.
        vocabulary: "linear" for straight lines at an even speed, as in the paper; "full" for all words.
        phases: how many; None draws it.
        alone: False for an object among others: it neither enters nor leaves, and in a long clip it keeps
            to one part of the frame.

    Returns:
        The phases in order, of `seconds` in all; neighbours differ.

    Raises:
        MotionError: no words fit so short a clip at this rate.
    """
    for _ in range(200):
        count = _phase_count(rng, seconds, fps) if phases is None else phases
        moves: list[Move] = []
        reach = np.zeros((2, 2))  # of the places so far, in frame-widths from the first: least, most
        place = np.zeros(2)
        for number in range(count):
            for _ in range(20):
                ends = alone and number == 0, alone and number == count - 1
                move = _draw_move(rng, vocabulary, *ends)
                least, most = _lasting(move, fps)
                # A phase may take more or less than its even share, but not by much.
                if least > min(most, 1.3 * seconds / count) or 1.3 * most < seconds / count:
                    continue
                if moves and _alike(moves[-1], move):
                    continue
                if not alone and count > 1 and move.direction:
                    continue
                step = _step(move, seconds / count)
                box = np.stack([np.minimum(reach[0], place + step), np.maximum(reach[1], place + step)])
                if move.enters or move.leaves or (box[1] - box[0]).max() <= ROOM:
                    break
            else:
                break
            moves.append(move)
            if not (move.enters or move.leaves):
                reach, place = box, place + step
        if len(moves) == count and (lengths := _share_out(rng, moves, seconds, fps)) is not None:
            words = tuple(Step(move, float(one)) for move, one in zip(moves, lengths, strict=True))
            return tuple(Step(_turn(rng, step, fps, vocabulary, turn_shows), step.seconds) for step in words)
    raise MotionError(
        f"no motion of {seconds:.2f} s can be shown at {fps:g} frames a second.",
        "a clip that is long enough for its frame rate.",
        "raise `num_frames` or `fps`.",
    )


def _phase_count(rng: np.random.Generator, seconds: float, fps: float) -> int:
    shortest = lasting(Move("right", "fast"), fps)[0] * 1.25
    most = max(1, min(MOST_PHASES, int(seconds / shortest)))
    if seconds <= USUAL_PHASE:
        shares = np.array(PHASE_SHARES[:most])
        return int(rng.choice(len(shares), p=shares / shares.sum())) + 1
    usual = seconds / USUAL_PHASE
    return int(np.clip(round(rng.uniform(0.5 * usual, 1.6 * usual)), 1, most))


def _draw_move(rng: np.random.Generator, vocabulary: Vocabulary, may_enter: bool, may_leave: bool) -> Move:
    """A move without its turn and growth, which depend on the time it gets."""
    direction, speed = DIRECTIONS[rng.integers(8)], SPEEDS[rng.integers(3)]
    if vocabulary == "linear":
        return Move(direction, speed)
    shape: Shape = _SHAPES[int(np.searchsorted(_SHAPE_BOUNDS, rng.random() * _SHAPE_BOUNDS[-1], side="right"))]
    sense = ROTATIONS[rng.integers(2)]
    changing, crossing, lot = rng.random() < CHANGING_SHARE, rng.random() < CROSSING_SHARE, int(rng.integers(24))
    # One half of the lots speeds up; within each, all remainders by 2, 3, 4 and 6 are equally common.
    change: Change = "accelerating" if lot < 12 else "decelerating"
    words: dict[str, Any] = {"shape": shape, "speed": speed}
    if shape in ("line", "arc", "circle") and changing:
        words |= {"speed": None, "change": change}
    if shape in ("line", "arc", "zigzag"):
        words["direction"] = direction
    if shape in ("arc", "circle", "ellipse", "spiral"):
        words["sense"] = sense
    if shape in ("circle", "ellipse"):
        words["laps"] = (1, 1, 1, 2, 2, 3)[lot % 6]
    if shape == "spiral":
        words["way"] = ("inwards", "outwards")[lot % 2]
    if shape == "shake":
        words |= {"speed": None, "way": ("sideways", "up and down")[lot % 2]}
    if shape == "bounce":
        words |= {"speed": None, "direction": (None, "left", "right")[lot % 3]}
    if shape == "still":
        words["speed"] = None
    if shape == "line" and crossing and (may_enter or may_leave):
        straight = ("right", "down", "left", "up")[lot % 4]
        edge = {"right": "left", "left": "right", "down": "top", "up": "bottom"}
        away = {"right": "right", "left": "left", "down": "bottom", "up": "top"}
        words["direction"] = straight
        enters = may_enter and (not may_leave or lot // 4 % 2 == 0)
        words |= {"enters": edge[straight]} if enters else {"leaves": away[straight]}
    return Move(**words)


def _turn(rng: np.random.Generator, step: Step, fps: float, vocabulary: Vocabulary, turn_shows: bool) -> Move:
    """The move with a turn and a growth that its time allows."""
    turns, sense, counted = rng.random() < TURNING_SHARE, ROTATIONS[rng.integers(2)], rng.random() < COUNTED_SHARE
    grows, larger, lot = rng.random() < GROWING_SHARE, rng.random() < 0.5, rng.random()
    move = step.move
    crosses = bool(move.enters or move.leaves)  # of what is cut by the border, neither turn nor growth is seen
    if turns and turn_shows and not crosses:
        move = replace(move, rotation=sense)
        fastest = min(FASTEST_COUNTED, TURN_PER_FRAME * fps) * step.seconds
        extents = [name for name, (low, _) in TURN_BANDS.items() if name and low + 12 <= fastest]
        if counted and extents and vocabulary == "full":
            move = replace(move, turns=extents[int(lot * len(extents))])
    if grows and vocabulary == "full" and step.seconds >= 0.6 and not crosses:
        move = replace(move, growth="growing" if larger else "shrinking")
    return move


def _alike(before: Move, after: Move) -> bool:
    """Whether a viewer could take two neighbouring phases for one, or would not see the border."""
    going = ("line", "arc", "zigzag")
    if before.shape in going and after.shape in going:
        return before.direction == after.direction
    return before.shape == after.shape


def _step(move: Move, seconds: float) -> np.ndarray:
    """About how far a move leads, `(2,)` frame-widths."""
    if move.direction is None:
        return np.zeros(2)
    pace = {"slow": 0.08, "moderate": 0.2, "fast": 0.4, None: 0.2}[move.speed]
    far = min(ROOM, pace * seconds) * (0.75 if move.shape in ("arc", "zigzag") else 1.0)
    return far * unit(move.direction)


def _share_out(rng: np.random.Generator, moves: list[Move], seconds: float, fps: float) -> np.ndarray | None:
    """Seconds for each move, evenly as far as their bounds allow; None when they do not fit."""
    bounds = np.array([_lasting(move, fps) for move in moves])
    least, most = bounds[:, 0], bounds[:, 1]
    if np.any(least > most) or least.sum() > seconds or most.sum() < seconds:
        return None
    if all(move.shape == "still" for move in moves):
        return None
    # Even shares, each moved by up to a sixth (the authors' earlier code has a third, which can leave a third of
    # a share), then held within the bounds; what is left over goes to those that have room.
    shares = rng.uniform(5 / 6, 7 / 6, len(moves)) * seconds / len(moves)
    for _ in range(20):
        shares = np.clip(shares, least, most)
        left = seconds - shares.sum()
        if abs(left) < 1e-9:
            break
        room = (most - shares) if left > 0 else (shares - least)
        shares = shares + left * room / room.sum()
    return shares


def sample_motion(
    rng: np.random.Generator,
    words: Words,
    outline: Outline,
    size: float,
    fps: float,
    aspect: float = 1.0,
) -> tuple[Trajectory, tuple[Phase, ...]] | None:
    """Draw a path for the words.

    The first place is uniform over those from which the whole path stays inside.

    Args:
        rng: the stream of this draw.
        words: what shall happen, from `sample_words`.
        outline: the object's reach.
        size: longer side as a fraction of the frame's shorter side, where it is largest.
        fps: of the clip.
        aspect: frame height over width.

    Returns:
        The path as drawn and the phases read from it, which have exactly these words; None when no such
        path was found (fast and far, for a large object).

    Raises:
        MotionError: the object is larger than the frame.
    """
    if np.any(outline.extents(np.zeros(1), np.array([size]), aspect).sum(1) >= 1):
        raise MotionError(
            f"an object of size {size:.2f} is larger than the frame.", "less than the frame.", "lower `sizes`."
        )
    wanted = moves_of(words)
    for _ in range(_TRIES):
        path = _draw_path(rng, words, outline, size, fps, aspect)
        if path is None:
            continue
        phases = read_phases(path, outline)
        if phases and tuple(phase.move for phase in phases) == wanted:
            return path, phases
    return None


def _draw_path(
    rng: np.random.Generator,
    words: Words,
    outline: Outline,
    size: float,
    fps: float,
    aspect: float,
) -> Trajectory | None:
    frame = np.array([1.0, aspect])
    ratios = np.array([_ratio(rng, step.move) for step in words])
    grown = np.concatenate([[1.0], ratios.cumprod()])
    grown *= size / grown.max()
    if grown.min() < SMALLEST_SIZE:
        return None
    first = (np.zeros((1, 2)), np.zeros(1), grown[:1])
    room = (np.full(2, -1.0), np.full(2, 2.0))  # what enters begins outside
    # Each phase as drawn, with the first places that it and those before it leave to the path.
    drawn: list[tuple[_Piece, _Room]] = [(first, room)]
    draws = 0
    while len(drawn) <= len(words):
        number = len(drawn) - 1
        (places, angles, _), (low, high) = drawn[-1]
        for _ in range(_PHASE_TRIES):
            growth = (float(grown[number]), float(ratios[number]))
            piece = _draw_phase(rng, words[number], fps, frame, places[-1], angles[-1], growth)
            draws += 1
            if piece is None or (number and not _bends(places, piece[0], words[number].move)):
                continue
            extents = outline.extents(piece[1], piece[2], aspect)
            if _whole_for(words[number], piece[0], extents) < max(WHOLE_SECONDS, WHOLE_FRAMES / fps):
                continue
            least, most = _first_places(words[number].move, piece[0], extents)
            least, most = np.maximum(low, least), np.minimum(high, most)
            if np.all(least <= most):
                drawn.append((piece, (least, most)))
                break
        else:
            # Nothing goes on from here: draw the phase before once more.
            if number == 0 or draws > _DRAWS * len(words):
                return None
            drawn.pop()
    pieces = [piece for piece, _ in drawn]
    borders = np.concatenate([[0.0], np.cumsum([step.seconds for step in words])])
    times = [np.zeros(1)]
    for (places, _, _), begin, end in zip(pieces[1:], borders[:-1], borders[1:], strict=True):
        times.append(np.linspace(begin, end, len(places))[1:])
    offsets, angles, sizes = (
        np.concatenate([pieces[0][i], *(piece[i][1:] for piece in pieces[1:])]) for i in range(3)
    )
    centres = rng.uniform(*drawn[-1][1]) + offsets
    return Trajectory(np.concatenate(times), centres, angles, sizes, borders, aspect)


def _draw_phase(
    rng: np.random.Generator,
    step: Step,
    fps: float,
    frame: np.ndarray,
    place: np.ndarray,
    angle: float,
    growth: tuple[float, float],
) -> _Piece | None:
    """One phase, from where the last one ended; None when its words do not fit its time."""
    places = curve(rng, step.move, step.seconds, fps)
    if places is None:
        return None
    time = np.linspace(0, 1, len(places))
    turn = 0.0
    if step.move.rotation:
        low, high = TURN_BANDS[step.move.turns]
        if step.move.turns is None:
            high = max(low, min(high - 5, FASTEST_TURN * step.seconds))
        else:
            low, high = low + 6, high - 6
        turn = rng.uniform(low, high) * (1 if step.move.rotation == "clockwise" else -1)
    return place + places / frame, angle + turn * time, growth[0] * growth[1] ** time


def _ratio(rng: np.random.Generator, move: Move) -> float:
    """Size at the end of a phase over that at its start."""
    if not move.growth:
        return 1.0
    ratio = float(rng.uniform(*GROWTHS))
    return ratio if move.growth == "growing" else 1 / ratio


def _first_places(move: Move, offsets: np.ndarray, extents: np.ndarray) -> _Room:
    """Between which first places of the path this phase is where its words want it, `(2,)` each.

    Args:
        move: the words.
        offsets: `(K, 2)` places of this phase, from the first place of the path.
        extents: `(K, 2, 2)` from `Outline.extents`.
    """
    low, high = extents[:, 0] - offsets, 1 - extents[:, 1] - offsets
    if not (move.enters or move.leaves):
        return low.max(0), high.min(0)
    edge = move.enters or move.leaves
    axis, far = (0 if edge in ("left", "right") else 1), edge in ("right", "bottom")
    out, whole = (0, -1) if move.enters else (-1, 0)
    least, most = low.max(0), high.min(0)
    # On the axis that is crossed: whole at one end, and just outside at the other.
    least[axis], most[axis] = low[whole, axis], high[whole, axis]
    if far:
        beyond = 1 + extents[out, 0, axis] - offsets[out, axis]
        least[axis], most[axis] = max(least[axis], beyond + BEYOND[0]), min(most[axis], beyond + BEYOND[1])
    else:
        beyond = -extents[out, 1, axis] - offsets[out, axis]
        least[axis], most[axis] = max(least[axis], beyond - BEYOND[1]), min(most[axis], beyond - BEYOND[0])
    return least, most


def _whole_for(step: Step, offsets: np.ndarray, extents: np.ndarray) -> float:
    """Seconds for which an object is seen whole while it enters or leaves; without end for others."""
    move = step.move
    if not (move.enters or move.leaves):
        return math.inf
    axis = 0 if (move.enters or move.leaves) in ("left", "right") else 1
    out = 0 if move.enters else -1
    gone = np.abs(offsets[:, axis] - offsets[out, axis])
    return step.seconds * float((gone > extents[:, :, axis].sum(1) + BEYOND[1]).mean())


def _bends(before: np.ndarray, after: np.ndarray, move: Move) -> bool:
    """Whether the border of two phases can be seen: the heading changes, or one of them is no path."""
    if move.shape not in ("line", "arc", "zigzag"):
        return True
    end, begin = before[-1] - before[-2], after[1] - after[0]
    if np.hypot(*end) < 1e-9 or np.hypot(*begin) < 1e-9:
        return True
    turned = math.degrees(math.atan2(begin[1], begin[0]) - math.atan2(end[1], end[0]))
    return abs((turned + 180) % 360 - 180) >= SMALLEST_BEND
