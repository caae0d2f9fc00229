"""A pybullet world with a stage, a few things and invisible hands that push, turn or carry them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pybullet as bullet

from .meshes import Mesh, sheet
from .scenes import FRAMES, SECONDS, Scene
from .stage import DROP, NEAR, SLOPE, add_look, paint, slope_middle, table_ends

#: Seconds of a step of the simulation; pybullet's own.
STEP = 1 / 240
#: How strongly a hand corrects a speed (per second), and the most it accelerates (units / s²).
GRIP, STRONGEST = 40.0, 80.0

Vector = Sequence[float] | np.ndarray
#: What the hands do at a step, by its time in seconds.
Act = Callable[[float], None]
Pose = tuple[np.ndarray, np.ndarray]


class World:
    """One simulation of a scene.

    Attributes:
        things: the bodies that the caption names, in its order.
        meshes: their meshes, in units of the world.
        follow: puts what is drawn but not simulated (a rope) in its place.
    """

    def __init__(self, scene: Scene, folder: Path, textures: Path) -> None:
        """Build it.

        Args:
            scene: what is in it.
            folder: keeps mesh files, for all scenes.
            textures: an empty folder of this world's own.
        """
        self.scene, self.folder, self.textures = scene, folder, textures
        self.client = bullet.connect(bullet.DIRECT)
        bullet.setTimeStep(STEP, physicsClientId=self.client)
        bullet.setPhysicsEngineParameter(
            deterministicOverlappingPairs=1, restitutionVelocityThreshold=0.05, physicsClientId=self.client
        )
        self.gravity(10.0)
        self._supports()
        self.things: list[int] = []
        self.meshes: list[Mesh] = []
        self.rope: int | None = None
        self.follow: Callable[[], None] = lambda: None
        for kind, texture, scale in zip(scene.kinds, scene.thing_textures, scene.scales, strict=True):
            self.meshes.append(kind.mesh().scaled(scale, scale, scale))
            name = f"thing-{kind.noun.replace(' ', '-')}"
            self.things.append(self._body(kind.mesh(), scale, texture, 1.0, name))

    def close(self) -> None:
        """Free the engine."""
        bullet.disconnect(self.client)

    def _body(self, mesh: Mesh, scale: float, texture: np.ndarray, mass: float, name: str, solid: bool = True) -> int:
        """A mesh of its own size in the files, scaled here, so that every scene can use one file."""
        file = self.folder / f"{name}.obj"
        if not file.exists():
            # Several processes may want it: it appears whole.
            partial = file.with_suffix(f".{os.getpid()}")
            mesh.write_obj(partial)
            partial.replace(file)
        shape = -1
        if solid and self.scene.pair.name == "bounce":
            # Bullet takes contacts of hulls before they touch, and then forgets to bounce; boxes do bounce.
            half = (scale * mesh.half_extents()).tolist()
            shape = bullet.createCollisionShape(bullet.GEOM_BOX, halfExtents=half, physicsClientId=self.client)
        elif solid:
            corners = (scale * np.unique(mesh.points.round(4), axis=0)).tolist()
            shape = bullet.createCollisionShape(bullet.GEOM_MESH, vertices=corners, physicsClientId=self.client)
        look, skin = add_look(file, scale, texture, self.textures, self.client)
        body = int(bullet.createMultiBody(mass, shape, look, physicsClientId=self.client))
        paint(body, skin, self.client)
        bullet.changeDynamics(
            body,
            -1,
            lateralFriction=0.5,
            linearDamping=0,
            angularDamping=0.02,
            restitution=0,
            physicsClientId=self.client,
        )
        return body

    def _block(self, half: Sequence[float], at: Sequence[float], turn: float = 0.0) -> None:
        """An invisible support."""
        shape = bullet.createCollisionShape(bullet.GEOM_BOX, halfExtents=half, physicsClientId=self.client)
        # Without a look of its own a body shows its collision shape: give it a speck, far behind the camera.
        speck = bullet.createVisualShape(
            bullet.GEOM_SPHERE, radius=1e-3, visualFramePosition=(0, -50, 0), physicsClientId=self.client
        )
        quaternion = bullet.getQuaternionFromEuler((0, turn, 0))
        body = bullet.createMultiBody(0, shape, speck, at, quaternion, physicsClientId=self.client)
        bullet.changeDynamics(body, -1, lateralFriction=0.6, restitution=1.0, physicsClientId=self.client)

    def _supports(self) -> None:
        """What carries the things: under the surfaces that `stage` draws."""
        scene = self.scene
        left, right = table_ends(scene)
        deep, middle = scene.depth - NEAR, (scene.depth + NEAR) / 2
        self._block(((right - left) / 2, deep / 2, 0.25), ((left + right) / 2, middle, -0.25))
        if scene.stage == "edge":
            self._block((8, deep, 0.25), (0, middle, -DROP - 0.25))
        if scene.stage == "slope":
            at, normal = slope_middle(scene)
            self._block((SLOPE / 2 + 1, 0.9, 0.1), (at - 0.1 * normal).tolist(), -scene.side * scene.slope)

    def add_rope(self, length: float) -> None:
        """A thin stick without mass that is drawn from the pivot of a pendulum to its thing."""
        rope = sheet(0.025, 1, 4).turned("x", 90).moved(z=-0.5)
        self.rope = self._body(rope, length, np.full((8, 8, 3), 60, np.uint8), 0.0, "rope", solid=False)

    def tie_rope(self, pivot: np.ndarray) -> None:
        """From now on the rope is drawn from a point of the world to the first thing."""

        def follow() -> None:
            x, _, z = self.pose()[0] - pivot
            turn = bullet.getQuaternionFromEuler((0, float(np.arctan2(-x, -z)), 0))
            bullet.resetBasePositionAndOrientation(self.rope, pivot, turn, physicsClientId=self.client)

        self.follow = follow

    def gravity(self, strength: float) -> None:
        """Downwards, in units / s²."""
        bullet.setGravity(0, 0, -strength, physicsClientId=self.client)

    def height(self, thing: int = 0) -> float:
        """Of the middle of a standing thing above what it stands on."""
        return float(self.meshes[thing].half_extents()[2])

    def reach(self, thing: int = 0) -> float:
        """From the middle of a standing thing to its farthest point, seen from above."""
        return float(np.linalg.norm(self.meshes[thing].points[:, :2], axis=1).max())

    def tune(self, thing: int = 0, **values: float | Vector) -> None:
        """Change dynamics: mass, lateralFriction, restitution, localInertiaDiagonal ..."""
        bullet.changeDynamics(self.things[thing], -1, physicsClientId=self.client, **values)

    def place(
        self,
        at: Vector,
        turn: Vector = (0, 0, 0, 1),
        velocity: Vector = (0, 0, 0),
        spin: Vector = (0, 0, 0),
        thing: int = 0,
    ) -> None:
        """Put a thing somewhere, already moving."""
        body = self.things[thing]
        bullet.resetBasePositionAndOrientation(body, at, turn, physicsClientId=self.client)
        bullet.resetBaseVelocity(body, velocity, spin, physicsClientId=self.client)

    def pose(self, thing: int = 0) -> Pose:
        """Position `(3,)` and quaternion `(4,)`."""
        at, turn = bullet.getBasePositionAndOrientation(self.things[thing], physicsClientId=self.client)
        return np.array(at), np.array(turn)

    def motion(self, thing: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Velocity and angular velocity, `(3,)` each."""
        linear, angular = bullet.getBaseVelocity(self.things[thing], physicsClientId=self.client)
        return np.array(linear), np.array(angular)

    def push(self, velocity: Sequence[float | None] | np.ndarray, thing: int = 0, grip: float = GRIP) -> None:
        """A force through the middle toward a velocity; None leaves an axis alone."""
        now = self.motion(thing)[0]
        wanted = np.array([n if v is None else v for v, n in zip(velocity, now, strict=True)])
        force = np.clip(grip * (wanted - now), -STRONGEST, STRONGEST) * self.mass(thing)
        at = self.pose(thing)[0]
        bullet.applyExternalForce(self.things[thing], -1, force, at, bullet.WORLD_FRAME, physicsClientId=self.client)

    def turn(self, spin: Sequence[float | None], thing: int = 0) -> None:
        """A torque toward an angular velocity about the world's axes; None leaves one alone."""
        now = self.motion(thing)[1]
        wanted = np.array([n if v is None else v for v, n in zip(spin, now, strict=True)])
        info = bullet.getDynamicsInfo(self.things[thing], -1, physicsClientId=self.client)
        torque = GRIP * max(info[2]) * (wanted - now)
        bullet.applyExternalTorque(self.things[thing], -1, torque, bullet.WORLD_FRAME, physicsClientId=self.client)

    def mass(self, thing: int = 0) -> float:
        """Of a thing."""
        return float(bullet.getDynamicsInfo(self.things[thing], -1, physicsClientId=self.client)[0])

    def touching(self, one: int, other: int) -> bool:
        """Whether two things touch now."""
        return bool(bullet.getContactPoints(self.things[one], self.things[other], physicsClientId=self.client))

    def step(self) -> None:
        """One step of the engine."""
        bullet.stepSimulation(physicsClientId=self.client)

    def rehearse(self, act: Act, thing: int = 0) -> list[Pose]:
        """Simulate the whole clip once and note where the thing goes, every step."""
        poses = [self.pose(thing)]
        for index in range(round(SECONDS / STEP)):
            act(index * STEP)
            self.step()
            poses.append(self.pose(thing))
        return poses

    def carry(self, poses: list[Pose], thing: int = 0) -> Act:
        """A hand that leads the thing through poses, one a step: a fixed joint between it and the world."""
        velocity = (poses[1][0] - poses[0][0]) / STEP
        at, turn = poses[0]
        self.place(at, turn, velocity, thing=thing)
        hand = bullet.createConstraint(
            self.things[thing],
            -1,
            -1,
            -1,
            bullet.JOINT_FIXED,
            (0, 0, 0),
            (0, 0, 0),
            at,
            childFrameOrientation=turn,
            physicsClientId=self.client,
        )

        def act(seconds: float) -> None:
            at, turn = poses[min(round(seconds / STEP) + 1, len(poses) - 1)]
            bullet.changeConstraint(hand, at, turn, maxForce=2000, physicsClientId=self.client)

        return act

    def hang(self, pivot: Vector, arm: Vector, thing: int = 0) -> None:
        """Tie a point of the thing (`arm`, in its own axes) to a point of the world."""
        bullet.createConstraint(
            self.things[thing],
            -1,
            -1,
            -1,
            bullet.JOINT_POINT2POINT,
            (0, 0, 0),
            arm,
            pivot,
            physicsClientId=self.client,
        )

    def frames(self, act: Act) -> Iterator[tuple[list[Pose], bool]]:
        """Simulate; yield (poses of all things, whether the first two touched since) at each frame."""
        between = round(SECONDS / STEP / (FRAMES - 1))
        touched = False
        for frame in range(FRAMES):
            self.follow()
            yield [self.pose(thing) for thing in range(len(self.things))], touched
            if frame == FRAMES - 1:
                return
            touched = False
            for index in range(between):
                act((frame * between + index) * STEP)
                self.step()
                touched |= len(self.things) > 1 and self.touching(0, 1)
