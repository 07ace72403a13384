"""Detections that somebody else made: `det.txt` of MOTChallenge behind the `Detector` contract."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from outrack.io.motchallenge import line_of_row, read_rows
from outrack.structures import Detections, Frame

__all__ = ["PrecomputedDetections"]

logger = logging.getLogger(__name__)

HINT = "A detection line is: frame,-1,x,y,w,h,score, with frames from 1."


class PrecomputedDetections:
    """Looks up each frame's boxes in a file; pictures are not needed.

    Whether people are occluded is unknown (`Detections.occlusions` is None): the tracker then finds occlusions from
    geometry.

    Args:
        path: lines of `frame, id, x, y, width, height, score`, further columns ignored, in any order of frames.
        conf: score from which a box counts; all when left out.

    Attributes:
        path: the file.
        last_frame: number of the last frame with a line, counted from 1; 0 for an empty file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line does not fit; names file and line.
    """

    def __init__(self, path: str | Path, *, conf: float | None = None) -> None:
        self.path = path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file of detections")
        rows = read_rows(path, min_columns=7, hint=HINT)
        bad = np.flatnonzero((rows[:, 0] < 1) | (rows[:, 0] % 1 != 0) | (rows[:, 4:6] <= 0).any(1))
        if len(bad):
            row = rows[bad[0]]
            what = f"width {row[4]:g} and height {row[5]:g}" if (row[4:6] <= 0).any() else f"frame {row[0]:g}"
            number = line_of_row(path, int(bad[0]))
            raise ValueError(f"{path}, line {number}: expected a frame from 1 and a box with area, got {what}. {HINT}")
        self.last_frame = int(rows[:, 0].max(initial=0))
        if conf is not None and len(rows):
            best = rows[:, 6].max()
            if best < conf:
                logger.warning(
                    "%s: none of its %d boxes has a score of %g or more; the best has %g",
                    path,
                    len(rows),
                    conf,
                    best,
                )
            rows = rows[rows[:, 6] >= conf]
        rows = rows[np.lexsort((-rows[:, 6], rows[:, 0]))]  # by frame, best first
        numbers, starts = np.unique(rows[:, 0].astype(np.int64), return_index=True)
        boxes = np.concatenate((rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]), 1)
        ends = [*starts.tolist(), len(rows)][1:]
        self._frames = {
            int(number): Detections(xyxy=boxes[start:end], scores=rows[start:end, 6])
            for number, start, end in zip(numbers, starts, ends, strict=True)
        }

    def __call__(self, frame: Frame) -> Detections:
        """The boxes of line number `frame.index + 1`, best first; none where the file has none."""
        return self._frames.get(frame.index + 1, Detections.empty())

    def reset(self) -> None:
        """Nothing to forget."""
