"""How many of the people of each level of visibility a detector finds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from outrack.boxes import iou
from outrack.datasets import Annotation
from outrack.evaluation.visibility import LEVELS
from outrack.structures import Detections

__all__ = ["recall_by_visibility"]


def recall_by_visibility(pairs: Sequence[tuple[Detections, Annotation]], *, min_score: float) -> tuple[float, ...]:
    """Per cent of the annotated people of each level of visibility (`LEVELS`) that have a detection at IoU 0.5.

    Args:
        pairs: detections and annotation of each image.
        min_score: lower detections do not count.

    Raises:
        ValueError: an annotation has no visibility.
    """
    found, total = np.zeros(len(LEVELS) - 1), np.zeros(len(LEVELS) - 1)
    for detections, annotation in pairs:
        if annotation.visibility is None:
            raise ValueError("recall by visibility needs visibility in every annotation, but one has none")
        people, visibility = annotation.xyxy[~annotation.ignore], annotation.visibility[~annotation.ignore]
        overlap = iou(people, detections.xyxy[detections.scores >= min_score])
        rows, columns = linear_sum_assignment(np.where(overlap >= 0.5, overlap, 0), maximize=True)
        has_box = np.zeros(len(people), bool)
        has_box[rows[overlap[rows, columns] >= 0.5]] = True
        level = np.searchsorted(LEVELS[1:-1], visibility, side="right")
        total += np.bincount(level, minlength=len(total))
        found += np.bincount(level[has_box], minlength=len(total))
    return tuple((100 * found / np.maximum(total, 1)).tolist())
