"""MOTChallenge sequence folders: with their pictures, or with nothing but their length."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from outrack.io.motchallenge import SequenceInfo
from outrack.video.base import Moment, VideoSource
from outrack.video.images import ImageFiles, assumed_rate, images_in

__all__ = ["SequenceFolder", "SequenceFrames"]

logger = logging.getLogger(__name__)


class SequenceFolder(ImageFiles):
    """Pictures of `SEQ/img1`, timed by `SEQ/seqinfo.ini`.

    The pictures on disk count; a warning says where they are not as many as `seqLength`. A picture's number is its
    place, `000001.jpg` first.

    Args:
        folder: the sequence.
        frame_rate: frames per second where `seqinfo.ini` does not say; 25, with a warning, when None.

    Raises:
        FileNotFoundError: no `seqinfo.ini`, or no pictures.
        ValueError: `seqinfo.ini` is malformed, or a picture's file name is not its frame number.
    """

    def __init__(
        self, folder: Path, *, frame_rate: float | None = None, stride: int = 1, max_frames: int | None = None
    ) -> None:
        self.info = SequenceInfo.read(folder / "seqinfo.ini")
        image_dir = folder / self.info.image_dir
        if not image_dir.is_dir():
            raise FileNotFoundError(
                f"{image_dir}: {folder / 'seqinfo.ini'} says that the pictures are there, and there is no such folder. "
                "Without pictures, track precomputed detections (--detections)."
            )
        paths = images_in(image_dir)
        if len(paths) != self.info.num_frames:
            logger.warning(
                "%s: %d %s here, and seqinfo.ini says %d frames (seqLength)",
                image_dir,
                len(paths),
                "picture is" if len(paths) == 1 else "pictures are",
                self.info.num_frames,
            )
        super().__init__(
            paths,
            name=folder.resolve().name,
            frame_rate=self.info.frame_rate or frame_rate,
            indices=[_frame_number(path) - 1 for path in paths],
            stride=stride,
            max_frames=max_frames,
        )


class SequenceFrames(VideoSource):
    """Frames without pictures, for precomputed detections and outputs that need none.

    Args:
        info: what `seqinfo.ini` says; its length, size and rate are used. None where there is no such file.
        last_frame: number of the last frame, counted from 1, instead of the length in `info`.
        frame_rate: frames per second where `info` does not say; 25, with a warning, when None.
        name: short name for output files; that in `info` when left out.

    Raises:
        ValueError: neither `info` nor `last_frame` tells the length.
    """

    def __init__(
        self,
        info: SequenceInfo | None,
        *,
        last_frame: int | None = None,
        frame_rate: float | None = None,
        name: str | None = None,
        stride: int = 1,
        max_frames: int | None = None,
    ) -> None:
        if last_frame is None:
            if info is None:
                raise ValueError("the length of the sequence is unknown: give a seqinfo.ini or last_frame")
            last_frame = info.num_frames
        if last_frame < 1:
            raise ValueError(f"a sequence has at least one frame, got last_frame={last_frame}")
        self._length = last_frame
        name = name or ("sequence" if info is None else info.name)
        told = None if info is None else info.frame_rate
        super().__init__(
            name=name,
            frame_rate=told or assumed_rate(frame_rate, name),
            indices=range(last_frame),
            size=None if info is None or not info.width or not info.height else (info.width, info.height),
            stride=stride,
            max_frames=max_frames,
        )

    def _moments(self) -> Iterator[Moment]:
        for index in range(self._length):
            yield Moment(index, index / self.frame_rate, _no_picture, f"{self.name}, frame {index + 1}")


def _no_picture() -> None:
    return None


def _frame_number(path: Path) -> int:
    if not path.stem.isdecimal() or int(path.stem) < 1:
        raise ValueError(f"{path}: expected the frame number, from 1, as file name, such as 000001{path.suffix}")
    return int(path.stem)
