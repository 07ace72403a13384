"""Live streams: frames come when the world makes them."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace

import av

from outrack.video.base import Moment, VideoSource
from outrack.video.connection import Connection
from outrack.video.decoding import decoded_moments
from outrack.video.latest_frame import LatestFrame
from outrack.video.pixels import Canvas
from outrack.video.promises import USUAL_RATE, promised_rate
from outrack.video.timeline import Timeline

__all__ = ["LiveStream"]

logger = logging.getLogger(__name__)

# These demuxers number live pictures as if 25 came every second; the time of arrival is nearer the truth.
_INVENTED_TIMESTAMPS = frozenset({"mpjpeg", "mjpeg", "jpeg_pipe", "image2pipe"})
_CLOSING_S = 1.0  # a reader that sits in a system call for longer is left to itself


class LiveStream(VideoSource):
    """Frames of a live connection, which is opened again when it drops.

    Indices count the frames received, also those that were dropped because they were not taken in time. Timestamps are
    the sender's, on one rising line: when its clock restarts or jumps, and after a reconnection, the time that passed
    here counts. All pictures have the size of the first.

    Args:
        connection: open.
        name: short name for output files.
        newest: give only the newest frame, so that lag never grows.

    Raises (while iterating):
        ConnectionError: it dropped and did not come back for as long as its `Patience` says.
    """

    is_live = True

    def __init__(
        self, connection: Connection, *, name: str, newest: bool = True, stride: int = 1, max_frames: int | None = None
    ) -> None:
        self._connection = connection
        rate = promised_rate(connection.container, connection.stream)
        if rate is None or self._invents_timestamps():
            timed = " and frames are timed by their arrival" if self._invents_timestamps() else ""
            logger.warning(
                "%s: it does not tell its frame rate; %g frames per second are assumed%s",
                connection.label,
                rate or USUAL_RATE,
                timed,
            )
        super().__init__(
            name=name, frame_rate=rate or USUAL_RATE, indices=None, size=None, stride=stride, max_frames=max_frames
        )
        self._newest = LatestFrame(self._received()) if newest else None

    @property
    def num_dropped(self) -> int:
        """Frames that came and were not taken in time."""
        return self._newest.num_dropped if self._newest else 0

    def close(self) -> None:
        self._connection.stop()
        if self._newest is None or self._newest.close(timeout_s=_CLOSING_S):
            self._connection.close()
        # Else the reader still sits in a system call on the connection, and closes it by being collected.

    def _moments(self) -> Iterator[Moment]:
        return iter(self._newest) if self._newest else self._received()

    def _received(self) -> Iterator[Moment]:
        """Frames of all connections, one after the other, as one line of time."""
        timeline = Timeline(frame_rate=self.frame_rate, arrival=time.monotonic)
        canvas = Canvas()
        given = 0
        while not self._connection.is_stopped():
            reason = "it ended"
            moments = decoded_moments(
                self._connection.container,
                self._connection.stream,
                self._connection.label,
                timeline,
                canvas=canvas,
                timestamps=not self._invents_timestamps(),
            )
            try:
                for moment in moments:
                    if self._connection.is_stopped():
                        return
                    self._connection.works()
                    yield replace(moment, index=given)
                    given += 1
            except av.error.FFmpegError as error:
                reason = self._connection.reason_of(error)
            timeline.join()
            self._connection.reopen(reason, num_frames=given)

    def _invents_timestamps(self) -> bool:
        return self._connection.container.format.name in _INVENTED_TIMESTAMPS
