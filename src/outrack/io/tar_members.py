"""Files inside of tar archives, read at their place without unpacking anything."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from outrack.io.damaged import reading

__all__ = ["Place", "archive_of", "members_of", "read_member"]

SUFFIX = ".tar"


class Place(NamedTuple):
    """Where the content of a member begins in its archive, and how long it is, in bytes."""

    offset: int
    size: int


def archive_of(path: Path) -> Path | None:
    """The archive of a path that leads through one, such as `shard-000000.tar/00000012.jpg`; None for all others."""
    if SUFFIX not in str(path):
        return None
    return next((above for above in path.parents if above.suffix == SUFFIX and above.is_file()), None)


def read_member(path: Path, archive: Path) -> bytes:
    """The content of a file in an archive.

    Args:
        path: that leads through the archive.
        archive: as for `archive_of`.

    Raises:
        FileNotFoundError: the archive has no such file.
        ValueError: it is not an uncompressed tar archive, or is cut short.
        OSError: it cannot be read.
    """
    place = members_of(archive).get(path.relative_to(archive).as_posix())
    if place is None:
        raise FileNotFoundError(f"{path}: no such file in this archive")
    with archive.open("rb") as file:
        file.seek(place.offset)
        content = file.read(place.size)
    if len(content) < place.size:
        raise ValueError(f"{archive}: cut short in {path.name}. Copy the archive again")
    return content


def members_of(archive: Path) -> Mapping[str, Place]:
    """The files of an archive by name, in its order. Their list is kept in memory until the archive changes.

    Raises:
        ValueError: it is not an uncompressed tar archive.
        OSError: it cannot be read.
    """
    state = archive.stat()
    return _members(archive, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=1024)
def _members(archive: Path, size: int, time_ns: int) -> Mapping[str, Place]:
    with reading(archive, "not an uncompressed tar archive"), tarfile.open(archive, "r:") as tar:
        return {member.name: Place(member.offset_data, member.size) for member in tar if member.isreg()}
