"""Precomputed detections (`det.txt` of MOTChallenge) as a `Detector`."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.detectors.info import DetectionFile, DetectorInfo
from outrack.io.motchallenge import refuse_visdrone
from outrack.io.numbers import STANDARD_INPUT, frame_numbers, numbered_rows
from outrack.structures import Detections, Frame
from outrack.structures.detections import MAX_SCORE

__all__ = ["PrecomputedDetections"]

logger = logging.getLogger(__name__)

HINT = "A detection line is: frame,-1,x,y,w,h,score, with frames from 1."


class PrecomputedDetections:
    """Looks up each frame's boxes in a file; pictures are not needed.

    Whether people are occluded is unknown (`Detections.occlusions` is None): the tracker then finds occlusions from
    geometry.

    A box without area, such as one cut off at the border of the picture, is left out; one warning counts them. Lines of
    nine columns are ground truth: its pedestrians count.

    Args:
        path: lines of `frame, id, x, y, width, height, score`, further columns ignored, in any order of frames;
            `-` is standard input, which is read to its end first.
        conf: score from which a box counts, in the unit of the file's scores; all when left out.

    Attributes:
        info: names the file; pictures are not needed.
        path: the file.
        last_frame: number of the last frame with a line, counted from 1; 0 for an empty file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line does not fit; names file and line.
    """

    def __init__(self, path: str | Path, *, conf: float | None = None) -> None:
        self.path = path = Path(path)
        if path != STANDARD_INPUT and not path.is_file():
            raise FileNotFoundError(f"{path}: no such file of detections")
        rows = _usable_rows(path, conf)
        self.last_frame = int(rows[:, 0].max(initial=0))
        self.info = DetectorInfo(needs_pictures=False, files=(DetectionFile(path, self.last_frame),))
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


def _usable_rows(path: Path, conf: float | None) -> NDArray[np.float64]:
    """The first seven columns of the lines whose boxes can be tracked."""
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
    if conf is not None and conf <= 1 and rows[:, 6].max(initial=0) > MAX_SCORE:
        row = int(rows[:, 6].argmax())
        raise ValueError(
            f"{locate(row)}: a score of {rows[row, 6]:g}; expected 0 to 1, as thresholds are. Divide percent by 100"
        )
    empty = kept & (rows[:, 4:6] <= 0).any(1)
    if empty.any():
        first = int(np.argmax(empty))
        logger.warning(
            "%s: left out %d boxes without area (the first has width %g and height %g)",
            locate(first),
            empty.sum(),
            *rows[first, 4:6],
        )
    return rows[kept & ~empty]
