from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from outrack.detectors import default_weights, load_detector
from outrack.detectors.size_for_live import LiveDetector
from outrack.io.timing import Timing
from outrack.speed import measure_machine
from outrack.speed.bench import LIVE_RATE, Plan, _live
from outrack.speed.clip import write_clip
from outrack.speed.tracking_step import assignment_times, crowd, step_times
from outrack.structures import Frame
from outrack.video import open_source

TINY = Plan(
    seconds=0.001,
    networks=(default_weights(),),
    speeds=("fast",),
    devices=(),
    crowds=(5, 10),
    clip_size=(160, 96),
    num_frames=6,
    small=True,
)


TOLD = []


@pytest.fixture(scope="module")
def report():
    TOLD.clear()
    return measure_machine(plan=TINY, on_measured=TOLD.append)


def test_every_part_is_measured(report):
    assert [one.part for one in report.measurements] == (
        ["ceilings"] * 4
        + ["network"]
        + ["tracking step"] * 2
        + ["live"]
        + ["pictures"] * 4
        + ["several frames"]
        + ["end to end"] * 4
    )
    assert all(0 < one.ms <= one.median_ms for one in report.measurements)
    assert report.noise >= 0
    assert int(report.machine["cores"]) >= 1


def test_ratios_are_relative_to_their_reference(report):
    network, *_ = (one for one in report.measurements if one.part == "network")
    assert network.name == "default, fast, 448x256"
    parts = [one for one in report.measurements if one.part == "end to end"]
    alone = next(one for one in report.measurements if one.part == "several frames")
    assert [one.ratio for one in parts[:2]] == pytest.approx([alone.ms / one.ms for one in parts[:2]])
    assert [one.ratio for one in parts[2:]] == [None, None]
    names = [".mp4 to .txt", ".mp4 to .mp4 and .txt"]
    assert [one.name for one in parts] == [f"{name}, every frame detected" for name in names] + names
    assert "network" in parts[0].note and "writing" in parts[1].note
    assert len(report.ratios()) == 1 + 2 + 1 + 2


def test_each_measurement_is_reported_at_once(report):
    assert tuple(TOLD) == report.measurements


def test_the_size_for_a_camera_is_the_one_that_speed_auto_takes(caplog):
    detector = load_detector(default_weights())
    frame = Frame(np.zeros((768, 1280, 3), np.uint8), 0, 0.0)

    def by_pixels(call, **_):
        ms = np.prod(call.func.size_of(call.args[0])) / 5000
        return Timing(ms, ms)

    with patch("outrack.detectors.size_for_live.time_calls", by_pixels), caplog.at_level("INFO"):
        shown = _live(detector)
        LiveDetector(detector, frame_rate=LIVE_RATE)(frame)
    size = shown.name.split(": ")[1]
    assert (size, shown.note) == ("448x256", "")
    assert f"runs at {size} pixels" in caplog.text


def test_the_made_video_can_be_read(tmp_path):
    write_clip(tmp_path / "made.mp4", size=(160, 96), num_frames=5)
    with open_source(tmp_path / "made.mp4") as source:
        frames = list(source)
    assert (len(frames), source.size, source.frame_rate) == (5, (160, 96), 30.0)
    assert np.abs(frames[0].pixels.astype(int) - frames[-1].pixels).mean() > 1  # something moves


def test_a_crowd_is_the_same_each_time_and_overlaps():
    first, again = (list(crowd(40, 12, embedding_dim=8)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.xyxy, other.xyxy)
    assert 28 <= min(map(len, first)) <= max(map(len, first)) <= 40
    step, floor = step_times(first), assignment_times(first)
    assert 0 < floor.best <= floor.median < step.median
