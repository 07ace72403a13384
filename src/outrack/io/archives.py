"""Archives of strangers: what is in them may be small on disk and huge in memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from outrack.io.damaged import reading

__all__ = ["MAX_UNPACKED", "check_arrays", "check_unpacked", "read_arrays"]

MAX_UNPACKED = 1 << 29
"""Bytes that a member of an archive may unpack to. The label file of 20 people through an hour has a tenth of it."""


def check_unpacked(path: Path, member: ZipInfo, *, most: int = MAX_UNPACKED) -> None:
    """Refuse a member of a zip file that says it unpacks to more than `most` bytes; it cannot be longer than it says.

    Raises:
        ValueError: it does; names the file.
    """
    if member.file_size > most:
        raise ValueError(
            f"{path}: {member.filename} in it would unpack to {member.file_size / 1e6:.0f} MB; expected up to "
            f"{most / 1e6:.0f} MB. Was it made by mistake, or to fill a disk?"
        )


def read_arrays(path: Path, expected: str) -> dict[str, NDArray[np.generic]]:
    """The arrays of an `.npz` by name; no code can be in it, and no array that is larger than its part of the file.

    Args:
        path: the file.
        expected: as of `reading`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is something else, or damaged; names the file.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    # NumPy would leave its own handle open where the archive is broken.
    with reading(path, expected), path.open("rb") as file, ZipFile(file) as archive:
        for member in archive.infolist():
            check_unpacked(path, member)
            with archive.open(member) as content:
                arrays[member.filename.removesuffix(".npy")] = np.lib.format.read_array(content, allow_pickle=False)
    return arrays


def check_arrays(arrays: Mapping[str, NDArray[np.generic]], like: Mapping[str, NDArray[np.generic]]) -> None:
    """Refuse arrays that are not like their examples: of the same type, with rows of the same shape, all finite.

    Args:
        arrays: what was read.
        like: examples by name, of any number of rows; a side of 0 stands for any length.

    Raises:
        ValueError: one is missing or not like its example; names it.
    """
    for name, example in like.items():
        if name not in arrays:
            raise ValueError(f"there is no {name}")
        array = arrays[name]
        fits = array.ndim == example.ndim and all(
            wanted in (0, side) for side, wanted in zip(array.shape[1:], example.shape[1:], strict=True)
        )
        if array.dtype != example.dtype and not (array.dtype.kind == example.dtype.kind == "U"):
            raise ValueError(f"{name} is of type {array.dtype}; expected {example.dtype}")
        if not fits:
            raise ValueError(f"{name} has the shape {array.shape}; expected {('any', *example.shape[1:])}")
        if array.dtype.kind == "U" and not _is_text(array):
            raise ValueError(f"{name} is no text")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} has a number that is not finite")


def _is_text(array: NDArray[np.generic]) -> bool:
    """Whether the numbers of characters are numbers of characters."""
    if not array.dtype.isnative or not array.dtype.itemsize:
        return array.dtype.isnative
    return not len(array) or int(np.ascontiguousarray(array).view(np.uint32).max()) <= sys.maxunicode
