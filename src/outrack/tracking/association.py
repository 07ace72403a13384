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
from outrack.tracking.kalman import MEAN, KalmanFilter
from outrack.tracking.tracklets import Status, Tracklets

__all__ = ["CHI2_95_4DOF", "associate", "shared_shift"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

CHI2_95_4DOF = 9.4877
"""95 % of measurements lie within this squared Mahalanobis distance, in four dimensions (FairMOT's gate)."""

MIN_SHARED, MAX_SHARED = 4, 64
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
    matching = _Matching(tracklets, boxes, detections)
    high = detections.scores >= config.high_score
    tracked, lost = tracklets.status == Status.TRACKED, tracklets.status == Status.LOST
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
    pairs, overlap = overlapping_pairs(boxes[::step], seen) if step else (Pairs.none(), np.empty(0))
    sure = pairs.where(overlap > 0.5)
    if len(sure.rows) < MIN_SHARED:
        return np.zeros(2)
    miss = seen[sure.cols] - boxes[::step][sure.rows]
    return np.median(miss[:, :2] + miss[:, 2:], axis=0) / 2


class _Matching:
    """The matches made so far; every stage takes from who is left."""

    def __init__(self, tracklets: Tracklets, boxes: Floats, detections: Detections) -> None:
        self.tracklets, self.boxes, self.detections = tracklets, boxes, detections
        self.detection_of = np.full(len(tracklets), -1, np.intp)
        self.free = np.ones(len(detections), np.bool_)

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

        known = self.tracklets.embeddings[rows]
        new = self.detections.embeddings[cols]
        cosine = np.maximum(0, 1 - np.einsum("pd,pd->p", known[pairs.rows], new[pairs.cols]))
        cost = (1 - config.motion_weight) * cosine + config.motion_weight * distance
        self._assign(rows, cols, pairs, cost, config.appearance_limit)

    def by_overlap(self, tracks: Mask, detections: Mask, limit: float, config: TrackerConfig) -> None:
        """Overlap of widened boxes, times the agreement of their vertical extents."""
        rows, cols = self._left(tracks, detections)
        a, b = self.boxes[rows], self.detections.xyxy[cols]
        if config.box_margin:
            pairs, likeness = overlapping_pairs(expand_xyxy(a, config.box_margin), expand_xyxy(b, config.box_margin))
        else:
            pairs, likeness = overlapping_pairs(a, b)
        if config.height_power:
            likeness = likeness * _vertical_iou(a[pairs.rows], b[pairs.cols]) ** config.height_power
        self._assign(rows, cols, pairs, 1 - likeness, limit)

    def _left(self, tracks: Mask, detections: Mask) -> tuple[Indices, Indices]:
        return np.flatnonzero(tracks & (self.detection_of < 0)), np.flatnonzero(detections & self.free)

    def _assign(self, rows: Indices, cols: Indices, pairs: Pairs, cost: Floats, limit: float) -> None:
        same_class = self.tracklets.class_ids[rows[pairs.rows]] == self.detections.class_ids[cols[pairs.cols]]
        chosen = assign(pairs.where(same_class), cost[same_class], limit)
        self.detection_of[rows[chosen.rows]] = cols[chosen.cols]
        self.free[cols[chosen.cols]] = False


def _vertical_iou(a: Floats, b: Floats) -> Floats:
    """Overlap over union of the vertical extents of boxes (P, 4) and (P, 4), (P,); 0 where they do not meet."""
    shared = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    union = np.maximum(a[:, 3], b[:, 3]) - np.minimum(a[:, 1], b[:, 1])
    return np.asarray(np.maximum(shared / union, 0))
