"""How people move over the ground: waypoints with pauses, and short stories in which they occlude each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.synth.camera import Camera

__all__ = ["Obstruction", "Path", "Step", "approach", "cross", "hide", "meet", "stand", "walk_together"]

Floats = NDArray[np.float64]
_SMOOTHING_S = 0.35  # turns and stops take about this long


class Step(NamedTuple):
    """State of a walker: position in metres, body heading (see `Pose`), metres walked so far, metres per second."""

    x: float
    z: float
    heading: float
    walked: float
    speed: float


class Obstruction(NamedTuple):
    """An obstacle: position and width in metres."""

    x: float
    z: float
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Straight legs between points of the ground.

    Attributes:
        times: seconds, ascending, (K,); the walker stands before the first and after the last.
        points: metres x, z, (K, 2).
        lengths: metres walked up to each point, (K,).
        rest_heading: heading while standing.
    """

    times: Floats
    points: Floats
    lengths: Floats
    rest_heading: float

    def at(self, time_s: float) -> Step:
        """The walker at this time; corners are rounded by a short moving average."""
        window = time_s + np.array([-1.0, 0.0, 1.0]) * _SMOOTHING_S
        x, z = (np.interp(window, self.times, self.points[:, axis]) for axis in (0, 1))
        dx, dz = float(x[2] - x[0]), float(z[2] - z[0])
        speed = math.hypot(dx, dz) / (2 * _SMOOTHING_S)
        heading = math.atan2(dx, -dz) if speed > 0.15 else self.rest_heading
        walked = float(np.interp(time_s, self.times, self.lengths))
        return Step(float(x.sum()) / 3, float(z.sum()) / 3, heading, walked, speed)

    def share_in_view(self, camera: Camera, times_s: Floats) -> float:
        """Share of these times at which the walker is between the picture's left and right sides."""
        x, z = (np.interp(times_s, self.times, self.points[:, axis]) for axis in (0, 1))
        return float((np.abs(x) * camera.focal < z * camera.width / 2).mean())


def cross(rng: np.random.Generator, camera: Camera, time_s: float, people: int, *, gap_m: float) -> list[Path]:
    """People cross the same line of sight at about the same time, from both sides, `gap_m` apart in depth."""
    x, z = _spot(rng, camera)
    ray = x / z
    paths = []
    for k in range(people):
        depth = z + k * gap_m * rng.uniform(0.7, 1.3)
        direction = (-1) ** k * (1 if rng.random() < 0.85 else -1)
        slope = rng.uniform(-0.12, 0.12)
        middle = (ray * depth, depth)
        paths.append(_through(rng, camera, middle, time_s + rng.normal(0, 0.35), direction, slope))
    return paths


def walk_together(rng: np.random.Generator, camera: Camera, time_s: float, people: int) -> list[Path]:
    """A small group walks side by side or in a row at one speed, which gives long overlaps."""
    x, z = _spot(rng, camera)
    direction, slope, speed = rng.choice([-1, 1]), rng.uniform(-0.25, 0.25), _speed(rng)
    paths = []
    for k in range(people):
        spot = (x + k * rng.uniform(-0.45, 0.45), z + k * rng.uniform(0.35, 0.7))
        paths.append(_through(rng, camera, spot, time_s, direction, slope, speed=speed))
    return paths


def meet(rng: np.random.Generator, camera: Camera, time_s: float, people: int) -> list[Path]:
    """People come from both sides, stand together for some seconds and leave, some of them back the way they came."""
    x, z = _spot(rng, camera)
    stay_s = rng.uniform(1.5, 6.0)
    paths = []
    for k in range(people):
        side = (-1) ** k
        spot = (x + side * rng.uniform(0.1, 0.4), z + 0.45 * k)
        turn = rng.random() < 0.5
        rest = -side * math.pi / 2 + rng.normal(0, 0.4)
        paths.append(
            _visit(
                rng,
                camera,
                spot,
                time_s - stay_s / 2,
                stay_s,
                come_from=side,
                leave_to=side if turn else -side,
                rest=rest,
            )
        )
    return paths


def hide(rng: np.random.Generator, camera: Camera, time_s: float, people: int, behind: Obstruction) -> list[Path]:
    """People walk behind an obstacle, wait there or walk on, and reappear on one side."""
    paths = []
    for k in range(people):
        depth = behind.z + 0.5 + 0.5 * k + rng.uniform(0, 0.4)
        spot = (behind.x * depth / behind.z + rng.normal(0, behind.width / 6), depth)
        stay_s = float(rng.choice([0.0, rng.uniform(1.0, 4.0)]))
        come, leave = rng.choice([-1, 1], 2)
        rest = rng.uniform(-math.pi, math.pi)
        paths.append(
            _visit(rng, camera, spot, time_s - stay_s / 2, stay_s, come_from=int(come), leave_to=int(leave), rest=rest)
        )
    return paths


