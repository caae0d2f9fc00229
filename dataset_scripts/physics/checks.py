"""Does a clip show what its class says? Asked of the trajectory in the picture alone; numpy only.

A trajectory is a dictionary of arrays `(things, 16)`: `x`, `y` (centre, fractions of the picture, y down),
`size` (longer side of the box that it fills), `angle` (degrees, clockwise, unwrapped, 0 at first); and
`touch`, `(16,)` bool: the two things touched since the frame before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Trajectory = Mapping[str, np.ndarray]

#: The least that must be seen to move, as a fraction of the picture; degrees of a turn.
SHIFT, TURN = 0.17, 60.0


def _net(values: np.ndarray) -> float:
    return float(values[-1] - values[0])


def _steady(values: np.ndarray, sign: int) -> bool:
    """Hardly ever against the sign."""
    return bool((sign * np.diff(values) > -0.01).all())


def _sideways(sign: int) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        x, y = seen["x"][0], seen["y"][0]
        return sign * _net(x) > SHIFT and _steady(x, sign) and abs(_net(y)) < 0.1 and abs(_net(seen["angle"][0])) < 45

    return check


def _rolling(sign: int) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        x, angle = seen["x"][0], seen["angle"][0]
        return (
            sign * _net(x) > SHIFT and _steady(x, sign) and sign * _net(angle) > TURN and np.ptp(seen["y"][0]) < 0.1
        )

    return check


def _in_depth(sign: int) -> Callable[[Trajectory], bool]:
    """Sign +1: toward the camera, lower in the picture and larger."""

    def check(seen: Trajectory) -> bool:
        y, size = seen["y"][0], seen["size"][0]
        return sign * _net(y) > 0.08 and sign * np.log(size[-1] / size[0]) > 0.15 and abs(_net(seen["x"][0])) < 0.2

    return check


def _upright(sign: int) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        x, y = seen["x"][0], seen["y"][0]
        return sign * -_net(y) > 0.14 and _steady(-y, sign) and abs(_net(x)) < 0.08

    return check


def _fall_off(seen: Trajectory) -> bool:
    return _net(seen["y"][0]) > 0.15 and abs(_net(seen["x"][0])) > SHIFT


def _almost_fall(seen: Trajectory) -> bool:
    x, y = seen["x"][0], seen["y"][0]
    return bool(np.ptp(y) < 0.07 and abs(_net(x)) > SHIFT and abs(x[-1] - x[-4]) < 0.03)


def _tipping(falls: bool) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        angle, y = seen["angle"][0], seen["y"][0]
        return abs(_net(angle)) > 50 and (_net(y) > 0.04 if falls else _net(y) < -0.04)

    return check


def _spinning(sign: int) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        angle = seen["angle"][0]
        return sign * _net(angle) > 150 and bool((sign * np.diff(angle) > 0).all()) and np.ptp(seen["x"][0]) < 0.08

    return check


def _between(seen: Trajectory) -> np.ndarray:
    return np.hypot(seen["x"][0] - seen["x"][1], seen["y"][0] - seen["y"][1])


def _both_move(seen: Trajectory) -> bool:
    return bool((np.abs(seen["x"][:, 5] - seen["x"][:, 0]) > 0.05).all())


def _collide(seen: Trajectory) -> bool:
    return bool(seen["touch"].any()) and _both_move(seen) and _crossed(seen) > 0


def _pass(seen: Trajectory) -> bool:
    return not seen["touch"].any() and _both_move(seen) and _crossed(seen) < 0


def _crossed(seen: Trajectory) -> float:
    """Positive while the two keep their order along x, negative once they have changed it."""
    apart = seen["x"][0] - seen["x"][1]
    return float(apart[0] * apart[-1])


def _distance(sign: int) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        apart = _between(seen)
        moved = np.abs(seen["x"][:, -1] - seen["x"][:, 0])
        return sign * _net(apart) > 0.15 and _steady(apart, sign) and not seen["touch"].any() and moved.min() > 0.06

    return check


def _on_slope(sign: int) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        x, y = seen["x"][0], seen["y"][0]
        return (
            sign * -_net(y) > 0.06 and _steady(-y, sign) and abs(_net(x)) > SHIFT and abs(_net(seen["angle"][0])) < 20
        )

    return check


def _orbit(sign: int) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        x, y = seen["x"][0] - seen["x"][1], seen["y"][0] - seen["y"][1]
        angle = np.rad2deg(np.unwrap(np.arctan2(y, x)))
        still = np.ptp(seen["x"][1]) < 0.03 and np.ptp(seen["y"][1]) < 0.03
        return (
            sign * _net(angle) > 130 and bool((sign * np.diff(angle) > 0).all()) and still and not seen["touch"].any()
        )

    return check


def _turns(values: np.ndarray) -> int:
    """How often the direction changes."""
    steps = np.diff(values)
    signs = np.sign(steps[np.abs(steps) > 0.004])
    return int((signs[1:] != signs[:-1]).sum())


def _swing(fast: bool) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        x = seen["x"][0]
        return bool(np.ptp(x) > 0.15 and (_turns(x) >= 3 if fast else _turns(x) <= 2))

    return check


def _there_and_back(up: bool) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        height = -seen["y"][0] if up else seen["y"][0]
        peak = int(height.argmax())
        there = min(height[peak] - height[0], height[peak] - height[-1])
        return 3 <= peak <= 12 and there > 0.1 and abs(_net(height)) < 0.12 and np.ptp(seen["x"][0]) < 0.1

    return check


def _hit(moves: bool) -> Callable[[Trajectory], bool]:
    def check(seen: Trajectory) -> bool:
        mover, target = seen["x"]
        way, pushed = np.sign(target[0] - mover[0]), abs(_net(target))
        fine = way * _net(target) > 0.1 if moves else pushed < 0.012 and np.ptp(seen["y"][1]) < 0.012
        return bool(seen["touch"].any()) and abs(_net(mover)) > 0.1 and bool(fine)

    return check


#: Class -> what its trajectory must show.
CHECKS: dict[str, Callable[[Trajectory], bool]] = {
    "push_right": _sideways(1),
    "push_left": _sideways(-1),
    "roll_right": _rolling(1),
    "roll_left": _rolling(-1),
    "toward": _in_depth(1),
    "away": _in_depth(-1),
    "lift": _upright(1),
    "drop": _upright(-1),
    "fall_off": _fall_off,
    "almost_fall": _almost_fall,
    "tip_over": _tipping(True),
    "stand_up": _tipping(False),
    "spin_clockwise": _spinning(1),
    "spin_counterclockwise": _spinning(-1),
    "collide": _collide,
    "pass": _pass,
    "closer": _distance(-1),
    "apart": _distance(1),
    "slope_up": _on_slope(1),
    "slope_down": _on_slope(-1),
    "around_clockwise": _orbit(1),
    "around_counterclockwise": _orbit(-1),
    "swing_fast": _swing(True),
    "swing_slowly": _swing(False),
    "throw_up": _there_and_back(True),
    "bounce": _there_and_back(False),
    "knock_away": _hit(True),
    "stay_put": _hit(False),
}


def shows(name: str, seen: Trajectory) -> bool:
    """Whether a trajectory shows its class."""
    return bool(CHECKS[name](seen))
