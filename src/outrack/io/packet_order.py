"""The order of a video's frames by its packets, also where clocks restart or stand still."""

from __future__ import annotations

from typing import NamedTuple

import av
from av.video.stream import VideoStream

__all__ = ["PacketOrder", "PacketPlace"]


class PacketPlace(NamedTuple):
    """Where a packet's frame stands among all: clocks one after the other, then by time, then as they were read."""

    run: int
    pts: int
    number: int


class PacketOrder:
    """Gives packets their places, in the order of decoding, in which decoding times rise unless a clock restarts.

    The place is kept in `packet.opaque`, and a decoder with `copy_opaque` hands it on to the frame.
    """

    def __init__(self) -> None:
        self._run = 0
        self._number = 0
        self._last_dts: int | None = None

    def place(self, packet: av.Packet[VideoStream]) -> PacketPlace | None:
        """The next packet's place; None where it has no time, or none of its frame is shown."""
        if packet.pts is None or not packet.size or packet.is_discard:
            return None
        if packet.dts is not None:
            if self._last_dts is not None and packet.dts < self._last_dts:
                self._run += 1  # another clock begins
            self._last_dts = packet.dts
        place = PacketPlace(self._run, packet.pts, self._number)
        self._number += 1
        packet.opaque = place
        return place
