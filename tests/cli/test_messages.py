"""Log records on standard error."""

from __future__ import annotations

import logging
import os
import shutil
from io import StringIO
from pathlib import Path

import pytest
from rich.live import Live
from rich.text import Text

from outrack.cli.messages import describe, log_to_stderr
from outrack.jobs.console import Terminal, printable

from .conftest import Run


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


def test_messages_from_broken_files_contain_no_terminal_commands() -> None:
    assert describe(ValueError("a.txt: got '\x1b[2Jbroken\ud800'.")) == "a.txt: got '\\x1b[2Jbroken\\xd800'"


def test_file_names_cannot_command_the_terminal(run: Run, clip: Path, det: Path) -> None:
    for name in ("\x1b[31mred", os.fsdecode(b"latin-\xe9")):
        shutil.copy(clip, f"{name}.mp4")
        outcome = run("track", f"{name}.mp4", "--detections", det, "-o", f"{name}.txt")
        assert outcome.code == 0, outcome.err
        told = outcome.out + outcome.err
        assert told.count(printable(name)) >= 3  # progress, summary and the output
        assert printable(told) == told


def test_a_live_line_still_moves_the_cursor() -> None:
    console = Terminal(file=StringIO(), force_terminal=True, width=40)
    with Live(Text("\x1b[2Jhall"), console=console):
        pass
    told = console.file.getvalue()
    assert "\\x1b[2Jhall" in told
    assert told.startswith("\x1b[?25l")  # hides the cursor


def test_a_message_ends_before_the_screen_does() -> None:
    assert len(describe(ValueError("x" * 100_000))) < 2100
