"""The track pipeline on made-up sources, detectors and trackers."""

from __future__ import annotations

import dataclasses
import os
import pkgutil
import signal
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from outrack.detectors import ModelInfo, PrecomputedDetections, PublicStarts
from outrack.detectors.network_detector import NetworkDetector
from outrack.io.cvat import read_boxes_cvat_xml
from outrack.io.interrupts import Interrupts
from outrack.structures import Detections, Frame, Tracks
from outrack.tracking import Tracker
from outrack.video.base import Moment, VideoSource
from outrack.video.known_motion import compose_camera_motion
from outrack.video.loop import track_frames
from outrack.video.pipeline import track_to_files
from outrack.video.stopwatch import Phase, Stopwatch

WIDTH, HEIGHT = 64, 48


class GreyPictures(VideoSource):
    """`length` small pictures at 10 frames per second."""

    def __init__(self, length: int, *, stride: int = 1) -> None:
        super().__init__(
            name="grey", frame_rate=10.0, indices=range(length), size=(WIDTH, HEIGHT), stride=stride, max_frames=None
        )
        self._length = length
        self.closed = False

    def _moments(self) -> Iterator[Moment]:
        for index in range(self._length):
            yield Moment(index, index / 10, lambda: np.full((HEIGHT, WIDTH, 3), 90, np.uint8), f"picture {index}")

    def close(self) -> None:
        self.closed = True


class OneBox:
    """Always the same person."""

    def __call__(self, frame: Frame) -> Detections:
        return Detections(np.array([[10.0, 5.0, 30.0, 40.0]]), np.array([0.9]))

    def reset(self) -> None:
        return None


class OneBoxAnd(OneBox):
    """The same person, and one more."""

    def __init__(self, other: list[float]) -> None:
        self._other = other

    def __call__(self, frame: Frame) -> Detections:
        return Detections([[10.0, 5.0, 30.0, 40.0], self._other], [0.9, 0.8])


class Recorder:
    """A tracker that gives every detection the id 1 or, from frame `second_from` on, 2, and remembers its calls."""

    def __init__(self, *, second_from: int = 10_000) -> None:
        self.timestamps: list[float | None] = []
        self.motions: list[np.ndarray | None] = []
        self._second_from = second_from

    def update(
        self, detections: Detections, *, timestamp: float | None = None, camera_motion: np.ndarray | None = None
    ) -> Tracks:
        self.timestamps.append(timestamp)
        self.motions.append(camera_motion)
        n = len(detections)
        identity = 1 if len(self.timestamps) <= self._second_from else 2
        ids = np.full(n, identity)
        return Tracks(detections.xyxy, ids, detections.scores, np.zeros(n, int), np.zeros(n, int), np.arange(n))


def shift(x: float, y: float) -> np.ndarray:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y]])


def test_frames_come_with_their_detections_and_tracks() -> None:
    results = list(track_frames(GreyPictures(5), OneBox(), Recorder()))
    assert [result.frame.index for result in results] == [0, 1, 2, 3, 4]
    assert all(len(result.detections) == len(result.tracks) == 1 for result in results)


def test_public_starts_need_no_tracker_of_your_own(tmp_path: Path) -> None:
    (tmp_path / "public.txt").write_text("1,-1,9,4,20,35,1\n")
    public = PublicStarts(OneBoxAnd([40.0, 5.0, 60.0, 40.0]), PrecomputedDetections(tmp_path / "public.txt"))
    assert track_to_files(GreyPictures(4), detector=public).num_people == 1
    assert track_to_files(GreyPictures(4), detector=public.detector).num_people == 2
    public.reset()
    assert {tuple(result.tracks.ids) for result in track_frames(GreyPictures(4), public)} == {(1,)}


def test_the_tracker_gets_real_timestamps_also_with_a_stride() -> None:
    recorder = Recorder()
    list(track_frames(GreyPictures(7, stride=3), OneBox(), recorder))
    assert recorder.timestamps == [0.0, 0.3, 0.6]


def test_camera_motion_is_composed_over_the_frames_that_a_stride_leaves_out() -> None:
    recorder = Recorder()
    motion = {index: shift(index, -1.0) for index in range(7)}
    list(track_frames(GreyPictures(7, stride=3), OneBox(), recorder, camera_motion=motion))
    first, second, third = recorder.motions
    assert first is None
    np.testing.assert_allclose(second, shift(1 + 2 + 3, -3.0))
    np.testing.assert_allclose(third, shift(4 + 5 + 6, -3.0))


