"""Ground truth of MOTChallenge (`gt/gt.txt`): every row, as it stands, for evaluation and as the start of training.

Columns of MOT16, 17, 20 and of CVAT's "MOT 1.1": `frame, id, x, y, w, h, flag, class, visibility`. MOT15 has no class
and no visibility but three world coordinates instead, so its tenth column tells it apart. Boxes are read as they
stand: the files count pixels from 1, and like every kit of this field we take no notice (notes#layouts).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xywh_to_xyxy
from outrack.io.motchallenge import refuse_visdrone
from outrack.io.numbers import line_of_row, place_of_row, read_rows, whole_numbers

__all__ = ["PEDESTRIAN", "GroundTruth", "read_ground_truth", "write_ground_truth"]

PEDESTRIAN = 1
"""Class of MOTChallenge that is counted."""
_HINT = (
    "Ground truth is: frame,id,x,y,w,h,flag,class,visibility (MOT16 and later) "
    "or frame,id,x,y,w,h,flag,x3d,y3d,z3d (MOT15). Is this a det.txt?"
)


@dataclass(frozen=True, slots=True, eq=False)
class GroundTruth:
    """Rows of a ground truth file, sorted by frame, then id.

    Attributes:
        frames: 1-based frame of each row, int64 (R,).
        ids: identity, int64 (R,).
        xywh: left, top, width, height in pixels, float64 (R, 4).
        considered: the flag column, bool (R,); False rows are not counted.
        class_ids: MOTChallenge class, int64 (R,); 1 is a pedestrian.
        visibility: visible share in 0..1, float64 (R,); None where the file has no such column (MOT15).
    """

    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    xywh: NDArray[np.float64]
    considered: NDArray[np.bool_]
    class_ids: NDArray[np.int64]
    visibility: NDArray[np.float64] | None

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, rows: NDArray[Any]) -> GroundTruth:
        """The chosen rows (mask or indices)."""
        return GroundTruth(
            self.frames[rows],
            self.ids[rows],
            self.xywh[rows],
            self.considered[rows],
            self.class_ids[rows],
            None if self.visibility is None else self.visibility[rows],
        )

    @property
    def xyxy(self) -> NDArray[np.float64]:
        """Boxes as corners, (R, 4)."""
        return xywh_to_xyxy(self.xywh)

    @property
    def pedestrians(self) -> GroundTruth:
        """The rows that count: pedestrians with flag 1, at any visibility."""
        return self[self.considered & (self.class_ids == PEDESTRIAN)]

    def within(self, frames: range) -> GroundTruth:
        """The rows of these frames (1-based); frame numbers stay as they are."""
        return self[(self.frames >= frames.start) & (self.frames < frames.stop)]


def read_ground_truth(path: Path, *, num_frames: int | None = None) -> GroundTruth:
    """Read a `gt.txt`. No image is needed. Ids and frames may be written as floats, lines may end as on Windows.

    Args:
        path: the file.
        num_frames: length of the sequence, to refuse rows beyond it; None does not check.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: too few columns, a number that is not finite or not whole where it must be, a frame outside of the
            sequence, an id twice in a frame; names file and line.
    """
    rows = read_rows(path, min_columns=9, hint=_HINT)
    if rows.shape[1] > 10:
        raise ValueError(f"{path}, line {line_of_row(path, 0)}: expected 9 or 10 columns, got {rows.shape[1]}. {_HINT}")
    has_class = rows.shape[1] == 9
    refuse_visdrone(path, rows)
    locate = partial(place_of_row, path)
    frames, ids = whole_numbers(rows[:, 0], "frame", locate), whole_numbers(rows[:, 1], "id", locate)
    class_ids = whole_numbers(rows[:, 7], "class", locate) if has_class else np.full(len(rows), PEDESTRIAN)
    _refuse(path, ids < 0, "the id is negative", "Is this a det.txt?")
    _refuse(path, frames < 1, "the frame is below 1", "Frames of MOTChallenge files count from 1.")
    _refuse(
        path,
        rows[:, 4:6].min(axis=1, initial=0) < 0,
        "the width or height is negative",
        "Boxes are left, top, width, height.",
    )
    if num_frames is not None:
        hint = f"The sequence has {num_frames} frames (seqLength). Is this the ground truth of another one?"
        _refuse(path, frames > num_frames, "the frame is beyond the end", hint)
    if has_class:
        _refuse(path, class_ids < 1, "the class is below 1", "Pedestrians have class 1; 10 columns mean MOT15.")
    order = np.lexsort((ids, frames))
    again = (np.diff(frames[order]) == 0) & (np.diff(ids[order]) == 0)
    if again.any():
        one, two = sorted(order[np.flatnonzero(again)[0] + np.arange(2)])
        raise ValueError(
            f"{path}, line {line_of_row(path, two)}: id {ids[one]} is already in frame {frames[one]} "
            f"(line {line_of_row(path, one)}). An identity has one box a frame."
        )
    return GroundTruth(
        frames,
        ids,
        rows[:, 2:6],
        rows[:, 6] != 0,
        class_ids,
        np.clip(rows[:, 8], 0, 1) if has_class else None,
    )[order]


def write_ground_truth(path: Path, truth: GroundTruth) -> None:
    """Write `truth` in the columns of MOT16 and later, as TrackEval takes them; unknown visibility is written as 1."""
    visibility = np.ones(len(truth)) if truth.visibility is None else truth.visibility
    lines = (
        f"{frame},{identity},{x:.10g},{y:.10g},{w:.10g},{h:.10g},{int(flag)},{class_id},{visible:.6g}\n"
        for frame, identity, (x, y, w, h), flag, class_id, visible in zip(
            truth.frames, truth.ids, truth.xywh, truth.considered, truth.class_ids, visibility, strict=True
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="ascii")


def _refuse(path: Path, wrong: NDArray[np.bool_], what: str, hint: str) -> None:
    if wrong.any():
        raise ValueError(f"{place_of_row(path, int(np.argmax(wrong)))}: {what}. {hint}")
