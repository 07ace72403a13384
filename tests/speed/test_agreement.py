"""Agreement of detections, on cases with known results."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from outrack.speed.agreement import agreement
from outrack.speed.clip import write_clip
from outrack.speed.runtimes import NO_PEOPLE, runtimes
from outrack.structures import Detections
from tests.video.test_sample_clip import SAMPLES

BOXES = np.array([[0.0, 0, 10, 20], [50, 0, 60, 20], [100, 0, 110, 20]])


def looks(*degrees: float) -> np.ndarray:
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=1)


def test_each_kind_of_loss_is_counted() -> None:
    reference = Detections(BOXES, [0.9, 0.8, 0.2], embeddings=looks(0, 0, 0))
    # The first a little moved and weaker, the second gone, the weak third now sure, and one that is not there.
    other = Detections(
        np.array([[1.0, 0, 11, 20], [100, 0, 110, 20], [200, 0, 210, 20]]), [0.3, 0.5, 0.7], embeddings=looks(3, 6, 0)
    )
    found = agreement([reference, Detections.empty()], [other, Detections.empty()], sure=0.4)
    assert found.boxes == 2
    assert found.found == pytest.approx(1 / 2)
    assert found.spurious == pytest.approx(1 / 2)
    assert found.score == pytest.approx((0.6 + 0.3) / 2)
    assert found.degrees == pytest.approx(4.5, abs=1e-3)
    assert str(found) == "50.0% of 2 boxes found, 50.0% false, scores differ by 0.450, embeddings by 4.5 degrees"


def test_the_same_detections_lose_nothing_and_none_have_nothing_to_lose() -> None:
    same = [Detections(BOXES, [0.9, 0.8, 0.2])]
    assert agreement(same, same, sure=0.4) == (2, 1.0, 0.0, 0.0, None)
    none = [Detections.empty()]
    assert agreement(none, none, sure=0.4) == (0, 1.0, 0.0, 0.0, None)
    assert agreement(none, same, sure=0.4).spurious == 1.0


def test_a_network_is_compared_with_itself_on_frames_of_the_video(monkeypatch) -> None:
    monkeypatch.setattr("outrack.speed.runtimes.NUM_FRAMES", 3)
    (row,) = runtimes("default", SAMPLES / "crossing.mp4", devices=["cpu"], files=[], seconds=0.001)
    assert (row.part, row.name, row.against) == ("runtimes", "cpu", "ONNX Runtime, float32")
    assert row.ratio is not None and row.ratio > 0
    assert "100.0% of " in row.note and "0.0% false, scores differ by 0.000" in row.note


def test_a_video_without_people_says_nothing_of_the_loss(tmp_path) -> None:
    write_clip(tmp_path / "made.mp4", size=(160, 96), num_frames=2)
    (row,) = runtimes("default", tmp_path / "made.mp4", devices=["cpu"], files=[], seconds=0.001)
    assert row.note == NO_PEOPLE


def test_networks_in_8_bits_are_run_in_openvino_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "made.mp4", size=(160, 96), num_frames=2)

    def opened(weights: str | Path, *, device: str) -> object:
        bits = "int8" if "int8" in str(weights) else "float32"
        info = SimpleNamespace(precision=bits, score_threshold=0.5)

        class Finder:
            def __call__(self, frame: object) -> Detections:
                return Detections.empty()

        finder = Finder()
        finder.info = info  # type: ignore[attr-defined]
        return finder

    monkeypatch.setattr("outrack.speed.runtimes.load_detector", opened)
    files = [Path("net-int8.onnx"), Path("other.onnx")]
    rows = list(runtimes("default", tmp_path / "made.mp4", devices=["openvino"], files=files, seconds=0.001))
    assert [row.name for row in rows] == ["openvino", "net-int8", "other", "net-int8, openvino"]
