"""CenterTrack's association: each detection predicts its position in the previous frame, and is assigned to the track
there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xyxy_area, xyxy_centres
from outrack.structures import Detections
from outrack.tracking.classes import may_be_one_class
from outrack.tracking.config import TrackerConfig
from outrack.tracking.tracklets import TRACKED, Tracklets

__all__ = ["associate_by_displacement"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def associate_by_displacement(
    tracklets: Tracklets, boxes: Floats, detections: Detections, config: TrackerConfig
) -> Indices:
    """The detection of each tracklet, or -1, (T,): greedy, by descending score (notes#centertrack-tracking).

    A detection takes the nearest free track of its class (see `may_be_one_class`), if the squared distance between the
    track's centre and its own centre in the previous frame is at most the area of the smaller box. A track that was
    detected in the previous frame is where it was detected. A lost one, which CenterTrack does not move, is where the
    motion model predicts it (paper Sec. 4.1: a Kalman filter for OTrackct).

    Args:
        tracklets: T tracklets.
        boxes: their predicted boxes, (T, 4).
        detections: N detections of this frame, with displacements.
    """
    detection_of = np.full(len(tracklets), -1, np.intp)
    cols = np.flatnonzero(detections.scores >= config.high_score)
    if not len(tracklets) or not len(cols):
        return detection_of
    assert detections.displacements is not None  # others were refused by `validate_detections`
    cols = cols[np.argsort(-detections.scores[cols], kind="stable")]
    known = np.where((tracklets.status == TRACKED)[:, None], tracklets.seen_xyxy, boxes)
    seen = detections.xyxy[cols]
    before = xyxy_centres(seen) + detections.displacements[cols]
    squared = ((before[:, None] - xyxy_centres(known)) ** 2).sum(axis=2)  # (N, T)
    possible = squared <= np.minimum(xyxy_area(seen)[:, None], xyxy_area(known))
    classes = detections.class_ids[cols][:, None], tracklets.class_ids
    possible &= may_be_one_class(*classes, class_agnostic=config.class_agnostic)
    squared = np.where(possible, squared, np.inf)
    for distance, col in zip(squared, cols, strict=True):
        nearest = distance.argmin()
        if np.isfinite(distance[nearest]):
            detection_of[nearest] = col
            squared[:, nearest] = np.inf
    return detection_of
