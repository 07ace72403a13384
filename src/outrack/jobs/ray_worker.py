"""The actor that tracks on a machine of a cluster. Ray makes it there; nothing here imports Ray."""

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
    """Runs one job after the other. `messages` and `stop` are called meanwhile, from another thread.

    Args:
        cores: that each job uses.
        log_level: from which on it tells what is logged.
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
        """Work in the folder of the command line, so that paths mean here what they mean there.

        Raises:
            OSError: it is not there.
            ValueError: another version of the package is installed here.
        """
        machine = os.uname().nodename if hasattr(os, "uname") else "a machine"
        if version != __version__:
            raise ValueError(f"{machine} has outrack {__version__}, expected {version} as where the run was started")
        try:
            os.chdir(folder)
        except OSError as error:
            raise OSError(
                f"{machine} has no folder {folder}, where the run was started: expected a file system that all "
                "machines share"
            ) from error

    def run(self, job: TrackJob) -> TrackSummary:
        """As of `TrackJob.run`."""
        return self._worker.run(job, partial(_Stoppable, self))

    def messages(self) -> list[Any]:
        """What was logged, and how far the job is, since the last call."""
        found = []
        while True:
            try:
                found.append(self._messages.get_nowait())
            except Empty:
                return found

    def stop(self) -> None:
        """End the job that runs after its frame, with whole files."""
        self._stopped = True

    def progress(self, name: str, num_frames: int | None) -> Progress:
        """Tells `messages` how far a source is."""
        return QueueProgress(self._messages, name, num_frames)

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped


class _Stoppable:
    """Progress that ends the job as Ctrl-C would."""

    def __init__(self, worker: RayWorker, name: str, num_frames: int | None) -> None:
        self._worker, self._progress = worker, worker.progress(name, num_frames)

    def __enter__(self) -> _Stoppable:
        self._progress.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._progress.__exit__(*raised)

    def advance(self, result: FrameResult) -> None:
        """One more frame is done."""
        self._progress.advance(result)
        if self._worker.is_stopped:
            raise KeyboardInterrupt
