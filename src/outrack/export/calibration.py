"""Pictures to calibrate an exported network for 8 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.io.pictures import read_image
from outrack.video import open_source
from outrack.video.images import images_in

__all__ = ["MOST_PICTURES", "calibration_pictures"]

MOST_PICTURES = 64
"""More pictures hardly change the ranges of activations, and cost time."""


def calibration_pictures(source: Path, *, most: int = MOST_PICTURES) -> list[NDArray[np.uint8]]:
    """At most `most` RGB pictures (H, W, 3), spread over a folder of pictures or over a video.

    Raises:
        FileNotFoundError: there is no such file or folder, or the folder has no pictures.
        ValueError: a picture, or the video, cannot be read.
    """
    if not source.exists():
        raise FileNotFoundError(f"{source}: no such file or folder; expected a folder of pictures, or a video")
    return _of_folder(source, most) if source.is_dir() else _of_video(source, most)


def _of_folder(folder: Path, most: int) -> list[NDArray[np.uint8]]:
    paths = images_in(folder)
    spread = [paths[number * len(paths) // most] for number in range(most)] if len(paths) > most else paths
    return [read_image(path, upright=True) for path in spread]


def _of_video(path: Path, most: int) -> list[NDArray[np.uint8]]:
    """The length is unknown, so whenever too many frames are kept, every other one is dropped."""
    kept: list[NDArray[np.uint8]] = []
    stride = 1
    with open_source(path) as frames:
        for number, frame in enumerate(frames):
            if number % stride == 0:
                kept.append(frame.pixels)
            if len(kept) > most:
                kept, stride = kept[::2], stride * 2
    return kept
