"""Tracks the frames of one sequence, for scoring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from outrack.detectors import Detector, info_of
from outrack.io.sequences import SequenceResults
from outrack.structures import Detections, Frame
from outrack.tracking.protocol import TrackerProtocol
from outrack.video.loop import detect_and_track

__all__ = ["WithoutAppearance", "track_sequence"]


class WithoutAppearance:
    """Wraps a detector and hides its embeddings from the tracker.

    Args:
        detector: the wrapped detector.

    Attributes:
        info: that of the wrapped detector.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.info = info_of(detector)

    def __call__(self, frame: Frame) -> Detections:
        """Detections of a frame."""
        return replace(self._detector(frame), embeddings=None)

    def reset(self) -> None:
        """Forget earlier frames."""
        self._detector.reset()


def track_sequence(frames: Iterable[Frame], detector: Detector, tracker: TrackerProtocol) -> SequenceResults:
    """`detect_and_track` for scores: the tracks of consecutive frames of a video, without the frames, numbered from 1
    regardless of their `index`.

    Args:
        frames: one after the other.
        detector: finds the people; it is reset first.
        tracker: a new one.
    """
    detector.reset()
    return SequenceResults.from_tracks([step.result.tracks for step in detect_and_track(frames, detector, tracker)])
