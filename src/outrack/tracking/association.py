"""Step 2 of the paper's Algorithm 1: which detection belongs to which tracklet.

The stages are FairMOT's, with ByteTrack's second score level between them:

1. appearance: confirmed tracks (tracked and lost) with high-score detections, gated by motion;
2. overlap: the remaining confirmed tracks with the remaining high-score detections, also where one box shows only the
   upper part of what the other shows;
3. overlap: the remaining tracked ones with low-score detections;
4. overlap: unconfirmed tracklets with the remaining high-score detections.

Detections without appearance (a row of zeros) say nothing against a match: motion alone decides about them.
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
from outrack.tracking.groups import PartialViewSettings
from outrack.tracking.kalman import MEAN, KalmanFilter
from outrack.tracking.tracklets import LOST, TRACKED, Tracklets

__all__ = ["Association", "associate"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Association(NamedTuple):
    """Which detection each tracklet got.

    Attributes:
        detection_of: the detection of each tracklet, or -1, (T,).
        partial: where tracklet and detection show different parts of a body, bool (T,).
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
    high = detections.scores >= config.high_score
    tracked, lost = tracklets.status == TRACKED, tracklets.status == LOST
    confirmed = tracked | lost

    if detections.embeddings is not None and len(detections):
        matching.by_appearance(confirmed, high, kalman)
    candidates = confirmed if config.overlap.finds_lost else tracked
    matching.by_overlap(candidates, high, config.overlap.limit, parts=config.partial_view.weight > 0)
    if config.low_score < config.high_score:
        low = (detections.scores >= config.low_score) & ~high
        matching.by_overlap(tracked, low, config.overlap.low_limit)
    matching.by_overlap(~confirmed, high, config.starts.confirm_limit)
    return Association(matching.detection_of, matching.partial)


