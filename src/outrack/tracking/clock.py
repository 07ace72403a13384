"""The time of a tracker: seconds of video, which never decrease."""

from __future__ import annotations

from outrack.tracking.tracklets import SAME_INSTANT_S

__all__ = ["LATEST_S", "Clock"]

LATEST_S = 1e20
"""Seconds: more than any container of videos can tell, and few enough to be squared. No setting."""


class Clock:
    """The time of the latest frame.

    Args:
        frame_rate: frames per second, for frames without a timestamp.

    Attributes:
        now_s: time of the latest frame in seconds; None before the first.
        last_missed_s: time of the last frame that is missing before the latest one, at the interval of the two frames
            before; None if none is missing.
    """

    def __init__(self, frame_rate: float) -> None:
        self.frame_rate = frame_rate
        self.now_s: float | None = None
        self.last_missed_s: float | None = None
        self._step_s: float | None = None

    def resume(self, now_s: float | None) -> None:
        """Continue from the latest frame of an earlier run, whose frames came at the frame rate."""
        self.now_s, self._step_s = now_s, 1 / self.frame_rate

    @property
    def now(self) -> float:
        """Time of the latest frame; 0 before the first."""
        return 0.0 if self.now_s is None else self.now_s

    def advance(self, timestamp: float | None) -> float:
        """Advance the clock to the next frame; returns the number of frame intervals passed.

        Args:
            timestamp: time of the frame; by default 1 / frame_rate after the previous one.

        Raises:
            ValueError: time runs backwards, is not a number, or is beyond `LATEST_S`.
        """
        before = self.now_s
        if timestamp is None:
            timestamp = 0.0 if before is None else before + 1 / self.frame_rate
        if not abs(timestamp) < LATEST_S:
            raise ValueError(f"timestamp: expected seconds, got {timestamp!s:.30}")
        if before is not None and timestamp < before:
            raise ValueError(
                f"time runs backwards: {timestamp} s after {before} s. Call reset() before another video starts."
            )
        self.now_s = float(timestamp)
        if before is None:
            return 0.0
        step_s, usual_s = self.now_s - before, self._step_s
        if usual_s is None or step_s <= usual_s + SAME_INSTANT_S:
            self.last_missed_s = None
        else:
            self.last_missed_s = self.now_s - usual_s
        self._step_s = step_s
        return step_s * self.frame_rate
