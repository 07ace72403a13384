"""Connections to streams and cameras that may drop and come back."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from outrack.video.decoding import video_stream

__all__ = ["Connection", "Patience"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a dropped connection.

    Attributes:
        answer_s: longest silence, in seconds, before a connection counts as lost.
        first_delay_s: seconds before the first attempt to reconnect; each further wait is twice as long.
        longest_delay_s: where the doubling ends.
        reconnect_for_s: seconds without a new frame before giving up. None: never for a live stream, and two minutes
            for a recording.
    """

    answer_s: float = 10.0
    first_delay_s: float = 1.0
    longest_delay_s: float = 30.0
    reconnect_for_s: float | None = None

    def __post_init__(self) -> None:
        times = (self.first_delay_s, self.longest_delay_s, self.reconnect_for_s or 0.0)
        if not self.answer_s > 0 or not all(time_s >= 0 for time_s in times):
            raise ValueError(f"patience: expected positive times, got {self}")

    def delay_s(self, attempt: int) -> float:
        """Seconds to wait before attempt 1, 2, ..."""
        return min(self.first_delay_s * 2.0 ** min(attempt - 1, 30), self.longest_delay_s)


class Connection:
    """A connection that can be reopened, with exponential back-off, after it dropped.

    Args:
        connect: opens it; raises `OSError` or `av.error.FFmpegError`.
        label: name of the source for messages; without password.
        patience: how long to wait for a dropped connection.
        hint: what else to try where nothing answers.

    Attributes:
        container, stream: what is open now.

    Raises:
        ConnectionError: it does not respond.
        ValueError: it responds, but not with a video.
    """

    def __init__(
        self, connect: Callable[[], InputContainer], *, label: str, patience: Patience | None = None, hint: str = ""
    ) -> None:
        self.label = label
        self._hint = hint
        self.patience = patience or Patience()
        self._connect = connect
        self._stop = threading.Event()
        self._attempts = 0
        self._lost_since: float | None = None
        self.container, self.stream = self._opened()

    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End all waiting; may be called from another thread."""
        self._stop.set()

    def close(self) -> None:
        """Close the connection."""
        self.container.close()

    def replace(self, container: InputContainer) -> None:
        """Continue with another container."""
        self.container.close()
        self.container, self.stream = container, video_stream(container, self.label)

    def works(self) -> None:
        """A new frame arrived: reset the back-off."""
        if self._lost_since is not None:
            logger.warning("%s: reconnected after %.3g s", self.label, time.monotonic() - self._lost_since)
            self._lost_since, self._attempts = None, 0

    def reopen(self, reason: str, *, num_frames: int, give_up_s: float = math.inf) -> None:
        """Open the connection again after it broke; returns at once after `stop`.

        Args:
            reason: why it broke, for messages.
            num_frames: frames received so far, for messages.
            give_up_s: seconds since the last new frame after which to give up, if `patience` has no limit.

        Raises:
            ConnectionError: reconnecting failed in time.
        """
        self.container.close()
        now = time.monotonic()
        if self._lost_since is None:
            self._lost_since = now
        limit_s = give_up_s if self.patience.reconnect_for_s is None else self.patience.reconnect_for_s
        while not self._stop.is_set():
            self._attempts += 1
            delay_s = self.patience.delay_s(self._attempts)
            lost_s = time.monotonic() - self._lost_since
            if lost_s + delay_s > limit_s:
                raise ConnectionError(
                    f"{self.label}: the stream dropped after frame {num_frames} and did not come back for "
                    f"{lost_s:.3g} s ({reason}). Is the sender on, and the network up? "
                    "Everything written so far is kept."
                )
            # Once the waits no longer grow, a line for each would fill the screen over a weekend.
            level = logging.WARNING if delay_s < self.patience.longest_delay_s else logging.INFO
            logger.log(level, "%s: connection lost (%s); trying again in %.3g s", self.label, reason, delay_s)
            if self._stop.wait(delay_s):
                return
            try:
                self.container, self.stream = self._opened()
            except (ConnectionError, ValueError):
                reason = self._refusal
                continue
            return

    def reason_of(self, error: Exception) -> str:
        """Why a connection failed, in a few words; never the address, which `av` repeats with its password."""
        if isinstance(error, av.error.ExitError):  # PyAV's time limit
            return f"no answer for {self.patience.answer_s:g} s"
        return getattr(error, "strerror", None) or type(error).__name__

    def _opened(self) -> tuple[InputContainer, VideoStream]:
        asked = time.monotonic()
        self._refusal = "not a video"
        try:
            container = self._connect()
        except av.error.InvalidDataError:
            if time.monotonic() - asked >= self.patience.answer_s:  # some demuxers report a timeout like this
                self._refusal = f"no answer for {self.patience.answer_s:g} s"
        except (OSError, av.error.FFmpegError) as error:
            self._refusal = self.reason_of(error)
        else:
            try:
                return container, video_stream(container, self.label)
            except ValueError:
                container.close()
                raise
        # Outside the handlers: the traceback that --verbose prints would show the address with its password.
        if self._refusal == "not a video":
            raise ValueError(f"{self.label}: it responds, but not with a video. Is the address complete?")
        raise ConnectionError(
            f"{self.label}: cannot connect ({self._refusal}). Is the address correct, and the sender on?{self._hint}"
        )
