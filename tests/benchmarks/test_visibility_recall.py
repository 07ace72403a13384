"""Recall of detections by the visibility of the people."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.visibility_recall import recall_by_visibility
from outrack.annotation import Annotation
from outrack.structures import Detections


def test_recall_by_visibility() -> None:
    annotation = Annotation(
        np.array([[0.0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [60, 0, 70, 10]]),
        np.zeros(4, np.int64),
        np.array([False, False, False, True]),
        np.array([1.0, 0.9, 0.05, 1]),
    )
    detections = Detections(annotation.xyxy, np.array([0.9, 0.3, 0.9, 0.9]))
    assert recall_by_visibility([(detections, annotation)], min_score=0.4) == (100, 0, 0, 0, 50)
    with pytest.raises(ValueError, match="visibility in every annotation"):
        recall_by_visibility([(detections, Annotation.of_people(annotation.xyxy))], min_score=0.4)
