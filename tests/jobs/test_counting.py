"""Progress of work that is counted."""

from __future__ import annotations

import io

from rich.console import Console

from outrack.jobs.counting import counted, counting


def test_lines_come_after_a_while() -> None:
    out = io.StringIO()
    with counting(Console(file=out), "frames", 3, interval_s=0.0) as advance:
        advance()
        advance()
    assert out.getvalue().splitlines() == ["1/3 frames", "2/3 frames"]


def test_short_work_and_quiet_work_say_nothing() -> None:
    out = io.StringIO()
    assert list(counted("abc", Console(file=out), "letters", 3, show=True)) == ["a", "b", "c"]
    with counting(Console(file=out), "frames", interval_s=0.0, show=False) as advance:
        advance()
    assert out.getvalue() == ""


def test_a_terminal_has_a_bar_that_counts() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    assert list(counted(range(3), console, "frames", 3, show=True)) == [0, 1, 2]
    assert "frames" in out.getvalue() and "3/3" in out.getvalue()
