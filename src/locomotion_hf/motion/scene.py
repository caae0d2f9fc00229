"""Draw what one to four objects do together: the words first, then paths that deserve them.

In a scene of several objects the first two stand in a relation, or in none; the others keep away from
everybody. What holds between them all is then read from the paths (`relations.py`), so a relation that
came about by chance is stated too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from locomotion_hf.facts import DIRECTIONS, ROTATIONS, SPEEDS, Move, Phase, Relation, RelationKind, Speed
from locomotion_hf.types import Trajectory

from .outline import Outline
from .reading import read_phases
from .relations import read_relations
from .sample import SMALLEST_SIZE, TURNING_SHARE, Step, Vocabulary, Words, moves_of, sample_motion, sample_words
from .shapes import SPEED_BANDS, lasting

KINDS: tuple[RelationKind, ...] = get_args(RelationKind)
#: Share of scenes of several objects in which the first two are not related on purpose (own choice).
UNRELATED_SHARE = 0.2
#: Sizes shrink with the number of objects, so that they have room (own choice).
SHRUNK = {1: 1.0, 2: 0.72, 3: 0.6, 4: 0.52}
#: Frame-widths that an object goes towards another, past it or away from it, at least.
LEAST_WAY = 0.2
#: Seconds: a rest on either side of a relation that is over sooner than the clip.
SHORTEST_REST = 0.7
#: Frame-widths between objects that must not touch.
GAPS = (0.025, 0.07)
#: Seconds of a clip in which an object among others does one thing only.
ONE_PHASE = 4.0
_TRIES, _PLACES = 8, 24


@dataclass(frozen=True)
class SceneWords:
    """What is going to happen.

    Attributes:
        objects: the words of each.
        relation: what the first object shall do with regard to the second; None for nothing in particular.
    """

    objects: tuple[Words, ...]
    relation: RelationKind | None = None

    @property
    def said(self) -> tuple[object, ...]:
        """All words without their times: what tells two scenes apart."""
        return (self.relation, *(moves_of(words) for words in self.objects))


@dataclass(frozen=True, repr=False)
class Scene:
    """Paths as drawn, and what they are.

    Attributes:
        paths: of each object.
        phases: of each object.
        relations: between them.
    """

    paths: tuple[Trajectory, ...]
    phases: tuple[tuple[Phase, ...], ...]
    relations: tuple[Relation, ...] = ()

    @property
    def moves(self) -> tuple[tuple[Move, ...], ...]:
        """The phases of each object without their times."""
        return tuple(tuple(phase.move for phase in phases) for phases in self.phases)

    @property
    def said(self) -> tuple[object, ...]:
        """All words without their times."""
        return self.moves, tuple(sorted(one.words for one in self.relations))

    def __repr__(self) -> str:
        return (
            f"Scene({len(self.paths)} objects, {sum(map(len, self.phases))} phases, {len(self.relations)} relations)"
        )


def read_scene(paths: Sequence[Trajectory], outlines: Sequence[Outline]) -> Scene | None:
    """Read all facts of drawn paths; None when one of them falls between two words."""
    phases = []
    for path, outline in zip(paths, outlines, strict=True):
        read = read_phases(path, outline)
        if read is None:
            return None
        phases.append(read)
    relations = read_relations(paths, phases, outlines)
    return None if relations is None else Scene(tuple(paths), tuple(phases), relations)


def sample_scene_words(
    rng: np.random.Generator,
    seconds: float,
    fps: float,
    turn_shows: Sequence[bool],
    vocabulary: Vocabulary = "full",
) -> SceneWords:
    """Draw what is going to happen to one object or more.

    Args:
        rng: the stream of this draw.
        seconds: length of the clip.
        fps: frames per second.
        turn_shows: for each object, whether it may turn.
        vocabulary: as in `sample_words`.

    Raises:
        MotionError: the clip is too short for its frame rate.
    """
    if len(turn_shows) == 1:
        return SceneWords((sample_words(rng, seconds, fps, turn_shows[0], vocabulary),))
    relation: RelationKind | None = KINDS[rng.integers(len(KINDS))]
    if rng.random() < UNRELATED_SHARE:
        relation = None
    objects = _pair_words(rng, relation, seconds, fps, turn_shows) if relation else None
    if objects is None:
        relation, objects = None, ()
    for shows in turn_shows[len(objects) :]:
        phases = 1 if seconds <= ONE_PHASE else None
        objects = (*objects, sample_words(rng, seconds, fps, shows, vocabulary, phases, alone=False))
    return SceneWords(objects, relation)


def _pair_words(
    rng: np.random.Generator, relation: RelationKind, seconds: float, fps: float, turn_shows: Sequence[bool]
) -> tuple[Words, ...] | None:
    """The words of two related objects; None when no speed fits the clip."""
    order = rng.permutation(3)
    direction = DIRECTIONS[rng.integers(8)]
    for speed in (SPEEDS[number] for number in order):
        mine, yours = Move(direction, speed), Move(shape="still")
        if relation == "orbits":
            if speed == "slow" and seconds < 8:
                continue  # so slow a circle is too narrow to hold another object
            sense = ROTATIONS[rng.integers(2)]
            mine = Move(None, speed, shape="circle", sense=sense, laps=int(rng.integers(1, 3)))
        elif relation == "overtakes":
            slower: tuple[Speed, ...] = SPEEDS[: SPEEDS.index(speed)]
            if not slower:
                continue
            yours = replace(mine, speed=slower[rng.integers(len(slower))])
        elif relation == "follows":
            yours = mine
        elif relation == "opposite":
            back = DIRECTIONS[(DIRECTIONS.index(direction) + 4) % 8]
            yours = Move(back, SPEEDS[rng.integers(3)])
        least, most = lasting(mine, fps)
        if relation != "orbits":
            # Far enough to see that it comes nearer, passes, overtakes.
            least = max(least, LEAST_WAY / SPEED_BANDS[speed][0])
        # The first object may turn about itself as it goes.
        turning, sense = rng.random() < TURNING_SHARE, ROTATIONS[rng.integers(2)]
        if turning and turn_shows[0]:
            mine = replace(mine, rotation=sense)
        rest = Move(shape="still")
        shortest_rest = max(SHORTEST_REST, lasting(rest, fps)[0])
        whole = seconds <= most
        if least > (seconds if whole else min(most, seconds - 2 * shortest_rest)):
            continue
        if whole:
            return (Step(mine, seconds),), (Step(yours, seconds),)
        lasts = float(rng.uniform(least, min(most, seconds - 2 * shortest_rest)))
        before = float(rng.uniform(shortest_rest, seconds - lasts - shortest_rest))
        after = seconds - lasts - before
        both: list[Words] = []
        for move in (mine, yours):
            if move.shape == "still":
                both.append((Step(move, seconds),))
            else:
                both.append((Step(rest, before), Step(move, lasts), Step(rest, after)))
        return tuple(both)
    return None


def sample_scene(
    rng: np.random.Generator,
    words: SceneWords,
    outlines: Sequence[Outline],
    sizes: Sequence[float],
    fps: float,
) -> Scene | None:
    """Draw paths for the words, in a square frame.

    Args:
        rng: the stream of this draw.
        words: from `sample_scene_words`.
        outlines: of each object.
        sizes: of each object, as in `sample_motion`.
        fps: of the clip.

    Returns:
        The paths and the facts read from them, which have these words; None when none were found.

    Raises:
        MotionError: an object is larger than the frame.
    """
    wanted = tuple(moves_of(one) for one in words.objects)
    for _ in range(_TRIES if len(outlines) > 1 else 1):
        scene = _draw_paths(rng, words, outlines, sizes, fps)
        if scene is None or scene.moves != wanted:
            continue
        relations = read_relations(scene.paths, scene.phases, outlines)
        if relations is None:
            continue
        told = {one.kind for one in relations if (one.subject, one.other) == (0, 1)}
        if words.relation is None or words.relation in told:
            return replace(scene, relations=relations)
    return None


def _draw_paths(
    rng: np.random.Generator, words: SceneWords, outlines: Sequence[Outline], sizes: Sequence[float], fps: float
) -> Scene | None:
    """Paths and phases; what holds between the objects is not read yet."""
    paths: list[Trajectory] = []
    phases: list[tuple[Phase, ...]] = []
    for number, (one, outline, size) in enumerate(zip(words.objects, outlines, sizes, strict=True)):
        if number == 1 and words.relation:
            pair = _fitted(rng, _pair(rng, words, paths[0], outlines, size, fps), outlines)
            read = [read_phases(path, shape) for path, shape in zip(pair or (), outlines, strict=False)]
            if not pair or read[0] is None or read[1] is None:
                return None
            paths, phases = pair, [read[0], read[1]]
            continue
        placed = sample_motion(rng, one, outline, size, fps)
        if placed and number:
            placed = _place(rng, *placed, outline, paths, phases, outlines)
        if placed is None:
            return None
        paths.append(placed[0])
        phases.append(placed[1])
    return Scene(tuple(paths), tuple(phases))


def room_of(paths: Sequence[Trajectory], outlines: Sequence[Outline]) -> tuple[np.ndarray, np.ndarray]:
    """Between which shifts all paths stay inside the frame, `(2,)` each; the first may exceed the second."""
    lows, highs = [], []
    for path, outline in zip(paths, outlines, strict=True):
        extents = outline.extents(path.angles, path.sizes, path.aspect)
        lows.append((extents[:, 0] - path.centres).max(0))
        highs.append((1 - extents[:, 1] - path.centres).min(0))
    return np.max(lows, 0), np.min(highs, 0)


def _fitted(
    rng: np.random.Generator, paths: list[Trajectory] | None, outlines: Sequence[Outline]
) -> list[Trajectory] | None:
    """Shift paths together to where all of them stay inside; None when there is no such place."""
    if not paths:
        return None
    low, high = room_of(paths, outlines[: len(paths)])
    if np.any(low > high):
        return None
    shift = rng.uniform(low, high)
    return [replace(path, centres=path.centres + shift) for path in paths]


def _place(
    rng: np.random.Generator,
    path: Trajectory,
    phases: tuple[Phase, ...],
    outline: Outline,
    others: Sequence[Trajectory],
    other_phases: Sequence[tuple[Phase, ...]],
    outlines: Sequence[Outline],
) -> tuple[Trajectory, tuple[Phase, ...]] | None:
    """Shift a path to where it touches nobody and what it does with regard to the others is certain."""
    low, high = room_of([path], [outline])
    times = np.linspace(0, path.times[-1], max(16, int(path.times[-1] * 12)))
    mine, _, sizes = path.at(times)
    theirs = [other.at(times) for other in others]
    for _ in range(_PLACES):
        shift = rng.uniform(low, high)
        apart = [
            (np.hypot(*(mine + shift - yours).T) - sizes * outline.radius - grown * shape.radius).min()
            for (yours, _, grown), shape in zip(theirs, outlines, strict=False)
        ]
        if min(apart) < GAPS[0]:
            continue
        shifted = replace(path, centres=path.centres + shift)
        certain = all(
            read_relations([other, shifted], [read, phases], [shape, outline]) is not None
            for other, read, shape in zip(others, other_phases, outlines, strict=False)
        )
        if certain:
            return shifted, phases
    return None


def _pair(
    rng: np.random.Generator,
    words: SceneWords,
    path: Trajectory,
    outlines: Sequence[Outline],
    size: float,
    fps: float,
) -> list[Trajectory] | None:
    """Two paths that stand in the relation, wherever in the plane; `size` is that of the second object."""
    number = len(words.objects[0]) // 2  # the phase of the relation: the only one, or the one between two rests
    begin, end = path.borders[number], path.borders[number + 1]
    reach = [float(path.sizes.max()) * outlines[0].radius, size * outlines[1].radius]
    gap = float(rng.uniform(*GAPS))
    if words.relation == "orbits":
        places, *_ = path.at(np.linspace(begin, end, 96))
        centre = (places.max(0) + places.min(0)) / 2
        room = float(np.hypot(*(places - centre).T).min()) - gap
        # The circle has to hold the other object: both shrink until it does.
        shrunk = min(1.0, room / sum(reach))
        if shrunk * min(size, float(path.sizes.min())) < SMALLEST_SIZE:
            return None
        path = replace(path, sizes=path.sizes * shrunk)
        return _with_one_at_rest(rng, words.objects[1], path, outlines[1], size * shrunk, fps, centre)
    # Surely they do not touch at this distance of their centroids.
    apart = sum(reach) + gap
    (first, last), *_ = path.at(np.array([begin, end]))
    length = float(np.hypot(*(last - first)))
    along = (last - first) / length
    aside = np.array([-along[1], along[0]]) * (1 if rng.random() < 0.5 else -1)
    lean = float(rng.uniform(-0.2, 0.2))  # a little off the line: 11 degrees at most
    place = {
        "toward": last + (along + lean * aside) * apart * 1.02,
        "away from": first - (along + lean * aside) * apart * 1.02,
        "collides with": last + along * apart * float(rng.uniform(0.35, 0.55)),
        "past": (first + last) / 2 + aside * apart + along * length * float(rng.uniform(-0.15, 0.15)),
        "overtakes": first + along * float(rng.uniform(0.09, 0.14)) + aside * apart,
        "follows": first + along * max(apart, 0.1),
        "opposite": first + along * length * float(rng.uniform(0, 1)) + aside * apart,
    }[words.relation or "past"]
    move = words.objects[1][len(words.objects[1]) // 2].move
    if move.shape == "still":
        return _with_one_at_rest(rng, words.objects[1], path, outlines[1], size, fps, place)
    # A line beside the first one: the same way, or the other way, at a speed of its own.
    low, high = SPEED_BANDS[move.speed or "moderate"]
    ratio = 1.0
    if words.relation != "follows":
        ratio = float(rng.uniform(low, high)) * (end - begin) / length
    ratio *= -1 if words.relation == "opposite" else 1
    centres = place + (path.centres - path.centres[0]) * ratio
    still = np.zeros_like(path.angles)
    return [path, Trajectory(path.times, centres, still, still + size, path.borders, path.aspect)]


def _with_one_at_rest(
    rng: np.random.Generator,
    words: Words,
    path: Trajectory,
    outline: Outline,
    size: float,
    fps: float,
    place: np.ndarray,
) -> list[Trajectory] | None:
    drawn = sample_motion(rng, words, outline, size, fps)
    if drawn is None:
        return None
    other = drawn[0]
    return [path, replace(other, centres=other.centres + (place - other.centres[0]))]
