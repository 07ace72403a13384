"""What of the log reaches standard error."""

from __future__ import annotations

import logging

import pytest

from outrack.cli.messages import describe, log_to_stderr


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


def test_what_a_broken_file_says_is_no_command_to_the_terminal() -> None:
    assert describe(ValueError("a.txt: got '\x1b[2Jbroken\ud800'.")) == "a.txt: got '\\x1b[2Jbroken\\xd800'"


def test_a_message_ends_before_the_screen_does() -> None:
    assert len(describe(ValueError("x" * 100_000))) < 2100
