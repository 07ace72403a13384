"""A detector combined with public detections, as in MOTChallenge's public mode."""

from __future__ import annotations

from dataclasses import replace

from outrack.detectors.any_detector import AnyDetector, as_detector
from outrack.detectors.info import info_of
from outrack.structures import Detections, Frame

__all__ = ["PublicStarts"]


class PublicStarts:
    """A detector whose boxes may start a track only where a public detection lies; tracks then follow its own boxes.

    The tracking loop passes the public detections to the tracker (`Tracker.update(..., public=boxes)`)::

        public = PublicStarts(load_detector("fairmot.onnx"), PrecomputedDetections("MOT17-02/det/det.txt"))
        track("MOT17-02", "out.txt", detector=public)

    Args:
        detector: finds the boxes that are tracked; like `public`, a detector or a function of a frame.
        public: the public detections, usually `PrecomputedDetections`. In frames without any, no track starts; their
            scores are ignored.

    Attributes:
        info: that of the detector, with the files of both and the public detections.
        detector, public: as given; functions have become detectors.
    """

    def __init__(self, detector: AnyDetector, public: AnyDetector) -> None:
        self.detector = as_detector(detector)
        self.public = as_detector(public)
        info = info_of(self.detector)
        self.info = replace(info, files=info.files + info_of(self.public).files, public=self.public, resizable=False)

    def __call__(self, frame: Frame) -> Detections:
        """Detections of the detector."""
        return self.detector(frame)

    def reset(self) -> None:
        """Forget the stream."""
        self.detector.reset()
        self.public.reset()
