"""`seqinfo.ini`, camera motion and the line of a result file of MOTChallenge; VisDrone's tables, which look alike, are
refused.

Frames are numbered from 1 in result lines and from 0 in camera motion. Detections are read by `mot_detections`, results
by `results` and ground truth by `ground_truth`.
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import checked_affine
from outrack.io.damaged import reading
from outrack.io.numbers import MAX_FRAME, place_of_row, read_first_columns, whole_numbers

__all__ = [
    "SequenceInfo",
    "read_camera_motion",
    "refuse_visdrone",
    "result_line",
]


_MOTION_HINT = "A camera motion line is: frame a b tx c d ty."
_EXPECTED = (
    "expected a [Sequence] section with seqLength, and optionally name, imDir, frameRate, imWidth, imHeight and imExt"
)
_MOST_PIXELS = 65_535
"""Largest side of a picture: no image format has longer ones."""
_RATES = (1e-5, 1e5)
"""Frames per second, from one a day to the fastest cameras."""


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """The content of `seqinfo.ini`; only the length is required, as for TrackEval.

    Attributes:
        name: sometimes copied from another sequence; results are named after the folder instead.
        image_dir: folder of the pictures.
        frame_rate: frames per second; None if unknown.
        num_frames: length of the sequence.
        width, height: size in pixels; None if unknown.
        suffix: ending of the pictures' names.
    """

    name: str
    image_dir: str
    frame_rate: float | None
    num_frames: int
    width: int | None
    height: int | None
    suffix: str

    def write(self, path: Path, *, comment: str = "") -> None:
        """Write a `seqinfo.ini`; unknown values are omitted. `comment` is its first line."""
        width, height = self.width or None, self.height or None
        said = {
            "name": self.name,
            "imDir": self.image_dir,
            "frameRate": None if self.frame_rate is None else f"{self.frame_rate:.10g}",
            "seqLength": self.num_frames,
            "imWidth": width,
            "imHeight": height,
            "imExt": self.suffix,
        }
        lines = (f"{key}={value}\n" for key, value in said.items() if value is not None)
        head = f"; {comment}\n" if comment else ""
        path.write_text(head + "[Sequence]\n" + "".join(lines), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> SequenceInfo:
        """Read a `seqinfo.ini`.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the section or the length is missing, or a number is malformed, not above 0 or implausibly
                large.
        """
        parser = configparser.ConfigParser(interpolation=None)
        with reading(path, _EXPECTED):
            with path.open(encoding="utf-8-sig") as file:
                parser.read_file(file)
            section = parser["Sequence"]
            width, height = (_whole(section, key, _MOST_PIXELS) for key in ("imWidth", "imHeight"))
            num_frames = _whole(section, "seqLength", MAX_FRAME)
            if num_frames is None:
                raise ValueError("seqLength is missing")
            return cls(
                name=section.get("name", path.parent.name),
                image_dir=section.get("imDir", "img1"),
                frame_rate=_number(section, "frameRate", *_RATES),
                num_frames=num_frames,
                width=width,
                height=height,
                suffix=section.get("imExt", ".jpg"),
            )


def _number(section: configparser.SectionProxy, key: str, least: float, most: float) -> float | None:
    text = section.get(key)
    if text is None:
        return None
    value = float(text)
    if not least <= value <= most:
        raise ValueError(f"{key} is {text}, expected {least:g} to {most:g}")
    return value


def _whole(section: configparser.SectionProxy, key: str, most: int) -> int | None:
    value = _number(section, key, 1, most)
    if value is None:
        return None
    if value % 1:
        raise ValueError(f"{key} is {value:g}, which is not whole")
    return int(value)


def refuse_visdrone(path: Path, rows: NDArray[np.float64]) -> None:
    """Refuse a table (R, C) whose ten columns end in VisDrone's category, truncation and occlusion.

    MOTChallenge has -1 or world coordinates there, and no classes: cars would be read as people. Where every row is a
    pedestrian (category 1), both readings agree.

    Raises:
        ValueError: the columns are VisDrone's; names the first row of another category.
    """
    if not len(rows) or rows.shape[1] != 10:
        return
    last = rows[:, 7:]
    fits = (last == np.rint(last)) & (last >= 0) & (last <= (11, 1, 2))
    others = last[:, 0] != 1
    if fits.all() and others.any() and last[:, 0].any():
        raise ValueError(
            f"{place_of_row(path, int(np.argmax(others)))}: columns 8 to 10 look like VisDrone's category, truncation "
            "and occlusion, and would be read as people. Keep the people, as frame,id,x,y,w,h,flag,class,visibility "
            "with class 1"
        )


def read_camera_motion(path: Path) -> dict[int, NDArray[np.float64]]:
    """Camera motion files: `frame, a, b, tx, c, d, ty` with frames from 0, as {frame index: (2, 3) affine}.

    The affine maps points of the previous frame to this one.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line has not seven finite numbers, they are not an invertible affine, or most are implausible as
            camera motion; names file and line.
    """
    rows = read_first_columns(path, 7, hint=_MOTION_HINT)
    motion: dict[int, NDArray[np.float64]] = {}
    frames = whole_numbers(rows[:, 0], "frame", partial(place_of_row, path)).tolist()
    linear = np.abs(rows[:, [1, 2, 4, 5]] - [1, 0, 0, 1])
    if len(rows) and (np.median(linear, axis=0) > 0.5).any():
        raise ValueError(
            f"{place_of_row(path, 0)}: a, b, c, d are far from 1, 0, 0, 1 in most lines, as if the camera rotated "
            f"or zoomed strongly from frame to frame. Is this a different kind of file? {_MOTION_HINT}"
        )
    for number, (frame, row) in enumerate(zip(frames, rows, strict=True)):
        if frame in motion:
            raise ValueError(f"{place_of_row(path, number)}: frame {frame} appears twice. {_MOTION_HINT}")
        try:
            motion[frame] = checked_affine(row[1:7].reshape(2, 3))
        except ValueError as error:
            raise ValueError(f"{place_of_row(path, number)}: {error}") from None
    return motion


def result_line(frame: int, track_id: int, xywh: NDArray[np.float64], score: float) -> str:
    """One line of a result file, line end included; `frame` is 1-based, boxes get two decimals."""
    x, y, w, h = xywh
    return f"{frame},{track_id},{x:.2f},{y:.2f},{w:.2f},{h:.2f},{score:.4f},-1,-1,-1\n"
