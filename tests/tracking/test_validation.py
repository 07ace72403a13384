"""Validation of a tracker's detections."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from outrack.structures import Detections
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.validation import validate_detections

validate = partial(validate_detections, config=TrackerConfig())


def test_matching_values_are_returned_unchanged() -> None:
    detections = Detections([[0, 0, 5, 9], [3, 3, 3, 3]], [0.9, 0.1], embeddings=np.eye(2))
    assert validate(detections) is detections


def test_empty_has_no_embeddings_and_needs_no_displacements() -> None:
    empty = validate(Detections([], [], embeddings=[], occlusions=[[1, 2, 0.5]]), config=TrackerConfig.centertrack())
    assert len(empty) == 0 and empty.embeddings is None
    assert empty.occlusions is not None and len(empty.occlusions) == 1


def test_mismatching_values_are_named() -> None:
    with pytest.raises(ValueError, match=r"detection 1 has x2 < x1 or y2 < y1: box \[9.0, 0.0, 5.0, 9.0\]"):
        validate(Detections([[0, 0, 5, 9], [9, 0, 5, 9]], [0.9, 0.9]))
    with pytest.raises(ValueError, match="needs a detector that predicts displacements"):
        validate(Detections([[0, 0, 5, 9]], [0.9]), config=TrackerConfig.centertrack())
    with pytest.raises(TypeError, match=r"expected outrack\.Detections\(.*got builtins\.list"):
        validate([[0, 0, 5, 9]])  # type: ignore[arg-type]  # the point of this test


def test_percent_scores_are_refused_unless_thresholds_are_percent() -> None:
    boxes = [[0, 0, 5, 9, 0.9], [20, 0, 25, 9, 45]]
    with pytest.raises(ValueError, match=r"detection 1 has a score of 45; expected 0 to 1.*Divide percent by 100"):
        Tracker().update(boxes)
    assert len(Tracker(low_score=10, high_score=40, start_score=40).update(boxes)) == 1
    assert len(Tracker().update([[0, 0, 5, 9, 2.5]])) == 1  # DPM's scores pass 1
