"""Pictures in the encoders' format: luma of every pixel, chroma at half the width and height (yuv420p)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from outrack.video.layers import Layer

__all__ = ["Planes", "copied_planes", "yuv_values"]

_WEIGHTS = {True: (0.2126, 0.0722), False: (0.299, 0.114)}
"""Weights of red and blue in luma, for BT.709 and BT.601."""


@dataclass(frozen=True, slots=True)
class Planes:
    """A picture to draw on and to encode without conversion to RGB.

    Attributes:
        frame: yuv420p of even width and height, with limited range; drawing modifies its buffers.
        is_bt709: whether its colour matrix is BT.709; otherwise it is BT.601.
    """

    frame: VideoFrame
    is_bt709: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.frame.width, self.frame.height

    def layers(self) -> list[Layer]:
        """Luma, and the two chroma planes at half the width and height."""
        layers = []
        for channel, plane in enumerate(self.frame.planes):
            values = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]  # a buffer; the stubs do not say so
            layers.append(
                Layer(
                    values,
                    plane.height,
                    plane.width,
                    stride=plane.line_size,
                    depth=1,
                    shrink=2 if channel else 1,
                    values_of=partial(_channel_of, channel=channel, is_bt709=self.is_bt709),
                )
            )
        return layers


def copied_planes(frame: VideoFrame, *, is_bt709: bool) -> Planes:
    """A copy of a decoded yuv420p frame to draw on: the decoder needs the original for later frames."""
    copy = VideoFrame(frame.width, frame.height, "yuv420p")
    for ours, theirs in zip(copy.planes, frame.planes, strict=True):
        to, of = (np.frombuffer(plane, np.uint8) for plane in (ours, theirs))  # type: ignore[call-overload]
        rows = to[: ours.height * ours.line_size].reshape(ours.height, -1)
        rows[:, : ours.width] = of[: theirs.height * theirs.line_size].reshape(theirs.height, -1)[:, : ours.width]
    return Planes(copy, is_bt709)


def yuv_values(rgb: NDArray[np.uint8], *, is_bt709: bool) -> NDArray[np.uint8]:
    """Luma from 16 to 235 and chroma from 16 to 240, (..., 3), of RGB values (..., 3)."""
    red, green, blue = np.moveaxis(rgb.astype(np.float64) / 255, -1, 0)
    of_red, of_blue = _WEIGHTS[is_bt709]
    light = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    parts = (
        16 + 219 * light,
        128 + 112 * (blue - light) / (1 - of_blue),
        128 + 112 * (red - light) / (1 - of_red),
    )
    values: NDArray[np.uint8] = np.rint(np.stack(parts, axis=-1)).astype(np.uint8)
    return values


def _channel_of(rgb: NDArray[np.uint8], *, channel: int, is_bt709: bool) -> NDArray[np.uint8]:
    return yuv_values(rgb, is_bt709=is_bt709)[..., channel : channel + 1]
