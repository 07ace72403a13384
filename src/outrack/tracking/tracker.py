"""The online tracker: detections of one frame in, tracks with identities out (paper Algorithm 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outrack.boxes import checked_affine
from outrack.structures import Detections, Tracks
from outrack.tracking.adapters import tracked_as_given
from outrack.tracking.association import associate
from outrack.tracking.clock import Clock
from outrack.tracking.config import TrackerConfig
from outrack.tracking.duplicates import without_duplicates
from outrack.tracking.kalman import MEAN, KalmanFilter
from outrack.tracking.keywords import TrackerSettings, configured
from outrack.tracking.one_caller import OneCaller
from outrack.tracking.output import boxes_of, tracks_of
from outrack.tracking.prediction import predicted
from outrack.tracking.public import starts_at_public, validate_public
from outrack.tracking.refinders import Refound, Situation
from outrack.tracking.shared_motion import SharedMotion
from outrack.tracking.tracklets import TRACKED, Tracklets
from outrack.tracking.updates import kept_over_gap, kept_tracklets, update_assigned, update_refound
from outrack.tracking.validation import tracked_detections

if TYPE_CHECKING:
    import supervision

__all__ = ["Tracker"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Tracker:
    """Tracks objects through a video, one `update` per frame. Trackers are independent of each other.

    Args:
        config: all settings; the default is `TrackerConfig()`.
        settings: single fields of `TrackerConfig` that differ from `config`, such as `frame_rate=25`.

    Raises:
        TypeError: a setting that does not exist.
        ValueError: a setting out of its range.
    """

    def __init__(self, config: TrackerConfig | None = None, **settings: Unpack[TrackerSettings]) -> None:
        self.config = config = configured(config, settings)
        self._kalman = KalmanFilter(config.motion)
        self._one_caller = OneCaller("Tracker.update")
        self.reset()

    def reset(self) -> None:
        """Forget all tracks; ids start at 1 again."""
        self._tracklets = Tracklets.empty()
        self._refinder = self.config.make_refinder()
        self._shared_motion = SharedMotion(self.config.camera)
        self._clock = Clock(self.config.frame_rate)
        self._num_ids = 0

    @overload
    def update(
        self,
        detections: Detections | NDArray[Any] | Sequence[Sequence[float] | Mapping[str, Any]] | Mapping[str, Any],
        *,
        public: ArrayLike | None = None,
        timestamp: float | None = None,
        camera_motion: Floats | None = None,
    ) -> Tracks: ...

    @overload
    def update(
        self,
        detections: supervision.Detections,
        *,
        public: ArrayLike | None = None,
        timestamp: float | None = None,
        camera_motion: Floats | None = None,
    ) -> supervision.Detections: ...

    def update(
        self,
        detections: object,
        *,
        public: ArrayLike | None = None,
        timestamp: float | None = None,
        camera_motion: Floats | None = None,
    ) -> Tracks | supervision.Detections:
        """The tracks in this frame. Call it for every frame, also for one without detections.

        Args:
            detections: detections of the frame; never changed. Anything that `outrack.as_detections` accepts:
                `Detections`, `supervision.Detections`, Results of Ultralytics, COCO results, or an array (N, 4) of
                boxes: x1, y1, x2, y2, with the score as a fifth and the class as a sixth column.
            public: boxes (P, 4) of public detections; tracks start only there, see `outrack.tracking.public`. By
                default they start anywhere.
            timestamp: time of the frame in seconds, not before the previous one. By default the frame comes
                1 / frame_rate after the previous one.
            camera_motion: (2, 3) affine that maps points of the previous frame to this one, if it is known.

        Returns:
            The boxes of all confirmed tracks that are detected or refound in this frame, or predicted with
            `predicted_s`, in the order of their ids; objects that stand still and never scored high are left out.
            `supervision.Detections` are returned as such, with `tracker_id` and the data of their detections.

        Raises:
            RuntimeError: another thread is in `update`.
            TypeError: detections or a timestamp of another type.
            ValueError: a box, or a public one, has x2 < x1 or y2 < y1, scores are in percent, the size of embeddings
                differs from before, the association needs displacements and there are none, the camera motion has no
                inverse, or time runs backwards or is not a number. The tracker is unchanged.
        """
        starts = None if public is None else validate_public(public)

        def update(found: Detections) -> Tracks:
            return self._update(found, starts, timestamp, camera_motion)

        with self._one_caller:
            return tracked_as_given(detections, update)

    def _update(
        self, detections: Detections, public: Floats | None, timestamp: float | None, camera_motion: Floats | None
    ) -> Tracks:
        """Algorithm 1 for one frame."""
        detections, rows = tracked_detections(detections, self.config)
        tracklets = self._tracklets.with_appearance_of(detections)
        camera_motion = None if camera_motion is None else checked_affine(camera_motion)
        first = self._clock.latest_s is None
        frames = self._clock.advance(timestamp)  # nothing is refused from here on
        # Step 1: predict the tracklets' positions in this frame.
        self._tracklets = kept_over_gap(tracklets, self._clock.last_missed_s, max_lost_s=self.config.max_lost_s)
        boxes = self._predict(frames, camera_motion, detections)

        # Step 2: assign detections to tracklets.
        found = associate(self._tracklets, boxes, detections, self._kalman, self.config)
        # Step 3: update the tracklets with their detections; the others are lost, or removed.
        update_assigned(self._tracklets, found, detections, self._kalman, self.config, now_s=self._clock.now_s)
        self._confirm()
        stay = kept_tracklets(
            self._tracklets, found.detection_of, max_lost_s=self.config.max_lost_s, now_s=self._clock.now_s
        )
        detection_of = self._keep(stay, found.detection_of)
        # Step 4: detections that belong to no track start tracklets.
        at_once = first or self.config.starts.shown == "at-once"
        started = self._start(detection_of, detections, public, confirmed=at_once)
        detection_of = np.concatenate([detection_of, started])
        boxes = boxes_of(self._tracklets, self._kalman, self.config)
        if self.config.overlap.duplicate_iou < 1:
            stay = without_duplicates(self._tracklets, boxes, self.config)
            boxes, detection_of = boxes[stay], self._keep(stay, detection_of)
        # Step 5: recover lost tracks by the occlusions.
        situation = Situation(self._tracklets, boxes, detections, self._clock.now_s)
        lost = self._refinder.candidates(situation)
        refound = self._refinder.refind(situation, lost) if len(lost) else Refound.empty()
        if np.count_nonzero(refound.measured):
            measured, xyxy = refound.rows[refound.measured], refound.xyxy[refound.measured]
            update_refound(self._tracklets, measured, xyxy, self._kalman, now_s=self._clock.now_s)
        self._refinder.remember(situation)
        detection_index = detection_of if rows is None else np.append(rows, -1)[detection_of]
        return tracks_of(situation, refound, detection_index, self.config)

    def save(self, path: str | Path) -> None:
        """Write settings and memory to a `.npz` file, from which `load` continues with the next frame.

        The file is written atomically.
        """
        # Imported where it is used: with what it needs it takes a tenth of the time to import the package.
        from outrack.tracking.saved_state import SavedTracker, write_state

        evidence = self._shared_motion.evidence
        memory = SavedTracker(self._tracklets, self._refinder.memory(), evidence, self._clock, self._num_ids)
        write_state(Path(path), self.config, memory)

    @classmethod
    def load(cls, path: str | Path) -> Tracker:
        """A tracker that continues after the last frame of the saved one.

        Args:
            path: a file that `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not the state of a tracker.
        """
        from outrack.tracking.saved_state import read_state

        config, memory = read_state(Path(path))
        tracker = cls(config)
        tracker._tracklets, tracker._num_ids = memory.tracklets, memory.num_ids
        tracker._refinder.restore(memory.refinder)
        tracker._shared_motion.evidence = memory.shared_motion
        tracker._clock = memory.clock
        return tracker

    def _predict(self, frames: float, camera_motion: Floats | None, detections: Detections) -> Floats:
        """Predict the states for this frame; returns the predicted boxes, (T, 4)."""
        tracklets, kalman = self._tracklets, self._kalman
        moving = predicted(tracklets, kalman, frames, camera_motion, after_gap=self._clock.last_missed_s is not None)
        boxes = kalman.boxes(moving)
        if self.config.camera.follow and camera_motion is None:
            is_old = self._clock.now_s - tracklets.first_seen_s >= self.config.camera.min_age_s
            known = boxes.take((is_old & (tracklets.status == TRACKED)).nonzero()[0], axis=0)
            sure = detections.xyxy.take((detections.scores >= self.config.high_score).nonzero()[0], axis=0)
            shift = self._shared_motion.shift(known, sure, elapsed_s=frames / self.config.frame_rate)
            if np.count_nonzero(shift):
                moving[MEAN, :, :2] += shift
                boxes += np.concatenate([shift, shift])
        tracklets.states = moving
        return boxes

    def _keep(self, stay: NDArray[np.bool_], detection_of: Indices) -> Indices:
        """Drop the other tracklets; returns the detections of the remaining ones."""
        if np.count_nonzero(stay) == len(stay):
            return detection_of
        self._tracklets = self._tracklets.take(stay)
        return detection_of[stay]

    def _confirm(self) -> None:
        """Give ids to the tracklets that a second detection has confirmed."""
        tracklets = self._tracklets
        new = ((tracklets.status == TRACKED) & (tracklets.ids == 0)).nonzero()[0]
        if len(new):
            tracklets.ids[new] = self._new_ids(len(new))

    def _start(
        self, detection_of: Indices, detections: Detections, public: Floats | None, *, confirmed: bool
    ) -> Indices:
        """Start tracklets from unassigned detections; returns their rows."""
        free = detections.scores >= self.config.start_score
        free[detection_of[detection_of >= 0]] = False
        cols = free.nonzero()[0]
        if public is not None:
            cols = starts_at_public(detections, cols, public)
        if len(cols):
            states = self._kalman.initiate(self._kalman.measure(detections.xyxy.take(cols, axis=0)))
            dim = self._tracklets.embeddings.dim
            started = Tracklets.started(states, detections, cols, now_s=self._clock.now_s, dim=dim)
            if confirmed:
                started.ids[:], started.status[:] = self._new_ids(len(cols)), TRACKED
            self._tracklets = self._tracklets.join(started)
        return cols

    def _new_ids(self, count: int) -> NDArray[np.int64]:
        self._num_ids += count
        return np.arange(self._num_ids - count + 1, self._num_ids + 1)
