"""Worker processes whose parent is killed. What interrupts a job is tested with the jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import multiprocessing, time
from outrack.io import interrupts

interrupts.CLOSING_S = 0.2

def work():
    interrupts.end_with_parent()
    try:
        with interrupts.Interrupts():
            print("working", flush=True)
            time.sleep(60)
    except KeyboardInterrupt:
        print("closed its files", flush=True)
        time.sleep(60)  # as a worker waits for the next job

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=work).start()
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
def test_a_worker_closes_its_files_and_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "working\n"
        os.kill(parent.pid, signal.SIGKILL)
        # The file ends when all that hold the other end of the pipe have ended.
        assert parent.stdout.read() == "closed its files\n"
