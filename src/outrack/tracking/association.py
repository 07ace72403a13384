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
from outrack.tracking.assignment import best_pairs
from outrack.tracking.classes import may_be_one_class
from outrack.tracking.config import TrackerConfig
from outrack.tracking.displacement import associate_by_displacement
from outrack.tracking.embedding_store import known_embeddings
from outrack.tracking.kalman import MEAN, KalmanFilter
from outrack.tracking.overlap import upper_iou, vertical_iou
from outrack.tracking.pairs import Pairs, overlapping_pairs, pairs_in_intervals
from outrack.tracking.tracklets import UNCONFIRMED, Tracklets

__all__ = ["Matches", "associate"]

ALL_FOUR = np.ones(4)
"""A product with it sums four columns in a tenth of the time of `sum(axis=1)`."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Matches(NamedTuple):
    """The detection assigned to each tracklet.

    Attributes:
        detection_of: the detection of each tracklet, or -1, (T,).
        partial: whether tracklet and detection show different parts of a body, bool (T,).
    """

    detection_of: Indices
    partial: Mask


def associate(
    tracklets: Tracklets, boxes: Floats, detections: Detections, kalman: KalmanFilter, config: TrackerConfig
) -> Matches:
    """The detection of each tracklet.

    Args:
        tracklets: T tracklets whose states are predicted to this frame.
        boxes: their predicted boxes, (T, 4).
        detections: N detections of this frame.
    """
    if config.association == "displacement":
        detection_of = associate_by_displacement(tracklets, boxes, detections, config)
        return Matches(detection_of, np.zeros(len(tracklets), np.bool_))
    matching = _Matching(tracklets, boxes, detections, config)
    if len(tracklets) and len(detections):
        if detections.embeddings is not None:
            matching.by_appearance(kalman)
        matching.by_overlap()
    return Matches(matching.detection_of, matching.partial)


class _Candidates(NamedTuple):
    """Pairs of tracks and detections that may be matched by overlap.

    Attributes:
        rows, cols: track rows[p] and detection cols[p], (P,).
        excess: cost - limit, (P,). Below 0; the lowest sum is the best assignment.
        is_first: whether the pair belongs to stage 2, before the others, bool (P,).
        is_part: whether one box shows the upper part of the other's body, bool (P,).
    """

    rows: Indices
    cols: Indices
    excess: Floats
    is_first: Mask
    is_part: Mask

    def take(self, places: Indices) -> _Candidates:
        """The chosen pairs."""
        return _Candidates._make(column.take(places) for column in self)


class _Matching:
    """The matches so far; each stage assigns remaining tracklets and detections."""

    def __init__(self, tracklets: Tracklets, boxes: Floats, detections: Detections, config: TrackerConfig) -> None:
        self.tracklets, self.boxes, self.detections, self.config = tracklets, boxes, detections, config
        self.detection_of = np.full(len(tracklets), -1, np.intp)
        self.partial = np.zeros(len(tracklets), np.bool_)
        self.free = np.ones(len(detections), np.bool_)
        self.is_high: Mask = detections.scores >= config.high_score
        one_class = not (np.count_nonzero(tracklets.class_ids) or np.count_nonzero(detections.class_ids))
        self.any_class = config.class_agnostic or one_class  # then `may_be_one_class` holds for all pairs
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
        excess = (1 - settings.motion_weight) * cosine + settings.motion_weight * distance - settings.limit
        is_worth = excess < 0
        if not self.any_class:
            is_worth &= self._may_be_one_class(rows, cols)
        worth = is_worth.nonzero()[0]
        self._assign(rows.take(worth), cols.take(worth), excess.take(worth))

    def by_overlap(self) -> None:
        """Overlap of widened boxes, times the agreement of their vertical extents, unless they look different.

        No pair of a track and a detection belongs to two of the three stages, so the costs of all are computed at once.
        The last two stages have neither tracks nor detections in common, and are solved as one assignment.
        """
        found = self._overlapping()
        if not len(found.rows):
            return
        found = self._alike(found)
        first = found.take(found.is_first.nonzero()[0])
        self._assign(first.rows, first.cols, first.excess)
        parts = (first.is_part & (self.detection_of.take(first.rows) == first.cols)).nonzero()[0]
        self.partial[first.rows.take(parts)] = True
        if len(first.rows) < len(found.rows):
            is_left = self.free.take(found.cols) & (self.detection_of.take(found.rows) < 0) & ~found.is_first
            rest = found.take(is_left.nonzero()[0])
            self._assign(rest.rows, rest.cols, rest.excess)

    def _overlapping(self) -> _Candidates:
        """Remaining tracks and detections that overlap enough."""
        overlap, partial_view = self.config.overlap, self.config.partial_view
        rows = (self.detection_of < 0).nonzero()[0]
        cols = (self.free & (self.detections.scores >= self.config.low_score)).nonzero()[0]
        boxes, seen = self.boxes.take(rows, axis=0), self.detections.xyxy.take(cols, axis=0)
        pairs, likeness = overlapping_pairs(expand_xyxy(boxes, overlap.margin), expand_xyxy(seen, overlap.margin))
        boxes, seen = boxes.take(pairs.rows, axis=0).T, seen.take(pairs.cols, axis=0).T
        rows, cols = rows.take(pairs.rows), cols.take(pairs.cols)
        status, is_high = self.tracklets.status.take(rows), self.is_high.take(cols)
        is_first = is_high & (status != UNCONFIRMED)
        if overlap.height_power:
            likeness *= vertical_iou(boxes, seen) ** overlap.height_power
        is_part = np.zeros(len(rows), np.bool_)
        if partial_view.weight:  # a box may also show the upper part of the other's body
            by_part = partial_view.weight * upper_iou(boxes, seen, partial_view)
            by_part *= is_first
            is_part = by_part > likeness
            likeness = np.maximum(by_part, likeness)
        if overlap.lost_weight != 1:
            likeness *= np.array([1.0, 1.0, overlap.lost_weight]).take(status)
        excess = (1 - likeness) - _overlap_limits(self.config).take(2 * status + is_high)
        found = _Candidates(rows, cols, excess, is_first, is_part)
        is_worth = excess < 0
        if not self.any_class:
            is_worth &= self._may_be_one_class(rows, cols)
        return found.take(is_worth.nonzero()[0])

    def _alike(self, found: _Candidates) -> _Candidates:
        """Without pairs that look different."""
        veto = self.config.appearance.veto
        if self.detections.embeddings is None or veto >= 2:
            return found
        alike = self._cosine_distance(found.rows, found.cols) <= veto
        if np.count_nonzero(alike) == len(alike):
            return found
        alike |= ~(self.known_tracks.take(found.rows) & self.known_seen.take(found.cols))
        return found.take(alike.nonzero()[0])

    def _cosine_distance(self, rows: Indices, cols: Indices) -> NDArray[np.float32]:
        """Cosine distance of track rows[p] and detection cols[p], (P,), 0 to 2."""
        assert self.detections.embeddings is not None
        return np.asarray(1 - np.vecdot(self.tracklets.embeddings[rows], self.detections.embeddings.take(cols, axis=0)))

    def _may_be_one_class(self, rows: Indices, cols: Indices) -> Mask:
        """Which pairs of tracks rows[p] and detections cols[p] may be matched by their classes, (P,)."""
        classes = self.tracklets.class_ids.take(rows), self.detections.class_ids.take(cols)
        return may_be_one_class(*classes, class_agnostic=self.config.class_agnostic)

    def _assign(self, rows: Indices, cols: Indices, excess: Floats) -> None:
        """Assign among pairs of tracks rows[p] and detections cols[p], see `best_pairs`."""
        chosen = best_pairs(Pairs(rows, cols), excess)
        self.detection_of[chosen.rows] = chosen.cols
        self.free[chosen.cols] = False


def _overlap_limits(config: TrackerConfig) -> Floats:
    """The highest cost of a match by overlap, for each status with a low and a high score, (3, 2); below any cost where
    there is no match."""
    overlap, never = config.overlap, -np.inf
    of_lost = overlap.limit if overlap.finds_lost else never
    # In the order of their numbers: UNCONFIRMED, TRACKED, LOST.
    return np.array([[never, config.starts.confirm_limit], [overlap.low_limit, overlap.limit], [never, of_lost]])
