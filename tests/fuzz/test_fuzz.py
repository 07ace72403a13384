"""Broken files for every reader: each is read, or refused by a documented error that names it, within two seconds.

`benchmarks/bench_fuzz.py` runs the same for as long as wanted. Every crash that it found is a test of its reader.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.fuzz.attack import attack
from tests.fuzz.readers import READERS


@pytest.mark.parametrize("name", READERS)
def test_a_broken_file_is_read_or_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path / "cache"))
    logging.disable(logging.CRITICAL)
    try:
        outcome = attack(READERS[name], tmp_path, seed=1, count=100)
    finally:
        logging.disable(logging.NOTSET)
    assert outcome.crashes == {}
    assert outcome.hangs == []
    assert outcome.inputs > 100
