"""Ground truth of MOTChallenge (`gt/gt.txt`): every row, unchanged, for evaluation and training.

Columns of MOT16, 17, 20 and of CVAT's "MOT 1.1": `frame, id, x, y, w, h, flag, class, visibility`. MOT15 has no class
and no visibility but three world coordinates instead. Boxes are read unchanged: the files count pixels from 1, which we
ignore, like all evaluation code (notes#layouts).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xywh_to_xyxy, xyxy_to_xywh
from outrack.io.motchallenge import refuse_visdrone
from outrack.io.numbers import (
    line_of_row,
    place_of_row,
    read_rows,
    refuse_far_boxes,
    unique_identities,
    whole_numbers,
)
from outrack.io.sequences import PEDESTRIAN, LabelledSequence

__all__ = ["Columns", "read_ground_truth", "write_ground_truth"]

Columns = Literal["auto", "mot15", "mot16", "plain"]
"""Columns of a file: `auto` by their number (9 in MOT16, 10 in MOT15); of MOT15; of MOT16 and later; or `plain`,
whose first six are needed, a seventh is the flag, and the last of nine the visibility."""
_MIN_COLUMNS = MappingProxyType({"auto": 9, "mot15": 8, "mot16": 8, "plain": 6})
_HINT = (
    "Ground truth is: frame, id, x, y, w, h, flag, class, visibility (MOT16 and later) "
    "or frame, id, x, y, w, h, flag, x3d, y3d, z3d (MOT15). Is this a det.txt?"
)


def read_ground_truth(
    path: Path, *, name: str = "", columns: Columns = "auto", num_frames: int | None = None
) -> LabelledSequence:
    """Read a `gt.txt`, its rows in the order of the file. No image is needed. Ids and frames may be written as floats,
    lines may end as on Windows.

    Args:
        path: the file.
        name: name of the sequence.
        columns: what they mean.
        num_frames: length of the sequence, to refuse rows beyond it; None does not check.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: too few columns, a number that is not finite or not whole where it must be, a frame outside the
            sequence, a duplicate id in a frame, a box far outside any picture; names file and line.
    """
    rows = read_rows(path, min_columns=_MIN_COLUMNS[columns], hint=_HINT)
    if columns == "auto" and rows.shape[1] > 10:
        raise ValueError(f"{path}, line {line_of_row(path, 0)}: expected 9 or 10 columns, got {rows.shape[1]}. {_HINT}")
    refuse_visdrone(path, rows)
    locate = partial(place_of_row, path)
    frames, ids = unique_identities(
        rows[:, 0], rows[:, 1], locate, "Ground truth needs an identity for each box. Is this a det.txt?"
    )
    refuse_far_boxes(rows[:, 2:6], locate, _HINT)
    _refuse(
        path,
        rows[:, 4:6].min(axis=1, initial=0) < 0,
        lambda row: f"expected a width and height of 0 or more, got {rows[row, 4:6].tolist()}",
    )
    if num_frames is not None:
        _refuse(
            path,
            frames > num_frames,
            lambda row: (
                f"expected a frame from 1 to {num_frames}, the length of the sequence, got {frames[row]}. "
                "Is this the ground truth of another one?"
            ),
        )
    has_class = columns == "mot16" or (columns == "auto" and rows.shape[1] == 9)
    classes = whole_numbers(rows[:, 7], "class", locate) if has_class else np.full(len(rows), PEDESTRIAN)
    _refuse(
        path,
        (classes < 1) | ((classes > 13) & (columns == "mot16")),
        lambda row: (
            f"expected a class from 1 to 13, got {classes[row]}. "
            'For ground truth without classes use the benchmark "plain"; 10 columns mean MOT15.'
        ),
    )
    return LabelledSequence(
        name=name,
        num_frames=num_frames,
        frames=frames,
        ids=ids,
        xyxy=xywh_to_xyxy(rows[:, 2:6]),
        counted=rows[:, 6] != 0 if rows.shape[1] > 6 else np.ones(len(rows), bool),
        classes=classes,
        visibility=_visibility(rows, has_class=has_class, columns=columns),
    )


def _visibility(rows: NDArray[np.float64], *, has_class: bool, columns: Columns) -> NDArray[np.float64] | None:
    """The ninth column, if it contains shares."""
    if not ((has_class and rows.shape[1] > 8) or (columns == "plain" and rows.shape[1] == 9)):
        return None
    given = rows[:, 8]
    return given if ((given >= 0) & (given <= 1)).all() else None


def write_ground_truth(path: Path, truth: LabelledSequence) -> None:
    """Write `truth` in the columns of MOT16 and later, as TrackEval takes them; unknown visibility is written as 1."""
    visibility = np.ones(len(truth)) if truth.visibility is None else truth.visibility
    lines = (
        f"{frame},{identity},{x:.10g},{y:.10g},{w:.10g},{h:.10g},{int(flag)},{class_id},{visible:.6g}\n"
        for frame, identity, (x, y, w, h), flag, class_id, visible in zip(
            truth.frames,
            truth.ids,
            xyxy_to_xywh(truth.xyxy),
            truth.counted,
            truth.classes,
            visibility,
            strict=True,
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="ascii")


def _refuse(path: Path, wrong: NDArray[np.bool_], message: Callable[[int], str]) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"{place_of_row(path, row)}: {message(row)}")
