"""The checks of the labels, and the classifiers that look for leaks, on motions that are written down here."""

import numpy as np
import pytest
from physics.checks import CHECKS, shows
from physics.classes import CLASSES, PAIRS
from physics.leakage import best_by_noun, linear, nearest, squared
from physics.meshes import Mesh, ball, box, cylinder, prism, torus
from physics.objects import KINDS, Kind

STEPS = np.linspace(0, 1, 16)
STILL = np.zeros(16)


def seen(*things: dict, touch: int | None = None) -> dict[str, np.ndarray]:
    """A trajectory: what is not named stands still in the middle."""
    rows = {name: [thing.get(name, STILL + 0.5 * (name != "angle")) for thing in things] for name in
            ("x", "y", "size", "angle")}  # fmt: skip
    touched = np.zeros(16, bool)
    if touch is not None:
        touched[touch] = True
    return {**{name: np.array(values) for name, values in rows.items()}, "touch": touched}


RIGHT = seen({"x": 0.3 + 0.3 * STEPS})
ROLL = seen({"x": 0.3 + 0.3 * STEPS, "angle": 120 * STEPS})
NEARER = seen({"y": 0.4 + 0.2 * STEPS, "size": 0.2 + 0.1 * STEPS})
UP = seen({"y": 0.7 - 0.3 * STEPS})
SPIN = seen({"angle": 240 * STEPS})
PARTING = seen({"x": 0.4 - 0.15 * STEPS}, {"x": 0.6 + 0.15 * STEPS})
SLOPE = seen({"x": 0.3 + 0.3 * STEPS, "y": 0.6 - 0.12 * STEPS})
ORBIT = seen({"x": 0.5 + 0.2 * np.cos(4 * STEPS), "y": 0.5 + 0.2 * np.sin(4 * STEPS)}, {})
OVER = seen({"angle": 80 * STEPS, "y": 0.5 + 0.1 * STEPS})


