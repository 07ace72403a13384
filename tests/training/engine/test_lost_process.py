"""Messages when another process of a training has ended; real ones are in `test_processes.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import distributed

from outrack.training.engine.lost_process import lost_process_named

CLOSED = "[../third_party/gloo/gloo/transport/tcp/pair.cc:553] Connection closed by peer [127.0.0.1]:2543\nmore"


def test_the_next_step_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = tmp_path / "last.pt"
    with pytest.raises(RuntimeError, match=r"^\[\.\./third_party"), lost_process_named(checkpoint):
        raise RuntimeError(CLOSED)  # there are no other processes
    for name, value in {"is_initialized": True, "get_rank": 1, "get_world_size": 2}.items():
        monkeypatch.setattr(distributed, name, lambda value=value: value)
    with pytest.raises(RuntimeError, match="there is no checkpoint yet"), lost_process_named(checkpoint):
        raise RuntimeError(CLOSED)
    checkpoint.touch()
    with pytest.raises(RuntimeError) as caught, lost_process_named(checkpoint):
        raise distributed.DistNetworkError("The client socket has timed out")
    expected = "process 1 of 2: another process of this training has ended or cannot be reached, so this one stops"
    assert str(caught.value).startswith(expected)
    assert f"--resume continues from {checkpoint}. (The client socket has timed out)" in str(caught.value)


def test_errors_of_this_process_are_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributed, "is_initialized", lambda: True)
    with pytest.raises(RuntimeError, match=r"^out of memory$"), lost_process_named(tmp_path / "last.pt"):
        raise RuntimeError("out of memory")
