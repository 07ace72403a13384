"""Inputs of a detector: a `Frame`, or an image as a plain array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Frame

__all__ = ["Picture", "as_frame", "picture_size"]

Picture = Frame | NDArray[np.uint8]
"""A frame of a source, or RGB pixels, uint8 (H, W, 3)."""


def as_frame(picture: Picture) -> Frame:
    """The picture as a frame; a plain array becomes frame 0 without a source.

    Args:
        picture: a frame, or an array of RGB pixels, uint8 (H, W, 3).

    Raises:
        TypeError: it is not a picture, such as a path.
        ValueError: it has no pixels, or pixels in another form; says how to convert them to RGB.
    """
    if isinstance(picture, Frame):
        if picture.decoded is None:
            _check_rgb(picture.pixels)
        return picture
    if not hasattr(picture, "__array__"):
        raise TypeError(
            f"expected a Frame or an RGB array, uint8 (H, W, 3), got {type(picture).__name__}. "
            "For a file, use the frames of outrack.open_source(path), or outrack.track(path)."
        )
    pixels = np.asarray(picture)
    _check_rgb(pixels)
    return Frame(pixels, index=0, timestamp_s=0.0)


def picture_size(frame: Frame) -> tuple[int, int]:
    """Width and height of a frame.

    Raises:
        ValueError: it has no picture.
    """
    if frame.size is not None:
        return frame.size
    height, width, _ = frame.pixels.shape  # raises if there is none
    return width, height


def _check_rgb(pixels: NDArray[np.generic]) -> None:
    if pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.size:
        return
    message = f"expected RGB pixels, uint8 (H, W, 3), got {pixels.dtype} {pixels.shape}"
    if not pixels.size:
        raise ValueError(f"{message}: it has no pixels.")
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        raise ValueError(f"{message}. Drop the alpha channel: pixels[..., :3].")
    if pixels.ndim == 2:
        raise ValueError(f"{message}. For a grey picture: np.repeat(pixels[..., None], 3, axis=2).")
    if pixels.ndim == 4:
        raise ValueError(f"{message}. Pass one picture at a time, or frames of one size to detect_batch.")
    if pixels.ndim == 3 and pixels.shape[0] == 3:
        raise ValueError(f"{message}. Put the channels last: pixels.transpose(1, 2, 0).")
    raise ValueError(f"{message}. For values from 0 to 1: (255 * pixels).astype(np.uint8).")
