"""Video files."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av

from outrack.video.base import Moment, VideoSource
from outrack.video.decoding import decoded_moments, expected_frames, nominal_rate, video_stream

__all__ = ["VideoFile"]

logger = logging.getLogger(__name__)


class VideoFile(VideoSource):
    """Frames of a video file, in the formats that FFmpeg reads.

    Timestamps are the file's own presentation times, and its rotation is applied. A file that was cut short gives the
    frames that it still has, then logs a warning.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: as for any file.
        ValueError: the file is empty, is not a video, or not one frame of it can be decoded.
    """

    def __init__(self, path: Path, *, stride: int = 1, max_frames: int | None = None) -> None:
        if not path.exists():
            raise FileNotFoundError(f"{path}: there is no such file. Is the path right?")
        if path.stat().st_size == 0:
            raise ValueError(f"{path}: the file is empty. Was its download or recording finished?")
        self._path = path
        try:
            self._container = av.open(str(path))
        except av.error.InvalidDataError as error:
            raise ValueError(
                f"{path}: this is not a video that can be read ({_reason(error)}). "
                "If it should be one, its end or its index is missing: copy or record it again."
            ) from error
        try:
            stream = video_stream(self._container, path.name)
            moments = decoded_moments(self._container, stream, path.name)
            first = self._first(moments)
            self._pending = chain([first], moments)
            image = first.read()
            frame_rate = nominal_rate(stream)
            expected = expected_frames(stream)
            super().__init__(
                name=path.stem,
                frame_rate=frame_rate,
                indices=None if expected is None else range(expected),
                size=None if image is None else (image.shape[1], image.shape[0]),
                stride=stride,
                max_frames=max_frames,
            )
        except BaseException:
            self._container.close()
            raise
        self._promised = stream.frames

    def _first(self, moments: Iterator[Moment]) -> Moment:
        try:
            return next(moments)
        except (StopIteration, av.error.FFmpegError) as error:
            raise ValueError(
                f"{self._path}: not one frame can be decoded. It is damaged or cut short: copy or record it again."
            ) from error

    def _moments(self) -> Iterator[Moment]:
        last = -1
        try:
            for moment in self._pending:
                last = moment.index
                yield moment
        except av.error.FFmpegError as error:
            logger.warning("%s: reading stopped after frame %d (%s)", self._path, last + 1, _reason(error))
            return
        if last + 1 < self._promised:
            logger.warning(
                "%s: the file is cut short or damaged: it promises %d frames and ended after frame %d",
                self._path,
                self._promised,
                last + 1,
            )

    def close(self) -> None:
        self._container.close()


def _reason(error: av.error.FFmpegError) -> str:
    return error.strerror or type(error).__name__