class PanningNoise(GreyPictures):
    """Noise that moves four pixels to the right with every frame."""

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.size = (320, 240)

    def _moments(self) -> Iterator[Moment]:
        coarse = np.random.default_rng(0).integers(0, 256, (24, 60, 3), dtype=np.uint8)
        wide = np.asarray(Image.fromarray(coarse).resize((600, 240), Image.Resampling.BICUBIC))
        for number, moment in enumerate(super()._moments()):
            x = 200 - 4 * number
            yield dataclasses.replace(moment, read=lambda x=x: np.ascontiguousarray(wide[:, x : x + 320]))


def test_camera_motion_is_estimated_where_a_network_sees_the_pictures() -> None:
    info = ModelInfo(name="nothing", size=(96, 96), stride=4, score_threshold=0.4, trained_on="", licence="")
    nothing = {"boxes": np.empty((1, 0, 4)), "scores": np.empty((1, 0))}
    network = NetworkDetector(lambda inputs: nothing, info)
    for detector, motion, expected in ((network, "auto", 4.0), (network, None, None), (OneBox(), "auto", None)):
        tracker = Tracker(frame_rate=10)
        seen: list[np.ndarray | None] = []
        update = tracker.update

        def record(found: Detections, *, timestamp: float, camera_motion: np.ndarray | None) -> Tracks:
            seen.append(camera_motion)  # noqa: B023
            return update(found, timestamp=timestamp, camera_motion=camera_motion)  # noqa: B023

        tracker.update = record  # type: ignore[method-assign]
        list(track_frames(PanningNoise(6), detector, tracker, camera_motion=motion))
        if expected is None:
            assert seen == [None] * 6
        else:
            shifts = np.array([affine[:, 2] for affine in seen if affine is not None])
            np.testing.assert_allclose(shifts[1:], [[expected, 0]] * 5, atol=0.5)


def test_composition_maps_points_step_by_step() -> None:
    rng = np.random.default_rng(3)
    steps = {index: np.hstack([np.eye(2) + 0.1 * rng.normal(size=(2, 2)), rng.normal(size=(2, 1))]) for index in (4, 6)}
    point = np.array([3.0, -2.0])
    expected = point
    for index in (4, 6):  # frame 5 has no entry: the camera stood still
        expected = steps[index][:, :2] @ expected + steps[index][:, 2]
    total = compose_camera_motion(steps, first=3, last=6)
    np.testing.assert_allclose(total[:, :2] @ point + total[:, 2], expected)


def test_track_writes_every_output_and_sums_up(tmp_path: Path) -> None:
    outputs = [tmp_path / "a.mp4", tmp_path / "a.txt"]
    seen = []
    summary = track_to_files(
        GreyPictures(6), outputs, detector=OneBox(), tracker=Recorder(second_from=4), on_frame=seen.append
    )
    assert (summary.source, summary.num_frames, summary.num_people) == ("grey", 6, 2)
    assert summary.outputs == tuple(outputs)
    assert not summary.interrupted
    assert len(seen) == 6
    assert (tmp_path / "a.mp4").stat().st_size > 0
    lines = (tmp_path / "a.txt").read_text().splitlines()
    assert lines[0] == "1,1,10.00,5.00,20.00,35.00,0.9000,-1,-1,-1"
    assert len(lines) == 6


def test_frames_that_a_live_source_dropped_are_summed_up() -> None:
    class Hurried(GreyPictures):
        is_live = True

        @property
        def num_dropped(self) -> int:
            return 3

    assert track_to_files(Hurried(4), detector=OneBox(), tracker=Recorder()).num_dropped == 3
    assert track_to_files(GreyPictures(4), detector=OneBox(), tracker=Recorder()).num_dropped == 0


def test_an_open_source_stays_open_for_its_owner(tmp_path: Path) -> None:
    source = GreyPictures(2)
    track_to_files(source, tmp_path / "a.txt", detector=OneBox(), tracker=Recorder())
    assert not source.closed


def test_without_picture_outputs_nothing_is_drawn(tmp_path: Path) -> None:
    summary = track_to_files(GreyPictures(3), tmp_path / "a.csv", detector=OneBox(), tracker=Recorder())
    assert summary.phase_s[Phase.DRAWING] == 0.0
    assert summary.phase_s[Phase.WRITING] > 0.0


def test_an_output_that_exists_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("mine\n")
    with pytest.raises(FileExistsError, match="--overwrite"):
        track_to_files(GreyPictures(2), path, detector=OneBox(), tracker=Recorder())
    assert path.read_text() == "mine\n"


