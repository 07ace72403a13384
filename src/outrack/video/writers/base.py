"""Common part of all writers: a file is opened with the first frame, and is complete when closed."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.io.atomic import atomic_write
from outrack.structures import Detections, Frame, Tracks
from outrack.video.closing import Closing
from outrack.video.planes import Planes

__all__ = ["Painted", "TextWriter", "Writer", "class_name", "complete_file", "failed_write", "is_standard_output"]

Painted = NDArray[np.uint8] | Planes
"""A picture with the tracks drawn on it: RGB uint8 (H, W, 3), or planes for an encoder."""


class Writer(Closing):
    """Writes one file, frame by frame. A context manager; closing it twice is fine.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def write(self, frame: Frame, detections: Detections, tracks: Tracks, painted: Painted | None = None) -> None:
        """Add one frame.

        Args:
            frame: the frame, later than the previous one.
            detections: detections of the frame.
            tracks: tracks of the frame.
            painted: the painted picture, RGB uint8 (H, W, 3) or planes; only picture writers need it.

        Raises:
            OSError: the disk is full, or the file cannot be written; names the file.
        """

    @abstractmethod
    def close(self) -> None:
        """Finish the file."""


class TextWriter(Writer):
    """Writes lines of text, which are flushed to the file with each frame."""

    header = ""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._is_open = False
        self._is_broken = False
        self._length = 0  # of the complete frames, in bytes

    def write(self, frame: Frame, detections: Detections, tracks: Tracks, painted: Painted | None = None) -> None:
        if self._is_broken:
            return
        try:
            if not self._is_open:
                # Unbuffered: complete frames reach the disk, and a full disk is noticed at once.
                to_stdout = is_standard_output(self.path)
                self._file = os.fdopen(os.dup(1), "wb", 0) if to_stdout else self.path.open("wb", buffering=0)
                self._is_open = True
                self._put(self.header)
            self._put(self.lines(frame, detections, tracks))
        except OSError as error:
            self._is_broken = isinstance(error, BrokenPipeError)  # the reader of standard output has exited
            raise failed_write(self.path, error, frame.index) from error

    @abstractmethod
    def lines(self, frame: Frame, detections: Detections, tracks: Tracks) -> str:
        """Text of one frame, including line ends."""

    def close(self) -> None:
        if self._is_open:
            self._file.close()

    def _put(self, text: str) -> None:
        content = text.encode()
        left = memoryview(content)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            if not is_standard_output(self.path):  # which may be a file with the content of others
                with suppress(OSError):
                    self._file.truncate(self._length)  # no half line at the end
                    self._file.seek(self._length)
            raise
        self._length += len(content)


def is_standard_output(path: Path) -> bool:
    """Whether an output is `-`, or has a kind, such as `-.csv`."""
    return path.stem == "-" and path.parent == Path()


def class_name(names: Sequence[str], class_id: int) -> str:
    """Name of a class in a file, or its number if it has none."""
    return names[class_id] if 0 <= class_id < len(names) else f"class-{class_id}"


@contextmanager
def complete_file(path: Path) -> Iterator[Path]:
    """As `atomic_write`, for files that are only written when they are closed; errors say what to do."""
    try:
        with atomic_write(path) as unfinished:
            yield unfinished
    except OSError as error:
        if path.is_file() and not path.stat().st_size:
            path.unlink()  # only the claim on the name: it would be in the way of the next run
        raise OSError(
            error.errno,
            f"{path}: cannot be written ({error.strerror}). Free some space or choose another disk",
        ) from error


def failed_write(path: Path, error: OSError, index: int) -> OSError:
    """The same error with a message that names the file and the frame, and what remains of the file."""
    reason = error.strerror or type(error).__name__
    return OSError(
        error.errno,
        f"{path}: writing failed at frame {index + 1} ({reason}). Everything written before is kept; free "
        "some space or choose another disk",
    )
