"""Standard error of a job: warnings of one line each, and the error for contradictory options."""

from __future__ import annotations

import logging

from rich.console import Console
from rich.markup import escape

__all__ = ["UsageError", "log_from", "stderr"]

stderr = Console(stderr=True, highlight=False, soft_wrap=True)


class UsageError(ValueError):
    """The command line contradicts itself; ends with exit code 2."""


class _OneLine(logging.Handler):
    """Log records as `warning: ...`, above a running progress line."""

    def emit(self, record: logging.LogRecord) -> None:
        colour = "yellow" if record.levelno >= logging.WARNING else "dim"
        stderr.print(f"[{colour}]{record.levelname.lower()}:[/] {escape(record.getMessage())}")


def log_from(level: int) -> logging.Handler:
    """Show the package's log records from a level on, until the handler is removed."""
    logger, handler = logging.getLogger("outrack"), _OneLine()
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(level)
    return handler
