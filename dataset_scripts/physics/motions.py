"""The simulated motions: one function a pair of classes.

Each takes the world, the scene's own draws and which of the two classes is wanted; it places the things,
already moving, and returns what the invisible hands do at every step. Both classes draw the same numbers,
so a scene's two clips have the same path (in opposite directions) or the same first frame.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .scenes import SECONDS
from .world import Act, World

Quaternion = tuple[float, float, float, float]
Motion = Callable[[World, np.random.Generator, int], Act]


def idle(seconds: float) -> None:
    """No hand: gravity and contacts alone."""


def both(one: Callable[[], None], other: Callable[[], None]) -> Act:
    """Two hands."""

    def act(seconds: float) -> None:
        one()
        other()

    return act


def about(axis: str, angle: float) -> Quaternion:
    """The quaternion of a turn about one of the world's axes, in radians."""
    values = {"x": 0.0, "y": 0.0, "z": 0.0}
    values[axis] = float(np.sin(angle / 2))
    return (values["x"], values["y"], values["z"], float(np.cos(angle / 2)))


def times(one: Quaternion, two: Quaternion) -> Quaternion:
    """The turn `two`, then the turn `one`."""
    x, y, z, w = one
    a, b, c, d = two
    return (
        w * a + x * d + y * c - z * b,
        w * b - x * c + y * d + z * a,
        w * c + x * b - y * a + z * d,
        w * d - x * a - y * b - z * c,
    )


def segment(
    rng: np.random.Generator, low: float, high: float, shortest: float, longest: float, reverse: int
) -> tuple[float, float]:
    """Two ends of a stretch within low..high, the other way round when `reverse`.

    The stretch is short against what it lies in, so that a single place tells little about the direction.
    """
    length = rng.uniform(shortest, min(longest, high - low))
    start = rng.uniform(low, high - length)
    return (start + length, start) if reverse else (start, start + length)


def push(world: World, rng: np.random.Generator, which: int) -> Act:
    """Over the table, to the right or to the left."""
    start, end = segment(rng, -1.75, 1.75, 0.95, 1.4, which)
    y, speed = rng.uniform(-0.6, 0.6), (end - start) / SECONDS
    world.tune(lateralFriction=0.3)
    world.place((start, y, world.height()), about("z", rng.uniform(0, 2 * np.pi)), (speed, 0, 0))
    return both(lambda: world.push((speed, 0, None)), lambda: world.turn((0, 0, 0)))


def roll(world: World, rng: np.random.Generator, which: int) -> Act:
    """On its rim, to the right or to the left."""
    start, end = segment(rng, -1.75, 1.75, 0.95, 1.4, which)
    y, speed = rng.uniform(-0.6, 0.6), (end - start) / SECONDS
    radius = world.reach()
    upright = times(about("x", -np.pi / 2), about("z", rng.uniform(0, 2 * np.pi)))
    world.tune(lateralFriction=1.0)
    world.place((start, y, radius), upright, (speed, 0, 0), (0, speed / radius, 0))
    return both(lambda: world.push((speed, 0, None), grip=8), lambda: world.turn((0, None, 0)))


def depth(world: World, rng: np.random.Generator, which: int) -> Act:
    """Toward the camera or away from it."""
    start, end = segment(rng, -1.8, 2.5, 1.7, 2.2, 1 - which)
    x, speed = rng.uniform(-0.7, 0.7), (end - start) / SECONDS
    world.tune(lateralFriction=0.3)
    world.place((x, start, world.height()), about("z", rng.uniform(0, 2 * np.pi)), (0, speed, 0))
    return both(lambda: world.push((0, speed, None)), lambda: world.turn((0, 0, 0)))


def lift(world: World, rng: np.random.Generator, which: int) -> Act:
    """Carried up, or falling down the same path."""
    low, high = segment(rng, 0.02, 2.3, 0.8, 1.15, 0)
    fall = high - low
    # Half of the way by the speed that it has, half by gravity: slow motion, so that 16 frames see the fall.
    strength, speed = fall / SECONDS**2, 0.5 * fall / SECONDS
    world.gravity(strength)
    x, y, yaw = rng.uniform(-0.9, 0.9), rng.uniform(-0.4, 0.4), rng.uniform(0, 2 * np.pi)
    world.place((x, y, world.height() + high), about("z", yaw), (0, 0, -speed))
    return idle if which else world.carry(world.rehearse(idle)[::-1])


def edge(world: World, rng: np.random.Generator, which: int) -> Act:
    """Pushed over the end of the table, or stopped just before."""
    side, end = world.scene.side, world.scene.edge
    run, speed = rng.uniform(1.0, 1.3), rng.uniform(1.8, 2.1)
    y, yaw, margin = rng.uniform(-0.5, 0.3), rng.uniform(0, 2 * np.pi), rng.uniform(0.08, 0.2)
    world.tune(lateralFriction=0.3)
    world.place((side * (end - run), y, world.height()), about("z", yaw), (side * speed, 0, 0))

    def act(seconds: float) -> None:
        left = end - side * world.pose()[0][0]
        if which:
            world.push((side * min(speed, 4.0 * max(left - margin, 0.0)), 0, None))
            world.turn((0, 0, 0))
        elif left > 0:
            world.push((side * speed, 0, None))
            world.turn((0, 0, 0))

    return act


