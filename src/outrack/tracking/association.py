"""Step 2 of the paper's Algorithm 1: assigns detections to tracklets.

The stages are FairMOT's, with ByteTrack's second score level between them:

1. appearance: confirmed tracks (tracked and lost) with high-score detections, gated by motion;
2. overlap: the remaining confirmed tracks with the remaining high-score detections, including pairs in which one box
   shows only the upper part of the other's body;
3. overlap: the remaining tracked ones with low-score detections;
4. overlap: unconfirmed tracklets with the remaining high-score detections.

Detections without appearance (a row of zeros) are not vetoed: motion alone decides about them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import expand_xyxy
from outrack.structures import Detections
from outrack.tracking.assignment import Pairs, assign, overlapping_pairs, pairs_in_intervals
from outrack.tracking.config import TrackerConfig
from outrack.tracking.displacement import associate_by_displacement
from outrack.tracking.embedding_store import known_embeddings
from outrack.tracking.groups import PartialViewSettings
from outrack.tracking.kalman import MEAN, KalmanFilter
from outrack.tracking.tracklets import LOST, TRACKED, UNCONFIRMED, Tracklets

__all__ = ["Association", "associate"]

ALL_FOUR = np.ones(4)
"""A product with it sums four columns, in a tenth of the time of `sum(axis=1)`."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Association(NamedTuple):
    """The detection assigned to each tracklet.

    Attributes:
        detection_of: the detection of each tracklet, or -1, (T,).
        partial: whether tracklet and detection show different parts of a body, bool (T,).
    """

    detection_of: Indices
    partial: Mask


def associate(
    tracklets: Tracklets, boxes: Floats, detections: Detections, kalman: KalmanFilter, config: TrackerConfig
) -> Association:
    """The detection of each tracklet.

    Args:
        tracklets: T tracklets whose states are predicted to this frame.
        boxes: their predicted boxes, (T, 4).
        detections: N detections of this frame.
    """
    if config.association == "displacement":
        detection_of = associate_by_displacement(tracklets, boxes, detections, config)
        return Association(detection_of, np.zeros(len(tracklets), np.bool_))
    matching = _Matching(tracklets, boxes, detections, config)
    if len(tracklets) and len(detections):
        if detections.embeddings is not None:
            matching.by_appearance(kalman)
        matching.by_overlap()
    return Association(matching.detection_of, matching.partial)