def backwards(path: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The clip played from its end; turns count from the new start."""
    turned = {name: values[..., ::-1] for name, values in path.items()}
    return {**turned, "angle": turned["angle"] - turned["angle"][:, :1]}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (RIGHT, "push_right"),
        (ROLL, "roll_right"),
        (NEARER, "toward"),
        (UP, "lift"),
        (SPIN, "spin_clockwise"),
        (PARTING, "apart"),
        (SLOPE, "slope_up"),
        (ORBIT, "around_clockwise"),
        (OVER, "tip_over"),
    ],
)
def test_played_backwards_it_is_the_opposite(path: dict[str, np.ndarray], name: str) -> None:
    pair = next(pair for pair in PAIRS if name in pair.classes)
    other = pair.classes[1 - pair.classes.index(name)]
    assert shows(name, path)
    assert not shows(other, path)
    assert shows(other, backwards(path))
    assert not shows(name, backwards(path))


def test_pairs_that_part_after_one_start() -> None:
    falls = seen({"x": 0.3 + 0.4 * STEPS, "y": 0.4 + 0.3 * np.maximum(STEPS - 0.5, 0) / 0.5})
    stops = seen({"x": 0.3 + 0.3 * np.minimum(STEPS / 0.6, 1)})
    assert shows("fall_off", falls)
    assert not shows("almost_fall", falls)
    assert shows("almost_fall", stops)
    assert not shows("fall_off", stops)

    arc = 0.2 * (1 - (2 * STEPS - 1) ** 2)
    thrown, dropped = seen({"y": 0.5 - arc}), seen({"y": 0.5 + arc})
    assert shows("throw_up", thrown)
    assert shows("bounce", dropped)
    assert not shows("throw_up", dropped)
    assert not shows("bounce", thrown)

    way = {"x": 0.2 + 0.6 * STEPS, "y": STILL + 0.6}, {"x": 0.8 - 0.6 * STEPS, "y": STILL + 0.4}
    assert shows("pass", seen(*way))
    assert not shows("pass", seen(*way, touch=7))
    halfway = {"x": 0.2 + 0.25 * np.minimum(2 * STEPS, 1)}, {"x": 0.8 - 0.25 * np.minimum(2 * STEPS, 1)}
    assert shows("collide", seen(*halfway, touch=7))
    assert not shows("collide", seen(*halfway))

    mover, late = {"x": 0.2 + 0.25 * np.minimum(2 * STEPS, 1)}, np.maximum(STEPS - 0.5, 0)
    assert shows("knock_away", seen(mover, {"x": 0.6 + 0.4 * late}, touch=8))
    assert not shows("stay_put", seen(mover, {"x": 0.6 + 0.4 * late}, touch=8))
    assert shows("stay_put", seen(mover, {"x": STILL + 0.6}, touch=8))
    assert not shows("stay_put", seen(mover, {"x": STILL + 0.6}))


def test_a_swing_is_fast_by_its_turns() -> None:
    fast, slow = (seen({"x": 0.5 + 0.15 * np.cos(2 * np.pi * turns * STEPS)}) for turns in (2, 0.7))
    assert shows("swing_fast", fast)
    assert shows("swing_slowly", slow)
    assert not shows("swing_fast", slow)
    assert not shows("swing_slowly", fast)


def test_every_class_has_a_check_and_a_caption() -> None:
    assert set(CHECKS) == set(CLASSES)
    assert len(CLASSES) == 2 * len(PAIRS) == len(set(CLASSES))
    push = PAIRS[0]
    assert push.caption(0, ("mug",)) == "Pushing a mug from left to right"
    two = next(pair for pair in PAIRS if pair.name == "around")
    assert two.caption(1, ("orange", "mug")) == "Moving an orange counterclockwise around a mug"


def volume(mesh: Mesh) -> float:
    """Positive when the faces look outward."""
    corners = mesh.points[mesh.faces]
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6)


@pytest.mark.parametrize(
    ("mesh", "wanted"),
    [
        (box(1, 2, 3), 6),
        (ball(1, 32), 4 / 3 * np.pi),
        (cylinder(1, 2, 32), 2 * np.pi),
        (torus(2, 0.5, 32), 2 * np.pi**2 * 2 * 0.25),
        (prism([(0, 0), (2, 0), (2, 1), (0, 1)], 0.5), 1),
    ],
    ids=["box", "ball", "cylinder", "torus", "prism"],
)
def test_primitives_look_outward(mesh: Mesh, wanted: float) -> None:
    assert volume(mesh) == pytest.approx(wanted, rel=0.08)
    assert volume(mesh.turned("y", 30).moved(1, 2, 3)) == pytest.approx(volume(mesh))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_things_are_whole(kind: Kind) -> None:
    mesh = kind.mesh()
    assert 2 * mesh.half_extents().max() == pytest.approx(1)
    assert mesh.uv.min() >= 0
    assert mesh.uv.max() <= 1
    assert 0.01 < volume(mesh) < 1.5


def test_classifiers_find_a_leak_and_no_more() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([3, 7], 60)
    noise = rng.normal(size=(120, 8))
    leak = noise.copy()
    leak[:, 2] += 4 * (labels == 7)
    for classify in (nearest, linear):
        found = (classify(leak[::2], labels[::2], leak[1::2]) == labels[1::2]).mean()
        blind = (classify(noise[::2], labels[::2], noise[1::2]) == labels[1::2]).mean()
        assert found > 0.9
        assert 0.3 < blind < 0.7
    ring = rng.normal(size=(200, 2))
    inside = ((ring**2).sum(1) < 1.2).astype(int)
    assert (linear(squared(ring[::2]), inside[::2], squared(ring[1::2])) == inside[1::2]).mean() > 0.85


def test_the_noun_alone() -> None:
    assert best_by_noun(["mug", "mug", "bat", "bat"], [0, 1, 0, 1]).mean() == 0.5
    assert best_by_noun(["mug", "mug", "bat", "bat"], [0, 0, 1, 1]).all()
