"""Common part of all sources of frames: selection by stride and number, one picture size, skipping of bad pictures."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.io.pictures import UnreadablePictureError
from outrack.structures import Decoded, Frame
from outrack.video.closing import Closing

__all__ = ["Moment", "VideoSource"]

logger = logging.getLogger(__name__)

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame whose pixels are not yet converted, so that frames skipped by a stride cost nothing.

    Attributes:
        index: position in the source, from 0.
        timestamp_s: seconds since the source's first frame.
        read: returns the picture, RGB uint8 (H, W, 3) or as it was decoded, or None if the source has none; raises
            `UnreadablePictureError` if it is broken.
        where: the picture's name for messages, such as a file name.
        pixel_aspect: ratio of a pixel's width to its height.
    """

    index: int
    timestamp_s: float
    read: Callable[[], Pixels | Decoded | None]
    where: str
    pixel_aspect: Fraction = Fraction(1)


def check_whole(name: str, value: object) -> None:
    """Refuse fractions and text for a number of frames; None is none.

    Raises:
        TypeError: names the argument.
    """
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
        raise TypeError(f"{name}: expected a whole number of frames, got {value!r:.60}")


class VideoSource(Closing):
    """Frames in order of time. A context manager, and iterated once.

    Of every `stride` positions the first readable one is yielded, up to `max_frames`. A picture that cannot be decoded
    is skipped with a warning; later frames keep their index and timestamp.

    Args:
        indices: the index of every frame, or None if unknown.
        counted: `indices` is exact, except for damage; False for an estimate.
        stride, max_frames: see above; both at least 1.

    Attributes:
        name: short name for output files.
        frame_rate: nominal frames per second of the source, before stride.
        num_frames: expected number of frames, after stride and max_frames; None if unknown. For a damaged file it is
            the number in the header.
        is_counted: `num_frames` is a count, not estimated from a duration.
        size: width and height in pixels; None before the first picture of a live source, or without pictures.
        stride: see above.
        may_go_on: there may be further frames; False once the source is known to have ended.
        has_known_rate: `frame_rate` is not an assumption, as it is for a folder of pictures.
        is_live: frames arrive in real time (camera, stream), and are lost if not read in time.
    """

    is_live = False

    def __init__(
        self,
        *,
        name: str,
        frame_rate: float,
        indices: Sequence[int] | None,
        size: tuple[int, int] | None,
        counted: bool = True,
        stride: int = 1,
        max_frames: int | None = None,
    ) -> None:
        check_whole("stride", stride)
        check_whole("max_frames", max_frames)
        if stride < 1:
            raise ValueError(f"stride: expected 1 or more, got {stride}")
        if max_frames is not None and max_frames < 1:
            raise ValueError(f"max_frames: expected 1 or more, got {max_frames}")
        self.name = name
        self.frame_rate = frame_rate
        self.size = size
        self.num_frames = None if indices is None else _num_blocks(indices, stride)
        if self.num_frames is not None and max_frames is not None:
            self.num_frames = min(self.num_frames, max_frames)
        self.is_counted = counted and indices is not None
        self.stride = stride
        self.may_go_on = True
        self.has_known_rate = True
        self._max_frames = max_frames
        self._was_read = False

    def __iter__(self) -> Iterator[Frame]:
        given = 0
        last_block = -1
        was_read, self._was_read = self._was_read, True
        moments = self._moments()
        for moment in moments:
            block = moment.index // self.stride
            if block == last_block:
                continue
            try:
                image = moment.read()
            except UnreadablePictureError as error:
                logger.warning("%s: skipped, it cannot be decoded (%s)", moment.where, error.reason)
                continue
            frame = Frame(image, moment.index, moment.timestamp_s, self.name, moment.pixel_aspect)
            if frame.size is not None:
                self._check_size(frame.size, moment.where)
            last_block = block
            given += 1
            yield frame
            if given == self._max_frames:
                if not self.is_live:
                    with suppress(OSError, ValueError):  # damage after the last requested frame
                        self.may_go_on = next(moments, None) is not None
                return
        self.may_go_on = False
        if given == 0 and was_read:
            raise ValueError(f"{self.name}: this source was already read to its end; open it again")
        if given == 0:
            raise ValueError(f"{self.name}: no frame could be read. Is the source damaged?")

    @abstractmethod
    def _moments(self) -> Iterator[Moment]:
        """Every frame of the source, in order, before stride."""

    @property
    def num_dropped(self) -> int:
        """Frames of a live source that were dropped."""
        return 0

    def picture_of(self, index: int) -> Path | None:
        """The file of a frame's picture; None if frames are not separate files."""
        return None

    def close(self) -> None:
        """Release files, connections and threads; may be called more than once."""

    def _check_size(self, size: tuple[int, int], where: str) -> None:
        if self.size is None:
            self.size = size
        if size != self.size:
            raise ValueError(
                f"{where}: the picture is {size[0]}x{size[1]}, but previous ones are {self.size[0]}x{self.size[1]}. "
                "All pictures of a source must have the same size: resize them, or track each size separately."
            )


def _num_blocks(indices: Sequence[int], stride: int) -> int:
    """How many blocks of `stride` positions have a frame. A header may promise billions of frames: a range is not
    walked through."""
    if isinstance(indices, range) and indices.step == 1:
        return indices[-1] // stride - indices[0] // stride + 1 if indices else 0
    return len({index // stride for index in indices})