class _Matching:
    """The matches so far; each stage assigns remaining tracklets and detections."""

    def __init__(self, tracklets: Tracklets, boxes: Floats, detections: Detections, config: TrackerConfig) -> None:
        self.tracklets, self.boxes, self.detections, self.config = tracklets, boxes, detections, config
        self.detection_of = np.full(len(tracklets), -1, np.intp)
        self.partial = np.zeros(len(tracklets), np.bool_)
        self.free = np.ones(len(detections), np.bool_)
        self.is_high: Mask = detections.scores >= config.high_score
        one_class = not (np.count_nonzero(tracklets.class_ids) or np.count_nonzero(detections.class_ids))
        self.any_class = config.class_agnostic or one_class
        if detections.embeddings is not None:
            self.known_tracks, self.known_seen = tracklets.embeddings.known(), known_embeddings(detections.embeddings)

    def by_appearance(self, kalman: KalmanFilter) -> None:
        """FairMOT's first stage: cosine distance, gated by the motion model."""
        rows = ((self.tracklets.status != UNCONFIRMED) & self.known_tracks).nonzero()[0]
        cols = (self.is_high & self.known_seen).nonzero()[0]
        states = self.tracklets.states.take(rows, axis=1)
        seen = kalman.measure(self.detections.xyxy.take(cols, axis=0))
        variance, mean = kalman.innovation_variance(states), states[MEAN]

        # Most pairs are too far apart along x alone, and sorting finds the others without comparing all.
        settings = self.config.appearance
        reach = np.sqrt(settings.gate * variance[:, 0])
        pairs = pairs_in_intervals(mean[:, 0] - reach, mean[:, 0] + reach, seen[:, 0])
        miss = seen.take(pairs.cols, axis=0)
        miss -= mean.take(pairs.rows, axis=0)
        miss *= miss
        miss /= variance.take(pairs.rows, axis=0)
        distance = miss @ ALL_FOUR
        near = (distance <= settings.gate).nonzero()[0]
        rows, cols, distance = rows[pairs.rows[near]], cols[pairs.cols[near]], distance[near]

        cosine = np.maximum(0, self._cosine_distance(rows, cols))
        cost = (1 - settings.motion_weight) * cosine + settings.motion_weight * distance
        self._assign(*self._of_one_class(rows, cols, cost), settings.limit)

    def by_overlap(self) -> None:
        """Overlap of widened boxes, times the agreement of their vertical extents, unless they look different.

        No pair of a track and a detection belongs to two of the three stages, so overlaps are computed once. The last
        two stages have neither tracks nor detections in common, and are solved as one assignment.
        """
        config, status = self.config, self.tracklets.status
        rows, cols, likeness = self._of_one_class(*self._likeness())
        is_high, row_status = self.is_high[cols], status[rows]
        is_confirmed = row_status != UNCONFIRMED if config.overlap.finds_lost else row_status == TRACKED
        sure = (is_high & is_confirmed).nonzero()[0]
        self._by_high_overlap(rows[sure], cols[sure], likeness[sure])

        rest = np.where(is_high, row_status == UNCONFIRMED, row_status == TRACKED)
        rest &= self.detection_of[rows] < 0
        rest &= self.free[cols]
        left = rest.nonzero()[0]
        if len(left):
            limit = np.where(is_high[left], config.starts.confirm_limit, config.overlap.low_limit)
            self._assign_alike(rows[left], cols[left], 1 - likeness[left], limit)

    def _likeness(self) -> tuple[Indices, Indices, Floats]:
        """Remaining tracks and detections that overlap: rows, columns and their agreement, (P,)."""
        settings = self.config.overlap
        rows = (self.detection_of < 0).nonzero()[0]
        cols = (self.free & (self.detections.scores >= self.config.low_score)).nonzero()[0]
        boxes, seen = self.boxes.take(rows, axis=0), self.detections.xyxy.take(cols, axis=0)
        pairs, likeness = overlapping_pairs(expand_xyxy(boxes, settings.margin), expand_xyxy(seen, settings.margin))
        if settings.height_power:
            likeness *= _vertical_iou(boxes, seen, pairs) ** settings.height_power
        return rows[pairs.rows], cols[pairs.cols], likeness

    def _by_high_overlap(self, rows: Indices, cols: Indices, likeness: Floats) -> None:
        """Confirmed tracks with high-score detections: a box may also show the upper part of the other's body."""
        overlap, partial_view = self.config.overlap, self.config.partial_view
        by_part = np.zeros(len(rows))
        if partial_view.weight:
            boxes, seen = self.boxes.take(rows, axis=0), self.detections.xyxy.take(cols, axis=0)
            by_part = partial_view.weight * _upper_iou(boxes, seen, partial_view)
        is_part = by_part > likeness
        likeness = np.maximum(by_part, likeness)
        if overlap.lost_weight != 1:
            likeness = np.where(self.tracklets.status[rows] == LOST, overlap.lost_weight * likeness, likeness)
        self._assign_alike(rows, cols, 1 - likeness, np.full(len(rows), overlap.limit))
        part_rows = rows[is_part & (self.detection_of[rows] == cols)]
        self.partial[part_rows] = True

    def _assign_alike(self, rows: Indices, cols: Indices, cost: Floats, limit: Floats) -> None:
        """As `_assign`, without pairs that look different."""
        veto = self.config.appearance.veto
        if self.detections.embeddings is not None and veto < 2:
            worth = (cost < limit).nonzero()[0]
            rows, cols, cost, limit = rows[worth], cols[worth], cost[worth], limit[worth]
            alike = self._cosine_distance(rows, cols) <= veto
            alike |= ~(self.known_tracks[rows] & self.known_seen[cols])
            rows, cols, cost, limit = rows[alike], cols[alike], cost[alike], limit[alike]
        self._assign(rows, cols, cost, limit)

    def _cosine_distance(self, rows: Indices, cols: Indices) -> NDArray[np.float32]:
        """Cosine distance of track rows[p] and detection cols[p], (P,), 0 to 2."""
        assert self.detections.embeddings is not None
        return np.asarray(1 - np.vecdot(self.tracklets.embeddings[rows], self.detections.embeddings.take(cols, axis=0)))

    def _of_one_class(self, rows: Indices, cols: Indices, values: Floats) -> tuple[Indices, Indices, Floats]:
        """The pairs of tracks rows[p] and detections cols[p] that may be matched, with their values."""
        if self.any_class:
            return rows, cols, values
        same = self.tracklets.class_ids[rows] == self.detections.class_ids[cols]
        return rows[same], cols[same], values[same]

    def _assign(self, rows: Indices, cols: Indices, cost: Floats, limit: float | Floats) -> None:
        """Assign among pairs of tracks rows[p] and detections cols[p]."""
        chosen = assign(Pairs(rows, cols), cost, limit)
        self.detection_of[chosen.rows] = chosen.cols
        self.free[chosen.cols] = False


def _vertical_iou(a: Floats, b: Floats, pairs: Pairs) -> Floats:
    """Overlap over union of the vertical extents of pairs of boxes (T, 4) and (N, 4), (P,); 0 if they do not meet."""
    _, a1, _, a2 = a.take(pairs.rows, axis=0).T
    _, b1, _, b2 = b.take(pairs.cols, axis=0).T
    shared = np.minimum(a2, b2) - np.maximum(a1, b1)
    return np.asarray(np.maximum(shared / (np.maximum(a2, b2) - np.minimum(a1, b1)), 0))


def _upper_iou(a: Floats, b: Floats, settings: PartialViewSettings) -> Floats:
    """IoU of a[p] and b[p], (P,), both cut at the height of the lower one; 0 if neither is a part of the other."""
    ax1, ay1, ax2, ay2 = a.T
    bx1, by1, bx2, by2 = b.T
    height_a, height_b = ay2 - ay1, by2 - by1
    height = np.minimum(height_a, height_b)
    w = np.minimum(ax2, bx2) - np.maximum(ax1, bx1)
    h = height - np.abs(ay1 - by1)
    shared = np.maximum(w, 0) * np.maximum(h, 0)
    iou = shared / np.maximum((ax2 - ax1 + bx2 - bx1) * height - shared, 1e-9)
    is_part = (iou >= settings.agreement) & (height >= settings.smallest * np.maximum(height_a, height_b))
    return np.where(is_part, iou, 0)
