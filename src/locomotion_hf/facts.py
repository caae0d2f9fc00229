"""What may be stated about a clip, and exactly when each word is true.

Five rooms meet here: paths are *read* to facts, captions are *written* from facts, mattes are *measured*
back to facts, texts are *parsed* to facts, and twins *change* one of them.

**When a word is true.** Distances are in frame-widths, along both axes; a phase is a stretch of time from
`start` to `end`, L is the length of the path in it, D the straight distance from its first to its last
place, T its seconds. Each word has a band in which it is stated; between two bands no word is certain, and
such a path is not used.

| word | stated when | silent, or another word, when |
| --- | --- | --- |
| still | the centroid stays within .005 of its place | it moves: its path spans .03 or more |
| line | no place is further than .02 L from the straight connection | |
| arc | bends to one side only, by 80 to 200 degrees in all | below 10 it is a line |
| circle | 1, 2 or 3 laps (within .06) round a centre; nearest and furthest distance differ by less than 10 % | |
| ellipse | the same, the narrow axis at most .6 of the long one | |
| spiral | 1.4 laps or more round a centre; the distance to it grows or falls evenly, by a factor of 2 or more | |
| zigzag | 4 or more straight legs of equal length, alternately 30 to 50 degrees to either side of the direction | |
| bounce | 2 or more equal hops (parabolas) upwards from one level floor, each .05 or more high | |
| shake | 2.5 or more sinusoidal cycles, level or upright, .015 to .05 to either side, ending where it began | |
| direction | the connection of first and last place lies within 18.5 degrees of one of eight (line, arc, zigzag) | |
| direction of a bounce | left or right when D is .12 or more | None when D is below .02 |
| sense | the way round: of arc, circle, ellipse and spiral; clockwise as seen | |
| speed | L / T, the mean: slow .05 to .11, moderate .15 to .24, fast .31 to .55 | a change; bounce, shake, still |
| change | the last third of T is twice (half) as fast as the first, or more; line, arc, circle | within 1.2 |
| rotation | the object turns by 45 degrees or more about its centroid | below 15, or when it looks alike turned |
| turns | half: 165 to 195 degrees; once: 340 to 380; twice: 700 to 740; three times: 1060 to 1100 | None: 45 to 145 |
| growth | the size changes by a factor of 1.4 or more, evenly (exponentially) in time | below 1.1 |
| enters, leaves | wholly outside over one edge at the start (end), wholly inside at the end (start) | inside |

**Relations** hold between two objects for as long as neither changes its phase (.4 s or more):

| word | stated when, with u the heading of the first | no relation when |
| --- | --- | --- |
| collides with | the other is still; their mattes are apart at the start and overlap at the end of a line | |
| toward | the other is still and ahead, within 25 degrees of u; the distance falls to .6 or less | .8; 45 degrees |
| away from | the same, time reversed | above .8 |
| past | the other is still; along u it is .08 or more ahead, then .08 or more behind; at most .35 aside | |
| orbits | the first circles; the other is still, within a quarter of the radius of the centre | |
| overtakes | both on lines in one direction; the other is .08 or more ahead, then behind; at most .35 aside | |
| follows | the same; the other stays .08 or more ahead, evenly within 15 %; at most .12 aside | 30 %; .25 aside |
| opposite | both on lines in opposite directions | |

But for "collides with", related objects never touch. **Camera**: the frame pans or tilts over a still
background by .15 of its width or more, or zooms by a factor of 1.25 or more, evenly over the whole clip.
The camera pans to the right when the background moves to the left. Motion of objects is always motion in
the frame.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Direction = Literal["right", "down-right", "down", "down-left", "left", "up-left", "up", "up-right"]
Speed = Literal["slow", "moderate", "fast"]
Rotation = Literal["clockwise", "anticlockwise"]
Shape = Literal["line", "arc", "circle", "ellipse", "spiral", "zigzag", "bounce", "shake", "still"]
Change = Literal["accelerating", "decelerating"]
Turns = Literal["half", "once", "twice", "three times"]
Growth = Literal["growing", "shrinking"]
Edge = Literal["left", "right", "top", "bottom"]
#: Of a shake, along which line; of a spiral, towards its centre or from it.
Way = Literal["sideways", "up and down", "inwards", "outwards"]
RelationKind = Literal["collides with", "toward", "away from", "past", "orbits", "overtakes", "follows", "opposite"]
Pan = Literal["left", "right", "up", "down"]
Zoom = Literal["in", "out"]

#: Eight sectors of 45 degrees, clockwise from "to the right", as y points down.
DIRECTIONS: tuple[Direction, ...] = (
    "right",
    "down-right",
    "down",
    "down-left",
    "left",
    "up-left",
    "up",
    "up-right",
)
SPEEDS: tuple[Speed, ...] = ("slow", "moderate", "fast")
ROTATIONS: tuple[Rotation, ...] = ("clockwise", "anticlockwise")


@dataclass(frozen=True)
class Move:
    """What a caption can say of one stretch of a motion. See the table above for when each word is true.

    Attributes:
        direction: where to; None for shapes that go nowhere.
        speed: None when a change is stated, and for shapes that have no speed word.
        rotation: the sense in which the object turns about itself; None when no turn can be seen.
        shape: of the path.
        sense: the way round of an arc, circle, ellipse or spiral.
        laps: of a circle or ellipse; 0 for other shapes.
        way: of a shake or spiral.
        change: whether the speed changes.
        turns: how far the object turns about itself; None for less than half a turn.
        growth: whether the size changes.
        enters, leaves: the edge over which it comes or goes; None when it is in the frame.
    """

    direction: Direction | None = None
    speed: Speed | None = None
    rotation: Rotation | None = None
    shape: Shape = "line"
    sense: Rotation | None = None
    laps: int = 0
    way: Way | None = None
    change: Change | None = None
    turns: Turns | None = None
    growth: Growth | None = None
    enters: Edge | None = None
    leaves: Edge | None = None

    @property
    def stated(self) -> dict[str, Any]:
        """Field -> word, of the fields that say something."""
        return {name: word for name, word in asdict(self).items() if word}


@dataclass(frozen=True)
class Phase:
    """One stretch of a motion in which nothing that has a word changes.

    Attributes:
        move: what can be said of it.
        start, end: seconds.
    """

    move: Move
    start: float
    end: float


@dataclass(frozen=True)
class Relation:
    """What one object does with regard to another.

    Attributes:
        kind: the word.
        subject, other: numbers of the objects, from 0. "opposite" names the lower number first.
        start, end: seconds.
    """

    kind: RelationKind
    subject: int
    other: int
    start: float
    end: float

    @property
    def words(self) -> tuple[RelationKind, int, int]:
        """Everything but the times."""
        return self.kind, self.subject, self.other


@dataclass(frozen=True)
class CameraMove:
    """What the camera does, from the first to the last frame: one of the two.

    Attributes:
        pan: where it turns to; the background moves the other way.
        zoom: "in" when the background grows.
    """

    pan: Pan | None = None
    zoom: Zoom | None = None


@dataclass(frozen=True)
class Stated:
    """What a caption says: facts without times.

    Attributes:
        objects: noun and moves of each.
        relations: `Relation.words` of each.
        camera: as in `Facts`.
    """

    objects: tuple[tuple[str, tuple[Move, ...]], ...]
    relations: tuple[tuple[RelationKind, int, int], ...] = ()
    camera: CameraMove | None = None

    @property
    def timed(self) -> Facts:
        """As facts: a caption has no times, so any will do."""
        objects = [
            ObjectFacts(noun, tuple(Phase(move, float(k), k + 1.0) for k, move in enumerate(moves)))
            for noun, moves in self.objects
        ]
        return Facts(tuple(objects), tuple(Relation(*words, 0.0, 1.0) for words in self.relations), self.camera)


@dataclass(frozen=True)
class ObjectFacts:
    """What one object does, in the order in which it does it."""

    noun: str
    phases: tuple[Phase, ...]

    @property
    def moves(self) -> tuple[Move, ...]:
        """The phases without their times."""
        return tuple(phase.move for phase in self.phases)


@dataclass(frozen=True)
class Facts:
    """Everything that a caption may state about a clip's pasted objects and its camera."""

    objects: tuple[ObjectFacts, ...]
    relations: tuple[Relation, ...] = ()
    camera: CameraMove | None = None

    @property
    def stated(self) -> Stated:
        """All words without their times."""
        objects = tuple((one.noun, one.moves) for one in self.objects)
        return Stated(objects, tuple(one.words for one in self.relations), self.camera)

    @property
    def signature(self) -> str:
        """Equal for two clips exactly when one caption is true of both; times do not count."""
        told = []
        for one in sorted(self.objects, key=lambda one: one.noun):
            moves = (f"{m.direction}/{m.speed}/{m.rotation or 'none'}" + _further(m) for m in one.moves)
            told.append(" ".join([one.noun, *moves]))
        named = [(self.objects[r.subject].noun, r.kind, self.objects[r.other].noun) for r in self.relations]
        # "opposite" is true of both alike.
        named = [(min(a, b), kind, max(a, b)) if kind == "opposite" else (a, kind, b) for a, kind, b in named]
        told += [" ".join(one) for one in sorted(named)]
        if self.camera:
            told.append(f"camera {self.camera.pan or ''}{self.camera.zoom or ''}")
        return "; ".join(told)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, strings and numbers, for JSON; words that are not stated are left out."""
        data: dict[str, Any] = {
            "objects": [
                {
                    "noun": one.noun,
                    "phases": [{**p.move.stated, "start": p.start, "end": p.end} for p in one.phases],
                }
                for one in self.objects
            ]
        }
        if self.relations:
            data["relations"] = [asdict(one) for one in self.relations]
        if self.camera:
            data["camera"] = {name: word for name, word in asdict(self.camera).items() if word}
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Facts:
        """The inverse of `to_dict`; words that are null, as `datasets` may add them, are not stated."""

        def phase(words: dict[str, Any]) -> Phase:
            words = {name: word for name, word in words.items() if word is not None}
            start, end = words.pop("start"), words.pop("end")
            return Phase(Move(**words), start, end)

        return cls(
            tuple(ObjectFacts(one["noun"], tuple(map(phase, one["phases"]))) for one in data["objects"]),
            tuple(Relation(**one) for one in data.get("relations") or ()),
            CameraMove(**data["camera"]) if data.get("camera") else None,
        )


def _further(move: Move) -> str:
    """What is stated beyond direction, speed and rotation, in a fixed order."""
    common = ("direction", "speed", "rotation")
    plain = Move()
    words = [
        f"{name}={word}" for name, word in move.stated.items() if name not in common and word != getattr(plain, name)
    ]
    return "".join(f"/{word}" for word in words)
