"""Common part of live streams and recordings at an address: frames that are received over a connection."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from outrack.video.base import Moment, VideoSource
from outrack.video.connection import Connection
from outrack.video.latest_frame import LatestFrame

__all__ = ["ConnectedSource"]

_CLOSING_S = 1.0  # a reader that blocks in a system call for longer is abandoned


class ConnectedSource(VideoSource):
    """All received frames, or only the latest one each time.

    Args:
        connection: open.
        name, frame_rate, indices, stride, max_frames: as for `VideoSource`.
        newest: yield only the latest frame, so that lag never grows.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        name: str,
        frame_rate: float,
        indices: Sequence[int] | None,
        newest: bool,
        stride: int,
        max_frames: int | None,
    ) -> None:
        super().__init__(
            name=name,
            frame_rate=frame_rate,
            indices=indices,
            size=None,  # its pictures may be rotated
            counted=False,
            stride=stride,
            max_frames=max_frames,
        )
        self._connection = connection
        self._newest = LatestFrame(self._received()) if newest else None

    @abstractmethod
    def _received(self) -> Iterator[Moment]:
        """Every frame, until `self._connection` is stopped."""

    @property
    def num_dropped(self) -> int:
        """Frames that were received but dropped."""
        return self._newest.num_dropped if self._newest else 0

    def close(self) -> None:
        self._connection.stop()
        if self._newest is None or self._newest.close(timeout_s=_CLOSING_S):
            self._connection.close()
        # Otherwise the reader is still in a system call on the connection, which garbage collection closes.

    def _moments(self) -> Iterator[Moment]:
        return iter(self._newest) if self._newest else self._received()
