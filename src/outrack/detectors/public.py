"""MOTChallenge's public mode: all trackers get the same detections, and tracks may start only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xyxy_area
from outrack.detectors.base import Detector
from outrack.detectors.info import info_of
from outrack.structures import Detections, Frame

__all__ = ["PublicStarts"]


class PublicStarts:
    """A detector whose boxes may start a track only where a public detection lies; tracks then follow its own boxes.

    It goes between both ends of the pipeline, one object a stream; a `Tracker` of one's own is given `may_start` as its
    `start_rule`::

        public = PublicStarts(load_detector("fairmot.onnx"), PrecomputedDetections("MOT17-02/det/det.txt"))
        track("MOT17-02", "out.txt", detector=public)

    The rule is that of CenterTrack and OUTrack (notes#centertrack-tracking): each public detection, in turn, lets the
    nearest free box start a track if the squared distance of their centres is less than the area of that box. With
    CenterTrack the centre is that of the frame before, as in its code. Scores of public detections do not count.

    Args:
        detector: finds the boxes that are tracked.
        public: the public detections, usually `PrecomputedDetections`. In frames without any, no track starts.

    Attributes:
        info: that of the detector, with the files of both and the start rule.
        detector, public: as given.
    """

    def __init__(self, detector: Detector, public: Detector) -> None:
        self.detector = detector
        self.public = public
        info = info_of(detector)
        self.info = replace(info, files=info.files + info_of(public).files, start_rule=self.may_start)
        self.reset()

    def __call__(self, frame: Frame) -> Detections:
        """Detections of the network; the public ones of this frame are kept for `may_start`."""
        self._frame_public = self.public(frame).xyxy
        return self.detector(frame)

    def reset(self) -> None:
        """Forget the stream."""
        self.detector.reset()
        self.public.reset()
        self._frame_public = np.empty((0, 4))

    def may_start(self, detections: Detections, free: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those rows of `detections` among `free` (F,) that may start a track; a `StartRule` of the tracker."""
        if not len(free):
            return free
        xyxy = detections.xyxy[free]
        centre = (xyxy[:, :2] + xyxy[:, 2:]) / 2
        if detections.displacements is not None:
            centre = centre + detections.displacements[free]
        public = (self._frame_public[:, :2] + self._frame_public[:, 2:]) / 2
        squared = ((public[:, None] - centre) ** 2).sum(axis=2)  # (P, F)
        squared = np.where(squared < xyxy_area(xyxy), squared, np.inf)
        chosen = np.zeros(len(free), np.bool_)
        for distance in squared:
            nearest = distance.argmin()
            if np.isfinite(distance[nearest]):
                chosen[nearest] = True
                squared[:, nearest] = np.inf
        return free[chosen]
