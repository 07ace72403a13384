"""Detects camera motion without the picture: all predictions are off by the same vector.

A crowd that walks in one direction also has a common flow, and a few matches always have some median. So the shift is
only used while it is validated: while the median of one half of the matches, in the frames of the last second or so,
brought the other half nearer to its detections.
"""

from __future__ import annotations

import math
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.pairs import overlapping_pairs
from outrack.tracking.settings import CameraSettings

__all__ = ["SharedMotion"]

Floats = NDArray[np.float64]


class SharedMotion:
    """The shift that all tracks share, and whether it can be trusted.

    Args:
        settings: its settings.

    Attributes:
        evidence: float64 (2,): reduction of one half's errors by the shift of the other half, and the errors, both in
            box heights, with exponential decay.
    """

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self.evidence = np.zeros(2)

    def shift(self, boxes: Floats, seen: Floats, *, elapsed_s: float) -> Floats:
        """The motion of the camera since the last frame, dx, dy, (2,); zeros without evidence.

        Args:
            boxes: predicted boxes of tracks whose velocity is known, (T, 4).
            seen: detections of this frame, (N, 4).
            elapsed_s: time since the last frame.
        """
        settings = self._settings
        self.evidence = self.evidence * math.exp(-elapsed_s / settings.memory_s)
        step = max(-(-len(boxes) // settings.max_matches), 1)
        boxes = boxes[::step]
        pairs, overlap = overlapping_pairs(boxes, seen)
        sure = pairs.where(overlap > settings.min_overlap)
        if len(sure.rows) < max(settings.min_matches, 2):  # one half is tried on the other
            return np.zeros(2)
        matched = boxes.take(sure.rows, axis=0)
        miss = seen.take(sure.cols, axis=0) - matched
        miss = (miss[:, :2] + miss[:, 2:]) / 2
        self.evidence = self.evidence + _gain(miss, matched[:, 3] - matched[:, 1])
        if self.evidence[0] <= 0:
            return np.zeros(2)
        return np.array([_median(along_axis) for along_axis in miss.T.tolist()])


def _gain(miss: Floats, height: Floats) -> Floats:
    """Reduction of each half of the errors (P, 2) by the median of the other half, and the total error, (2,)."""
    there = left = 0.0
    weights = (1 / np.maximum(height, 1)).tolist()
    for along_axis in miss.T.tolist():  # a dozen numbers: NumPy's calls would take twice the time
        shifts = _median(along_axis[1::2]), _median(along_axis[::2])
        for value, weight, shift in zip(along_axis, weights, cycle(shifts), strict=False):
            there += weight * abs(value)
            left += weight * abs(value - shift)
    return np.array([there - left, there])


def _median(values: list[float]) -> float:
    """The median of one or more values; takes a fifth of the time of `statistics.median`."""
    ranked = sorted(values)
    return (ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2
