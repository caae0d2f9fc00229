"""Triangle meshes from a few primitives. All shapes are computed here, so nobody's licence touches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

#: The lower part of a texture holds the pattern, the upper part one plain colour for `accent` parts.
PATTERN_SHARE = 0.75
#: Corners of faces that meet at less than this angle (degrees) share a normal: round things look round.
CREASE_DEGREES = 45.0


@dataclass(frozen=True)
class Mesh:
    """Triangles with texture coordinates.

    Attributes:
        points: `(N, 3)` float, in units of the longest side of the finished object.
        uv: `(N, 2)` float in 0..1.
        faces: `(M, 3)` int, counter-clockwise as seen from outside.
    """

    points: np.ndarray
    uv: np.ndarray
    faces: np.ndarray

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
        """The same, shifted."""
        return Mesh(self.points + np.array([x, y, z]), self.uv, self.faces)

    def scaled(self, x: float, y: float, z: float) -> Mesh:
        """The same, stretched by positive factors."""
        return Mesh(self.points * np.array([x, y, z]), self.uv, self.faces)

    def turned(self, axis: str, degrees: float) -> Mesh:
        """The same, turned about the x, y or z axis, right-handed."""
        a, b = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
        points, angle = self.points.copy(), np.deg2rad(degrees)
        points[:, a] = self.points[:, a] * np.cos(angle) - self.points[:, b] * np.sin(angle)
        points[:, b] = self.points[:, a] * np.sin(angle) + self.points[:, b] * np.cos(angle)
        return Mesh(points, self.uv, self.faces)

    def finished(self) -> Mesh:
        """Centred on its bounding box, the longest side 1."""
        low, high = self.points.min(0), self.points.max(0)
        return Mesh((self.points - (low + high) / 2) / (high - low).max(), self.uv, self.faces)

    def half_extents(self) -> np.ndarray:
        """Half the bounding box, `(3,)`."""
        return (self.points.max(0) - self.points.min(0)) / 2

    def write_obj(self, path: Path) -> None:
        """As a Wavefront file, with normals."""
        corners = self.points[self.faces]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        _, place = np.unique(self.points.round(5), axis=0, return_inverse=True)
        place = place.reshape(-1)[self.faces]
        lines = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in self.points]
        lines += [f"vt {u:.4f} {v:.4f}" for u, v in self.uv]
        faces = []
        for index, face in enumerate(self.faces):
            words = []
            for corner in range(3):
                around = np.nonzero((place == place[index, corner]).any(1))[0]
                near = around[normals[around] @ normals[index] > np.cos(np.deg2rad(CREASE_DEGREES))]
                mean = normals[near].sum(0) if len(near) else normals[index]
                mean = mean / max(float(np.linalg.norm(mean)), 1e-12)
                lines.append(f"vn {mean[0]:.4f} {mean[1]:.4f} {mean[2]:.4f}")
                words.append(f"{face[corner] + 1}/{face[corner] + 1}/{index * 3 + corner + 1}")
            faces.append("f " + " ".join(words))
        path.write_text("\n".join([*lines, *faces]) + "\n")


def join(*parts: Mesh, accents: Sequence[Mesh] = ()) -> Mesh:
    """One mesh of several; `accents` are painted in the plain colour of the texture."""
    points, uv, faces, count = [], [], [], 0
    for part, accent in [(part, False) for part in parts] + [(part, True) for part in accents]:
        low = PATTERN_SHARE + 0.06 if accent else 0.0
        height = 1.0 - PATTERN_SHARE - 0.12 if accent else PATTERN_SHARE - 0.02
        points.append(part.points)
        uv.append(np.stack([part.uv[:, 0], low + height * part.uv[:, 1]], axis=1))
        faces.append(part.faces + count)
        count += len(part.points)
    return Mesh(np.concatenate(points), np.concatenate(uv), np.concatenate(faces))


def lathe(profile: Sequence[tuple[float, float]], segments: int = 20) -> Mesh:
    """A solid of revolution about the z axis.

    Args:
        profile: (radius, z) from the lowest point to the highest; radius 0 closes an end.
        segments: around the axis.
    """
    rows = np.array(profile, dtype=float)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(rows, axis=0), axis=1))])
    turn = np.linspace(0, 2 * np.pi, segments + 1)
    points = np.stack(
        [
            rows[:, :1] * np.cos(turn),
            rows[:, :1] * np.sin(turn),
            np.repeat(rows[:, 1:], segments + 1, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    uv = np.stack(np.meshgrid(turn / (2 * np.pi), along / along[-1]), axis=-1).reshape(-1, 2)
    return Mesh(points, uv, _grid_faces(len(rows), segments + 1))


def cylinder(radius: float, height: float, segments: int = 20) -> Mesh:
    """Standing on z = 0."""
    return lathe([(0, 0), (radius, 0), (radius, height), (0, height)], segments)


def ball(radius: float, segments: int = 20) -> Mesh:
    """A sphere about the origin."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)
    return lathe([(max(radius * np.cos(a), 0.0), radius * np.sin(a)) for a in angles], segments)


