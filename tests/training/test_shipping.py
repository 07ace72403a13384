"""Exporting the networks that come along."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from outrack.detectors import load_detector
from outrack.detectors.exported import ExportedDetector
from outrack.structures import Frame
from outrack.training import export_run


def test_the_network_that_comes_along_is_exported_as_it_tracks_and_with_occlusion_points(tmp_path: Path) -> None:
    info = export_run(Path("default"), tmp_path / "net.onnx", occlusion_threshold=0.0)
    shipped = load_detector()
    assert isinstance(shipped, ExportedDetector)
    assert (info.size, info.score_threshold) == (shipped.info.size, shipped.info.score_threshold)
    assert (info.name, info.occlusions, info.embedding_dim) == ("mobile-outrack-default", True, 256)
    pixels = np.random.default_rng(0).integers(0, 256, (192, 256, 3), np.uint8)
    found = load_detector(tmp_path / "net.onnx", conf=0.0, image_size=256)(Frame(pixels, 0, 0.0))
    assert found.occlusions is not None and len(found.occlusions)
    assert found.embeddings is not None and found.embeddings.shape == (len(found), 256)
