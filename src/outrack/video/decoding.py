"""Packets of an open PyAV container to frames with their place and time in the source."""

from __future__ import annotations

import heapq
import logging
import math
from collections.abc import Callable, Iterator
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
    """Number of frames as the container says, else as its duration suggests, else None."""
    if stream.frames:
        return stream.frames
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base) * nominal_rate(stream)) or None
    return None


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
    waiting: list[int] = []  # presentation times of packets whose frames have not come out yet
    next_index = 0
    latest = -math.inf
    origin: int | None = None
    broken = 0
    for packet in container.demux(stream):
        if packet.pts is not None and packet.size and not packet.is_discard:
            heapq.heappush(waiting, packet.pts)
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            broken += 1
            logger.warning("%s: a packet near frame %d cannot be decoded, skipped", name, next_index + 1)
            continue
        for frame in frames:
            index = next_index
            if frame.pts is not None:
                if frame.pts <= latest:  # near damage, decoders let frames out in the wrong order
                    continue
                latest = frame.pts
                origin = (waiting[0] if waiting else frame.pts) if origin is None else origin
                while waiting and waiting[0] < frame.pts:
                    heapq.heappop(waiting)
                    index += 1
                if waiting and waiting[0] == frame.pts:
                    heapq.heappop(waiting)
            if clock is not None:
                time_s = clock()
            elif frame.pts is None or frame.time_base is None or origin is None:
                time_s = index / rate
            else:
                time_s = float((frame.pts - origin) * frame.time_base)
            next_index = index + 1
            yield Moment(index, time_s, partial(picture_of, frame), f"{name}, frame {index + 1}")
    if broken:
        logger.warning("%s: %d broken packet(s) were skipped in all", name, broken)
