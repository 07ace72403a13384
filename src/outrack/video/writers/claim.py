"""Ensures that only one process writes a file."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: a file that is being written cannot be replaced there anyway
    fcntl = None  # type: ignore[assignment]

__all__ = ["Claim"]

logger = logging.getLogger(__name__)

_BUSY = frozenset({errno.EAGAIN, errno.EACCES})


class Claim:
    """Creates and locks a file until `release`, so that no other process writes to it.

    Args:
        path: the file.
        replace: it may already exist.

    Raises:
        FileExistsError: it exists and may not be replaced.
        BlockingIOError: another process is writing it.
        OSError: it cannot be created.
    """

    def __init__(self, path: Path, *, replace: bool) -> None:
        self._path = path
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | (0 if replace else os.O_EXCL), 0o666)
        except FileExistsError:
            raise FileExistsError(
                f"{path}: already exists: another process has created it. Choose another name"
            ) from None
        if fcntl is not None:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in _BUSY:
                    os.close(self._descriptor)
                    raise BlockingIOError(
                        error.errno, f"{path}: another process is writing this file. Choose another name"
                    ) from None
                # Some network disks do not support locks.

    def release(self) -> None:
        """Unlock the file. If it was removed in the meantime, perhaps with its folder, its content is restored."""
        with os.fdopen(self._descriptor, "rb") as kept:
            if self._path.exists() or os.fstat(kept.fileno()).st_size == 0:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("xb") as again:
                shutil.copyfileobj(kept, again)
        logger.warning("%s: it was removed during writing; restoring it", self._path)
