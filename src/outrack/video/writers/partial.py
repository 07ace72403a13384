"""Keeps a copy of an output that is only written at the end, in case the process is killed before."""

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
"""Share of the run that copies may take: the longer one takes, the later comes the next."""


class PartialCopy:
    """Keeps `NAME.partial` beside an output: whole, and a few seconds old. It goes when the output itself is there.

    Args:
        path: the output.
        write: writes what there is by now to a file.
        clock: seconds that pass.
    """

    def __init__(
        self, path: Path, write: Callable[[Path], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path.with_name(f"{path.name}.partial")
        self._write, self._clock = write, clock
        self._next_s = clock() + _EVERY_S

    def catch_up(self) -> None:
        """Write it again if it is time. A copy that cannot be written is done without, with a warning."""
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
        """The output is there; also a copy that a killed process left."""
        self.path.unlink(missing_ok=True)
