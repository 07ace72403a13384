"""Pictures in a folder or of a glob pattern."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from outrack.io.pictures import (
    PICTURE_SUFFIXES,
    UnreadablePictureError,
    open_image,
    pictures_in,
    read_image,
)
from outrack.video.base import Moment, VideoSource
from outrack.video.declared import USUAL_RATE

__all__ = ["ImageFiles", "assumed_rate", "first_size", "images_in", "no_pictures", "warn_of_more_pictures"]

logger = logging.getLogger(__name__)


def images_in(folder: Path) -> list[Path]:
    """Pictures of a folder in natural order.

    Raises:
        FileNotFoundError: the folder contains no pictures.
    """
    paths = pictures_in(folder)
    if not paths:
        raise no_pictures(folder)
    return paths


def no_pictures(folder: Path) -> FileNotFoundError:
    """The error over a folder without pictures."""
    return FileNotFoundError(
        f"{folder}: no pictures in this folder. Expected files ending in {', '.join(sorted(PICTURE_SUFFIXES))}."
    )


def warn_of_more_pictures(path: Path) -> None:
    """Warn that only the first picture of a stack or an animation (TIFF, PNG, WebP) is read. Thumbnails in a JPEG do
    not count."""
    num_pictures = 1
    with suppress(OSError, ValueError), open_image(path) as image:  # reading its pixels reports the error
        num_pictures = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    if num_pictures > 1:
        logger.warning(
            "%s: only the first of its %d pictures is read; save them as a video, or as separate files in a folder",
            path,
            num_pictures,
        )


def assumed_rate(frame_rate: float | None, name: str) -> float:
    """The given frame rate of pictures, or else 25 frames per second, with a warning."""
    if frame_rate is None:
        logger.warning(
            "%s: the frame rate of pictures is unknown; assuming %g frames per second (--image-rate)",
            name,
            USUAL_RATE,
        )
    return frame_rate or USUAL_RATE


def first_size(paths: Sequence[Path]) -> tuple[int, int]:
    """Width and height of the first picture that can be decoded.

    Raises:
        ValueError: none can.
    """
    for path in paths:
        try:
            height, width, _ = read_image(path, upright=True).shape
        except UnreadablePictureError:
            continue
        return width, height
    if len(paths) == 1:
        raise ValueError(f"{paths[0]}: not a readable picture. Is its ending right, and its copy complete?")
    raise ValueError(f"{paths[0].parent}: none of {len(paths)} picture files can be decoded")


class ImageFiles(VideoSource):
    """Picture files, one frame each, in the order given.

    Args:
        paths: at least one file.
        name: short name for output files.
        frame_rate: frames per second of the pictures. None assumes 25, with a warning.
        indices: each picture's position in the source, ascending; by default 0, 1, 2 ...

    Raises:
        ValueError: none of the files is a picture.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        name: str,
        frame_rate: float | None = None,
        indices: Sequence[int] | None = None,
        stride: int = 1,
        max_frames: int | None = None,
    ) -> None:
        self._paths = list(paths)
        self._indices = range(len(paths)) if indices is None else list(indices)
        super().__init__(
            name=name,
            frame_rate=assumed_rate(frame_rate, name) if len(paths) > 1 else frame_rate or USUAL_RATE,
            indices=self._indices,
            size=first_size(self._paths),
            stride=stride,
            max_frames=max_frames,
        )
        self.has_known_rate = frame_rate is not None

    def _moments(self) -> Iterator[Moment]:
        for index, path in zip(self._indices, self._paths, strict=True):
            yield Moment(index, index / self.frame_rate, partial(read_image, path, upright=True), str(path))

    def picture_of(self, index: int) -> Path | None:
        place = bisect_left(self._indices, index)
        return self._paths[place] if place < len(self._paths) and self._indices[place] == index else None
