"""Times a call on a machine with other load."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["Timing", "time_calls"]


class Timing(NamedTuple):
    """Milliseconds of one call.

    Attributes:
        best: the fastest, which is the most reliable: other load only adds time.
        median: typical under the current load.
    """

    best: float
    median: float


def time_calls(
    call: Callable[[], object],
    *,
    seconds: float = 0.6,
    fewest: int = 3,
    clock: Callable[[], float] = time.perf_counter,
) -> Timing:
    """Call repeatedly for this many seconds, at least `fewest` times; a first call is not counted."""
    call()
    spent: list[float] = []
    while len(spent) < fewest or sum(spent) < seconds:
        begun = clock()
        call()
        spent.append(clock() - begun)
    return Timing(1e3 * min(spent), 1e3 * float(np.median(spent)))
