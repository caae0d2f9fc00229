"""Poses to pictures, pictures to mp4, and where the picture shows each thing."""

from __future__ import annotations

import io

import av
import numpy as np
import pybullet as bullet
from PIL import Image, ImageDraw

from .stage import OVERSAMPLING, SIDE, Backdrop, Ground, shoot, table_ends
from .world import Pose, World

#: How much of the light a shadow leaves.
SHADE = 0.62


def rotation(quaternion: np.ndarray) -> np.ndarray:
    """`(3, 3)` matrix of an x, y, z, w quaternion."""
    return np.array(bullet.getMatrixFromQuaternion(quaternion)).reshape(3, 3)


def render(world: World, backdrop: Backdrop) -> np.ndarray:
    """The world as it is now in front of its stage, `(112, 112, 3)` uint8."""
    front, behind = shoot(world.scene, world.client), backdrop.picture
    picture = behind.colours.astype(np.float32)
    for ground in backdrop.grounds:
        picture[_shadow(world, ground) & ground.seen] *= SHADE
    nearer = (front.bodies >= 0) & (front.depth < behind.depth)
    picture[nearer] = front.colours[nearer]
    small = picture.reshape(SIDE, OVERSAMPLING, SIDE, OVERSAMPLING, 3).mean((1, 3))
    return small.round().clip(0, 255).astype(np.uint8)


def _shadow(world: World, ground: Ground) -> np.ndarray:
    """Where the things' shadows on a plane would be seen, `(H, W)` bool: the renderer's own are unreliable."""
    side, light = SIDE * OVERSAMPLING, world.scene.light
    canvas = Image.new("1", (side, side))
    draw = ImageDraw.Draw(canvas)
    for thing, mesh in enumerate(world.meshes):
        at, turn = world.pose(thing)
        points = mesh.points @ rotation(turn).T + at
        height = (points - ground.point) @ ground.normal
        if height.max() < 0:
            continue
        fallen = points - np.outer(np.maximum(height, 0) / (light @ ground.normal), light)
        seen = world.scene.camera.project(fallen) * side
        corners = points[mesh.faces]
        lit = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) @ light > 0
        if ground.under_table:
            left, right = table_ends(world.scene)
            through = points - np.outer(np.maximum(points[:, 2], 0) / light[2], light)
            free = (points[:, 2] < 0) | (through[:, 0] < left) | (through[:, 0] > right)
            lit &= free[mesh.faces].all(1)
        for corner_pixels in seen[mesh.faces[lit]].reshape(-1, 6).tolist():
            draw.polygon(corner_pixels, fill=1)
    return np.array(canvas)


def observe(world: World, poses: list[Pose], markers: list[np.ndarray]) -> list[list[float]]:
    """Where the picture shows each thing: x, y, size, angle, left, top, right, bottom.

    Centre and box are fractions of the picture, size is the longer side of the box; angle is that of
    the marker, a direction in the thing's own axes, clockwise in degrees.
    """
    rows = []
    for mesh, (at, turn), marker in zip(world.meshes, poses, markers, strict=True):
        matrix = rotation(turn)
        seen = world.scene.camera.project(mesh.points @ matrix.T + at)
        low, high = seen.min(0), seen.max(0)
        centre, tip = world.scene.camera.project(np.stack([at, at + 0.1 * (matrix @ marker)]))
        angle = np.rad2deg(np.arctan2(*(tip - centre)[::-1]))
        rows.append([*centre, (high - low).max(), angle, *low, *high])
    return rows


def encode(frames: np.ndarray, fps: float, crf: int) -> bytes:
    """Frames `(N, H, W, 3)` uint8 as H.264 in an mp4; one thread, so that equal frames give equal bytes."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        options = {"crf": str(crf), "preset": "slower", "x264-params": "bframes=0:mbtree=0:info=0"}
        stream = container.add_stream("libx264", rate=round(fps), options=options)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.flags |= 1 << 23  # bitexact: no encoder version in the stream
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()
