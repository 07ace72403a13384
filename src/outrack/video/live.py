"""Live streams: frames arrive in real time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace

import av

from outrack.video.base import Moment
from outrack.video.connected import ConnectedSource
from outrack.video.connection import Connection
from outrack.video.declared import USUAL_RATE, declared_rate
from outrack.video.decoding import decoded_moments
from outrack.video.pixels import Canvas
from outrack.video.timeline import Timeline

__all__ = ["LiveStream"]

logger = logging.getLogger(__name__)

# These demuxers time live pictures at 25 per second; the time of arrival is more accurate.
_INVENTED_TIMESTAMPS = frozenset({"mpjpeg", "mjpeg", "jpeg_pipe", "image2pipe"})


class LiveStream(ConnectedSource):
    """Frames of a live connection, which is reopened when it drops.

    Indices count all received frames, including dropped ones. Timestamps are the sender's, made monotonic: when its
    clock restarts or jumps, and after a reconnection, local time is used. All pictures have the size of the first.

    Args:
        connection: open.
        name: short name for output files.
        newest: yield only the latest frame, so that lag never grows.

    Raises (while iterating): ConnectionError: it dropped and did not come back within its `Patience`.
    """

    is_live = True

    def __init__(
        self, connection: Connection, *, name: str, newest: bool = True, stride: int = 1, max_frames: int | None = None
    ) -> None:
        rate = declared_rate(connection.container, connection.stream)
        invents_timestamps = _invents_timestamps(connection)
        if rate is None or invents_timestamps:
            timed = " and frames are timed by their arrival" if invents_timestamps else ""
            logger.warning(
                "%s: the frame rate is unknown; assuming %g frames per second%s",
                connection.label,
                rate or USUAL_RATE,
                timed,
            )
        super().__init__(
            connection,
            name=name,
            frame_rate=rate or USUAL_RATE,
            indices=None,
            newest=newest,
            stride=stride,
            max_frames=max_frames,
        )

    def _received(self) -> Iterator[Moment]:
        """Frames of all connections, one after the other, on one time axis."""
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
                timestamps=not _invents_timestamps(self._connection),
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


def _invents_timestamps(connection: Connection) -> bool:
    return connection.container.format.name in _INVENTED_TIMESTAMPS
