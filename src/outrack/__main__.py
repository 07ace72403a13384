"""`python -m outrack` is the `outrack` command."""

import sys

from outrack.cli import main

if __name__ == "__main__":
    sys.exit(main())
