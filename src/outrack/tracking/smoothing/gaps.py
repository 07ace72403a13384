"""Fills gaps of tracks with boxes on the straight line between the detections before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outrack.structures import TrackState
from outrack.tracking.smoothing.held import HeldFrame, moved_by_camera
from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["fill_gaps"]


def fill_gaps(frame: HeldFrame, waiting: Sequence[HeldFrame], *, longest_s: float) -> None:
    """Add boxes, in place, to the waiting frames in which tracks of `frame` were missed.

    Args:
        frame: the latest one.
        waiting: those before it, in order.
        longest_s: longest gap that is filled, in seconds.
    """
    for track_id in _returned(frame, waiting).tolist():
        missed: list[HeldFrame] = []
        for before in reversed(waiting):
            if frame.time_s - before.time_s > longest_s + SAME_INSTANT_S:
                break
            row = _detected_row(before, track_id)
            if row is not None:
                _put_line(track_id, before, row, missed, frame)
                break
            missed.append(before)


def _returned(frame: HeldFrame, waiting: Sequence[HeldFrame]) -> NDArray[np.int64]:
    """Ids that are detected in the latest frame but not in the previous one: new tracks, and tracks that were lost."""
    seen = frame.tracks.ids[frame.supported]
    if not waiting:
        return seen[:0]
    last = waiting[-1]
    return np.setdiff1d(seen, last.tracks.ids[last.tracks.states == TrackState.DETECTED], assume_unique=True)


def _detected_row(frame: HeldFrame, track_id: int) -> int | None:
    """The row of a track that is detected in a frame."""
    row = int(np.searchsorted(frame.tracks.ids, track_id))
    is_there = row < len(frame.tracks) and frame.tracks.ids[row] == track_id
    return row if is_there and frame.tracks.states[row] == TrackState.DETECTED else None


def _put_line(track_id: int, before: HeldFrame, row: int, missed: Sequence[HeldFrame], after: HeldFrame) -> None:
    """Interpolate boxes from one detection to the next; both ends follow the camera."""
    first = before.tracks[row]
    last = after.tracks[int(np.searchsorted(after.tracks.ids, track_id))]
    span_s = after.time_s - before.time_s
    for frame in missed:
        share = (
            (frame.time_s - before.time_s) / span_s if span_s else 0.0
        )  # frames with equal timestamps show people at the same place
        to_frame = np.linalg.inv(frame.pose)
        start = moved_by_camera(first.xyxy, to_frame @ before.pose)
        end = moved_by_camera(last.xyxy, to_frame @ after.pose)
        box = (1 - share) * start + share * end
        frame.put(track_id, box[0], score=float(first.scores[0]), class_id=int(first.class_ids[0]))