def test_ctrl_c_closes_the_outputs_and_still_sums_up(tmp_path: Path) -> None:
    count = 0

    def interrupt_at_four(result: object) -> None:
        nonlocal count
        count += 1
        if count == 4:
            os.kill(os.getpid(), signal.SIGINT)

    path = tmp_path / "a.txt"
    summary = track_to_files(GreyPictures(50), path, detector=OneBox(), tracker=Recorder(), on_frame=interrupt_at_four)
    assert summary.interrupted
    assert summary.num_frames == 4
    assert len(path.read_text().splitlines()) == 4
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("place", ["outrack.video.delay.Delay.finish", "outrack.video.writers.base.TextWriter.close"])
def test_ctrl_c_after_the_last_frame_leaves_whole_files(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While delayed frames are smoothed, and while the first of the files is closed."""
    do = pkgutil.resolve_name(place)

    def interrupted(self: object) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        return do(self)

    monkeypatch.setattr(place, interrupted)
    paths = [tmp_path / "a.txt", tmp_path / "a.xml"]
    summary = track_to_files(GreyPictures(20), paths, detector=OneBox(), tracker=Tracker(), overwrite=True)
    assert summary.interrupted
    assert summary.num_frames == 20
    assert len(paths[0].read_text().splitlines()) == 20
    assert read_boxes_cvat_xml(paths[1]).labelled_frames is not None
    assert not list(tmp_path.glob("*.partial"))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_leaves_written_files_complete(tmp_path: Path) -> None:
    class Failing(OneBox):
        def __call__(self, frame: Frame) -> Detections:
            if frame.index == 3:
                raise ValueError("the network broke")
            return super().__call__(frame)

    path = tmp_path / "a.txt"
    with pytest.raises(ValueError, match="the network broke"):
        track_to_files(GreyPictures(9), path, detector=Failing(), tracker=Recorder())
    assert len(path.read_text().splitlines()) == 3


def test_crops_are_saved_by_identity(tmp_path: Path) -> None:
    track_to_files(GreyPictures(2), detector=OneBox(), tracker=Recorder(), crops=tmp_path / "people")
    assert sorted(path.name for path in (tmp_path / "people" / "1").iterdir()) == ["000001.jpg", "000002.jpg"]


def test_crops_of_two_runs_are_not_mixed(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    track_to_files(GreyPictures(1), detector=OneBox(), tracker=Recorder(), crops=folder)
    with pytest.raises(FileExistsError, match="people"):
        track_to_files(GreyPictures(1), detector=OneBox(), tracker=Recorder(), crops=folder)
    track_to_files(GreyPictures(1), detector=OneBox(), tracker=Recorder(), crops=folder, overwrite=True)


def test_a_path_is_opened_and_without_pictures_the_detections_give_the_length(tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("1,-1,5,5,20,30,0.9\n4,-1,5,5,20,30,0.9\n")
    detector = PrecomputedDetections(tmp_path / "det.txt")
    assert track_to_files(tmp_path, tmp_path / "a.txt", detector=detector).num_frames == 4


def test_a_strided_video_plays_at_the_right_speed(tmp_path: Path) -> None:
    track_to_files(GreyPictures(20, stride=4), tmp_path / "a.mp4", detector=OneBox(), tracker=Recorder())
    with av.open(str(tmp_path / "a.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([0.0, 0.4, 0.8, 1.2, 1.6])


def test_a_signal_inside_held_waits_for_its_end() -> None:
    finished = False
    with pytest.raises(KeyboardInterrupt), Interrupts() as interrupts, interrupts.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        finished = True
    assert finished


def test_the_second_signal_is_ignored_and_the_third_gives_up() -> None:
    closed = False
    with pytest.raises(KeyboardInterrupt), Interrupts():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            closed = True
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    assert closed


def test_handlers_of_the_calling_program_are_left_alone() -> None:
    received = []
    before = signal.signal(signal.SIGINT, lambda number, frame: received.append(number))
    try:
        with Interrupts():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert received == [signal.SIGINT]


def test_the_stopwatch_counts_a_part_also_when_it_fails() -> None:
    clock = Stopwatch()
    with pytest.raises(RuntimeError), clock.timing(Phase.NETWORK):
        raise RuntimeError
    assert clock.seconds[Phase.NETWORK] > 0
    assert clock.elapsed() >= sum(clock.seconds.values())
