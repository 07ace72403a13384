"""The text files of MOTChallenge: detections, results, `seqinfo.ini`, camera motion. Frames are 1-based in files.

Ground truth has a class and a visibility column and belongs to `outrack.datasets`.
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import checked_affine

__all__ = ["SequenceInfo", "line_of_row", "read_camera_motion", "read_rows", "result_line"]


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What `seqinfo.ini` says about a sequence; sizes in pixels, `frame_rate` in frames per second."""

    name: str
    image_dir: str
    frame_rate: float
    num_frames: int
    width: int
    height: int
    suffix: str

    @classmethod
    def read(cls, path: Path) -> SequenceInfo:
        """Read a `seqinfo.ini`.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the section, a key or a number is missing or malformed.
        """
        parser = configparser.ConfigParser()
        try:
            with path.open(encoding="utf-8-sig") as file:
                parser.read_file(file)
            section = parser["Sequence"]
            return cls(
                name=section.get("name", path.parent.name),
                image_dir=section.get("imDir", "img1"),
                frame_rate=float(section["frameRate"]),
                num_frames=int(section["seqLength"]),
                width=int(section["imWidth"]),
                height=int(section["imHeight"]),
                suffix=section.get("imExt", ".jpg"),
            )
        except (configparser.Error, KeyError, ValueError, UnicodeDecodeError) as error:
            raise ValueError(
                f"{path}: expected a [Sequence] section with name, imDir, frameRate, seqLength, imWidth, imHeight "
                f"and imExt: {error}"
            ) from error


def read_rows(path: Path, *, min_columns: int, hint: str) -> NDArray[np.float64]:
    """Comma-separated numbers, one row a line, as (R, C) float64; blank lines and Windows line ends are fine.

    Args:
        path: file to read; an empty file gives (0, min_columns).
        min_columns: columns that every line must have. Rows are cut to the shortest line.
        hint: what to tell the user to check when a line does not fit.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line has too few columns, or something that is not a finite number; names file and line.
    """
    rows: list[list[float]] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            text = line.strip().rstrip(",")
            if not text:
                continue
            fields = text.split(",") if "," in text else text.split()
            if len(fields) < min_columns:
                raise ValueError(
                    f"{path}, line {number}: expected at least {min_columns} columns, got {len(fields)}. {hint}"
                )
            try:
                row = [float(field) for field in fields]
            except ValueError:
                raise ValueError(
                    f"{path}, line {number}: expected numbers, got {text[:60]!r}. {hint}".rstrip()
                ) from None
            if not all(np.isfinite(row)):
                raise ValueError(f"{path}, line {number}: a number is not finite: {text[:60]!r}. {hint}")
            rows.append(row)
    if not rows:
        return np.empty((0, min_columns))
    width = min(map(len, rows))
    return np.array([row[:width] for row in rows])


def line_of_row(path: Path, row: int) -> int:
    """Line number, from 1, of a row, from 0, that `read_rows` gave: to say where numbers make no sense."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        filled = [number for number, line in enumerate(file, start=1) if line.strip().rstrip(",")]
    return filled[row]


def read_camera_motion(path: Path) -> dict[int, NDArray[np.float64]]:
    """Camera motion files: `frame, a, b, tx, c, d, ty` with frames from 0, as {frame index: (2, 3) affine}.

    The affine maps points of the previous frame to this one.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line has not seven finite numbers, or they are no affine with an inverse; names file and line.
    """
    rows = read_rows(path, min_columns=7, hint="A camera motion line is: frame a b tx c d ty.")
    motion = {}
    for number, row in enumerate(rows):
        try:
            motion[int(row[0])] = checked_affine(row[1:7].reshape(2, 3))
        except ValueError as error:
            raise ValueError(f"{path}, line {line_of_row(path, number)}: {error}") from None
    return motion


def result_line(frame: int, track_id: int, xywh: NDArray[np.float64], score: float) -> str:
    """One line of a result file, line end included; `frame` is 1-based, boxes get two decimals."""
    x, y, w, h = xywh
    return f"{frame},{track_id},{x:.2f},{y:.2f},{w:.2f},{h:.2f},{score:.4f},-1,-1,-1\n"
