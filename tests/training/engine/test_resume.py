"""Steps of a run that is resumed on another number of processes."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outrack.training.engine.resume import shares_on
from outrack.training.engine.step_shares import StepShares
from tests.training.tiny import tiny_config

CONFIG = tiny_config(Path("squares"))  # 2 pairs, accumulate 1
PATH = Path("run/last.pt")


def draws(shares: StepShares, step: int) -> list[list[int]]:
    """Positions of the pairs of every batch of a step, as `batches` gives them to each process."""
    found = []
    for micro in range(step * shares.accumulate, (step + 1) * shares.accumulate):
        for process in range(shares.processes):
            start = (micro * shares.processes + process) * shares.pairs
            found.append(list(range(start, start + shares.pairs)))
    return found


def test_every_step_has_the_same_batches_whoever_computes_them() -> None:
    was = StepShares(pairs=2, accumulate=3, processes=4)
    for processes in (1, 2, 3, 4, 6, 12):
        now = was.on(processes, one_batch=False)
        assert now is not None and (now.total, now.pairs) == (was.total, 2)
        assert draws(now, 5) == draws(was, 5)
    assert was.on(5, one_batch=False) is None


def test_where_all_batches_are_one_this_is_divided() -> None:
    was = StepShares(pairs=2, accumulate=3, processes=4)
    now = was.on(8, one_batch=True)
    assert now == StepShares(pairs=1, accumulate=3, processes=8)
    assert np.array_equal(np.ravel(draws(now, 5)), np.ravel(draws(was, 5)))
    assert was.on(3, one_batch=True) is None


def test_a_change_of_the_global_batch_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "outrack"):
        assert shares_on(3, 3, CONFIG, PATH) == StepShares(2, 1, 3)
        assert caplog.text == ""
        assert shares_on(3, 1, CONFIG, PATH) == StepShares(2, 3, 1)
        assert "6 pairs per step, as in the 3 processes before: 1 processes with 3 x 2 each" in caplog.text
        assert "WARNING" not in caplog.text
        assert shares_on(3, 2, CONFIG, PATH) is None
    assert (
        "run/last.pt: was trained with 6 pairs per step (3 processes), which 2 processes cannot divide" in caplog.text
    )
    assert "now with 4 pairs. For the same steps, resume with 1 or 3 processes" in caplog.text
    one_batch = replace(CONFIG, optimiser=replace(CONFIG.optimiser, one_batch=True))
    assert shares_on(3, 2, one_batch, PATH) == StepShares(3, 1, 2)