def stand(rng: np.random.Generator, camera: Camera, time_s: float, people: int) -> list[Path]:
    """A group stands for a long time, close enough to partly occlude each other."""
    x, z = _spot(rng, camera)
    stay_s = rng.uniform(8.0, 20.0)
    paths = []
    for k in range(people):
        spot = (x + rng.normal(0, 0.35) * (k > 0), z + 0.5 * k)
        come, leave = rng.choice([-1, 1], 2)
        rest = rng.uniform(-math.pi, math.pi)
        begin = time_s - stay_s * rng.uniform(0.3, 0.7)
        paths.append(_visit(rng, camera, spot, begin, stay_s, come_from=int(come), leave_to=int(leave), rest=rest))
    return paths


def approach(rng: np.random.Generator, camera: Camera, time_s: float, people: int) -> list[Path]:
    """People walk towards the camera or away from it, one behind the other, and leave to the side when close."""
    x, z = _spot(rng, camera)
    away = rng.random() < 0.5
    paths = []
    for k in range(people):
        spot = (x + k * rng.uniform(-0.5, 0.5), z + 0.9 * k)
        far = (spot[0] * camera.far_z / spot[1] * rng.uniform(0.5, 1), camera.far_z)
        near = (spot[0] + rng.uniform(-0.4, 0.4), camera.near_z * 1.05)
        side = int(rng.choice([-1, 1]))
        points = [(_outside(camera, far[1], side), far[1]), far, spot, near, (_outside(camera, near[1], side), near[1])]
        anchor = 2
        if away:
            points, anchor = points[::-1], 2
        paths.append(_timed(points, anchor, time_s, 0.0, _speed(rng), rest=0.0))
    return paths


def _spot(rng: np.random.Generator, camera: Camera) -> tuple[float, float]:
    """A position in view, uniformly distributed over the sizes of people in the picture."""
    size = rng.uniform(1 / camera.far_z, 1 / camera.near_z)
    z = 1 / size
    return rng.uniform(-0.88, 0.88) * camera.half_width_m(z), z


def _speed(rng: np.random.Generator) -> float:
    """Walking speed in metres per second."""
    return float(np.clip(rng.normal(1.3, 0.25), 0.7, 2.2))


def _outside(camera: Camera, z: float, side: int) -> float:
    """A position a little outside the picture on one side."""
    return side * (camera.half_width_m(z) + 1.0)


def _through(
    rng: np.random.Generator,
    camera: Camera,
    spot: tuple[float, float],
    time_s: float,
    direction: int,
    slope: float,
    *,
    speed: float | None = None,
) -> Path:
    """From outside through a spot at `time_s` and out on the other side."""
    _, z = spot
    ends = []
    for side in (-direction, direction):
        end_z = float(np.clip(z + slope * side * camera.half_width_m(z), camera.near_z, camera.far_z * 1.2))
        ends.append((_outside(camera, max(end_z, z), side), end_z))
    return _timed([ends[0], spot, ends[1]], 1, time_s, 0.0, speed or _speed(rng), rest=0.0)


def _visit(
    rng: np.random.Generator,
    camera: Camera,
    spot: tuple[float, float],
    arrive_s: float,
    stay_s: float,
    *,
    come_from: int,
    leave_to: int,
    rest: float,
) -> Path:
    """From outside to a spot, a stay, and out again."""
    _, z = spot
    begin_z, end_z = np.clip(z + rng.normal(0, 0.1, 2) * z, camera.near_z, camera.far_z * 1.2)
    begin = (_outside(camera, max(begin_z, z), come_from), float(begin_z))
    end = (_outside(camera, max(end_z, z), leave_to), float(end_z))
    return _timed([begin, spot, end], 1, arrive_s, stay_s, _speed(rng), rest=rest)


def _timed(
    points: list[tuple[float, float]], anchor: int, arrive_s: float, stay_s: float, speed: float, *, rest: float
) -> Path:
    """A path that reaches point `anchor` at `arrive_s`, waits there, and has one walking speed elsewhere."""
    places = np.array([*points[: anchor + 1], points[anchor], *points[anchor + 1 :]], np.float64)
    legs = np.hypot(*np.diff(places, axis=0).T)
    spans = legs / speed
    spans[anchor] = stay_s
    times = np.concatenate([[0.0], np.cumsum(spans)])
    return Path(times - times[anchor] + arrive_s, places, np.concatenate([[0.0], np.cumsum(legs)]), rest)
