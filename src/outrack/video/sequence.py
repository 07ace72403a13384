"""MOTChallenge sequence folders: with their pictures, or with frames by number only."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.io.motchallenge import SequenceInfo
from outrack.io.pictures import UnreadablePictureError, pictures_in, read_image
from outrack.io.sequence_folder import numbered_pictures
from outrack.video.base import Moment, VideoSource
from outrack.video.images import ImageFiles, assumed_rate, first_size, no_pictures

__all__ = ["SequenceFolder", "SequenceFrames", "compare_counts", "sequence_pictures"]

logger = logging.getLogger(__name__)


class SequenceFolder(ImageFiles):
    """Pictures of `SEQ/img1`, timed by `SEQ/seqinfo.ini`.

    The pictures on disk decide; a warning is logged if their number differs from `seqLength`. A picture's file name is
    its frame number, from `000001.jpg`.

    Args:
        folder: the sequence.
        frame_rate: frames per second if `seqinfo.ini` has none; None assumes 25, with a warning.

    Raises:
        FileNotFoundError: no `seqinfo.ini`, or no pictures.
        ValueError: `seqinfo.ini` is malformed, or as for `numbered_pictures`.
    """

    def __init__(
        self, folder: Path, *, frame_rate: float | None = None, stride: int = 1, max_frames: int | None = None
    ) -> None:
        self.info = SequenceInfo.read(folder / "seqinfo.ini")
        image_dir = folder / self.info.image_dir
        if not image_dir.is_dir():
            raise FileNotFoundError(
                f"{image_dir}: {folder / 'seqinfo.ini'} refers to this folder of pictures, which does not exist, and "
                f"there is no video {folder.resolve().name}.mp4 either. Without pictures, track precomputed detections "
                "(--detections)."
            )
        pictures = numbered_pictures(image_dir, self.info.suffix)
        if not pictures:
            raise no_pictures(image_dir)
        compare_counts(image_dir, len(pictures), self.info)
        super().__init__(
            list(pictures.values()),
            name=folder.resolve().name,
            frame_rate=self.info.frame_rate or frame_rate,
            indices=[frame - 1 for frame in pictures],
            stride=stride,
            max_frames=max_frames,
        )


class SequenceFrames(VideoSource):
    """Frames by number, with or without pictures, for precomputed detections.

    Frames, timestamps and tracks are the same whether pictures are read or not, and whether they can be read: a frame
    without a readable picture is yielded without one.

    Args:
        info: content of `seqinfo.ini`, of which length, size and rate are used; None without such a file.
        last_frame: number of the last frame, counted from 1, instead of the length in `info`.
        frame_rate: frames per second if `info` has none; None assumes 25, with a warning.
        name: short name for output files; by default that in `info`.
        pictures: {index from 0: file} of the pictures to read; by default none.
        files: the same of all existing pictures, for outputs that refer to them.

    Raises:
        ValueError: neither `info` nor `last_frame` gives the length, or none of the pictures can be decoded.
    """

    def __init__(
        self,
        info: SequenceInfo | None,
        *,
        last_frame: int | None = None,
        frame_rate: float | None = None,
        name: str | None = None,
        pictures: Mapping[int, Path] | None = None,
        files: Mapping[int, Path] | None = None,
        stride: int = 1,
        max_frames: int | None = None,
    ) -> None:
        if last_frame is None:
            if info is None:
                raise ValueError("the length of the sequence is unknown: add a seqinfo.ini, or pass last_frame")
            last_frame = info.num_frames
        if last_frame < 1:
            raise ValueError(f"last_frame: expected 1 or more, got {last_frame}")
        self._length = last_frame
        self._pictures = pictures or {}
        self._files = files or self._pictures
        name = name or ("sequence" if info is None else info.name)
        told = None if info is None else info.frame_rate
        size = None if info is None or not info.width or not info.height else (info.width, info.height)
        if size is None and self._files and not self._pictures:
            with suppress(ValueError):  # none can be decoded, and none is needed
                size = first_size(list(self._files.values()))
        super().__init__(
            name=name,
            frame_rate=told or assumed_rate(frame_rate, name),
            indices=range(last_frame),
            size=first_size(list(self._pictures.values())) if self._pictures else size,
            stride=stride,
            max_frames=max_frames,
        )
        self.has_known_rate = bool(told or frame_rate)

    def _moments(self) -> Iterator[Moment]:
        for index in range(self._length):
            yield Moment(index, index / self.frame_rate, partial(self._picture, index), self._where(index))

    def picture_of(self, index: int) -> Path | None:
        return self._files.get(index)

    def _where(self, index: int) -> str:
        return str(self._pictures.get(index, f"{self.name}, frame {index + 1}"))

    def _picture(self, index: int) -> NDArray[np.uint8] | None:
        if index not in self._pictures:
            return None
        try:
            return read_image(self._pictures[index], upright=True)
        except (UnreadablePictureError, FileNotFoundError) as error:
            logger.warning("frame %d has no picture: %s", index + 1, error)
            return None


def compare_counts(image_dir: Path, num_pictures: int, info: SequenceInfo) -> None:
    """Warn if the number of pictures differs from `seqinfo.ini`."""
    if num_pictures != info.num_frames:
        logger.warning(
            "%s: found %d %s, but seqinfo.ini has %d frames (seqLength)",
            image_dir,
            num_pictures,
            "picture" if num_pictures == 1 else "pictures",
            info.num_frames,
        )


def sequence_pictures(folder: Path, info: SequenceInfo | None) -> dict[int, Path]:
    """{index from 0: file} of the pictures in a sequence folder, or of a plain folder in natural order; empty without
    pictures.

    Raises:
        ValueError: as for `numbered_pictures`.
    """
    place = folder if info is None else folder / info.image_dir
    if not place.is_dir():
        return {}
    if info is None:
        return dict(enumerate(pictures_in(place)))
    return {frame - 1: path for frame, path in numbered_pictures(place, info.suffix).items()}
