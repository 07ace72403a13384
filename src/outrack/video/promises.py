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
    "has_no_times",
    "longest_step_s",
    "measured_rate",
    "promised_frames",
    "promised_rate",
    "promised_seconds",
]

USUAL_RATE = 25.0
"""Frames per second if the rate is unknown."""
_FASTEST_RATE = 300.0  # hardly a camera for people is faster; what says so tells its clock's ticks instead


def promised_rate(container: InputContainer, stream: VideoStream) -> float | None:
    """Frames per second of the container; None if unknown or implausible.

    A container with a clock of milliseconds and no frame rate, as browsers record, is reported to have 1000.
    """
    promises: tuple[Fraction | None, ...] = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    if has_no_times(container):
        promises = promises[1:2]  # the first is FFmpeg's own 25; the codec may tell
    return next((float(rate) for rate in promises if rate and 0 < rate < _FASTEST_RATE), None)


def measured_rate(container: InputContainer, stream: VideoStream, *, packets: int = 100) -> float | None:
    """Frames per second of the first packets; None where they have no times. Takes them out of the container."""
    read = islice(container.demux(stream), packets)
    times = sorted(packet.pts for packet in read if packet.pts is not None and packet.size)
    steps = [later - time for time, later in pairwise(times) if later > time]
    if not steps or not stream.time_base:
        return None
    return float(1 / (median(steps) * stream.time_base))


def promised_frames(stream: VideoStream, rate: float) -> int | None:
    """Number of frames that will be shown, as far as the container tells.

    The duration tells more than the number of frames stored: some of those may be cut off by an edit list, and a
    recording that was stopped hard counts only its first fragment.
    """
    if not stream.duration or not stream.time_base:
        return stream.frames or None
    shown = round(float(stream.duration * stream.time_base) * rate)
    return stream.frames if abs(shown - stream.frames) <= 1 else max(shown, 1)


def promised_seconds(container: InputContainer) -> float:
    """Length as the container says; 0 where it says nothing, or estimates it from what is there."""
    if container.format.flags & cast(int, Flags.ts_discont.value):
        return 0.0
    return float(Fraction(container.duration or 0, av.time_base))


def longest_step_s(container: InputContainer) -> float:
    """Seconds between two frames that are believed. MPEG streams are cut and joined, and their clocks restart; FFmpeg
    draws the same line. In other containers a gap is honest, however long."""
    return 10.0 if container.format.flags & cast(int, Flags.ts_discont.value) else math.inf


def has_no_times(container: InputContainer) -> bool:
    """Whether frames come without times, as in a raw stream of H.264."""
    return bool(container.format.flags & cast(int, Flags.no_timestamps.value))
