"""`outrack.track`: frame by frame, into files, and several sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import outrack
from outrack.detectors import Detector, PrecomputedDetections
from outrack.structures import Detections, Frame
from outrack.tracking import Tracker, TrackerConfig
from outrack.video.sources import open_source
from outrack.video.summary import TrackSummary


class OneBox:
    """The same person in every frame; remembers its resets."""

    def __init__(self) -> None:
        self.resets = 0

    def __call__(self, frame: Frame) -> Detections:
        return Detections([[4.0, 2.0, 14.0, 22.0]], [0.9])

    def reset(self) -> None:
        self.resets += 1


async def later(frame: Frame) -> Detections:
    return Detections.empty()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Two folders of pictures, `a` with three and `b` with two."""
    for name, length in (("a", 3), ("b", 2)):
        (tmp_path / "shots" / name).mkdir(parents=True)
        for number in range(length):
            Image.new("RGB", (32, 24), (20 * number, 0, 0)).save(tmp_path / "shots" / name / f"{number}.png")
    return tmp_path / "shots"


def test_without_outputs_the_frames_come_with_their_tracks(shots: Path) -> None:
    results = outrack.track(shots / "a", detector=OneBox())
    assert isinstance(results, Iterator)
    found = [
        (frame.index, frame.source, detections.scores.tolist(), tracks.ids.tolist())
        for frame, detections, tracks in results
    ]
    assert found == [(index, "a", [0.9], [1]) for index in range(3)]


def test_with_outputs_they_are_written(shots: Path, tmp_path: Path) -> None:
    summary = outrack.track(str(shots / "a"), tmp_path / "a.csv", detector=OneBox())
    assert isinstance(summary, TrackSummary)
    assert (summary.num_frames, summary.outputs) == (3, (tmp_path / "a.csv",))
    assert outrack.track(shots / "a", (), detector=OneBox()).outputs == ()
    summary = outrack.track(shots / "a", f"{tmp_path}/boxes/", detector=OneBox())
    assert summary.outputs == (tmp_path / "boxes" / "a.txt",)


def test_several_sources_come_one_after_the_other(shots: Path) -> None:
    detector, tracker = OneBox(), Tracker()
    results = outrack.track([shots / "a", shots / "b"], detector=detector, tracker=tracker)
    assert [(result.frame.source, result.tracks.ids.tolist()) for result in results] == [("a", [1])] * 3 + [
        ("b", [1])
    ] * 2
    assert detector.resets == 2
    again = outrack.track([shots / "b"] * 2, detector=detector, tracker=tracker)
    assert [result.tracks.ids.tolist() for result in again] == [[1]] * 4


def test_several_sources_write_a_file_each(shots: Path, tmp_path: Path) -> None:
    summaries = outrack.track(
        [shots / "a", shots / "b"], [f"{tmp_path}/{{name}}.jsonl", f"{tmp_path}/t/"], detector=OneBox()
    )
    assert [(one.source, one.num_frames) for one in summaries] == [("a", 3), ("b", 2)]
    assert {path.name for path in tmp_path.glob("*.jsonl")} == {"a.jsonl", "b.jsonl"}
    assert len((tmp_path / "t" / "b.txt").read_text().splitlines()) == 2


