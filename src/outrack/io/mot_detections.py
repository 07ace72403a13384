"""Detections of MOTChallenge (`det.txt`), as any detector may write them."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.io.motchallenge import refuse_visdrone
from outrack.io.numbers import frame_numbers, numbered_rows, refuse_far_boxes
from outrack.io.wording import counted_noun
from outrack.structures.detections import MAX_SCORE

__all__ = ["read_detections"]

logger = logging.getLogger(__name__)

HINT = "A detection line is: frame,-1,x,y,w,h,score, with frames from 1."


def read_detections(path: Path, min_score: float | None) -> NDArray[np.float64]:
    """The lines whose boxes can be tracked: frame (from 1), id, left, top, width, height, score, float64 (R, 7).

    A box without area is dropped; one warning counts them. Lines of nine columns are ground truth, of which the
    pedestrians are read.

    Args:
        path: the file, further columns ignored; `-` is standard input.
        min_score: score that boxes will be compared with, to refuse scores in percent; None does not check.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line does not fit; names file and line.
    """
    lines = numbered_rows(path, min_columns=7, hint=HINT)
    numbers = [number for number, _ in lines]
    rows = np.array([line[:7] for _, line in lines], np.float64).reshape(-1, 7)
    if lines and all(len(line) == 10 for _, line in lines):
        refuse_visdrone(path, np.array([line for _, line in lines]))

    def locate(row: int) -> str:
        return f"{path}, line {numbers[row]}"

    frame_numbers(rows[:, 0], locate)
    kept = np.ones(len(rows), bool)
    if lines and all(len(line) == 9 for _, line in lines):
        kept = np.array([line[6] != 0 and line[7] == 1 for _, line in lines])
        logger.warning(
            "%s: nine columns are ground truth; %d of %d rows are pedestrians that count", path, kept.sum(), len(rows)
        )
    refuse_far_boxes(rows[:, 2:6], locate, HINT)
    if min_score is not None and min_score <= 1 and rows[:, 6].max(initial=0) > MAX_SCORE:
        row = int(rows[:, 6].argmax())
        raise ValueError(
            f"{locate(row)}: a score of {rows[row, 6]:g}; expected 0 to 1, like the thresholds. Divide percent by 100"
        )
    empty = kept & (rows[:, 4:6] <= 0).any(1)
    if empty.any():
        first = int(np.argmax(empty))
        logger.warning(
            "%s: dropped %s without area (the first has width %g and height %g)",
            locate(first),
            counted_noun(int(empty.sum()), "box"),
            *rows[first, 4:6],
        )
    return rows[kept & ~empty]
