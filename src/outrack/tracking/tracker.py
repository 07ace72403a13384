"""The online tracker: detections of one frame in, people with identities out (paper Algorithm 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import checked_affine
from outrack.structures import Detections, Tracks, TrackState, unit_rows
from outrack.tracking.adapters import tracked_as_given
from outrack.tracking.assignment import overlapping_pairs
from outrack.tracking.association import Association, associate
from outrack.tracking.config import TrackerConfig
from outrack.tracking.gsm import Graphs
from outrack.tracking.kalman import MEAN, VELOCITY, KalmanFilter
from outrack.tracking.partial_view import continue_partly
from outrack.tracking.policies import SAME_INSTANT_S, may_be_refound, now_covered, refind, remember_graphs
from outrack.tracking.refinding import Refound
from outrack.tracking.saved_state import Memory, read_state, write_state
from outrack.tracking.settings import TrackerSettings, configured
from outrack.tracking.shared_motion import MIN_AGE_S, SharedMotion
from outrack.tracking.start_rule import StartRule
from outrack.tracking.tracklets import LOST, TRACKED, UNCONFIRMED, Tracklets
from outrack.tracking.validation import validate_detections

if TYPE_CHECKING:
    import supervision

__all__ = ["Tracker"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Tracker:
    """Tracks objects through a video, one `update` a frame. Several trackers never disturb each other.

    Args:
        config: all settings; the default is `TrackerConfig()`.
        start_rule: chooses which detections may start a track, such as `outrack.detectors.PublicStarts.may_start`; any
            that is sure enough when left out.
        settings: single fields of `TrackerConfig` that differ from `config`, such as `frame_rate=25`.

    Raises:
        TypeError: a setting that does not exist.
        ValueError: a setting out of its range.
    """

    def __init__(
        self,
        config: TrackerConfig | None = None,
        *,
        start_rule: StartRule | None = None,
        **settings: Unpack[TrackerSettings],
    ) -> None:
        self.config = configured(config, settings)
        self._start_rule = start_rule
        self._kalman = KalmanFilter(
            shape=self.config.box_shape,
            position_weight=self.config.position_noise,
            velocity_weight=self.config.velocity_noise,
        )
        self.reset()

    def reset(self) -> None:
        """Forget everybody; ids start at 1 again."""
        self._tracklets = Tracklets.empty()
        self._graphs = Graphs.empty()
        self._shared_motion = SharedMotion()
        self._now_s: float | None = None
        self._num_ids = 0

    @overload
    def update(
        self,
        detections: Detections | NDArray[Any] | Sequence[Sequence[float]],
        *,
        timestamp: float | None = None,
        camera_motion: Floats | None = None,
    ) -> Tracks: ...

    @overload
    def update(
        self,
        detections: supervision.Detections,
        *,
        timestamp: float | None = None,
        camera_motion: Floats | None = None,
    ) -> supervision.Detections: ...

    def update(
        self, detections: object, *, timestamp: float | None = None, camera_motion: Floats | None = None
    ) -> Tracks | supervision.Detections:
        """Who is where in this frame. Call it for every frame, also for one without detections.

        Args:
            detections: what the detector sees; never changed. `Detections`, `supervision.Detections`, or an array of
                boxes (N, 4): x1, y1, x2, y2, with the score as a fifth and the class as a sixth column.
            timestamp: time of the frame in seconds, not before the previous one. Without it the frame comes
                1 / frame_rate after the previous one.
            camera_motion: (2, 3) affine that maps points of the previous frame to this one, if it is known.

        Returns:
            The boxes of all confirmed tracks that are detected or refound in this frame, in the order of their ids. For
            `supervision.Detections` they come as such, with `tracker_id`, and with the data of their detections.

        Raises:
            TypeError: detections of another type.
            ValueError: a box has x2 < x1 or y2 < y1, the embeddings have another size than before, the association
                needs displacements and there are none, the camera motion has no inverse, or time runs backwards or is
                not a number. The tracker is as before.
        """

        def update(found: Detections) -> Tracks:
            return self._update(found, timestamp, camera_motion)

        return tracked_as_given(detections, update)

    def _update(self, detections: Detections, timestamp: float | None, camera_motion: Floats | None) -> Tracks:
        """Algorithm 1 for one frame."""
        first = self._now_s is None
        detections, rows = self._admitted(detections)
        camera_motion = None if camera_motion is None else checked_affine(camera_motion)
        boxes = self._predict(self._advance(timestamp), camera_motion, detections)

        # Step 2: assign detections to tracklets.
        found = associate(self._tracklets, boxes, detections, self._kalman, self.config)
        # Step 3: update the tracklets with their detections; the others are lost, or gone.
        self._update_assigned(found, detections)
        detection_of = found.detection_of[self._forget(found.detection_of)]
        # Step 4: detections that belong to nobody start tracklets.
        at_once = first or self.config.track_starts == "at-once"
        detection_of = np.concatenate([detection_of, self._start(detection_of, detections, confirmed=at_once)])
        boxes = self._boxes()
        stay = self._drop_duplicates(boxes)
        boxes, detection_of = boxes[stay], detection_of[stay]
        # Step 5: find lost tracks back by the occlusions.
        tracklets, config, now = self._tracklets, self.config, self._now
        lost = may_be_refound(tracklets, config, now_s=now)
        refound = refind(tracklets, self._graphs, boxes, lost, detections, config, now_s=now)
        self._live_on(lost[refound.lost[refound.measured]], refound.xyxy[refound.measured])
        self._graphs = remember_graphs(self._graphs, tracklets, boxes, config)
        tracklets.covered_s[now_covered(tracklets, boxes, config)] = now
        return self._results(boxes, lost, refound, np.append(rows, -1)[detection_of])

    def save(self, path: str | Path) -> None:
        """Write settings and memory to a `.npz` file, from which `load` continues with the next frame.

        The file is written whole or stays as it was. A start rule is code and cannot be written; the file remembers
        that there was one, and `load` asks for it.
        """
        memory = Memory(self._tracklets, self._graphs, self._shared_motion.evidence, self._now_s, self._num_ids)
        write_state(Path(path), self.config, memory, has_start_rule=self._start_rule is not None)

    @classmethod
    def load(cls, path: str | Path, *, start_rule: StartRule | None = None) -> Tracker:
        """A tracker that continues where the saved one stopped.

        Args:
            path: a file that `save` wrote.
            start_rule: as of the tracker; needed if the saved one had a rule.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not the state of a tracker, or that tracker had a start rule and none is given.
        """
        config, memory, had_start_rule = read_state(Path(path))
        if had_start_rule and start_rule is None:
            raise ValueError(
                f"{path}: this tracker had a start rule, which a file cannot hold; give it again, such as "
                "Tracker.load(path, start_rule=public.may_start). Without it, tracks would start everywhere."
            )
        tracker = cls(config, start_rule=start_rule)
        tracker._tracklets, tracker._graphs = memory.tracklets, memory.graphs
        tracker._shared_motion.evidence = memory.shared_motion
        tracker._now_s, tracker._num_ids = memory.now_s, memory.num_ids
        return tracker

    @property
    def _now(self) -> float:
        return 0.0 if self._now_s is None else self._now_s

    def _advance(self, timestamp: float | None) -> float:
        """Set the clock; how many frame intervals passed."""
        before = self._now_s
        if timestamp is None:
            timestamp = 0.0 if before is None else before + 1 / self.config.frame_rate
        if not math.isfinite(timestamp):
            raise ValueError(f"timestamp: expected seconds, got {timestamp}")
        if before is not None and timestamp < before:
            raise ValueError(
                f"time runs backwards: {timestamp} s after {before} s. Call reset() before another video starts."
            )
        self._now_s = float(timestamp)
        return 0.0 if before is None else (self._now_s - before) * self.config.frame_rate

    def _admitted(self, detections: Detections) -> tuple[Detections, Indices]:
        """The detections of the tracked classes, if they fit those of the frames before, and their rows."""
        detections = validate_detections(detections, needs_displacements=self.config.association == "displacement")
        rows = np.arange(len(detections))
        if self.config.classes is not None:
            rows = np.isin(detections.class_ids, self.config.classes).nonzero()[0]
            detections = detections[rows]
        known = self._tracklets.embeddings.shape[1]
        if not len(detections) or detections.embeddings is None:
            return detections, rows
        dim = detections.embeddings.shape[1]
        if not len(self._tracklets):
            self._tracklets = Tracklets.empty(dim)
        elif not known:
            self._tracklets.embeddings = np.zeros((len(self._tracklets), dim), np.float32)
        elif dim != known:
            raise ValueError(
                f"expected embeddings of size {known} as in the frames before, got {dim}. "
                "Call reset() before detections of another network come."
            )
        return detections, rows

    def _predict(self, frames: float, camera_motion: Floats | None, detections: Detections) -> Floats:
        """Carry the states to this frame; the predicted boxes, (T, 4)."""
        tracklets, kalman = self._tracklets, self._kalman
        states = tracklets.states
        if camera_motion is not None:
            states = kalman.move_camera(states, camera_motion)
        moving = states.copy()
        # The last boxes before a loss shrink as the occluder covers them; FairMOT stops the height there, and for the
        # width the same holds.
        stopped = slice(3, 4) if self.config.box_shape == "aspect" else slice(2, 4)
        moving[:, VELOCITY, stopped] *= (tracklets.status != LOST)[:, None]
        moving = kalman.predict(moving, frames)
        unconfirmed = tracklets.status == UNCONFIRMED
        if unconfirmed.any():  # nobody knows yet how they move, so they wait where they were seen
            moving[unconfirmed] = states[unconfirmed]
        boxes = kalman.boxes(moving)
        if self.config.shared_motion and camera_motion is None:
            known = (tracklets.status == TRACKED) & (self._now - tracklets.first_seen_s >= MIN_AGE_S)
            sure = detections.xyxy[detections.scores >= self.config.high_score]
            shift = self._shared_motion.shift(boxes[known], sure, elapsed_s=frames / self.config.frame_rate)
            moving[:, MEAN, :2] += shift
            boxes += np.concatenate([shift, shift])
        tracklets.states = moving
        return boxes

    def _update_assigned(self, found: Association, detections: Detections) -> None:
        tracklets, detection_of = self._tracklets, found.detection_of
        rows = (detection_of >= 0).nonzero()[0]
        cols = detection_of[rows]
        seen = detections.xyxy[cols]
        measured = self._kalman.measure(seen)
        if found.partial.any():
            part = rows[found.partial[rows]]
            tracklets.states[part], measured[found.partial[rows]] = continue_partly(
                tracklets.states[part], seen[found.partial[rows]], self._kalman
            )
        tracklets.states[rows] = self._kalman.update(tracklets.states[rows], measured)
        tracklets.seen_xyxy[rows] = seen
        tracklets.scores[rows] = detections.scores[cols]
        tracklets.vote(rows, detections.class_ids[cols], detections.scores[cols])
        tracklets.seen_s[rows] = tracklets.supported_s[rows] = self._now
        if detections.embeddings is not None:
            keep = self.config.appearance_momentum
            mixed = keep * tracklets.embeddings[rows] + (1 - keep) * detections.embeddings[cols]
            tracklets.embeddings[rows] = unit_rows(mixed)
        new = rows[tracklets.status[rows] == UNCONFIRMED]
        tracklets.ids[new] = self._new_ids(len(new))
        tracklets.status[rows] = TRACKED
        tracklets.status[(detection_of < 0) & (tracklets.status == TRACKED)] = LOST

    def _forget(self, detection_of: Indices) -> NDArray[np.bool_]:
        """Drop tracklets that nobody confirmed and tracks that are lost for too long; which ones stayed."""
        tracklets = self._tracklets
        stay: NDArray[np.bool_] = (detection_of >= 0) | (
            (tracklets.status == LOST) & (self._now - tracklets.supported_s <= self.config.max_lost_s + SAME_INSTANT_S)
        )
        if not stay.all():
            self._tracklets = tracklets.take(stay)
        return stay

    def _start(self, detection_of: Indices, detections: Detections, *, confirmed: bool) -> Indices:
        """Start tracklets from unassigned detections; which ones those are."""
        free = detections.scores >= self.config.start_score
        free[detection_of[detection_of >= 0]] = False
        cols = free.nonzero()[0]
        if self._start_rule is not None:
            cols = self._start_rule(detections, cols)
        n = len(cols)
        if n:
            now = np.full(n, self._now)
            started = Tracklets(
                states=self._kalman.initiate(self._kalman.measure(detections.xyxy[cols])),
                ids=self._new_ids(n) if confirmed else np.zeros(n, np.int64),
                seen_xyxy=detections.xyxy[cols],
                scores=detections.scores[cols],
                class_ids=detections.class_ids[cols],
                class_votes=detections.scores[cols],
                status=np.full(n, TRACKED if confirmed else UNCONFIRMED, np.int64),
                first_seen_s=now,
                seen_s=now,
                supported_s=now,
                covered_s=np.full(n, -np.inf),
                embeddings=np.zeros((n, self._tracklets.embeddings.shape[1]), np.float32)
                if detections.embeddings is None
                else detections.embeddings[cols],
            )
            self._tracklets = self._tracklets.join(started)
        return cols

    def _boxes(self) -> Floats:
        """The box of every tracklet in this frame, (T, 4)."""
        boxes = self._kalman.boxes(self._tracklets.states)
        if self.config.boxes == "detected":
            is_seen = self._tracklets.status != LOST
            boxes[is_seen] = self._tracklets.seen_xyxy[is_seen]
        return boxes

    def _drop_duplicates(self, boxes: Floats) -> NDArray[np.bool_]:
        """Of a lost and a seen tracklet that overlap almost fully and look alike, drop the younger; which stayed."""
        tracklets = self._tracklets
        stay = np.ones(len(tracklets), np.bool_)
        is_lost = tracklets.status == LOST
        lost, seen = is_lost.nonzero()[0], (~is_lost).nonzero()[0]
        pairs, overlap = overlapping_pairs(boxes[lost], boxes[seen])
        same = pairs.where(overlap > self.config.duplicate_iou)
        if not len(same.rows):
            return stay
        a, b = lost[same.rows], seen[same.cols]
        alike = (tracklets.class_ids[a] == tracklets.class_ids[b]) | self.config.class_agnostic
        if tracklets.embeddings.shape[1]:
            ours, theirs = tracklets.embeddings[a], tracklets.embeddings[b]
            unknown = ~(ours.any(axis=1) & theirs.any(axis=1))
            alike &= unknown | (1 - (ours * theirs).sum(axis=1) <= self.config.appearance_veto)
        a, b = a[alike], b[alike]
        life = tracklets.seen_s - tracklets.first_seen_s
        stay[np.where(life[b] > life[a] + SAME_INSTANT_S, a, b)] = False
        self._tracklets = tracklets.take(stay)
        return stay

    def _live_on(self, rows: Indices, boxes: Floats) -> None:
        """Algorithm 1, line 22: tracks live on with their recovered boxes, and are not older than before."""
        if len(rows):
            states = self._tracklets.states
            states[rows] = self._kalman.update(states[rows], self._kalman.measure(boxes))
            self._tracklets.supported_s[rows] = self._now

    def _results(self, boxes: Floats, lost: Indices, refound: Refound, detection_of: Indices) -> Tracks:
        tracklets = self._tracklets
        shown = tracklets.status == TRACKED
        states = np.full(len(tracklets), TrackState.DETECTED, np.int64)
        if self.config.predicted_s:
            age = self._now - tracklets.seen_s
            coasting = (tracklets.status == LOST) & (age <= self.config.predicted_s + SAME_INSTANT_S)
            shown |= coasting
            states[coasting] = TrackState.PREDICTED
        if len(refound.lost):
            rows = lost[refound.lost]
            shown[rows] = True
            states[rows] = TrackState.REFOUND
            boxes = boxes.copy()
            boxes[rows] = refound.xyxy
        rows = shown.nonzero()[0]
        rows = rows[np.argsort(tracklets.ids[rows])]
        return Tracks(
            xyxy=boxes[rows],
            ids=tracklets.ids[rows],
            scores=tracklets.scores[rows],
            class_ids=tracklets.class_ids[rows],
            states=states[rows],
            detection_index=detection_of[rows],
        )

    def _new_ids(self, count: int) -> NDArray[np.int64]:
        first = self._num_ids + 1
        self._num_ids += count
        return np.arange(first, first + count)
