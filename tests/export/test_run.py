"""Exporting the bundled networks."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from outrack.detectors import load_detector
from outrack.detectors.network_detector import NetworkDetector
from outrack.export.run import export_run
from outrack.models import (
    DenseNetwork,
    Provenance,
    bundled_network,
    coco_start,
    load_network,
    read_provenance,
)
from outrack.structures import Frame
from outrack.training import load_config
from outrack.training.config.config_file import dump_config


def test_the_default_network_is_exported_as_it_tracks_with_its_occlusion_branch(tmp_path: Path) -> None:
    whole = export_run(Path("default"), tmp_path / "whole.onnx", occlusion_threshold=0.0)
    tracks = load_detector(min_score=0.0, image_size=256)  # the bundled file is the same network without that branch
    assert not tracks.info.occlusions
    for name in ("size", "score_threshold", "low_score", "sure_score"):
        assert getattr(whole, name) == getattr(tracks.info, name)
    assert (whole.name, whole.occlusions, whole.embedding_dim) == ("mobile-outrack-default", True, 640)
    frame = Frame(np.random.default_rng(1).integers(0, 256, (192, 256, 3), np.uint8), 0, 0.0)
    found = load_detector(tmp_path / "whole.onnx", min_score=0.0, image_size=256)(frame)
    same = tracks(frame)
    assert found.occlusions is not None and len(found.occlusions)
    assert found.embeddings is not None and found.embeddings.shape == (len(found), 640)
    assert same.occlusions is None
    np.testing.assert_allclose(same.scores, found.scores, atol=1e-6)
    np.testing.assert_allclose(same.xyxy, found.xyxy, atol=1e-3)


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> list[DenseNetwork]:
    """The networks that would be exported; the export itself is slow."""
    networks: list[DenseNetwork] = []
    monkeypatch.setattr("outrack.export.run.export_onnx", lambda network, path, *, info: networks.append(network))
    return networks


def test_the_default_network_is_exported_without_its_occlusion_branch(
    tmp_path: Path, exported: list[DenseNetwork]
) -> None:
    lean = export_run(Path("default"), tmp_path / "lean.onnx", occlusions=False)
    (network,) = exported
    assert not lean.occlusions
    assert not [name for name, _ in network.named_parameters() if "occlusion" in name]
    whole = load_network(bundled_network())
    assert [name for name, _ in whole.named_parameters() if "occlusion" in name]
    picture = torch.randint(0, 256, (1, 3, 96, 128), dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        assert torch.equal(network.eval()(picture).centres, whole.eval()(picture).centres)


def test_leaving_out_occlusions_changes_nothing_where_there_are_none(
    tmp_path: Path, exported: list[DenseNetwork]
) -> None:
    infos = [export_run(Path("coco"), tmp_path / f"{kept}.onnx", occlusions=kept) for kept in (True, False)]
    assert infos[0] == infos[1]
    assert export_run(Path("default"), tmp_path / "default.onnx").occlusion_threshold == 0.2


@pytest.mark.parametrize(("start_share", "scores"), [(0.6, (0.5, 0.3, 0.65)), (0.0, (0.4, None, 0.0))])
def test_a_run_that_keeps_a_share_of_the_bundled_network_has_its_scores(
    tmp_path: Path, exported: list[DenseNetwork], start_share: float, scores: tuple[float, float | None, float]
) -> None:
    shutil.copy(bundled_network(), tmp_path / "last.safetensors")
    (tmp_path / "config.yaml").write_text(
        dump_config(load_config("footage", overrides={"model.start_share": str(start_share)}))
    )
    info = export_run(tmp_path, tmp_path / "net.onnx")
    assert (info.score_threshold, info.low_score, info.sure_score) == scores
    assert info.size == (512, 320)
    assert export_run(tmp_path, tmp_path / "net.onnx", score_threshold=0.45).score_threshold == 0.45


def test_bundled_weights_state_the_origin_of_their_recipe() -> None:
    origin = read_provenance(coco_start())
    for name in ("default-detector", "default-appearance"):
        recipe = load_config(name)
        origin = Provenance(recipe.trained_on, recipe.licence).after(origin)
    bundled = read_provenance(bundled_network())  # which went on learning with scripts/gpu/train.py
    assert bundled.trained_on.endswith(f"started from: {origin.trained_on}")
    assert "ETH-Sunnyday" in bundled.trained_on.split("started from:")[0]
    assert bundled.licence.endswith(f"of the start: {origin.licence}")
    tracks = load_detector()
    assert isinstance(tracks, NetworkDetector)
    assert Provenance(tracks.info.trained_on, tracks.info.licence) == bundled


def test_networks_that_cannot_be_exported_are_refused(tmp_path: Path) -> None:
    exported = tmp_path / "net.onnx"
    exported.touch()
    with pytest.raises(ValueError, match=r"net\.onnx: expected the folder of a run, a \.safetensors, default or coco"):
        export_run(exported, tmp_path / "again.onnx")
    with pytest.raises(ValueError, match=r"coco: this network predicts no occlusion points; .*--occlusion-conf"):
        export_run(Path("coco"), tmp_path / "coco.onnx", occlusion_threshold=0.3)
