"""`python -m outrack` is the `outrack` command."""

from __future__ import annotations

import sys

__all__ = ["run"]


def run() -> int:
    """The `outrack` command. Ctrl-C ends it without a traceback also while it is still being loaded."""
    try:
        from outrack.cli import main

        return main()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(run())
