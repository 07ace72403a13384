"""Worker processes that are killed from outside (too little memory, `kill -9`), or by what they run."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from outrack.detectors import Detector, load_detector
from outrack.jobs import tries as tries_module
from outrack.jobs.executor import Outcome
from outrack.jobs.processes import Processes
from outrack.jobs.progress import ProgressFor
from outrack.jobs.track_job import TrackJob
from outrack.jobs.tries import Tries
from outrack.video.summary import TrackSummary
from tests.jobs.test_track_job import JOB

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
MOST = 2
GIVEN = {field.name: getattr(JOB, field.name) for field in fields(TrackJob)}


@dataclass(frozen=True, kw_only=True)
class FatalJob(TrackJob):
    """Kills its process in its first `deaths` runs; then, and when its process is told to end, it takes note."""

    folder: Path
    deaths: int = 0

    def run(self, progress_for: ProgressFor, *, load: Callable[..., Detector] = load_detector) -> TrackSummary:
        starts = self.folder / f"{self.name}.starts"
        with starts.open("a") as file:
            file.write(f"{self.overwrite}\n")
        if len(starts.read_text().splitlines()) <= self.deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        others = self.folder / "fatal.starts"
        deadline = time.monotonic() + 20
        while self.name == "beside" and time.monotonic() < deadline:  # runs through all the deaths of another
            time.sleep(0.02)
            if others.is_file() and len(others.read_text().splitlines()) == MOST:
                break
        return TrackSummary(self.name, 1, 0, 0.0, 1.0, {}, (), interrupted=False)


def test_a_killed_process_takes_no_other_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries_module, "MOST_TRIES", MOST)

    def job(name: str, deaths: int = 0) -> FatalJob:
        return FatalJob(**GIVEN | {"name": name, "source": f"{name}.mp4"}, folder=tmp_path, deaths=deaths)

    jobs = [job("beside"), job("fatal", 99), job("good")]
    with caplog.at_level(logging.WARNING, "outrack"):
        found: list[Outcome] = list(Processes(2).outcomes(jobs, show_progress=False))
    outcomes = {outcome.job.name: outcome.result for outcome in found}
    assert sorted(outcomes) == ["beside", "fatal", "good"] and len(found) == 3
    assert [name for name, result in outcomes.items() if isinstance(result, Exception)] == ["fatal"]
    assert f"fatal.mp4: its process died {MOST} times. Has this machine enough memory?" in str(outcomes["fatal"])
    starts = {name: (tmp_path / f"{name}.starts").read_text().split() for name in outcomes}
    assert starts == {"beside": ["False"], "fatal": ["False", "True"], "good": ["False"]}
    assert caplog.text.count("its process died; it is restarted") == MOST - 1


def test_a_process_that_is_killed_between_two_jobs_ends_no_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[ProcessPoolExecutor] = []

    class Noted(ProcessPoolExecutor):
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            pools.append(self)

    monkeypatch.setattr("outrack.jobs.processes.ProcessPoolExecutor", Noted)
    jobs = [FatalJob(**GIVEN | {"name": name, "source": f"{name}.mp4"}, folder=tmp_path, deaths=0) for name in "ab"]
    with closing(Processes(1).outcomes(jobs, show_progress=False)) as outcomes:
        assert next(outcomes).job.name == "a"
        (process,) = pools[0]._processes.values()
        process.kill()
        with pytest.raises(BrokenProcessPool):  # the pool has noticed
            for _ in range(200):
                time.sleep(0.05)
                pools[0].submit(os.getpid).result()
        last = next(outcomes)
    assert last.job.name == "b"
    assert not isinstance(last.result, Exception)
    assert len(pools) == 2


def test_a_restart_replaces_nothing_that_was_there_before(tmp_path: Path) -> None:
    output = tmp_path / "a.txt"
    tries = Tries(replace(JOB, output=(str(output),), state=tmp_path / "a.npz"))
    assert not tries.start().overwrite
    output.touch()  # by that start
    assert tries.start().overwrite and not tries.are_over
    tries = Tries(replace(JOB, output=(str(output),)))
    assert not tries.start().overwrite and not tries.start().overwrite
    tries.start()
    assert tries.are_over


def test_a_live_source_is_not_restarted_over_its_recording() -> None:
    tries = Tries(replace(JOB, source="rtsp://me:secret@camera/live"))
    tries.start()
    assert tries.are_over
    assert str(tries.failure("Why?")) == "rtsp://camera/live: its process died. Why?"
