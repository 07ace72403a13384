"""The order of a video's frames by its packets, also where clocks restart or stand still."""

from __future__ import annotations

from typing import NamedTuple

import av
from av.video.stream import VideoStream

__all__ = ["PacketOrder", "PacketPlace"]


class PacketPlace(NamedTuple):
    """Sort key of a packet's frame: by clock, then by time, then by reading order."""

    run: int
    pts: int
    number: int


class PacketOrder:
    """Assigns places to packets in decoding order, in which decoding times rise unless a clock restarts.

    The place is stored in `packet.opaque`, which a decoder with `copy_opaque` copies to the frame.
    """

    def __init__(self) -> None:
        self._run = 0
        self._number = 0
        self._last_dts: int | None = None

    def place(self, packet: av.Packet[VideoStream]) -> PacketPlace | None:
        """The next packet's place; None if it has no time, or its frame is not visible."""
        if packet.pts is None or not packet.size or packet.is_discard:
            return None
        if packet.dts is not None:
            if self._last_dts is not None and packet.dts < self._last_dts:
                self._run += 1  # another clock starts
            self._last_dts = packet.dts
        place = PacketPlace(self._run, packet.pts, self._number)
        self._number += 1
        packet.opaque = place
        return place
