"""`python -m outrack` is the `outrack` command."""

from __future__ import annotations

import os
import sys

__all__ = ["run"]


def run() -> int:
    """The `outrack` command. Ctrl-C ends it without a traceback also while it is still being loaded."""
    _keep_standard_streams()
    try:
        from outrack.cli import main

        return main()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return 130


def _keep_standard_streams() -> None:
    """Where the caller closed a standard stream (`2>&-`), open nothing in its place, which cannot be written.

    The first file that is opened would get its number: a video, say, into which libraries then write their messages.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number else os.O_WRONLY)  # the lowest free number is this one


if __name__ == "__main__":
    sys.exit(run())
