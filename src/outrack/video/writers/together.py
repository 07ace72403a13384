"""Several outputs at once, each kind chosen by its suffix."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from outrack.structures import Detections, Frame, Tracks
from outrack.video.base import VideoSource
from outrack.video.closing import Closing
from outrack.video.writers.base import Painted, Writer, failed_write, is_standard_output
from outrack.video.writers.claim import Claim
from outrack.video.writers.coco import CocoVidWriter
from outrack.video.writers.cvat import CvatWriter
from outrack.video.writers.min_length import LongTracksWriter
from outrack.video.writers.movie import MOVIE_SUFFIXES, MovieWriter
from outrack.video.writers.tables import CsvWriter, JsonLinesWriter, MotWriter

__all__ = ["SUFFIXES", "Writers", "needs_pictures", "open_writers"]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What writers need to know of a run.

    Attributes:
        frame_rate: nominal frames per second (the source's rate over the stride).
        source: source of the frames; None if unknown.
        class_names: names of the classes by id.
        origin: provenance, for formats that can store it.
    """

    frame_rate: float
    source: VideoSource | None = None
    class_names: Sequence[str] = ("person",)
    origin: str = ""

    @property
    def name(self) -> str:
        """Name of the source."""
        return "video" if self.source is None else self.source.name

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of its frames, if known."""
        return None if self.source is None else self.source.size

    def may_go_on(self) -> bool:
        """Whether the source may have further frames."""
        return self.source is not None and self.source.may_go_on

    def picture_of(self, index: int) -> Path | None:
        """The picture file of a frame."""
        return None if self.source is None else self.source.picture_of(index)


def _cvat(path: Path, run: RunInfo) -> Writer:
    return CvatWriter(
        path,
        name=run.name,
        size=run.size,
        class_names=run.class_names,
        may_go_on=run.may_go_on,
        origin=run.origin,
    )


def _coco(path: Path, run: RunInfo) -> Writer:
    return CocoVidWriter(
        path,
        name=run.name,
        frame_rate=run.frame_rate,
        size=run.size,
        class_names=run.class_names,
        picture_of=run.picture_of,
        origin=run.origin,
    )


def _movie(path: Path, run: RunInfo) -> Writer:
    return MovieWriter(path, frame_rate=run.frame_rate, origin=run.origin)


_KINDS: Mapping[str, Callable[[Path, RunInfo], Writer]] = MappingProxyType(
    {
        **dict.fromkeys(MOVIE_SUFFIXES, _movie),
        ".txt": lambda path, run: MotWriter(path),
        ".jsonl": lambda path, run: JsonLinesWriter(path),
        ".csv": lambda path, run: CsvWriter(path),
        ".xml": _cvat,
        ".json": _coco,
    }
)
_STREAMED = (".txt", ".jsonl", ".csv")
"""Formats for standard output."""

SUFFIXES = tuple(_KINDS)
"""File name endings of outputs."""


class Writers(Closing):
    """Writes each frame to all `writers`. A context manager that closes all of them, even after errors.

    Args:
        writers: the writers.
        replace: replace existing files.
    """

    def __init__(self, writers: Sequence[Writer], *, replace: bool = False) -> None:
        self._writers = tuple(writers)
        self._replace = replace
        self._claims: list[Claim] = []
        self._unclaimed = [writer.path for writer in writers if not is_standard_output(writer.path)]

    def write(self, frame: Frame, detections: Detections, tracks: Tracks, painted: Painted | None = None) -> None:
        """Add one frame to every output; see `Writer.write`.

        Raises:
            FileExistsError, BlockingIOError: another process created an output in the meantime, or is writing it.
        """
        while self._unclaimed:  # with the first frame: without frames there is no file
            path = self._unclaimed[0]
            try:
                self._claims.append(Claim(path, replace=self._replace))
                del self._unclaimed[0]
            except OSError as error:
                if isinstance(error, FileExistsError | BlockingIOError):
                    raise
                raise failed_write(path, error, frame.index) from error
        for writer in self._writers:
            writer.write(frame, detections, tracks, painted)

    def close(self) -> None:
        """Finish every output; if some fail, the others are finished before an error is raised."""
        with ExitStack() as closing:
            while self._claims:
                closing.callback(self._claims.pop().release)
            for writer in self._writers:
                closing.callback(writer.close)


def open_writers(
    paths: Sequence[Path],
    *,
    frame_rate: float,
    overwrite: bool = False,
    source: VideoSource | None = None,
    class_names: Sequence[str] = ("person",),
    min_length_s: float = 0.0,
    memory_s: float = 0.0,
    origin: str = "",
) -> Writers:
    """Writers for `paths`, checked now and opened with the first frame. Missing folders are created.

    Args:
        paths: outputs; the suffix selects the format: `.mp4`, `.mkv` and `.webm` annotated video, `.txt` MOTChallenge,
            `.jsonl` JSON Lines, `.csv` table, `.xml` CVAT for video 1.1, `.json` COCO-VID. `-` is JSON Lines on
            standard output; `-.csv` and `-.txt` select these formats.
        frame_rate: nominal frames per second of the outputs (the source's rate over the stride).
        overwrite: replace existing files.
        source: source of the frames.
        class_names: names of the classes by id.
        min_length_s: omit tracks that live shorter from all outputs except videos, see `LongTracksWriter`.
        memory_s: seconds for which a lost track may be recovered.
        origin: provenance as one line of JSON, for videos, `.xml` and `.json`.

    Raises:
        ValueError: an unknown suffix, one that standard output cannot have, or the same path twice.
        FileExistsError: an output exists and `overwrite` is off.
        OSError: a folder cannot be created or written to, or an output is a folder.
    """
    if not min_length_s >= 0:
        raise ValueError(f"min_length_s: expected 0 or more seconds, got {min_length_s}")
    places = [Path("-") if is_standard_output(path) else path.resolve() for path in paths]
    for path, place in zip(paths, places, strict=True):
        if _suffix(path) not in _KINDS:
            raise ValueError(f"{path}: unknown output format. Known endings: {', '.join(SUFFIXES)}.")
        if is_standard_output(path) and _suffix(path) not in _STREAMED:
            raise ValueError(f"{path}: for standard output use - (JSON Lines), -.csv or -.txt")
        if places.count(place) > 1:
            raise ValueError(f"{path}: the same output is given twice")
    for path in paths:
        if not is_standard_output(path):
            _check_writable(path, overwrite=overwrite)
    run = RunInfo(frame_rate, source, class_names, origin)
    writers = [_KINDS[_suffix(path)](path, run) for path in paths]
    if min_length_s > 0:
        writers = [
            writer
            if needs_pictures([writer.path])
            else LongTracksWriter(writer, min_length_s=min_length_s, memory_s=memory_s)
            for writer in writers
        ]
    return Writers(writers, replace=overwrite)


def _suffix(path: Path) -> str:
    return ".jsonl" if path == Path("-") else path.suffix.lower()


def needs_pictures(paths: Sequence[Path]) -> bool:
    """Whether one of the outputs shows pictures."""
    return any(path.suffix.lower() in MOVIE_SUFFIXES for path in paths)


def _check_writable(path: Path, *, overwrite: bool) -> None:
    try:
        if path.is_dir():
            raise IsADirectoryError(f"{path}: this is a folder; expected a file name")
        if path.exists() and not overwrite:
            raise FileExistsError(
                f"{path}: already exists. Choose another name, or replace it (--overwrite, in Python overwrite=True)."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):  # the only reliable test for permissions and read-only disks
            pass
    except OSError as error:
        if error.errno is None:
            raise
        raise type(error)(
            error.errno, f"{path}: cannot create the output ({error.strerror}). Choose another folder"
        ) from error
