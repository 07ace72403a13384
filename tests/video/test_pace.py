"""Selection of detected frames, and tracks of the others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outrack.detectors import DetectorInfo
from outrack.structures import Detections, Frame, TrackState
from outrack.tracking import SmoothingSettings, Tracker, TrackerConfig
from outrack.video.base import Moment, VideoSource
from outrack.video.delay import Delay, delayed
from outrack.video.loop import detect_and_track
from outrack.video.pace import DetectionPace, pace_for


class Pictures(VideoSource):
    """`length` pictures at a frame rate; from `broken_from` on, the source fails."""

    def __init__(self, length: int, *, rate: float, stride: int = 1, broken_from: int = 10_000) -> None:
        super().__init__(name="grey", frame_rate=rate, indices=range(length), size=(64, 48), stride=stride)
        self._length, self._rate, self._broken_from = length, rate, broken_from

    def _moments(self) -> Iterator[Moment]:
        for index in range(self._length):
            if index == self._broken_from:
                raise OSError("the disk went away")
            yield Moment(index, index / self._rate, lambda: np.full((48, 64, 3), 90, np.uint8), f"picture {index}")


class NetworkInfo(DetectorInfo):
    network = "a network of this package"  # type: ignore[assignment]


class Walker:
    """A network that sees one person, who walks two pixels a frame, and remembers which frames it saw."""

    info = NetworkInfo()

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __call__(self, frame: Frame) -> Detections:
        self.seen.append(frame.index)
        return Detections([[10.0 + 2 * frame.index, 5.0, 30.0 + 2 * frame.index, 40.0]], [0.9])

    def reset(self) -> None:
        return None


def frames_at(*times: float) -> list[Frame]:
    return [Frame(None, index, time_s) for index, time_s in enumerate(times)]


def detected(pace: DetectionPace, frames: list[Frame]) -> list[int]:
    return [frame.index for frame, is_chosen in pace.chosen(frames) if is_chosen]


@pytest.mark.parametrize(
    ("rate", "stride", "interval"),
    [(30, 1, 2), (25, 1, 2), (23.976, 1, 2), (60, 1, 5), (59.94, 1, 5), (23, 1, None), (14, 1, None), (60, 2, 2)],
)
def test_at_least_twelve_frames_a_second_are_detected(rate: float, stride: int, interval: int | None) -> None:
    pace = pace_for(Pictures(9, rate=rate, stride=stride), Walker(), TrackerConfig())
    assert (None if pace is None else pace.interval) == interval


def test_every_frame_is_detected_where_nothing_fills_the_others_or_boxes_are_not_of_a_network() -> None:
    video, config = Pictures(9, rate=60), TrackerConfig()
    assert pace_for(video, Walker(), None) is None
    assert pace_for(video, lambda frame: Detections.empty(), config) is None  # type: ignore[arg-type]
    assert pace_for(video, Walker(), config.with_values({"smoothing.detection_rate": 0})) is None
    assert pace_for(video, Walker(), config.with_values({"smoothing.delay_s": 0.01, "smoothing.min_age_s": 0})) is None
    video.has_known_rate = False
    assert pace_for(video, Walker(), config) is None
    video.has_known_rate = True
    centertrack = Walker()
    centertrack.info = NetworkInfo(tracker="centertrack")
    assert pace_for(video, centertrack, config) is None


def test_frames_are_counted_from_the_start_of_the_source_and_the_last_one_is_detected() -> None:
    pace = DetectionPace(interval=3, stride=1, longest_s=0.3)
    frames = frames_at(*(0.1 * k for k in range(9)))
    assert detected(pace, frames) == [0, 3, 6, 8]
    assert detected(pace, frames[4:]) == [4, 6, 8]
    assert detected(pace, frames[:1]) == [0]
    assert detected(pace, []) == []


def test_where_frames_come_late_more_of_them_are_detected() -> None:
    pace = DetectionPace(interval=3, stride=1, longest_s=0.3)
    assert detected(pace, frames_at(0, 0.1, 0.2, 0.3, 0.9, 1.0, 1.1, 1.2)) == [0, 3, 4, 6, 7]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40), st.integers(2, 6))
def test_no_gap_that_can_be_avoided_is_longer_than_the_limit(gaps_ms: list[int], interval: int) -> None:
    times = np.cumsum(gaps_ms) / 1000
    pace = DetectionPace(interval=interval, stride=1, longest_s=0.2)
    rows = detected(pace, frames_at(*times))
    assert rows[0] == 0
    assert rows[-1] == len(times) - 1
    for first, last in pairwise(rows):
        assert last == first + 1 or times[last] - times[first] <= 0.2 + 2e-3


def test_the_last_frame_before_an_error_is_detected() -> None:
    pace = DetectionPace(interval=4, stride=1, longest_s=1.0)
    seen = []
    with pytest.raises(OSError, match="went away"), Pictures(20, rate=10, broken_from=7) as video:
        for frame, is_chosen in pace.chosen(video):
            seen.append((frame.index, is_chosen))
    assert seen == [(k, k in (0, 4, 6)) for k in range(7)]


@pytest.mark.parametrize("pan", [0.0, 3.0])
def test_tracks_of_the_frames_between_are_interpolated_and_follow_the_camera(pan: float) -> None:
    """A tracker that knows of each camera motion, on every third frame, beside one on every frame."""
    config = TrackerConfig(frame_rate=30, smoothing=SmoothingSettings(width_s=0.0))
    shift = np.array([[1.0, 0.0, pan], [0.0, 1.0, 0.0]])
    walker = Walker()
    pace = DetectionPace(interval=3, stride=1, longest_s=0.1)
    results = []
    with Pictures(31, rate=30) as video:
        steps = detect_and_track(video, walker, Tracker(config), frame_motion=lambda *_: shift, pace=pace)
        results = list(delayed(steps, Delay(config, frame_rate=30, keeps_pictures=True)))
    assert walker.seen == list(range(0, 31, 3))
    assert [result.frame.index for result in results] == list(range(31))
    lefts = [float(result.tracks.xyxy[0, 0]) for result in results]
    assert lefts == pytest.approx([10.0 + 2 * k for k in range(31)], abs=1.0)
    assert {int(result.tracks.states[0]) for result in results} == {TrackState.DETECTED}
    assert [int(result.tracks.detection_index[0]) for result in results] == [-1 if k % 3 else 0 for k in range(31)]
    assert [len(result.detections) for result in results] == [0 if k % 3 else 1 for k in range(31)]


def test_the_tracker_gets_the_motion_of_the_camera_since_the_frame_that_it_saw_before() -> None:
    class Recorder(Tracker):
        def __init__(self) -> None:
            super().__init__(TrackerConfig(frame_rate=30))
            self.shifts: list[float] = []

        def _update(self, detections, public, timestamp, camera_motion):  # type: ignore[no-untyped-def]
            self.shifts.append(float(camera_motion[0, 2]))
            return super()._update(detections, public, timestamp, camera_motion)

    tracker = Recorder()
    frames = frames_at(*(k / 30 for k in range(7)))
    motions = iter(np.array([[1.0, 0.0, 2.0**k], [0.0, 1.0, 0.0]]) for k in range(7))
    pace = DetectionPace(interval=3, stride=1, longest_s=0.1)
    steps = detect_and_track(frames, Walker(), tracker, frame_motion=lambda *_: next(motions), pace=pace)
    assert [None if step.camera_motion is None else step.camera_motion[0, 2] for step in steps] == [
        2.0**k for k in range(7)
    ]
    assert tracker.shifts == [1, 2 + 4 + 8, 16 + 32 + 64]
