"""Any error of a parser over a damaged file names the file."""

from __future__ import annotations

import errno
import zipfile
from pathlib import Path

import pytest

from outrack.io.damaged import reading, reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LookupError("unknown encoding: utf9"), "unknown encoding: utf9"),
        (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
        (OverflowError("int too large\nto convert"), "int too large"),
        (MemoryError(), "more than fits into memory"),
        (KeyError("frame"), "frame is missing"),
        (zipfile.BadZipFile("Bad magic number"), "Bad magic number"),
        (NotImplementedError(), "NotImplementedError"),
        (OSError(errno.EINVAL, "Invalid argument"), "Invalid argument"),
    ],
)
def test_an_error_of_a_parser_becomes_one_that_names_the_file(error: Exception, reason: str) -> None:
    with pytest.raises(ValueError, match=rf"^a\.xml: not XML \(.*{reason}\)$"), reading(Path("a.xml"), "not XML"):
        raise error


def test_what_names_the_file_already_goes_through() -> None:
    ours = ValueError("a.xml: track 3 has no box")
    with pytest.raises(ValueError, match=r"^a\.xml: track 3 has no box$"), reading(Path("a.xml"), "not XML"):
        raise ours


def test_an_unreadable_file_is_not_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), reading(tmp_path / "a", "not XML"):
        (tmp_path / "a").read_bytes()
    with pytest.raises(OSError, match=r"a\.xml") as failed, reading(Path("a.xml"), "not XML"):
        raise OSError(errno.EIO, "Input/output error")  # as of a disk that is pulled out while a file is read
    assert failed.value.filename == "a.xml"


def test_reasons_are_short() -> None:
    assert len(reason_of(ValueError("x" * 10_000))) == 200
