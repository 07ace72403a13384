"""Pixels of decoded frames as displayed, with correct colours and pixel aspect ratio."""

from __future__ import annotations

import logging
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from outrack.detectors.scaling import one_thread, scaled_planes
from outrack.video.planes import Planes, copied_planes

__all__ = ["Canvas", "DecodedPicture", "is_high_definition", "pixel_aspect_of"]

logger = logging.getLogger(__name__)

_LIGHT_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})
"""Formats whose first plane is the luma of every pixel."""
_UNSPECIFIED = 2  # H.273's value for an unspecified colour matrix


def is_high_definition(width: int, height: int) -> bool:
    """Whether players assume BT.709 for a video without colour metadata; for smaller ones they assume BT.601."""
    return width >= 1280 or height > 576


class Canvas:
    """The size of all pictures of a source: that of the first one, even if the sender changes it later."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None
        self._latest = (0, 0)

    def fit(self, frame: VideoFrame, where: str) -> tuple[int, int]:
        """Width and height to scale a frame to; each change is logged as a warning."""
        size = (frame.width, frame.height)
        if self._size is None:
            self._size = self._latest = size
        if size != self._latest:
            self._latest = size
            logger.warning(
                "%s: the picture size changed to %dx%d; pictures are scaled to %dx%d", where, *size, *self._size
            )
        return self._size


class DecodedPicture:
    """A decoded frame as displayed, with the file's rotation applied. See `outrack.structures.Decoded`.

    Args:
        frame: as it was decoded.
        size: width and height to scale it to, before the rotation.

    Attributes:
        size: width and height as displayed.
    """

    def __init__(self, frame: VideoFrame, size: tuple[int, int]) -> None:
        self._frame, self._stored_size = frame, size
        self._quarter_turns = round(frame.rotation / 90) % 4
        self.size = self._turned(size)
        untold = frame.colorspace == _UNSPECIFIED and is_high_definition(frame.width, frame.height)
        self._colorspace = Colorspace.ITU709 if untold else None
        self._rgb: NDArray[np.uint8] | None = None

    def rgb(self) -> NDArray[np.uint8]:
        """All pixels, RGB uint8 (H, W, 3), converted once."""
        if self._rgb is None:
            width, height = self._stored_size
            shown = VideoReformatter().reformat(  # a separate one: the frame's own is not thread-safe
                self._frame, width, height, format="rgb24", src_colorspace=self._colorspace, **one_thread
            )
            image: NDArray[np.uint8] = shown.to_ndarray()  # type: ignore[assignment]
            self._rgb = np.ascontiguousarray(np.rot90(image, self._quarter_turns)) if self._quarter_turns else image
        return self._rgb

    @property
    def nbytes(self) -> int:
        """Memory of the planes, and of the RGB pixels once they were read."""
        planes = sum(plane.buffer_size for plane in self._frame.planes)
        return planes + (0 if self._rgb is None else self._rgb.nbytes)

    def scaled_planes(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """The picture scaled to another width and height, RGB with the channels first, uint8 (3, height, width)."""
        planes = scaled_planes(self._frame, self._turned(size), colorspace=self._colorspace)
        return np.rot90(planes, self._quarter_turns, axes=(1, 2)) if self._quarter_turns else planes

    def grey(self) -> NDArray[np.uint8]:
        """Its luma, uint8 (H, W): the decoder's own plane if it has one, in its own range of values."""
        if self._frame.format.name not in _LIGHT_FIRST or self._stored_size != (self._frame.width, self._frame.height):
            return np.asarray(Image.fromarray(self.rgb()).convert("L"))
        width, height = self._stored_size
        plane = self._frame.planes[0]
        values = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]  # a buffer, and the stubs do not say so
        light = values.reshape(-1, plane.line_size)[:height, :width]
        return np.rot90(light, self._quarter_turns) if self._quarter_turns else light

    def planes(self) -> Planes | None:
        """A copy to draw on and to encode; None if it differs from what a video of this size is encoded as.

        That is the case if the file rotates or scales its pictures, has another pixel format, range of values or an odd
        size, or a colour matrix other than the one that players assume for its size.
        """
        frame = self._frame
        is_bt709 = is_high_definition(frame.width, frame.height)
        meant = {_UNSPECIFIED, 1} if is_bt709 else {_UNSPECIFIED, 5, 6}
        if (
            frame.format.name != "yuv420p"
            or self._quarter_turns
            or self._stored_size != (frame.width, frame.height)
            or frame.width % 2
            or frame.height % 2
            or frame.color_range == ColorRange.JPEG
            or frame.colorspace not in meant
        ):
            return None
        return copied_planes(frame, is_bt709=is_bt709)

    def _turned(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height before the rotation from those after it, and vice versa."""
        return (size[1], size[0]) if self._quarter_turns % 2 else size


def pixel_aspect_of(stream: VideoStream, frame: VideoFrame) -> Fraction:
    """Pixel aspect ratio, width over height, as displayed: 64/45 for widescreen PAL, 1 if unspecified."""
    told = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    if not told:
        return Fraction(1)
    return 1 / told if round(frame.rotation / 90) % 2 else told
