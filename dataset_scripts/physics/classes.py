"""The template classes, in opposed pairs, with captions in the style of Something-Something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Two opposed classes that share their scenes.

    Attributes:
        name: of the motion, and of the function in `motions.py` that simulates it.
        classes: names of the two classes.
        templates: their captions, "[something]" for each thing.
        can: what its things must be able to do, see `Kind.can`.
        things: how many are named.
        shares: "path" when the two clips of a scene run over one path in opposite directions or at
            different speeds, "start" when they have one first frame and part later.
        stage: "table", "edge" (a table that ends within the picture), "slope" or "high" (a table, and room above it).
        view: "side", "raised" or "top": how steeply the camera looks down.
        scale: size of the things, in units of the world (the picture is about 4.4 wide).
    """

    name: str
    classes: tuple[str, str]
    templates: tuple[str, str]
    can: str = "slide"
    things: int = 1
    shares: str = "path"
    stage: str = "table"
    view: str = "side"
    scale: float = 1.35

    def caption(self, which: int, nouns: tuple[str, ...]) -> str:
        """The template of class 0 or 1 with its nouns filled in."""
        text = self.templates[which]
        for noun in nouns:
            article = "an" if noun[0] in "aeiou" else "a"
            text = text.replace("[something]", f"{article} {noun}", 1)
        return text


PAIRS: tuple[Pair, ...] = (
    Pair(
        "push",
        ("push_right", "push_left"),
        ("Pushing [something] from left to right", "Pushing [something] from right to left"),
    ),
    Pair(
        "roll",
        ("roll_right", "roll_left"),
        ("Rolling [something] from left to right", "Rolling [something] from right to left"),
        can="roll",
    ),
    Pair(
        "depth",
        ("toward", "away"),
        ("Moving [something] towards the camera", "Moving [something] away from the camera"),
    ),
    Pair("lift", ("lift", "drop"), ("Lifting [something] up", "Dropping [something]"), stage="high", scale=1.15),
    Pair(
        "edge",
        ("fall_off", "almost_fall"),
        (
            "Pushing [something] so that it falls off the table",
            "Pushing [something] so that it almost falls off but doesn't",
        ),
        shares="start",
        stage="edge",
        scale=1.15,
    ),
    Pair("tip", ("tip_over", "stand_up"), ("Tipping [something] over", "Standing [something] up"), "tip", scale=1.5),
    Pair(
        "spin",
        ("spin_clockwise", "spin_counterclockwise"),
        ("Spinning [something] clockwise", "Spinning [something] counterclockwise"),
        can="spin",
        view="top",
        scale=1.75,
    ),
    Pair(
        "meet",
        ("collide", "pass"),
        (
            "Moving [something] and [something] so they collide with each other",
            "Moving [something] and [something] so they pass each other",
        ),
        things=2,
        shares="start",
        view="raised",
        scale=1.05,
    ),
    Pair(
        "gap",
        ("closer", "apart"),
        (
            "Moving [something] and [something] closer to each other",
            "Moving [something] and [something] away from each other",
        ),
        things=2,
        scale=1.15,
    ),
    Pair(
        "slope",
        ("slope_up", "slope_down"),
        ("Moving [something] up a slanted surface", "Moving [something] down a slanted surface"),
        stage="slope",
        scale=1.2,
    ),
    Pair(
        "around",
        ("around_clockwise", "around_counterclockwise"),
        ("Moving [something] clockwise around [something]", "Moving [something] counterclockwise around [something]"),
        things=2,
        view="top",
        scale=1.0,
    ),
    Pair(
        "swing",
        ("swing_fast", "swing_slowly"),
        ("Swinging [something] quickly on a rope", "Swinging [something] slowly on a rope"),
        stage="high",
        scale=1.25,
    ),
    Pair(
        "bounce",
        ("throw_up", "bounce"),
        (
            "Throwing [something] in the air and letting it fall back",
            "Dropping [something] so that it bounces back up",
        ),
        shares="start",
        stage="high",
        scale=1.1,
    ),
    Pair(
        "hit",
        ("knock_away", "stay_put"),
        (
            "Moving [something] into [something] so that it is knocked away",
            "Moving [something] into [something] without moving it",
        ),
        things=2,
        shares="start",
        scale=1.1,
    ),
)

#: Class names in the order of their numbers: the two of a pair are neighbours.
CLASSES: tuple[str, ...] = tuple(name for pair in PAIRS for name in pair.classes)
