"""A constant-velocity Kalman filter for boxes, for all tracks at once and element by element.

FairMOT's filter has diagonal noise and couples only each coordinate with its own velocity. Its 8x8 covariance is
therefore four independent 2x2 blocks, and predict, update and gating need neither matrices nor a Cholesky
factorisation. The numbers are those of the matrix filter to rounding (tests/tracking/test_kalman.py).

A set of states is one float64 array (5, T, 4): MEAN, VELOCITY, VAR_MEAN, COVARIANCE (of mean and velocity) and
VAR_VELOCITY of each track, for each of the four measured coordinates. In this order each of the five is contiguous:
with strides after every four numbers NumPy takes several times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.settings import BoxShape, MotionSettings

__all__ = ["COVARIANCE", "MEAN", "VAR_MEAN", "VAR_VELOCITY", "VELOCITY", "KalmanFilter"]

Floats = NDArray[np.float64]

MEAN, VELOCITY, VAR_MEAN, COVARIANCE, VAR_VELOCITY = range(5)

# One product with a matrix takes a fifth of the time of slicing boxes apart and together.
TO_CORNERS = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [-0.5, 0, 0.5, 0], [0, -0.5, 0, 0.5]])
"""Rows of centre x, y, width, height times this are rows of corners."""
TO_CENTRE_AND_SIZE = np.linalg.inv(TO_CORNERS)
SIZE_FOR_SIZE = np.array([[0.0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1]])
"""x and width have noise in shares of the width, y and height in shares of the height."""
HEIGHT_FOR_ALL = np.array([[0.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
MIN_SIDE = 1e-5
"""In pixels: far less than a picture shows, and no setting. Noise is a share of the box; without any, the filter would
divide zero by zero."""
SMALLEST = np.array([-np.inf, -np.inf, MIN_SIDE, MIN_SIDE])
"""The smallest centre x, y, width, height."""


@dataclass(frozen=True, slots=True)
class KalmanFilter:
    """Stateless: functions take states and return new ones.

    Attributes:
        settings: the noise, and the measured coordinates. "aspect" is centre x, y, aspect ratio w/h, height (FairMOT);
            "size" is centre x, y, width, height.
    """

    settings: MotionSettings

    @property
    def lengths(self) -> slice:
        """The measured coordinates that are lengths: width and height, or the height alone."""
        return slice(3, 4) if self.settings.box_shape == "aspect" else slice(2, 4)

    def measure(self, xyxy: Floats) -> Floats:
        """Boxes (N, 4) as measurements (N, 4); their sides are at least `MIN_SIDE`."""
        z = xyxy @ TO_CENTRE_AND_SIZE
        np.maximum(z, SMALLEST, out=z)
        if self.settings.box_shape == "aspect":
            z[:, 2] /= z[:, 3]
        return z

    def boxes(self, states: Floats) -> Floats:
        """The boxes (T, 4), `xyxy`, of the states (5, T, 4). A box that narrowed quickly keeps the smallest side."""
        mean = states[MEAN]
        if self.settings.box_shape == "aspect":
            mean = mean.copy()
            mean[:, 2] *= mean[:, 3]
        return np.asarray(np.maximum(mean, SMALLEST) @ TO_CORNERS)

    def initiate(self, measurements: Floats) -> Floats:
        """States (5, N, 4) of new tracks at rest, from their first measurements (N, 4)."""
        states = np.zeros((5, len(measurements), 4))
        states[MEAN] = measurements
        noise = self.settings
        position_noise = noise.start_position_factor * noise.position_noise
        velocity_noise = noise.start_velocity_factor * noise.velocity_noise
        aspects = (noise.aspect_noise, noise.aspect_velocity_noise)
        states[VAR_MEAN::2] = self._variances(measurements, (position_noise, velocity_noise), aspects)
        return states

    def predict(self, states: Floats, frames: float = 1.0) -> Floats:
        """States (5, T, 4) after `frames` frame intervals; process noise grows with elapsed time."""
        dt, noise = frames, self.settings
        new = states.copy()
        # The mean moves by the velocity, and the covariance by the velocity's variance: rows 0 and 3 by 1 and 4.
        new[MEAN::3] += dt * states[VELOCITY::3]
        # By 2 dt covariance + dt**2 variance of the velocity: the new covariance contains dt variance of the velocity.
        new[VAR_MEAN] += dt * (states[COVARIANCE] + new[COVARIANCE])
        shares = (noise.position_noise, noise.velocity_noise)
        aspects = (noise.aspect_noise, noise.aspect_velocity_noise)
        new[VAR_MEAN::2] += dt * self._variances(states[MEAN], shares, aspects)  # of mean and velocity, rows 2 and 4
        return new

    def update(self, states: Floats, measurements: Floats) -> Floats:
        """States (5, T, 4) corrected by one measurement each (T, 4)."""
        mean, spread = states[MEAN], states[VAR_MEAN : COVARIANCE + 1]
        gains = spread / self.innovation_variance(states)  # of mean and velocity, (2, T, 4)
        new = states.copy()
        new[MEAN : VELOCITY + 1] += gains * (measurements - mean)
        new[VAR_MEAN : COVARIANCE + 1] -= gains[0] * spread
        new[VAR_VELOCITY] -= gains[1] * spread[1]
        return new

    def innovation_variance(self, states: Floats) -> Floats:
        """Variance (T, 4) of each track's next measurement, for gating."""
        noise = self.settings
        (measured,) = self._variances(states[MEAN], (noise.position_noise,), (noise.measured_aspect_noise,))
        return np.asarray(states[VAR_MEAN] + measured)

    def move_camera(self, states: Floats, affine: Floats) -> Floats:
        """States (5, T, 4) in the picture after the camera moved by `affine` (2, 3).

        Sizes and variances follow the affine's mean scale; its (small) rotation turns centres and velocities but not
        the variances, which keeps the coordinates independent.
        """
        rotation, shift = affine[:, :2], affine[:, 2]
        scale = float(np.sqrt(abs(np.linalg.det(rotation))))
        lengths = self.lengths
        new = states.copy()
        new[MEAN, :, :2] = states[MEAN, :, :2] @ rotation.T + shift
        new[VELOCITY, :, :2] = states[VELOCITY, :, :2] @ rotation.T
        new[:VAR_MEAN, :, lengths] *= scale
        new[VAR_MEAN:, :, :2] *= scale**2
        new[VAR_MEAN:, :, lengths] *= scale**2
        return new

    def _variances(self, mean: Floats, shares: tuple[float, ...], aspects: tuple[float, ...]) -> Floats:
        """K variances (K, T, 4): noise with K standard deviations as `shares` of the box, and K of the aspect ratio,
        which is independent of size."""
        shape = self.settings.box_shape
        std = mean @ _noise(shape, shares)
        if shape == "aspect":
            std[:, :, 2] = np.array(aspects)[:, None]
        std *= std
        return np.asarray(std)


@cache
def _noise(shape: BoxShape, shares: tuple[float, ...]) -> Floats:
    """What a mean (T, 4) is multiplied with for the standard deviations of its noise, (K, 4, 4)."""
    of_size = SIZE_FOR_SIZE if shape == "size" else HEIGHT_FOR_ALL
    return np.stack([share * of_size for share in shares])
