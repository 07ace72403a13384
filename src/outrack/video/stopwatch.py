"""Measures the time of each part of a run: decoding, network, tracking, drawing, writing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

__all__ = ["Part", "Stopwatch"]


class Part(StrEnum):
    """The parts of a run, in processing order."""

    DECODING = "decoding"
    NETWORK = "network"
    TRACKING = "tracking"
    DRAWING = "drawing"
    WRITING = "writing"


class Stopwatch:
    """Adds up the wall-clock seconds of each part, and the total since its creation.

    Attributes:
        seconds: seconds so far, for every `Part`.
    """

    def __init__(self) -> None:
        self.seconds: dict[Part, float] = dict.fromkeys(Part, 0.0)
        self._start = time.perf_counter()

    @contextmanager
    def timing(self, part: Part) -> Iterator[None]:
        """Count the time inside the `with` block as `part`, also when the block raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - start

    def elapsed(self) -> float:
        """Seconds since the stopwatch was created; more than the sum of the parts."""
        return time.perf_counter() - self._start
