"""Refinding by geometry: where a person nearer to the camera covers the prediction. For detectors without points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outrack.tracking.kalman import VELOCITY
from outrack.tracking.refinders.base import Forgetful, Indices, Situation, recently_lost
from outrack.tracking.refinding import Refound, refind_by_geometry

__all__ = ["GeometryRefinder"]


@dataclass(frozen=True, kw_only=True)
class GeometryRefinder(Forgetful):
    """See `refind_by_geometry`; asked of tracks whose prediction can be trusted.

    Attributes:
        window_s: a track is refound only this long after it was last supported.
        frame_rate: unit of the velocities.
        min_covered: share of the lost box that one person in front must cover.
        max_speed: box heights per second above which a prediction is not trusted.
        max_age_ratio: a track is refound no longer than this share of the time for which it had been seen.
    """

    window_s: float
    frame_rate: float
    min_covered: float
    max_speed: float
    max_age_ratio: float

    def candidates(self, situation: Situation) -> Indices:
        """Those that were lost recently."""
        return recently_lost(situation, self.window_s)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Boxes as predicted."""
        credible = self._credible(situation, lost)
        occluders = situation.tracked_boxes
        refound = refind_by_geometry(situation.boxes[lost[credible]], occluders, min_covered=self.min_covered)
        return refound._replace(lost=credible[refound.lost])

    def _credible(self, situation: Situation, lost: Indices) -> Indices:
        """Which of the lost tracks lived long enough, and move slowly enough, for their prediction to be trusted."""
        tracklets, boxes = situation.tracklets, situation.boxes
        life = tracklets.seen_s[lost] - tracklets.first_seen_s[lost]
        age = situation.now_s - tracklets.seen_s[lost]
        speed = np.abs(tracklets.states[lost, VELOCITY, :2]).sum(axis=1) * self.frame_rate
        height = boxes[lost, 3] - boxes[lost, 1]
        return np.flatnonzero((age <= self.max_age_ratio * life) & (speed <= self.max_speed * height))
