"""A moving camera, seen without the picture: all predictions miss by the same vector.

A crowd that walks one way has a common flow as well, and a few matches always have some median. So the shift is used
only while it has proved itself: while the median of one half of the matches, in the frames of the last second or so,
brought the other half nearer to its detections.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.assignment import overlapping_pairs
from outrack.tracking.groups import CameraSettings

__all__ = ["SharedMotion"]

Floats = NDArray[np.float64]


class SharedMotion:
    """The shift that all tracks share, and whether it can be trusted.

    Args:
        settings: its numbers.

    Attributes:
        evidence: float64 (2,): by how much the shift of one half of the matches reduced the misses of the other half,
            and the misses, both in box heights and fading.
    """

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self.evidence = np.zeros(2)

    def shift(self, boxes: Floats, seen: Floats, *, elapsed_s: float) -> Floats:
        """The motion of the camera since the last frame, dx, dy, (2,); zeros where nothing speaks for one.

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
        if len(sure.rows) < settings.min_matches:
            return np.zeros(2)
        matched = boxes.take(sure.rows, axis=0)
        miss = seen.take(sure.cols, axis=0) - matched
        miss = (miss[:, :2] + miss[:, 2:]) / 2
        self.evidence = self.evidence + _gain(miss, matched[:, 3] - matched[:, 1])
        return _median(miss) if self.evidence[0] > 0 else np.zeros(2)


def _gain(miss: Floats, height: Floats) -> Floats:
    """What the median of each half of the misses (P, 2) spares the other half, and all that there is to spare, (2,)."""
    rest = np.empty_like(miss)
    for start in (0, 1):
        rest[start::2] = miss[start::2] - _median(miss[1 - start :: 2])
    before, after = np.abs(miss), np.abs(rest)
    weight = 1 / np.maximum(height, 1)
    there, left = weight @ before, weight @ after  # along x and y
    return np.array([there.sum() - left.sum(), there.sum()])


def _median(values: Floats) -> Floats:
    """Of each column. np.median takes as long as all the rest here."""
    ranked = values.copy()
    ranked.sort(axis=0)
    return np.asarray((ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2)
