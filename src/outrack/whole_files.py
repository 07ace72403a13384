"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["whole_file"]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place when the block ends well and is removed otherwise.

    So an interruption, a full disk and a second process that does the same leave a whole file or the one before.
    Missing folders are made, links are followed, and a file keeps its mode. A kill leaves `.NAME.PID.unfinished`.

    Raises:
        OSError: it cannot be written; what was at `path` is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve()
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        unfinished.touch()
        mode = (target if target.exists() else unfinished).stat().st_mode
        yield unfinished
        unfinished.chmod(mode)  # which some libraries make narrower than usual
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
