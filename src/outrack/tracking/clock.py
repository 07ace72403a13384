"""The time of a tracker: seconds of video, which never decrease."""

from __future__ import annotations

__all__ = ["LATEST_S", "Clock"]

LATEST_S = 1e20
"""Seconds: more than any container of videos can tell, and few enough to be squared. No setting."""


class Clock:
    """Attributes:
    now_s: time of the latest frame in seconds; None before the first.
    """

    def __init__(self, frame_rate: float) -> None:
        self.frame_rate = frame_rate
        self.now_s: float | None = None

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
        return 0.0 if before is None else (self.now_s - before) * self.frame_rate
