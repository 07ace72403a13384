from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from outrack.detectors import ModelInfo, default_weights, load_detector
from outrack.export import export_onnx
from outrack.io.origin import versions
from outrack.models import (
    COCO_HEADS,
    DecodedDetections,
    DenseMaps,
    DenseNetwork,
    Head,
    bundled_network,
    coco_start,
    create,
    decode,
    dense_outrack_heads,
    extra_heads,
    fill_network,
    load_network,
)
from outrack.models.heads import DenseHeads
from outrack.models.spatial import double_size, spatial_mean
from outrack.structures import Frame

ALL_HEADS = extra_heads(offset=True, embedding_dim=16, occlusion=True, hidden=8)


class Shallow(DenseNetwork):
    """The smallest network that uses every operation with an ONNX form of its own."""

    architecture = "shallow"

    def __init__(self, heads: tuple[Head, ...]) -> None:
        super().__init__(heads)
        self.trunk = torch.nn.Conv2d(3, 8, 8, stride=8)
        self.outputs = DenseHeads(heads, 8)

    def forward(self, images: torch.Tensor) -> DenseMaps:
        x = self.trunk(images.float() / 255)
        return self.outputs(double_size(x - spatial_mean(x)).relu())


def hilly(network: DenseNetwork) -> DenseNetwork:
    """A new head's map is nearly flat, so that peaks tie; make the heat maps hilly."""
    for name in ("centres", "occlusion"):
        if name in network.outputs and network.outputs[name][-1].weight.std() < 0.2:
            torch.nn.init.normal_(network.outputs[name][-1].weight, std=3)
    return network.eval()