def torus(radius: float, thickness: float, segments: int = 24) -> Mesh:
    """A ring about the z axis; `radius` to the middle of the tube, `thickness` its radius."""
    around, tube = np.linspace(0, 2 * np.pi, segments + 1), np.linspace(0, 2 * np.pi, 11)
    reach = radius + thickness * np.cos(tube)[:, None]
    points = np.stack(
        [reach * np.cos(around), reach * np.sin(around), thickness * np.sin(tube)[:, None] + 0 * around],
        axis=-1,
    ).reshape(-1, 3)
    uv = np.stack(np.meshgrid(around / (2 * np.pi), tube / (2 * np.pi)), axis=-1).reshape(-1, 2)
    return Mesh(points, uv, _grid_faces(11, segments + 1))


def box(x: float, y: float, z: float) -> Mesh:
    """A cuboid of these full lengths about the origin."""
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float)
    points: list[np.ndarray] = []
    faces: list[list[int]] = []
    for axis in range(3):
        for side in (1, -1):
            face = np.zeros((4, 3))
            face[:, axis] = side
            face[:, (axis + 1) % 3], face[:, (axis + 2) % 3] = square[:, 0], square[:, 1]
            face = face[::side]
            start = 4 * len(points)
            points.append(face)
            faces += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    uv = np.tile((square + 1) / 2, (6, 1))
    return Mesh(np.concatenate(points) * np.array([x, y, z]) / 2, uv, np.array(faces))


def prism(outline: Sequence[tuple[float, float]], height: float) -> Mesh:
    """A plate about z = 0.

    Args:
        outline: corners counter-clockwise; every one must be visible from the middle of them all.
        height: thickness along z.
    """
    edge = np.array(outline, dtype=float)
    count, middle = len(edge), edge.mean(0)
    flat = np.concatenate([edge, middle[None]])
    span = max(float((edge.max(0) - edge.min(0)).max()), 1e-9)
    flat_uv = (flat - edge.min(0)) / span
    top = np.concatenate([flat, np.full((count + 1, 1), height / 2)], axis=1)
    bottom = top * np.array([1, 1, -1])
    wall_points = np.concatenate([bottom[:count], top[:count]])
    wall_uv = np.concatenate([flat_uv[:count], flat_uv[:count]])
    faces = []
    for i in range(count):
        j = (i + 1) % count
        faces += [[i, j, count], [count + 1 + j, count + 1 + i, 2 * count + 1]]
        low, high = 2 * count + 2, 3 * count + 2
        faces += [[low + i, low + j, high + j], [low + i, high + j, high + i]]
    return Mesh(
        np.concatenate([top, bottom, wall_points]),
        np.concatenate([flat_uv, flat_uv, wall_uv]),
        np.array(faces),
    )


def sheet(x: float, y: float, cells: int) -> Mesh:
    """A flat rectangle in z = 0 that looks up, in `cells` x `cells` pieces (large triangles clip badly)."""
    steps = np.linspace(0, 1, cells + 1)
    uv = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    points = np.concatenate([(uv - 0.5) * np.array([x, y]), np.zeros((len(uv), 1))], axis=1)
    return Mesh(points, uv, _grid_faces(cells + 1, cells + 1))


def _grid_faces(rows: int, columns: int) -> np.ndarray:
    """Two triangles for each cell of a grid of points, row by row."""
    faces = []
    for row in range(rows - 1):
        for column in range(columns - 1):
            a = row * columns + column
            faces += [[a, a + 1, a + columns + 1], [a, a + columns + 1, a + columns]]
    return np.array(faces)
