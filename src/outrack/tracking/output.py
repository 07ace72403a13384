"""The reported tracks of a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Tracks, TrackState
from outrack.tracking.config import TrackerConfig
from outrack.tracking.kalman import KalmanFilter
from outrack.tracking.refinders import Refound, Situation
from outrack.tracking.settings import PartialViewSettings
from outrack.tracking.still import are_static_objects
from outrack.tracking.tracklets import LOST, SAME_INSTANT_S, TRACKED, Tracklets

__all__ = ["boxes_of", "tracks_of"]


def boxes_of(tracklets: Tracklets, kalman: KalmanFilter, config: TrackerConfig) -> NDArray[np.float64]:
    """The box of every tracklet in this frame, (T, 4)."""
    boxes = kalman.boxes(tracklets.states)
    if config.motion.boxes == "detected":
        is_seen = tracklets.status != LOST
        boxes = np.where(is_seen[:, None], tracklets.seen_xyxy, boxes)
    return boxes


def tracks_of(
    situation: Situation, refound: Refound, detection_index: NDArray[np.intp], config: TrackerConfig
) -> Tracks:
    """The tracks that are detected, refound or, if requested, predicted, sorted by id.

    Args:
        situation: situation in this frame.
        refound: what the refinding rule recovered.
        detection_index: row of each tracklet's detection, or -1, (T,).
        config: defines for how long predictions are reported.
    """
    tracklets, _, _, now_s = situation
    boxes = _as_seen(situation, config.partial_view) if config.partial_view.weight else situation.boxes
    shown = tracklets.status == TRACKED
    states = np.zeros(len(tracklets), np.int64)  # DETECTED
    if config.predicted_s:
        age = now_s - tracklets.seen_s
        coasting = (tracklets.status == LOST) & (age <= config.predicted_s + SAME_INSTANT_S)
        shown |= coasting
        states[coasting] = TrackState.PREDICTED
    if len(refound.rows):
        shown[refound.rows] = True
        states[refound.rows] = TrackState.REFOUND
        boxes = boxes.copy()
        boxes[refound.rows] = refound.xyxy
    if config.still.sure_score:
        shown &= ~are_static_objects(tracklets, config.still, now_s=now_s)
    rows = shown.nonzero()[0]
    rows = rows[tracklets.ids[rows].argsort()]
    return Tracks(
        xyxy=boxes.take(rows, axis=0),
        ids=tracklets.ids[rows],
        scores=tracklets.scores[rows],
        class_ids=tracklets.class_ids[rows],
        states=states[rows],
        detection_index=detection_index[rows],
    )


def _as_seen(situation: Situation, settings: PartialViewSettings) -> NDArray[np.float64]:
    """The boxes (T, 4); if only the upper part of a body is visible, that part."""
    tracklets, boxes, seen = situation.tracklets, situation.boxes, situation.tracklets.seen_xyxy
    is_low = seen[:, 3] - seen[:, 1] < settings.shown_below * (boxes[:, 3] - boxes[:, 1])
    is_part = (tracklets.status == TRACKED) & is_low
    return np.where(is_part[:, None], seen, boxes) if np.count_nonzero(is_part) else boxes
