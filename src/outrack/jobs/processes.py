"""Jobs in processes of this machine, several at a time."""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.managers import SyncManager

from outrack.io.interrupts import Interrupts
from outrack.jobs.board import Board, LogToQueue, Messages, QueueProgress
from outrack.jobs.console import stderr
from outrack.jobs.executor import FAILURES, Outcome
from outrack.jobs.progress import ProgressFor
from outrack.jobs.track_job import TrackJob
from outrack.jobs.worker import Worker
from outrack.video.summary import TrackSummary

__all__ = ["Processes"]

_worker = Worker()
"""That of this process, if it belongs to a pool: a pool hands nothing from its start to its jobs."""


class Processes:
    """Runs so many jobs at a time, each in a process of its own.

    Args:
        number: of processes.
        cores: how many cores of the machine each uses; all when None.
    """

    def __init__(self, number: int, cores: int | None = None) -> None:
        self._number, self._cores = number, cores

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        """As of `Executor`."""
        context = multiprocessing.get_context("spawn")
        level = logging.getLogger("outrack").level
        manager = SyncManager(ctx=context)
        with Interrupts() as interrupts, ExitStack() as stack:
            with interrupts.deferred(), _children_without_ctrl_c():
                manager.start(_leave_ctrl_c_to_the_parent)
                stack.enter_context(manager)
            messages: Messages = manager.Queue()
            others = set(multiprocessing.active_children())
            first = (level, messages, self._cores)
            pool = ProcessPoolExecutor(min(self._number, len(jobs)), context, initializer=_begin_worker, initargs=first)
            with Board(stderr, [job.name for job in jobs], messages, show=show_progress), pool:
                try:
                    progress_for = partial(QueueProgress, messages)
                    with interrupts.deferred(), _children_without_ctrl_c():
                        futures = {pool.submit(_run_in_worker, job, progress_for): job for job in jobs}
                    for future in as_completed(futures):
                        try:
                            result: TrackSummary | Exception = future.result()
                        except FAILURES as error:
                            result = error
                        yield Outcome(futures[future], result)
                except (KeyboardInterrupt, GeneratorExit):  # the latter if the caller was interrupted
                    for future in futures:
                        future.cancel()
                    for process in set(multiprocessing.active_children()) - others:
                        process.terminate()  # a running job closes its files on this signal, see `Interrupts`
                    raise


@contextmanager
def _children_without_ctrl_c() -> Iterator[None]:
    """Processes started in this block never receive Ctrl-C, not even while they load: they inherit the mask."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # whose start would lift the mask
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _begin_worker(log_level: int, messages: Messages, cores: int | None) -> None:
    """Leave Ctrl-C and logging to the parent process."""
    global _worker
    _worker = Worker(cores)
    _leave_ctrl_c_to_the_parent()
    logger = logging.getLogger("outrack")
    logger.addHandler(LogToQueue(messages))
    logger.propagate = False
    logger.setLevel(log_level)


def _run_in_worker(job: TrackJob, progress_for: ProgressFor) -> TrackSummary:
    """Run one job. After an interruption, which closes its files, the worker exits: nothing waits for its result, and
    the job has already consumed the signal with which the pool ends idle workers."""
    summary = None
    with suppress(KeyboardInterrupt):
        summary = _worker.run(job, progress_for)
    if summary is None or summary.interrupted:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
        raise KeyboardInterrupt
    return summary
