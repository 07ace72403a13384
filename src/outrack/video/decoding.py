"""Packets of an open PyAV container to frames with their place and time in the source."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from outrack.video.base import Moment

__all__ = ["decoded_moments", "expected_frames", "nominal_rate", "picture_of", "video_stream"]

logger = logging.getLogger(__name__)

_USUAL_RATE = 25.0


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """The picture stream of a container, set to decode on all cores.

    Raises:
        ValueError: there is no picture stream.
    """
    if not container.streams.video:
        raise ValueError(f"{name}: it has no pictures, only {len(container.streams)} other stream(s). Is it audio?")
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    return stream


def nominal_rate(stream: VideoStream) -> float:
    """Frames per second as the container says, else as guessed from its first packets, else 25."""
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return float(rate) if rate else _USUAL_RATE


def expected_frames(stream: VideoStream) -> int | None:
    """Number of frames as the container says or its duration suggests, whichever is more; None where neither is known.

    A recording that was stopped hard counts only its first fragment, and tells the duration of all.
    """
    length_s = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    return max(stream.frames, round(length_s * nominal_rate(stream))) or None


def picture_of(frame: VideoFrame) -> NDArray[np.uint8]:
    """Pixels of a decoded frame as they should be seen: RGB uint8 (H, W, 3), the file's rotation applied."""
    image: NDArray[np.uint8] = frame.to_ndarray(format="rgb24")  # type: ignore[assignment]
    quarter_turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image


def decoded_moments(
    container: InputContainer, stream: VideoStream, name: str, *, clock: Callable[[], float] | None = None
) -> Iterator[Moment]:
    """Decode a stream to its end.

    A frame's index is the number of packets that are shown before it, so frames that follow a broken packet keep their
    place. Its time is its presentation timestamp, counted from the first packet's. Where a container gives no
    timestamps, frames are counted and the nominal rate gives the time. A `clock` replaces all this by the time at which
    a frame was decoded, for live streams whose container invents timestamps.

    A packet that cannot be decoded is skipped with a warning, and a frame that comes after a later one is left out.
    When reading fails for good (a file that was cut short, a connection that broke), what was decoded until then has
    been given and the `av` error is raised.
    """
    rate = nominal_rate(stream)
    line = _ShownOrder()
    for packet, frames in _decoded(container, stream, name):
        if packet is not None and packet.pts is not None and packet.size and not packet.is_discard:
            line.expect(packet.pts)
        for frame in frames:
            index = line.place(frame.pts)
            if index is None:
                continue
            if clock is not None:
                time_s = clock()
            elif frame.pts is None or frame.time_base is None:
                time_s = index / rate
            else:
                time_s = float((frame.pts - line.origin) * frame.time_base)
            yield Moment(index, time_s, partial(picture_of, frame), f"{name}, frame {index + 1}")


class _ShownOrder:
    """Tells the place of a frame among all packets, also of those that gave no frame.

    Attributes:
        origin: presentation time of the first packet.
    """

    def __init__(self) -> None:
        self.origin = 0
        self._waiting: list[int] = []  # presentation times of packets whose frames have not come out yet
        self._next_index = 0
        self._latest: int | None = None

    def expect(self, pts: int) -> None:
        """A packet has been read; packets come in the order of decoding."""
        heapq.heappush(self._waiting, pts)

    def place(self, pts: int | None) -> int | None:
        """Index of a decoded frame; None when a later frame was placed before it."""
        index = self._next_index
        if pts is not None:
            if self._latest is None:
                self.origin = min([pts, *self._waiting[:1]])
            elif pts <= self._latest:  # near damage, decoders let frames out in the wrong order
                return None
            self._latest = pts
            while self._waiting and self._waiting[0] < pts:
                heapq.heappop(self._waiting)
                index += 1
            if self._waiting and self._waiting[0] == pts:
                heapq.heappop(self._waiting)
        self._next_index = index + 1
        return index


def _decoded(
    container: InputContainer, stream: VideoStream, name: str
) -> Iterator[tuple[av.Packet[VideoStream] | None, list[VideoFrame]]]:
    """Packets with the frames that came out of the decoder after each, and at the end those that were still in it."""
    broken = 0
    try:
        for packet in container.demux(stream):
            frames: list[VideoFrame] = []
            try:
                frames = stream.decode(packet)
            except av.error.InvalidDataError:
                broken += 1
                if broken == 1:
                    logger.warning("%s: a packet cannot be decoded, skipped; the file or stream is damaged", name)
            yield packet, frames
    except av.error.FFmpegError:
        left: list[VideoFrame] = []
        with suppress(av.error.FFmpegError):
            left = stream.decode(None)
        yield None, left
        raise
    if broken > 1:
        logger.warning("%s: %d broken packet(s) were skipped in all", name, broken)
