"""A small video, its detections, and a way to run the command in this process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest

from outrack.cli import main

WIDTH, HEIGHT, LENGTH = 96, 64, 12


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `outrack WORDS...` in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str | Path) -> Outcome:
        code = main([str(word) for word in words])
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grey video of 12 frames, 10 a second."""
    path = tmp_path_factory.mktemp("clip") / "street.mp4"
    write_video(path, LENGTH)
    return path


@pytest.fixture(scope="session")
def det(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people in every frame of `clip`, in the layout of MOTChallenge."""
    path = tmp_path_factory.mktemp("det") / "det.txt"
    path.write_text(detection_lines(LENGTH))
    return path


def write_video(path: Path, length: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(length):
            picture = np.full((HEIGHT, WIDTH, 3), 60 + index % 100, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())


def detection_lines(length: int) -> str:
    return "".join(f"{frame},-1,{x + frame},10,16,40,0.9,-1,-1,-1\n" for frame in range(1, length + 1) for x in (5, 50))


@pytest.fixture
def two_videos_and_a_text(clip: Path, det: Path, tmp_path: Path) -> list[str]:
    """`a.mp4`, `b.mp4`, and `c.mp4`, which is not a video, with detections in `det/<name>.txt`."""
    (tmp_path / "det").mkdir()
    for name in "abc":
        shutil.copy(clip, tmp_path / f"{name}.mp4")
        shutil.copy(det, tmp_path / "det" / f"{name}.txt")
    (tmp_path / "c.mp4").write_text("not a video")
    return ["a.mp4", "b.mp4", "c.mp4"]
