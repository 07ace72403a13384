"""A share of the machine's cores."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest

from outrack.io.cores import own_cores
from outrack.io.machine import num_cores

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be chosen here")

OTHER = "import os\nfrom outrack.io.cores import own_cores\nwith own_cores(1): print(sorted(os.sched_getaffinity(0)))"


@pytest.mark.skipif(num_cores() < 2, reason="there is one core")
def test_another_process_takes_another_core_and_a_dead_one_gives_it_back() -> None:
    def of_another() -> str:
        return subprocess.run([sys.executable, "-c", OTHER], capture_output=True, text=True, check=True).stdout.strip()

    before = os.sched_getaffinity(0)
    with own_cores(1):
        mine = os.sched_getaffinity(0)
        assert len(mine) == num_cores() == 1
    assert os.sched_getaffinity(0) == before
    with own_cores(1):
        os.sched_setaffinity(0, before)  # which the other process would inherit
        assert of_another() != str(sorted(mine))
    assert of_another() == of_another()


def test_too_many_cores_are_reported_and_change_nothing(caplog: pytest.LogCaptureFixture) -> None:
    before = os.sched_getaffinity(0)
    with caplog.at_level(logging.WARNING, "outrack"), own_cores(10_000):
        assert os.sched_getaffinity(0) == before
    assert "--cores 10000" in caplog.text
    with own_cores(None):
        assert os.sched_getaffinity(0) == before
