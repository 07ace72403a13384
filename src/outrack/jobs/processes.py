"""Jobs in processes of this machine, several at a time."""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from functools import partial
from multiprocessing.managers import SyncManager

from outrack.io.interrupts import (
    STOPS,
    TERMINAL_STOPS,
    Interrupts,
    children_without,
    end_with_parent,
    exit_with_parent,
)
from outrack.jobs.board import Board, LogToQueue, Messages, QueueProgress
from outrack.jobs.console import stderr
from outrack.jobs.executor import FAILURES, Outcome
from outrack.jobs.progress import ProgressFor
from outrack.jobs.shared_network import NetworkServer, SharedNetworkAt
from outrack.jobs.source_lists import is_live
from outrack.jobs.track_job import TrackJob
from outrack.jobs.tries import Tries
from outrack.jobs.worker import Worker
from outrack.video.summary import TrackSummary

__all__ = ["Processes"]

_worker = Worker()
"""The worker of this process, if it belongs to a pool: pools cannot pass state from initialisation to jobs."""


class Processes:
    """Runs several jobs at a time, each in a separate process.

    A process that is killed does not affect others: its job is restarted in a new one.

    Args:
        number: number of processes.
        cores: number of cores that each uses; None uses all.
        one_batch: one network processes the latest frames of all cameras and streams as one batch.
    """

    def __init__(self, number: int, cores: int | None = None, *, one_batch: bool = False) -> None:
        self._number, self._cores, self._one_batch = number, cores, one_batch

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        """See `Executor`."""
        context = multiprocessing.get_context("spawn")
        level = logging.getLogger("outrack").level
        manager = SyncManager(ctx=context)
        with Interrupts() as interrupts, ExitStack() as stack:
            with interrupts.deferred(), children_without(STOPS):
                manager.start(exit_with_parent)
                stack.enter_context(manager)
            messages: Messages = manager.Queue()
            others = set(multiprocessing.active_children())
            first = (level, messages, self._cores, self._shared_network(jobs, stack))

            def new_pool() -> ProcessPoolExecutor:
                # Of one process each: a pool ends all its processes when one of them is killed.
                pool = ProcessPoolExecutor(1, context, initializer=_begin_worker, initargs=first)
                return stack.enter_context(pool)

            stack.enter_context(Board(stderr, [job.name for job in jobs], messages, show=show_progress))
            pools = [new_pool() for _ in range(min(self._number, len(jobs)))]
            try:
                yield from _run(jobs, pools, new_pool, partial(QueueProgress, messages), interrupts)
            except (KeyboardInterrupt, GeneratorExit):  # the latter if the caller was interrupted
                for process in set(multiprocessing.active_children()) - others:
                    process.terminate()  # a running job closes its files on this signal, see `Interrupts`
                raise

    def _shared_network(self, jobs: Sequence[TrackJob], stack: ExitStack) -> SharedNetworkAt | None:
        if not self._one_batch:
            return None
        num_cameras = min(self._number, sum(is_live(job.source) for job in jobs))
        return stack.enter_context(NetworkServer(jobs[0].weights, jobs[0].device, num_cameras)).place


def _run(
    jobs: Sequence[TrackJob],
    idle: list[ProcessPoolExecutor],
    new_pool: Callable[[], ProcessPoolExecutor],
    progress_for: ProgressFor,
    interrupts: Interrupts,
) -> Generator[Outcome]:
    """Results of all jobs, run by pools of one process; a pool whose process died is replaced by a new one."""
    waiting = deque(Tries(job) for job in jobs)
    working: dict[Future[TrackSummary], tuple[ProcessPoolExecutor, Tries]] = {}
    while waiting or working:
        with interrupts.deferred(), children_without(TERMINAL_STOPS):
            while waiting and idle:
                pool, tries = idle.pop(), waiting.popleft()
                job = tries.start()
                try:
                    future = pool.submit(_run_in_worker, job, progress_for)
                except BrokenProcessPool:  # its process was killed between two jobs
                    pool = new_pool()
                    future = pool.submit(_run_in_worker, job, progress_for)
                working[future] = (pool, tries)
        for future in wait(working, return_when=FIRST_COMPLETED).done:
            pool, tries = working.pop(future)
            try:
                result: TrackSummary | Exception = future.result()
            except BrokenProcessPool:
                pool = new_pool()
                if not tries.are_over:
                    tries.warn()
                    waiting.appendleft(tries)
                    idle.append(pool)
                    continue
                result = tries.failure("Has this machine enough memory? Lower --jobs")
            except FAILURES as error:
                result = error
            idle.append(pool)
            yield Outcome(tries.job, result)


def _begin_worker(log_level: int, messages: Messages, cores: int | None, shared: SharedNetworkAt | None) -> None:
    """Leave Ctrl-C and logging to the parent process, and end with it."""
    global _worker
    _worker = Worker(cores, shared)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where there are no masks
    end_with_parent()
    logger = logging.getLogger("outrack")
    logger.addHandler(LogToQueue(messages))
    logger.propagate = False
    logger.setLevel(log_level)


def _run_in_worker(job: TrackJob, progress_for: ProgressFor) -> TrackSummary:
    """Run one job. After an interruption, which closes its files, the worker exits: no result is expected, and the job
    has already consumed the signal with which the pool ends idle workers."""
    summary = None
    with suppress(KeyboardInterrupt):
        summary = _worker.run(job, progress_for)
    if summary is None or summary.interrupted:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
        raise KeyboardInterrupt
    return summary
