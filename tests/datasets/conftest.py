"""Small files of every layout, made on the fly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

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
