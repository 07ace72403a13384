"""Jobs on a Ray cluster: each actor keeps the network loaded, tracks one source at a time, and writes its outputs."""

from __future__ import annotations

import logging
import socket
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

from outrack import __version__
from outrack.io.interrupts import Interrupts
from outrack.jobs.board import Board, Messages
from outrack.jobs.console import stderr
from outrack.jobs.contradictions import refuse_for_cluster
from outrack.jobs.executor import FAILURES, Outcome
from outrack.jobs.ray_worker import RayWorker
from outrack.jobs.track_job import TrackJob
from outrack.jobs.tries import Tries

__all__ = ["RayCluster"]

logger = logging.getLogger(__name__)

POLL_S = 0.5
"""Seconds between two polls of the actors' log messages and progress."""
SILENCE_S = 60
"""Seconds without a free actor after which a message explains the wait."""
CONNECT_S = 20
"""Seconds within which the cluster must respond."""
CLOSING_S = 60
"""Seconds for interrupted jobs to close their files."""


@dataclass(eq=False)
class _Actors:
    """The actors of a run, by what they are doing: starting, or running a job."""

    starting: dict[Any, Any] = field(default_factory=dict)
    idle: list[Any] = field(default_factory=list)
    working: dict[Any, tuple[Any, Tries]] = field(default_factory=dict)


