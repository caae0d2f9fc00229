import numpy as np
import pytest
from painter import line, paint, round_trip

from locomotion_hf.measuring.relations import CERTAIN, LENIENT, measure_relations

FPS, START, END = 8, 0.07, 2.07
SHARES = ((np.arange(18) / FPS - START) / 2).clip(0, 1)
REST = np.zeros(18)


def both(first: np.ndarray, other: np.ndarray, size: float = 0.14) -> np.ndarray:
    """Mattes of two objects about the middle of the frame, the second turned otherwise."""
    return np.stack([paint(0.5 + 0.5j + first, 30, size), paint(0.5 + 0.5j + other, 200, size)], 1)


def going(length: float, start: complex = 0j, degrees: float = 0.0) -> np.ndarray:
    return start + line(degrees, length)(SHARES)


CASES = {
    "collides with": (going(0.3, -0.35), REST + 0.05),
    "collides at the very end": (going(0.3, -0.35), REST + 0.08),
    "toward": (going(0.3, -0.4), REST + 0.13j + 0.05),
    "away from": (going(0.3, 0.05), REST + 0.12j - 0.1),
    "past": (going(0.5, -0.25), REST - 0.25j),
    "orbits": (round_trip(-1, 0.3)(SHARES), REST + 0.06),
    "overtakes": (going(0.6, -0.3 - 0.1j), going(0.2, -0.1 + 0.12j, 10)),
    "follows": (going(0.3, -0.35), going(0.33, 0.0, -5)),
    "opposite": (going(0.5, -0.25 - 0.15j), going(0.3, 0.2 + 0.15j, 185)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("bands", [LENIENT, CERTAIN])
def test_every_relation_in_either_order(name: str, bands: object) -> None:
    kind = "collides with" if "collides" in name else name
    mattes = both(*CASES[name])
    assert measure_relations(mattes, FPS, START, END, bands) == {(kind, 0, 1)}
    turned = {(kind, 0, 1)} if kind == "opposite" else {(kind, 1, 0)}
    assert measure_relations(mattes[:, ::-1], FPS, START, END, bands) == turned


BACK = {"toward": "away from", "away from": "toward", "past": "past", "opposite": "opposite", "orbits": "orbits"}


@pytest.mark.parametrize("name", BACK)
def test_reversed_pixels(name: str) -> None:
    mattes = both(*CASES[name])[::-1]
    last = 17 / FPS
    assert measure_relations(mattes, FPS, last - END, last - START) == {(BACK[name], 0, 1)}


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (going(0.1, -0.4), REST + 0.1),  # comes hardly nearer
        (going(0.3, -0.4), REST + 0.3j),  # goes by, far aside of where it looks
        (going(0.3, 0.05), going(0.05, -0.3)),  # away from something that does not stand still
        (going(0.5, -0.25 - 0.2j), REST + 0.25j),  # passes too far aside
        (round_trip(-1, 0.2)(SHARES) - 0.1, REST + 0.25),  # round something else
        (round_trip(-1, 0.2)(SHARES), going(0.05)),  # round something that moves
        (going(0.5, -0.25 - 0.2j), going(0.3, 0.1 + 0.2j, 90)),  # across
        (going(0.2, -0.35 - 0.1j), going(0.45, -0.15 + 0.1j)),  # falls behind
        (going(0.3, -0.15 - 0.15j), going(0.3, -0.15 + 0.15j)),  # side by side
        (going(0.6, -0.3 - 0.2j), going(0.2, -0.1 + 0.25j)),  # overtakes too far aside
        (going(0.3, -0.35 - 0.1j), going(0.3, 0.0 + 0.1j)),  # follows too far aside
        (going(0.3, -0.06), REST),  # overlaps from the start
        (REST - 0.2, REST + 0.2),
    ],
)
def test_no_relation(first: np.ndarray, other: np.ndarray) -> None:
    assert measure_relations(both(first, other), FPS, START, END) == set()


def test_what_touches_on_the_way_is_neither_passed_nor_overtaken() -> None:
    assert measure_relations(both(going(0.5, -0.25), REST + 0.05j), FPS, START, END) == set()
    assert measure_relations(both(going(0.6, -0.3), going(0.2, -0.1 + 0.02j)), FPS, START, END) == set()


def test_two_pairs_among_four() -> None:
    aside = both(*CASES["opposite"], size=0.1)
    rest = both(REST - 0.35 - 0.35j, REST + 0.35 - 0.35j, size=0.1)
    found = measure_relations(np.concatenate([aside, rest], 1), FPS, START, END, CERTAIN)
    assert ("opposite", 0, 1) in found
    assert not any({subject, other} == {2, 3} for _, subject, other in found)
