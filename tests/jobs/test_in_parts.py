"""Jobs that are split: how far their parts overlap, and what is refused before anything is tracked."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import outrack.jobs.in_parts
from outrack.jobs.executor import Outcome
from outrack.jobs.in_parts import InParts
from outrack.jobs.part_job import PartJob
from outrack.jobs.track_job import TrackJob
from outrack.video.part import Part
from tests.jobs.test_track_job import CENTERTRACK, JOB, asked, silent

PART = Part(start=0, stop=10, own=0, key_pts=0, key_index=0, frame_rate=25.0)


class Started:
    """An executor that only remembers what it was given."""

    def __init__(self) -> None:
        self.jobs: list[TrackJob] = []

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        self.jobs += jobs
        yield from ()


@pytest.fixture
def video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file, which no test here decodes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "street.mp4").touch()
    (tmp_path / "det.txt").write_text("1,-1,0,0,10,30,0.9\n")
    return "street.mp4"


def overlap_s(job: TrackJob, monkeypatch: pytest.MonkeyPatch) -> float:
    """The overlap that the parts of a job are made with."""
    asked_for: list[float] = []

    def parts_of(path: Path, number: int, *, overlap_s: float, max_frames: int | None) -> list[Part]:
        asked_for.append(overlap_s)
        return [PART] * number

    monkeypatch.setattr(outrack.jobs.in_parts, "parts_of", parts_of)
    started = Started()
    assert list(InParts(started, 2).outcomes([job], show_progress=False)) == []
    assert len(started.jobs) == 2
    (seconds,) = asked_for
    return seconds


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (JOB, 3.0),
        (asked(max_lost_s=5.0), 6.0),
        (asked(max_lost_s=0.25), 1.25),
        (replace(JOB, tracker_preset="fairmot"), 2.0),
        (replace(JOB, tracker_preset="centertrack"), 1.0),
        (replace(asked(max_lost_s=5.0), tracker_preset="centertrack"), 6.0),
    ],
)
def test_parts_overlap_by_a_second_more_than_their_trackers_remember(
    job: TrackJob, expected: float, video: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert overlap_s(replace(job, source=video, detections=Path("det.txt")), monkeypatch) == expected


def test_the_settings_of_a_network_count(video: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrackJob, "_detector", lambda job: CENTERTRACK)
    assert overlap_s(replace(JOB, source=video), monkeypatch) == 1.0


def test_without_occlusion_points_to_show_no_part_is_tracked(video: str, tmp_path: Path) -> None:
    job, started = replace(JOB, source=video, show_occlusion=True), Started()
    (outcome,) = InParts(started, 2).outcomes([job], show_progress=False)
    assert "--show-occlusion: the default network predicts no occlusion points" in str(outcome.result)
    assert started.jobs == []
    part = PartJob(**vars(job), part=PART, file=tmp_path / "0.npz")
    with pytest.raises(ValueError, match="--show-occlusion: the default network predicts no occlusion points"):
        part.run(silent)
