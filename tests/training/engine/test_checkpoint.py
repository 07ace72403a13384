"""Atomic checkpoints."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest
import torch

from outrack.training.engine.checkpoint import (
    RunProgress,
    TrainingState,
    read_state,
    write_atomically,
    write_state,
)


def state(step: int, size: int = 10) -> TrainingState:
    return TrainingState(
        config="seed: 1\n",
        progress=RunProgress(step, 1.5, 0.25),
        model={"w": torch.full((size,), float(step))},
        averaged=None,
        optimiser={"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1, "params": [0]}]},
        scaler=None,
        random=torch.get_rng_state(),
    )


def test_written_files_are_read_back(tmp_path: Path) -> None:
    write_state(state(7), tmp_path / "run" / "last.pt")
    again = read_state(tmp_path / "run" / "last.pt")
    assert again.progress == RunProgress(7, 1.5, 0.25)
    assert torch.equal(again.model["w"], state(7).model["w"])
    assert again.optimiser["param_groups"] == [{"lr": 0.1, "params": [0]}]
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["last.pt"]


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    write_state(state(1), path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(OSError, match="the previous one is kept"):
            write_state(state(2, size=100_000), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert read_state(path).progress.step == 1
    assert os.listdir(tmp_path) == ["last.pt"]  # noqa: PTH208


def test_an_interruption_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def write(unfinished: Path) -> None:
        unfinished.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_no_and_foreign_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing to resume"):
        read_state(tmp_path / "last.pt")
    write_state(state(1), tmp_path / "last.pt")
    whole = (tmp_path / "last.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    torch.save({"format": "else"}, tmp_path / "else.pt")
    torch.save(Path, tmp_path / "code.pt")
    (tmp_path / "text.pt").write_text("hello")
    for name in ("cut", "else", "code", "text"):
        with pytest.raises(ValueError, match=f"{name}.pt: not a checkpoint of outrack"):
            read_state(tmp_path / f"{name}.pt")
