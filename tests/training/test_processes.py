"""Two processes that learn together (gloo, on the CPU) against one process that learns the same batches alone, and
what becomes of them when one is killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import ROOT
from tests.training.tiny import write_squares

RECIPE = """
like: quick
schedule: {steps: 20, save_every: 4}
model: {architecture: tiny, init: null, width: 96, height: 64, embedding_dim: 16, hidden: 16, convolution: dense}
data: {pairs: 2, workers: 0, sources: [{path: squares}]}
optimiser: {ema: null}
validation: {sources: []}
"""
PROGRAM = """
from outrack.cli import main
from outrack.models.registry import ARCHITECTURES
from tests.training.tiny import TinyNormalised

ARCHITECTURES["tiny"] = TinyNormalised
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


SLOW = """
import time
import outrack.training.engine.loop
from outrack.training.engine.run import Run

class SlowRun(Run):
    def one_step(self, batches):
        time.sleep(0.1)
        return super().one_step(batches)

outrack.training.engine.loop.Run = SlowRun
"""
"""So that a run is not through before it is killed."""


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


def start_two(folder: Path, *words: str, before: str = "") -> list[subprocess.Popen[str]]:
    """Both processes of a training."""
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    return [start(folder, *words, before=before, RANK=rank, LOCAL_RANK=rank, **together) for rank in "01"]


def assert_same(folder: Path, first: str, second: str) -> None:
    """All tensors of two runs agree within the rounding of float32: weights, and statistics of normalisation; and so do
    the curves of their losses."""
    one, other = (load_file(folder / name / "last.safetensors") for name in (first, second))
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(
            one[name], other[name], atol=1e-5, rtol=1e-4, msg=lambda text, at=name: f"{at}: {text}"
        )
    curves = [curve(folder / name) for name in (first, second)]
    assert curves[0].keys() == curves[1].keys() == {10, 20}
    for step, losses in curves[0].items():
        assert losses == pytest.approx(curves[1][step], rel=1e-3, abs=1e-4)


def curve(run: Path) -> dict[int, dict[str, float]]:
    """The last line of each step in the log, without the time."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return {line.pop("step"): {k: v for k, v in line.items() if k not in ("kind", "minutes")} for line in lines}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_squares(tmp_path / "squares")
    (tmp_path / "tiny.yaml").write_text(RECIPE)
    return tmp_path


@pytest.mark.slow  # three processes that load PyTorch
def test_two_processes_learn_what_one_learns_by_accumulation(folder: Path) -> None:
    """A process that accumulates two batches sees what two processes see, in the same order."""
    finish(start(folder, "-o", "alone", "--set", "optimiser.accumulate=2"))
    finish(*start_two(folder, "-o", "together"))
    assert_same(folder, "alone", "together")


@pytest.mark.slow  # three processes that load PyTorch
@pytest.mark.parametrize(
    ("normalise", "merge", "reid"), [("pair", 1, "utrack"), ("batch", 3, "utrack"), ("pair", 2, "cycas")]
)
def test_two_processes_as_one_batch_learn_what_one_learns_with_twice_the_pairs(
    folder: Path, reid: str, normalise: str, merge: int
) -> None:
    """With plain descent, which sums gradients. With `merge` above 1 the people of both processes are negatives of each
    other."""
    words = (
        "--set",
        "optimiser.one_batch=true",
        "--set",
        f"data.merge={merge}",
        "--set",
        f"loss.normalise={normalise}",
    )
    words = (*words, "--set", f"loss.reid={reid}")
    finish(start(folder, "-o", "alone", *words, "--set", "data.pairs=4", before=PLAIN_DESCENT))
    finish(*start_two(folder, "-o", "together", *words, before=PLAIN_DESCENT))
    assert_same(folder, "alone", "together")


@pytest.mark.slow  # a dozen processes that load PyTorch
@pytest.mark.parametrize("killed", ["0", "1", "01"])
def test_killed_and_resumed_on_any_number_of_processes_the_curve_is_the_same(folder: Path, killed: str) -> None:
    """The others stop at once, and say why. Both, and one alone, go on where they stopped."""
    whole = start_two(folder, "-o", "whole")
    running = start_two(folder, "-o", "killed", before=SLOW)
    while not (folder / "killed" / "last.pt").is_file():
        assert [process.poll() for process in running] == [None, None]
        time.sleep(0.02)
    time.sleep(random.uniform(0, 0.3))
    for rank in killed:
        running[int(rank)].send_signal(signal.SIGKILL)
    begun = time.monotonic()
    said = [process.communicate(timeout=60)[0] for process in running]
    for rank in {0, 1} - set(map(int, killed)):
        assert running[rank].returncode == 1, said[rank]
        assert f"error: process {rank} of 2: another process of this training has ended" in said[rank]
        assert "--resume continues from killed/last.pt" in said[rank]
        assert "Traceback" not in said[rank]
    assert time.monotonic() - begun < 30
    finish(*whole)
    shutil.copytree(folder / "killed", folder / "alone")
    finish(*start_two(folder, "-o", "killed", "--resume"))
    assert_same(folder, "whole", "killed")
    finish(start(folder, "-o", "alone", "--resume"))
    assert_same(folder, "whole", "alone")


@pytest.mark.slow  # four processes that load PyTorch
@pytest.mark.parametrize("one_batch", ["false", "true"])
def test_a_run_of_one_process_continues_in_two(folder: Path, one_batch: str) -> None:
    words = ("--set", "optimiser.accumulate=2", "--set", f"optimiser.one_batch={one_batch}", "--set", "data.merge=2")
    whole = start(folder, "-o", "whole", *words, before=PLAIN_DESCENT)
    with start(folder, "-o", "killed", *words, before=PLAIN_DESCENT + SLOW) as process:
        while process.poll() is None and not (folder / "killed" / "last.pt").is_file():
            time.sleep(0.02)
        process.kill()
        process.communicate()
    finish(whole)
    finish(*start_two(folder, "-o", "killed", *words, "--resume", before=PLAIN_DESCENT))
    assert_same(folder, "whole", "killed")
