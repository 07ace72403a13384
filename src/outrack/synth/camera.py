"""The camera of a synthetic scene: a level pinhole camera above flat ground, so the horizon is a horizontal line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Camera", "Shake", "draw_camera", "draw_shake"]

Floats = NDArray[np.float64]
_USUAL_HEIGHT_M = 1.7


@dataclass(frozen=True, slots=True)
class Camera:
    """Ground coordinates are metres: x to the right of the camera, z away from it.

    Attributes:
        width, height: picture size in pixels.
        focal: focal length in pixels.
        height_m: height of the camera above the ground.
        horizon: row of the horizon in pixels; negative above the picture.
        near_z, far_z: nearest and farthest distance that people walk at, in metres.
    """

    width: int
    height: int
    focal: float
    height_m: float
    horizon: float
    near_z: float
    far_z: float

    def pixels_per_metre(self, z: float) -> float:
        """Pixels of a vertical metre at distance z."""
        return self.focal / z

    def foot(self, x: float, z: float) -> tuple[float, float]:
        """Picture position of a point of the ground."""
        return self.width / 2 + self.focal * x / z, self.horizon + self.focal * self.height_m / z

    def half_width_m(self, z: float) -> float:
        """Half of the visible width at distance z, in metres."""
        return z * self.width / (2 * self.focal)


@dataclass(frozen=True, slots=True, eq=False)
class Shake:
    """Movement of the whole picture over time, as sums of sines.

    Attributes:
        amplitudes: pixels, (2 axes x and y, K sines).
        frequencies: Hz, (2, K).
        phases: radians, (2, K).
    """

    amplitudes: Floats
    frequencies: Floats
    phases: Floats

    def at(self, time_s: float) -> tuple[float, float]:
        """Shift in x and y in pixels."""
        dx, dy = (self.amplitudes * np.sin(2 * np.pi * self.frequencies * time_s + self.phases)).sum(1)
        return float(dx), float(dy)


def draw_camera(
    rng: np.random.Generator,
    width: int,
    height: int,
    *,
    person_heights: tuple[float, float],
    horizons: tuple[float, float] = (-0.2, 0.42),
) -> Camera:
    """A camera for which people are between `person_heights` (smallest, largest) tall, as shares of the picture's
    height.

    The horizon lies between the two rows `horizons`, in shares of the height (negative is above the picture);
    camera height and distances follow from it.
    """
    smallest, largest = person_heights
    horizon = rng.uniform(*horizons)
    near_foot = rng.uniform(0.93, 1.04)  # picture row of the nearest feet, as a share
    camera_m = _USUAL_HEIGHT_M * (near_foot - horizon) / largest
    focal = width * rng.uniform(0.8, 1.3)
    drop = camera_m * focal / height  # row below the horizon = drop / z, as a share
    near_z = drop / (near_foot - horizon)
    return Camera(width, height, focal, camera_m, horizon * height, near_z, near_z * largest / smallest)


def draw_shake(rng: np.random.Generator, *, jitter_px: float, pan_px: float) -> Shake:
    """Fast shaking of a hand-held camera (`jitter_px`), and slow panning (`pan_px`)."""
    fast = np.array([[1.0], [0.7]]) * jitter_px * rng.uniform(0.3, 0.6, (2, 3))
    slow = np.array([[1.0], [0.12]]) * pan_px * rng.uniform(0.5, 1.0, (2, 1))
    frequencies = np.concatenate([rng.uniform(0.7, 4.5, (2, 3)), rng.uniform(0.03, 0.12, (2, 1))], 1)
    return Shake(np.concatenate([fast, slow], 1), frequencies, rng.uniform(0, 2 * np.pi, (2, 4)))