class RayCluster:
    """Runs jobs on the machines of a Ray cluster with a shared file system.

    A job whose machine dies is restarted on another, and replaces its partial outputs. Jobs are only assigned to free
    actors.

    Args:
        address: address of the cluster: `auto`, `HOST:PORT`, or `local`, which starts one on this machine for the run.
        number: maximum number of actors; None starts as many as the cluster has room for.
        cores: cores of each actor, which tracks one source at a time; None is one.
    """

    def __init__(self, address: str, number: int | None = None, cores: int | None = None) -> None:
        self._address, self._number, self._cores = address, number, cores or 1

    def outcomes(self, jobs: Sequence[TrackJob], *, show_progress: bool) -> Generator[Outcome]:
        """See `Executor`.

        Raises:
            UsageError: a job needs something of this machine: a window, standard output, a camera.
            ImportError: Ray is not installed.
            OSError: there is no such cluster, or none of its machines can be used.
        """
        refuse_for_cluster(jobs)
        messages: Messages = Queue()
        names = [job.name for job in jobs]
        with self._connected() as ray, Interrupts(), Board(stderr, names, messages, show=show_progress):
            actors = _Actors()
            for _ in range(min(len(jobs), self._room(ray), self._number or len(jobs))):
                self._request(ray, actors, jobs[0])
            try:
                yield from self._run(ray, actors, [Tries(job) for job in jobs], messages)
            except (KeyboardInterrupt, GeneratorExit):
                for actor, _ in actors.working.values():
                    actor.stop.options(concurrency_group="control").remote()
                ray.wait(list(actors.working), num_returns=max(len(actors.working), 1), timeout=CLOSING_S)
                raise

    def _run(self, ray: Any, actors: _Actors, tasks: Sequence[Tries], messages: Messages) -> Generator[Outcome]:
        waiting, polls, heard_at = deque(tasks), dict[Any, Any](), time.monotonic()
        while waiting or actors.working:
            while waiting and actors.idle:
                actor, task = actors.idle.pop(), waiting.popleft()
                actors.working[actor.run.remote(task.start())] = (actor, task)
            if not actors.starting and not actors.working:
                raise OSError(f"--ray {self._address}: none of its machines can be used, see the warnings")
            ended, _ = ray.wait([*actors.starting, *actors.working], num_returns=1, timeout=POLL_S)
            for reference in ended:
                if reference in actors.starting:
                    self._handle_started(ray, actors, reference)
                    continue
                actor, task = actors.working.pop(reference)
                result = _result(ray, reference)
                if result is not None:
                    _forward_last(ray, polls, actor, messages)
                    actors.idle.append(actor)
                    yield Outcome(task.job, result)
                    continue
                self._request(ray, actors, task.job)
                if task.are_over:
                    yield Outcome(task.job, task.failure("Has its machine enough memory? `ray logs` tells more"))
                else:
                    task.warn()
                    waiting.appendleft(task)
            _forward_all(ray, polls, [actor for actor, _ in actors.working.values()], messages)
            if actors.working:
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at > SILENCE_S:
                heard_at = time.monotonic()
                logger.warning("--ray %s: no machine has %d free cores; waiting for one", self._address, self._cores)

    def _room(self, ray: Any) -> int:
        """Number of actors that fit on the machines of the cluster.

        Raises:
            OSError: none fits.
        """
        machines = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
        room = sum(int(cores // self._cores) for cores in machines)
        if room == 0:
            raise OSError(
                f"--ray {self._address}: expected a machine with {self._cores} cores, got {len(machines)} with "
                f"{max(machines, default=0):g} at most. Lower --cores"
            )
        return room

    def _request(self, ray: Any, actors: _Actors, job: TrackJob) -> None:
        """Request an actor; `_handle_started` marks it idle once it runs, which is never if the cluster is full."""
        kind = ray.remote(concurrency_groups={"control": 1})(RayWorker)
        needs = {"num_cpus": self._cores, "num_gpus": int(job.device.startswith("cuda"))}
        actor = kind.options(**needs, scheduling_strategy="SPREAD", max_restarts=0).remote(
            self._cores, logging.getLogger("outrack").level
        )
        actors.starting[actor.begin.remote(str(Path.cwd()), __version__)] = actor

    def _handle_started(self, ray: Any, actors: _Actors, reference: Any) -> None:
        actor = actors.starting.pop(reference)
        try:
            ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            logger.warning("--ray %s: a machine cannot be used: %s", self._address, error.cause)
        except ray.exceptions.RayError as error:
            logger.warning("--ray %s: a worker ended while it started (%s)", self._address, type(error).__name__)
        else:
            actors.idle.append(actor)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            import ray
        except ImportError as error:
            raise ImportError('--ray needs Ray: pip install "outrack[ray]"') from error
        try:
            _check_reachable(self._address)
            ray.init(self._address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, ValueError, RuntimeError) as error:
            raise OSError(
                f"--ray {self._address}: no such cluster ({' '.join(str(error).split())[:200]}). "
                "Start one with `ray start --head`, or give `local`"
            ) from error
        try:
            yield ray
        finally:
            ray.shutdown()


def _check_reachable(address: str) -> None:
    """Refuse an address that does not respond: Ray would keep trying for minutes.

    Raises:
        OSError: it cannot be reached; gives the reason.
    """
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "://" not in address:
        socket.create_connection((host, int(port)), timeout=CONNECT_S).close()


def _result(ray: Any, reference: Any) -> Any:
    """The summary of a job, or the error that it raised; None if its actor has died.

    Raises:
        Exception: an error other than `FAILURES`, which is a bug.
    """
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, FAILURES):
            return error.cause
        raise
    except ray.exceptions.RayError:
        return None


def _forward_all(ray: Any, polls: dict[Any, Any], actors: Sequence[Any], messages: Messages) -> None:
    """Forward the messages that actors have returned, and poll those actors again."""
    for actor in actors:
        if actor not in polls:
            polls[actor] = _poll(actor)
        if ray.wait([polls[actor]], timeout=0)[0]:
            _forward(ray, polls.pop(actor), messages)


def _forward_last(ray: Any, polls: dict[Any, Any], actor: Any, messages: Messages) -> None:
    """Wait for the last messages of an actor about its finished job."""
    if actor in polls:
        _forward(ray, polls.pop(actor), messages)
    _forward(ray, _poll(actor), messages)


def _poll(actor: Any) -> Any:
    return actor.messages.options(concurrency_group="control").remote()


def _forward(ray: Any, poll: Any, messages: Messages) -> None:
    with suppress(ray.exceptions.RayError):  # it has died, which the result of its job shows
        for message in ray.get(poll, timeout=CLOSING_S):
            messages.put(message)
