"""The tiny networks can be created by name, and a tiny video lies on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from outrack.models.registry import ARCHITECTURES
from tests.training.tiny import TinyNetwork, TinyTwoFrame, write_squares


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tiny networks can be created by name; caches stay in the test's folder."""
    for network in (TinyNetwork, TinyTwoFrame):
        monkeypatch.setitem(ARCHITECTURES, network.architecture, network)
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path / "cache"))


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    return write_squares(tmp_path / "squares")
