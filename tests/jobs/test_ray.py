"""Sources on a cluster of Ray, with the command line, compared with outputs of this process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ray = pytest.importorskip("ray")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of Ray's own cluster, when it is shut down
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
NUM_VIDEOS, NUM_FRAMES = 6, 30
SAMPLE = Path(__file__).parents[2] / "samples" / "crossing.mp4"


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A machine of one core, as Ray's own tests make it; `add_node` makes another."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    yield made
    made.shutdown()


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    """The sample under several names."""
    paths = [tmp_path / f"v{number}.mp4" for number in range(NUM_VIDEOS)]
    for path in paths:
        path.symlink_to(SAMPLE)
    return paths


def track(folder: str, where: Path, *words: str) -> subprocess.Popen[str]:
    """The command, started in `where`; its outputs go to `folder`."""
    outputs = ["-o", f"{folder}/", "-o", f"{folder}/{{name}}.mp4", "--summary", f"{folder}/{{name}}.summary.json"]
    command = [sys.executable, "-m", "outrack", "track", "v*.mp4", "--max-frames", str(NUM_FRAMES), *outputs, *words]
    return subprocess.Popen(command, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".txt", ".mp4")}


def test_every_video_is_finished_once_though_a_machine_dies(cluster: Any, videos: list[Path], tmp_path: Path) -> None:
    """The bytes are those of this process, which runs the network on all cores, and a machine on one."""
    second = cluster.add_node(num_cpus=1)
    here, there = tmp_path / "here", tmp_path / "there"
    with track("here", tmp_path) as local:
        assert local.wait(200) == 0, local.communicate()[1]
    with track("there", tmp_path, "--ray", cluster.address) as running:
        deadline = time.monotonic() + 120
        while len(list(there.glob("*.mp4"))) < NUM_VIDEOS // 2 and time.monotonic() < deadline:
            time.sleep(0.05)  # until both machines are at work
        cluster.remove_node(second, allow_graceful=False)
        out, err = running.communicate(timeout=200)
    assert running.returncode == 0, err
    assert "its process died; it is restarted" in err
    assert out.count("people") == NUM_VIDEOS, out
    assert outputs(there) == outputs(here)
    for path in videos:
        record = json.loads((there / f"{path.stem}.summary.json").read_text())
        assert (record["num_frames"], record["interrupted"]) == (NUM_FRAMES, False)
    with track("there", tmp_path, "--ray", cluster.address, "--skip-finished") as again:
        err = again.communicate(timeout=100)[1]
    assert again.returncode == 0
    assert f"{NUM_VIDEOS} of {NUM_VIDEOS} sources were finished" in err


def test_a_broken_video_and_a_missing_cluster_are_named(cluster: Any, videos: list[Path], tmp_path: Path) -> None:
    videos[1].unlink()
    videos[1].write_text("no video")
    with track("there", tmp_path, "--ray", cluster.address) as running:
        err = running.communicate(timeout=200)[1]
    assert running.returncode == 1
    assert "failed: 1 of" in err and "v1.mp4: not a readable video" in err
    assert len(outputs(tmp_path / "there")) == 2 * (NUM_VIDEOS - 1)
    with track("nowhere", tmp_path, "--ray", "127.0.0.1:1") as missing:
        err = missing.communicate(timeout=200)[1]
    assert missing.returncode == 1 and "--ray 127.0.0.1:1: no such cluster" in err
    assert "Traceback" not in err
