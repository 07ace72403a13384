"""Boxes for a track that was missed, on the line between the detections before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from outrack.structures import TrackState
from outrack.tracking.smoothing.held import HeldFrame, moved_by_camera
from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["fill_gaps"]


def fill_gaps(frame: HeldFrame, waiting: Sequence[HeldFrame], *, longest_s: float) -> None:
    """Put boxes, in place, into the waiting frames in which tracks of `frame` were missed.

    Args:
        frame: the newest one.
        waiting: those before it, in order.
        longest_s: a track that was away for longer gets none.
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
    """Ids that are detected in the newest frame and were not in the one before: new ones, and those that were lost."""
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
    """Boxes from one detection to the next, each end carried along with the camera."""
    first = before.tracks[row]
    last = after.tracks[int(np.searchsorted(after.tracks.ids, track_id))]
    span_s = after.time_s - before.time_s
    for frame in missed:
        share = (frame.time_s - before.time_s) / span_s if span_s else 0.0  # where time stands still, so do people
        to_frame = np.linalg.inv(frame.pose)
        start = moved_by_camera(first.xyxy, to_frame @ before.pose)
        end = moved_by_camera(last.xyxy, to_frame @ after.pose)
        box = (1 - share) * start + share * end
        frame.put(track_id, box[0], score=float(first.scores[0]), class_id=int(first.class_ids[0]))
