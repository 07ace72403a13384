"""The actor that tracks on a machine of a cluster. Ray creates it there; this module does not import Ray."""

from __future__ import annotations

import logging
import os
from functools import partial
from queue import Empty, Queue
from typing import Any

from outrack import __version__
from outrack.jobs.board import LogToQueue, Messages, QueueProgress
from outrack.jobs.progress import Progress
from outrack.jobs.track_job import TrackJob
from outrack.jobs.worker import Worker
from outrack.video.loop import FrameResult
from outrack.video.summary import TrackSummary

__all__ = ["RayWorker"]


class RayWorker:
    """Runs one job after the other. `messages` and `stop` are called during a job, from another thread.

    Args:
        cores: cores for each job.
        log_level: minimum level of forwarded log records.
    """

    def __init__(self, cores: int, log_level: int) -> None:
        self._worker = Worker(cores)
        self._messages: Messages = Queue()
        self._stopped = False
        logger = logging.getLogger("outrack")
        logger.addHandler(LogToQueue(self._messages))
        logger.propagate = False
        logger.setLevel(log_level)

    def begin(self, folder: str, version: str) -> None:
        """Change to the working directory of the command line, so that relative paths refer to the same files.

        Raises:
            OSError: the directory does not exist.
            ValueError: a different version of the package is installed here.
        """
        machine = os.uname().nodename if hasattr(os, "uname") else "a machine"
        if version != __version__:
            raise ValueError(f"{machine} has outrack {__version__}, expected {version}, as on the first machine")
        try:
            os.chdir(folder)
        except OSError as error:
            raise OSError(
                f"{machine} has no folder {folder}, in which the run was started: expected a file system that all "
                "machines share"
            ) from error

    def run(self, job: TrackJob) -> TrackSummary:
        """See `TrackJob.run`."""
        return self._worker.run(job, partial(_Stoppable, self))

    def messages(self) -> list[Any]:
        """Log records and progress since the last call."""
        found = []
        while True:
            try:
                found.append(self._messages.get_nowait())
            except Empty:
                return found

    def stop(self) -> None:
        """End the running job after the current frame, with complete files."""
        self._stopped = True

    def progress(self, name: str, num_frames: int | None) -> Progress:
        """Progress of a source, reported by `messages`."""
        return QueueProgress(self._messages, name, num_frames)

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped


class _Stoppable:
    """Progress that can end the job as Ctrl-C does."""

    def __init__(self, worker: RayWorker, name: str, num_frames: int | None) -> None:
        self._worker, self._progress = worker, worker.progress(name, num_frames)

    def __enter__(self) -> _Stoppable:
        self._progress.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._progress.__exit__(*raised)

    def advance(self, result: FrameResult) -> None:
        """Count one more frame."""
        self._progress.advance(result)
        if self._worker.is_stopped:
            raise KeyboardInterrupt
