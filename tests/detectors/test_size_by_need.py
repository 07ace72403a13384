"""The network size for the people in a file, on simulated people of known height."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np
import pytest

from outrack.detectors import ModelInfo
from outrack.detectors.in_order import AHEAD, detect_each
from outrack.detectors.network_detector import NetworkDetector
from outrack.detectors.size_by_need import SizeByNeed, size_by_need
from outrack.structures import Frame

INFO = ModelInfo(name="made", size=(640, 384))
OWN, LARGER = (672, 384), (992, 544)


class PeopleOfHeight:
    """Ten people of `height` pixels of the picture; keeps at which sizes it ran."""

    def __init__(self, height: float, picture: tuple[int, int] = (1920, 1080)) -> None:
        self.height, self.picture = height, picture
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        _, _, height, width = inputs["images"].shape
        self.sizes.append((width, height))
        tall = self.height * height / self.picture[1]
        x = np.arange(10) * width / 10
        boxes = np.stack([x, np.zeros(10), x + tall / 3, np.full(10, tall)], 1)
        return {"boxes": boxes[None], "scores": np.full((1, 10), 0.8)}


def frame_of(width: int, height: int) -> Frame:
    return Frame(np.zeros((height, width, 3), np.uint8), 0, 0.0)


def test_small_people_get_a_larger_picture_once_enough_were_seen(caplog: pytest.LogCaptureFixture) -> None:
    network = PeopleOfHeight(100)  # 36 pixels as the network sees them
    plain = NetworkDetector(network, INFO)
    sized = SizeByNeed(plain)
    with caplog.at_level(logging.INFO):
        for _ in range(18):
            sized(frame_of(1920, 1080))
    assert network.sizes == [OWN] * 15 + [LARGER] * 3  # 150 boxes
    assert len(caplog.records) == 1
    assert "36 pixels at 672x384" in caplog.text and "992x544" in caplog.text and "--speed balanced" in caplog.text
    assert plain.size_of(frame_of(1920, 1080)) == OWN  # the one that it was made of stays as it is


def test_it_goes_back_when_people_come_near_and_not_for_one_of_them() -> None:
    network = PeopleOfHeight(100)
    sized = SizeByNeed(NetworkDetector(network, INFO))
    for _ in range(16):
        sized(frame_of(1920, 1080))
    network.height = 130  # 46 pixels: too small to go back, not small enough to begin
    for _ in range(40):
        sized(frame_of(1920, 1080))
    assert network.sizes[-1] == LARGER
    network.height = 400
    for _ in range(80):
        sized(frame_of(1920, 1080))
    assert network.sizes[-1] == OWN


@pytest.mark.parametrize("picture", [(640, 480), (480, 640)])
def test_it_never_runs_larger_than_the_picture(picture: tuple[int, int]) -> None:
    network = PeopleOfHeight(30, picture)
    sized = SizeByNeed(NetworkDetector(network, INFO))
    for _ in range(17):
        sized(frame_of(*picture))
    assert network.sizes[-1] == picture


def test_a_picture_with_no_more_pixels_is_left_alone_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    network = PeopleOfHeight(12, (320, 240))
    sized = SizeByNeed(NetworkDetector(network, INFO))
    with caplog.at_level(logging.INFO):
        for _ in range(20):
            sized(frame_of(320, 240))
    assert len(set(network.sizes)) == 1 and not caplog.records


def test_people_who_stay_tiny_get_a_hint_once(caplog: pytest.LogCaptureFixture) -> None:
    network = PeopleOfHeight(50)  # 18 pixels at the network's own size, 25 at the larger one
    sized = SizeByNeed(NetworkDetector(network, INFO))
    with caplog.at_level(logging.INFO):
        for _ in range(20):
            sized(frame_of(1920, 1080))
    assert len(caplog.records) == 2
    assert "25 pixels at 992x544" in caplog.text
    assert "--imgsz 1472 finds more, and takes 2.2 times as long" in caplog.text


def test_no_hint_where_the_picture_has_no_more(caplog: pytest.LogCaptureFixture) -> None:
    sized = SizeByNeed(NetworkDetector(PeopleOfHeight(20, (640, 480)), INFO))
    with caplog.at_level(logging.INFO):
        for _ in range(20):
            sized(frame_of(640, 480))
    assert len(caplog.records) == 1


def test_a_reset_forgets() -> None:
    network = PeopleOfHeight(100)
    sized = SizeByNeed(NetworkDetector(network, INFO))
    for _ in range(16):
        sized(frame_of(1920, 1080))
    sized.reset()
    sized(frame_of(1920, 1080))
    assert network.sizes[-2:] == [LARGER, OWN]


def test_only_networks_that_look_at_one_frame_are_sized() -> None:
    network = NetworkDetector(PeopleOfHeight(100), INFO)
    assert isinstance(size_by_need(network), SizeByNeed)

    class Other:
        def reset(self) -> None: ...

        def __call__(self, frame: Frame) -> None: ...

    other = Other()
    assert size_by_need(other) is other  # type: ignore[arg-type]  # a detector in name only


def test_frames_that_are_read_ahead_get_the_size_that_was_settled_before_they_were_started() -> None:
    network = PeopleOfHeight(100)
    sized = SizeByNeed(NetworkDetector(network, INFO))
    frames = iter([frame_of(1920, 1080)] * 24)
    for _, wait in detect_each(lambda: next(frames, None), sized, may_wait=True):
        wait()
    assert network.sizes == [OWN] * (15 + AHEAD - 1) + [LARGER] * (9 - AHEAD + 1)
