"""Files in an object store (`s3://`, `gs://`, ...), which FFmpeg cannot open: sources are copied while they are
tracked, and outputs when they are complete."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from outrack.video.address import is_address, shown_address

__all__ = ["exists", "in_object_store", "local_copy", "objects_of_pattern", "upload"]

SCHEMES = frozenset(
    {"abfs", "abfss", "az", "gcs", "gs", "hdfs", "local", "memory", "oci", "oss", "s3", "s3a", "sftp", "smb", "webhdfs"}
)
"""Schemes that are opened with fsspec. FFmpeg opens all others (rtsp, http, ...)."""


def in_object_store(source: str) -> bool:
    """Whether the address of a source names a file in an object store."""
    return is_address(source) and source.partition("://")[0].lower() in SCHEMES


@contextmanager
def local_copy(source: str) -> Iterator[str]:
    """A local path of the source: a file in an object store is copied to the folder for temporary files and removed at
    the end; any other source is returned unchanged.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: fsspec, or its package for this store, is not installed.
        OSError: the store cannot be read.
    """
    if not in_object_store(source):
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="outrack-") as folder:
        path = Path(folder) / PurePosixPath(shown_address(source)).name
        _query_store(source, lambda fsspec: _copy(fsspec, source, path))
        yield str(path)


def objects_of_pattern(pattern: str) -> list[str]:
    """The addresses of files in an object store that match a pattern such as `s3://bucket/day/*.mp4`, sorted.

    Raises:
        FileNotFoundError: none does.
        ImportError, OSError: as for `local_copy`.
    """

    def find(fsspec: ModuleType) -> list[str]:
        store, path = fsspec.url_to_fs(pattern)
        return sorted(str(store.unstrip_protocol(name)) for name in store.glob(path))

    found: list[str] = _query_store(pattern, find)
    if not found:
        raise FileNotFoundError(f"{shown_address(pattern)}: no file matches this pattern")
    return found


def exists(address: str) -> bool:
    """Whether there is a file at an address in an object store.

    Raises:
        ImportError, OSError: as for `local_copy`.
    """

    def find(fsspec: ModuleType) -> bool:
        store, path = fsspec.url_to_fs(address)
        return bool(store.exists(path))

    found: bool = _query_store(address, find)
    return found


def upload(path: Path, address: str) -> None:
    """Write a local file to an object store. A store shows a new object when it is complete, or not at all.

    Raises:
        ImportError: as for `local_copy`.
        OSError: it cannot be written there.
    """

    def put(fsspec: ModuleType) -> None:
        store, there = fsspec.url_to_fs(address)
        store.makedirs(there.rpartition("/")[0], exist_ok=True)
        store.put_file(str(path), there)

    _query_store(address, put, to="written")


def _copy(fsspec: ModuleType, source: str, path: Path) -> None:
    with fsspec.open(source, "rb") as there, path.open("wb") as here:
        shutil.copyfileobj(there, here, 1 << 20)


def _query_store(source: str, ask: Callable[[ModuleType], Any], *, to: str = "read") -> Any:
    name = shown_address(source)
    try:
        import fsspec
    except ImportError as error:
        raise ImportError(f'{name}: object stores need fsspec: pip install "outrack[cloud]"') from error
    try:
        return ask(fsspec)
    except ImportError as error:  # fsspec names the package that opens this store
        raise ImportError(f"{name}: {error}") from error
    except FileNotFoundError as error:
        what = "no such file" if to == "read" else "there is no such bucket or folder"
        raise FileNotFoundError(f"{name}: {what}") from error
    except Exception as error:  # every store has its own errors
        raise OSError(f"{name}: cannot be {to} ({error or type(error).__name__})") from error
