"""Refuses detections that would corrupt a tracker's memory, before its state changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import refuse_reversed
from outrack.structures import Detections
from outrack.structures.detections import MAX_SCORE
from outrack.tracking.config import TrackerConfig

__all__ = ["tracked_detections", "validate_detections"]


def validate_detections(detections: Detections, config: TrackerConfig) -> Detections:
    """The validated detections; an empty set has no embeddings.

    Args:
        detections: detections of one frame, as passed to the tracker.
        config: configuration of the tracker.

    Raises:
        TypeError: they are not `Detections`.
        ValueError: a box has x2 < x1 or y2 < y1, scores are in percent and `config.start_score` is not, or
            displacements are needed and there are none.
    """
    if not isinstance(detections, Detections):
        raise TypeError(
            f"expected outrack.Detections(xyxy=boxes, scores=scores), got {type(detections).__module__}."
            f"{type(detections).__name__}"
        )
    if not len(detections):
        return replace(detections, embeddings=None)
    refuse_reversed(detections.xyxy)
    if config.start_score <= 1 and np.count_nonzero(detections.scores > MAX_SCORE):
        bad = int(detections.scores.argmax())
        raise ValueError(
            f"detection {bad} has a score of {detections.scores[bad]:g}; expected 0 to 1, the unit of start_score "
            f"({config.start_score:g}). Divide percent by 100, or give the thresholds in the unit of the scores: "
            "Tracker(low_score=10, high_score=40, start_score=40)"
        )
    if config.association == "displacement" and detections.displacements is None:
        raise ValueError(
            'association "displacement" needs a detector that predicts displacements, such as CenterTrack. '
            'For other detectors use "appearance", which also works by overlap alone.'
        )
    return detections


def tracked_detections(detections: Detections, config: TrackerConfig) -> tuple[Detections, NDArray[np.intp] | None]:
    """The validated detections of the tracked classes, and their rows in `detections`; None if all classes are."""
    detections = validate_detections(detections, config)
    if config.classes is None:
        return detections, None
    rows = np.isin(detections.class_ids, config.classes).nonzero()[0]
    kept = detections[rows]
    return (kept if len(rows) else replace(kept, embeddings=None)), rows
