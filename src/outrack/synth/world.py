"""A scripted world: a scene, people on their paths, obstacles, and the camera's view at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from outrack.synth import paths
from outrack.synth.camera import Shake, draw_shake
from outrack.synth.cutouts import CutoutSource
from outrack.synth.difficulty import Difficulty, Variation
from outrack.synth.obstacles import Obstacle, draw_obstacle_kind, obstacle_picture
from outrack.synth.painting import Painted, Sprite, paint, place_figure
from outrack.synth.scenery import MARGIN, Scene
from outrack.synth.skeleton import Pose

__all__ = ["FrameLook", "Walker", "World", "draw_world"]

_MOMENT_S = 0.5  # time steps with which the time in view is counted
_STRIDE_M = 1.45  # metres per walking cycle of two steps


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """One person of a world.

    Attributes:
        identity: number of the person in its source; the id in labels is identity + 1.
        path: the person's position over time.
        phase: position in the walking cycle at the start.
        height_m: body height.
    """

    identity: int
    path: paths.Path
    phase: float
    height_m: float


class FrameLook(NamedTuple):
    """Appearance of one person in one picture: variation, and extra turn in radians."""

    variation: Variation
    turn: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """The scene and everything in it.

    Attributes:
        scene: background and camera.
        cutouts: pictures of the people.
        walkers: the people.
        obstacles: with their pictures.
        shake: movement of the camera.
    """

    scene: Scene
    cutouts: CutoutSource
    walkers: tuple[Walker, ...]
    obstacles: tuple[tuple[Obstacle, Image.Image], ...]
    shake: Shake

    def paint(self, time_s: float, looks: Sequence[FrameLook]) -> Painted:
        """The camera's view at this time, with one look for each walker."""
        camera = self.scene.camera
        dx, dy = self._shift(time_s)
        sprites = []
        for obstacle, picture in self.obstacles:
            x, y = camera.foot(obstacle.x, obstacle.z)
            left, top = round(x - picture.width / 2) + dx, round(y) - picture.height + dy
            shadow = (x + dx, y + dy, 0.55 * picture.width)
            sprites.append(Sprite(picture, left, top, obstacle.z, None, shadow))
        for walker, look in zip(self.walkers, looks, strict=True):
            step = walker.path.at(time_s)
            height = walker.height_m * camera.pixels_per_metre(step.z)
            x, y = camera.foot(step.x, step.z)
            if abs(x - camera.width / 2) > camera.width / 2 + height:
                continue
            phase = (walker.phase + step.walked / _STRIDE_M) % 1
            pose = Pose(phase, step.heading + look.turn, min(step.speed / 0.9, 1.0))
            figure = self.cutouts.figure(walker.identity, pose, height)
            foot, person = (x + dx, y + dy), walker.identity + 1
            sprites.append(place_figure(figure, foot, height, look.variation, depth=step.z, person=person))
        left, top = self.scene.margin[0] - dx, self.scene.margin[1] - dy
        return paint(self.scene.background.crop((left, top, left + camera.width, top + camera.height)), sprites)

    def _shift(self, time_s: float) -> tuple[int, int]:
        """Shift of the picture by camera movement, in whole pixels, limited to the background's margin."""
        dx, dy = (
            int(np.clip(round(shift), -margin, margin))
            for shift, margin in zip(self.shake.at(time_s), self.scene.margin, strict=True)
        )
        return dx, dy


def draw_world(
    rng: np.random.Generator,
    scene: Scene,
    cutouts: CutoutSource,
    difficulty: Difficulty,
    *,
    num_people: int,
    view_s: tuple[float, float],
    lead_s: float,
) -> World:
    """A random world with about `num_people` people in view, on average between the two times `view_s`.

    Stories begin up to `lead_s` seconds before the view and end up to `lead_s` after it.

    Raises:
        ValueError: the source has too few people.
    """
    camera = scene.camera
    obstacles = _draw_obstacles(rng, scene, difficulty)
    begin, end = view_s
    moments = np.linspace(begin, end, 1 + round((end - begin) / _MOMENT_S))
    walks: list[paths.Path] = []
    in_view = 0.0
    while in_view < num_people:
        for walk in _draw_story(rng, scene, difficulty, obstacles, float(rng.uniform(begin - lead_s, end + lead_s))):
            share = walk.share_in_view(camera, moments)
            if share > 0 and in_view < num_people:
                walks.append(walk)
                in_view += share
        if len(walks) > cutouts.num_identities:
            raise ValueError(
                f"expected at least {len(walks)} different people, but the source has {cutouts.num_identities}. "
                "Use fewer people or frames, or add cut-outs."
            )
    identities = rng.choice(cutouts.num_identities, len(walks), replace=False).tolist()
    walkers = tuple(
        Walker(identity, path, float(rng.random()), cutouts.body_height_m(identity))
        for identity, path in zip(identities, walks, strict=True)
    )
    pictures = tuple((thing, obstacle_picture(thing, camera.pixels_per_metre(thing.z))) for thing in obstacles)
    shake = draw_shake(
        rng,
        jitter_px=difficulty.shake_px * camera.width / 512,
        pan_px=difficulty.pan * MARGIN * camera.width * 0.8,
    )
    return World(scene, cutouts, walkers, pictures, shake)


def _draw_obstacles(rng: np.random.Generator, scene: Scene, difficulty: Difficulty) -> list[Obstacle]:
    camera = scene.camera
    obstacles = []
    for _ in range(int(rng.integers(difficulty.obstacles[0], difficulty.obstacles[1] + 1))):
        z = 1 / rng.uniform(1 / camera.far_z, 0.85 / camera.near_z)
        x = rng.uniform(-0.9, 0.9) * camera.half_width_m(z)
        obstacles.append(draw_obstacle_kind(rng, float(x), float(z)))
    return obstacles


def _draw_story(
    rng: np.random.Generator, scene: Scene, difficulty: Difficulty, obstacles: Sequence[Obstacle], time_s: float
) -> list[paths.Path]:
    """A random story of a few people at about this time."""
    shares = np.array(difficulty.stories, np.float64)
    if not obstacles:
        shares[3] = 0  # nothing to hide behind
        shares[0] += shares.sum() == 0
    people = int(rng.integers(difficulty.group[0], difficulty.group[1] + 1))
    camera = scene.camera
    match int(rng.choice(6, p=shares / shares.sum())):
        case 0:
            return paths.cross(rng, camera, time_s, people, gap_m=difficulty.gap_m)
        case 1:
            return paths.walk_together(rng, camera, time_s, people)
        case 2:
            return paths.meet(rng, camera, time_s, people)
        case 3:
            thing = obstacles[int(rng.integers(len(obstacles)))]
            return paths.hide(rng, camera, time_s, min(people, 2), paths.Obstruction(thing.x, thing.z, thing.width_m))
        case 4:
            return paths.stand(rng, camera, time_s, people)
        case _:
            return paths.approach(rng, camera, time_s, people)
