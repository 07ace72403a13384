"""Recordings at an address: they end, and no frame is lost if reading is slow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
from av.container import InputContainer

from outrack.video.base import Moment
from outrack.video.connected import ConnectedSource
from outrack.video.connection import Connection
from outrack.video.declared import USUAL_RATE, declared_frames, declared_rate, longest_step_s
from outrack.video.decoding import PacketCount, decoded_moments
from outrack.video.pixels import Canvas
from outrack.video.timeline import Timeline

__all__ = ["Recording"]

logger = logging.getLogger(__name__)

_GIVE_UP_S = 120.0


class Recording(ConnectedSource):
    """Frames of a recording. If the connection drops, it is read again from the start and skipped up to the last frame
    yielded, so no frame is lost or repeated.

    Args:
        connection: open.
        name: short name for output files.
        newest: yield only the latest frame, as for a live stream.
        fetch: downloads the whole recording and opens it, if its index is at its end and the server supports no range
            requests; None if that is not possible.

    Raises (while iterating):
        ConnectionError: it dropped and could not be reopened within its `Patience`, two minutes by default.
        ValueError: no frame can be decoded.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        name: str,
        newest: bool = False,
        fetch: Callable[[], InputContainer] | None = None,
        stride: int = 1,
        max_frames: int | None = None,
    ) -> None:
        self._fetch = fetch
        container, stream = connection.container, connection.stream
        rate = declared_rate(container, stream)
        if rate is None:
            logger.warning("%s: the frame rate is unknown; assuming %g frames per second", connection.label, USUAL_RATE)
        rate = rate or USUAL_RATE
        expected = declared_frames(stream, rate)
        super().__init__(
            connection,
            name=name,
            frame_rate=rate,
            indices=None if expected is None else range(expected),
            newest=newest,
            stride=stride,
            max_frames=max_frames,
        )

    def _received(self) -> Iterator[Moment]:
        connection, canvas = self._connection, Canvas()
        last: Moment | None = None
        while not connection.is_stopped():
            container, stream, count = connection.container, connection.stream, PacketCount()
            timeline = Timeline(frame_rate=self.frame_rate, longest_step_s=longest_step_s(container))
            reason: str | None = None
            try:
                for moment in decoded_moments(
                    container, stream, connection.label, timeline, canvas=canvas, count=count
                ):
                    if connection.is_stopped():
                        return
                    if last is None or moment.index > last.index:
                        connection.works()
                        last = moment
                        yield moment
            except av.error.FFmpegError as error:
                reason = connection.reason_of(error)
            if count.read >= stream.frames and (reason is None or self._is_at_end(last)):
                return
            if last is None and self._fetch is not None:
                connection.replace(self._fetch())
                self._fetch = None
                continue
            connection.reopen(reason or "it ended", num_frames=last.index + 1 if last else 0, give_up_s=_GIVE_UP_S)

    def _is_at_end(self, last: Moment | None) -> bool:
        """Whether the last frame is at the container's stated end. A server that sends no length closes the connection
        after it, which FFmpeg reports as a broken connection."""
        container, stream = self._connection.container, self._connection.stream
        if stream.duration and stream.time_base:
            duration_s = stream.duration * stream.time_base
        else:
            duration_s = Fraction(container.duration or 0, av.time_base)
        if not duration_s:  # a file with a known size in bytes only breaks before its end
            return False
        return last is not None and last.timestamp_s + 2 / self.frame_rate >= duration_s
