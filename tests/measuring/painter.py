"""A painter for tests of measuring: a lopsided L with a soft edge, at any place, turn and size.

It shares nothing with the renderer, so that the two can be held against each other.
"""

from collections.abc import Callable

import numpy as np

#: The two bars of the L as x0, y0, x1, y1; its longer side is 1.
BARS = np.array([[0, 0, 1, 0.35], [0, 0, 0.3, 0.75]])
#: Centroid: the bars' common corner counts once.
_AREAS = np.array([0.35, 0.225, -0.105])
_MIDDLES = np.array([[0.5, 0.175], [0.15, 0.375], [0.15, 0.175]])
CENTROID = _AREAS @ _MIDDLES / _AREAS.sum()

Path = Callable[[np.ndarray], np.ndarray]


def paint(
    centres: np.ndarray,
    turns: np.ndarray | float = 0.0,
    sizes: np.ndarray | float = 0.25,
    width: int = 160,
    height: int = 160,
    disc: bool = False,
) -> np.ndarray:
    """Mattes `(T, H, W)` uint8 of an L (or a disc).

    Args:
        centres: `(T,)` complex, fractions of the frame, x + iy.
        turns: degrees, clockwise.
        sizes: longer side, as a fraction of the frame's shorter side.
    """
    mattes = np.zeros((len(centres), height, width), np.uint8)
    turns, sizes = np.broadcast_to(turns, len(centres)), np.broadcast_to(sizes, len(centres)) * min(width, height)
    for matte, centre, turn, size in zip(mattes, centres, np.radians(turns), sizes, strict=True):
        x, y = centre.real * width, centre.imag * height
        left, right = (int(np.clip(x + side * (size + 2), 0, width)) for side in (-1, 1))
        top, bottom = (int(np.clip(y + side * (size + 2), 0, height)) for side in (-1, 1))
        across, down = np.meshgrid(np.arange(left, right) + 0.5 - x, np.arange(top, bottom) + 0.5 - y)
        u = (np.cos(turn) * across + np.sin(turn) * down) / size + CENTROID[0]
        v = (np.cos(turn) * down - np.sin(turn) * across) / size + CENTROID[1]
        bars = np.minimum(*(_outside(u, v, bar) for bar in BARS))
        outside = np.hypot(across, down) / size - 0.5 if disc else bars
        matte[top:bottom, left:right] = np.rint(np.clip(0.5 - outside * size, 0, 1) * 255)
    return mattes


def _outside(u: np.ndarray, v: np.ndarray, bar: np.ndarray) -> np.ndarray:
    """Distance from a bar's edge, negative within."""
    x0, y0, x1, y1 = bar
    dx, dy = abs(u - (x0 + x1) / 2) - (x1 - x0) / 2, abs(v - (y0 + y1) / 2) - (y1 - y0) / 2
    return np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)


def times(seconds: float, fps: float) -> np.ndarray:
    """Of the frames of a clip of at least so many seconds."""
    return np.arange(int(np.ceil(seconds * fps)) + 1) / fps


def line(degrees: float, length: float, pace: float = 1.0) -> Path:
    """A straight way from 0, its speed rising evenly so that the last third is `pace` times the first."""
    rise = 6 * (pace - 1) / (5 - pace)
    way = length * np.exp(1j * np.radians(degrees))
    return lambda t: way * (t + rise * t**2 / 2) / (1 + rise / 2)


def round_trip(
    laps: float, radius: float, narrow: float = 1.0, outer: float | None = None, begin: float = 0.3
) -> Path:
    """Round a centre, clockwise for positive laps; `narrow` squeezes, `outer` is the distance at the end."""
    rise = 0.0 if outer is None else outer - radius

    def at(t: np.ndarray) -> np.ndarray:
        angle = begin + 2 * np.pi * laps * t
        return (radius + rise * t) * (np.cos(angle) + 1j * narrow * np.sin(angle))

    return at


def zigzag(legs: int, degrees: float, length: float, angle: float = 40.0) -> Path:
    """Legs of equal length in all, alternately `angle` to either side."""
    step = length / legs * np.exp(1j * np.radians(degrees + angle * (-1.0) ** np.arange(legs)))
    corners = np.append(0, np.cumsum(step))
    shares = np.linspace(0, 1, legs + 1)
    return lambda t: np.interp(t, shares, corners.real) + 1j * np.interp(t, shares, corners.imag)


def bounce(hops: int, height: float, drift: float) -> Path:
    """Parabolas upwards from one level."""
    return lambda t: drift * t - 4j * height * (hops * t % 1) * (1 - hops * t % 1)


def shake(cycles: float, side: complex) -> Path:
    """A sine to either side."""
    return lambda t: side * np.sin(2 * np.pi * cycles * t)


def stretch(path: Path, seconds: float, start: float, fps: float = 8) -> tuple[np.ndarray, np.ndarray]:
    """Frames of a path that begins at `start`, seconds; before and after it goes elsewhere, then the middle is .5.

    Returns:
        Places `(T,)` and shares of the stretch `(T,)`.
    """
    shares = (times(start + seconds + 0.3, fps) - start) / seconds
    whole = path(np.linspace(0, 1, 200))
    middle = complex(np.ptp(whole.real) / 2 + whole.real.min(), np.ptp(whole.imag) / 2 + whole.imag.min())
    astray = 0.2 * seconds * (np.minimum(shares, 0) * np.exp(2j) + np.maximum(shares - 1, 0) * np.exp(5j))
    return path(shares.clip(0, 1)) + 0.5 + 0.5j - middle + astray, shares
