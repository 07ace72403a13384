"""Untrusted archives: their content may be small on disk and huge in memory."""

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
"""Bytes that a member of an archive may unpack to. The label file of 20 people for an hour has a tenth of it."""


def check_unpacked(path: Path, member: ZipInfo, *, most: int = MAX_UNPACKED) -> None:
    """Refuse a member of a zip file with a declared size above `most` bytes; it cannot unpack to more than that.

    Raises:
        ValueError: it is too large; names the file.
    """
    if member.file_size > most:
        raise ValueError(
            f"{path}: {member.filename} in it would unpack to {member.file_size / 1e6:.0f} MB; expected up to "
            f"{most / 1e6:.0f} MB. Is the file damaged or malicious?"
        )


def read_arrays(path: Path, expected: str) -> dict[str, NDArray[np.generic]]:
    """The arrays of an `.npz` by name; it can contain neither code nor arrays larger than their part of the file.

    Args:
        path: the file.
        expected: as for `reading`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not an `.npz`, or damaged; names the file.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    # NumPy would leave its own handle open if the archive is broken.
    with reading(path, expected), path.open("rb") as file, ZipFile(file) as archive:
        for member in archive.infolist():
            check_unpacked(path, member)
            with archive.open(member) as content:
                arrays[member.filename.removesuffix(".npy")] = np.lib.format.read_array(content, allow_pickle=False)
    return arrays


def check_arrays(arrays: Mapping[str, NDArray[np.generic]], like: Mapping[str, NDArray[np.generic]]) -> None:
    """Refuse arrays that differ from their examples in type or row shape, or are not finite.

    Args:
        arrays: as read.
        like: examples by name, with any number of rows; a dimension of 0 means any length.

    Raises:
        ValueError: one is missing or differs from its example; names it.
    """
    for name, example in like.items():
        if name not in arrays:
            raise ValueError(f"{name} is missing")
        array = arrays[name]
        fits = array.ndim == example.ndim and all(
            wanted in (0, side) for side, wanted in zip(array.shape[1:], example.shape[1:], strict=True)
        )
        if array.dtype != example.dtype and not (array.dtype.kind == example.dtype.kind == "U"):
            raise ValueError(f"{name} is of type {array.dtype}; expected {example.dtype}")
        if not fits:
            raise ValueError(f"{name} has the shape {array.shape}; expected {('any', *example.shape[1:])}")
        if array.dtype.kind == "U" and not _is_text(array):
            raise ValueError(f"{name} is not text")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} has a number that is not finite")


def _is_text(array: NDArray[np.generic]) -> bool:
    """Whether the values are valid code points."""
    if not array.dtype.isnative or not array.dtype.itemsize:
        return array.dtype.isnative
    return not len(array) or int(np.ascontiguousarray(array).view(np.uint32).max()) <= sys.maxunicode
