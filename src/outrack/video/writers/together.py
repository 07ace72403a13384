"""Several outputs at once, each kind chosen by its suffix."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from outrack.structures import Detections, Frame, Tracks
from outrack.video.writers.base import Writer, failed_write
from outrack.video.writers.claim import Claim
from outrack.video.writers.cvat import CvatWriter
from outrack.video.writers.movie import MOVIE_SUFFIXES, MovieWriter
from outrack.video.writers.tables import CsvWriter, JsonLinesWriter, MotWriter

__all__ = ["SUFFIXES", "Writers", "needs_pictures", "open_writers"]

_KINDS: Mapping[str, Callable[[Path, float], Writer]] = MappingProxyType(
    {
        **dict.fromkeys(MOVIE_SUFFIXES, lambda path, frame_rate: MovieWriter(path, frame_rate=frame_rate)),
        ".txt": lambda path, frame_rate: MotWriter(path),
        ".jsonl": lambda path, frame_rate: JsonLinesWriter(path),
        ".csv": lambda path, frame_rate: CsvWriter(path),
        ".xml": lambda path, frame_rate: CvatWriter(path),
    }
)

SUFFIXES = tuple(_KINDS)
"""File name endings that an output may have."""


class Writers:
    """Writes each frame to every one of `writers`. A context manager that closes all of them, whatever happens.

    Args:
        writers: what to write to.
        replace: files that exist may be replaced.
    """

    def __init__(self, writers: Sequence[Writer], *, replace: bool = False) -> None:
        self._writers = tuple(writers)
        self._replace = replace
        self._claims: list[Claim] = []

    def write(
        self, frame: Frame, detections: Detections, tracks: Tracks, painted: NDArray[np.uint8] | None = None
    ) -> None:
        """Add one frame to every output; see `Writer.write`.

        Raises:
            FileExistsError, BlockingIOError: another process made an output meanwhile, or is writing it.
        """
        while len(self._claims) < len(self._writers):  # with the first frame: no frame, no file
            path = self._writers[len(self._claims)].path
            try:
                self._claims.append(Claim(path, replace=self._replace))
            except OSError as error:
                if isinstance(error, FileExistsError | BlockingIOError):
                    raise
                raise failed_write(path, error, frame.index) from error
        for writer in self._writers:
            writer.write(frame, detections, tracks, painted)

    def close(self) -> None:
        """Finish every output; when some fail, the others are finished before an error is raised."""
        with ExitStack() as closing:
            while self._claims:
                closing.callback(self._claims.pop().release)
            for writer in self._writers:
                closing.callback(writer.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_writers(paths: Sequence[Path], *, frame_rate: float, overwrite: bool = False) -> Writers:
    """Writers for `paths`, checked now and opened with the first frame. Missing folders are made.

    Args:
        paths: outputs; the suffix chooses the kind: `.mp4`, `.mkv` and `.webm` annotated video, `.txt` MOTChallenge,
            `.jsonl` JSON Lines, `.csv` table, `.xml` CVAT for video 1.1.
        frame_rate: nominal frames per second of what will be written (the source's rate over the stride).
        overwrite: replace files that exist.

    Raises:
        ValueError: an unknown suffix, or the same path twice.
        FileExistsError: an output exists and `overwrite` is off.
        OSError: a folder cannot be made or written to, or an output is a folder.
    """
    resolved = [path.resolve() for path in paths]
    for path, place in zip(paths, resolved, strict=True):
        if path.suffix.lower() not in _KINDS:
            raise ValueError(f"{path}: cannot tell the kind of output. Known endings: {', '.join(SUFFIXES)}.")
        if resolved.count(place) > 1:
            raise ValueError(f"{path}: the same output is given twice")
    for path in paths:
        _check_place(path, overwrite=overwrite)
    return Writers([_KINDS[path.suffix.lower()](path, frame_rate) for path in paths], replace=overwrite)


def needs_pictures(paths: Sequence[Path]) -> bool:
    """Whether one of the outputs shows pictures."""
    return any(path.suffix.lower() in MOVIE_SUFFIXES for path in paths)


def _check_place(path: Path, *, overwrite: bool) -> None:
    try:
        if path.is_dir():
            raise IsADirectoryError(f"{path}: this is a folder; name a file in it")
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path}: exists already. Choose another name, or replace it with --overwrite.")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):  # the only sure test of permission and of read-only disks
            pass
    except OSError as error:
        if error.errno is None:
            raise
        raise type(error)(
            error.errno, f"{path}: the output cannot be made there ({error.strerror}). Choose another folder"
        ) from error
