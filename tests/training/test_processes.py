"""Two processes that learn together (gloo, on the CPU) against one process that learns the same batches alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import ROOT
from tests.training.tiny import write_squares

RECIPE = """
like: quick
schedule: {steps: 20, save_every: 100}
model: {architecture: tiny, init: null, width: 96, height: 64, embedding_dim: 16, hidden: 16, convolution: dense}
data: {pairs: 2, workers: 0, sources: [{path: squares}]}
optimiser: {ema: null}
validation: {sources: []}
"""
PROGRAM = """
from outrack.cli import main
from outrack.models.registry import ARCHITECTURES
from tests.training.tiny import TinyNetwork

ARCHITECTURES["tiny"] = TinyNetwork
raise SystemExit(main())
"""


PLAIN_DESCENT = """
import torch
import outrack.training.engine.loop

def plain_descent(step, *_, **__):
    return torch.optim.SGD([{"params": list(step.parameters()), "lr": 0.01, "initial_lr": 0.01}])

outrack.training.engine.loop.make_optimiser = plain_descent
"""
"""Adam would turn the rounding of a gradient near 0 into a whole step."""


def start(folder: Path, *words: str, before: str = "", **environment: str) -> subprocess.Popen[str]:
    variables = os.environ | {
        "OUTRACK_HOME": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
        "ACCELERATE_USE_CPU": "true",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    command = [sys.executable, "-c", before + PROGRAM, "train", "tiny.yaml", *words]
    return subprocess.Popen(
        command, cwd=folder, env=variables | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said


def free_port() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return str(unused.getsockname()[1])


@pytest.mark.slow  # three processes that load PyTorch
def test_two_processes_learn_what_one_learns_by_accumulation(tmp_path: Path) -> None:
    """After 20 steps every learned weight is the same within the rounding of float32. A process that accumulates two
    batches sees what two processes see, in the same order. Statistics of batch normalisation are each process's own."""
    write_squares(tmp_path / "squares")
    (tmp_path / "tiny.yaml").write_text(RECIPE)
    finish(start(tmp_path, "-o", "alone", "--set", "optimiser.accumulate=2"))
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    finish(*(start(tmp_path, "-o", "together", RANK=rank, LOCAL_RANK=rank, **together) for rank in "01"))
    alone, joint = (load_file(tmp_path / name / "last.safetensors") for name in ("alone", "together"))
    assert alone.keys() == joint.keys()
    learned = [name for name in alone if "running" not in name and "num_batches" not in name]
    for name in learned:
        torch.testing.assert_close(
            joint[name], alone[name], atol=1e-5, rtol=1e-4, msg=lambda text, at=name: f"{at}: {text}"
        )


@pytest.mark.slow  # three processes that load PyTorch
@pytest.mark.parametrize("normalise", ["pair", "batch"])
def test_two_processes_as_one_batch_learn_what_one_learns_with_twice_the_pairs(tmp_path: Path, normalise: str) -> None:
    """After 20 steps of plain descent, which sum gradients, all weights are the same to 1e-5, with the losses of
    detection, occlusion and UTrack over both processes."""
    write_squares(tmp_path / "squares")
    (tmp_path / "tiny.yaml").write_text(RECIPE)
    words = ("--set", "optimiser.one_batch=true", "--set", "data.merge=1", "--set", f"loss.normalise={normalise}")
    finish(start(tmp_path, "-o", "alone", *words, "--set", "data.pairs=4", before=PLAIN_DESCENT))
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    together["before"] = PLAIN_DESCENT
    finish(*(start(tmp_path, "-o", "together", *words, RANK=rank, LOCAL_RANK=rank, **together) for rank in "01"))
    alone, joint = (load_file(tmp_path / name / "last.safetensors") for name in ("alone", "together"))
    for name in alone:
        torch.testing.assert_close(
            joint[name], alone[name], atol=1e-5, rtol=1e-4, msg=lambda text, at=name: f"{at}: {text}"
        )
