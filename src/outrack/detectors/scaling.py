"""Scales pictures to the network's input size with FFmpeg's scaler.

It converts a decoder's planes to RGB at the new size in one step, several times faster than conversion to RGB followed
by scaling. When shrinking, all pixels under a new one are averaged with triangular weights: no aliasing.
"""

from __future__ import annotations

import threading

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

__all__ = ["one_thread", "scaled_image", "scaled_planes"]

_RED_GREEN_BLUE = (2, 0, 1)
"""Their positions among the planes of FFmpeg's gbrp."""
# Full chroma on both sides: exact, and for RGB twice as fast as without.
_TRIANGLE = Interpolation.BILINEAR.value | 0x2000 | 0x4000  # SWS_FULL_CHR_H_INT, SWS_FULL_CHR_H_INP

one_thread: dict[str, int] = {"threads": 1} if int(av.__version__.partition(".")[0]) >= 17 else {}
"""For `VideoReformatter.reformat`. Later versions would start one thread per core, for a millisecond of work."""

_local = threading.local()


def scaled_planes(
    frame: VideoFrame, size: tuple[int, int], *, colorspace: Colorspace | None = None
) -> NDArray[np.uint8]:
    """A decoded frame at `size` (width, height), RGB with the channels first, (3, height, width).

    Args:
        frame: in any format of FFmpeg.
        size: width and height.
        colorspace: colour space of the frame, if it does not state it itself.
    """
    if not hasattr(_local, "reformatter"):
        _local.reformatter = VideoReformatter()  # caches the tables of the last size; not thread-safe
    width, height = size
    shown = _local.reformatter.reformat(
        frame,
        width,
        height,
        format="gbrp",
        src_colorspace=colorspace,
        interpolation=_TRIANGLE,
        **one_thread,
    )
    planes = np.empty((3, height, width), np.uint8)
    for channel, index in enumerate(_RED_GREEN_BLUE):
        plane = shown.planes[index]
        planes[channel] = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, :width]
    return planes


def scaled_image(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """RGB pixels (H, W, 3) at `size` (width, height), channels first, (3, height, width)."""
    height, width, _ = image.shape
    if (width, height) == size:
        return image.transpose(2, 0, 1)
    # The frame shares the buffer, and is freed after this line.
    return scaled_planes(VideoFrame.from_numpy_buffer(np.ascontiguousarray(image)), size)
