"""Predicts the states of tracklets in this frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.kalman import VELOCITY, KalmanFilter
from outrack.tracking.tracklets import LOST, UNCONFIRMED, Tracklets

__all__ = ["predicted"]

Floats = NDArray[np.float64]


def predicted(
    tracklets: Tracklets, kalman: KalmanFilter, frames: float, camera_motion: Floats | None, *, after_gap: bool = False
) -> Floats:
    """States (5, T, 4) after `frames` frame intervals, and after the camera moved by `camera_motion` (2, 3).

    `after_gap`: frames are missing, so tracks were not detected in the last of these intervals.
    """
    states = tracklets.states
    if camera_motion is not None:
        states = kalman.move_camera(states, camera_motion)
    moving, status = states.copy(), tracklets.status
    # The last boxes before a loss shrink as the occluder covers them; FairMOT therefore stops the height, and the same
    # holds for the width.
    unseen = (status != UNCONFIRMED) if after_gap else (status == LOST)
    moving[VELOCITY, unseen.nonzero()[0], kalman.lengths] = 0
    moving = kalman.predict(moving, frames)
    unconfirmed = (status == UNCONFIRMED).nonzero()[0]
    if len(unconfirmed):  # their motion is not known yet, so they stay where they were detected
        moving[:, unconfirmed] = states.take(unconfirmed, axis=1)
    return moving
