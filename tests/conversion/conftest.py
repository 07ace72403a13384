"""Labels that are made, and what of them a format keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from outrack.conversion import Box, Labels, Picture

SIZE = (64, 48)


@pytest.fixture
def two_people(tmp_path: Path) -> Callable[..., Labels]:
    """`two_people(video)` gives two frames with pictures of a person and a car, and one more person."""

    def make(video: str | None = "street") -> Labels:
        pictures = []
        for frame in range(2):
            path = tmp_path / "pictures" / f"{frame + 1:06d}.png"
            path.parent.mkdir(exist_ok=True)
            Image.new("RGB", SIZE).save(path)
            boxes = (
                Box((1, 2, 11, 22), 0, 3, 0.5, 0.75, state="detected"),
                Box((20, 4, 30.25, 24.5), 0, 7, 0.9, 1.0, state="refound" if frame else "detected"),
                Box((40, 8, 60, 20), 1, 9, 0.25, 0.5, state="detected"),
            )
            name = f"{video or 'stills'}/{path.name}"
            pictures.append(Picture(name, boxes, video, frame if video else 0, SIZE, path))
        return Labels(tuple(pictures), ("person", "car"), {video: 12.5} if video else {})

    return make


@pytest.fixture
def write_image() -> Callable[..., Path]:
    """`write_image(path)` leaves a black picture there."""

    def write(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE).save(path)
        return path

    return write
