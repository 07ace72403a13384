"""Networks whose outputs contradict each other, their file, or arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.detectors import ModelInfo, load_detector
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.outputs import check_outputs
from tests.fuzz.readers import network_of

INFO = ModelInfo(name="liar", size=(128, 96), embedding_dim=4)
IMAGE = np.zeros((96, 128, 3), np.uint8)


def whole() -> dict[str, np.ndarray]:
    """Two pictures of three boxes, one occlusion point each."""
    return {
        "boxes": np.tile(np.array([10, 20, 30, 60], np.float32), (2, 3, 1)),
        "scores": np.full((2, 3), 0.9, np.float32),
        "classes": np.zeros((2, 3), np.int64),
        "embeddings": np.ones((2, 3, 4), np.float32),
        "occlusions": np.ones((2, 1, 3), np.float32),
        "displacements": np.zeros((2, 3, 2), np.float32),
    }


def test_what_fits_is_taken() -> None:
    check_outputs(whole(), 2, INFO)
    check_outputs({"boxes": np.zeros((1, 0, 4)), "scores": np.zeros((1, 0))}, 1, INFO)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("boxes", (0, 3, 4)),
        ("boxes", (2, 3, 3)),
        ("boxes", (2, 12)),
        ("scores", (2, 2)),
        ("scores", (2, 3, 1)),
        ("classes", (1, 3)),
        ("embeddings", (2, 2, 4)),
        ("embeddings", (2, 3, 5)),
        ("occlusions", (2, 1, 2)),
        ("occlusions", (0, 1, 3)),
        ("displacements", (2, 1, 2)),
    ],
)
def test_an_output_of_another_shape_is_refused_by_name(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^liar: the network returns .* of shape"):
        check_outputs(whole() | {name: np.zeros(shape)}, 2, INFO)


@pytest.mark.parametrize("name", ["boxes", "scores", "embeddings", "occlusions", "displacements"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_none_is_refused_by_name(name: str, value: float) -> None:
    outputs = whole()
    outputs[name][1, 0, ...] = value
    with pytest.raises(ValueError, match=f"liar: the network returns {name} that are not finite"):
        check_outputs(outputs, 2, INFO)


@pytest.mark.parametrize("missing", ["boxes", "scores"])
def test_boxes_and_scores_must_be_there(missing: str) -> None:
    outputs = whole()
    del outputs[missing]
    with pytest.raises(ValueError, match=f"liar: the network returns no {missing}"):
        check_outputs(outputs, 2, INFO)


def test_a_detector_checks_every_run() -> None:
    outputs = whole()
    detector = NetworkDetector(lambda inputs: outputs, INFO)
    assert len(detector.detect_batch([IMAGE, IMAGE])) == 2
    with pytest.raises(ValueError, match="for 1 pictures"):
        detector(IMAGE)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"boxes": np.zeros((0, 2, 4), np.float32)}, "boxes of shape"),
        ({"boxes": np.zeros((1, 2, 3), np.float32)}, "boxes of shape"),
        ({"embeddings": np.zeros((1, 5, 4), np.float32)}, "embeddings of shape"),
        ({"scores": np.array([[np.inf, 0.5]], np.float32)}, "scores that are not finite"),
        ({"occlusions": np.array([[[np.nan, 1, 0]]], np.float32)}, "occlusions that are not finite"),
    ],
)
def test_a_file_that_lies_is_refused(tmp_path: Path, change: dict[str, np.ndarray], complaint: str) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(network_of())
    assert len(load_detector(path, device="cpu")(IMAGE)) == 2
    path.write_bytes(network_of(**change))
    with pytest.raises(ValueError, match=f"constant: the network returns {complaint}"):
        load_detector(path, device="cpu")(IMAGE)


def test_a_file_of_other_inputs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(network_of(input_name="pixels"))
    with pytest.raises(ValueError, match=r"a\.onnx: .*images"):
        load_detector(path, device="cpu")(IMAGE)
    path.write_bytes(network_of(input_shape=[1, 3, 32, 32]))
    with pytest.raises(ValueError, match=r"a\.onnx: the network cannot be run on pictures of 1 x 3 x 96 x 128"):
        load_detector(path, device="cpu")(IMAGE)
