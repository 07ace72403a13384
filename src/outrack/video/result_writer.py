"""Writes the results of one source to its outputs, also if it is interrupted or fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from outrack.io.interrupts import Interrupts
from outrack.video.delay import Delay
from outrack.video.loop import FrameResult, FrameStep
from outrack.video.outputs import RunOutputs
from outrack.video.stopwatch import Phase, Stopwatch
from outrack.video.summary import RunCounts

__all__ = ["ResultWriter"]


class ResultWriter:
    """Writes the results of one run to its outputs, and counts them.

    Args:
        files: the outputs.
        counts, clock: counts and stopwatch of the run.
        draws: paint the pictures.
        on_frame: called with each result after it was written.
    """

    def __init__(
        self,
        files: RunOutputs,
        counts: RunCounts,
        clock: Stopwatch,
        *,
        draws: bool,
        on_frame: Callable[[FrameResult], None] | None,
    ) -> None:
        self._files, self._counts, self._clock, self._draws, self._on_frame = files, counts, clock, draws, on_frame

    def write_all(self, steps: Iterator[FrameStep], delay: Delay, interrupts: Interrupts) -> bool:
        """Write the results of all steps; returns whether the run was interrupted.

        Results that are still delayed at the end are written, also after Ctrl-C and if the source or the detector
        fails. An output that fails ends the run at once.

        Args:
            steps: steps of the source.
            delay: delays results until they are smoothed.
            interrupts: defers interruption while a frame is written.
        """
        failure: Exception | None = None
        interrupted = False
        try:
            while True:
                try:
                    step = next(steps, None)
                except Exception as error:  # noqa: BLE001  what waits is written before it is raised again
                    failure = error
                    break
                if step is None:
                    break
                with interrupts.deferred():  # results that left the delay must be written
                    with self._clock.timing(Phase.TRACKING):
                        ready = delay.add(step)
                    for result in ready:
                        self._write(result)
                for result in ready:
                    self._tell(result)
        except BrokenPipeError:
            return True
        except KeyboardInterrupt:
            interrupted = True
        delayed: list[FrameResult] = []
        try:
            with interrupts.deferred():
                delayed = delay.finish()
        except KeyboardInterrupt:
            interrupted = True
        with suppress(BrokenPipeError):
            for result in delayed:
                try:
                    with interrupts.deferred():
                        self._write(result)
                    if not interrupted:  # the consumer of the frames may be what was closed
                        self._tell(result)
                except KeyboardInterrupt:  # every delayed frame is still written
                    interrupted = True
        if failure is not None:
            raise failure
        return interrupted

    def _write(self, result: FrameResult) -> None:
        painted = None
        if self._draws:
            with self._clock.timing(Phase.DRAWING):
                painted = self._files.paint(result)
        with self._clock.timing(Phase.WRITING):
            self._files.write(result, painted)
            self._counts.add(result)

    def _tell(self, result: FrameResult) -> None:
        if self._on_frame is not None:
            self._on_frame(result)
