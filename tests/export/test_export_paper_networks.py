"""Deformable convolution and networks that use the previous frame, from torch to ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from torch import nn

from outrack.cli import main
from outrack.detectors import CenterTrackDetector, ModelInfo, load_detector
from outrack.export import export_onnx, quantise_onnx
from outrack.models import (
    CenterTrack,
    DecodedDetections,
    DenseMaps,
    DenseNetwork,
    FairMOT,
    Head,
    centertrack_heads,
    decode,
    fairmot_heads,
)
from outrack.models.heads import DenseHeads
from outrack.models.necks.deform_conv import ModulatedDeformConv2d
from outrack.structures import Frame
from outrack.tracking import Tracker, TrackerConfig

HEADS = (Head("centres", 1, hidden=8), Head("ltrb", 4, hidden=8), Head("displacement", 2, hidden=8))


class SmallTwoFrame(DenseNetwork):
    """One layer on what CenterTrack sees, and one deformable convolution."""

    architecture = "small-two-frame"
    inputs = CenterTrack.inputs

    def __init__(self) -> None:
        super().__init__(HEADS)
        self.trunk = nn.Conv2d(7, 8, 4, stride=4)
        self.node = ModulatedDeformConv2d(8, 8)
        self.outputs = DenseHeads(HEADS, 8)

    def forward(self, images: torch.Tensor, before: torch.Tensor, heat: torch.Tensor) -> DenseMaps:
        joined = torch.cat((images.float() / 255, before.float() / 255, heat), 1)
        return self.outputs(self.node(self.trunk(joined).relu()))


def stir(network: nn.Module) -> None:
    """Offsets, masks and statistics as after some training: a new layer has none."""
    torch.manual_seed(1)
    for module in network.modules():
        if isinstance(module, ModulatedDeformConv2d):
            nn.init.normal_(module.conv_offset_mask.weight, std=0.005)
            nn.init.normal_(module.conv_offset_mask.bias, std=1)
        elif isinstance(module, DenseHeads):
            for layers in module.values():
                nn.init.normal_(layers[-1].weight, std=0.3)


def calibrate(network: DenseNetwork, *inputs: torch.Tensor) -> None:
    """Batch statistics of real activations, so that the numbers keep their size through 60 layers."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    network.train()
    with torch.no_grad():
        network(*inputs)
    network.eval()


