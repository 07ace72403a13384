"""Executors of tracking jobs: one protocol for this process, processes of this machine, and a cluster."""

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
    """Result of a job: its summary, or one of `FAILURES`."""

    job: TrackJob
    result: TrackSummary | Exception


class Executor(Protocol):
    """Runs jobs somewhere."""

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        """Run every job once, and yield each result as soon as the job has ended.

        Ctrl-C, or closing the generator early, ends the running jobs with complete files and starts no others.
        """
        ...


class Sequential:
    """Runs jobs in this process, one after the other.

    Args:
        cores: number of cores that they use; None uses all.
    """

    def __init__(self, cores: int | None = None) -> None:
        self._cores = cores

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        """See `Executor`."""
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
