"""Options of `outrack track` have their effects, and appear in the summary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from outrack.structures import Detections, Frame
from tests.cli.conftest import write_video


def lives(*spans: tuple[int, int]) -> str:
    """Detections of people side by side, each from one frame to another."""
    return "".join(
        f"{frame},-1,{2 + 24 * who},10,16,40,0.9\n"
        for who, (first, last) in enumerate(spans)
        for frame in range(first, last + 1)
    )


def people_line(summary: str) -> str:
    (line,) = [line.split(None, 1) for line in summary.splitlines() if line.split()[:1] == ["people"]]
    return line[1].rstrip()


def test_a_run_counts_the_tracks_that_lived_shorter_than_a_second(run) -> None:
    write_video(Path("slow.mp4"), 20)  # 10 frames a second
    Path("det.txt").write_text(lives((1, 20), (1, 11), (1, 10), (5, 9)))  # 1.9 s, 1 s, 0.9 s, 0.4 s at most
    words = ("track", "slow.mp4", "--detections", "det.txt", "-o", "a.txt", "--overwrite")
    outcome = run(*words)
    assert outcome.code == 0, outcome.err
    assert people_line(outcome.out) == "4, 2 of them shorter than a second"
    outcome = run(*words, "--min-length", "0.5")
    assert people_line(outcome.out) == "4, 2 of them shorter than a second, 1 omitted by --min-length"


@pytest.mark.parametrize(("words", "expected"), [((), None), (("--reconnect-for", "5"), 5.0)])
def test_how_long_to_reconnect_reaches_the_stream(
    run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], expected: float | None
) -> None:
    asked = []

    def open_frames(*given: object, patience: Any, **more: object) -> None:
        asked.append(patience.reconnect_for_s)
        raise ConnectionError("no camera here")

    monkeypatch.setattr("outrack.jobs.track_job.open_frames", open_frames)
    assert run("track", "rtsp://127.0.0.1:1/a", "-o", "a.txt", *words).code == 1
    assert asked == [expected]


@pytest.mark.parametrize("words", [("--classes", "person,bicycle"), ("--classes", "person", "--classes", "bicycle")])
def test_several_classes_reach_the_network(
    run, clip: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    asked = []

    def load_detector(*given: object, classes: tuple[str, ...], **more: object) -> None:
        asked.append(classes)
        raise ValueError("no network here")

    monkeypatch.setattr("outrack.jobs.worker.load_detector", load_detector)
    assert run("track", clip, "-o", "a.txt", *words).code == 1
    assert asked == [("person", "bicycle")]


class SeveralClasses:
    """One object of class 0, another of class 3, and one that flickers between 5 and 6."""

    def __call__(self, frame: Frame) -> Detections:
        boxes = [[x, 10, x + 16, 50] for x in (5, 35, 65)]
        return Detections(boxes, [0.9] * 3, class_ids=[0, 3, 5 + frame.index // 2 % 2])

    def reset(self) -> None:
        """Nothing to forget."""


@pytest.mark.parametrize(
    ("words", "num_tracks"),
    [
        ((), 4),
        (("--tracker.class-agnostic",), 3),
        (("--tracker.classes", "3"), 1),
        (("--tracker.classes", "0", "--tracker.classes", "3"), 2),
        (("--tracker.classes=5", "--tracker.classes=6", "--tracker.class-agnostic"), 1),
    ],
)
def test_the_classes_that_are_tracked_and_how(
    run, clip: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], num_tracks: int
) -> None:
    monkeypatch.setattr("outrack.jobs.worker.load_detector", lambda *given, **more: SeveralClasses())
    outcome = run("track", clip, "-o", "a.txt", *words)
    assert outcome.code == 0, outcome.err
    assert len({line.split(",")[1] for line in Path("a.txt").read_text().splitlines()}) == num_tracks


def test_detections_of_a_file_are_of_class_0(run, clip: Path, det: Path) -> None:
    words = ("track", clip, "--detections", det, "-o", "a.txt")
    outcome = run(*words, "--tracker.classes", "3")
    assert outcome.code == 2
    assert "--detections contains only people, of class 0: omit --tracker.classes 3" in outcome.err
    assert not Path("a.txt").exists()
    assert run(*words, "--tracker.classes", "0", "--tracker.class-agnostic").code == 0
    assert len({line.split(",")[1] for line in Path("a.txt").read_text().splitlines()}) == 2


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cpu:0", "openvino:int8"])
def test_a_device_that_does_not_exist_is_refused_like_other_options(run, clip: Path, device: str) -> None:
    outcome = run("track", clip, "-o", "a.txt", "--device", device)
    assert outcome.code == 2
    assert "expected auto, cpu, cuda, cuda:N, openvino or openvino:bf16" in outcome.err
    assert not Path("a.txt").exists()


@pytest.mark.parametrize("words", [(), ("--verbose",), ("rtsp://admin:p@ssw0rd@127.0.0.1:1/b",)])
def test_no_part_of_a_password_is_shown_or_written(run, words: tuple[str, ...]) -> None:
    outcome = run("track", "rtsp://admin:p@ssw0rd@127.0.0.1:1/a", *words, "-o", "{name}.txt", "-o", "{name}.mp4")
    assert outcome.code == 1
    assert "rtsp://127.0.0.1:1/a: cannot connect" in outcome.err
    shown = outcome.out + outcome.err + " ".join(str(path) for path in Path().rglob("*"))
    for part in ("admin", "p@", "ssw0rd", "w0rd"):
        assert part not in shown


def test_a_rate_for_pictures_and_a_time_to_reconnect_are_reported_as_unused_on_a_file(run) -> None:
    write_video(Path("slow.mp4"), 5)
    Path("det.txt").write_text(lives((1, 5)))
    words = ("track", "slow.mp4", "--detections", "det.txt", "-o", "a.txt", "--overwrite")
    outcome = run(*words, "--image-rate", "7", "--reconnect-for", "3")
    assert outcome.code == 0
    assert "slow: --image-rate 7 is not used, since the source has 10 frames per second" in outcome.err
    assert "--reconnect-for is not used: no source is a camera or an address" in outcome.err
    assert "not used" not in run(*words, "--image-rate", "10").err


def test_a_rate_for_pictures_is_reported_as_unused_on_a_sequence_with_its_own(run) -> None:
    Path("SEQ").mkdir()
    Path("SEQ/seqinfo.ini").write_text("[Sequence]\nname=SEQ\nframeRate=30\nseqLength=5\nimWidth=100\nimHeight=80\n")
    Path("det.txt").write_text(lives((1, 5)))
    outcome = run("track", "SEQ", "--detections", "det.txt", "-o", "a.txt", "--image-rate", "7")
    assert "SEQ: --image-rate 7 is not used, since the source has 30 frames per second" in outcome.err


def test_a_device_for_given_detections_is_refused(run) -> None:
    Path("det.txt").write_text(lives((1, 5)))
    outcome = run("track", "slow.mp4", "--detections", "det.txt", "-o", "a.txt", "--device", "cpu")
    assert outcome.code == 2
    assert "omit --weights, --speed, --imgsz and --device, or --detections" in outcome.err


def test_camera_motion_that_ends_before_the_video_is_reported(run) -> None:
    write_video(Path("slow.mp4"), 10)
    Path("det.txt").write_text(lives((1, 10)))
    words = (
        "track",
        "slow.mp4",
        "--detections",
        "det.txt",
        "-o",
        "a.txt",
        "--overwrite",
        "--camera-motion",
        "moves.txt",
    )

    def moves(last: int) -> str:
        Path("moves.txt").write_text("".join(f"{frame},1,0,0.5,0,1,0\n" for frame in range(1, last + 1)))
        return run(*words).err

    assert "slow: the camera motion ends at frame 4 (counted from 0), and the video has 10 frames" in moves(4)
    assert "the camera motion ends at frame 0" in moves(0)
    assert "camera motion" not in moves(9)
