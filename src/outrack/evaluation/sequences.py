"""Ground truth and results of one sequence, as arrays, and the text files they come from.

Frames are 1-based, as in the files. Rows keep the order of the file within a frame: where an assignment has ties,
the order decides, and the official kit keeps it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xywh_to_xyxy
from outrack.motchallenge import SequenceInfo, read_rows
from outrack.structures import Tracks

__all__ = ["Benchmark", "SequenceResults", "SequenceTruth", "rows_by_frame"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Benchmark = Literal["mot15", "mot16", "mot17", "mot20", "plain"]

CLASS_NUMBERS = range(1, 14)
"""Classes of MOT16, MOT17 and MOT20: 1 is the pedestrian."""


@dataclass(frozen=True, slots=True, eq=False)
class SequenceTruth:
    """The annotated boxes of one sequence; R rows, in no particular order of frames.

    Attributes:
        name: name of the sequence.
        num_frames: length of the sequence; None where nothing says (plain ground truth without `seqinfo.ini`).
        frames: frame of each box, from 1, int64 (R,).
        ids: identity of each box, 0 or more, unique within a frame, int64 (R,).
        xyxy: float64 (R, 4).
        counted: the file's flag column: False marks a box that no score counts, bool (R,).
        classes: class numbers of MOT16/17/20, int64 (R,); all 1 in plain and MOT15 ground truth, which has none.
        visibility: visible share of each box in 0..1, float64 (R,); None when the file does not say.
    """

    name: str
    num_frames: int | None
    frames: Ints
    ids: Ints
    xyxy: Floats
    counted: NDArray[np.bool_]
    classes: Ints
    visibility: Floats | None = None

    @classmethod
    def read(cls, path: Path, name: str, *, benchmark: Benchmark = "mot17", info: Path | None = None) -> SequenceTruth:
        """Read a `gt.txt`.

        MOT16, MOT17 and MOT20 files have `frame, id, x, y, w, h, flag, class, visibility`; MOT15 files have world
        coordinates behind the flag. A plain file needs `frame, id, x, y, w, h`; a seventh column is the flag, a ninth
        the visibility if all its values lie in 0..1.

        Args:
            path: the file.
            name: name of the sequence.
            benchmark: whose columns the file has.
            info: the sequence's `seqinfo.ini`, which gives its length; None for a plain sequence without one.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: a line is malformed, a frame lies outside the sequence, an identity appears twice in a
                frame; names file and line.
        """
        plain, has_classes = benchmark == "plain", benchmark in ("mot16", "mot17", "mot20")
        rows = read_rows(
            path,
            min_columns=6 if plain else 8,
            hint="A ground truth line is: frame, id, x, y, w, h, flag, class, visibility. Is this a det.txt?",
        )
        num_frames = None if info is None else SequenceInfo.read(info).num_frames
        columns = rows.shape[1]
        classes = np.ones(len(rows), np.int64)
        if has_classes:
            classes = _whole_numbers(path, rows[:, 7], "class")
            wrong = ~np.isin(classes, CLASS_NUMBERS)
            if wrong.any():
                raise ValueError(
                    f"{_at(path, wrong)}: expected a class from 1 to 13, got {classes[wrong][0]}. "
                    'For ground truth without classes use the benchmark "plain".'
                )
        visibility = rows[:, 8] if columns > 8 and (plain or has_classes) else None
        if visibility is not None and not ((visibility >= 0) & (visibility <= 1)).all():
            visibility = None
        truth = cls(
            name=name,
            num_frames=num_frames,
            frames=_whole_numbers(path, rows[:, 0], "frame"),
            ids=_whole_numbers(path, rows[:, 1], "identity"),
            xyxy=xywh_to_xyxy(rows[:, 2:6]),
            counted=rows[:, 6] != 0 if columns > 6 else np.ones(len(rows), bool),
            classes=classes,
            visibility=visibility,
        )
        _check_rows(path, truth.frames, truth.ids, num_frames, "Ground truth needs an identity for each box.")
        return truth


@dataclass(frozen=True, slots=True, eq=False)
class SequenceResults:
    """The boxes that a tracker gave for one sequence; R rows.

    Attributes:
        frames: frame of each box, from 1, int64 (R,).
        ids: identity of each box, 0 or more, unique within a frame, int64 (R,).
        xyxy: float64 (R, 4).
        states: `TrackState` of each box, int64 (R,); None when the tracker does not say.
        path: the file they come from, for messages; None for results made in memory.
    """

    frames: Ints
    ids: Ints
    xyxy: Floats
    states: Ints | None = None
    path: Path | None = None

    @classmethod
    def read(cls, path: Path, *, benchmark: Benchmark = "mot17") -> SequenceResults:
        """Read a result file `frame, id, x, y, w, h, score, ...`; an empty file is a tracker that saw nobody.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: a line is malformed, an identity appears twice in a frame, an identity is negative, or a box
                has another class than the pedestrian (column 8, not in plain results); names file and line.
        """
        rows = read_rows(path, min_columns=7, hint="A result line is: frame, id, x, y, w, h, score, -1, -1, -1.")
        if benchmark != "plain" and rows.shape[1] > 7 and (rows[:, 7] > 1).any():
            other = rows[:, 7] > 1
            raise ValueError(
                f"{_at(path, other)}: expected only pedestrians (class 1 or -1 in column 8), "
                f"got class {rows[other][0, 7]:g}. Write the people alone."
            )
        results = cls(
            frames=_whole_numbers(path, rows[:, 0], "frame"),
            ids=_whole_numbers(path, rows[:, 1], "identity"),
            xyxy=xywh_to_xyxy(rows[:, 2:6]),
            path=path,
        )
        _check_rows(path, results.frames, results.ids, None, "Is this a file of detections?")
        return results

    @classmethod
    def from_tracks(cls, tracks: Sequence[Tracks]) -> SequenceResults:
        """What a tracker returned for frames 1, 2, 3, ... of a sequence."""
        frames = np.repeat(np.arange(1, len(tracks) + 1), [len(frame) for frame in tracks])
        everything = [Tracks.empty(), *tracks]
        return cls(
            frames=frames.astype(np.int64),
            ids=np.concatenate([frame.ids for frame in everything]),
            xyxy=np.concatenate([frame.xyxy for frame in everything]),
            states=np.concatenate([frame.states for frame in everything]),
        )

    def check_length(self, truth: SequenceTruth) -> None:
        """Raise ValueError when a box lies beyond the end of the sequence; names file and line."""
        if truth.num_frames is None:
            return
        beyond = self.frames > truth.num_frames
        if beyond.any():
            where = "results" if self.path is None else _at(self.path, beyond)
            raise ValueError(
                f"{where}: frame {self.frames[beyond][0]} lies beyond the {truth.num_frames} frames of {truth.name}. "
                "Frames are counted from 1."
            )


def rows_by_frame(frames: Ints, wanted: range) -> list[Ints]:
    """Rows of each of the wanted frames (consecutive), given the frame of every row; in file order."""
    order = np.argsort(frames, kind="stable")
    bounds = np.searchsorted(frames[order], np.arange(wanted.start, wanted.stop + 1))
    return [order[start:stop] for start, stop in pairwise(bounds)]


def _whole_numbers(path: Path, values: Floats, what: str) -> Ints:
    """The column as integers; 3.0 is 3, 3.5 is an error (the official kit would cut it to 3 and merge identities)."""
    broken = values != np.trunc(values)
    if broken.any():
        raise ValueError(f"{_at(path, broken)}: expected a whole number as {what}, got {values[broken][0]:g}")
    return values.astype(np.int64)


def _check_rows(path: Path, frames: Ints, ids: Ints, num_frames: int | None, hint: str) -> None:
    outside = (frames < 1) | (frames > (frames.max(initial=1) if num_frames is None else num_frames))
    if outside.any():
        length = "" if num_frames is None else f" to {num_frames}, the length of the sequence"
        raise ValueError(f"{_at(path, outside)}: expected a frame from 1{length}, got {frames[outside][0]}")
    if (ids < 0).any():
        raise ValueError(f"{_at(path, ids < 0)}: expected an identity of 0 or more, got {ids[ids < 0][0]}. {hint}")
    order = np.lexsort((ids, frames))
    again = (np.diff(frames[order]) == 0) & (np.diff(ids[order]) == 0)
    if again.any():
        row = order[1:][again].min()
        twice = np.arange(len(ids)) == row
        raise ValueError(f"{_at(path, twice)}: identity {ids[row]} appears twice in frame {frames[row]}")


def _at(path: Path, rows: NDArray[np.bool_]) -> str:
    """`FILE, line N` of the first of the marked rows; blank lines are not rows."""
    first, seen = int(np.flatnonzero(rows)[0]), -1
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            seen += bool(line.strip().rstrip(","))
            if seen == first:
                return f"{path}, line {number}"
    return str(path)
