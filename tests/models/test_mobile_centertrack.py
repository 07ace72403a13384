"""The small CenterTrack starts as the detector that it is made of, and then uses the previous frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from outrack.detectors import load_detector
from outrack.detectors.centertrack import CenterTrackDetector
from outrack.detectors.model_info import ModelInfo
from outrack.export import export_onnx
from outrack.models import COCO_HEADS, MobileCenterTrack, coco_start, create, fill_network, load_network
from outrack.structures import Frame
from outrack.training.config.training_config import ModelConfig
from outrack.training.engine.build import build_network


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    return torch.randint(0, 256, (1, 3, 96, 128), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))


def test_it_starts_as_the_detector(picture: torch.Tensor) -> None:
    network = create("mobile-centertrack").eval()
    assert fill_network(network, coco_start()) == ("displacement",)
    with torch.inference_mode():
        before = torch.zeros_like(picture)
        maps = network(picture, before, torch.ones(1, 1, 96, 128))
        detector = load_network(coco_start())(picture)
    assert torch.equal(maps.centres, detector.centres)
    assert torch.equal(maps.ltrb, detector.ltrb)
    assert maps.displacement is not None
    assert maps.displacement.shape == (1, 2, 24, 32)


def test_the_input_of_the_previous_frame_is_learned(picture: torch.Tensor) -> None:
    network = create("mobile-centertrack")
    network(picture, picture, torch.ones(1, 1, 96, 128)).centres.sum().backward()
    for name in ("image", "heat"):
        (weight,) = (value for key, value in network.named_parameters() if key == f"memory.{name}.0.weight")
        assert weight.grad is not None
        assert weight.grad.abs().sum() > 0


def test_without_a_frame_before_it_sees_the_current_one_and_no_objects(picture: torch.Tensor) -> None:
    network = create("mobile-centertrack").eval()
    torch.nn.init.normal_(network.memory["image"][0].weight)
    with torch.inference_mode():
        alone = network(picture)
        told = network(picture, picture, torch.zeros(1, 1, 96, 128))
    assert torch.equal(alone.centres, told.centres)


@pytest.mark.slow  # the export; that of two frames is tested on a small network in test_export_paper_networks.py
def test_it_is_exported_and_tracks(tmp_path: Path) -> None:
    network = build_network(
        ModelConfig(architecture="mobile-centertrack", width=128, height=96, embedding_dim=0)
    ).network
    info = ModelInfo(name="small", size=(128, 96), stride=4, occlusions=True)
    export_onnx(network, tmp_path / "small.onnx", info=info)
    detector = load_detector(tmp_path / "small.onnx", min_score=0.0)
    assert isinstance(detector, CenterTrackDetector)
    found = detector(Frame(np.zeros((96, 128, 3), np.uint8), 0, 0.0))
    assert found.displacements is not None
    assert found.occlusions is not None


def test_bad_heads() -> None:
    with pytest.raises(ValueError, match="needs a displacement head"):
        MobileCenterTrack(COCO_HEADS)
    with pytest.raises(ValueError, match="embedding_dim: mobile-centertrack has none; expected 0, got 128"):
        build_network(ModelConfig(architecture="mobile-centertrack"))
