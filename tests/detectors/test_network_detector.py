from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from outrack.detectors import Detector, ModelInfo
from outrack.detectors.input_size import network_size
from outrack.detectors.network_detector import NetworkDetector
from outrack.structures import Frame


@pytest.mark.parametrize(
    ("frame", "fit_into", "expected"),
    [
        ((768, 576), (768, 768), (768, 576)),
        ((1920, 1080), (768, 768), (768, 448)),
        ((1080, 1920), (768, 768), (448, 768)),
        ((1920, 1080), (1088, 608), (1088, 608)),
        ((640, 480), (1088, 608), (800, 608)),
        ((3000, 100), (768, 768), (768, 96)),
    ],
)
def test_network_size_keeps_the_aspect_to_a_multiple_of_32(frame, fit_into, expected):
    assert network_size(frame, fit_into) == expected


class Recorded:
    """A network that finds two boxes and two occlusions, and remembers what it was given."""

    def __init__(self, **more: np.ndarray) -> None:
        self.images = np.empty(0)
        self.outputs = {
            "boxes": np.array([[[10, 20, 30, 60], [0, 0, 4, 8]]], np.float32),
            "scores": np.array([[0.75, 0.25]], np.float32),
            **more,
        }

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        images = self.images = inputs["images"]
        return {name: np.repeat(values, len(images), 0) for name, values in self.outputs.items()}


INFO = ModelInfo(name="recorded", size=(128, 96))


def frame(width: int, height: int) -> Frame:
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = 200
    return Frame(image, 0, 0.0)


def test_boxes_come_back_in_frame_pixels_and_above_the_files_threshold():
    network = Recorded()
    found = NetworkDetector(network, INFO)(frame(256, 288))  # runs at 128x128 or so: 112 -> 96 or 128
    height, width = network.images.shape[2:]
    assert network.images.dtype == np.uint8
    assert (network.images[0].mean((1, 2)) == [200, 0, 0]).all()  # RGB, channels first
    scale = np.array([256 / width, 288 / height] * 2)
    np.testing.assert_allclose(found.xyxy, [np.array([10, 20, 30, 60]) * scale])
    np.testing.assert_allclose(found.scores, [0.75])
    assert found.embeddings is None and found.occlusions is None


def test_boxes_that_are_inside_out_are_left_out():
    boxes = np.array([[[30, 20, 10, 60], [5, 5, 5, 8]]], np.float32)
    found = NetworkDetector(Recorded(boxes=boxes), INFO, min_score=0.0)(frame(128, 96))
    np.testing.assert_allclose(found.xyxy, [[5, 5, 5, 8]])


@pytest.mark.parametrize("image", [np.zeros((96, 128), np.uint8), np.zeros((96, 128, 3), np.float32)])
def test_pictures_are_rgb_bytes(image):
    with pytest.raises(ValueError, match=r"expected RGB pixels, uint8 \(H, W, 3\), got"):
        NetworkDetector(Recorded(), INFO)(Frame(image, 0, 0.0))


def test_conf_decides_which_boxes_count():
    assert len(NetworkDetector(Recorded(), INFO, min_score=0.2)(frame(128, 96))) == 2
    assert len(NetworkDetector(Recorded(), INFO, min_score=0.8)(frame(128, 96))) == 0


def test_a_frame_of_the_networks_size_is_not_resampled():
    network = Recorded()
    pixels = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    NetworkDetector(network, INFO)(Frame(pixels, 0, 0.0))
    assert (network.images[0].transpose(1, 2, 0) == pixels).all()


def test_everything_a_network_may_say_is_carried_over():
    network = Recorded(
        classes=np.array([[0, 1]]),
        embeddings=np.array([[[1, 0, 0], [0, 1, 0]]], np.float32),
        occlusions=np.array([[[8, 6, 0.5], [1, 1, 0.05]]], np.float32),
        displacements=np.array([[[1, 2], [3, 4]]], np.float32),
    )
    info = ModelInfo(name="all", size=(128, 96), classes=("person", "car"), embedding_dim=3)
    found = NetworkDetector(network, info, min_score=0.1)(frame(256, 192))
    assert found.class_ids.tolist() == [0, 1]
    assert found.embeddings.tolist() == [[1, 0, 0], [0, 1, 0]]
    np.testing.assert_allclose(found.occlusions, [[16, 12, 0.5]])  # the other is below the threshold of 0.1
    np.testing.assert_allclose(found.displacements, [[2, 4], [6, 8]])
    cars = NetworkDetector(network, info, min_score=0.1, classes=[1])(frame(256, 192))
    np.testing.assert_allclose(cars.xyxy, [[0, 0, 8, 16]])


def test_a_margin_around_the_picture_is_taken_from_boxes_and_points():
    network = Recorded(
        boxes=np.array([[[8, 8, 64, 88], [2, 8, 9, 10]]], np.float32),
        occlusions=np.array([[[64, 48, 0.5], [1, 1, 0.05]]], np.float32),
        displacements=np.array([[[1, 2], [3, 4]]], np.float32),
    )
    found = NetworkDetector(network, replace(INFO, margin=8))(frame(224, 160))
    assert network.images.shape == (1, 3, 96, 128)
    assert (network.images[0].mean((1, 2)) == [200, 0, 0]).all()
    np.testing.assert_allclose(found.xyxy, [[0, 0, 112, 160]])
    np.testing.assert_allclose(found.occlusions, [[112, 80, 0.5]])
    np.testing.assert_allclose(found.displacements, [[2, 4]])


def test_a_batch_is_one_run():
    network = Recorded()
    detector = NetworkDetector(network, INFO)
    assert [len(found) for found in detector.detect_batch([frame(128, 96)] * 3)] == [1, 1, 1]
    assert len(network.images) == 3
    assert detector.detect_batch([]) == []
    with pytest.raises(ValueError, match="frames of one size"):
        detector.detect_batch([frame(128, 96), frame(96, 96)])


def test_it_is_a_detector():
    assert isinstance(NetworkDetector(Recorded(), INFO), Detector)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_score": 1.5}, "min_score: expected a score"),
        ({"image_size": 0}, "image_size: expected 96 to 8192"),
        ({"image_size": 32}, "image_size: expected 96 to 8192"),
        ({"image_size": 9000}, "image_size: expected 96 to 8192"),
        ({"image_size": (640, 32)}, "image_size: expected 96 to 8192"),
        ({"classes": [1]}, "not among 0..0"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        NetworkDetector(Recorded(), INFO, **settings)


@pytest.mark.parametrize("size", ["640", 640.5, (640, 384, 3), (640.0, 384)])
def test_other_kinds_of_image_sizes_are_refused(size):
    with pytest.raises(TypeError, match=r"image_size: expected the long side \(640\), or width and height"):
        NetworkDetector(Recorded(), INFO, image_size=size)
    assert NetworkDetector(Recorded(), INFO, image_size=[640, 384]) is not None


def test_a_frame_without_a_picture_is_refused():
    with pytest.raises(ValueError, match="frame 8 has no picture"):
        NetworkDetector(Recorded(), INFO)(Frame(None, 7, 0.0))
