"""Image files: which they are, their natural order, their pixels."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

__all__ = ["PICTURE_SUFFIXES", "is_picture", "natural_order", "rgb_pixels"]

PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""Endings of file names, in lower case."""


def is_picture(path: Path) -> bool:
    """Whether a file's name ends like a picture's, in small or capital letters."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def natural_order(path: Path) -> list[tuple[int, str]]:
    """Sort key under which `frame2` comes before `frame10`."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)]


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
