"""Results of a file are delayed for smoothing, and none is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import WeakSet

import av
import numpy as np
import pytest

import outrack
import outrack.video.decoding
import outrack.video.delay as module
from outrack.speed.clip import write_clip
from outrack.structures import Detections, Frame
from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.offline_settings import SmoothingSettings
from outrack.video import open_source
from outrack.video.base import Moment, VideoSource
from outrack.video.delay import Delay, delayed, smoothing_for
from outrack.video.loop import FrameResult, FrameStep, detect_and_track
from outrack.video.pipeline import track_to_files
from outrack.video.pixels import DecodedPicture

RATE = 10.0


class GreyPictures(VideoSource):
    """`length` small pictures at 10 frames per second; `broken_from` on, the source fails."""

    def __init__(self, length: int, *, broken_from: int = 10_000) -> None:
        super().__init__(name="grey", frame_rate=RATE, indices=range(length), size=(64, 48))
        self._length, self._broken_from = length, broken_from

    def _moments(self) -> Iterator[Moment]:
        for index in range(self._length):
            if index == self._broken_from:
                raise OSError("the disk went away")
            yield Moment(index, index / RATE, lambda: np.full((48, 64, 3), 90, np.uint8), f"picture {index}")


class LiveGrey(GreyPictures):
    is_live = True


class SometimesMissed:
    """One person, who is missed in every fifth frame."""

    def __call__(self, frame: Frame) -> Detections:
        if frame.index % 5 == 4:
            return Detections.empty()
        return Detections(np.array([[10.0 + frame.index, 5.0, 30.0 + frame.index, 40.0]]), np.array([0.9]))

    def reset(self) -> None:
        return None


def numbers(path: Path) -> list[int]:
    return [int(line.split(",")[0]) for line in path.read_text().splitlines()]


def test_a_file_has_no_gaps_and_a_live_source_does_not_wait(tmp_path: Path) -> None:
    for source, name in ((GreyPictures(40), "file"), (LiveGrey(40), "live")):
        track_to_files(source, tmp_path / f"{name}.txt", detector=SometimesMissed())
    assert numbers(tmp_path / "file.txt") == list(range(1, 40))  # the last frame has no detection after it
    assert numbers(tmp_path / "live.txt") == [number for number in range(1, 41) if number % 5]


def test_online_results_are_those_of_the_tracker(tmp_path: Path) -> None:
    track_to_files(GreyPictures(40), tmp_path / "a.txt", detector=SometimesMissed(), online=True)
    assert numbers(tmp_path / "a.txt") == [number for number in range(1, 41) if number % 5]
    found = outrack.track(GreyPictures(40), detector=SometimesMissed(), online=True)
    assert [len(result.tracks) for result in found] == [1, 1, 1, 1, 0] * 8


def test_frames_and_detections_stay_with_their_tracks() -> None:
    for place, (frame, detections, tracks) in enumerate(outrack.track(GreyPictures(40), detector=SometimesMissed())):
        assert frame.index == place
        assert frame.pixels.mean() == 90
        if len(detections):
            assert abs(tracks.xyxy[0, 0] - detections.xyxy[0, 0]) < 0.5
            assert tracks.detection_index.tolist() == [0]


def test_a_baseline_is_not_smoothed() -> None:
    video = GreyPictures(4)
    assert smoothing_for(video, Tracker(TrackerConfig.fairmot())) is None
    assert smoothing_for(video, Tracker(TrackerConfig.centertrack())) is None
    assert smoothing_for(video, object()) is None
    assert smoothing_for(LiveGrey(4), Tracker()) is None
    assert smoothing_for(video, Tracker()) == TrackerConfig()


def test_waiting_pictures_stay_as_decoded_and_no_longer_than_the_delay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: WeakSet[DecodedPicture] = WeakSet()

    class Counted(DecodedPicture):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            alive.add(self)

    monkeypatch.setattr(outrack.video.decoding, "DecodedPicture", Counted)
    write_clip(tmp_path / "clip.mp4", size=(128, 96), num_frames=100)
    counts, converted = [], []

    def look(result: FrameResult) -> None:
        counts.append(len(alive))
        converted.append(sum(picture._rgb is not None for picture in alive))

    outputs = [tmp_path / "a.mp4", tmp_path / "a.txt"]
    track_to_files(tmp_path / "clip.mp4", outputs, detector=SometimesMissed(), on_frame=look)
    two_seconds = 60
    assert two_seconds <= max(counts) <= two_seconds + 4
    assert not any(converted)  # RGB takes twice the memory


def test_ctrl_c_writes_the_frames_that_wait(tmp_path: Path) -> None:
    class Interrupting(SometimesMissed):
        def __call__(self, frame: Frame) -> Detections:
            if frame.index == 30:
                os.kill(os.getpid(), signal.SIGINT)
            return super().__call__(frame)

    summary = track_to_files(GreyPictures(60), tmp_path / "a.txt", detector=Interrupting())
    assert summary.interrupted
    assert summary.num_frames == 30
    assert numbers(tmp_path / "a.txt") == list(range(1, 30))


def test_ctrl_c_while_a_frame_is_reported_writes_the_frames_that_wait(tmp_path: Path) -> None:
    def interrupt_at_four(result: FrameResult) -> None:
        if result.frame.index == 3:
            os.kill(os.getpid(), signal.SIGINT)

    summary = track_to_files(
        GreyPictures(60), tmp_path / "a.txt", detector=SometimesMissed(), on_frame=interrupt_at_four
    )
    assert summary.interrupted
    assert summary.num_frames == 24  # four, and the two seconds that waited behind them
    assert numbers(tmp_path / "a.txt") == list(range(1, 25))


def test_ctrl_c_between_smoothing_and_writing_loses_no_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add = Delay.add

    def interrupted_add(delay: Delay, step: FrameStep) -> list[FrameResult]:
        if step.result.frame.index == 30:
            os.kill(os.getpid(), signal.SIGINT)
        return add(delay, step)

    monkeypatch.setattr(Delay, "add", interrupted_add)
    summary = track_to_files(GreyPictures(60), tmp_path / "a.txt", detector=SometimesMissed())
    assert summary.interrupted
    assert numbers(tmp_path / "a.txt") == list(range(1, 32))


def test_a_source_that_fails_loses_no_frame(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="the disk went away"):
        track_to_files(GreyPictures(60, broken_from=25), tmp_path / "a.txt", detector=SometimesMissed())
    assert numbers(tmp_path / "a.txt") == list(range(1, 25))
    steps = detect_and_track(GreyPictures(60, broken_from=25), SometimesMissed(), Tracker(frame_rate=RATE))
    results: list[FrameResult] = []
    with pytest.raises(OSError, match="the disk went away"):
        results.extend(delayed(steps, Delay(TrackerConfig(frame_rate=RATE), frame_rate=RATE, keeps_pictures=True)))
    assert len(results) == 0 or len(results) == 25


def test_pictures_are_kept_only_where_they_are_needed(tmp_path: Path) -> None:
    kept: list[bool] = []
    for output, sees in (("a.txt", False), ("b.txt", True), ("c.mp4", False)):
        track_to_files(
            GreyPictures(30),
            tmp_path / output,
            detector=SometimesMissed(),
            on_frame=lambda result: kept.append(bool(result.frame.pixels.any())),
            on_frame_sees_pictures=sees,
        )
    assert kept == [False] * 30 + [True] * 60


def test_pictures_that_take_too_much_memory_wait_for_a_shorter_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_MAX_HELD_BYTES", 10 * 3 * 48 * 64)
    delay = Delay(TrackerConfig(frame_rate=RATE), frame_rate=RATE, keeps_pictures=True)
    steps = detect_and_track(GreyPictures(30), SometimesMissed(), Tracker(frame_rate=RATE))
    waiting = [len(delay.add(step)) for step in steps]
    assert waiting == [0] * 10 + [1] * 20
    assert "are delayed by 1.0 s instead of 2 s" in caplog.text


def test_memory_of_a_picture_counts_what_was_read_of_it(tmp_path: Path) -> None:
    path = tmp_path / "grey.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((480, 640, 3), np.uint8))))
        container.mux(stream.encode())
    with open_source(str(path)) as video:
        (frame,) = video
        assert frame.decoded is not None
        assert frame.decoded.nbytes == pytest.approx(640 * 480 * 1.5, rel=0.1)
        assert frame.pixels.shape == (480, 640, 3)
        assert frame.decoded.nbytes == pytest.approx(640 * 480 * 4.5, rel=0.1)


def test_a_delay_too_short_for_a_track_to_count_is_refused() -> None:
    with pytest.raises(ValueError, match=r"delay_s must be 0 or at least min_age_s.*got 0\.2 and 0\.3"):
        SmoothingSettings(delay_s=0.2)
    assert SmoothingSettings(delay_s=0.2, min_age_s=0.1).delay_s == 0.2
