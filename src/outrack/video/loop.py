"""The tracking loop: runs detector and tracker frame by frame.

`detect_and_track` is the only place that calls both. Around it:

* `track_source`: an open source, whose camera motion and pace follow from the settings; for `outrack track`.
* `track_frames`: the same for users, with a default tracker, and without what only smoothing needs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.detectors import Detector, info_of
from outrack.detectors.any_detector import as_detector
from outrack.detectors.in_order import detect_each
from outrack.structures import Detections, Frame, Tracks
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.protocol import TrackerProtocol
from outrack.video.camera_motion import CameraMotionEstimator
from outrack.video.defaults import default_tracker_for, estimates_camera_motion
from outrack.video.known_motion import CameraMotion, KnownMotion, motion_after
from outrack.video.pace import DetectionPace, pace_for
from outrack.video.sources import VideoSource
from outrack.video.stopwatch import Phase, Stopwatch

__all__ = ["FrameMotion", "FrameResult", "FrameStep", "detect_and_track", "track_frames", "track_source"]

FrameMotion = Callable[[Frame, Detections], NDArray[np.float64] | None]
"""From a frame and its detections to the (2, 3) affine from the previous frame; None if unknown."""


class FrameResult(NamedTuple):
    """One frame with its detections and tracks. A frame on which the detector did not run has no detections."""

    frame: Frame
    detections: Detections
    tracks: Tracks


class FrameStep(NamedTuple):
    """The result of a frame, and the camera motion from the previous frame to it: a (2, 3) affine, None if unknown.

    Without `is_detected`, detector and tracker did not run on the frame, and it has no tracks.
    """

    result: FrameResult
    camera_motion: NDArray[np.float64] | None
    is_detected: bool = True


def detect_and_track(
    frames: Iterable[Frame],
    detector: Detector,
    tracker: TrackerProtocol,
    *,
    frame_motion: FrameMotion | None = None,
    stopwatch: Stopwatch | None = None,
    pace: DetectionPace | None = None,
) -> Iterator[FrameStep]:
    """The loop: detect and track frame by frame, as fast as the caller takes results. It decides nothing itself: camera
    motion and pace are given, and frames may be any, such as those of an evaluation.

    A detector that processes several frames at once (`outrack.detectors.base.ParallelDetector`) gets later ones in
    advance, except from a live source. Results are always in order.

    Args:
        frames: consecutive frames of one video.
        detector: detects people, and with `PublicStarts` also where tracks may start. It is not reset.
        tracker: assigns identities. It is not reset.
        frame_motion: camera motion from frame to frame; by default the camera is static.
        stopwatch: measures the time of each phase.
        pace: chooses the frames on which detector and tracker run; the results of the others are empty. By default all.
    """
    clock = Stopwatch() if stopwatch is None else stopwatch
    public = info_of(detector).public
    chosen = iter(((frame, True) for frame in frames) if pace is None else pace.chosen(frames))
    skipped: deque[list[Frame]] = deque()  # frames before each detected frame
    detections = Detections.empty()
    total: NDArray[np.float64] | None = None  # camera motion since the last detected frame

    def next_detected() -> Frame | None:
        before: list[Frame] = []
        with clock.timing(Phase.DECODING):
            for frame, is_detected in chosen:
                if is_detected:
                    skipped.append(before)
                    return frame
                before.append(frame)
        return None

    is_live = isinstance(frames, VideoSource) and frames.is_live
    for frame, wait in detect_each(next_detected, detector, may_wait=not is_live):
        for between in skipped.popleft():
            with clock.timing(Phase.TRACKING):
                motion = None if frame_motion is None else frame_motion(between, detections)
                total = motion_after(total, motion)
            yield FrameStep(FrameResult(between, Detections.empty(), Tracks.empty()), motion, is_detected=False)
        with clock.timing(Phase.NETWORK):
            detections = wait()
            starts = {} if public is None else {"public": public(frame).xyxy}
        with clock.timing(Phase.TRACKING):
            motion = None if frame_motion is None else frame_motion(frame, detections)
            total = motion_after(total, motion)
            tracks = tracker.update(detections, timestamp=frame.timestamp_s, camera_motion=total, **starts)
            total = None
        yield FrameStep(FrameResult(frame, detections, tracks), motion)


def track_frames(
    source: VideoSource,
    detector: Detector,
    tracker: Tracker | None = None,
    *,
    camera_motion: CameraMotion | Literal["auto"] | None = "auto",
    stopwatch: Stopwatch | None = None,
) -> Iterator[FrameResult]:
    """Track frame by frame, as fast as the caller takes results; each frame is reported before the next is read.

    `outrack.track` opens and closes the source itself, smooths tracks, and writes files; here tracks are as they were
    known when the frame was read.

    Args:
        source: an open source.
        detector: detects people; `outrack.load_detector()` loads the bundled network.
        tracker: keeps its state between calls, so the next source can continue where this one ended. By default the
            tracker of `default_tracker_for`.
        camera_motion: {frame index: (2, 3) affine from the previous frame of the source to this one}. Affines are
            composed across frames that a stride or a live source skips. `auto` estimates it from the pictures, if a
            network runs on them; None assumes a static camera.
        stopwatch: measures the time of each phase.

    Raises:
        TypeError: the source is not open.
    """
    _check_open(source)
    detector = as_detector(detector)
    tracker = default_tracker_for(detector, frame_rate=source.frame_rate) if tracker is None else tracker
    for step in track_source(source, detector, tracker, camera_motion=camera_motion, stopwatch=stopwatch):
        yield step.result


def track_source(
    source: VideoSource,
    detector: Detector,
    tracker: Tracker,
    *,
    camera_motion: CameraMotion | Literal["auto"] | None,
    stopwatch: Stopwatch | None = None,
    smoothed: TrackerConfig | None = None,
) -> Iterator[FrameStep]:
    """`detect_and_track` over an open source, with the camera motion and the pace that the settings ask for. Unlike
    `track_frames` it also yields the camera motion, and the frames on which no network ran.

    Args:
        source, detector, tracker, camera_motion, stopwatch: as for `track_frames`.
        smoothed: the settings with which the caller smooths the tracks: the network then runs on some frames only
            (`pace_for`). None runs it on all.
    """
    motion = _frame_motion(camera_motion, detector, tracker)
    pace = pace_for(source, detector, smoothed)
    return detect_and_track(source, detector, tracker, frame_motion=motion, stopwatch=stopwatch, pace=pace)


def _frame_motion(
    given: CameraMotion | Literal["auto"] | None, detector: Detector, tracker: Tracker
) -> FrameMotion | None:
    if given is None:
        return None
    if given != "auto":
        return KnownMotion(given)
    if not estimates_camera_motion(detector, tracker):
        return None
    estimator = CameraMotionEstimator()
    return lambda frame, detections: estimator.update(frame, detections.xyxy)


def _check_open(source: object) -> None:
    if not isinstance(source, VideoSource):
        raise TypeError(
            "source: expected an open source, such as outrack.open_source(path), got "
            f"{type(source).__name__}; outrack.track(path) opens a path itself"
        )