def tip(world: World, rng: np.random.Generator, which: int) -> Act:
    """Falling over about an edge of its base, or set up again the same way."""
    side, lean = world.scene.side, np.deg2rad(rng.uniform(12, 24))
    points = world.meshes[0].points
    half = world.height()
    base = float(points[points[:, 2] < -half + 0.03][:, 0].max())
    world.gravity(rng.uniform(4.5, 5.5))
    world.tune(lateralFriction=2.0)
    # The pivot is the edge of the base; the middle stands above it, turned by the lean.
    pivot = np.array([rng.uniform(-0.5, 0.5) - side * 0.5, rng.uniform(-0.4, 0.4), 0.01])
    arm = np.array([-side * base, 0, half])
    angle = side * lean
    at = pivot + np.array(
        [arm[0] * np.cos(angle) + arm[2] * np.sin(angle), 0, -arm[0] * np.sin(angle) + arm[2] * np.cos(angle)]
    )
    start = rng.uniform(0.7, 1.0)
    spin = np.array([0, side * start, 0])
    world.place(at, about("y", angle), np.cross(spin, at - pivot), spin)

    # Light things with a wide base need a hand until they are past their balance.
    def act(seconds: float) -> None:
        if world.motion()[1][1] * side < start and seconds < 0.8:
            world.turn((0, side * start, 0))

    return world.carry(world.rehearse(act)[::-1]) if which else act


def spin(world: World, rng: np.random.Generator, which: int) -> Act:
    """Turning about the vertical axis, as seen from above."""
    speed = rng.uniform(2.4, 3.8) * (1 if which else -1)
    x, y, yaw = rng.uniform(-0.6, 0.6), rng.uniform(-0.5, 0.5), rng.uniform(0, 2 * np.pi)
    world.tune(lateralFriction=0.3)
    world.place((x, y, world.height()), about("z", yaw), (0, 0, 0), (0, 0, speed))
    return both(lambda: world.push((0, 0, None)), lambda: world.turn((0, 0, speed)))


def meet(world: World, rng: np.random.Generator, which: int) -> Act:
    """From both sides: into each other, or past each other."""
    side, lane = world.scene.side, 0.5 * (world.reach(0) + world.reach(1)) + 0.1
    speed, far = rng.uniform(1.7, 1.95), rng.uniform(1.3, 1.5)
    yaws = rng.uniform(0, 2 * np.pi, 2)
    signs = (side, -side)
    for thing, sign in enumerate(signs):
        world.tune(thing, lateralFriction=0.3)
        way = np.array([sign * speed, 0 if which else sign * speed * lane / far, 0])
        at = (-sign * far, -sign * lane, world.height(thing))
        world.place(at, about("z", yaws[thing]), way, thing=thing)
    met = False

    def act(seconds: float) -> None:
        nonlocal met
        met |= world.touching(0, 1)
        for thing, sign in enumerate(signs):
            if not met:
                world.push((sign * speed, 0 if which else sign * speed * lane / far, None), thing)
            world.turn((0, 0, None if met else 0), thing)

    return act


def gap(world: World, rng: np.random.Generator, which: int) -> Act:
    """Both along the picture's width: toward each other or away."""
    side, reach = world.scene.side, world.reach(0) + world.reach(1)
    start, end = segment(rng, reach + 0.12, 3.2, 1.05, 1.4, 1 - which)
    middle, y, yaws = rng.uniform(-0.2, 0.2), rng.uniform(-0.4, 0.4), rng.uniform(0, 2 * np.pi, 2)
    speed = (end - start) / 2 / SECONDS
    for thing, sign in enumerate((side, -side)):
        world.tune(thing, lateralFriction=0.3)
        at = (middle + sign * start / 2, y, world.height(thing))
        world.place(at, about("z", yaws[thing]), (sign * speed, 0, 0), thing=thing)

    def act(seconds: float) -> None:
        for thing, sign in enumerate((side, -side)):
            world.push((sign * speed, 0, None), thing)
            world.turn((0, 0, 0), thing)

    return act


def slope(world: World, rng: np.random.Generator, which: int) -> Act:
    """Along a slanted plate, up or down."""
    side, angle = world.scene.side, world.scene.slope
    start, end = segment(rng, -1.75, 1.75, 1.0, 1.4, which)
    speed = (end - start) / SECONDS
    way = np.array([side * np.cos(angle), 0, np.sin(angle)])
    normal = np.array([-side * np.sin(angle), 0, np.cos(angle)])
    middle = np.array([0, rng.uniform(-0.3, 0.3), 2.3 * np.sin(angle) + 0.02])
    at = middle + start * way + (world.height() + 0.005) * normal
    world.tune(lateralFriction=0.3)
    world.place(at, times(about("y", -side * angle), about("z", rng.uniform(0, 2 * np.pi))), speed * way)
    return both(lambda: world.push(speed * way), lambda: world.turn((0, 0, 0)))


