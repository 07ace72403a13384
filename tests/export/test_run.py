"""Exporting the bundled networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outrack.detectors import load_detector
from outrack.detectors.network_detector import NetworkDetector
from outrack.export.run import export_run
from outrack.models import Provenance, bundled_network, coco_start, read_provenance
from outrack.structures import Frame
from outrack.training import load_config


def test_the_network_that_comes_along_is_exported_as_it_tracks_and_with_occlusion_points(tmp_path: Path) -> None:
    info = export_run(Path("default"), tmp_path / "net.onnx", occlusion_threshold=0.0)
    shipped = load_detector()
    assert isinstance(shipped, NetworkDetector)
    assert (info.size, info.score_threshold) == (shipped.info.size, shipped.info.score_threshold)
    assert (info.name, info.occlusions, info.embedding_dim) == ("mobile-outrack-default", True, 640)
    pixels = np.random.default_rng(0).integers(0, 256, (192, 256, 3), np.uint8)
    found = load_detector(tmp_path / "net.onnx", min_score=0.0, image_size=256)(Frame(pixels, 0, 0.0))
    assert found.occlusions is not None and len(found.occlusions)
    assert found.embeddings is not None and found.embeddings.shape == (len(found), 640)


def test_without_its_occlusion_branch_a_network_finds_the_same_people(tmp_path: Path) -> None:
    whole = export_run(Path("default"), tmp_path / "whole.onnx")
    lean = export_run(Path("default"), tmp_path / "lean.onnx", occlusions=False)
    assert (whole.occlusions, whole.occlusion_threshold, lean.occlusions) == (True, 0.2, False)
    assert (tmp_path / "lean.onnx").stat().st_size < (tmp_path / "whole.onnx").stat().st_size
    frame = Frame(np.random.default_rng(1).integers(0, 256, (192, 256, 3), np.uint8), 0, 0.0)
    every = [
        load_detector(tmp_path / f"{name}.onnx", min_score=0.0, image_size=256)(frame) for name in ("whole", "lean")
    ]
    assert every[1].occlusions is None
    np.testing.assert_allclose(every[1].scores, every[0].scores, atol=1e-6)
    np.testing.assert_allclose(every[1].xyxy, every[0].xyxy, atol=1e-3)


def test_leaving_out_occlusions_changes_nothing_where_there_are_none(tmp_path: Path) -> None:
    infos = [export_run(Path("coco"), tmp_path / f"{kept}.onnx", occlusions=kept) for kept in (True, False)]
    assert infos[0] == infos[1]


def test_what_comes_along_says_where_it_comes_from_as_its_recipe_would() -> None:
    origin = read_provenance(coco_start())
    for name in ("default-detector", "default-appearance"):
        recipe = load_config(name)
        origin = Provenance(recipe.trained_on, recipe.licence).after(origin)
    assert read_provenance(bundled_network()) == origin
    tracks = load_detector()
    assert isinstance(tracks, NetworkDetector)
    assert Provenance(tracks.info.trained_on, tracks.info.licence) == origin


def test_what_cannot_be_exported(tmp_path: Path) -> None:
    exported = tmp_path / "net.onnx"
    exported.touch()
    with pytest.raises(ValueError, match=r"net\.onnx: expected the folder of a run, a \.safetensors, default or coco"):
        export_run(exported, tmp_path / "again.onnx")
    with pytest.raises(ValueError, match=r"coco: no occlusion points are predicted; .*--occlusion-conf"):
        export_run(Path("coco"), tmp_path / "coco.onnx", occlusion_threshold=0.3)
