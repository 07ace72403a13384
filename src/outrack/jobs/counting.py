"""Progress of countable work, such as frames of a figure or parts of a score."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["counted", "counting"]

T = TypeVar("T")


@contextmanager
def counting(
    console: Console, what: str, total: int | None = None, *, show: bool = True, interval_s: float = 10.0
) -> Iterator[Callable[[], None]]:
    """Yields a function to call after each item: a bar on a terminal, a line every few seconds elsewhere.

    Args:
        console: where to print.
        what: name of the items, for instance `frames`.
        total: their number, if known.
        show: whether to show anything.
        interval_s: seconds between two lines; work that ends before the first line prints nothing.
    """
    if not show:
        yield lambda: None
    elif console.is_terminal:
        clock = TimeElapsedColumn() if total is None else TimeRemainingColumn()
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), clock)
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
    else:
        done, due = 0, time.monotonic() + interval_s

        def advance() -> None:
            nonlocal done, due
            done += 1
            if time.monotonic() >= due:
                due = time.monotonic() + interval_s
                console.print(f"{done}{'' if total is None else f'/{total}'} {what}", markup=False)

        yield advance


def counted(items: Iterable[T], console: Console, what: str, total: int | None = None, *, show: bool) -> Iterator[T]:
    """The items one by one, with the progress of `counting`."""
    with counting(console, what, total, show=show) as advance:
        for item in items:
            yield item
            advance()