def around(world: World, rng: np.random.Generator, which: int) -> Act:
    """On a circle about the second thing, as seen from above."""
    radius = world.reach(0) + world.reach(1) + rng.uniform(0.08, 0.2)
    start, total = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(170, 260)) * (1 if which else -1)
    x, y, yaws = rng.uniform(-0.15, 0.15), rng.uniform(-0.1, 0.2), rng.uniform(0, 2 * np.pi, 2)
    rate = total / SECONDS

    def target(seconds: float) -> tuple[np.ndarray, np.ndarray]:
        angle = start + rate * seconds
        out = np.array([np.cos(angle), np.sin(angle)])
        return np.array([x, y]) + radius * out, radius * rate * np.array([-out[1], out[0]])

    world.tune(lateralFriction=0.3)
    place, velocity = target(0)
    world.place((*place, world.height(0)), about("z", yaws[0]), (*velocity, 0))
    world.tune(1, mass=50.0)
    world.place((x, y, world.height(1)), about("z", yaws[1]), thing=1)

    def act(seconds: float) -> None:
        place, velocity = target(seconds)
        off = place - world.pose()[0][:2]
        world.push((*(velocity + 10 * off), None))
        world.turn((0, 0, 0))

    return act


def swing(world: World, rng: np.random.Generator, which: int) -> Act:
    """A pendulum of one length and width under strong or weak gravity."""
    length, wide = rng.uniform(1.7, 1.95), np.deg2rad(rng.uniform(32, 44))
    phase, yaw = rng.uniform(0, 2 * np.pi), rng.uniform(0, 2 * np.pi)
    periods = rng.uniform(0.66, 0.84), rng.uniform(2.0, 2.8)
    rate = 2 * np.pi / periods[which]
    world.gravity(length * rate**2)
    pivot = np.array([rng.uniform(-0.25, 0.25), rng.uniform(-0.3, 0.3), rng.uniform(2.75, 2.95)])
    angle, spin = wide * np.cos(phase), -wide * rate * np.sin(phase)
    # A positive turn about y moves what hangs below the pivot to the left.
    turn = times(about("y", angle), about("z", yaw))
    hang = length * np.array([-np.sin(angle), 0, -np.cos(angle)])
    world.tune(angularDamping=0.0)
    world.hang(pivot, (0, 0, length))
    world.place(pivot + hang, turn, np.cross([0, spin, 0], hang), (0, spin, 0))
    world.add_rope(length)
    world.tie_rope(pivot)
    return idle


def bounce(world: World, rng: np.random.Generator, which: int) -> Act:
    """From one height: thrown up and back, or down, off the table and back."""
    apex = rng.uniform(0.6, 0.85)
    low = apex + rng.uniform(0.08, 0.3)
    strength = 8 * apex / SECONDS**2
    speed = -2 * (low - apex) / SECONDS if which else strength * SECONDS / 2
    world.gravity(strength)
    inertia = 1e3
    world.tune(restitution=0.92, localInertiaDiagonal=(inertia, inertia, inertia))
    x, y, yaw = rng.uniform(-0.9, 0.9), rng.uniform(-0.4, 0.4), rng.uniform(0, 2 * np.pi)
    world.place((x, y, world.height() + low), about("z", yaw), (0, 0, speed))
    return idle


def hit(world: World, rng: np.random.Generator, which: int) -> Act:
    """Into a thing that is light, or too heavy to move."""
    side, speed = world.scene.side, rng.uniform(1.9, 2.3)
    y, yaws, start = rng.uniform(-0.4, 0.4), rng.uniform(0, 2 * np.pi, 2), rng.uniform(1.35, 1.55)
    target = rng.uniform(0.0, 0.3)
    world.tune(0, lateralFriction=0.3)
    world.place((-side * start, y, world.height(0)), about("z", yaws[0]), (side * speed, 0, 0))
    world.tune(1, lateralFriction=3.0 if which else 0.12, mass=200.0 if which else 0.5)
    world.place((side * target, y, world.height(1)), about("z", yaws[1]), thing=1)
    met = False

    def act(seconds: float) -> None:
        nonlocal met
        met |= world.touching(0, 1)
        if not met:
            world.push((side * speed, 0, None))
        for thing in (0, 1):
            world.turn((0, 0, None if met else 0), thing)

    return act


MOTIONS: dict[str, Motion] = {
    function.__name__: function
    for function in (push, roll, depth, lift, edge, tip, spin, meet, gap, slope, around, swing, bounce, hit)
}
