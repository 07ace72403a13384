"""Results of a tracker: MOTChallenge text, and the `.csv`, `.jsonl` and `.json` that `outrack track` writes.

Input that the official evaluation code would silently misread (an identity 3.5 becomes 3) is an error here, with file
and line.
"""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xywh_to_xyxy
from outrack.io.coco import read_coco_images
from outrack.io.numbers import numbered_rows, place_of_row, refuse_far_boxes, unique_identities
from outrack.io.sequences import Benchmark, Locate, SequenceResults
from outrack.io.track_tables import TrackTable, read_csv, read_json_lines
from outrack.io.wording import counted_noun
from outrack.structures import TrackState

__all__ = ["RESULT_SUFFIXES", "read_sequence_results"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

logger = logging.getLogger(__name__)

RESULT_SUFFIXES = (".jsonl", ".csv", ".json", ".txt")
"""Formats of result files; the first ones contain more (the states of boxes)."""
REQUIRED = ("id", "class_id", "state")
"""Required columns of a table."""
STATES = {state.word: state.value for state in TrackState}


def read_sequence_results(
    path: str | Path, *, benchmark: Benchmark = "mot17", only_people: bool = False
) -> SequenceResults:
    """Read the results of one sequence; an empty file means that the tracker found no objects.

    Args:
        path: MOTChallenge text `frame, id, x, y, w, h, score, ...`, or a `.csv`, `.jsonl` or `.json` of outrack.
        benchmark: MOTChallenge's take pedestrians only; "plain" takes every class.
        only_people: leave out the tracks of other classes, with a warning, as for ground truth that has only people.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed, an identity is negative or appears twice in a frame, a box is far outside any
            picture, or of another class than the pedestrian; names file and line.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        # A table without frames has no header, either.
        table = read_csv(path, required=REQUIRED) if path.stat().st_size else TrackTable([], None, {}, {})
        rows, states, others, locate = _table_rows(table)
    elif suffix == ".jsonl":
        rows, states, others, locate = _table_rows(read_json_lines(path, required=REQUIRED))
    elif suffix == ".json":
        rows, states, others, locate = _coco_rows(path)
    else:
        rows, states, others, locate = _text_rows(path)
    if only_people and others.any():
        logger.warning(
            "%s: the ground truth has only people; %d boxes of other classes do not count", path, others.sum()
        )
        kept = np.flatnonzero(~others)
        rows, states, others = rows[kept], None if states is None else states[kept], others[kept]
        locate = _of_rows(locate, kept)
    if benchmark != "plain" and others.any():
        raise ValueError(f"{locate(int(np.argmax(others)))}: expected only pedestrians. Write only the people.")
    frames, ids = unique_identities(rows[:, 0], rows[:, 1], locate, "Is this a file of detections?")
    negative = (rows[:, 4:6] < rows[:, 2:4]).any(axis=1)
    if negative.any():  # the official evaluation code counts them as wrong, too
        first = locate(int(np.argmax(negative)))
        boxes = counted_noun(int(negative.sum()), "box")
        logger.warning("%s: %s with a negative width or height: each counts as a false positive", first, boxes)
    return SequenceResults(frames, ids, rows[:, 2:6], states, locate)


def _of_rows(locate: Locate, rows: NDArray[np.intp]) -> Locate:
    return lambda row: locate(int(rows[row]))


Rows = tuple[Floats, Ints | None, NDArray[np.bool_], Locate]
"""Frame, identity and xyxy (R, 6); states (R,); which rows are not pedestrians (R,); place of each row in the file."""


def _text_rows(path: Path) -> Rows:
    lines = numbered_rows(path, min_columns=7, hint="A result line is: frame, id, x, y, w, h, score, -1, -1, -1.")
    rows = np.array([line[:6] for _, line in lines], np.float64).reshape(-1, 6)
    others = np.array([len(line) > 7 and line[7] > 1 for _, line in lines], bool)
    locate = partial(place_of_row, path)
    refuse_far_boxes(rows[:, 2:6], locate)
    return np.hstack([rows[:, :2], xywh_to_xyxy(rows[:, 2:6])]), None, others, locate


def _table_rows(table: TrackTable) -> Rows:
    rows = table.rows
    for row in rows:
        if row.state not in STATES:
            raise ValueError(f"{row.place}: expected a state of {', '.join(STATES)}, got {row.state!r}")
    boxes = np.array([(row.frame, row.identity, *row.xyxy) for row in rows], np.float64).reshape(-1, 6)
    states = np.array([STATES[row.state] for row in rows], np.int64)
    others = np.array([row.class_id != 0 for row in rows], bool)
    return boxes, states, others, lambda row: rows[row].place


def _coco_rows(path: Path) -> Rows:
    images = read_coco_images(path)
    found = [(image, box) for image in images for box in image.boxes]
    rows = np.array([(image.frame + 1, box.identity, *box.xyxy) for image, box in found], np.float64).reshape(-1, 6)
    known = len(found) > 0 and all(box.state in STATES for _, box in found)
    states = np.array([STATES[box.state or ""] for _, box in found], np.int64) if known else None

    def locate(row: int) -> str:
        return f"{path}, {found[row][0].file_name}"

    return rows, states, np.zeros(len(found), bool), locate
