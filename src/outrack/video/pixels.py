"""Pixels of decoded frames as they should be seen, and which colours and pixel shapes video has."""

from __future__ import annotations

import logging
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray

__all__ = ["Canvas", "is_high_definition", "picture_of", "pixel_aspect_of"]

logger = logging.getLogger(__name__)

_UNTOLD = 2  # the value of H.273 for a colour matrix that nothing is said about


def is_high_definition(width: int, height: int) -> bool:
    """Whether players take a video that does not tell its colours for BT.709; smaller ones they take for BT.601."""
    return width >= 1280 or height > 576


class Canvas:
    """One size for all pictures of a source: that of its first one, whatever its sender does later."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None
        self._latest = (0, 0)

    def fit(self, frame: VideoFrame, where: str) -> tuple[int, int]:
        """Width and height that a frame is scaled to; a warning tells each change."""
        size = (frame.width, frame.height)
        if self._size is None:
            self._size = self._latest = size
        if size != self._latest:
            self._latest = size
            logger.warning(
                "%s: the pictures are %dx%d from here on, and are scaled to %dx%d", where, *size, *self._size
            )
        return self._size


def picture_of(frame: VideoFrame, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Pixels of a decoded frame as they should be seen: RGB uint8 (H, W, 3), the file's rotation applied.

    Args:
        frame: as it was decoded.
        size: width and height, before the rotation, to scale it to; its own when left out.
    """
    width, height = size or (frame.width, frame.height)
    untold = frame.colorspace == _UNTOLD and is_high_definition(frame.width, frame.height)
    shown = frame.reformat(
        format="rgb24", width=width, height=height, src_colorspace=Colorspace.ITU709 if untold else None
    )
    image: NDArray[np.uint8] = shown.to_ndarray()  # type: ignore[assignment]
    quarter_turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image


def pixel_aspect_of(stream: VideoStream, frame: VideoFrame) -> Fraction:
    """Width of a pixel over its height, as it should be seen: 64/45 for widescreen PAL, 1 where nothing is said."""
    told = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    if not told:
        return Fraction(1)
    return 1 / told if round(frame.rotation / 90) % 2 else told
