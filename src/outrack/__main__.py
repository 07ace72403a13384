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
    """Occupy standard streams that the caller has closed (`2>&-`) with the null device, in a mode in which using them
    still fails.

    Otherwise the first opened file would get the stream's number, for instance a video, into which libraries would then
    write messages.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number else os.O_WRONLY)  # the lowest free number is this one


if __name__ == "__main__":
    sys.exit(run())
