"""Only the latest frame of a stream, so that a slow consumer never falls behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["LatestFrame"]

T = TypeVar("T")


class LatestFrame(Generic[T]):
    """Runs `items` in a thread and yields the latest one each time; the others are dropped.

    An exception of `items` is raised by the iteration, after the last item. `close()` stops the iteration and waits for
    the thread, which ends with its current item.

    Attributes:
        num_dropped: items that were dropped.
    """

    def __init__(self, items: Iterator[T]) -> None:
        self.num_dropped = 0
        self._items = items
        self._changed = threading.Condition()
        self._slot: list[T] = []
        self._finished = False
        self._stopping = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="newest-frame", daemon=True)

    def __iter__(self) -> Iterator[T]:
        # Not before: an iteration that is never begun is not closed either, and the thread would stay.
        if self._thread.ident is None and not self._stopping:
            self._thread.start()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._slot or self._finished)
                if self._slot:
                    item = self._slot.pop()
                elif self._error is not None:
                    raise self._error
                else:
                    return
            yield item

    def close(self, *, timeout_s: float | None = None) -> bool:
        """Stop and wait for the thread; False if it is still busy after `timeout_s`."""
        is_running = self._thread.ident is not None
        with self._changed:
            self._stopping = True
            self._finished |= not is_running
        if not is_running:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._items:
                with self._changed:
                    if self._stopping:
                        break
                    self.num_dropped += len(self._slot)
                    self._slot[:] = [item]
                    self._changed.notify()
        except BaseException as raised:  # noqa: BLE001  # handed over to the consumer, whatever it is
            error = raised
        with self._changed:
            self._error = error
            self._finished = True
            self._changed.notify()