def test_sources_of_one_name_are_distinguished(shots: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cam").mkdir()
    Image.new("RGB", (32, 24)).save(tmp_path / "cam" / "a.png")
    sources = [shots / "a", shots / "b", tmp_path / "cam" / "a.png"]
    summaries = outrack.track(sources, f"{tmp_path}/{{name}}.csv", detector=OneBox())
    assert [summary.source for summary in summaries] == ["shots_a", "b", "cam_a"]
    assert {path.name for path in tmp_path.glob("*.csv")} == {"shots_a.csv", "b.csv", "cam_a.csv"}
    assert "a.png: another source has the same name; this one is called cam_a" in caplog.text
    found = [result.frame.source for result in outrack.track(sources, detector=OneBox())]
    assert found == ["shots_a"] * 3 + ["b"] * 2 + ["cam_a"]


def test_open_sources_of_one_name_say_how_to_name_them(shots: Path, tmp_path: Path) -> None:
    with open_source(shots / "a") as first, open_source(shots / "a") as second:
        with pytest.raises(ValueError, match=r"2 sources have the name 'a'.*source\.name = 'other'"):
            outrack.track([first, second], f"{tmp_path}/out/", detector=OneBox())
        second.name = "other"
        summaries = outrack.track([first, second], f"{tmp_path}/out/", detector=OneBox())
    assert [summary.outputs[0].name for summary in summaries] == ["a.txt", "other.txt"]


def test_an_output_that_another_source_is_read_from_is_refused_before_work(shots: Path, tmp_path: Path) -> None:
    (tmp_path / "late.mp4").write_text("a video")
    with pytest.raises(ValueError, match=r"late\.mp4: this file is also an input"):
        outrack.track([shots / "a", tmp_path / "late.mp4"], f"{tmp_path}/{{name}}.mp4", overwrite=True)
    assert not (tmp_path / "a.mp4").exists()


def test_a_source_that_was_opened_by_the_caller_stays_open(shots: Path) -> None:
    with open_source(shots / "a", max_frames=2) as video:
        assert len(list(outrack.track(video, detector=OneBox()))) == 2


def test_a_loop_of_ones_own_needs_an_open_source() -> None:
    with pytest.raises(TypeError, match=r"outrack.open_source\(path\), got str; outrack.track\(path\)"):
        next(outrack.track_frames("street.mp4", OneBox()))  # type: ignore[arg-type]


def test_boxes_of_a_file_need_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("1,-1,5,5,20,30,0.9\n2,-1,5,5,20,30,0.9\n")
    results = list(outrack.track(tmp_path, detector=PrecomputedDetections(tmp_path / "det.txt")))
    assert [result.frame.image for result in results] == [None, None]


@pytest.mark.parametrize(
    ("source", "outputs", "settings", "error", "message"),
    [
        ("nothing.mp4", None, {}, FileNotFoundError, "no such file"),  # at once, not at the first frame
        ([], None, {}, ValueError, "the list is empty"),
        (None, None, {}, TypeError, "source: expected a video file.*got NoneType"),
        (np.zeros((2, 4)), None, {}, TypeError, r"Tracker\(\).update"),
        ("a", None, {"crops": "people"}, TypeError, r"crops is only for runs with outputs.*outputs=\(\)"),
        ("a", None, {"on_frame": print}, TypeError, "on_frame is only for runs with outputs"),
        ("a", "out.avi", {}, ValueError, "out.avi"),
        ("a", None, {"detector": "mine.onnx"}, TypeError, r"outrack.load_detector\(weights\), got str"),
        (
            "a",
            None,
            {"tracker": TrackerConfig()},
            TypeError,
            r"outrack.Tracker\(config\), got TrackerConfig",
        ),
        ("a", (), {"detector": OneBox}, TypeError, r"got its class; write OneBox\(\.\.\.\)"),
        ("a", (), {"tracker": Tracker}, TypeError, r"got its class; write Tracker\(\.\.\.\)"),
        ("a", (), {"detector": later}, TypeError, r"got a coroutine function \(async def\)"),
        ("a", 5, {}, TypeError, "outputs: expected a file, a folder, or a list of these, got 5"),
        ("a", {"a.csv": 1}, {}, TypeError, "outputs: expected a file, a folder, or a list of these"),
        ("a", (), {"painter": "red"}, TypeError, "painter: expected .*Painter.*, got 'red'"),
        ("a", (), {"on_frame": 3}, TypeError, "on_frame: expected a function of a FrameResult, got 3"),
        ("a", (), {"camera_motion": np.eye(3)}, TypeError, "camera_motion: expected auto, off, a file.* got ndarray"),
        ("a", (), {"camera_motion": True}, TypeError, "camera_motion: expected auto, off, a file.* got bool"),
        ("a", None, {"stride": 1.5}, TypeError, "stride: expected a whole number of frames, got 1.5"),
        ("a", (), {"max_frames": "5"}, TypeError, "max_frames: expected a whole number of frames, got '5'"),
        ("a", None, {"stride": 0}, ValueError, "stride: expected 1 or more"),
        ("a", None, {"min_length_s": 1.0}, TypeError, r"min_length_s is only for runs with outputs"),
        ("a", None, {"overwrite": True}, TypeError, r"overwrite is only for runs with outputs"),
        ("a", "s3://b/a.csv", {}, ValueError, r"expected local files or folders, got the address s3://b/a\.csv"),
        ("a", "", {}, ValueError, "outputs: expected the name of a file or folder"),
        ("a", "~/out.csv", {}, ValueError, r"~ in ~/out\.csv would be a folder of that name; write /.*/out\.csv"),
        ("a", (), {"min_length_s": float("nan")}, ValueError, "min_length_s: expected 0 or more seconds, got nan"),
        (["a", "b"], "out.txt", {}, ValueError, r"name a folder \('boxes/'\) or write \{name\}"),
        (["a", "b"], "out/", {"crops": "people"}, ValueError, "crops: with several sources"),
        (["a", "a"], "out/", {}, ValueError, "2 sources have the name 'a'.* Is one given twice"),
        (["a", "b"], None, {"camera_motion": {}}, ValueError, "camera_motion belongs to one source"),
        ([Path("a"), Path("c")], None, {}, FileNotFoundError, "c: no such file"),
    ],
)
def test_a_wrong_argument_says_what_to_do(
    source: object,
    outputs: str | None,
    settings: dict[str, object],
    error: type[Exception],
    message: str,
    shots: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(shots)
    with pytest.raises(error, match=message):
        outrack.track(source, outputs, **{"detector": OneBox(), **settings})
    assert not (shots / "out").exists()


@pytest.mark.parametrize("outputs", [None, ()])
def test_the_speed_is_that_of_the_command_line(
    outputs: tuple[str, ...] | None, shots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def load(**asked: object) -> OneBox:
        loaded.append(asked["speed"])
        return OneBox()

    fitted: list[Detector] = []
    monkeypatch.setattr("outrack.video.defaults.load_detector", load)
    for module in ("api", "pipeline"):
        monkeypatch.setattr(f"outrack.video.{module}.at_size_for", lambda video, given: fitted.append(given) or given)
    for speed in ("fast", "auto"):
        result = outrack.track(shots / "a", outputs, speed=speed)  # type: ignore[arg-type]
        assert isinstance(result, TrackSummary) or len(list(result)) == 3
    assert loaded == ["fast", "balanced"]
    assert len(fitted) == 1  # `auto` alone lets the source decide


def test_a_speed_that_would_have_no_effect_is_refused(shots: Path) -> None:
    with pytest.raises(TypeError, match=r"load_detector\(weights, speed='fast'\)"):
        outrack.track(shots / "a", detector=OneBox(), speed="fast")
    with pytest.raises(ValueError, match="expected auto, fast, balanced, accurate, got 'quick'"):
        outrack.track(shots / "a", speed="quick")  # type: ignore[call-overload]


def test_an_open_source_has_its_own_stride_and_is_read_once(shots: Path) -> None:
    with open_source(shots / "a") as video:
        for settings in ({"stride": 2}, {"max_frames": 2}):
            with pytest.raises(TypeError, match=r"no effect on an open source: give them to outrack\.open_source"):
                outrack.track(video, detector=OneBox(), **settings)  # type: ignore[call-overload]
