"""Checks untrusted pickles, without running them, before a restricted unpickler reads them."""

from __future__ import annotations

import pickletools
from pathlib import Path
from typing import IO
from zipfile import ZipFile, is_zipfile

from outrack.io.archives import check_unpacked
from outrack.io.damaged import reading

__all__ = ["check_names"]

_LONGEST_NAME = 200
_NUM_PICKLES = 4
"""Number of pickles at the start of a checkpoint of torch before 1.6: a number, a version, sizes of types, and the
content."""


def check_names(path: Path) -> None:
    """Refuse a checkpoint in which a class or function has an implausibly long name.

    Torch refuses the class, but then formats its message with a pattern that takes minutes for a name of 200,000
    brackets.

    Raises:
        ValueError: there is such a name, or it is not a pickle.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if not is_zipfile(file):
            file.seek(0)
            for _ in range(_NUM_PICKLES):
                _check(file)
            return
        with reading(path, "not a readable archive"), ZipFile(file) as archive:
            for member in archive.infolist():
                if member.filename.endswith(".pkl"):
                    check_unpacked(path, member)
                    with archive.open(member) as content:
                        _check(content)


def _check(pickled: IO[bytes]) -> None:
    for operation, value, _ in pickletools.genops(pickled):
        if operation.name in ("GLOBAL", "INST") and len(str(value)) > _LONGEST_NAME:
            raise ValueError(f"a class is called {str(value)[:40]}..., which is not a valid name")
