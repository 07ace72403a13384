"""Small files of every layout, made on the fly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def write_image() -> Callable[..., Path]:
    """`write_image(path, width, height)` leaves an image of noise there."""

    def write(path: Path, width: int = 64, height: int = 48) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        Image.fromarray(noise).save(path)
        return path

    return write


@pytest.fixture
def make_sequence(tmp_path: Path, write_image: Callable[..., Path]) -> Callable[..., Path]:
    """`make_sequence(lines, name=, num_frames=, images=)` leaves a MOTChallenge sequence of 64x48 pixels."""

    def make(
        lines: Sequence[str], *, name: str = "MADE-01", num_frames: int = 4, images: Sequence[int] = (1, 2, 3, 4)
    ) -> Path:
        folder = tmp_path / name
        (folder / "gt").mkdir(parents=True)
        (folder / "img1").mkdir()
        (folder / "gt" / "gt.txt").write_text("\n".join(lines) + "\n")
        (folder / "seqinfo.ini").write_text(
            f"[Sequence]\nname={name}\nimDir=img1\nframeRate=30\nseqLength={num_frames}\n"
            "imWidth=64\nimHeight=48\nimExt=.jpg\n"
        )
        for frame in images:
            write_image(folder / "img1" / f"{frame:06d}.jpg")
        return folder

    return make


@pytest.fixture(autouse=True)
def cache_of_this_test(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or leaves anything in the user's own cache folder."""
    monkeypatch.setenv("OUTRACK_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def write_video() -> Callable[..., Path]:
    """`write_video(path, num_frames)` leaves an H.264 video, 96x64, with key frames 8 apart and frames between that
    are coded out of order. Frame n is a grey of 8 n with a white bar at its left edge."""

    def write(path: Path, num_frames: int = 24) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=10, options={"g": "8", "bf": "2", "crf": "10"})
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for number in range(num_frames):
                pixels = np.full((64, 96, 3), 8 * number, np.uint8)
                pixels[:, :16] = 255
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
        return path

    return write
