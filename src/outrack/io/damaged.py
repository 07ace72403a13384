"""One error for all files that a parser cannot read, which names the file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["reading", "reason_of"]

_LONGEST_REASON = 200


@contextmanager
def reading(path: Path | str, expected: str) -> Iterator[None]:
    """Wraps a call of a parser: any error over the content of the file becomes a ValueError.

    Parsers of other libraries raise various errors over broken files: LookupError for an encoding,
    RecursionError for deep nesting, NotImplementedError for a compression, MemoryError for a declared size. So
    the block should contain only the parser: our own errors, which already name the file, pass through.

    Args:
        path: the file, or another place such as `--set KEY`.
        expected: text of the message after the place, such as "not a well-formed XML file".

    Raises:
        OSError: the file cannot be read; names it.
        ValueError: its content is not as expected; names it and says why.
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
    """The first line of an error's message, or its class name if it has none."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, MemoryError):
        return "it declares more than fits into memory"
    if isinstance(error, KeyError) and error.args and str(error.args[0]).isidentifier():
        return f"{error.args[0]} is missing"
    lines = str(error).strip().splitlines()
    return f"{lines[0] if lines else type(error).__name__:.{_LONGEST_REASON}}"
