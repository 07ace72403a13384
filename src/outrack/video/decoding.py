"""Decodes the packets of a PyAV container to frames with their index and time in the source."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from outrack.io.packet_order import PacketOrder, PacketPlace
from outrack.video.base import Moment
from outrack.video.pixels import Canvas, DecodedPicture, pixel_aspect_of
from outrack.video.timeline import Timeline

__all__ = ["PacketCount", "decoded_moments", "video_stream"]

logger = logging.getLogger(__name__)

Item = TypeVar("Item")


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """The picture stream of a container, set to decode on all cores.

    Raises:
        ValueError: there is no picture stream.
    """
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        cover = "a cover picture and " if container.streams.video else ""
        others = len(container.streams) - len(container.streams.video)
        raise ValueError(f"{name}: it contains no pictures, only {cover}{others} other stream(s). Is it audio?")
    stream = streams[0]
    if stream.codec_context is None:
        raise ValueError(f"{name}: the installed FFmpeg cannot decode this video format. Convert it to H.264.")
    stream.thread_type = "AUTO"
    stream.codec_context.copy_opaque = True  # so that a frame can be traced to its packet
    return stream


@dataclass(slots=True)
class PacketCount:
    """Counts of packets read from a stream.

    Attributes:
        read: packets with data, including those without a visible frame.
        broken: packets that could not be decoded.
    """

    read: int = 0
    broken: int = 0


def decoded_moments(
    container: InputContainer,
    stream: VideoStream,
    name: str,
    timeline: Timeline,
    *,
    canvas: Canvas | None = None,
    timestamps: bool = True,
    count: PacketCount | None = None,
) -> Iterator[Moment]:
    """Decode a stream to its end.

    A frame's index is the number of visible packets before it, so frames that follow a broken packet keep their index.
    Its time is its presentation timestamp, converted by `timeline`.

    A packet that cannot be decoded is skipped with a warning, and near such damage out-of-order frames are dropped.
    Where a clock restarts or stands still, every frame is yielded. If reading fails permanently (a truncated file, a
    broken connection), the frames decoded so far are yielded and the `av` error is raised.

    Args:
        container, stream: open, at their start.
        name: name of the source, for messages.
        timeline: converts the times; it may contain frames of an earlier connection.
        canvas: the size of all pictures, if there was an earlier connection.
        timestamps: use the container's; off if it invents them.
        count: receives the number of packets read.
    """
    count = PacketCount() if count is None else count
    canvas = Canvas() if canvas is None else canvas
    order = _ShownOrder()
    tick_s = stream.time_base  # frames left in the decoder when reading fails lack it
    shown = _shown(_decoded(container, stream, name, order, count), order, count)
    # A live frame is yielded at once; for it, the time of arrival shows whether its timestamp is too far ahead.
    for (frame, index), after in _with_next(shown) if not timeline.is_live else ((item, None) for item in shown):
        clock_s, first_s, next_s = (
            None if pts is None or tick_s is None or not timestamps else float(pts * tick_s)
            for pts in (frame.pts, order.first_pts, None if after is None else after[0].pts)
        )
        time_s = timeline.place(clock_s, first_s=first_s, next_s=next_s)
        where = f"{name}, frame {index + 1}"
        size = canvas.fit(frame, where)
        yield Moment(index, time_s, partial(DecodedPicture, frame, size), where, pixel_aspect_of(stream, frame))


class _ShownOrder:
    """Finds the index of a frame among all packets, including those without frames.

    Attributes:
        first_pts: presentation time of the first packet; None where the first frame has none.
    """

    def __init__(self) -> None:
        self.first_pts: int | None = None
        self._packets = PacketOrder()
        self._waiting: list[PacketPlace] = []  # packets whose frames are still in the decoder
        self._next_index = 0

    def expect(self, packet: av.Packet[VideoStream]) -> None:
        """A packet has been read."""
        place = self._packets.place(packet)
        if place is not None:
            heapq.heappush(self._waiting, place)

    def index(self, frame: VideoFrame, *, damaged: bool) -> int | None:
        """Index of a decoded frame; None if it is out of order because of damage."""
        place = frame.opaque if isinstance(frame.opaque, PacketPlace) else None
        if self._next_index == 0 and frame.pts is not None:
            self.first_pts = min([frame.pts, *(waiting.pts for waiting in self._waiting[:1])])
        index = self._next_index
        if place is None:  # this decoder does not report the frame's packet
            place = self._waiting[0] if self._waiting else None
        elif not self._waiting or place < self._waiting[0]:
            place = None
            if damaged:
                return None
        while place is not None and self._waiting and self._waiting[0] <= place:
            index += heapq.heappop(self._waiting) < place
        self._next_index = index + 1
        return index


def _shown(frames: Iterator[VideoFrame], order: _ShownOrder, count: PacketCount) -> Iterator[tuple[VideoFrame, int]]:
    """Frames with their indices."""
    for frame in frames:
        index = order.index(frame, damaged=count.broken > 0 or frame.is_corrupt)
        if index is not None:
            yield frame, index


def _with_next(items: Iterator[Item]) -> Iterator[tuple[Item, Item | None]]:
    """Every item with the one after it. If an error ends the items, the last one is yielded first."""
    held: list[Item] = []
    try:
        for item in items:
            if held:
                yield held.pop(), item
            held.append(item)
    except av.error.FFmpegError:
        if held:
            yield held.pop(), None
        raise
    if held:
        yield held.pop(), None


def _decoded(
    container: InputContainer, stream: VideoStream, name: str, order: _ShownOrder, count: PacketCount
) -> Iterator[VideoFrame]:
    """Frames in the decoder's order, including those buffered at the end."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                count.read += 1
            order.expect(packet)
            frames: list[VideoFrame] = []
            try:
                frames = stream.decode(packet)
            except av.error.InvalidDataError:
                count.broken += 1
                if count.broken == 1:
                    logger.warning("%s: a packet cannot be decoded, skipped; the file or stream is damaged", name)
            yield from frames
    except av.error.FFmpegError:
        with suppress(av.error.FFmpegError):
            yield from stream.decode(None)
        raise
    if count.broken > 1:
        logger.warning("%s: %d broken packet(s) were skipped in total", name, count.broken)
