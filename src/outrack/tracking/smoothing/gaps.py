"""Fills gaps in tracks by linear interpolation between the detections before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks, TrackState
from outrack.tracking.smoothing.held import HeldFrame, moved_by_camera
from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["affine_between", "fill_gaps", "interpolate"]


def fill_gaps(frame: HeldFrame, waiting: Sequence[HeldFrame], *, longest_s: float) -> None:
    """Add boxes, in place, to the waiting frames in which tracks of `frame` were missed.

    Args:
        frame: the latest frame.
        waiting: the frames before it, in order.
        longest_s: longest gap that is filled, in seconds.
    """
    left = frame.tracks.ids[frame.supported]
    missed: list[HeldFrame] = []
    for before in reversed(waiting):
        if not len(left) or frame.time_s - before.time_s > longest_s + SAME_INSTANT_S:
            return
        detected = before.tracks.ids[before.tracks.states == TrackState.DETECTED]
        is_back = np.isin(left, detected, assume_unique=True)
        if missed and is_back.any():
            interpolate(left[is_back], before, missed, frame)
        left = left[~is_back]
        missed.append(before)


def interpolate(ids: NDArray[np.int64], before: HeldFrame, missed: Sequence[HeldFrame], after: HeldFrame) -> None:
    """Add boxes, in place, to the frames between two frames in which the tracks `ids` are detected.

    Both ends are corrected for camera motion.

    Args:
        ids: ascending.
        before: frame of the earlier detections.
        missed: the frames between, in any order.
        after: frame of the later detections.
    """
    first, last = _of(before.tracks, ids), _of(after.tracks, ids)
    span_s = after.time_s - before.time_s
    # Where the detector did not run, no track was missed.
    was_missed = any(frame.is_detected for frame in missed)
    state = TrackState.INTERPOLATED if was_missed else TrackState.DETECTED
    for frame in missed:
        # Frames with equal timestamps show people at the same place.
        share = (frame.time_s - before.time_s) / span_s if span_s else 0.0
        start = moved_by_camera(first.xyxy, affine_between(before, frame))
        end = moved_by_camera(last.xyxy, affine_between(after, frame))
        boxes, none = (1 - share) * start + share * end, np.full(len(ids), -1)
        frame.put(replace(first, xyxy=boxes, states=np.full(len(ids), state), detection_index=none))


def _of(tracks: Tracks, ids: NDArray[np.int64]) -> Tracks:
    """The tracks with these ids, all of which exist, in order."""
    return tracks[np.searchsorted(tracks.ids, ids)]


def affine_between(source: HeldFrame, target: HeldFrame) -> NDArray[np.float64]:
    """The affine (3, 3) from points of one frame to those of another."""
    return np.eye(3) if source.pose is target.pose else np.linalg.inv(target.pose) @ source.pose
