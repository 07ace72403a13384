"""Refinding by predicted occlusion points: Algorithm 1 with Eq. 15 and 16 of the paper."""

from __future__ import annotations

from dataclasses import dataclass

from outrack.tracking.refinders.base import Forgetful, Indices, Situation, recently_lost
from outrack.tracking.refinding import Refound, refind_by_points

__all__ = ["PointRefinder"]


@dataclass(frozen=True, kw_only=True)
class PointRefinder(Forgetful):
    """See `refind_by_points`.

    Attributes:
        window_s: a track is refound only this long after it was last supported (tau_w).
        high_score: detections from here on may hide a track.
        threshold: tau_o, paper Sec. 3.2.2.
        sigma: width of the Gaussian that compares an overlap with a point, as a share of the overlap's radius.
    """

    window_s: float
    high_score: float
    threshold: float
    sigma: float

    def candidates(self, situation: Situation) -> Indices:
        """Those that were lost recently."""
        return recently_lost(situation, self.window_s)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Boxes recovered from points; none where the detector predicts no points."""
        detections = situation.detections
        if detections.occlusions is None:
            return Refound.empty()
        occluders = detections.xyxy[detections.scores >= self.high_score]
        boxes = situation.boxes[lost]
        return refind_by_points(boxes, occluders, detections.occlusions, threshold=self.threshold, sigma=self.sigma)
