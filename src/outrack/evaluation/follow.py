"""Track the frames of one sequence for its scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from outrack.detectors import Detector, info_of
from outrack.io.sequences import SequenceResults
from outrack.structures import Detections, Frame
from outrack.tracking.protocol import TrackerProtocol
from outrack.video.loop import track_each

__all__ = ["WithoutAppearance", "follow"]


class WithoutAppearance:
    """A detector whose embeddings do not reach the tracker; all else is as of the one inside.

    Args:
        detector: the one inside.

    Attributes:
        info: that of the detector.
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


def follow(frames: Iterable[Frame], detector: Detector, tracker: TrackerProtocol) -> SequenceResults:
    """The tracks of consecutive frames of a video, which count from 1 here, whatever their `index`.

    Args:
        frames: one after the other.
        detector: finds the people; forgets what it saw before.
        tracker: a new one.
    """
    detector.reset()
    return SequenceResults.from_tracks([result.tracks for result in track_each(frames, detector, tracker)])
