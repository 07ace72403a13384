"""Converts presentation times to monotonic seconds, even if the clock restarts or jumps."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Timeline"]

_BACK_S = 1.0  # a clock that jumps back by this much was restarted; less is jitter
_AHEAD_S = 10.0  # a step that is long enough to be implausible


class Timeline:
    """One monotonic time axis for clocks that restart, jump, or stand still.

    The first frame is at 0 s. While the clock runs, its own steps are used, even or not. If it steps back by a second
    or more, or implausibly far ahead, the following frames are appended. If it stands still or steps back by less,
    frames advance at the nominal rate until it has caught up.

    Args:
        frame_rate: frames per second, for steps without a clock.
        longest_step_s: a longer step ahead is a restart. Infinite where gaps are genuine, as in a file whose container
            has one clock.
        arrival: seconds of a local clock, for live frames: it measures the duration of a break, and a step ahead is
            accepted up to the elapsed time.
    """

    def __init__(
        self,
        *,
        frame_rate: float,
        longest_step_s: float = _AHEAD_S,
        arrival: Callable[[], float] | None = None,
    ) -> None:
        self._step_s = 1 / frame_rate
        self._longest_step_s = max(longest_step_s, 10 * self._step_s)
        self._arrival = arrival
        self._latest_s: float | None = None
        self._clock_s: float | None = None  # the clock's value of the latest frame; None if it has none
        self._offset_s = 0.0
        self._arrived_s = 0.0

    @property
    def is_live(self) -> bool:
        """Whether frames are timed as they arrive."""
        return self._arrival is not None

    def join(self) -> None:
        """The clock of the next frame is unrelated to that of the previous one."""
        self._clock_s = None

    def place(self, clock_s: float | None, *, first_s: float | None = None, next_s: float | None = None) -> float:
        """Seconds of the next frame since the first.

        Args:
            clock_s: the clock's value; None if it has none.
            first_s: the clock's value of the source's first frame, if that frame was lost.
            next_s: the clock's value of the following frame, if known: a step far ahead that is reverted at once is
                ignored.
        """
        passed_s = self._passed_s()
        if self._latest_s is None:
            start_s = clock_s if clock_s is not None and first_s is None else first_s
            time_s = 0.0 if clock_s is None or start_s is None else clock_s - start_s
        elif clock_s is None or self._is_restart(clock_s, next_s, passed_s):
            time_s = self._latest_s + passed_s
        else:
            time_s = self._offset_s + clock_s
            if time_s <= self._latest_s:
                self._clock_s, self._latest_s = clock_s, self._latest_s + self._step_s
                return self._latest_s
        self._latest_s, self._clock_s = time_s, clock_s
        if clock_s is not None:
            self._offset_s = time_s - clock_s
        return time_s

    def _is_restart(self, clock_s: float, next_s: float | None, passed_s: float) -> bool:
        if self._clock_s is None:
            return True
        step_s = clock_s - self._clock_s
        longest_s = self._longest_step_s + (passed_s if self._arrival else 0.0)
        taken_back = next_s is not None and next_s <= clock_s - _BACK_S and step_s > _AHEAD_S
        return step_s <= -_BACK_S or step_s > longest_s or taken_back

    def _passed_s(self) -> float:
        """Seconds since the previous frame by the local clock, or else one nominal step."""
        if self._arrival is None:
            return self._step_s
        now = self._arrival()
        passed_s, self._arrived_s = now - self._arrived_s, now
        return max(passed_s, 1e-3)  # frames that arrive at once still advance
