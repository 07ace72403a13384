"""Average precision of detections, and precision of occlusion points. NumPy and SciPy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import intersection_area, iou, occlusion_pairs, xyxy_area, xyxy_centres
from outrack.datasets import Annotation
from outrack.linear_assignment import linear_sum_assignment
from outrack.structures import Detections

__all__ = [
    "DetectionScores",
    "OcclusionScores",
    "average_precision",
    "detection_scores",
    "match_points",
    "occlusion_scores",
]

Floats = NDArray[np.float64]
Pairs = Sequence[tuple[Detections, Annotation]]

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_GRID = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class DetectionScores:
    """Average precision in per cent: at IoU 0.5, at 0.75, and the mean over 0.5, 0.55 ... 0.95; number of annotated
    people."""

    ap50: float
    ap75: float
    ap: float
    num_boxes: int


@dataclass(frozen=True, slots=True)
class OcclusionScores:
    """How accurate predicted points are, in per cent; 0 if there are none.

    Attributes:
        precision: of the predicted points, those that have a true centre of their own.
        recall: of the true centres, those that have a predicted point of their own.
        marked: of the true centres, those with a predicted point near enough, even if it is shared with another centre.
            Where three people stand behind one another, three overlaps have nearly one centre, and a heat map one peak
            for them.
        num_predicted, num_true: number of points and centres that count.
    """

    precision: float
    recall: float
    marked: float
    num_predicted: int
    num_true: int


def detection_scores(pairs: Pairs) -> DetectionScores:
    """COCO's average precision of detections against annotations, over all boxes of all images, whatever their class.

    Ignore regions are COCO's crowds: a detection without a match that lies inside one (intersection over its own
    area) is not counted. The number of detections per image is not limited.

    Args:
        pairs: detections and annotation of each image.

    Returns:
        AP 0 when there are no annotations.
    """
    num_boxes = sum(int((~annotation.ignore).sum()) for _, annotation in pairs)
    values = [_ap_at(pairs, threshold, num_boxes) for threshold in IOU_THRESHOLDS]
    return DetectionScores(
        ap50=100 * values[0], ap75=100 * values[5], ap=100 * float(np.mean(values)), num_boxes=num_boxes
    )


def average_precision(scores: Floats, is_right: NDArray[np.bool_], num_true: int) -> float:
    """COCO's average precision in 0..1: precision is made monotonically decreasing, then averaged over 101 recall
    steps.

    Args:
        scores: score of each counted detection, (N,); equal scores keep their order.
        is_right: whether it matched an annotation, bool (N,).
        num_true: number of objects to find.
    """
    if num_true == 0:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(is_right[order])
    precision = right / np.arange(1, len(right) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(right / num_true, RECALL_GRID, side="left")
    return float(np.where(at < len(falling), np.append(falling, 0)[at], 0).mean())


def occlusion_scores(
    images: Iterable[tuple[Floats, Annotation]],
    *,
    min_score: float = 0.1,
    min_overlap: float = 0.7,
    hidden_below: float = 0.0,
) -> OcclusionScores:
    """How accurate predicted occlusion centres are.

    A true point is the centre of an overlap that takes more than `min_overlap` of the smaller box (paper Eq. 9). A
    predicted point is right when it is within a quarter of the overlap's width and height of such a centre; each centre
    matches one point. Wrong points are not counted where the truth is unknown: at occlusions of people who are hidden,
    and in ignore regions.

    Args:
        images: of each image the predicted points `x, y, score` (K, 3) and the true people.
        min_score: lower points do not count; 0.1 in the official code.
        min_overlap: the paper's tau.
        hidden_below: people with a lower visibility are hidden: their occlusions are not expected. Without known
            visibility all people count as visible.
    """
    right = marked = num_predicted = num_true = 0
    for points, annotation in images:
        people = annotation[~annotation.ignore]
        pairs, overlaps = occlusion_pairs(people.xyxy, min_overlap)
        is_hidden = np.zeros(len(people), bool) if people.visibility is None else people.visibility < hidden_below
        asked = ~(is_hidden[pairs[:, 0]] | is_hidden[pairs[:, 1]])
        counted = points[points[:, 2] >= min_score, :2]
        given = match_points(counted, overlaps[asked])
        marked += int(_fits(counted, overlaps[asked]).any(axis=0).sum())
        excused = _fits(counted, overlaps[~asked]).any(axis=1) | _lies_in(counted, annotation.xyxy[annotation.ignore])
        excused[given] = False
        right += len(given)
        num_predicted += int((~excused).sum())
        num_true += int(asked.sum())
    return OcclusionScores(
        precision=100 * right / max(num_predicted, 1),
        recall=100 * right / max(num_true, 1),
        marked=100 * marked / max(num_true, 1),
        num_predicted=num_predicted,
        num_true=num_true,
    )


def match_points(points: Floats, overlaps: Floats, *, tolerance: float = 0.25) -> NDArray[np.intp]:
    """Rows of the points (K, 2) in a largest one-to-one matching with overlaps xyxy (M, 4).

    A point fits an overlap when it is within `tolerance` of the overlap's width and height of its centre.
    """
    fits = _fits(points, overlaps, tolerance=tolerance)
    rows, columns = linear_sum_assignment(fits, maximize=True)
    return np.asarray(rows[fits[rows, columns]], np.intp)


def _fits(points: Floats, overlaps: Floats, *, tolerance: float = 0.25) -> NDArray[np.bool_]:
    """Whether each point (K, 2) is near enough to the centre of each overlap xyxy (M, 4), (K, M)."""
    centres, sizes = xyxy_centres(overlaps), overlaps[:, 2:] - overlaps[:, :2]
    distance = np.abs(points[:, None] - centres[None])  # (K, M, 2)
    return np.asarray((distance <= tolerance * sizes[None]).all(axis=2), np.bool_)


def _lies_in(points: Floats, regions: Floats) -> NDArray[np.bool_]:
    """Whether each point (K, 2) lies in a region xyxy (M, 4), (K,)."""
    inside = (points[:, None] >= regions[None, :, :2]) & (points[:, None] <= regions[None, :, 2:])
    return np.asarray(np.any(np.all(inside, axis=2), axis=1), np.bool_)


def _ap_at(pairs: Pairs, threshold: float, num_boxes: int) -> float:
    scores, is_right = [np.empty(0)], [np.empty(0, bool)]
    for detections, annotation in pairs:
        order = np.argsort(-detections.scores, kind="stable")
        right = _matched_in_score_order(detections.xyxy[order], annotation.xyxy[~annotation.ignore], threshold)
        excused = _in_region(detections.xyxy[order], annotation.xyxy[annotation.ignore], threshold) & ~right
        scores.append(detections.scores[order][~excused])
        is_right.append(right[~excused])
    return average_precision(np.concatenate(scores), np.concatenate(is_right), num_boxes)


def _matched_in_score_order(boxes: Floats, people: Floats, threshold: float) -> NDArray[np.bool_]:
    """In order of score, each box takes the unmatched person that it overlaps most, at or above the threshold; bool
    (N,)."""
    found = np.zeros(len(boxes), bool)
    if len(people) == 0:
        return found
    overlap = iou(boxes, people)
    for row in range(len(boxes)):
        best = len(people) - 1 - int(np.argmax(overlap[row, ::-1]))  # among equals COCO takes the last
        if overlap[row, best] >= threshold:
            found[row] = True
            overlap[:, best] = -1
    return found


def _in_region(boxes: Floats, regions: Floats, threshold: float) -> NDArray[np.bool_]:
    inside = intersection_area(boxes, regions) / np.maximum(xyxy_area(boxes), np.finfo(np.float64).tiny)[:, None]
    return np.asarray((inside >= threshold).any(axis=1), np.bool_)
