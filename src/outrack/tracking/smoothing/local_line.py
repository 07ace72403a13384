"""Removes the noise of single detections: fits a straight line to the boxes of neighbouring frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outrack.tracking.offline_settings import SmoothingSettings
from outrack.tracking.smoothing.held import HeldFrame, moved_by_camera

__all__ = ["smoothed_boxes"]

Floats = NDArray[np.float64]


def smoothed_boxes(
    ids: NDArray[np.int64], at: HeldFrame, around: Sequence[HeldFrame], settings: SmoothingSettings
) -> Floats:
    """The boxes (N, 4) of the tracks `ids` (N,) in frame `at`: each side is a locally weighted linear fit over time.

    A line instead of a mean, since a mean is biased where a track starts, ends or turns.

    Args:
        ids: ascending; each has a box in `at`.
        at: the frame to smooth.
        around: that frame and its neighbours.
        settings: `width_s` is the standard deviation of the Gaussian weight, `reach` where it ends.
    """
    width_s, reach_s = settings.width_s, settings.reach * settings.width_s
    near = [frame for frame in around if abs(frame.time_s - at.time_s) <= reach_s]
    boxes, owners, times = _gathered(near, at)
    slot = np.minimum(np.searchsorted(ids, owners), len(ids) - 1)
    wanted = ids[slot] == owners
    boxes, slot, times = boxes[wanted], slot[wanted], times[wanted]

    weight = np.exp(-0.5 * (times / width_s) ** 2)

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(slot, values, len(ids)), np.float64)

    s0, s1, s2 = total(weight), total(weight * times), total(weight * times**2)
    spread = s0 * s2 - s1**2
    has_line = spread > 1e-9 * s0 * width_s**2  # a single frame has no slope
    sides = []
    for side in boxes.T:
        b0, b1 = total(weight * side), total(weight * times * side)
        sides.append(np.where(has_line, (s2 * b0 - s1 * b1) / np.where(has_line, spread, 1.0), b0 / s0))
    return np.stack(sides, axis=1)


def _gathered(near: Sequence[HeldFrame], at: HeldFrame) -> tuple[Floats, NDArray[np.int64], Floats]:
    """All supported boxes (M, 4) in the pixels of frame `at`, their ids (M,), and their time difference to it in
    seconds (M,)."""
    parts = [frame.tracks.xyxy[frame.supported] for frame in near]
    counts = [len(part) for part in parts]
    boxes = np.concatenate(parts)
    if any(frame.pose is not at.pose for frame in near):
        affines = np.linalg.inv(at.pose) @ np.stack([frame.pose for frame in near])
        boxes = moved_by_camera(boxes, np.repeat(affines, counts, axis=0))
    owners = np.concatenate([frame.tracks.ids[frame.supported] for frame in near])
    times = np.repeat([frame.time_s - at.time_s for frame in near], counts)
    return boxes, owners, times
