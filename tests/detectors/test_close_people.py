from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from outrack.detectors import ModelInfo
from outrack.detectors.close_people import may_show_close_people, with_close_people
from outrack.detectors.network_detector import NetworkDetector
from outrack.structures import Detections, Frame

INFO = ModelInfo(name="made", size=(384, 288), close_share=0.25, score_threshold=0.3)
PICTURE = (800, 600)


def detections(*rows: tuple[float, ...], class_ids: list[int] | None = None) -> Detections:
    """Boxes x1, y1, x2, y2 and their scores; embeddings tell rows apart."""
    table = np.array(rows, np.float64).reshape(-1, 5)
    embeddings = np.eye(max(len(table), 3), dtype=np.float32)[: len(table), :3]
    return Detections(table[:, :4], table[:, 4], class_ids=class_ids, embeddings=embeddings)


def test_people_of_the_second_run_are_added_best_first():
    found = with_close_people(detections((0, 0, 20, 60, 0.5)), detections((100, 50, 400, 700, 0.8)), PICTURE)
    assert found.xyxy.tolist() == [[100, 50, 400, 700], [0, 0, 20, 60]]
    assert found.scores.tolist() == [0.8, 0.5]
    assert found.embeddings is not None and found.embeddings.shape == (2, 3)


def test_small_people_of_the_second_run_are_not():
    first = detections((0, 0, 20, 60, 0.5))
    assert with_close_people(first, detections((100, 0, 150, 239, 0.9)), PICTURE) is first
    assert len(with_close_people(first, detections((100, 0, 200, 240, 0.9)), PICTURE)) == 2


@pytest.mark.parametrize(("second", "expected"), [(0.8, 0.8), (0.3, 0.4)])
def test_who_was_found_twice_keeps_the_first_box_and_the_higher_score(second: float, expected: float):
    first = detections((100, 50, 400, 700, 0.4), (0, 0, 20, 60, 0.5))
    found = with_close_people(first, detections((110, 40, 420, 900, second)), PICTURE)  # within the picture the same
    assert sorted(found.xyxy.tolist()) == [[0, 0, 20, 60], [100, 50, 400, 700]]
    assert found.scores.max() == max(expected, 0.5)
    assert found.scores[found.xyxy[:, 2] == 400].tolist() == [expected]


def test_boxes_of_different_classes_are_different_objects():
    first = detections((100, 50, 400, 600, 0.4), class_ids=[1])
    assert len(with_close_people(first, detections((100, 50, 400, 600, 0.8)), PICTURE)) == 2


def test_without_a_first_box_the_second_run_counts():
    found = with_close_people(Detections.empty(), detections((100, 50, 400, 600, 0.8)), PICTURE)
    assert found.xyxy.tolist() == [[100, 50, 400, 600]]


@pytest.mark.parametrize(
    ("box", "score", "expected"),
    [((0, 0, 50, 140), 0.2, True), ((0, 0, 50, 139), 0.9, False), ((0, 0, 50, 140), 0.19, False)],
)
def test_a_tall_box_is_a_hint_even_if_weak(box: tuple[int, ...], score: float, expected: bool):
    boxes = np.array([box, (0, 0, 5, 5)], np.float32)
    assert may_show_close_people(boxes, np.array([score, 0.9], np.float32), height=200) is expected


class ByWidth:
    """Finds one box, of its own for each width of the input, and remembers the inputs."""

    def __init__(self, **boxes: tuple[float, ...]) -> None:
        self.boxes = {int(name.removeprefix("at")): box for name, box in boxes.items()}
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        images = inputs["images"]
        self.shapes.append(images.shape)
        *box, score = self.boxes[images.shape[3]]
        hinted = np.array([image[0, -1, -1] > 0 for image in images])  # only bright pictures show somebody
        return {
            "boxes": np.tile(np.array(box, np.float32), (len(images), 1, 1)),
            "scores": (hinted * score).astype(np.float32)[:, None],
        }


def frame(level: int, index: int = 0) -> Frame:
    return Frame(np.full((288, 384, 3), level, np.uint8), index, 0.0)


def test_the_second_run_is_smaller_and_its_boxes_are_in_pixels_of_the_picture():
    network = ByWidth(at384=(10, 10, 110, 250, 0.25), at192=(5, 6, 60, 140, 0.9))
    found = NetworkDetector(network, INFO)(frame(200))
    assert network.shapes == [(1, 3, 288, 384), (1, 3, 128, 192)]
    np.testing.assert_allclose(found.xyxy, [np.array([5, 6, 60, 140]) * [2, 2.25, 2, 2.25]], rtol=1e-6)
    np.testing.assert_allclose(found.scores, [0.9])


def test_only_pictures_with_a_hint_are_run_again():
    network = ByWidth(at384=(10, 10, 110, 250, 0.25), at192=(5, 6, 60, 140, 0.9))
    found = NetworkDetector(network, INFO).detect_batch([frame(0), frame(200), frame(0)])
    assert [len(one) for one in found] == [0, 1, 0]
    assert network.shapes == [(3, 3, 288, 384), (1, 3, 128, 192)]


@pytest.mark.parametrize(
    ("info", "image_size"), [(replace(INFO, close_share=0.0), None), (INFO, 256)], ids=["none asked", "small already"]
)
def test_some_networks_run_once(info: ModelInfo, image_size: int | None):
    network = ByWidth(at384=(10, 10, 110, 250, 0.25), at256=(10, 10, 80, 180, 0.25))
    assert len(NetworkDetector(network, info, image_size=image_size)(frame(200))) == 0
    assert len(network.shapes) == 1


def test_a_margin_is_around_both_inputs():
    network = ByWidth(at384=(10, 10, 110, 250, 0.25), at192=(14, 14, 61, 150, 0.9))
    found = NetworkDetector(network, replace(INFO, margin=8))(frame(200))
    assert found.xyxy[0, :2].tolist() == pytest.approx([6 * 384 / 176, 6 * 288 / 112])
