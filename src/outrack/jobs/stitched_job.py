"""Writes the outputs of a video from the tracks of its parts: the video is read again, without a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.detectors import Detector, DetectorInfo, info_of, load_detector
from outrack.jobs.part_job import read_part
from outrack.jobs.track_job import TrackJob
from outrack.structures import Detections, Frame, Tracks, TrackState
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.stitching import PartTracks, stitched
from outrack.video.base import VideoSource
from outrack.video.known_motion import CameraMotion
from outrack.video.part import Part
from outrack.video.stopwatch import Phase
from outrack.video.summary import TrackSummary

__all__ = ["StitchedJob"]

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class StitchedJob(TrackJob):
    """A `TrackJob` whose parts have been tracked.

    Attributes:
        parts: parts of the source, in order.
        files: the file of each `PartJob`.
        begun_s: when the first part was begun, of `time.monotonic`.
        phase_s: seconds that all parts together spent in each phase.
    """

    parts: tuple[Part, ...]
    files: tuple[Path, ...]
    begun_s: float
    phase_s: Mapping[Phase, float]

    def _timed(self, summary: TrackSummary) -> TrackSummary:
        """The parts' time included."""
        phase_s = {phase: seconds + self.phase_s.get(phase, 0.0) for phase, seconds in summary.phase_s.items()}
        return replace(summary, elapsed_s=time.monotonic() - self.begun_s, phase_s=phase_s)

    def _detector(self, load: Callable[..., Detector] = load_detector) -> Detector:
        """The stitched tracks in place of the network, which does not run."""
        network = TrackJob._detector(self, load)
        config = self._tracker_config(network, self.parts[0].frame_rate)
        info = replace(info_of(network), needs_pictures=False, resizable=False)
        return _StitchedTracks(
            info, [read_part(path) for path in self.files], [part.own for part in self.parts], config
        )

    def _with_public(self, detector: Detector) -> Detector:
        return detector

    def _motion(self) -> CameraMotion:
        """The parts' camera motion, for smoothing the stitched tracks."""
        ends = [*(part.own for part in self.parts[1:]), np.inf]
        return {
            int(frame): np.array(affine).reshape(2, 3)
            for part, path, end in zip(self.parts, self.files, ends, strict=True)
            for frame, *affine in read_part(path)["motion"].tolist()
            if part.own <= frame < end
        }

    @contextmanager
    def _tracker(self, config: TrackerConfig, video: VideoSource, detector: Detector) -> Iterator[Tracker]:
        assert isinstance(detector, _StitchedTracks)
        yield _StitchedTracker(config, detector)


class _StitchedTracks:
    """A detector whose boxes are those of the stitched tracks, and the detections of the parts without a track."""

    def __init__(
        self, info: DetectorInfo, parts: Sequence[Arrays], first_own_frames: Sequence[int], config: TrackerConfig
    ) -> None:
        self.info = info
        self.tracks = Tracks.empty()
        ids = stitched([_tracks_of(part) for part in parts], first_own_frames, config)
        ends = [*first_own_frames[1:], np.iinfo(np.int64).max]
        tables, free, points = [], [], []
        for part, part_ids, own, end in zip(parts, ids, first_own_frames, ends, strict=True):
            tables.append(_between(np.column_stack([part["rows"], part_ids]), own, end))
            free.append(_between(part["free"], own, end))
            points.append(_between(part.get("points", np.empty((0, 4))), own, end))
        rows = np.concatenate(tables)
        self._rows = rows[np.lexsort((rows[:, 9], rows[:, 0]))]
        self._free = np.concatenate(free)
        self._points = np.concatenate(points) if info.occlusions else None

    def __call__(self, frame: Frame) -> Detections:
        """The boxes of a frame; `tracks` are those of its tracks."""
        rows, free = (_between(table, frame.index, frame.index + 1) for table in (self._rows, self._free))
        ids, classes, states = (rows[:, column].astype(np.int64) for column in (9, 7, 8))
        seen = np.where(states == TrackState.DETECTED, np.arange(len(rows)), -1)
        self.tracks = Tracks(rows[:, 2:6], ids, rows[:, 6], classes, states, seen)
        points = None if self._points is None else _between(self._points, frame.index, frame.index + 1)[:, 1:]
        return Detections(
            xyxy=np.concatenate([rows[:, 2:6], free[:, 1:5]]),
            scores=np.concatenate([rows[:, 6], free[:, 5]]),
            class_ids=np.concatenate([classes, free[:, 6].astype(np.int64)]),
            occlusions=points,
        )

    def reset(self) -> None:
        """No state to reset."""


class _StitchedTracker(Tracker):
    """A tracker that returns the stitched tracks."""

    def __init__(self, config: TrackerConfig, stitched_tracks: _StitchedTracks) -> None:
        super().__init__(config)
        self._stitched = stitched_tracks

    def update(self, detections: Any, **_: Any) -> Any:
        """The tracks of the detector's latest frame."""
        return self._stitched.tracks


def _between(table: NDArray[Any], first: int, end: int) -> NDArray[Any]:
    """The rows of the frames from `first` to before `end`; the frame is the first column, in order."""
    start, stop = np.searchsorted(table[:, 0], [first, end])
    return table[start:stop]


def _tracks_of(part: Arrays) -> PartTracks:
    rows, of = part["rows"], part["embedded_ids"].tolist()
    return PartTracks(
        frames=rows[:, 0].astype(np.int64),
        ids=rows[:, 1].astype(np.int64),
        class_ids=rows[:, 7].astype(np.int64),
        xyxy=rows[:, 2:6],
        first_embeddings=dict(zip(of, part["first"], strict=True)),
        last_embeddings=dict(zip(of, part["last"], strict=True)),
    )
