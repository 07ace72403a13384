"""A running `outrack app`, and a video with people in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames of the sample clip, at a quarter of its pixels."""
    path = tmp_path_factory.mktemp("people") / "crossing.mp4"
    with av.open(str(ROOT / "samples" / "crossing.mp4")) as clip, av.open(str(path), "w") as video:
        stream = video.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 384, 288, "yuv420p"
        for frame, _ in zip(clip.decode(video=0), range(10), strict=False):
            video.mux(stream.encode(av.VideoFrame.from_image(frame.to_image().resize((384, 288)))))
        video.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the installed command's page; uploads of up to a megabyte. It must end cleanly."""
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    temporary = tmp_path_factory.mktemp("temporary")
    with subprocess.Popen(
        [sys.executable, "-m", "outrack", "app", "--port", "0", "--max-upload", "1", "--verbose"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # as in a terminal
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.endswith("/ is ready; Ctrl-C ends it\n"), line
        yield line.split()[0]
        assert list(temporary.glob("outrack-app-*"))
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in process.stderr.read()
        assert process.wait(timeout=30) == 0
        assert not list(temporary.glob("outrack-app-*"))  # nothing that browsers sent is left
