"""Measures the time of each phase of a run: decoding, network, tracking, drawing, writing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

__all__ = ["Phase", "Stopwatch"]


class Phase(StrEnum):
    """The phases of a run, in processing order."""

    DECODING = "decoding"
    NETWORK = "network"
    TRACKING = "tracking"
    DRAWING = "drawing"
    WRITING = "writing"


class Stopwatch:
    """Adds up the wall-clock seconds of each phase, and the total since its creation.

    Attributes:
        seconds: seconds so far, for every `Phase`.
    """

    def __init__(self) -> None:
        self.seconds: dict[Phase, float] = dict.fromkeys(Phase, 0.0)
        self._start = time.perf_counter()

    @contextmanager
    def timing(self, phase: Phase) -> Iterator[None]:
        """Count the time inside the `with` block as `phase`, also when the block raises."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] += time.perf_counter() - start

    def elapsed(self) -> float:
        """Seconds since the stopwatch was created; more than the sum of the phases."""
        return time.perf_counter() - self._start
