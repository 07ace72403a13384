"""Image files: recognition, natural order, pixels."""

from __future__ import annotations

import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from outrack.io.damaged import reason_of
from outrack.io.tar_members import archive_of, read_member
from outrack.io.video_frame import read_video_frame, video_of

__all__ = [
    "PICTURE_SUFFIXES",
    "UnreadablePictureError",
    "is_picture",
    "natural_order",
    "open_image",
    "pictures_in",
    "read_image",
    "rgb_pixels",
]

PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""Endings of file names, in lower case."""
_UNREADABLE = (
    *(UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, TypeError, LookupError),
    *(OverflowError, MemoryError, RecursionError, NotImplementedError, EOFError, ZeroDivisionError, struct.error),
)
"""Errors of Pillow's decoders over broken files."""


class UnreadablePictureError(ValueError):
    """A file is not a picture, or is truncated.

    Args:
        message: names the file and says what to do. It is the only required argument, so torch can re-raise errors of
            its worker processes.
        reason: of the decoder.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


def is_picture(path: Path) -> bool:
    """Whether a file's name has the ending of a picture, regardless of case. Hidden files are none: macOS puts one with
    the same ending beside each picture on foreign disks."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def natural_order(path: Path) -> list[tuple[int, str]]:
    """Sort key under which `frame2` comes before `frame10`."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)]


def pictures_in(folder: Path) -> list[Path]:
    """Pictures of a folder in natural order; empty if there are none."""
    return sorted((path for path in folder.iterdir() if is_picture(path)), key=natural_order)


@contextmanager
def open_image(path: Path) -> Iterator[Image.Image]:
    """An open image file, for Pillow's own calls: what they raise names the file. The path may lead through a tar
    archive.

    Raises:
        FileNotFoundError: there is no such file.
        UnreadablePictureError: it is not an image, or is cut short; a `ValueError`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # large files are not necessarily malicious
            archive = archive_of(path)
            with Image.open(path if archive is None else BytesIO(read_member(path, archive))) as image:
                yield image
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such image") from None
    except _UNREADABLE as error:
        reason = reason_of(error).removesuffix(".")
        message = f"{path}: not a readable image ({reason}). Replace the file, or remove it from the data"
        raise UnreadablePictureError(message, reason) from error


def read_image(path: Path, *, upright: bool = False) -> NDArray[np.uint8]:
    """Decode an image file as RGB uint8 (H, W, 3), as it is stored or turned upright by its EXIF orientation. The path
    may lead through a tar archive or a video.

    Raises:
        FileNotFoundError: there is no such file.
        UnreadablePictureError: it is not an image, or is cut short; a `ValueError`.
    """
    video = video_of(path)
    if video is not None:
        return read_video_frame(path, video)
    with open_image(path) as image:
        return rgb_pixels(image, upright=upright)


def rgb_pixels(image: Image.Image, *, upright: bool) -> NDArray[np.uint8]:
    """The pixels of a picture as RGB (H, W, 3); the upper 8 of 16 bits of grey.

    Args:
        image: an open file; its pixels are decoded here, and what Pillow raises then is raised.
        upright: turn it by its EXIF orientation.
    """
    turned = ImageOps.exif_transpose(image) if upright else image
    if turned.mode.startswith("I;16"):  # Pillow itself would cut off everything above 255
        grey = np.asarray(turned.convert("I")) >> 8
        return np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2)
    return np.array(turned.convert("RGB"))
