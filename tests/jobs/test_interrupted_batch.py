"""Ends of workers, and effects of signals on jobs."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from outrack.io.interrupts import STOPS, TERMINAL_STOPS, Interrupts, children_without
from outrack.jobs.processes import _run_in_worker


@pytest.mark.parametrize("is_caught", [True, False])
def test_a_worker_whose_job_was_interrupted_ends_itself(is_caught: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it waits for the next job of a pool that has none, and the pool for the worker."""
    raised: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", raised.append)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)

    def run(progress_for: object, **_: object) -> object:
        if is_caught:
            return SimpleNamespace(interrupted=True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run_in_worker(SimpleNamespace(run=run, output=()), None)  # type: ignore[arg-type]  # all that it uses
    assert raised == [signal.SIGTERM]
    _run_in_worker(SimpleNamespace(run=lambda _, **__: SimpleNamespace(interrupted=False), output=()), None)  # type: ignore[arg-type]
    assert raised == [signal.SIGTERM]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal")
def test_the_end_of_the_terminal_interrupts_unless_it_is_ignored() -> None:
    with pytest.raises(KeyboardInterrupt), Interrupts():
        signal.raise_signal(signal.SIGHUP)
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, previous)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="there are no masks of signals")
def test_children_never_get_signals_that_are_their_parents_not_even_while_loading() -> None:
    program = "import signal; print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))"

    def blocked_in_a_child() -> str:
        return subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.strip()

    for stops in (STOPS, TERMINAL_STOPS):
        with children_without(stops):
            assert blocked_in_a_child() == str(sorted(stops))
    assert blocked_in_a_child() == "[]"
