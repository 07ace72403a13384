"""Streams from the network, and cameras: connections that may drop and come back."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from outrack.video.base import Moment, VideoSource
from outrack.video.decoding import decoded_moments, expected_frames, nominal_rate, video_stream
from outrack.video.latest_frame import LatestFrame

__all__ = ["Patience", "Stream", "open_url"]

logger = logging.getLogger(__name__)

# These demuxers number live pictures as if 25 came every second; the time of arrival is nearer the truth.
_INVENTED_TIMESTAMPS = frozenset({"mpjpeg", "mjpeg", "jpeg_pipe", "image2pipe"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a dropped connection is waited for.

    Attributes:
        answer_s: longest silence, in seconds, before a connection counts as lost.
        first_delay_s: seconds before the first attempt to reconnect; each further wait is twice as long.
        longest_delay_s: where the doubling ends.
        max_reconnects: attempts in a row, without a new frame, before giving up.
    """

    answer_s: float = 10.0
    first_delay_s: float = 1.0
    longest_delay_s: float = 30.0
    max_reconnects: int = 8

    def __post_init__(self) -> None:
        if self.answer_s <= 0 or self.first_delay_s < 0 or self.longest_delay_s < 0 or self.max_reconnects < 0:
            raise ValueError(f"patience: expected positive times and a number of attempts, got {self}")

    def delay_s(self, attempt: int) -> float:
        """Seconds to wait before attempt 1, 2, ..."""
        return min(self.first_delay_s * 2.0 ** (attempt - 1), self.longest_delay_s)


class Stream(VideoSource):
    """Frames of a connection that is opened again, with exponential back-off, when it drops.

    A live stream goes on after a reconnection: indices count the frames received, timestamps add the time that was
    missed. A recording behind a URL (its container tells a duration) is read again up to the last frame that was
    given, so nothing is lost or given twice.

    Args:
        connect: opens the connection; raises `OSError` or `av.error.FFmpegError`.
        label: what messages call the source; without password.
        name: short name for output files.
        newest: give only the newest frame, so that lag never grows; on for live sources when None.
        patience: how long a dropped connection is waited for.

    Raises (also while iterating):
        ConnectionError: the stream does not answer, or dropped and did not come back.
        ValueError: it answers, but not with a video.
    """

    def __init__(
        self,
        connect: Callable[[], InputContainer],
        *,
        label: str,
        name: str,
        newest: bool | None = None,
        always_live: bool = False,
        patience: Patience | None = None,
        stride: int = 1,
        max_frames: int | None = None,
    ) -> None:
        self._connect = connect
        self._label = label
        self._patience = patience or Patience()
        self._stop = threading.Event()
        self._container, self._stream = self._opened()
        self.is_live = always_live or self._container.duration is None
        self._expected = None if self.is_live else expected_frames(self._stream)
        context = self._stream.codec_context
        super().__init__(
            name=name,
            frame_rate=nominal_rate(self._stream),
            indices=None if self._expected is None else range(self._expected),
            # A picture may come turned, so a recording's or a camera's size is certain only with the first one.
            size=None if self.is_live or not context.width else (context.width, context.height),
            stride=stride,
            max_frames=max_frames,
        )
        keep_newest = self.is_live if newest is None else newest
        self._newest = LatestFrame(self._received()) if keep_newest else None

    def _moments(self) -> Iterator[Moment]:
        return iter(self._newest) if self._newest else self._received()

    def close(self) -> None:
        self._stop.set()
        idle = self._newest is None or self._newest.close(timeout_s=2 * self._patience.answer_s)
        if idle:  # else the reader still sits in a system call on it, and closes it by being collected
            self._container.close()

    def _received(self) -> Iterator[Moment]:
        """Frames of all connections, one after the other, as one line of time."""
        last: Moment | None = None
        started = time.monotonic()
        attempts = 0
        while not self._stop.is_set():
            offset_s: float | None = None
            reason = "it ended"
            try:
                for moment in self._decoded():
                    if self._stop.is_set():
                        return
                    if last is not None and not self.is_live and moment.index <= last.index:
                        continue
                    if self.is_live:
                        if last is None:
                            started = time.monotonic()
                        if offset_s is None:
                            offset_s = time.monotonic() - started - moment.timestamp_s if last else -moment.timestamp_s
                        moment = _placed(moment, after=last, offset_s=offset_s, frame_rate=self.frame_rate)
                    last = moment
                    attempts = 0
                    yield moment
            except av.error.FFmpegError as error:
                reason = _reason(error, self._patience)
            if last is not None and self._is_complete(last):
                return
            attempts = self._reconnect(attempts, reason, last)

    def _decoded(self) -> Iterator[Moment]:
        invented = self.is_live and self._container.format.name in _INVENTED_TIMESTAMPS
        return decoded_moments(self._container, self._stream, self._label, clock=time.monotonic if invented else None)

    def _is_complete(self, last: Moment) -> bool:
        return self._expected is not None and last.index + 1 >= self._expected

    def _reconnect(self, attempts: int, reason: str, last: Moment | None) -> int:
        """Open the connection again; the number of attempts in a row, this one included."""
        self._container.close()
        most = self._patience.max_reconnects
        while attempts < most:
            attempts += 1
            delay_s = self._patience.delay_s(attempts)
            logger.warning(
                "%s: connection lost (%s); trying again in %.3g s (%d of %d)",
                self._label,
                reason,
                delay_s,
                attempts,
                most,
            )
            if self._stop.wait(delay_s):
                return attempts
            try:
                self._container, self._stream = self._opened()
            except (ConnectionError, ValueError) as error:
                reason = str(error.__cause__ or error)
                continue
            return attempts
        raise ConnectionError(
            f"{self._label}: the stream dropped after frame {last.index + 1 if last else 0} and did not come back in "
            f"{most} attempts ({reason}). Is the sender on, and the network up? What was written until now is kept."
        )

    def _opened(self) -> tuple[InputContainer, VideoStream]:
        asked = time.monotonic()
        try:
            container = self._connect()
        except av.error.InvalidDataError as error:
            if time.monotonic() - asked >= self._patience.answer_s:  # some demuxers report silence like this
                raise ConnectionError(self._cannot_connect(f"no answer for {self._patience.answer_s:g} s")) from error
            raise ValueError(f"{self._label}: it answers, but not with a video. Is the address complete?") from error
        except (OSError, av.error.FFmpegError) as error:
            raise ConnectionError(self._cannot_connect(_reason(error, self._patience))) from error
        try:
            return container, video_stream(container, self._label)
        except ValueError:
            container.close()
            raise

    def _cannot_connect(self, reason: str) -> str:
        return f"{self._label}: cannot connect ({reason}). Is the address right, and the sender on?"


