"""`outrack train` in a separate process, killed at any moment, continues exactly."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from tests.conftest import ROOT
from tests.training.tiny import RECIPE, write_squares

LONGER = RECIPE.replace("steps: 2, warmup: 0", "steps: 40, save_every: 1").replace("pairs: 2", "pairs: 1")
PROGRAM = """
from outrack.cli import main
from outrack.models.registry import ARCHITECTURES
from tests.training.tiny import TinyNetwork

ARCHITECTURES["tiny"] = TinyNetwork
raise SystemExit(main())
"""


def start(folder: Path, run: str, *words: str, own_group: bool = False) -> subprocess.Popen[str]:
    environment = os.environ | {
        "OUTRACK_HOME": str(folder / "cache"),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    command = [sys.executable, "-c", PROGRAM, "train", "tiny.yaml", "-o", run, *words]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=own_group, **pipes)


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


def test_killed_at_any_moment_and_resumed_the_weights_are_the_same_to_the_bit(tmp_path: Path) -> None:
    write_squares(tmp_path / "squares")
    (tmp_path / "tiny.yaml").write_text(LONGER)
    whole = start(tmp_path, "whole")  # beside the one that is killed
    # Another moment each time that this test runs: in a step, in a checkpoint, in a line of the log.
    after_s = random.uniform(0, 0.4)
    killed = tmp_path / "killed"
    with start(tmp_path, "killed") as process:
        while process.poll() is None and not (killed / "last.pt").is_file():
            time.sleep(0.01)
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL, "it was through before it was killed: give it more steps"
    # What a killed process leaves behind only now and then:
    (killed / ".last.pt.1.unfinished").write_text("half a checkpoint")
    with (killed / "log.jsonl").open("a") as log:
        log.write('{"kind": "tr')
    finish(start(tmp_path, "killed", "--resume"))
    finish(whole)
    first, second = load_file(tmp_path / "whole" / "last.safetensors"), load_file(killed / "last.safetensors")
    assert first.keys() == second.keys()
    assert not [name for name in first if not torch.equal(first[name], second[name])], f"killed after {after_s} s"
    names = ["config.yaml", "data.json", "last.pt", "last.safetensors", "log.jsonl"]
    assert sorted(path.name for path in killed.iterdir()) == names
    assert all(line.endswith("}") for line in (killed / "log.jsonl").read_text().splitlines())


def test_a_signal_to_all_processes_of_a_training_keeps_its_progress(tmp_path: Path) -> None:
    """As of a terminal that is closed: the workers must not end before the training has written its checkpoint."""
    write_squares(tmp_path / "squares")
    recipe = LONGER.replace("40, save_every: 1", "4000, save_every: 4000").replace("workers: 0", "workers: 2")
    (tmp_path / "tiny.yaml").write_text(recipe)
    log = tmp_path / "run" / "log.jsonl"
    with start(tmp_path, "run", own_group=True) as process:
        while process.poll() is None and not (log.is_file() and log.stat().st_size):
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGHUP)
        _, errors = process.communicate(timeout=120)
    assert (process.returncode, len(errors.splitlines())) == (130, 1), errors
    assert errors.startswith("error: interrupted. Everything learned so far is kept")
    assert (tmp_path / "run" / "last.pt").is_file()
