"""Handles Ctrl-C without interrupting a unit of work: writing one frame to its files, one training step; blocks signals
in worker processes, which their parent ends, and ends those whose parent has exited."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType, TracebackType
from typing import Any

__all__ = ["STOPS", "TERMINAL_STOPS", "Interrupts", "children_without", "end_with_parent", "exit_with_parent"]

CLOSING_S = 5.0
"""Seconds within which a job should have closed its files."""
_DEFAULTS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
if hasattr(signal, "SIGHUP"):  # the terminal was closed; `nohup` ignores it, and so do we then
    _DEFAULTS[signal.SIGHUP] = signal.SIG_DFL
STOPS = frozenset(_DEFAULTS)
TERMINAL_STOPS = STOPS - {signal.SIGTERM}
"""Signals that a terminal sends to all processes started from it."""


class Interrupts:
    """Within `with`, Ctrl-C, SIGTERM and the end of the terminal raise KeyboardInterrupt, but inside `deferred()` they
    wait until its end.

    So a picture is written completely or not at all, and a checkpoint is that of a complete step. The second signal is
    ignored, because people press Ctrl-C twice and files are being closed by then; the third aborts closing. Handlers
    installed by the calling program are kept, and outside the main thread, where Python allows no handlers, nothing
    happens at all.
    """

    def __init__(self) -> None:
        self._count = 0
        self._deferred = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number, default in _DEFAULTS.items():
                if signal.getsignal(number) is default:
                    self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Finish the block before an interruption takes effect."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False
        if self._count:
            raise KeyboardInterrupt

    def hold(self) -> None:
        """Finish everything up to the end of `with` before an interruption takes effect: files are being closed."""
        self._deferred = True

    @property
    def received(self) -> bool:
        """Whether there was a signal, including a deferred one."""
        return self._count > 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count >= 3 or (self._count == 1 and not self._deferred):
            raise KeyboardInterrupt


@contextmanager
def children_without(numbers: frozenset[signal.Signals]) -> Iterator[None]:
    """Processes started in this block never receive these signals, not even while loading: they inherit the mask.

    A terminal that is closed signals all processes, and a service manager may do so, too. Then their parent alone
    decides in which order they end, and needs some of them until it has closed its files.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        resource_tracker.ensure_running()  # whose start would lift the mask
        signal.pthread_sigmask(signal.SIG_SETMASK, previous | numbers)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


def exit_with_parent() -> None:
    """End this process, which has nothing to close, as soon as the process that started it has exited."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # this runs only in workers

    def end() -> None:
        parent.join()
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()


def end_with_parent() -> None:
    """Send SIGTERM to this worker process when the process that started it has exited: a worker of a pool whose parent
    was killed would wait for its next job forever, with all its memory. The signal ends a job with complete files, and
    is repeated until it finds none."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # this runs only in workers

    def end() -> None:
        parent.join()
        while True:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(CLOSING_S)

    threading.Thread(target=end, daemon=True).start()
