"""Refinding by geometry: where an object nearer to the camera covers the prediction. For detectors without points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outrack.boxes import xyxy_area
from outrack.tracking.kalman import VELOCITY
from outrack.tracking.pairs import shared_areas
from outrack.tracking.ranges import require_not_negative, require_share
from outrack.tracking.refinders.base import Floats, Indices, Refound, Situation, StatelessRefinder, recently_lost

__all__ = ["GeometryRefinder", "GeometrySettings", "refind_by_geometry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometrySettings:
    """Refinding by an object in front.

    Attributes:
        min_covered: share of the lost box that one object in front must cover.
        max_speed: horizontal plus vertical speed, in box heights per second, above which a prediction is not trusted.
        max_age_ratio: a track is refound for at most this share of its age.
    """

    min_covered: float = 0.4
    max_speed: float = 0.8
    max_age_ratio: float = 0.5

    def __post_init__(self) -> None:
        require_share(self, "min_covered")
        require_not_negative(self, "max_speed", "max_age_ratio")


def refind_by_geometry(lost: Floats, occluders: Floats, settings: GeometrySettings) -> Refound:
    """For detectors that predict no occlusions: a lost track is hidden if a nearer object covers its predicted box.

    Nearer is judged by the feet: on a common ground plane, an object lower in the picture is in front. The prediction
    is returned unchanged, since the frame has no better evidence. This rule is ours, not the paper's.

    Args:
        lost: predicted boxes of lost tracks, (L, 4).
        occluders: boxes of tracks seen in this frame, (J, 4).
        settings: settings of the rule.
    """
    (rows, cols), shared = shared_areas(lost, occluders)
    covered = shared / np.maximum(xyxy_area(lost), 1e-9)[rows]
    is_nearer = occluders[:, 3].take(cols) >= lost[:, 3].take(rows)
    is_hidden = np.zeros(len(lost), np.bool_)
    is_hidden[rows[(covered > settings.min_covered) & is_nearer]] = True
    found = is_hidden.nonzero()[0]
    return Refound.predicted(found, lost[found])


@dataclass(frozen=True)
class GeometryRefinder(StatelessRefinder):
    """See `refind_by_geometry`; applied to tracks with a trustworthy prediction.

    Attributes:
        settings: settings of the rule.
        window_s: a track is refound only this long after it was last supported.
        frame_rate: frames per second, the unit of the velocities.
    """

    settings: GeometrySettings
    window_s: float
    frame_rate: float

    def candidates(self, situation: Situation) -> Indices:
        """See `recently_lost`."""
        return recently_lost(situation, self.window_s)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Boxes as predicted."""
        credible = self._credible(situation, lost)
        if not len(credible):
            return Refound.empty()
        boxes = situation.boxes.take(credible, axis=0)
        return refind_by_geometry(boxes, situation.tracked_boxes, self.settings).among(credible)

    def _credible(self, situation: Situation, lost: Indices) -> Indices:
        """Those of the tracklets `lost` that lived long and move slowly enough for a trustworthy prediction."""
        tracklets, boxes = situation.tracklets, situation.boxes
        life = tracklets.seen_s[lost] - tracklets.first_seen_s[lost]
        age = situation.now_s - tracklets.seen_s[lost]
        velocity = np.abs(tracklets.states[VELOCITY].take(lost, axis=0))
        speed = (velocity[:, 0] + velocity[:, 1]) * self.frame_rate
        _, top, _, bottom = boxes.take(lost, axis=0).T
        height = bottom - top
        settings = self.settings
        is_credible = (age <= settings.max_age_ratio * life) & (speed <= settings.max_speed * height)
        return np.asarray(lost[is_credible])
