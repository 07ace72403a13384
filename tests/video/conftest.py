"""Tiny videos, tracks and a local web server for the tests of sources and writers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from outrack.structures import Tracks

MakeVideo = Callable[..., Path]
MakeTracks = Callable[..., Tracks]


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """Writes a video whose frame i is a plain grey of value 4 * i (a little noisier with `noise`)."""

    def make(
        name: str = "clip.mp4",
        *,
        num_frames: int = 20,
        size: tuple[int, int] = (64, 48),
        codec: str = "libx264",
        times_ms: list[int] | None = None,
        rotation: int = 0,
        noise: bool = False,
        options: dict[str, str] | None = None,
        gop: int = 5,
        rate: int = 10,
        aspect: Fraction | None = None,
    ) -> Path:
        path = tmp_path / name
        random = np.random.default_rng(0)
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec, rate=rate)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.codec_context.gop_size = gop
            if aspect:
                stream.codec_context.sample_aspect_ratio = aspect
            if rotation:
                stream.set_display_rotation(rotation)
            if times_ms:
                stream.codec_context.time_base = Fraction(1, 1000)
            for index in range(num_frames):
                picture = np.full((size[1], size[0], 3), 4 * index, np.uint8)
                if noise:
                    picture[: size[1] // 2] = random.integers(0, 256, picture[: size[1] // 2].shape)
                frame = av.VideoFrame.from_ndarray(picture)
                if times_ms:
                    frame.pts, frame.time_base = times_ms[index], Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return make


@pytest.fixture
def make_tracks() -> MakeTracks:
    """Tracks from boxes; ids 1, 2, ... and state DETECTED unless given."""

    def make(
        xyxy: list[list[float]], *, ids: list[int] | None = None, states: list[int] | None = None, score: float = 0.5
    ) -> Tracks:
        n = len(xyxy)
        return Tracks(
            xyxy=np.array(xyxy, np.float64).reshape(-1, 4),
            ids=np.arange(1, n + 1) if ids is None else np.array(ids),
            scores=np.full(n, score),
            class_ids=np.zeros(n, np.int64),
            states=np.zeros(n, np.int64) if states is None else np.array(states),
            detection_index=np.arange(n),
        )

    return make
