"""A synthetic video to measure on if none is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from outrack.structures import Detections, Frame, Tracks
from outrack.video.writers.movie import MovieWriter

__all__ = ["write_clip"]

RATE = 30.0


def write_clip(path: Path, *, size: tuple[int, int], num_frames: int) -> None:
    """Write an H.264 video of objects that move over a noisy background, about as hard to decode as a street scene.

    Args:
        path: the file; .mp4.
        size: width and height in pixels.
        num_frames: its length, at 30 frames per second.
    """
    width, height = size
    rng = np.random.default_rng(0)
    coarse = rng.integers(40, 200, (height // 24, width // 24, 3), dtype=np.uint8)
    background = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)).astype(np.int16)
    background += rng.integers(-12, 13, background.shape, dtype=np.int16)
    place = rng.uniform(0, 1, (24, 2)) * size
    step = rng.normal(0, 3, (24, 2))
    colours = rng.integers(0, 255, (24, 3))
    with MovieWriter(path, frame_rate=RATE) as movie:
        for index in range(num_frames):
            picture = np.clip(background + rng.integers(-2, 3, (height, 1, 1)), 0, 255).astype(np.uint8)
            for (x, y), colour in zip((place + index * step).astype(int) % size, colours, strict=True):
                picture[y : y + height // 6, x : x + width // 30] = colour
            movie.write(Frame(picture, index, index / RATE), Detections.empty(), Tracks.empty())