def inputs_of(network: DenseNetwork, height: int, width: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(height)
    images, before = torch.randint(0, 256, (2, 2, 3, height, width), generator=generator, dtype=torch.uint8)
    heat = torch.rand(2, 1, height, width, generator=generator)
    given = {"images": images, "previous_images": before, "previous_heat": heat}
    return {name: given[name] for name in network.inputs}


def assert_same(path: Path, network: DenseNetwork, inputs: dict[str, torch.Tensor]) -> None:
    """ONNX Runtime finds torch's detections; those of equal scores may come in another order, or both of two
    neighbouring cells that tie in one runtime only."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, {name: value.numpy() for name, value in inputs.items()})
    found = dict(zip(names, values, strict=True))
    with torch.inference_mode():
        decoded: DecodedDetections = decode(network(*inputs.values()), stride=4)
    expected = {name: getattr(decoded, name).numpy() for name in names}
    for image, best in enumerate(expected["scores"]):
        compared = range(min(20, int((best > 1e-3).sum())))
        assert len(compared) > 5
        for row in compared:
            same = np.abs(found["boxes"][image] - expected["boxes"][image, row]).max(1).argmin()
            for name in names:
                if name != "occlusions":
                    ours, theirs = found[name][image, same], expected[name][image, row]
                    np.testing.assert_allclose(ours, theirs, atol=1e-3, rtol=1e-3, err_msg=f"{name} {row}")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SmallTwoFrame]:
    torch.manual_seed(0)
    network = SmallTwoFrame()
    stir(network)
    path = tmp_path_factory.mktemp("small") / "small.onnx"
    export_onnx(network, path, info=ModelInfo(name="small", size=(128, 96), occlusions=network.predicts_occlusions))
    return path, network


@pytest.mark.parametrize(("height", "width"), [(96, 128), (160, 96)])
def test_a_deformable_network_that_uses_the_previous_frame_is_the_same_in_onnx_runtime(small, height, width):
    path, network = small
    assert_same(path, network, inputs_of(network, height, width))


def test_deformable_convolution_is_one_operator(small):
    graph = onnx.load(small[0]).graph
    assert [value.name for value in graph.input] == ["images", "previous_images", "previous_heat"]
    assert "displacements" in [value.name for value in graph.output]
    operators = [node.op_type for node in graph.node]
    assert operators.count("DeformConv") == 1
    assert "GridSample" not in operators


def test_a_network_that_uses_the_previous_frame_is_not_calibrated_on_single_pictures(small, tmp_path):
    with pytest.raises(ValueError, match=r"small\.onnx: this network uses the previous frame"):
        quantise_onnx(small[0], tmp_path / "int8.onnx", [np.zeros((96, 128, 3), np.uint8)])
    assert not any(tmp_path.iterdir())


def test_the_detector_of_such_a_file_uses_the_previous_frame(small):
    rng = np.random.default_rng(0)
    frames = [Frame(rng.integers(0, 256, (96, 128, 3), np.uint8), index, index / 30) for index in range(3)]
    detector, fresh = (load_detector(small[0], device="cpu", min_score=0.0) for _ in range(2))
    assert isinstance(detector, CenterTrackDetector)
    tracker = Tracker(TrackerConfig.centertrack())
    found = [detector(frame) for frame in frames]
    assert [len(tracker.update(detections)) > 0 for detections in found] == [True] * 3
    assert not np.array_equal(fresh(frames[2]).scores, found[2].scores)
    detector.reset()
    assert np.array_equal(detector(frames[0]).scores, found[0].scores)


def test_the_command_tracks_with_such_a_file_by_displacement(small, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    for index in range(4):
        Image.fromarray(rng.integers(0, 256, (96, 128, 3), np.uint8)).save(tmp_path / f"{index}.png")
    used = []
    monkeypatch.setattr("outrack.jobs.continued.Tracker", lambda config, **rest: used.append(config) or Tracker(config))
    words = ["track", str(tmp_path), "--weights", str(small[0]), "--conf", "0.01", "-q", "-o"]
    assert main([*words, str(tmp_path / "a.txt")]) == 0
    assert main([*words, str(tmp_path / "b.txt"), "--tracker.association", "appearance"]) == 0
    assert [config.association for config in used] == ["displacement", "appearance"]
    assert all((tmp_path / name).read_text() for name in ("a.txt", "b.txt"))


def test_openvino_is_not_offered_a_deformable_network(small):
    pytest.importorskip("openvino")
    with pytest.raises(ValueError, match="deformable convolutions, which OpenVINO does not support"):
        load_detector(small[0], device="openvino")


@pytest.mark.slow
@pytest.mark.parametrize(
    "network",
    [
        pytest.param(lambda: FairMOT(fairmot_heads(occlusion=True)), id="fairmot"),
        pytest.param(lambda: CenterTrack(centertrack_heads(occlusion=True)), id="centertrack"),
        pytest.param(lambda: CenterTrack(neck="conv"), id="centertrack with a plain neck"),
    ],
)
def test_the_paper_networks_are_the_same_in_onnx_runtime(network, tmp_path):
    torch.manual_seed(0)
    network = network()
    stir(network)
    inputs = inputs_of(network, 96, 128)
    calibrate(network, *inputs.values())
    info = ModelInfo(
        name="paper",
        size=(128, 96),
        embedding_dim=network.embedding_dim,
        occlusions=network.predicts_occlusions,
    )
    export_onnx(network, tmp_path / "net.onnx", info=info)
    assert_same(tmp_path / "net.onnx", network, inputs)