def open_url(
    url: str,
    *,
    newest: bool | None = None,
    patience: Patience | None = None,
    stride: int = 1,
    max_frames: int | None = None,
) -> Stream:
    """A stream or recording behind a URL (rtsp, http, rtmp, udp, ...). See `Stream`."""
    patience = patience or Patience()
    parts = urlsplit(url)
    # TCP loses no packets on the way; most cameras and networks manage it.
    options = {"rtsp_transport": "tcp"} if parts.scheme.startswith("rtsp") else {}

    def connect() -> InputContainer:
        return av.open(url, options=options, timeout=patience.answer_s)

    last_part = parts.path.rstrip("/").rpartition("/")[2].rpartition(".")
    return Stream(
        connect,
        label=re.sub(r"//[^/@]*@", "//", url),
        name=re.sub(r"[^\w-]+", "_", last_part[0] or last_part[2] or parts.hostname or "stream"),
        newest=newest,
        always_live=parts.scheme not in ("http", "https"),
        patience=patience,
        stride=stride,
        max_frames=max_frames,
    )


def _placed(moment: Moment, *, after: Moment | None, offset_s: float, frame_rate: float) -> Moment:
    """A live frame on the line of time of all connections: counted on, and later than the one before it."""
    if after is None:
        return replace(moment, index=0, timestamp_s=0.0)
    timestamp_s = moment.timestamp_s + offset_s
    if timestamp_s <= after.timestamp_s:  # the sender's clock was set back
        timestamp_s = after.timestamp_s + 1 / frame_rate
    return replace(moment, index=after.index + 1, timestamp_s=timestamp_s)


def _reason(error: Exception, patience: Patience) -> str:
    if isinstance(error, av.error.ExitError):  # PyAV's time limit
        return f"no answer for {patience.answer_s:g} s"
    return getattr(error, "strerror", None) or type(error).__name__
