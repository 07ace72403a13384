"""ONNX Runtime and OpenVINO on the bundled network and a real frame."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from outrack.detectors import WEAK_SCORE, Detector, default_weights, load_detector
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.onnx import OnnxNetwork, parallel_runs_for
from outrack.structures import Frame
from outrack.tracking import TrackerConfig

PICTURE = Path(__file__).parents[1] / "models" / "vtest_frame.png"
FEET = np.array([(28, 174), (217, 274), (383, 217), (441, 306), (465, 138), (487, 137)])  # by eye, in the picture

SURE = 0.55
"""Score above which the bundled network finds the people, and below which a stone and a cone."""


@pytest.fixture(scope="module")
def frame() -> Frame:
    return Frame(np.asarray(Image.open(PICTURE)), 0, 0.0)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector(min_score=SURE)


def feet_of(xyxy: np.ndarray) -> np.ndarray:
    return np.stack(((xyxy[:, 0] + xyxy[:, 2]) / 2, xyxy[:, 3]), 1)


def test_people_are_found_where_they_stand(detector, frame):
    found = detector(frame)
    distance = np.linalg.norm(FEET[:, None] - feet_of(found.xyxy), axis=2)
    assert len(found) == len(FEET)
    assert distance.min(1).max() < 12, distance.min(1)
    assert (np.diff(found.scores) <= 0).all()
    assert found.occlusions is None


def test_another_size_finds_the_same_people_at_the_same_place(frame):
    found = load_detector("default", min_score=SURE, image_size=768)(frame)
    distance = np.linalg.norm(FEET[:, None] - feet_of(found.xyxy), axis=2)
    assert distance.min(1).max() < 12


def test_the_bundled_file_describes_itself(detector):
    info = detector.info
    assert (info.classes, info.stride, info.embedding_dim) == (("person",), 4, 640)
    assert "COCO" in info.trained_on and "research" in info.licence
    assert default_weights().stat().st_size < 12e6


def test_a_batch_gives_what_single_frames_give(detector, frame):
    flipped = Frame(np.ascontiguousarray(frame.pixels[:, ::-1]), 1, 0.1)
    for alone, together in zip(map(detector, (frame, flipped)), detector.detect_batch([frame, flipped]), strict=True):
        np.testing.assert_allclose(together.xyxy, alone.xyxy, atol=1e-2)


@pytest.mark.parametrize(("device", "pixels", "score"), [("openvino", 1e-2, 1e-4), ("openvino:bf16", 4, 0.05)])
def test_openvino_agrees(detector, frame, device, pixels, score):
    pytest.importorskip("openvino")
    ours, theirs = detector(frame), load_detector(device=device, min_score=SURE)(frame)
    assert len(ours) == len(theirs)
    order = np.linalg.norm(feet_of(ours.xyxy)[:, None] - feet_of(theirs.xyxy), axis=2).argmin(1)
    np.testing.assert_allclose(theirs.xyxy[order], ours.xyxy, atol=pixels)
    np.testing.assert_allclose(theirs.scores[order], ours.scores, atol=score)


@pytest.fixture(params=["cpu", "openvino"])
def device(request: pytest.FixtureRequest) -> str:
    if request.param == "openvino":
        pytest.importorskip("openvino")
    return request.param


def test_a_file_cut_short_is_refused(tmp_path: Path, device: str):
    path = tmp_path / "cut.onnx"
    path.write_bytes(default_weights().read_bytes()[:1_000_000])
    with pytest.raises(ValueError, match=r"cut\.onnx: not an ONNX file, or truncated"):
        load_detector(path, device=device)


def test_a_file_that_is_not_a_network_is_refused(tmp_path: Path, device: str):
    path = tmp_path / "notes.onnx"
    path.write_text("these are not the weights you are looking for\n" * 50)
    with pytest.raises(ValueError, match=r"notes\.onnx: not an ONNX file"):
        load_detector(path, device=device)


def test_a_foreign_network_is_refused(tmp_path: Path, device: str):
    onnx = pytest.importorskip("onnx")
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Abs", ["x"], ["y"])], "abs", [x], [y])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, tmp_path / "abs.onnx")
    with pytest.raises(ValueError, match="not exported by outrack"):
        load_detector(tmp_path / "abs.onnx", device=device)


def test_absent_empty_and_checkpoint_files_are_refused(tmp_path: Path, device: str):
    with pytest.raises(FileNotFoundError, match="no such weights file"):
        load_detector(tmp_path / "absent.onnx", device=device)
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(ValueError, match="the file is empty"):
        load_detector(tmp_path / "empty.onnx", device=device)
    (tmp_path / "net.safetensors").write_bytes(b"1234")
    with pytest.raises(ValueError, match="outrack export"):
        load_detector(tmp_path / "net.safetensors", device=device)
    with pytest.raises(ValueError, match="got a folder"):
        load_detector(tmp_path, device=device)


def test_devices_that_are_not_there_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(ValueError, match="pip install onnxruntime-gpu"):
        load_detector(device="cuda:0")
    with pytest.raises(ValueError, match="expected auto, cpu, cuda"):
        load_detector(device="tpu")
    with pytest.raises(ValueError, match="expected auto, cpu or cuda for ONNX Runtime, got 'openvino:bf16'"):
        OnnxNetwork(default_weights(), device="openvino:bf16")


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs Linux")
def test_no_thread_is_tied_to_a_core(device: str) -> None:
    """Beside a busy program such a thread would stand still."""
    run = (
        "import os, numpy, outrack\n"
        f"outrack.load_detector(device={device!r})(numpy.zeros((64, 64, 3), numpy.uint8))\n"
        "print({len(os.sched_getaffinity(int(thread))) for thread in os.listdir('/proc/self/task')})"
    )
    printed = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == str({len(os.sched_getaffinity(0))})


def test_a_missing_openvino_names_its_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ImportError, match=r"outrack\[openvino\]"):
        load_detector(device="openvino")


def test_detecting_needs_neither_torch_nor_opencv(tmp_path: Path):
    code = "import sys, outrack.detectors.onnx; print({'torch', 'cv2', 'openvino'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_the_network_reports_its_device_and_inputs():
    network = OnnxNetwork(default_weights(), device="cpu")
    assert (network.device, network.inputs) == ("cpu", ("images",))


def test_by_default_a_detector_returns_what_a_tracker_uses(frame):
    found = load_detector()(frame)
    assert WEAK_SCORE < load_detector().info.score_threshold < SURE
    assert TrackerConfig().low_score == WEAK_SCORE
    assert WEAK_SCORE <= found.scores.min() < SURE


def test_an_array_of_pixels_is_as_good_as_a_frame(detector, frame):
    np.testing.assert_array_equal(detector(frame.pixels).xyxy, detector(frame).xyxy)


def test_parallel_runs_in_several_threads_give_the_same_as_a_call(frame):
    network = OnnxNetwork(default_weights())
    detector = NetworkDetector(network, network.info, min_score=SURE, image_size=320)
    alone = detector(frame)
    assert detector.num_parallel == network.num_parallel >= 1
    works = [detector.start(frame) for _ in range(4)]
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(lambda work: work(), works):
            np.testing.assert_allclose(found.xyxy, alone.xyxy, atol=1e-3)
            np.testing.assert_allclose(found.embeddings, alone.embeddings, atol=1e-4)


@pytest.mark.parametrize(
    ("cores", "num_parallel"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 4), (6, 3), (8, 4), (14, 2), (16, 4)]
)
def test_parallel_runs_leave_few_cores_without_work(cores, num_parallel):
    assert parallel_runs_for(cores) == num_parallel


def test_threads_share_a_detector_without_mixing_their_results(device: str, frame: Frame) -> None:
    detector = load_detector(device=device, image_size=320, min_score=SURE)
    pictures = [frame.pixels, np.ascontiguousarray(frame.pixels[:, ::-1]), frame.pixels // 2]
    alone = [detector(picture) for picture in pictures]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(detector, pictures * 4))
    for number, found in enumerate(together):
        np.testing.assert_allclose(found.xyxy, alone[number % 3].xyxy, atol=1e-3)
