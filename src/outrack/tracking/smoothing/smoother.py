"""`TrackSmoother`: corrects the tracks of each frame using those of later frames."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import takewhile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outrack.boxes import checked_affine
from outrack.structures import Tracks, as_detections
from outrack.tracking.clock import Clock
from outrack.tracking.config import TrackerConfig
from outrack.tracking.smoothing.beginnings import Beginnings
from outrack.tracking.smoothing.gaps import fill_gaps
from outrack.tracking.smoothing.held import HeldFrame, pose_after
from outrack.tracking.smoothing.lifetimes import Lifetimes
from outrack.tracking.smoothing.local_line import smoothed_boxes
from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["TrackSmoother"]

Floats = NDArray[np.float64]

_REBASED_AFTER = 500
"""Frames after which the frame of reference is renewed, to limit rounding errors of composed camera motions. No
setting: tracks do not depend on it."""


class TrackSmoother:
    """Corrects tracks using frames up to `smoothing.delay_s` later; ids do not change.

    * A track that is missed between two detections gets a box on the straight line between them, which follows the
      camera. Predicted and refound boxes that no later detection confirms are removed.
    * Tracks that live only for a moment are removed.
    * Tracks that become strong begin earlier, with weak detections that belong to no other track.
    * Boxes are smoothed over time.

    ::

        smoother = TrackSmoother(tracker.config)
        for boxes in detections_of_frames:
            for tracks in smoother.add(tracker.update(boxes), boxes):
                ...  # of the frame `smoothing.delay_s` seconds earlier
        for tracks in smoother.finish():
            ...  # of the remaining frames

    Args:
        config: configuration of the tracker.

    Raises:
        TypeError: it is something else.
        ValueError: it has no delay.
    """

    def __init__(self, config: TrackerConfig) -> None:
        if not isinstance(config, TrackerConfig):
            raise TypeError(f"config: expected the TrackerConfig of the tracker (tracker.config), got {config!r:.60}")
        if not config.smoothing.delay_s > 0:
            raise ValueError(
                f"smoothing.delay_s: expected above 0, got {config.smoothing.delay_s:g}; without a delay use the "
                "tracks of the tracker itself"
            )
        self._config, self._settings = config, config.smoothing
        self._reset()

    def _reset(self) -> None:
        self._clock = Clock(self._config.frame_rate)
        self._lifetimes = Lifetimes(self._settings.min_age_s)
        self._beginnings = Beginnings(self._config)
        self._waiting: deque[HeldFrame] = deque()
        self._past: deque[HeldFrame] = deque()
        self._pose: Floats = np.eye(3)
        self._num_until_rebase = _REBASED_AFTER

    def add(
        self,
        tracks: Tracks | None,
        detections: object = None,
        *,
        timestamp: float | None = None,
        camera_motion: ArrayLike | None = None,
    ) -> list[Tracks]:
        """Add the tracks of the next frame.

        Args:
            tracks: result of `Tracker.update`; None if the detector did not run on this frame. Tracks that are detected
                before and after it get boxes on the line between.
            detections: as given to `Tracker.update`; without them, tracks do not begin earlier.
            timestamp: as given to `Tracker.update`.
            camera_motion: as given to `Tracker.update`.

        Returns:
            The final tracks of the frames whose delay has passed, one `Tracks` per frame, in order. The tracks of each
            frame are returned once, here or by `finish`.

        Raises:
            TypeError: tracks or detections of another type.
            ValueError: the tracks are of other detections, time runs backwards, or the camera motion has no inverse.
        """
        if tracks is not None and not isinstance(tracks, Tracks):
            raise TypeError(
                f"tracks: expected outrack.Tracks, got {type(tracks).__module__}.{type(tracks).__qualname__}; "
                "Tracker.update returns them for outrack.Detections and arrays"
            )
        motion = None if camera_motion is None else checked_affine(camera_motion)
        given = None if detections is None else as_detections(detections)
        frame = HeldFrame.of(tracks, given, 0.0, self._pose)  # nothing changes if the detections are others
        self._clock.advance(timestamp)
        frame.time_s = now = self._clock.now_s
        frame.pose = self._pose = pose_after(self._pose, motion)
        fill_gaps(frame, self._waiting, longest_s=self._settings.delay_s)
        self._lifetimes.add(frame.tracks, now)
        self._waiting.append(frame)
        self._beginnings.complete(self._waiting, self._lifetimes)
        final = []
        while self._waiting and now - self._waiting[0].time_s >= self._settings.delay_s - SAME_INSTANT_S:
            final.append(self._finish_first())
        # The tracker keeps a track from its last box on; a second more than needed, since times are rounded.
        self._lifetimes.forget_before(now - self._config.max_lost_s - self._settings.delay_s - 1.0)
        self._rebase()
        return final

    def finish(self) -> list[Tracks]:
        """The final tracks of the remaining frames; the next frame starts another video."""
        self._lifetimes.end()
        final = [self._finish_first() for _ in range(len(self._waiting))]
        self._reset()
        return final

    def _finish_first(self) -> Tracks:
        """The final tracks of the oldest waiting frame."""
        frame = self._waiting.popleft()
        stay = frame.supported & self._lifetimes.are_long(frame.tracks.ids)
        tracks = frame.tracks[stay]
        reach_s = self._settings.reach * self._settings.width_s
        while self._past and frame.time_s - self._past[0].time_s > reach_s:
            self._past.popleft()
        if self._settings.width_s and len(tracks):
            later = takewhile(lambda other: other.time_s - frame.time_s <= reach_s, self._waiting)
            around = [*self._past, frame, *later]
            tracks = replace(tracks, xyxy=smoothed_boxes(tracks.ids, frame, around, self._settings))
        self._past.append(frame)
        return tracks

    def _rebase(self) -> None:
        """Renew the frame of reference from time to time, to limit rounding errors of composed motions."""
        self._num_until_rebase -= 1
        if self._num_until_rebase:
            return
        self._num_until_rebase = _REBASED_AFTER
        if np.array_equal(self._pose, np.eye(3)):
            return
        to_new = np.asarray(np.linalg.inv(self._pose), np.float64)
        for frame in (*self._past, *self._waiting):
            frame.pose = to_new @ frame.pose
        self._pose = np.eye(3)
