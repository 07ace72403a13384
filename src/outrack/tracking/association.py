"""Step 2 of the paper's Algorithm 1: which detection belongs to which tracklet.

The stages are FairMOT's, with ByteTrack's second score level between them:

1. appearance: confirmed tracks (tracked and lost) with high-score detections, gated by motion;
2. overlap: the remaining confirmed tracks with the remaining high-score detections;
3. overlap: the remaining tracked ones with low-score detections;
4. overlap: unconfirmed tracklets with the remaining high-score detections.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import expand_xyxy
from outrack.structures import Detections
from outrack.tracking.assignment import Pairs, assign, overlapping_pairs, pairs_in_intervals
from outrack.tracking.config import TrackerConfig
from outrack.tracking.displacement import associate_by_displacement
from outrack.tracking.kalman import MEAN, KalmanFilter
from outrack.tracking.tracklets import LOST, TRACKED, Tracklets

__all__ = ["CHI2_95_4DOF", "associate", "shared_shift"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

CHI2_95_4DOF = 9.4877
"""95 % of measurements lie within this squared Mahalanobis distance, in four dimensions (FairMOT's gate)."""

MIN_SHARED, MAX_SHARED = 4, 16
"""Fewer confident matches than this say nothing about a motion that all boxes share; more say nothing new."""


def associate(
    tracklets: Tracklets, boxes: Floats, detections: Detections, kalman: KalmanFilter, config: TrackerConfig
) -> Indices:
    """The detection of each tracklet, or -1, (T,).

    Args:
        tracklets: T tracklets whose states are predicted to this frame.
        boxes: their predicted boxes, (T, 4).
        detections: N detections of this frame.
    """
    if config.association == "displacement":
        return associate_by_displacement(tracklets, boxes, detections, config)
    matching = _Matching(tracklets, boxes, detections, config.box_margin)
    high = detections.scores >= config.high_score
    tracked, lost = tracklets.status == TRACKED, tracklets.status == LOST
    confirmed = tracked | lost

    if detections.embeddings is not None and len(detections):
        matching.by_appearance(confirmed, high, kalman, config)
    matching.by_overlap(confirmed if config.lost_by_motion else tracked, high, config.motion_limit, config)
    if config.low_score < config.high_score:
        low = (detections.scores >= config.low_score) & ~high
        matching.by_overlap(tracked, low, config.low_limit, config)
    matching.by_overlap(~confirmed, high, config.unconfirmed_limit, config)
    return matching.detection_of


def shared_shift(boxes: Floats, seen: Floats) -> Floats:
    """What the confident matches of predicted `boxes` (T, 4) and `seen` boxes (N, 4) have in common: dx, dy, (2,).

    Everybody's prediction misses by the same vector when the camera moves, and by nobody's in particular when it
    does not. The median over the matches keeps out the few who really turned.
    """
    step = -(-len(boxes) // MAX_SHARED)
    pairs, overlap = overlapping_pairs(boxes[::step], seen) if step else (Pairs.empty(), np.empty(0))
    sure = pairs.where(overlap > 0.5)
    if len(sure.rows) < MIN_SHARED:
        return np.zeros(2)
    miss = seen[sure.cols] - boxes[::step][sure.rows]
    ranked = np.sort(miss[:, :2] + miss[:, 2:], axis=0) / 2
    # The median, by hand: np.median takes as long as all the rest of this function.
    return np.asarray((ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2)


class _Matching:
    """The matches made so far; every stage takes from who is left."""

    def __init__(self, tracklets: Tracklets, boxes: Floats, detections: Detections, margin: float) -> None:
        self.tracklets, self.boxes, self.detections = tracklets, boxes, detections
        self.wide_boxes, self.wide_seen = expand_xyxy(boxes, margin), expand_xyxy(detections.xyxy, margin)
        self.detection_of = np.full(len(tracklets), -1, np.intp)
        self.free = np.ones(len(detections), np.bool_)
        self.only_class_0 = not (tracklets.class_ids.any() or detections.class_ids.any())

    def by_appearance(self, tracks: Mask, detections: Mask, kalman: KalmanFilter, config: TrackerConfig) -> None:
        """FairMOT's first stage: cosine distance, where the motion model finds the position plausible."""
        assert self.detections.embeddings is not None
        rows, cols = self._left(tracks, detections)
        states = self.tracklets.states[rows]
        seen = kalman.measure(self.detections.xyxy[cols])
        variance = kalman.innovation_variance(states)
        mean = states[:, MEAN]

        # Along x alone most pairs are already too far apart, and sorting finds the others without looking at all.
        reach = np.sqrt(CHI2_95_4DOF * variance[:, 0])
        pairs = pairs_in_intervals(mean[:, 0] - reach, mean[:, 0] + reach, seen[:, 0])
        distance = ((seen[pairs.cols] - mean[pairs.rows]) ** 2 / variance[pairs.rows]).sum(axis=1)
        near = distance <= CHI2_95_4DOF
        pairs, distance = pairs.where(near), distance[near]

        cosine = np.maximum(0, self._cosine_distance(rows[pairs.rows], cols[pairs.cols]))
        cost = (1 - config.motion_weight) * cosine + config.motion_weight * distance
        self._assign(rows, cols, pairs, cost, config.appearance_limit)

    def by_overlap(self, tracks: Mask, detections: Mask, limit: float, config: TrackerConfig) -> None:
        """Overlap of widened boxes, times the agreement of their vertical extents; not of people who look different."""
        rows, cols = self._left(tracks, detections)
        if not len(rows) or not len(cols):
            return
        pairs, likeness = overlapping_pairs(self.wide_boxes[rows], self.wide_seen[cols])
        if self.detections.embeddings is not None and config.appearance_veto < 2:
            alike = self._cosine_distance(rows[pairs.rows], cols[pairs.cols]) <= config.appearance_veto
            pairs, likeness = pairs.where(alike), likeness[alike]
        if config.height_power:
            upright = _vertical_iou(self.boxes, self.detections.xyxy, rows[pairs.rows], cols[pairs.cols])
            likeness = likeness * upright**config.height_power
        self._assign(rows, cols, pairs, 1 - likeness, limit)

    def _cosine_distance(self, rows: Indices, cols: Indices) -> NDArray[np.float32]:
        """How different track rows[p] and detection cols[p] look, (P,), 0 to 2."""
        assert self.detections.embeddings is not None
        known, new = self.tracklets.embeddings[rows], self.detections.embeddings[cols]
        return np.asarray(1 - np.einsum("pd,pd->p", known, new))

    def _left(self, tracks: Mask, detections: Mask) -> tuple[Indices, Indices]:
        return (tracks & (self.detection_of < 0)).nonzero()[0], (detections & self.free).nonzero()[0]

    def _assign(self, rows: Indices, cols: Indices, pairs: Pairs, cost: Floats, limit: float) -> None:
        if not self.only_class_0:
            same = self.tracklets.class_ids[rows[pairs.rows]] == self.detections.class_ids[cols[pairs.cols]]
            pairs, cost = pairs.where(same), cost[same]
        chosen = assign(pairs, cost, limit)
        self.detection_of[rows[chosen.rows]] = cols[chosen.cols]
        self.free[cols[chosen.cols]] = False


def _vertical_iou(a: Floats, b: Floats, rows: Indices, cols: Indices) -> Floats:
    """Overlap over union of the vertical extents of a[rows] and b[cols], (P,); 0 where they do not meet."""
    a1, a2, b1, b2 = a[rows, 1], a[rows, 3], b[cols, 1], b[cols, 3]
    shared = np.minimum(a2, b2) - np.maximum(a1, b1)
    return np.asarray(np.maximum(shared / (np.maximum(a2, b2) - np.minimum(a1, b1)), 0))
