"""Completes the beginnings of tracks: a person is often detected weakly before a detection is strong enough to start a
track.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from outrack.boxes import iou
from outrack.structures import Tracks, TrackState
from outrack.tracking.classes import may_be_one_class
from outrack.tracking.config import TrackerConfig
from outrack.tracking.smoothing.gaps import affine_between, interpolate
from outrack.tracking.smoothing.held import HeldFrame, moved_by_camera
from outrack.tracking.smoothing.lifetimes import Lifetimes
from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["Beginnings"]


class Beginnings:
    """Extends tracks backwards by detections that belong to no track, once for each track.

    A track is extended when it is strong: it has lived for `smoothing.min_age_s`, and is detected with a score of
    `smoothing.beginnings.score`. Weak tracks are not, since what was detected before them was weaker still.

    Args:
        config: configuration of the tracker.
    """

    def __init__(self, config: TrackerConfig) -> None:
        self._settings, self._config = config.smoothing.beginnings, config
        self._extended = np.empty(0, np.int64)

    def complete(self, waiting: Sequence[HeldFrame], lifetimes: Lifetimes) -> None:
        """Add boxes, in place, to the waiting frames before the start of tracks that are now strong.

        Args:
            waiting: the frames in order, at least the latest one.
            lifetimes: of all tracks, the latest frame included.
        """
        tracks = waiting[-1].tracks
        strong = tracks.ids[(tracks.states == TrackState.DETECTED) & (tracks.scores >= self._settings.score)]
        ids = np.setdiff1d(strong[lifetimes.are_long(strong)], self._extended, assume_unique=True)
        if not len(ids):
            return
        self._extended = np.union1d(np.intersect1d(self._extended, lifetimes.ids), ids)
        for track_id, first_s in zip(ids.tolist(), lifetimes.first_of(ids).tolist(), strict=True):
            earliest_s = first_s - self._settings.longest_s - SAME_INSTANT_S
            near = [held for held in waiting if earliest_s <= held.time_s <= first_s]
            start = next((k for k, held in enumerate(near) if track_id in held.tracks.ids), None)
            # Its first frame may have left already.
            if start is not None and near[start].time_s == first_s:
                self._extend(track_id, near[start], near[:start])

    def _extend(self, track_id: int, start: HeldFrame, before: list[HeldFrame]) -> None:
        """Extend one track from its first frame through the frames before it, which are in order."""
        ids = np.array([track_id], np.int64)
        latest, missed = start, list[HeldFrame]()
        for frame in reversed(before):
            known = latest.tracks[np.searchsorted(latest.tracks.ids, ids)]
            row = self._free_detection(known, latest, frame)
            if row is None:
                missed.append(frame)
                continue
            frame.is_free[row] = False
            found, index = frame.detections[[row]], np.array([row])
            frame.put(Tracks(found.xyxy, ids, found.scores, known.class_ids, known.states, index))
            interpolate(ids, frame, missed, latest)
            latest, missed = frame, []

    def _free_detection(self, track: Tracks, latest: HeldFrame, frame: HeldFrame) -> int | None:
        """Row of the detection in `frame` that continues a track from `latest`, a later frame; None without one."""
        found = frame.detections
        is_like = frame.is_free & (found.scores >= self._config.low_score)
        is_like &= may_be_one_class(found.class_ids, track.class_ids, class_agnostic=self._config.class_agnostic)
        rows = is_like.nonzero()[0]
        if not len(rows):
            return None
        overlaps = iou(moved_by_camera(track.xyxy, affine_between(latest, frame)), found.xyxy[rows])[0]
        best = int(overlaps.argmax())
        return int(rows[best]) if overlaps[best] >= self._settings.iou else None
