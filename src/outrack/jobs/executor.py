"""Where tracking jobs run: one protocol for this process, processes of this machine, and a cluster."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from outrack.jobs.console import stderr
from outrack.jobs.progress import progress_on
from outrack.jobs.track_job import TrackJob
from outrack.jobs.worker import Worker
from outrack.video.summary import TrackSummary

__all__ = ["FAILURES", "Executor", "Outcome", "Sequential"]

FAILURES = (OSError, ValueError, RuntimeError, ImportError, MemoryError)
"""Errors of bad input; the remaining sources are still tracked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: its summary, or one of `FAILURES`."""

    job: TrackJob
    result: TrackSummary | Exception


class Executor(Protocol):
    """Runs jobs somewhere."""

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        """Run every job once, and give what came of each as soon as it has ended.

        Ctrl-C, and the end of the generator before its last outcome, end the jobs that run with whole files and start
        no other.
        """
        ...


class Sequential:
    """Runs jobs in this process, one after the other.

    Args:
        cores: how many cores of the machine they use; all when None.
    """

    def __init__(self, cores: int | None = None) -> None:
        self._cores = cores

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        """As of `Executor`."""
        worker = Worker(self._cores)
        for job in jobs:
            try:
                summary = worker.run(job, partial(progress_on, stderr, show=show_progress))
            except FAILURES as error:
                yield Outcome(job, error)
            else:
                yield Outcome(job, summary)
                if summary.interrupted:
                    return
