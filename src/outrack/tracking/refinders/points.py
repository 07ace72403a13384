"""Refinding by predicted occlusion points: Algorithm 1 with Eq. 15 and 16 of the paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from outrack.boxes import contains_points, gaussian_radius
from outrack.tracking.pairs import Pairs, overlapping_pairs
from outrack.tracking.ranges import require_above_zero, require_share
from outrack.tracking.refinders.base import Floats, Indices, Refound, Situation, StatelessRefinder, recently_lost

__all__ = ["PointRefinder", "PointsSettings", "recover_box", "recover_coordinate", "refind_by_points"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsSettings:
    """Refinding by predicted occlusion centres.

    Attributes:
        threshold: minimum similarity of an overlap and an occlusion centre (tau_o, paper Sec. 3.2.2).
        sigma: width of the Gaussian that compares an overlap with an occlusion centre, as a share of the overlap's
            radius: 1/3 as in the heat map (paper); 1 in the official code, which accepts centres three times farther
                away.
    """

    threshold: float = 0.7
    sigma: float = 1 / 3

    def __post_init__(self) -> None:
        require_share(self, "threshold")
        require_above_zero(self, "sigma")


def recover_coordinate(a1: Floats, a2: Floats, b1: Floats, b2: Floats, z: Floats) -> Floats:
    """F of paper Eq. 16: where interval a starts, if its overlap with b is centred on z and its length is a2 - a1.

    The case is selected by the predicted interval, as printed in the paper. In the last case (a covers b) the overlap
    is b itself and contains no information on a, so the prediction is kept.
    """
    return np.select(
        [(a1 <= b1) & (a2 <= b2), (a1 > b1) & (a2 <= b2), (a1 > b1) & (a2 > b2)],
        [2 * z - b1 - (a2 - a1), z - (a2 - a1) / 2, 2 * z - b2],
        default=a1,
    )


def recover_box(predicted: Floats, occluder: Floats, point: Floats) -> Floats:
    """Paper Eq. 15, row by row: predicted boxes (P, 4), occluders (P, 4), occlusion centres (P, 2) to boxes (P, 4)."""
    x1 = recover_coordinate(predicted[:, 0], predicted[:, 2], occluder[:, 0], occluder[:, 2], point[:, 0])
    y1 = recover_coordinate(predicted[:, 1], predicted[:, 3], occluder[:, 1], occluder[:, 3], point[:, 1])
    corner = np.stack([x1, y1], axis=1)
    return np.concatenate([corner, corner + predicted[:, 2:] - predicted[:, :2]], axis=1)


def refind_by_points(lost: Floats, occluders: Floats, points: Floats, settings: PointsSettings) -> Refound:
    """The paper's rule: the best pair of an occluder j and an occlusion centre k, if G(O(lost, j), k) > threshold.

    Args:
        lost: predicted boxes of lost tracks, (L, 4).
        occluders: boxes seen in this frame, (J, 4).
        points: occlusion centres, (K, 2) or (K, 3) with scores, which are not used here.
        settings: settings of the rule; `threshold` is tau_o, `sigma` the width of G.
    """
    if not len(points):
        return Refound.empty()
    pairs, _ = overlapping_pairs(lost, occluders)
    a, b = lost[pairs.rows], occluders[pairs.cols]
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    w, h = (high - low).T
    centre, radius = (low + high) / 2, gaussian_radius(h, w)

    xy = points[:, :2]
    squared = ((xy - centre[:, None]) ** 2).sum(axis=2)
    likeness = np.where(
        contains_points(a, xy), np.exp(-squared / (2 * (settings.sigma * radius[:, None]) ** 2)), 0.0
    )  # G, paper Eq. 10
    return _best_of_each(pairs, likeness, xy, lost, occluders, settings.threshold)


def _best_of_each(
    pairs: Pairs, likeness: Floats, points: Floats, lost: Floats, occluders: Floats, threshold: float
) -> Refound:
    """The argmax over (j, k) of every lost track, and its recovered box if it is above the threshold."""
    if likeness.size == 0:
        return Refound.empty()
    point = likeness.argmax(axis=1)
    value = likeness[np.arange(len(point)), point]
    # Last write wins: going through the pairs from worst to best leaves the best of each lost track.
    order = np.argsort(value, kind="stable")
    best = np.full(len(lost), -1)
    best[pairs.rows[order]] = order
    found = np.flatnonzero((best >= 0) & (value[best] > threshold))
    chosen = best[found]
    boxes = recover_box(lost[found], occluders[pairs.cols[chosen]], points[point[chosen]])
    return Refound(found, boxes, np.ones(len(found), np.bool_))


@dataclass(frozen=True)
class PointRefinder(StatelessRefinder):
    """See `refind_by_points`.

    Attributes:
        settings: settings of the rule.
        window_s: a track is refound only this long after it was last supported (tau_w).
        high_score: minimum score of detections that may hide a track.
    """

    settings: PointsSettings
    window_s: float
    high_score: float

    def candidates(self, situation: Situation) -> Indices:
        """See `recently_lost`."""
        return recently_lost(situation, self.window_s)

    def refind(self, situation: Situation, lost: Indices) -> Refound:
        """Boxes recovered from points; none if the detector predicts no points."""
        detections = situation.detections
        if detections.occlusions is None:
            return Refound.empty()
        occluders = detections.xyxy[detections.scores >= self.high_score]
        return refind_by_points(situation.boxes[lost], occluders, detections.occlusions, self.settings).among(lost)
