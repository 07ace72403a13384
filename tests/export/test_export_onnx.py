from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from outrack.detectors import ModelInfo, default_weights
from outrack.export import export_onnx
from outrack.models import (
    COCO_HEADS,
    DenseMaps,
    DenseNetwork,
    Head,
    MobileCenterNet,
    coco_start,
    decode,
    extra_heads,
    fill_network,
)
from outrack.models.heads import DenseHeads
from outrack.structures import Frame


@pytest.fixture(scope="module")
def network() -> MobileCenterNet:
    torch.manual_seed(0)
    network = MobileCenterNet((*COCO_HEADS, *extra_heads(offset=True, embedding_dim=16, occlusion=True)))
    fill_network(network, coco_start())
    # A new head's map is nearly flat, so that peaks tie; make it hilly.
    torch.nn.init.normal_(network.outputs["occlusion"][-1].weight, std=3)
    return network.eval()


@pytest.fixture(scope="module")
def exported(network: MobileCenterNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "net.onnx"
    info = ModelInfo(name="test", size=(256, 192), embedding_dim=16, trained_on="nothing", licence="none")
    export_onnx(network, path, info=info)
    return path


def textured(batch: int, height: int, width: int) -> np.ndarray:
    """Noise on several scales, which gives a heat map distinct peaks."""
    rng = np.random.default_rng(batch + width)
    layers = [
        np.kron(rng.normal(size=(batch, 3, height // n, width // n)), np.ones((1, 1, n, n))) for n in (1, 4, 16, 32)
    ]
    return np.clip(128 + 40 * sum(layers), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("batch", "height", "width"), [(1, 192, 256), (2, 256, 448), (3, 96, 96)])
def test_the_file_computes_what_torch_computes_at_any_size(network, exported, batch, height, width):
    images = textured(batch, height, width)
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    assert names == ["boxes", "scores", "embeddings", "occlusions"]
    ours = dict(zip(names, session.run(None, {"images": images}), strict=True))
    with torch.inference_mode():
        expected = decode(network(torch.from_numpy(images)), stride=network.stride)
    assert ours["boxes"].shape == (batch, 128, 4)
    np.testing.assert_allclose(ours["scores"], expected.scores, atol=1e-5)
    # Peaks that tie to the last digit may change places, so compare those that stand apart.
    scores = expected.scores.numpy()
    gaps = np.diff(scores, axis=1, prepend=2, append=-1)
    apart = (np.minimum(-gaps[:, :-1], -gaps[:, 1:]) > 1e-5) & (scores > 1e-4)
    assert apart.sum() > 3 * batch
    np.testing.assert_allclose(ours["boxes"][apart], expected.boxes.numpy()[apart], atol=2e-3)
    np.testing.assert_allclose(ours["embeddings"][apart], expected.embeddings.numpy()[apart], atol=1e-4)
    np.testing.assert_allclose(ours["occlusions"][..., 2], expected.occlusions[..., 2], atol=1e-4)
    best, theirs = ours["occlusions"][:, 0, :2], expected.occlusions[:, 0, :2]
    np.testing.assert_allclose(best, theirs, atol=1e-2)


def test_one_file_holds_everything(exported):
    model = onnx.load(exported, load_external_data=False)
    assert [opset.version for opset in model.opset_import if opset.domain == ""] == [20]
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert ModelInfo.from_metadata(metadata).embedding_dim == 16
    assert json.loads(metadata["outrack.classes"]) == ["person"]
    assert [path.name for path in exported.parent.iterdir()] == ["net.onnx"]


def test_the_shipped_file_is_the_coco_start(tmp_path):
    """Exporting again is slow; the weights inside must be those of the safetensors file."""
    model = onnx.load(default_weights())
    start = MobileCenterNet()
    fill_network(start, coco_start())
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    weights = {f"network.{name}": tensor.numpy() for name, tensor in start.state_dict().items()}
    assert weights.keys() <= stored.keys()
    assert all(np.array_equal(stored[name], weight) for name, weight in weights.items())


def test_info_must_fit_the_network(network, tmp_path):
    with pytest.raises(ValueError, match="embedding_dim 0, but the network has 16"):
        export_onnx(network, tmp_path / "net.onnx", info=ModelInfo(name="test", size=(256, 192)))
    info = ModelInfo(name="test", size=(256, 192), embedding_dim=16)
    with pytest.raises(ValueError, match=r"lie in 1\.\.576, got 1000"):
        export_onnx(network, tmp_path / "net.onnx", info=info, max_objects=1000)


class OneLayer(DenseNetwork):
    architecture = "one-layer"

    def __init__(self, heads: tuple[Head, ...]) -> None:
        super().__init__(heads)
        self.trunk = torch.nn.Conv2d(3, 8, 4, stride=4)
        self.outputs = DenseHeads(heads, 8)

    def forward(self, images: torch.Tensor) -> DenseMaps:
        return self.outputs(self.trunk(images.float() / 255))


def test_several_classes_and_displacements_get_their_outputs(tmp_path):
    from outrack.detectors.onnx import OnnxDetector

    heads = (Head("centres", 2, hidden=8), Head("ltrb", 4, hidden=8), Head("displacement", 2, hidden=8))
    info = ModelInfo(name="two", size=(96, 96), classes=("person", "car"), score_threshold=0.01)
    export_onnx(OneLayer(heads), tmp_path / "two.onnx", info=info)
    found = OnnxDetector(tmp_path / "two.onnx", conf=0)(Frame(np.zeros((96, 96, 3), np.uint8), 0, 0.0))
    assert found.displacements.shape == (len(found), 2)
    assert set(found.class_ids) <= {0, 1}
