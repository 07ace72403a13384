"""Which files are pictures, and in which order they come."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["PICTURE_SUFFIXES", "is_picture", "natural_order"]

PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""Endings of file names, in lower case."""


def is_picture(path: Path) -> bool:
    """Whether a file's name ends like a picture's, in small or capital letters."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def natural_order(path: Path) -> list[tuple[int, str]]:
    """Sort key under which `frame2` comes before `frame10`."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)]
