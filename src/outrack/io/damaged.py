"""Files that a parser makes nothing of: one error for all of them, which names the file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["reading", "reason_of"]

_LONGEST_REASON = 200


@contextmanager
def reading(path: Path | str, expected: str) -> Iterator[None]:
    """Around a call of a parser: whatever it raises over what stands in the file becomes a ValueError.

    Parsers of foreign libraries raise what their code happens to raise over broken files: LookupError for an encoding,
    RecursionError for deep nesting, NotImplementedError for a way of compression, MemoryError for a promised size. So
    the block should hold the parser alone: an error of ours that names the file already goes through.

    Args:
        path: the file, or another place such as `--set KEY`.
        expected: what the message says after the place, such as "not a well-formed XML file".

    Raises:
        OSError: the file cannot be read; names it.
        ValueError: it can, and is not as expected; names it and says why.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # that one: a seek to before 0
            if error.filename is not None:
                raise
            raise type(error)(error.errno, error.strerror, str(path)) from error
        if isinstance(error, ValueError) and str(error).startswith(str(path)):
            raise
        raise ValueError(f"{path}: {expected} ({reason_of(error)})") from error


def reason_of(error: BaseException) -> str:
    """The first line of what an error says, or its name where it says nothing."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, MemoryError):
        return "it promises more than fits into memory"
    if isinstance(error, KeyError) and error.args and str(error.args[0]).isidentifier():
        return f"there is no {error.args[0]}"
    lines = str(error).strip().splitlines()
    return f"{lines[0] if lines else type(error).__name__:.{_LONGEST_REASON}}"
