"""Messages on standard error: errors, warnings, and details with `--verbose`."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cyclopts import CycloptsError, MissingArgumentError, UnknownOptionError
from rich.markup import escape

from outrack.jobs.console import UsageError, log_from, printable, stderr

__all__ = ["UsageError", "describe", "log_from", "log_to_stderr", "report", "report_failed", "stderr"]

_LONGEST = 2000
# Errors of bad input. Any other error is a bug in outrack and is reported as one.
EXPECTED = (CycloptsError, OSError, ValueError, ImportError, MemoryError, RuntimeError, FloatingPointError)


def describe(error: BaseException) -> str:
    """One line for an error, without a full stop and without Python's prefix."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    elif isinstance(error, OSError) and error.strerror:
        text = error.strerror  # our own sentence; str(error) would prepend the error number
    elif isinstance(error, MissingArgumentError) and error.argument is not None:
        names = error.argument.names
        text = f"{names[0] if error.argument.index is None else names[0].lstrip('-').upper()} is missing"
    elif isinstance(error, UnknownOptionError) and "-" in (error.token.keyword, error.token.value):
        text = "a video cannot be read from standard input (-), where it cannot be rewound: save it as a file"
    elif isinstance(error, MemoryError):
        text = "not enough memory; try smaller pictures (--imgsz, --size)"
    else:
        text = str(error) or type(error).__name__
    text = _shown(" ".join(text.split()).removesuffix("."))
    if not isinstance(error, EXPECTED):
        text = f"unexpected {type(error).__name__}: {text}. This is a bug in outrack; `--verbose` shows where"
    return text


def _shown(text: str) -> str:
    """The text without control characters, which a broken or hostile file may contain, and limited in length."""
    plain = printable(text[:_LONGEST])
    return plain if len(text) <= _LONGEST else f"{plain} ..."


def report(message: str, *, hint: str = "", error: BaseException | None = None) -> None:
    """Print `error: message`, then what to do next, and the traceback of `error` if one is given."""
    if error is not None:
        stderr.print("".join(traceback.format_exception(error)), markup=False, end="")
    if hint:
        message = f"{message} {hint}" if message.endswith("?") else f"{message}. {hint}"
    stderr.print(f"[bold red]error:[/] {escape(message)}")


def report_failed(names: Sequence[str], num_sources: int) -> None:
    """List the failed sources at the end of a batch, one per line; their errors were printed when they happened."""
    stderr.print(f"[bold red]failed:[/] {len(names)} of {num_sources} sources")
    for name in names:
        stderr.print(f"  {name}", markup=False)


@contextmanager
def log_to_stderr(*, verbose: bool, quiet: bool) -> Iterator[None]:
    """Show the package's log records: notes and warnings; everything with `verbose`; only errors with `quiet`."""
    logger = logging.getLogger("outrack")
    level, propagate = logger.level, logger.propagate
    handler = log_from(logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
        logger.setLevel(level)
