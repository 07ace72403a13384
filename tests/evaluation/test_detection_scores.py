"""Average precision against pycocotools and by hand; occlusion points by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from outrack.datasets import Annotation
from outrack.evaluation.detection import (
    average_precision,
    detection_scores,
    match_points,
    occlusion_scores,
)
from outrack.structures import Detections

Pair = tuple[Detections, Annotation]


def made_image(rng: np.random.Generator) -> Pair:
    """People and ignore regions on a coarse grid, so that IoUs and scores tie; some detections near them, some not."""
    n, k = int(rng.integers(0, 7)), int(rng.integers(0, 10))
    corner = rng.integers(0, 10, (n, 2)) * 8.0
    people = np.hstack([corner, corner + rng.integers(2, 6, (n, 2)) * 8])
    near = people[rng.integers(0, n, k)] if n else np.tile([0.0, 0, 16, 16], (k, 1))
    found = near + np.hstack([np.zeros((k, 2)), rng.integers(-1, 2, (k, 2)) * 4])
    scores = rng.integers(1, 6, k) / 5
    ignore = rng.random(n) < 0.25
    return Detections(found, scores), Annotation(people, np.zeros(n, np.int64), ignore)


def coco_scores(pairs: list[Pair]) -> tuple[float, float]:
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    truth, found = [], []
    for image, (detections, annotation) in enumerate(pairs):
        for box, ignore in zip(annotation.xyxy, annotation.ignore, strict=True):
            x, y, w, h = *box[:2], *(box[2:] - box[:2])
            row = {"bbox": [x, y, w, h], "area": w * h, "iscrowd": int(ignore), "category_id": 1}
            truth.append({**row, "image_id": image, "id": len(truth) + 1})
        for box, score in zip(detections.xyxy, detections.scores, strict=True):
            bbox = [*box[:2], *(box[2:] - box[:2])]
            found.append({"bbox": bbox, "score": score, "image_id": image, "category_id": 1})
    data = coco.COCO()
    data.dataset = {
        "info": {},
        "images": [{"id": image} for image in range(len(pairs))],
        "annotations": truth,
        "categories": [{"id": 1}],
    }
    data.createIndex()
    evaluation = cocoeval.COCOeval(data, data.loadRes(found), "bbox")
    evaluation.params.maxDets = [1, 10, 10000]
    evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, 0, 0, -1]  # (thresholds, recall grid)
    return 100 * float(precision[0].mean()), 100 * float(precision.mean())


@pytest.mark.parametrize("seed", range(6))
def test_average_precision_equals_coco(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(seed)
    pairs = [made_image(rng) for _ in range(20)]
    ours = detection_scores(pairs)
    assert (ours.ap50, ours.ap) == pytest.approx(coco_scores(pairs))
    assert 5 < ours.ap < ours.ap50 < 95


def test_of_equal_overlaps_coco_takes_the_last_person() -> None:
    annotation = people([0, 0, 10, 10], [4, 0, 14, 10])
    detections = Detections(np.array([[2.0, 0, 12, 10], [0, 0, 10, 10]]), np.array([0.9, 0.8]))
    scores = detection_scores([(detections, annotation)])
    assert (scores.ap50, scores.ap) == pytest.approx(coco_scores([(detections, annotation)]))
    assert scores.ap50 == pytest.approx(100)


def people(*boxes: list[float]) -> Annotation:
    return Annotation.of_people(np.array(boxes).reshape(-1, 4))


def test_perfect_empty_and_missing_detections() -> None:
    annotation = people([0, 0, 10, 10], [20, 0, 30, 10])
    perfect = Detections(annotation.xyxy, np.array([0.5, 0.9]))
    scores = detection_scores([(perfect, annotation)])
    assert (scores.ap50, scores.ap, scores.num_boxes) == (pytest.approx(100), pytest.approx(100), 2)
    assert detection_scores([(Detections.empty(), annotation)]).ap == 0
    assert detection_scores([(perfect, people())]).ap == 0
    assert detection_scores([]).ap == 0


def test_average_precision_by_hand() -> None:
    # Right, wrong, right of 4: precision 1 up to recall 1/4, 2/3 up to 1/2, then 0; 26 and 25 of 101 steps.
    value = average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), 4)
    assert value == pytest.approx((26 + 25 * 2 / 3) / 101)
    assert average_precision(np.empty(0), np.empty(0, bool), 3) == 0


def test_a_detection_in_an_ignore_region_is_excused() -> None:
    region = Annotation(
        np.array([[0.0, 0, 100, 100], [200, 0, 210, 10]]), np.zeros(2, np.int64), np.array([True, False])
    )
    boxes = np.array([[10.0, 10, 20, 20], [200, 0, 210, 10], [10, 10, 20, 20]])
    assert detection_scores([(Detections(boxes, np.array([0.9, 0.5, 0.8])), region)]).ap == pytest.approx(100)


def test_a_point_is_right_within_a_quarter_of_the_overlap() -> None:
    overlap = np.array([[10.0, 10, 18, 30]])  # centre (14, 20), quarters 2 and 5
    assert len(match_points(np.array([[16.0, 25]]), overlap)) == 1
    assert len(match_points(np.array([[16.1, 20]]), overlap)) == 0
    assert len(match_points(np.array([[14.0, 25.1]]), overlap)) == 0
    assert len(match_points(np.array([[14.0, 20], [14, 21]]), overlap)) == 1  # a centre answers for one point
    assert len(match_points(np.empty((0, 2)), overlap)) == len(match_points(np.ones((1, 2)), np.empty((0, 4)))) == 0


def test_points_are_given_to_as_many_overlaps_as_possible() -> None:
    overlaps = np.array([[0.0, 0, 8, 8], [2, 0, 10, 8]])  # centres at x = 4 and 6, each +- 2
    assert match_points(np.array([[5.0, 4], [20, 4], [2.5, 4]]), overlaps).tolist() == [0, 2]


CROWD = [[0.0, 0, 20, 40], [4, 0, 24, 40], [100, 0, 120, 40]]  # overlap [4, 0, 20, 40], centre (12, 20)


def test_occlusion_scores_of_two_images() -> None:
    points = np.array([[12.0, 20, 0.9], [100, 20, 0.5], [12, 20, 0.05]])
    scores = occlusion_scores([(points, people(*CROWD)), (np.empty((0, 3)), people(CROWD[0], CROWD[2]))])
    assert (scores.precision, scores.recall, scores.num_predicted, scores.num_true) == (50, 100, 2, 1)
    none = occlusion_scores([])
    assert (none.precision, none.recall) == (0, 0)


def test_one_point_may_mark_several_occlusions_and_is_right_once() -> None:
    crowd = people([0, 0, 40, 80], [2, 0, 42, 80], [4, 0, 44, 80], [200, 0, 240, 80], [205, 0, 245, 80])
    scores = occlusion_scores([(np.array([[22.0, 40, 0.9], [22, 41, 0.9], [23, 40, 0.9], [120, 40, 0.9]]), crowd)])
    assert (scores.num_true, scores.num_predicted) == (4, 4)
    assert (scores.precision, scores.recall, scores.marked) == (75, 75, 75)
    alone = occlusion_scores([(np.array([[22.0, 40, 0.9]]), crowd)])
    assert (alone.precision, alone.recall, alone.marked) == (100, 25, 75)


def test_occlusions_of_invisible_people_are_neither_expected_nor_wrong() -> None:
    crowd = replace(people(*CROWD, [101, 0, 121, 40]), visibility=np.array([1.0, 0.05, 1, 0.3]))
    points = np.array([[12.0, 20, 0.9], [110, 20, 0.9], [60, 20, 0.9]])
    asked = occlusion_scores([(points, crowd)])
    assert (asked.num_predicted, asked.num_true, asked.recall) == (3, 2, 100)
    excused = occlusion_scores([(points, crowd)], hidden_below=0.1)
    assert (excused.num_predicted, excused.num_true, excused.recall, excused.precision) == (2, 1, 100, 50)


def test_points_in_an_ignore_region_are_excused_unless_they_are_right() -> None:
    region = Annotation(
        np.array([*CROWD, [0.0, 0, 80, 80]]), np.zeros(4, np.int64), np.array([False, False, False, True])
    )
    points = np.array([[12.0, 20, 0.9], [60, 20, 0.9], [90, 20, 0.9]])
    scores = occlusion_scores([(points, region)])
    assert (scores.num_predicted, scores.num_true, scores.precision) == (2, 1, 50)
