"""Precomputed detections (`det.txt` of MOTChallenge) as a `Detector`."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from outrack.boxes import are_fractions, xywh_to_xyxy
from outrack.detectors.info import DetectionFile, DetectorInfo
from outrack.io.mot_detections import read_detections
from outrack.io.numbers import STANDARD_INPUT
from outrack.structures import Detections, Frame

__all__ = ["PrecomputedDetections"]

logger = logging.getLogger(__name__)


class PrecomputedDetections:
    """Looks up each frame's boxes in a file; pictures are not needed.

    Whether people are occluded is unknown (`Detections.occlusions` is None): the tracker then finds occlusions from
    geometry.

    A box without area, such as one cut off at the border of the picture, is dropped; one warning counts them. Lines of
    nine columns are ground truth, of which the pedestrians are read.

    Args:
        path: lines of `frame, id, x, y, width, height, score`, further columns ignored, in any order of frames;
            `-` is standard input, which is read to its end first.
        min_score: lowest score of the boxes that count, in the unit of the file's scores; by default all count.

    Attributes:
        info: names the file; pictures are not needed.
        path: the file.
        last_frame: number of the last frame with a line, counted from 1; 0 for an empty file.

    Raises:
        FileNotFoundError, IsADirectoryError: there is no such file.
        ValueError: it is a pipe; a line does not fit, with file and line; or all boxes are fractions of the picture.
    """

    def __init__(self, path: str | Path, *, min_score: float | None = None) -> None:
        self.path = path = Path(path)
        if path != STANDARD_INPUT and not path.is_file():
            if path.is_dir():
                raise IsADirectoryError(f"{path}: expected a file of detections (det.txt), got a folder")
            if path.exists():
                raise ValueError(f"{path}: expected a file; detections from a pipe are read from standard input, -")
            raise FileNotFoundError(f"{path}: no such detections file")
        rows = read_detections(path, min_score)
        self.last_frame = int(rows[:, 0].max(initial=0))
        if are_fractions(xywh_to_xyxy(rows[:, 2:6])):
            raise ValueError(
                f"{path}: all boxes lie within two pixels; expected x, y, width, height in pixels. If they are "
                "fractions of the picture, multiply them by its width and height"
            )
        right, bottom = np.quantile(rows[:, 2:4] + rows[:, 4:6], 0.75, axis=0) if len(rows) else (0.0, 0.0)
        file = DetectionFile(path, self.last_frame, float(right), float(bottom))
        self.info = DetectorInfo(needs_pictures=False, files=(file,))
        if min_score is not None and len(rows):
            best = rows[:, 6].max()
            if best < min_score:
                logger.warning(
                    "%s: none of its %d boxes has a score of %g or more; the best has %g",
                    path,
                    len(rows),
                    min_score,
                    best,
                )
            rows = rows[rows[:, 6] >= min_score]
        rows = rows[np.lexsort((-rows[:, 6], rows[:, 0]))]  # by frame, best first
        numbers, starts = np.unique(rows[:, 0].astype(np.int64), return_index=True)
        boxes = np.concatenate((rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]), 1)
        ends = [*starts.tolist(), len(rows)][1:]
        self._frames = {
            int(number): Detections(xyxy=boxes[start:end], scores=rows[start:end, 6])
            for number, start, end in zip(numbers, starts, ends, strict=True)
        }

    def __call__(self, frame: Frame) -> Detections:
        """The boxes of the lines with frame number `frame.index + 1`, best first; empty if there are none."""
        return self._frames.get(frame.index + 1, Detections.empty())

    def reset(self) -> None:
        """No state to reset."""
