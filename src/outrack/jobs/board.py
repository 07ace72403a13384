"""Progress of several sources that are tracked at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Queue
from types import TracebackType
from typing import Literal

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from outrack.jobs.progress import Pace
from outrack.video.loop import FrameResult

__all__ = ["Board", "LogToQueue", "Messages", "QueueProgress", "Report"]

_REPORT_S = 0.2


@dataclass(frozen=True, slots=True)
class Report:
    """What a process reports about its source.

    Attributes:
        name: name of the source.
        num_frames: its length; None if it has no end.
        done, people: frames tracked so far, and people in the last of them.
        state: whether it is still running.
    """

    name: str
    num_frames: int | None
    done: int
    people: int
    state: Literal["running", "ended"]


Messages = Queue[Report | logging.LogRecord | None]
"""Messages from the processes to the board; None ends the queue."""


class QueueProgress:
    """Reports the progress of a source to another process, a few times a second.

    Args:
        messages: the board's queue.
        name, num_frames: name and length of the source.
    """

    def __init__(self, messages: Messages, name: str, num_frames: int | None) -> None:
        self._messages, self._name, self._num_frames = messages, name, num_frames
        self._done = self._people = 0
        self._next = 0.0

    def __enter__(self) -> QueueProgress:
        self._report("running")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._report("ended")

    def advance(self, result: FrameResult) -> None:
        """Count one more frame."""
        self._done += 1
        self._people = len(result.tracks)
        if time.monotonic() >= self._next:
            self._report("running")

    def _report(self, state: Literal["running", "ended"]) -> None:
        self._next = time.monotonic() + _REPORT_S
        self._messages.put(Report(self._name, self._num_frames, self._done, self._people, state))


class LogToQueue(logging.Handler):
    """Sends log records to the process that draws, so that lines never overwrite each other."""

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record, already formatted."""
        plain = logging.LogRecord(record.name, record.levelno, "", 0, record.getMessage(), None, None)
        self._messages.put(plain)


class Board:
    """A line for every source: redrawn on a terminal, written every `interval_s` seconds elsewhere. A context manager,
    which reads the messages in a separate thread.

    Args:
        console: where to draw.
        names: names of all sources, in order; those that have not started are waiting.
        messages: queue of messages from the processes.
    """

    def __init__(
        self, console: Console, names: Sequence[str], messages: Messages, *, show: bool, interval_s: float = 5.0
    ) -> None:
        self._console = console
        self._messages = messages
        self._paces: dict[str, Pace | None] = dict.fromkeys(names)
        self._show = show
        self._interval_s = interval_s
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=5)
        self._redraws = show and console.is_terminal
        self._thread = threading.Thread(target=self._read, name="board", daemon=True)

    def __enter__(self) -> Board:
        if self._redraws:
            self._live.start()
        elif self._show:
            self._console.print(f"waiting: {', '.join(self._paces)}", markup=False)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._messages.put(None)
        self._thread.join()
        if self._redraws:
            self._live.stop()

    def _read(self) -> None:
        shown_at = dict.fromkeys(self._paces, time.monotonic())
        while (message := self._messages.get()) is not None:
            if isinstance(message, logging.LogRecord):
                logging.getLogger(message.name).handle(message)
                continue
            pace = self._paces[message.name] or Pace(message.num_frames)
            self._paces[message.name] = pace
            pace.reach(message.done, message.people)
            due = time.monotonic() - shown_at[message.name] >= self._interval_s or message.state == "ended"
            if self._show and not self._redraws and due and message.done:
                shown_at[message.name] = time.monotonic()
                self._console.print(f"{message.name}: {', '.join(pace.words())}", markup=False)

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, pace in list(self._paces.items()):
            words = ["waiting"] if pace is None else pace.words()
            table.add_row(Text(name, style="bold", overflow="ellipsis", no_wrap=True), *words)
        return table
