"""Writes files atomically, and never over an input."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

__all__ = ["atomic_write", "check_writable", "refuse_overwriting_inputs"]


_OF_DISKS = (errno.ENOSPC, errno.EROFS, errno.EFBIG)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary file next to `path` that replaces it if the block succeeds and is removed if the block fails.

    So an interruption, a full disk or a second writing process leave either the complete new file or the previous one.
    Missing folders are created, links are followed, and a file keeps its mode. A killed process leaves
    `.NAME.PID-RANDOM.unfinished`.

    Raises:
        OSError: it cannot be written; what was at `path` is still there.
    """
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve()
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "expected a file, got a folder", str(path))
    # Threads, and containers that share a folder, may have the same process number.
    unfinished = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.unfinished")
    try:
        with _named(path):
            unfinished.touch()
        mode = (target if target.exists() else unfinished).stat().st_mode
        try:
            yield unfinished
        except OSError as error:  # of a full disk it has no name, or that of the temporary file
            if error.errno in _OF_DISKS or error.filename == str(unfinished):
                raise OSError(error.errno, error.strerror, str(path)) from error
            raise
        unfinished.chmod(mode)  # which some libraries set more restrictively than usual
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Before long work, refuse a path that could not be written afterwards; leaves no file behind.

    Raises:
        OSError: no file can be written there, or in the nearest folder above that exists.
    """
    folder = path.resolve().parent
    while not folder.exists():
        folder = folder.parent
    with _named(path), TemporaryFile(dir=folder):
        pass


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Errors name `path`, not a temporary file or folder."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"cannot be written ({error.strerror})", str(path)) from error


def refuse_overwriting_inputs(outputs: Iterable[Path], inputs: Iterable[str | Path | None]) -> None:
    """Refuse an output that is also an input, even with --overwrite; names of cameras and streams are not files.

    Raises:
        ValueError: names the output.
    """
    read = {place for name in inputs if name is not None and (place := _place(Path(name))) is not None}
    for output in outputs:
        if _place(output) in read:
            raise ValueError(f"{output}: this file is also an input; writing it would destroy it. Choose another name")


def _place(path: Path) -> tuple[int, int] | None:
    """Where a file is stored, whatever its name; None if it does not exist."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # the latter for a name that no file can have
        return None
    return found.st_dev, found.st_ino
