"""What of the log reaches standard error."""

from __future__ import annotations

import logging

import pytest

from outrack.cli.messages import log_to_stderr


@pytest.mark.parametrize(
    ("verbose", "quiet", "shown"),
    [
        (False, False, ["info: a note", "warning: a warning", "error: an error"]),
        (True, False, ["debug: a detail", "info: a note", "warning: a warning", "error: an error"]),
        (False, True, ["error: an error"]),
    ],
)
def test_notes_are_shown_unless_quiet(
    verbose: bool, quiet: bool, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger("outrack.made")
    with log_to_stderr(verbose=verbose, quiet=quiet):
        logger.debug("a detail")
        logger.info("a note")
        logger.warning("a warning")
        logger.error("an error")
    logger.info("after the command")
    assert capsys.readouterr().err.splitlines() == shown
