"""Keeps a copy of an output that is only written at the end, in case the process is killed earlier."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from outrack.io.atomic import atomic_write

__all__ = ["PartialCopy"]

logger = logging.getLogger(__name__)

_EVERY_S = 5.0
_MOST_TIME = 0.02
"""Maximum share of the run's time spent on copies: the longer one takes, the later the next one is written."""


class PartialCopy:
    """Keeps `NAME.partial` next to an output: complete, and a few seconds old. It is removed once the output exists.

    Args:
        path: the output.
        write: writes the current content to a file.
        clock: monotonic seconds.
    """

    def __init__(
        self, path: Path, write: Callable[[Path], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path.with_name(f"{path.name}.partial")
        self._write, self._clock = write, clock
        self._next_s = clock() + _EVERY_S

    def catch_up(self) -> None:
        """Write it again if it is due. If it cannot be written, a warning is logged and no copy is kept."""
        began = self._clock()
        if began < self._next_s:
            return
        try:
            with atomic_write(self.path) as unfinished:
                self._write(unfinished)
        except OSError as error:
            logger.warning("%s: cannot keep a copy in case the process is killed (%s)", self.path, error.strerror)
            self._next_s = float("inf")
            return
        ended = self._clock()
        self._next_s = ended + max(_EVERY_S, (ended - began) / _MOST_TIME)

    def remove(self) -> None:
        """Remove the copy, also one left by a killed process, once the output exists."""
        self.path.unlink(missing_ok=True)