class _Matching:
    """The matches made so far; every stage takes from what is left."""

    def __init__(self, tracklets: Tracklets, boxes: Floats, detections: Detections, config: TrackerConfig) -> None:
        self.tracklets, self.boxes, self.detections, self.config = tracklets, boxes, detections, config
        self.wide_boxes = expand_xyxy(boxes, config.overlap.margin)
        self.wide_seen = expand_xyxy(detections.xyxy, config.overlap.margin)
        self.detection_of = np.full(len(tracklets), -1, np.intp)
        self.partial = np.zeros(len(tracklets), np.bool_)
        self.free = np.ones(len(detections), np.bool_)
        # Where an appearance is known; a row of zeros is none.
        looks = detections.embeddings
        self.known_tracks: Mask = np.asarray(tracklets.embeddings.any(axis=1))
        self.known_seen: Mask = np.asarray(looks.any(axis=1)) if looks is not None else np.zeros(len(detections), bool)
        one_class = not (tracklets.class_ids.any() or detections.class_ids.any())
        self.any_class = config.class_agnostic or one_class

    def by_appearance(self, tracks: Mask, detections: Mask, kalman: KalmanFilter) -> None:
        """FairMOT's first stage: cosine distance, where the motion model finds the position plausible."""
        assert self.detections.embeddings is not None
        rows, cols = self._left(tracks & self.known_tracks, detections & self.known_seen)
        states = self.tracklets.states[:, rows]
        seen = kalman.measure(self.detections.xyxy[cols])
        variance = kalman.innovation_variance(states)
        mean = states[MEAN]

        # Along x alone most pairs are already too far apart, and sorting finds the others without looking at all.
        settings = self.config.appearance
        reach = np.sqrt(settings.gate * variance[:, 0])
        pairs = pairs_in_intervals(mean[:, 0] - reach, mean[:, 0] + reach, seen[:, 0])
        distance = ((seen[pairs.cols] - mean[pairs.rows]) ** 2 / variance[pairs.rows]).sum(axis=1)
        near = distance <= settings.gate
        pairs, distance = pairs.where(near), distance[near]

        cosine = np.maximum(0, self._cosine_distance(rows[pairs.rows], cols[pairs.cols]))
        cost = (1 - settings.motion_weight) * cosine + settings.motion_weight * distance
        self._assign(rows[pairs.rows], cols[pairs.cols], cost, settings.limit)

    def by_overlap(self, tracks: Mask, detections: Mask, limit: float, *, parts: bool = False) -> None:
        """Overlap of widened boxes, times the agreement of their vertical extents; not where both look different.

        With `parts` a box may also show the upper part of what the other one shows.
        """
        settings, partial_view = self.config.overlap, self.config.partial_view
        rows, cols = self._left(tracks, detections)
        pairs, likeness = overlapping_pairs(self.wide_boxes[rows], self.wide_seen[cols])
        rows, cols = rows[pairs.rows], cols[pairs.cols]
        if settings.height_power:
            upright = _vertical_iou(self.boxes, self.detections.xyxy, rows, cols)
            likeness = likeness * upright**settings.height_power
        is_part = np.zeros(len(rows), np.bool_)
        if parts:
            by_part = partial_view.weight * _upper_iou(self.boxes[rows], self.detections.xyxy[cols], partial_view)
            is_part = by_part > likeness
            likeness = np.maximum(by_part, likeness)
        if settings.lost_weight != 1:
            likeness = np.where(self.tracklets.status[rows] == LOST, settings.lost_weight * likeness, likeness)
        self._assign_alike(rows, cols, 1 - likeness, limit)
        part_rows = rows[is_part & (self.detection_of[rows] == cols)]
        self.partial[part_rows] = True

    def _left(self, tracks: Mask, detections: Mask) -> tuple[Indices, Indices]:
        return (tracks & (self.detection_of < 0)).nonzero()[0], (detections & self.free).nonzero()[0]

    def _assign_alike(self, rows: Indices, cols: Indices, cost: Floats, limit: float) -> None:
        """As `_assign`, among pairs that do not look different."""
        if self.detections.embeddings is not None and self.config.appearance.veto < 2:
            alike = self._cosine_distance(rows, cols) <= self.config.appearance.veto
            alike |= ~(self.known_tracks[rows] & self.known_seen[cols])
            rows, cols, cost = rows[alike], cols[alike], cost[alike]
        self._assign(rows, cols, cost, limit)

    def _cosine_distance(self, rows: Indices, cols: Indices) -> NDArray[np.float32]:
        """How different track rows[p] and detection cols[p] look, (P,), 0 to 2."""
        assert self.detections.embeddings is not None
        known, new = self.tracklets.embeddings[rows], self.detections.embeddings[cols]
        return np.asarray(1 - np.einsum("pd,pd->p", known, new))

    def _assign(self, rows: Indices, cols: Indices, cost: Floats, limit: float) -> None:
        """Choose among pairs of tracks rows[p] and detections cols[p]."""
        if not self.any_class:
            same = self.tracklets.class_ids[rows] == self.detections.class_ids[cols]
            rows, cols, cost = rows[same], cols[same], cost[same]
        chosen = assign(Pairs(rows, cols), cost, limit)
        self.detection_of[chosen.rows] = chosen.cols
        self.free[chosen.cols] = False


def _vertical_iou(a: Floats, b: Floats, rows: Indices, cols: Indices) -> Floats:
    """Overlap over union of the vertical extents of a[rows] and b[cols], (P,); 0 where they do not meet."""
    a1, a2, b1, b2 = a[rows, 1], a[rows, 3], b[cols, 1], b[cols, 3]
    shared = np.minimum(a2, b2) - np.maximum(a1, b1)
    return np.asarray(np.maximum(shared / (np.maximum(a2, b2) - np.minimum(a1, b1)), 0))


def _upper_iou(a: Floats, b: Floats, settings: PartialViewSettings) -> Floats:
    """IoU of a[p] and b[p], (P,), both cut at the height of the lower one; 0 where neither is a part of the other."""
    heights = np.stack([a[:, 3] - a[:, 1], b[:, 3] - b[:, 1]])
    height = heights.min(axis=0)
    widths = a[:, 2] - a[:, 0] + b[:, 2] - b[:, 0]
    w = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
    h = height - np.abs(a[:, 1] - b[:, 1])
    shared = np.maximum(w, 0) * np.maximum(h, 0)
    iou = shared / np.maximum(widths * height - shared, 1e-9)
    is_part = (iou >= settings.agreement) & (height >= settings.smallest * heights.max(axis=0))
    return np.where(is_part, iou, 0)
