"""One network for the processes of several cameras; here the processes are threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from outrack.detectors import ModelInfo, NetworkDetector
from outrack.detectors.size_for_live import live_detector
from outrack.jobs.shared_network import NetworkServer, SharedNetworkAt

ASKED: dict[str, Any] = {
    "weights": None,
    "device": "cpu",
    "min_score": 0.1,
    "image_size": None,
    "speed": "balanced",
    "classes": None,
}


class Network:
    """Finds one box of the batch's size in each picture, and refuses bright pictures."""

    info = ModelInfo(name="made", size=(96, 96))
    inputs = ("images",)

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        images = inputs["images"]
        self.shapes.append(images.shape)
        if images.max() == 255:
            raise ValueError("too bright")
        side = images.mean(axis=(1, 2, 3))
        return {
            "boxes": np.stack([0 * side, 0 * side, side, side], 1)[:, None].astype(np.float32),
            "scores": np.full((len(images), 1), 0.9, np.float32),
        }


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr("outrack.jobs.shared_network.network_on", lambda weights, device: made)
    return made


@pytest.fixture
def place(network: Network) -> Iterator[SharedNetworkAt]:
    with NetworkServer(None, "cpu", num_cameras=2) as server:
        yield server.place


def grey(value: int) -> NDArray[np.uint8]:
    return np.full((96, 96, 3), value, np.uint8)


def test_every_process_gets_what_is_in_its_own_pictures(place: SharedNetworkAt, network: Network) -> None:
    found: dict[int, list[float]] = {}

    def look(value: int) -> None:
        detector = place(**ASKED)
        found[value] = [float(detector(grey(value)).xyxy[0, 2]) for _ in range(20)]

    threads = [threading.Thread(target=look, args=(value,)) for value in (10, 20, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == {value: [value] * 20 for value in (10, 20, 30)}
    assert sum(shape[0] for shape in network.shapes) == 60


def test_an_error_of_the_network_reaches_the_process_that_caused_it(place: SharedNetworkAt) -> None:
    detector = place(**ASKED)
    with pytest.raises(ValueError, match="too bright"):
        detector(grey(255))
    assert len(detector(grey(5))) == 1  # the next frame is fine


def test_cameras_agree_on_one_size(place: SharedNetworkAt, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        fast, slow = (live_detector(place(**ASKED), frame_rate=rate) for rate in (1.0, 1e9))
    assert isinstance(fast, NetworkDetector) and isinstance(slow, NetworkDetector)
    assert fast.size_of(grey(1)) == slow.size_of(grey(1)) == (128, 128)  # the network takes no time
    assert [record.getMessage()[:39] for record in caplog.records] == ["2 cameras share a network, which runs at"[:39]]


def test_weights_that_cannot_be_opened_fail_every_camera_with_their_message(tmp_path: Path) -> None:
    with NetworkServer(tmp_path / "none.onnx", "cpu", num_cameras=2) as server:
        for _ in range(2):
            with pytest.raises(FileNotFoundError, match=r"none\.onnx: no such weights file"):
                server.place(**ASKED)
