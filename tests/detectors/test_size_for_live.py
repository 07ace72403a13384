"""The largest size that keeps up with a live source, on a simulated clock."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np
import pytest

from outrack.detectors import ModelInfo
from outrack.detectors.input_size import CoverArea
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.size_for_live import LiveDetector
from outrack.structures import Frame

INFO = ModelInfo(name="timed", size=(640, 384))
FRAME = Frame(np.zeros((1080, 1920, 3), np.uint8), 0, 0.0)


class TimedNetwork:
    """Takes so many milliseconds for 640x384 pixels, and in proportion for others."""

    def __init__(self, ms: float) -> None:
        self.ms, self.now_s = ms, 0.0
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        _, _, height, width = inputs["images"].shape
        self.now_s += self.ms / 1000 * width * height / (640 * 384)
        self.sizes.append((width, height))
        return {"boxes": np.empty((1, 0, 4)), "scores": np.empty((1, 0))}

    def clock(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("ms", "frame_rate", "factor"),
    [
        (5, 25, 2.25),  # the largest that is tried
        (17, 25, 1.5),
        (26, 25, 1.0),
        (100, 25, 0.25),
        (90, 5, 1.5),
    ],
)
def test_the_largest_size_that_keeps_up_is_taken_and_kept(
    ms: float, frame_rate: float, factor: float, caplog: pytest.LogCaptureFixture
) -> None:
    size = CoverArea(round(640 * 384 * factor))((1920, 1080))
    network = TimedNetwork(ms)
    plain = NetworkDetector(network, INFO, min_score=0.3)
    live = LiveDetector(plain, frame_rate=frame_rate, clock=network.clock)
    with caplog.at_level(logging.INFO):
        live(FRAME)
        network.sizes.clear()
        live(FRAME)
        live(FRAME)
    assert network.sizes == [size, size]
    assert len(caplog.records) == 1
    assert f"{size[0]}x{size[1]}" in caplog.text and f"{frame_rate:g} frames per second" in caplog.text
    assert plain.size_of(FRAME) == (672, 384)  # the one that it was made of stays as it is


def test_a_network_that_never_keeps_up_says_so(caplog: pytest.LogCaptureFixture) -> None:
    network = TimedNetwork(2000)
    live = LiveDetector(NetworkDetector(network, INFO), frame_rate=25, clock=network.clock)
    live(FRAME)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "frames will be dropped" in caplog.text
