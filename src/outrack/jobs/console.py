"""The terminal of a job: warnings of one line each, and the error for contradictory options."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment

__all__ = ["Terminal", "UsageError", "log_from", "printable", "stderr"]


def printable(text: str) -> str:
    """The text without control and unprintable characters, which names of files and networks may contain."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in "\n\t" else f"\\x{ord(letter):02x}" for letter in text)


class Terminal(Console):
    """A rich console that shows control characters in any text as `\\x1b`."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Segments to print; the console's own cursor movements are unchanged."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


stderr = Terminal(stderr=True, highlight=False, soft_wrap=True)


class UsageError(ValueError):
    """The command line is contradictory; exit code 2."""


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
