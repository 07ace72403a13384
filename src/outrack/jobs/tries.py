"""Counts how often a job is started after its process died, and decides which of its files may be replaced."""

from __future__ import annotations

import logging
from dataclasses import replace

from outrack.jobs.source_lists import is_live, shown
from outrack.jobs.stored_outputs import stored
from outrack.jobs.track_job import TrackJob

__all__ = ["Tries"]

logger = logging.getLogger(__name__)

MOST_TRIES = 3
"""Maximum number of starts: a job that needs too much memory would kill worker after worker."""


class Tries:
    """A job, and how often it was started.

    Args:
        job: what to run.
    """

    def __init__(self, job: TrackJob) -> None:
        self.job = job
        self._number = 0
        paths = [path for path in job.files_to_write() if path != job.state]
        self._had_files = bool(stored(job)) or any(
            path.exists() for path in paths
        )  # avoids queries of a store for all jobs

    def start(self) -> TrackJob:
        """The job for the next start: it replaces files of its earlier starts, but no files that existed before."""
        self._number += 1
        if self._number == 1 or self._had_files:
            return self.job
        return replace(self.job, overwrite=True)

    @property
    def are_over(self) -> bool:
        """Whether the job is not restarted. A live source never is: its frames are lost, and its files contain the
        earlier ones."""
        return self._number == MOST_TRIES or is_live(self.job.source)

    def failure(self, advice: str) -> OSError:
        """The error to report after the last try, with advice."""
        times = "" if self._number == 1 else f" {self._number} times"
        return OSError(f"{shown(self.job.source)}: its process died{times}. {advice}")

    def warn(self) -> None:
        """Log that the job is restarted."""
        logger.warning("%s: its process died; it is restarted", shown(self.job.source))
