"""`outrack track --public DET.txt`: tracks start only at public detections."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from outrack.detectors import CenterTrackDetector, Detector, ModelInfo
from outrack.detectors.network_detector import NetworkDetector

AT_THE_LEFT = "1,-1,6,10,16,40,-3\n"


def people_of(path: str) -> set[str]:
    return {line.split(",")[1] for line in Path(path).read_text().splitlines()}


def test_only_who_has_a_public_detection_is_tracked(run, clip: Path, det: Path) -> None:
    Path("public.txt").write_text(AT_THE_LEFT)
    outcome = run("track", clip, "--detections", det, "--public", "public.txt", "-o", "a.txt")
    assert outcome.code == 0, outcome.err
    rows = [line.split(",") for line in Path("a.txt").read_text().splitlines()]
    assert [row[0] for row in rows] == [str(frame) for frame in range(1, 13)]
    assert {row[1] for row in rows} == {"1"}
    assert max(float(row[2]) for row in rows) < 25  # the one at the left, all the way


class OnePersonMoreEachFrame:
    """A network that sees one person in the first frame, two in the second, and so on, side by side."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.count = min(self.count + 1, 3)
        boxes = [[5.0 + 30 * k, 20, 20 + 30 * k, 60] for k in range(self.count)]
        return {
            "boxes": np.array([boxes], np.float32),
            "scores": np.full((1, self.count), 0.9, np.float32),
            "displacements": np.zeros((1, self.count, 2), np.float32),
        }


@pytest.mark.parametrize("kind", [NetworkDetector, CenterTrackDetector], ids=["FairMOT", "CenterTrack"])
def test_both_trackers_obey(run, clip: Path, monkeypatch: pytest.MonkeyPatch, kind: type[NetworkDetector]) -> None:
    def load(*_: object, **__: object) -> Detector:
        return kind(OnePersonMoreEachFrame(), ModelInfo(name="made", size=(96, 96)))

    monkeypatch.setattr("outrack.jobs.worker.load_detector", load)
    assert run("track", clip, "-o", "all.txt").code == 0
    assert people_of("all.txt") == {"1", "2", "3"}
    Path("public.txt").write_text(AT_THE_LEFT)
    assert run("track", clip, "--public", "public.txt", "-o", "public_only.txt").code == 0
    assert people_of("public_only.txt") == {"1"}


def test_public_detections_of_a_longer_video_are_noticed_and_left_out(run, clip: Path, det: Path) -> None:
    Path("longer.txt").write_text(AT_THE_LEFT + "40,-1,50,10,16,40,1\n")
    outcome = run("track", clip, "--detections", det, "--public", "longer.txt", "-o", "a.txt")
    assert outcome.code == 0
    assert "warning:" in outcome.err
    assert "frame 40" in outcome.err
    assert "12 frames" in outcome.err
    assert {int(line.split(",")[0]) for line in Path("a.txt").read_text().splitlines()} == set(range(1, 13))


def test_public_detections_of_a_shorter_video_start_no_track_later(run, clip: Path, det: Path) -> None:
    Path("none.txt").touch()
    outcome = run("track", clip, "--detections", det, "--public", "none.txt", "-o", "a.txt")
    assert outcome.code == 0
    assert Path("a.txt").read_text() == ""


def test_a_sequence_without_pictures_needs_none(run, det: Path) -> None:
    Path("SEQ").mkdir()
    Path("public.txt").write_text(AT_THE_LEFT)
    outcome = run("track", "SEQ", "--detections", det, "--public", "public.txt", "-o", "a.txt")
    assert outcome.code == 0, outcome.err
    assert "12/12 frames" in outcome.err


def test_a_network_needs_pictures_all_the_same(run, det: Path) -> None:
    Path("SEQ").mkdir()
    outcome = run("track", "SEQ", "--public", det, "-o", "a.txt")
    assert outcome.code == 1
    assert "no pictures" in outcome.err


@pytest.mark.parametrize(("text", "expected"), [("1,-1,5,5\n", "public.txt, line 1"), (None, "no such")])
def test_a_file_that_does_not_fit(run, clip: Path, det: Path, text: str | None, expected: str) -> None:
    if text is not None:
        Path("public.txt").write_text(text)
    outcome = run("track", clip, "--detections", det, "--public", "public.txt", "-o", "a.txt")
    assert outcome.code == 1
    assert "public.txt" in outcome.err
    assert expected in outcome.err
    assert not Path("a.txt").exists()


def test_several_sources_have_a_file_each(run, clip: Path, det: Path) -> None:
    for name in ("one", "two"):
        Path(name).mkdir()
        Path(f"{name}.txt").write_text(AT_THE_LEFT)
    words = ["track", "one", "two", "-o", "out/", "--detections"]
    Path("det").mkdir()
    for name in ("one", "two"):
        Path(f"det/{name}.txt").write_text(det.read_text())
    assert run(*words, "det/{name}.txt", "--public", "{name}.txt").code == 0
    assert people_of("out/one.txt") == people_of("out/two.txt") == {"1"}
    outcome = run(*words, "det/{name}.txt", "--public", "one.txt")
    assert outcome.code == 2
    assert "--public one.txt" in outcome.err
