"""Refuses calls from a second thread while the first one is inside."""

from __future__ import annotations

from types import TracebackType

__all__ = ["OneCaller"]


class OneCaller:
    """A block of a `with` statement that one thread at a time may be in. Others are refused, not queued: their frames
    would be out of order. It can be copied and pickled, unlike a lock."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_inside = False

    def __enter__(self) -> None:
        if self._is_inside:
            raise RuntimeError(
                f"{self._name} is in use by another thread: give each stream a tracker of its own, and call it with "
                "one frame after the other"
            )
        self._is_inside = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_inside = False
