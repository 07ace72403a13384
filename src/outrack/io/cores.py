"""Reserves cores of the machine for a process, so that several processes do not compete."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["own_cores"]

logger = logging.getLogger(__name__)


@contextmanager
def own_cores(number: int | None) -> Iterator[None]:
    """Run the block, and the threads that it starts, on this many cores that no other such block of this user on this
    machine uses; None uses all. If too few are free, or the system does not support it, a warning is logged and all are
    used.

    The network, the decoder and the encoder then start one thread per reserved core. A core is reserved by a lock on a
    file, which the system releases when the process dies.
    """
    if number is None:
        yield
        return
    if fcntl is None or not hasattr(os, "sched_setaffinity"):
        logger.warning("--cores %d: this system does not let a process choose its cores; all are used", number)
        yield
        return
    allowed = os.sched_getaffinity(0)
    with ExitStack() as locks:
        taken = _free_cores(sorted(allowed), number, locks)
        if len(taken) < number:
            logger.warning("--cores %d: %d of %d cores are free; all are used", number, len(taken), len(allowed))
            locks.close()
            yield
            return
        os.sched_setaffinity(0, taken)
        try:
            yield
        finally:
            os.sched_setaffinity(0, allowed)


def _free_cores(cores: list[int], number: int, locks: ExitStack) -> list[int]:
    """The first free cores, at most `number`, locked until `locks` is closed."""
    folder = Path(tempfile.gettempdir()) / f"outrack-cores-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    taken: list[int] = []
    for core in cores:
        if len(taken) == number:
            break
        file = locks.enter_context((folder / str(core)).open("w"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        taken.append(core)
    return taken
