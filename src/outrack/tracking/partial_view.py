"""Handles tracks whose box suddenly shows only the upper part of a body, or all of it again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.kalman import MEAN, KalmanFilter

__all__ = ["continue_partly"]

Floats = NDArray[np.float64]


def continue_partly(states: Floats, seen: Floats, kalman: KalmanFilter, *, shrinking: float) -> tuple[Floats, Floats]:
    """States and measurements of matches between a body and its upper part, for `KalmanFilter.update`.

    If the detection is lower than the known body, it is measured as if the body were fully visible: head position as
    detected, height as known. If it is higher, the known box was the part: it gets the new height at once, without a
    velocity from this change.

    Args:
        states: predicted to this frame, (5, P, 4).
        seen: the boxes that they are matched with, (P, 4).
        kalman: the motion model.
        shrinking: share by which the height follows a lower box in each frame.

    Returns:
        States (5, P, 4) and measurements (P, 4).
    """
    known = kalman.boxes(states)
    known_height, seen_height = known[:, 3] - known[:, 1], seen[:, 3] - seen[:, 1]
    is_cut = seen_height < known_height
    whole = seen.copy()
    whole[is_cut, 3] = (seen[:, 1] + known_height + shrinking * (seen_height - known_height))[is_cut]
    measured = kalman.measure(whole)
    states = states.copy()
    grown = np.flatnonzero(~is_cut)
    states[MEAN, grown, 1:] = measured[grown, 1:]
    return states, measured
