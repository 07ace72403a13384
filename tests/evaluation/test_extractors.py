"""Sources of embeddings of known boxes: detections, checkpoints and crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from outrack.datasets import Annotation, LabelledImage
from outrack.detectors import ModelInfo
from outrack.detectors.network_detector import NetworkDetector
from outrack.evaluation.extractors import CropNetwork, DetectedAppearance, open_appearance
from outrack.evaluation.reid_report import as_csv, as_json, as_markdown, score_appearance
from outrack.models import coco_start

INFO = ModelInfo(name="recorded", size=(128, 96), embedding_dim=3)
PICTURE = np.zeros((96, 128, 3), np.uint8)


def detected(boxes: list[list[float]]) -> DetectedAppearance:
    """Detections at `boxes`; embedding k is the unit vector k, and scores go down."""
    n = len(boxes)
    outputs = {
        "boxes": np.array([boxes], np.float32).reshape(1, n, 4),
        "scores": np.linspace(0.9, 0.5, n, dtype=np.float32)[None],
        "embeddings": np.eye(n, 3, dtype=np.float32)[None],
    }
    return DetectedAppearance(NetworkDetector(lambda inputs: outputs, INFO))


def test_each_box_takes_the_detection_that_covers_it_best() -> None:
    extract = detected([[0, 0, 10, 20], [4, 0, 14, 20], [60, 0, 70, 20]])
    # The first box overlaps two detections; the second one needs one of them, so both get their own.
    found = extract(PICTURE, np.array([[4.0, 0, 14, 20], [1, 0, 11, 20], [100, 0, 110, 20]]))
    np.testing.assert_array_equal(found[:2], [[0, 1, 0], [1, 0, 0]])
    assert np.isnan(found[2]).all()


def test_without_detections_no_appearance_is_read() -> None:
    assert np.isnan(detected([])(PICTURE, np.array([[0.0, 0, 10, 20]]))).all()


def labelled(frame: int, xyxy: list[list[float]], ids: list[int]) -> LabelledImage:
    people = Annotation.of_people(np.array(xyxy, float), np.array(ids))
    return LabelledImage(PICTURE, people, "scene", frame)


def test_boxes_that_were_missed_neither_ask_nor_answer() -> None:
    people = [[0.0, 0, 10, 20], [60.0, 0, 70, 20]]
    frames = [labelled(frame, [*people, [100.0, 0, 110, 20]], [4, 5, 6]) for frame in range(4)]
    row = score_appearance("net", frames, detected(people))
    assert (row.scores.r1, row.scores.num_ids, row.scores.num_queries, row.num_unread) == (100.0, 2, 4, 4)
    assert '"num_unread": 4' in as_json([row])
    assert as_csv([row]).splitlines()[1] == "net,100.0,100.0,4,4,2,4"
    assert as_markdown([row]).splitlines()[2] == "| net | 100.00 | 100.00 | 2 | 4 | 4 | 4 |"


def test_unusable_results_are_reported_with_the_reason() -> None:
    frames = [labelled(frame, [[100.0, 0, 110, 20]], [6]) for frame in range(4)]
    with pytest.raises(ValueError, match="net: none of the 4 boxes was detected"):
        score_appearance("net", frames, detected([[0, 0, 10, 20]]))
    with pytest.raises(ValueError, match="no labelled identity has a visibility of 70% or more"):
        score_appearance("net", [labelled(0, [], [])], detected([]))


def crop_file(path: Path, shape: tuple[object, ...], *, kind: int = TensorProto.FLOAT) -> Path:
    """A file whose embedding of a crop is the mean of each channel."""
    mean = helper.make_node("ReduceMean", ["floats", "axes"], ["means"], keepdims=0)
    cast = helper.make_node("Cast", ["crops"], ["floats"], to=TensorProto.FLOAT)
    axes = helper.make_tensor("axes", TensorProto.INT64, [2], [2, 3])
    graph = helper.make_graph(
        [cast, mean],
        "crops",
        [helper.make_tensor_value_info("crops", kind, shape)],
        [helper.make_tensor_value_info("means", TensorProto.FLOAT, [shape[0], 3])],
        [axes],
    )
    onnx.save_model(helper.make_model(graph, ir_version=9, opset_imports=[helper.make_opsetid("", 20)]), path)
    return path


def two_colours() -> NDArray[np.uint8]:
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :30], image[:, 30:] = (200, 100, 0), (0, 50, 250)
    return image


BOXES = np.array([[2.0, 2, 20, 38], [35, 2, 55, 38], [-8, -9, 4, 300]])


@pytest.mark.parametrize("batch", ["N", 1, 2])
def test_crops_are_normalised_and_read_in_any_batch(tmp_path: Path, batch: object) -> None:
    extract = CropNetwork(crop_file(tmp_path / "c.onnx", (batch, 3, 16, 8)), mean=(0, 0, 0.5), std=(1, 0.5, 1))
    expected = [[200 / 255, 200 / 255, -0.5], [0, 100 / 255, 250 / 255 - 0.5], [200 / 255, 200 / 255, -0.5]]
    np.testing.assert_allclose(extract(two_colours(), BOXES), expected, atol=1e-6)


def test_a_file_for_bytes_gets_bytes(tmp_path: Path) -> None:
    path = crop_file(tmp_path / "c.onnx", ("N", 3, "h", "w"), kind=TensorProto.UINT8)
    found = CropNetwork(path, size=(8, 16))(two_colours(), BOXES)
    np.testing.assert_allclose(found, [[200, 100, 0], [0, 50, 250], [200, 100, 0]])


def test_a_file_that_takes_no_crops_reports_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"any size; give one, for instance --crop 128x256"):
        CropNetwork(crop_file(tmp_path / "c.onnx", ("N", 3, "h", "w")))
    with pytest.raises(ValueError, match="takes only crops of 8x16 pixels, not 9x9"):
        CropNetwork(crop_file(tmp_path / "c.onnx", ("N", 3, 16, 8)), size=(9, 9))
    with pytest.raises(ValueError, match=r"expected an input of crops \(B, 3, height, width\)"):
        CropNetwork(crop_file(tmp_path / "c.onnx", ("N", 4, 16, 8)))
    with pytest.raises(ValueError, match="std above 0"):
        CropNetwork(crop_file(tmp_path / "c.onnx", ("N", 3, 16, 8)), std=(1, 0, 1))
    with pytest.raises(FileNotFoundError, match="no such weights file"):
        CropNetwork(tmp_path / "nothing.onnx")


def test_a_network_without_appearance_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mobile_centernet_coco.safetensors: this network .* has no appearance"):
        open_appearance(coco_start())
