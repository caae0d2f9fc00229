"""The things that are shown: everyday nouns, each a mesh, divided between train and test once and for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from .meshes import Mesh, ball, box, cylinder, join, lathe, prism, torus


@dataclass(frozen=True)
class Kind:
    """A noun with its shape and what it can do.

    Attributes:
        noun: reads right after "a".
        split: "train" or "test".
        can: "roll" (about its z axis), "tip" (stands on a small base), "slide" (stands, and is seen well from the
            side), "spin" (flat and long: seen well from above).
        shape: makes the mesh; z is up as it stands.
        size: its longest side, as a factor of the scene's usual one.
    """

    noun: str
    split: str
    can: frozenset[str]
    shape: Callable[[], Mesh]
    size: float = 1.0

    @cache  # noqa: B019 - a few dozen kinds, kept for the whole run
    def mesh(self) -> Mesh:
        """Centred, the longest side 1."""
        return self.shape().finished()


def _star() -> Mesh:
    reach = [1.0 if i % 2 == 0 else 0.45 for i in range(10)]
    corners = [(r * np.sin(-i * np.pi / 5), r * np.cos(i * np.pi / 5)) for i, r in enumerate(reach)]
    return join(prism(corners, 0.35), accents=[cylinder(0.25, 0.08).moved(0.45, 0.1, 0.16)])


def _bar(x: float, y: float, z: float, at: tuple[float, float, float]) -> Mesh:
    return box(x, y, z).moved(*at)


def _mug() -> Mesh:
    cup = lathe([(0, 0), (0.4, 0), (0.4, 0.9), (0.33, 0.9), (0.33, 0.15), (0, 0.15)])
    return join(cup, accents=[torus(0.24, 0.07, 16).turned("x", 90).moved(0.5, 0, 0.45)])


def _bottle() -> Mesh:
    glass = [(0, 0), (0.24, 0), (0.25, 0.62), (0.1, 0.85), (0.09, 1.02)]
    return join(lathe([*glass, (0, 1.02)]), accents=[cylinder(0.12, 0.14).moved(z=1.0)])


def _vase() -> Mesh:
    return join(lathe([(0, 0), (0.2, 0), (0.3, 0.3), (0.26, 0.6), (0.13, 0.8), (0.2, 1.0), (0, 0.98)]))


def _candle() -> Mesh:
    return join(cylinder(0.15, 0.8), accents=[cylinder(0.24, 0.1), lathe([(0, 0.8), (0.07, 0.9), (0, 1.08)], 10)])


def _cone() -> Mesh:
    body = lathe([(0.32, 0.06), (0.06, 1.0), (0, 1.0)])
    return join(body, accents=[box(0.72, 0.72, 0.08).moved(z=0.04)])


def _barrel() -> Mesh:
    staves = lathe([(0, 0), (0.3, 0), (0.39, 0.28), (0.4, 0.5), (0.39, 0.72), (0.3, 1.0), (0, 1.0)])
    hoops = [torus(0.385, 0.025, 20).moved(z=z) for z in (0.25, 0.75)]
    return join(staves, accents=hoops)


def _can() -> Mesh:
    ends = [lathe([(0, z), (0.36, z), (0.33, z + 0.06), (0, z + 0.06)]) for z in (-0.03, 0.85)]
    return join(cylinder(0.35, 0.88), accents=ends)


def _tyre() -> Mesh:
    treads = [box(0.1, 0.1, 0.34).moved(0.93).turned("z", angle) for angle in range(0, 360, 45)]
    return join(torus(0.7, 0.26), accents=treads)


def _drum() -> Mesh:
    ends = [cylinder(0.5, 0.06).moved(z=z) for z in (0, 0.5)]
    return join(cylinder(0.47, 0.56), accents=ends)


def _hammer() -> Mesh:
    handle = cylinder(0.07, 1.1, 12).turned("y", 90).moved(-0.7)
    return join(_bar(0.26, 0.62, 0.26, (0.45, 0, 0)), accents=[handle])


def _key() -> Mesh:
    teeth = [_bar(0.1, 0.24, 0.16, (x, 0.15, 0)) for x in (0.55, 0.78)]
    return join(torus(0.3, 0.1, 18).moved(-0.35), _bar(0.95, 0.14, 0.16, (0.4, 0, 0)), *teeth)


def _book() -> Mesh:
    pages = _bar(0.74, 0.96, 0.16, (0.03, 0, 0))
    covers = [_bar(0.8, 1.04, 0.05, (0, 0, z)) for z in (-0.1, 0.1)]
    return join(*covers, _bar(0.05, 1.04, 0.22, (-0.39, 0, 0)), accents=[pages])


def _spoon() -> Mesh:
    return join(ball(0.3, 16).scaled(1, 0.75, 0.35).moved(0.5), accents=[_bar(1.0, 0.13, 0.1, (-0.25, 0, 0))])


def _brick() -> Mesh:
    studs = [cylinder(0.13, 0.1, 12).moved(x, y, 0.2) for x in (-0.3, 0, 0.3) for y in (-0.15, 0.15)]
    return join(box(1.0, 0.56, 0.42), accents=studs)


def _die() -> Mesh:
    pips = [box(0.16, 0.16, 1.03)]
    pips += [box(1.03, 0.14, 0.14).moved(0, a, b) for a, b in ((-0.26, -0.26), (0.26, 0.26))]
    pips += [box(0.14, 1.03, 0.14).moved(a, 0, b) for a in (-0.26, 0.26) for b in (-0.26, 0.26)]
    return join(box(1, 1, 1), accents=pips)


def _bell() -> Mesh:
    body = lathe([(0, 0), (0.48, 0), (0.42, 0.12), (0.28, 0.35), (0.24, 0.65), (0.12, 0.78), (0, 0.8)])
    return join(body, accents=[cylinder(0.07, 0.16, 10).moved(z=0.76), ball(0.1, 10).moved(z=0.96)])


def _bowl() -> Mesh:
    return join(lathe([(0, 0), (0.25, 0), (0.45, 0.25), (0.5, 0.48), (0.44, 0.48), (0.38, 0.25), (0, 0.1)]))


def _melon() -> Mesh:
    return join(ball(0.5, 24).scaled(0.78, 0.78, 1), accents=[cylinder(0.05, 0.12, 8).moved(z=0.48)])


def _wheel() -> Mesh:
    spokes = [box(1.3, 0.14, 0.12).turned("z", angle) for angle in (0, 45, 90, 135)]
    return join(torus(0.7, 0.15), accents=[*spokes, cylinder(0.2, 0.3, 12).moved(z=-0.15)])


def _spool() -> Mesh:
    ends = [cylinder(0.42, 0.12).moved(z=z) for z in (0, 0.68)]
    return join(*ends, accents=[cylinder(0.26, 0.7)])


def _rolling_pin() -> Mesh:
    grips = [cylinder(0.08, 0.22, 10).moved(z=z) for z in (-0.2, 0.78)]
    return join(cylinder(0.24, 0.8), accents=grips)


def _dumbbell() -> Mesh:
    weights = [cylinder(0.32, 0.26, 8).moved(z=z) for z in (0, 0.7)]
    return join(*weights, accents=[cylinder(0.1, 0.7, 10).moved(z=0.1)])


def _pawn() -> Mesh:
    body = [(0, 0), (0.27, 0), (0.27, 0.1), (0.13, 0.25), (0.09, 0.6), (0.18, 0.66), (0.08, 0.7), (0, 0.72)]
    return join(lathe(body), accents=[ball(0.18, 16).moved(z=0.86)])


def _carton() -> Mesh:
    roof = prism([(-0.24, 0), (0.24, 0), (0, 0.22)], 0.48).turned("x", 90).moved(z=0.75)
    return join(box(0.48, 0.48, 0.75).moved(z=0.375), accents=[roof, _bar(0.05, 0.48, 0.12, (0, 0, 1.0))])


def _lamp() -> Mesh:
    shade = lathe([(0, 0.55), (0.3, 0.55), (0.16, 1.0), (0, 1.0)])
    return join(shade, accents=[cylinder(0.22, 0.08), cylinder(0.05, 0.55, 10)])


def _trophy() -> Mesh:
    cup = lathe([(0, 0.45), (0.08, 0.45), (0.25, 0.65), (0.29, 1.0), (0, 0.95)])
    handles = [torus(0.13, 0.04, 12).turned("x", 90).moved(x, 0, 0.8) for x in (-0.32, 0.32)]
    return join(cup, *handles, accents=[box(0.42, 0.42, 0.18).moved(z=0.09), cylinder(0.07, 0.5, 10)])


def _lantern() -> Mesh:
    posts = [box(0.06, 0.06, 0.7).moved(x, y, 0.4) for x in (-0.2, 0.2) for y in (-0.2, 0.2)]
    roof = lathe([(0, 0.74), (0.36, 0.74), (0.06, 1.02), (0, 1.02)], 4).turned("z", 45)
    return join(box(0.52, 0.52, 0.1).moved(z=0.05), roof, *posts, accents=[cylinder(0.15, 0.6, 12).moved(z=0.1)])


def _wrench() -> Mesh:
    jaws = [_bar(0.3, 0.13, 0.18, (0.62, y, 0)) for y in (-0.2, 0.2)]
    return join(_bar(1.0, 0.18, 0.15, (-0.15, 0, 0)), _bar(0.16, 0.53, 0.18, (0.42, 0, 0)), *jaws)


def _remote() -> Mesh:
    keys = [_bar(0.1, 0.1, 0.06, (x, y, 0.1)) for x in (-0.35, -0.15, 0.05) for y in (-0.1, 0.1)]
    return join(box(1.1, 0.4, 0.16), accents=[*keys, _bar(0.16, 0.26, 0.06, (0.38, 0, 0.1))])


def _pan() -> Mesh:
    dish = lathe([(0, 0), (0.36, 0), (0.44, 0.16), (0.38, 0.16), (0.32, 0.06), (0, 0.06)])
    return join(dish.moved(0.3), accents=[_bar(0.75, 0.13, 0.08, (-0.45, 0, 0.12))])


def _boomerang() -> Mesh:
    arm = prism([(-0.12, -0.14), (0.95, -0.08), (1.0, 0.0), (0.95, 0.1), (-0.12, 0.14)], 0.14)
    return join(arm, accents=[arm.turned("z", 105)])


def _paddle() -> Mesh:
    return join(cylinder(0.36, 0.14).moved(0.35, 0, -0.07), accents=[_bar(0.55, 0.16, 0.16, (-0.2, 0, 0))])


def _house() -> Mesh:
    roof = prism([(-0.52, 0), (0.52, 0), (0, 0.42)], 0.85).turned("x", 90).moved(z=0.55)
    return join(box(0.85, 0.7, 0.55).moved(z=0.275), accents=[roof, box(0.14, 0.14, 0.4).moved(0.25, 0, 0.85)])


def _toy_car() -> Mesh:
    wheels = [cylinder(0.17, 0.12, 14).turned("x", 90).moved(x, y, 0.17) for x in (-0.3, 0.3) for y in (-0.2, 0.32)]
    cabin = prism([(-0.3, 0), (0.3, 0), (0.15, 0.24), (-0.2, 0.24)], 0.42).turned("x", 90).moved(-0.05, 0, 0.42)
    return join(box(1.05, 0.5, 0.27).moved(z=0.28), accents=[*wheels, cabin])


def _mushroom() -> Mesh:
    cap = lathe([(0, 0.42), (0.5, 0.42), (0.45, 0.62), (0.25, 0.8), (0, 0.86)])
    return join(cap, accents=[lathe([(0, 0), (0.24, 0), (0.17, 0.45), (0, 0.45)])])


def _boat() -> Mesh:
    hull = prism([(-0.55, -0.22), (0.25, -0.24), (0.65, 0), (0.25, 0.24), (-0.55, 0.22)], 0.3).moved(z=0.15)
    sail = prism([(-0.25, 0), (0.35, 0), (0.0, 0.65)], 0.07).turned("x", 90).moved(z=0.33)
    return join(hull, accents=[sail, box(0.3, 0.26, 0.14).moved(-0.32, 0, 0.36)])


def _teapot() -> Mesh:
    pot = lathe([(0, 0), (0.25, 0), (0.4, 0.22), (0.36, 0.45), (0.15, 0.6), (0, 0.62)])
    spout = cylinder(0.07, 0.4, 10).turned("y", 45).moved(0.28, 0, 0.22)
    return join(
        pot, accents=[spout, torus(0.17, 0.05, 14).turned("x", 90).moved(-0.4, 0, 0.35), ball(0.08, 10).moved(z=0.66)]
    )


def _kinds(split: str, can: str, /, **shapes: Callable[[], Mesh]) -> list[Kind]:
    return [Kind(name.replace("_", " "), split, frozenset(can.split()), shape) for name, shape in shapes.items()]


#: Every thing of the benchmark. Nouns and shapes of train never come up in test.
KINDS: tuple[Kind, ...] = (
    *_kinds("train", "roll", ball=lambda: join(ball(0.5, 24))),
    *_kinds("train", "roll slide", can=_can, tyre=_tyre, barrel=_barrel, drum=_drum),
    *_kinds("train", "tip slide", bottle=_bottle, candle=_candle, vase=_vase, cone=_cone),
    *_kinds("train", "tip slide", box=lambda: join(box(0.62, 0.3, 1), accents=[box(0.4, 0.32, 0.3).moved(z=0.2)])),
    *_kinds("train", "spin", hammer=_hammer, key=_key, book=_book, spoon=_spoon, star=_star),
    *_kinds("train", "slide", mug=_mug, brick=_brick, die=_die, bell=_bell, bowl=_bowl),
    *_kinds("test", "roll", melon=_melon, rolling_pin=_rolling_pin, dumbbell=_dumbbell, wheel=_wheel),
    *_kinds("test", "roll slide", spool=_spool),
    *_kinds("test", "tip slide", pawn=_pawn, milk_carton=_carton, lamp=_lamp, trophy=_trophy, lantern=_lantern),
    *_kinds("test", "spin", wrench=_wrench, remote_control=_remote, frying_pan=_pan),
    *_kinds("test", "spin", boomerang=_boomerang, paddle=_paddle),
    *_kinds("test", "slide", house=_house, toy_car=_toy_car, mushroom=_mushroom, boat=_boat, teapot=_teapot),
)


def kinds_for(split: str, can: str) -> list[Kind]:
    """The things of a split that can do this, in order."""
    return [kind for kind in KINDS if kind.split == split and can in kind.can]
