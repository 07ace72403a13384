"""The bundled networks: their purpose, and that they detect people."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from outrack import track
from outrack.detectors import default_weights, load_detector, open_weights
from outrack.detectors.bundled import resolve_weights


def test_names_are_the_bundled_files_and_everything_else_is_a_path() -> None:
    assert resolve_weights("default") == default_weights()
    assert resolve_weights(Path("open")) == open_weights()
    assert resolve_weights("./open") == Path("./open")
    assert resolve_weights("mine.onnx") == Path("mine.onnx")


def test_the_open_network_states_that_it_contains_no_research_data() -> None:
    info = load_detector("open").info
    assert info.licence.startswith("MIT") and "research" not in info.licence.lower() + info.trained_on.lower()
    assert (info.occlusions, info.embedding_dim) == (True, 640)
    assert "research" in load_detector("default").info.licence


@pytest.mark.parametrize("path", [default_weights(), open_weights()], ids=["default", "open"])
def test_a_bundled_file_stays_small(path: Path) -> None:
    assert path.stat().st_size < 12e6


def test_the_open_network_tracks_and_its_terms_are_reported(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (4, 96, 128, 3), dtype=np.uint8)
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / f"{number:06d}.png")
    summary = track(str(tmp_path), tmp_path / "out.txt", detector=load_detector("open"))
    assert summary.network is not None and summary.network.licence.startswith("MIT")


def test_detectors_can_be_copied_and_sent_to_other_processes() -> None:
    detector = load_detector(speed="fast")
    picture = np.full((96, 128, 3), 90, np.uint8)
    for other in (copy.deepcopy(detector), pickle.loads(pickle.dumps(detector))):
        assert other.info == detector.info
        np.testing.assert_array_equal(other(picture).xyxy, detector(picture).xyxy)
