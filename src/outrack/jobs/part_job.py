"""Tracks one part of a video and writes a file, which is stitched with those of the other parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.detectors import Detector, load_detector
from outrack.io.archives import read_arrays
from outrack.io.atomic import atomic_write
from outrack.io.interrupts import Interrupts
from outrack.jobs.progress import ProgressFor
from outrack.jobs.track_job import TrackJob
from outrack.tracking import Tracker
from outrack.video.delay import smoothing_for
from outrack.video.known_motion import open_camera_motion
from outrack.video.loop import FrameStep, track_source
from outrack.video.part import Part, VideoPart
from outrack.video.source_names import local_path
from outrack.video.stopwatch import Stopwatch
from outrack.video.summary import RunCounts, TrackSummary

__all__ = ["PartJob", "PartRows", "read_part"]

NUM_AVERAGED = 10
"""Number of detections that are averaged to the embedding of a track's start, and of its end."""


@dataclass(frozen=True, kw_only=True)
class PartJob(TrackJob):
    """One part of the source of a `TrackJob`.

    Attributes:
        part: its frames.
        file: the `.npz` of `PartRows` to write.
    """

    part: Part
    file: Path

    def run(self, progress_for: ProgressFor, *, load: Callable[..., Detector] = load_detector) -> TrackSummary:
        """Track the part and write its file; see `TrackJob.run`."""
        detector = self._detector(load)
        clock, counts, rows = Stopwatch(), RunCounts(), PartRows()
        with Interrupts(), VideoPart(local_path(self.source), self.part, stride=self.stride) as video:
            tracker = Tracker(self._tracker_config(detector, video.frame_rate))
            seen_by = self._with_public(self._at_its_size(detector, video))
            motion = open_camera_motion(self.camera_motion)
            smoothed = None if self.online else smoothing_for(video, tracker)
            steps = track_source(video, seen_by, tracker, camera_motion=motion, stopwatch=clock, smoothed=smoothed)
            with progress_for(self.name, video.num_frames) as progress:
                for step in steps:
                    rows.add(step)
                    counts.add(step.result)
                    progress.advance(step.result)
            rows.write(self.file)
            return counts.summary(video, (self.file,), clock, interrupted=False, min_length_s=0.0, detector=seen_by)


class PartRows:
    """Collects the boxes of a part, with and without a track, the embeddings at both ends of tracks, and the camera
    motion."""

    def __init__(self) -> None:
        self._tables: list[NDArray[np.float64]] = []
        self._free: list[NDArray[np.float64]] = []
        self._points: list[NDArray[np.float64]] = []
        self._motion: list[NDArray[np.float64]] = []
        self._first: dict[int, list[NDArray[np.float32]]] = {}
        self._last: dict[int, list[NDArray[np.float32]]] = {}

    def add(self, step: FrameStep) -> None:
        """Add one frame."""
        frame, detections, tracks = step.result
        if step.camera_motion is not None:
            self._motion.append(np.array([frame.index, *step.camera_motion.ravel()]))
        columns = (tracks.ids, *tracks.xyxy.T, tracks.scores, tracks.class_ids, tracks.states)
        table = np.stack([np.full(len(tracks), frame.index, np.float64), *columns], axis=1)
        self._tables.append(table)
        free = detections[tracks.unassigned(len(detections))]
        boxes = np.column_stack([np.full(len(free), frame.index), free.xyxy, free.scores, free.class_ids])
        self._free.append(boxes)
        if detections.occlusions is not None:
            points = detections.occlusions
            self._points.append(np.column_stack([np.full(len(points), frame.index), points]))
        if detections.embeddings is None:
            return
        for one, row in zip(tracks.ids.tolist(), tracks.detection_index.tolist(), strict=True):
            if row >= 0:
                vector = detections.embeddings[row].copy()  # a view would keep those of the whole frame
                first = self._first.setdefault(one, [])
                if len(first) < NUM_AVERAGED:
                    first.append(vector)
                self._last[one] = [*self._last.get(one, []), vector][-NUM_AVERAGED:]

    def write(self, path: Path) -> None:
        """Write the file atomically.

        Raises:
            OSError: it cannot be written.
        """
        arrays = {
            "rows": np.concatenate([np.empty((0, 9)), *self._tables]),
            "free": np.concatenate([np.empty((0, 7)), *self._free]),
            "motion": np.array(self._motion).reshape(-1, 7),
            "embedded_ids": np.array(list(self._first), np.int64),
            "first": np.array([_mean(vectors) for vectors in self._first.values()]),
            "last": np.array([_mean(self._last[one]) for one in self._first]),
        }
        if self._points:
            arrays["points"] = np.concatenate(self._points)
        with atomic_write(path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # the stub has a flag among the names


def read_part(path: Path) -> dict[str, NDArray[np.generic]]:
    """The arrays of a part.

    * `rows` (R, 9): frame, id, x1, y1, x2, y2, score, class, state of each box.
    * `free` (D, 7): frame, x1, y1, x2, y2, score, class of each detection that belongs to no track.
    * `points` (P, 4): frame, x, y, score, if the network predicts occlusions.
    * `motion` (F, 7): frame, and the camera motion from the previous frame to it, if known.
    * `embedded_ids` (T,): ids, with the mean embeddings of their `first` and `last` detections, (T, D).

    Raises:
        ValueError: it is something else, or damaged.
        OSError: it cannot be read.
    """
    return read_arrays(path, "not a part of a video that outrack tracked")


def _mean(vectors: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    mean = np.mean(vectors, axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
