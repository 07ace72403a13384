"""Exporting the networks that come along."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from outrack.detectors import load_detector
from outrack.structures import Frame
from outrack.training import export_run


def test_the_network_that_comes_along_is_exported_with_its_occlusion_points(tmp_path: Path) -> None:
    info = export_run(Path("default"), tmp_path / "net.onnx", size=(256, 192), occlusion_threshold=0.0)
    assert (info.name, info.occlusions, info.embedding_dim) == ("mobile-outrack-default", True, 256)
    pixels = np.random.default_rng(0).integers(0, 256, (192, 256, 3), np.uint8)
    found = load_detector(tmp_path / "net.onnx", conf=0.0)(Frame(pixels, 0, 0.0))
    assert found.occlusions is not None and len(found.occlusions)
    assert found.embeddings is not None and found.embeddings.shape == (len(found), 256)
