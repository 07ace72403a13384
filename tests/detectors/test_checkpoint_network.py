"""Checkpoints run without an export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from outrack.detectors import ModelInfo
from outrack.detectors.checkpoint import CheckpointNetwork
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.open_network import open_network
from outrack.evaluation.extractors import open_appearance
from outrack.models import COCO_HEADS, DenseNetwork, Provenance, create, extra_heads, save_network
from outrack.structures import Frame

ALL_HEADS = (*COCO_HEADS, *extra_heads(offset=False, embedding_dim=128, occlusion=True, hidden=8))


def saved(path: Path, network: DenseNetwork) -> Path:
    save_network(network, path, provenance=Provenance("noise", "none"))
    return path


@pytest.fixture(scope="module", params=["mobile-centernet", "mobile-outrack"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One network that reads appearance at the centre, one that reads it all over the body."""
    torch.manual_seed(0)
    network = create(request.param, heads=ALL_HEADS)
    for layer in (network.outputs["centres"][-1], network.occlusions.last):
        torch.nn.init.normal_(layer.weight, std=1)
    torch.nn.init.constant_(network.outputs["ltrb"][-1].bias, 1.0)  # so that not all boxes have x2 < x1 or y2 < y1
    return saved(tmp_path_factory.mktemp("nets") / "noise.safetensors", network)


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_a_checkpoint_gives_the_exported_outputs_and_the_map(checkpoint: Path) -> None:
    network = open_network(checkpoint)
    assert isinstance(network, CheckpointNetwork) and isinstance(network.info, ModelInfo)
    image = noise(160, 128)
    outputs = network({"images": image.transpose(2, 0, 1)[None]})
    occlusions, heat = outputs["occlusions"][0], outputs["occlusion_map"][0]
    assert heat.shape == (32, 40)
    assert heat.max() == pytest.approx(occlusions[0, 2])  # the best point is the highest cell
    detections = NetworkDetector(network, network.info, min_score=0.0, image_size=(160, 128))(Frame(image, 0, 0.0))
    assert detections.embeddings is not None and detections.embeddings.shape == (len(detections), 128)
    boxes = outputs["boxes"][0]
    possible = (boxes[:, 2:] >= boxes[:, :2]).all(1)  # noise gives many with x2 < x1 or y2 < y1
    assert possible.any()
    np.testing.assert_allclose(detections.xyxy, boxes[possible], atol=1e-4)


def test_appearance_at_a_detected_box_is_that_of_the_detection(checkpoint: Path) -> None:
    network = CheckpointNetwork.open(checkpoint)
    image = noise(160, 128)
    outputs = network({"images": image.transpose(2, 0, 1)[None]})
    centre = (outputs["boxes"][0, :, :2] + outputs["boxes"][0, :, 2:]) / 2
    inside = ((centre >= 0) & (centre < (160, 128))).all(1) & (outputs["scores"][0] > 0)
    # A box whose offset leads to the next cell is read there; those that stay in their cell must agree.
    read = network.appearance_at(image, outputs["boxes"][0].astype(float), fit_into=(160, 128))
    same = np.abs(read - outputs["embeddings"][0]).max(1) < 1e-4
    assert same[inside].mean() > (0.95 if "outrack" in network._network.architecture else 0.2)
    np.testing.assert_allclose(np.linalg.norm(read, axis=1), 1, atol=1e-5)


def test_boxes_scale_with_the_picture(checkpoint: Path) -> None:
    extract = open_appearance(checkpoint, image_size=(160, 128))
    small, box = noise(160, 128), np.array([[40.0, 20, 70, 90], [-500, -500, -400, -400]])
    large = small.repeat(2, 0).repeat(2, 1)
    np.testing.assert_allclose(extract(large, 2 * box), extract(small, box), atol=0.2)
    assert np.isfinite(extract(small, box)).all()  # far outside: read at the border


def test_a_checkpoint_without_appearance_is_refused(tmp_path: Path) -> None:
    plain = saved(tmp_path / "plain.safetensors", create("mobile-centernet", heads=COCO_HEADS))
    with pytest.raises(ValueError, match=r"plain.safetensors: this network .* has no appearance"):
        open_appearance(plain)
    with pytest.raises(FileNotFoundError):
        open_network(tmp_path / "nothing.safetensors")
