"""Table, wall, floor and slope: they stand still, so they are drawn once a scene."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pybullet as bullet
from PIL import Image

from .meshes import Mesh, sheet
from .scenes import Scene

#: Side of a clip in pixels, and how many rendered pixels are averaged along each side of one.
SIDE, OVERSAMPLING = 112, 2
#: How far the floor lies below a table that ends within the picture.
DROP = 1.5
#: Length of a slope; its lower end lies on the table.
SLOPE = 4.6
#: The near end of every table, and how far it reaches to the sides when it does not end in view.
NEAR, WIDE = -3.2, 7.0


@dataclass(frozen=True)
class Picture:
    """What the renderer gives, at `SIDE * OVERSAMPLING` pixels a side.

    Attributes:
        colours: `(H, W, 3)` uint8.
        depth: `(H, W)` float, 1 far away.
        bodies: `(H, W)` int, -1 where nothing is.
    """

    colours: np.ndarray
    depth: np.ndarray
    bodies: np.ndarray


@dataclass(frozen=True)
class Ground:
    """A plane that shadows fall on.

    Attributes:
        point, normal: `(3,)`.
        under_table: light that would pass through the table does not reach it.
        seen: `(H, W)` bool, where the picture shows it.
    """

    point: np.ndarray
    normal: np.ndarray
    under_table: bool = False
    seen: np.ndarray | None = None


@dataclass(frozen=True)
class Backdrop:
    """A stage as the camera sees it, and the planes of it that shadows fall on."""

    picture: Picture
    grounds: list[Ground]


def shoot(scene: Scene, client: int) -> Picture:
    """Render all bodies of a client, without shadows."""
    camera, side = scene.camera, SIDE * OVERSAMPLING
    ambient, diffuse = scene.brightness
    _, _, colours, depth, bodies = bullet.getCameraImage(
        side,
        side,
        bullet.computeViewMatrix(camera.eye, camera.target, (0, 0, 1)),
        bullet.computeProjectionMatrixFOV(camera.field, 1.0, 0.5, 40.0),
        lightDirection=(scene.light * 10).tolist(),
        lightColor=(1, 1, 1),
        lightDistance=10,
        lightAmbientCoeff=ambient,
        lightDiffuseCoeff=diffuse,
        lightSpecularCoeff=0.03,
        shadow=0,
        renderer=bullet.ER_TINY_RENDERER,
        physicsClientId=client,
    )
    shape = (side, side)
    return Picture(
        np.reshape(colours, (*shape, 4))[..., :3].astype(np.uint8),
        np.reshape(depth, shape),
        np.reshape(bodies, shape),
    )


def add_look(mesh_file: Path, scale: float, texture: np.ndarray, folder: Path, client: int) -> tuple[int, int]:
    """A visual shape and its texture in a client."""
    look = bullet.createVisualShape(
        bullet.GEOM_MESH, fileName=str(mesh_file), meshScale=[scale] * 3, physicsClientId=client
    )
    path = folder / f"texture{len(list(folder.glob('texture*.png')))}.png"
    Image.fromarray(texture).save(path)
    return int(look), int(bullet.loadTexture(str(path), physicsClientId=client))


def paint(body: int, texture: int, client: int) -> None:
    """Give a body its texture."""
    bullet.changeVisualShape(
        body,
        -1,
        textureUniqueId=texture,
        rgbaColor=(1, 1, 1, 1),
        specularColor=(0.1, 0.1, 0.1),
        physicsClientId=client,
    )


def table_ends(scene: Scene) -> tuple[float, float]:
    """Where the table ends at the left and at the right."""
    if scene.stage != "edge":
        return -WIDE, WIDE
    return (-WIDE, scene.edge) if scene.side > 0 else (-scene.edge, WIDE)


def slope_middle(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """The middle of a slope's upper face, and its normal."""
    angle = scene.side * scene.slope
    middle = np.array([0.0, 0.0, SLOPE / 2 * np.sin(scene.slope) + 0.02])
    return middle, np.array([-np.sin(angle), 0.0, np.cos(angle)])


def backdrop(scene: Scene, folder: Path) -> Backdrop:
    """Draw the stage of a scene."""
    client = bullet.connect(bullet.DIRECT)
    try:
        grounds = []
        for name, (mesh, texture, ground) in _surfaces(scene).items():
            file = folder / f"{name}.obj"
            mesh.write_obj(file)
            look, skin = add_look(file, 1.0, texture, folder, client)
            body = int(bullet.createMultiBody(0, -1, look, physicsClientId=client))
            paint(body, skin, client)
            if ground is not None:
                grounds.append((body, ground))
        picture = shoot(scene, client)
        return Backdrop(picture, [replace(ground, seen=picture.bodies == body) for body, ground in grounds])
    finally:
        bullet.disconnect(client)


def _surfaces(scene: Scene) -> dict[str, tuple[Mesh, np.ndarray, Ground | None]]:
    """Name -> mesh in place, texture, and the plane of one that shadows fall on."""
    up = np.array([0.0, 0.0, 1.0])
    left, right = table_ends(scene)
    across, deep, middle_x, middle_y = right - left, scene.depth - NEAR, (left + right) / 2, (NEAR + scene.depth) / 2
    surfaces = {
        "table": (sheet(across, deep, 6).moved(middle_x, middle_y), scene.table_texture, Ground(0 * up, up)),
        "wall": (sheet(22, 14, 4).turned("x", 90).moved(0, scene.depth + 0.6, 3), scene.wall_texture, None),
    }
    if scene.stage == "edge":
        dark = (scene.table_texture * 0.6).astype(np.uint8)
        side = sheet(DROP, deep, 4).turned("y", 90 * scene.side)
        front = sheet(across, DROP, 4).turned("x", 90)
        floor = sheet(16, deep + 1.2, 6).moved(0, middle_y, -DROP)
        surfaces["floor"] = (floor, scene.floor_texture, Ground(-DROP * up, up, under_table=True))
        surfaces["side"] = (side.moved(scene.side * scene.edge, middle_y, -DROP / 2), dark, None)
        surfaces["front"] = (front.moved(middle_x, NEAR, -DROP / 2), dark, None)
    if scene.stage == "slope":
        middle, normal = slope_middle(scene)
        ramp = sheet(SLOPE, 1.8, 6).turned("y", float(np.rad2deg(-scene.side * scene.slope))).moved(*middle)
        surfaces["slope"] = (ramp, scene.floor_texture, Ground(middle, normal))
        surfaces["flank"] = (_flank(scene), (scene.floor_texture * 0.65).astype(np.uint8), None)
    return surfaces


def _flank(scene: Scene) -> Mesh:
    """The triangle between the near edge of the slope and the table."""
    reach, rise = SLOPE * np.cos(scene.slope), SLOPE * np.sin(scene.slope)
    mesh = sheet(reach, 1.0, 6)
    share = 0.5 + scene.side * mesh.points[:, 0] / reach
    points = np.stack(
        [mesh.points[:, 0], np.full(len(share), -0.9), 0.02 + (mesh.points[:, 1] + 0.5) * rise * share], 1
    )
    return Mesh(points, mesh.uv, mesh.faces)