def settled(network: DenseNetwork) -> DenseNetwork:
    """With statistics of real activations in its batch normalisation, and hilly heat maps."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    torch.nn.init.normal_(network.outputs["centres"].weight, std=0.1)
    with torch.no_grad():
        network.train()(torch.from_numpy(textured(4, 96, 128)))
    return network.eval()


def textured(batch: int, height: int, width: int) -> np.ndarray:
    """Noise on several scales, which gives a heat map distinct peaks."""
    rng = np.random.default_rng(batch + width)
    layers = [
        np.kron(rng.normal(size=(batch, 3, height // n, width // n)), np.ones((1, 1, n, n))) for n in (1, 4, 16, 32)
    ]
    return np.clip(128 + 40 * sum(layers), 0, 255).astype(np.uint8)


def assert_file_computes(path: Path, network: DenseNetwork, images: np.ndarray) -> None:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    ours = DecodedDetections(
        **{"classes": None, **dict(zip(names, session.run(None, {"images": images}), strict=True))}
    )
    with torch.inference_mode():
        expected = decode(network(torch.from_numpy(images)), stride=network.stride, body=network.body)
    assert ours.boxes.shape == (len(images), 128, 4)
    np.testing.assert_allclose(ours.scores, expected.scores, atol=1e-5)
    # Peaks that tie to the last digit may change places, so compare those that stand apart.
    scores = expected.scores.numpy()
    gaps = -np.diff(scores, axis=1, prepend=2, append=-1)
    apart = (np.minimum(gaps[:, :-1], gaps[:, 1:]) > 1e-5) & (scores > 1e-4)
    assert apart.sum() > 3 * len(images)
    np.testing.assert_allclose(ours.boxes[apart], expected.boxes.numpy()[apart], atol=2e-3)
    if network.embedding_dim:
        distance = np.linalg.norm(ours.embeddings[apart] - expected.embeddings.numpy()[apart], axis=1)
        # One of a hundred points of the body may lie next to a border between cells and be read on either side of it.
        assert np.median(distance) < 0.01 and distance.max() < 0.4
    if network.channels_of("occlusion"):
        np.testing.assert_allclose(ours.occlusions[..., 2], expected.occlusions[..., 2], atol=1e-4)
        np.testing.assert_allclose(ours.occlusions[:, 0, :2], expected.occlusions[:, 0, :2], atol=1e-2)


@pytest.fixture(scope="module")
def shallow() -> DenseNetwork:
    torch.manual_seed(0)
    return hilly(Shallow((Head("centres", 1, hidden=8), Head("ltrb", 4, hidden=8), *ALL_HEADS)))


@pytest.fixture(scope="module")
def exported(shallow: DenseNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "net.onnx"
    info = ModelInfo(
        name="test", size=(256, 192), embedding_dim=16, occlusions=True, trained_on="nothing", licence="none"
    )
    export_onnx(shallow, path, info=info)
    return path


SIZES = pytest.mark.parametrize(("batch", "height", "width"), [(1, 192, 256), (2, 256, 448), (3, 96, 96)])


@SIZES
def test_the_file_computes_what_torch_computes_at_any_size(shallow, exported, batch, height, width):
    assert_file_computes(exported, shallow, textured(batch, height, width))


@SIZES
def test_the_bundled_file_agrees_with_its_weights(batch, height, width):
    whole = load_network(bundled_network())
    network = create(whole.architecture, heads=[head for head in whole.heads if not head.name.startswith("occlusion")])
    fill_network(network, bundled_network())
    assert_file_computes(default_weights(), network.eval(), textured(batch, height, width))


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "embedding_dim"), [("mobile-centernet", 16), ("mobile-outrack", 640)])
def test_the_networks_for_the_cpu_export_with_all_heads(architecture, embedding_dim, tmp_path):
    torch.manual_seed(0)
    heads = extra_heads(offset=True, embedding_dim=embedding_dim, occlusion=True, hidden=8)
    network = create(architecture, heads=(*COCO_HEADS, *heads))
    fill_network(network, coco_start())
    hilly(network)
    info = ModelInfo(name="test", size=(256, 192), embedding_dim=embedding_dim, occlusions=True)
    export_onnx(network, tmp_path / "net.onnx", info=info)
    assert_file_computes(tmp_path / "net.onnx", network, textured(2, 256, 448))


@pytest.mark.slow
def test_the_dense_network_exports_with_all_heads(tmp_path):
    torch.manual_seed(0)
    network = settled(create("dense-outrack", heads=dense_outrack_heads(offset=True, embedding_dim=640)))
    info = ModelInfo(name="test", size=(256, 192), embedding_dim=640, occlusions=True)
    export_onnx(network, tmp_path / "net.onnx", info=info)
    assert_file_computes(tmp_path / "net.onnx", network, textured(2, 256, 448))


def test_own_operations_become_one_node_each(exported):
    operators = [node.op_type for node in onnx.load(exported).graph.node]
    assert operators.count("Resize") == 1
    assert operators.count("GlobalAveragePool") == 1


def test_one_file_holds_everything(exported):
    model = onnx.load(exported, load_external_data=False)
    assert [output.name for output in model.graph.output] == ["boxes", "scores", "embeddings", "occlusions"]
    assert [opset.version for opset in model.opset_import if opset.domain == ""] == [20]
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert ModelInfo.from_metadata(metadata).embedding_dim == 16
    assert json.loads(metadata["outrack.classes"]) == ["person"]
    assert json.loads(metadata["outrack.made_by"])["made_by"] == versions()
    assert [path.name for path in exported.parent.iterdir()] == ["net.onnx"]


def test_info_must_fit_the_network(shallow, tmp_path):
    with pytest.raises(ValueError, match="embedding_dim 0, but the network has 16"):
        export_onnx(shallow, tmp_path / "net.onnx", info=ModelInfo(name="test", size=(256, 192)))
    info = ModelInfo(name="test", size=(256, 192), embedding_dim=16, occlusions=True)
    with pytest.raises(ValueError, match=r"in 1\.\.576, got 1000"):
        export_onnx(shallow, tmp_path / "net.onnx", info=info, max_objects=1000)


def test_several_classes_and_displacements_get_their_outputs(tmp_path):
    torch.manual_seed(0)
    heads = (Head("centres", 2, hidden=8), Head("ltrb", 4, bias=4.0, hidden=8), Head("displacement", 2, hidden=8))
    info = ModelInfo(name="two", size=(96, 96), classes=("person", "car"))
    export_onnx(Shallow(heads), tmp_path / "two.onnx", info=info)
    found = load_detector(tmp_path / "two.onnx", min_score=0)(Frame(textured(1, 96, 96)[0].transpose(1, 2, 0), 0, 0.0))
    assert found.displacements.shape == (len(found), 2)
    assert set(found.class_ids) == {0, 1}
