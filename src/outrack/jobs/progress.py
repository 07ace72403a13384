"""Progress of a run: one live line on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from outrack.video.loop import FrameResult

__all__ = ["LineProgress", "LiveProgress", "Pace", "Progress", "ProgressFor", "SilentProgress", "clock", "progress_on"]


class Progress(Protocol):
    """A context manager that is called for every frame."""

    def __enter__(self) -> Progress: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def advance(self, result: FrameResult) -> None:
        """Count one more frame."""
        ...


ProgressFor = Callable[[str, int | None], Progress]
"""Creates the progress of a source from its name and length."""


def progress_on(console: Console, name: str, num_frames: int | None, *, show: bool) -> Progress:
    """The suitable progress display: none, a live line, or plain lines. `num_frames` is None for a stream."""
    if not show:
        return SilentProgress()
    if console.is_terminal:
        return LiveProgress(console, name, num_frames)
    return LineProgress(console, name, num_frames)


class SilentProgress:
    """Prints nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def advance(self, result: FrameResult) -> None:
        return None


class Pace:
    """Frames done, frames per second over the last seconds, people in view, and the remaining time.

    Args:
        num_frames: length of the source; None if it has no end.
        window_s: seconds over which the speed is averaged.
    """

    def __init__(self, num_frames: int | None, *, window_s: float = 5.0) -> None:
        self.num_frames = num_frames
        self.done = 0
        self.people = 0
        self._window_s = window_s
        self._start = time.monotonic()
        self._marks: deque[tuple[float, int]] = deque([(self._start, 0)])

    def advance(self, people: int) -> None:
        """Count one more frame, with `people` in it."""
        self.reach(self.done + 1, people)

    def reach(self, done: int, people: int) -> None:
        """Set the number of frames done, and of people in the last one."""
        self.done = done
        self.people = people
        if self.num_frames is not None and done > self.num_frames:
            self.num_frames = None  # the length was estimated from what the container states
        now = time.monotonic()
        if now - self._marks[-1][0] >= 0.1:  # a mark every 0.1 s keeps the queue short at any speed
            self._marks.append((now, self.done))
            while now - self._marks[0][0] > self._window_s and len(self._marks) > 2:
                self._marks.popleft()

    def frames_per_second(self) -> float:
        """Speed over the window; 0 before the first frame."""
        since, done = self._marks[0]
        return (self.done - done) / max(time.monotonic() - since, 1e-6)

    def words(self) -> list[str]:
        """For instance `412/795 frames`, `31.2 fps`, `7 people in view`, `0:12 left`."""
        speed = self.frames_per_second()
        frames = f"{self.done} frames" if self.num_frames is None else f"{self.done}/{self.num_frames} frames"
        people = f"{self.people} {'person' if self.people == 1 else 'people'} in view"
        if self.num_frames is None or not 0 < self.done < self.num_frames:
            time_words = f"{clock(time.monotonic() - self._start)} elapsed"
        else:
            time_words = f"{clock(max(self.num_frames - self.done, 0) / max(speed, 1e-6))} left"
        return [frames, f"{speed:.1f} fps", people, time_words]


class LineProgress:
    """A plain line every `interval_s` seconds, for log files and pipes."""

    def __init__(self, console: Console, name: str, num_frames: int | None, *, interval_s: float = 5.0) -> None:
        self._console, self._name = console, name
        self._pace = Pace(num_frames)
        self._interval_s = interval_s
        self._next = time.monotonic() + interval_s

    def __enter__(self) -> LineProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pace.done:
            self._print()

    def advance(self, result: FrameResult) -> None:
        self._pace.advance(len(result.tracks))
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._interval_s
            self._print()

    def _print(self) -> None:
        self._console.print(f"{self._name}: {', '.join(self._pace.words())}", markup=False)


class LiveProgress:
    """One line that is redrawn ten times a second, with a bar where the length is known."""

    def __init__(self, console: Console, name: str, num_frames: int | None) -> None:
        self._name = name
        self._pace = Pace(num_frames)
        self._live = Live(console=console, get_renderable=self._line, refresh_per_second=10)

    def __enter__(self) -> LiveProgress:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def advance(self, result: FrameResult) -> None:
        self._pace.advance(len(result.tracks))

    def _line(self) -> Table:
        pace = self._pace
        cells = [Text(self._name, style="bold", overflow="ellipsis", no_wrap=True)]
        line = Table.grid(padding=(0, 2))
        if pace.num_frames:
            line.add_row(*cells, ProgressBar(total=pace.num_frames, completed=pace.done, width=24), *pace.words())
        else:
            line.add_row(*cells, *pace.words())
        return line


def clock(seconds: float) -> str:
    """For instance `0:12` or `1:02:03`."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
