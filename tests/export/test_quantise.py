"""Networks in 8 bits: close to their float versions, marked as such, and refused with a clear message if impossible."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import pytest
import torch

from outrack.boxes import iou
from outrack.detectors import ModelInfo, default_weights, load_detector
from outrack.detectors.onnx import OnnxNetwork
from outrack.export import export_onnx, quantise_onnx
from outrack.export.quantise import Quantised, has_fast_8_bits
from outrack.models import DenseNetwork, DenseOutrack, dense_outrack_heads
from tests.export.test_export_onnx import assert_file_computes, settled, textured

INFO = ModelInfo(name="dense", size=(128, 96), score_threshold=0.3, trained_on="noise", licence="none")


class Made(NamedTuple):
    network: DenseNetwork
    in_float: Path
    in_8_bits: Path
    report: Quantised


def pictures(count: int) -> list[np.ndarray]:
    return [np.ascontiguousarray(image.transpose(1, 2, 0)) for image in textured(count, 96, 128)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("quantised")
    network = settled(DenseOutrack(dense_outrack_heads(offset=True, embedding_dim=0, occlusion=False)))
    export_onnx(network, folder / "float.onnx", info=INFO)
    report = quantise_onnx(folder / "float.onnx", folder / "int8.onnx", pictures(6))
    return Made(network, folder / "float.onnx", folder / "int8.onnx", report)


def test_an_exported_dense_network_agrees_with_torch(made: Made) -> None:
    assert_file_computes(made.in_float, made.network, textured(2, 96, 160))


def nearness(in_float: Path, in_8_bits: Path) -> float:
    """Median overlap of the ten best boxes in float with the nearest ones in 8 bits, over three pictures."""
    overlaps = []
    for picture in pictures(3):
        before, after = (load_detector(path, min_score=0.0)(picture) for path in (in_float, in_8_bits))
        overlaps.append(iou(before.xyxy[:10], after.xyxy).max(axis=1))
    return float(np.median(overlaps))


def test_boxes_in_8_bits_are_near_to_those_in_float_where_it_was_calibrated_well(made: Made, tmp_path: Path) -> None:
    # Weights are random, which is harder than what was learned; 31 convolutions lie before these boxes.
    well = nearness(made.in_float, made.in_8_bits)
    assert well > 0.75
    quantise_onnx(made.in_float, tmp_path / "dark.onnx", [np.zeros((96, 128, 3), np.uint8)])
    assert nearness(made.in_float, tmp_path / "dark.onnx") < well - 0.1


def test_a_quantised_file_keeps_its_metadata_and_states_its_precision(made: Made) -> None:
    info = OnnxNetwork(made.in_8_bits, device="cpu").info
    assert info == made.report.info
    assert (info.precision, info.name, info.size, info.licence) == ("int8", "dense", (128, 96), "none")
    assert info.score_threshold == 0.3
    assert OnnxNetwork(made.in_float, device="cpu").info.precision == "float32"
    assert made.in_8_bits.stat().st_size < 0.5 * made.in_float.stat().st_size


def test_what_follows_the_last_convolutions_stays_float(made: Made) -> None:
    graph = onnx.load(made.in_8_bits).graph
    producer = {name: node.op_type for node in graph.node for name in node.output}
    weights = [producer.get(node.input[1], "float") for node in graph.node if node.op_type == "Conv"]
    assert weights.count("float") == 3  # centres, sides, offset
    assert weights.count("DequantizeLinear") == made.report.convolutions
    assert (made.report.pictures, made.report.depthwise) == (6, 0)


def test_depthwise_convolutions_are_counted_and_appearance_stays_float(tmp_path: Path) -> None:
    report = quantise_onnx(default_weights(), tmp_path / "int8.onnx", pictures(1))
    assert report.depthwise > 10
    floats = onnx.load(default_weights()).graph
    assert report.convolutions < sum(node.op_type == "Conv" for node in floats.node) - 5
    found = load_detector(tmp_path / "int8.onnx", min_score=0.0)(pictures(1)[0])
    assert found.embeddings is not None and found.embeddings.shape[1] == 640


def test_files_that_cannot_be_quantised_are_refused(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "again.onnx"
    output.write_text("before")
    with pytest.raises(ValueError, match=r"int8\.onnx: already in 8 bits"):
        quantise_onnx(made.in_8_bits, output, pictures(1))
    with pytest.raises(ValueError, match=r"float\.onnx: no pictures for calibration"):
        quantise_onnx(made.in_float, output, [])
    with pytest.raises(FileNotFoundError, match=r"absent\.onnx"):
        quantise_onnx(tmp_path / "absent.onnx", output, pictures(1))
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'8 bits need onnx: pip install "outrack\[train\]"'):
        quantise_onnx(made.in_float, output, pictures(1))
    assert output.read_text() == "before"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512f\n", False),
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni\n", True),
        ("flags : avx_vnni\n", True),
        ("Features\t: fp asimd asimddp\n", None),
        (None, None),
    ],
)
def test_processors_say_whether_they_are_fast_in_8_bits(
    text: str | None, expected: bool | None, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text)
    assert has_fast_8_bits(tmp_path / "cpuinfo") is expected
