"""Video files."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av

from outrack.structures import Frame
from outrack.video.base import Moment, VideoSource
from outrack.video.declared import (
    USUAL_RATE,
    declared_frames,
    declared_rate,
    declared_seconds,
    has_no_times,
    longest_step_s,
    measured_rate,
)
from outrack.video.decoding import PacketCount, decoded_moments, video_stream
from outrack.video.timeline import Timeline

__all__ = ["VideoFile"]

logger = logging.getLogger(__name__)


class VideoFile(VideoSource):
    """Frames of a video file, in the formats that FFmpeg reads.

    Timestamps are the file's own presentation times, and its rotation is applied. A truncated file yields the frames
    that it has, then logs a warning.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: as for any file.
        ValueError: the file is empty, is not a video, or none of its frames can be decoded.
    """

    def __init__(self, path: Path, *, stride: int = 1, max_frames: int | None = None) -> None:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file. Is the path correct?")
        if not path.is_file() and not path.is_dir():
            raise ValueError(
                f"{path}: expected a video file, got a device or a pipe. Give cameras by number (0), and save a stream "
                "as a file"
            )
        if path.stat().st_size == 0:
            raise ValueError(f"{path}: the file is empty. Did its download or recording finish?")
        self._path = path
        try:
            self._container = av.open(str(path))
        except (IsADirectoryError, PermissionError):
            raise
        except av.error.FFmpegError as error:
            raise ValueError(
                f"{path}: not a readable video ({_reason(error)}). If it should be one, its end or its index is "
                "missing: copy or record it again."
            ) from error
        try:
            self._stream = video_stream(self._container, path.name)
            rate = self._frame_rate()
            timeline = Timeline(frame_rate=rate, longest_step_s=longest_step_s(self._container))
            self._count = PacketCount()
            moments = decoded_moments(self._container, self._stream, path.name, timeline, count=self._count)
            first = self._first(moments)
            self._pending = chain([first], moments)
            frame = Frame(first.read(), first.index, first.timestamp_s)
            expected = declared_frames(self._stream, rate)
            super().__init__(
                name=path.stem,
                frame_rate=rate,
                indices=None if expected is None else range(expected),
                size=frame.size,
                counted=self._stream.frames > 0,
                stride=stride,
                max_frames=max_frames,
            )
        except BaseException:
            self._container.close()
            raise

    def _frame_rate(self) -> float:
        rate = declared_rate(self._container, self._stream)
        if rate is None and not has_no_times(self._container):
            with av.open(str(self._path)) as container:  # a second container, so that its packets are not missing here
                rate = measured_rate(container, video_stream(container, self._path.name))
        if rate is None:
            logger.warning("%s: the frame rate is unknown; assuming %g frames per second", self._path, USUAL_RATE)
        return rate or USUAL_RATE

    def _first(self, moments: Iterator[Moment]) -> Moment:
        try:
            return next(moments)
        except (StopIteration, av.error.FFmpegError) as error:
            raise ValueError(
                f"{self._path}: no frame can be decoded. It is damaged or truncated: copy or record it again."
            ) from error

    def _moments(self) -> Iterator[Moment]:
        last, end_s = -1, 0.0
        try:
            for moment in self._pending:
                last, end_s = moment.index, moment.timestamp_s
                yield moment
        except av.error.FFmpegError as error:
            logger.warning("%s: reading stopped after frame %d (%s)", self._path, last + 1, _reason(error))
            return
        if self._count.read < self._stream.frames:
            logger.warning(
                "%s: the file is truncated or damaged: it should have %d frames, but ended after frame %d",
                self._path,
                self._stream.frames,
                last + 1,
            )
        declared_s = 0.0 if self._stream.frames else declared_seconds(self._container)
        if end_s + 1 < 0.95 * declared_s:
            logger.warning(
                "%s: it should last %.1f s, but ended after %.1f s, frame %d. Is it truncated or damaged?",
                self._path,
                declared_s,
                end_s,
                last + 1,
            )

    def close(self) -> None:
        self._container.close()


def _reason(error: av.error.FFmpegError) -> str:
    return error.strerror or type(error).__name__
