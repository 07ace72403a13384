"""Plausible metadata of a container, before anything is decoded."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import islice, pairwise
from statistics import median
from typing import cast

import av
from av.container import InputContainer
from av.format import Flags
from av.video.stream import VideoStream

__all__ = [
    "USUAL_RATE",
    "declared_frames",
    "declared_rate",
    "declared_seconds",
    "has_no_times",
    "longest_step_s",
    "measured_rate",
]

USUAL_RATE = 25.0
"""Frames per second if the rate is unknown."""
_FASTEST_RATE = 300.0  # cameras are hardly ever faster; higher values are clock ticks instead of frame rates


def declared_rate(container: InputContainer, stream: VideoStream) -> float | None:
    """Frames per second of the container; None if unknown or implausible.

    A container with a clock of milliseconds and no frame rate, as browsers record, is reported to have 1000.
    """
    rates: tuple[Fraction | None, ...] = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    if has_no_times(container):
        rates = rates[1:2]  # the first may be FFmpeg's default of 25; the codec may know better
    return next((float(rate) for rate in rates if rate and 0 < rate < _FASTEST_RATE), None)


def measured_rate(container: InputContainer, stream: VideoStream, *, packets: int = 100) -> float | None:
    """Frames per second of the first packets; None if they have no timestamps. Reads them from the container."""
    read = islice(container.demux(stream), packets)
    times = sorted(packet.pts for packet in read if packet.pts is not None and packet.size)
    steps = [later - time for time, later in pairwise(times) if later > time]
    if not steps or not stream.time_base:
        return None
    return float(1 / (median(steps) * stream.time_base))


def declared_frames(stream: VideoStream, rate: float) -> int | None:
    """Number of visible frames according to the container.

    The duration is more reliable than the number of stored frames: an edit list may hide some of those, and a recording
    that was killed counts only its first fragment.
    """
    if not stream.duration or not stream.time_base:
        return stream.frames or None
    shown = round(float(stream.duration * stream.time_base) * rate)
    return stream.frames if abs(shown - stream.frames) <= 1 else max(shown, 1)


def declared_seconds(container: InputContainer) -> float:
    """Duration according to the container; 0 if it is unknown or only estimated. Some recorders count it from the start
    of their clock instead of the first frame, so the shorter one is given."""
    if container.format.flags & cast(int, Flags.ts_discont.value):
        return 0.0
    counted = (container.duration or 0) - max(container.start_time or 0, 0)
    return float(Fraction(max(counted, 0), av.time_base))


def longest_step_s(container: InputContainer) -> float:
    """Longest plausible time between two frames. MPEG streams are cut and joined, and their clocks restart; the limit
    is FFmpeg's. In other containers every gap is genuine, however long."""
    return 10.0 if container.format.flags & cast(int, Flags.ts_discont.value) else math.inf


def has_no_times(container: InputContainer) -> bool:
    """Whether frames have no timestamps, as in a raw H.264 stream."""
    return bool(container.format.flags & cast(int, Flags.no_timestamps.value))
