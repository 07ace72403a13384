"""The time of a tracker: seconds of video, which never decrease."""

from __future__ import annotations

import logging
import math

import numpy as np

__all__ = ["LATEST_S", "Clock"]

logger = logging.getLogger(__name__)

LATEST_S = 1e20
"""Seconds: more than any container of videos can tell, and few enough to be squared. No setting."""
GAP = 1.5
"""Frame intervals from which a frame is missing; times are rounded to milliseconds in many containers."""


class Clock:
    """The time of the latest frame.

    Args:
        frame_rate: frames per second, for frames without a timestamp.

    Attributes:
        latest_s: time of the latest frame in seconds; None before the first.
        last_missed_s: time of the last frame that is missing before the latest one, at the interval of the two frames
            before, or at the frame rate if that is longer; None if none is missing.
        step_s: seconds between the two latest frames; None before the second.
    """

    def __init__(self, frame_rate: float) -> None:
        self.frame_rate = frame_rate
        self.latest_s: float | None = None
        self.last_missed_s: float | None = None
        self.step_s: float | None = None
        self._milliseconds = 0  # steps in a row that look like it

    def resume(self, latest_s: float | None, step_s: float | None) -> None:
        """Continue from the latest frame of an earlier run; see the attributes."""
        self.latest_s, self.step_s = latest_s, step_s

    @property
    def now_s(self) -> float:
        """Time of the latest frame; 0 before the first."""
        return 0.0 if self.latest_s is None else self.latest_s

    def advance(self, timestamp: float | None) -> float:
        """Advance the clock to the next frame; returns the number of frame intervals passed.

        Args:
            timestamp: time of the frame; by default 1 / frame_rate after the previous one.

        Raises:
            TypeError: it is not a number.
            ValueError: time runs backwards, is NaN, or is beyond `LATEST_S`.
        """
        before = self.latest_s
        if timestamp is None:
            timestamp = 0.0 if before is None else before + 1 / self.frame_rate
        timestamp = _seconds(timestamp)
        if not abs(timestamp) < LATEST_S:
            raise ValueError(f"timestamp: expected seconds, got {timestamp!s:.30}")
        if before is not None and timestamp < before:
            raise ValueError(
                f"time runs backwards: {timestamp} s after {before} s. Call reset() before another video starts."
            )
        self.latest_s = timestamp
        if before is None:
            return 0.0
        step_s, usual_s = timestamp - before, self.step_s
        self._suspect_milliseconds(step_s)
        if usual_s is None or step_s < GAP * max(usual_s, 1 / self.frame_rate):
            self.last_missed_s = None
        else:
            self.last_missed_s = self.latest_s - max(usual_s, 1 / self.frame_rate)
        self.step_s = step_s
        return step_s * self.frame_rate

    def _suspect_milliseconds(self, step_s: float) -> None:
        """Warn once of two steps in a row that are a thousand times as long as the frame rate says."""
        self._milliseconds = self._milliseconds + 1 if 800 < step_s * self.frame_rate < 1250 else 0
        if self._milliseconds == 2:
            logger.warning(
                "timestamps advance by %g s per frame, at a frame rate of %g: are they milliseconds? Expected seconds",
                step_s,
                self.frame_rate,
            )


def _seconds(timestamp: object) -> float:
    """A number, also one of NumPy or a tensor; not a time of day, a duration with a unit, or text."""
    try:
        if isinstance(timestamp, str | np.datetime64 | np.timedelta64):
            raise TypeError
        return float(timestamp)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        kind = type(timestamp).__name__
        raise TypeError(f"timestamp: expected seconds as a number, got {kind} {timestamp!s:.40}") from None
