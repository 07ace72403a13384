"""Boxes of people in a video: files of `outrack track`, and CVAT's exports after correction.

Read here: MOTChallenge results and detections (`.txt`), JSON Lines (`.jsonl`), CSV (`.csv`), "CVAT for video 1.1"
(`.xml`), CVAT's "MOT 1.1" (`.zip`) and COCO-VID (`.json`). Frames count from 0 once they are read.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xywh_to_xyxy
from outrack.io.coco import read_coco_images
from outrack.io.ground_truth import read_ground_truth
from outrack.io.motchallenge import refuse_visdrone
from outrack.io.numbers import MAX_FRAME, frame_numbers, place_of_row, read_rows, whole_numbers
from outrack.structures.detections import MAX_SCORE

__all__ = [
    "VideoBoxes",
    "broken_csv",
    "read_boxes_coco",
    "read_boxes_csv",
    "read_boxes_jsonl",
    "read_boxes_mot",
    "sure_boxes",
]

_PERSON = 0
_UNSEEN_STATE = "predicted"
"""Boxes that nothing in the frame supports (`TrackState.PREDICTED`) teach nothing and are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoBoxes:
    """People in the frames of a video, one row a box, sorted by frame.

    Attributes:
        frames: frame of each box, from 0, int64 (R,).
        ids: identity in this video, int64 (R,); -1 unknown.
        xyxy: boxes in pixels of the video, float64 (R, 4).
        scores: confidence, float64 (R,); 1 where the file does not say.
        looked_at: every frame that was labelled, rising, int64 (F,); those without a row are empty.
    """

    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    looked_at: NDArray[np.int64]

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[float, ...]], looked_at: Iterable[int] | None = None) -> VideoBoxes:
        """Boxes from rows `frame, id, x1, y1, x2, y2, score`.

        Args:
            rows: in any order.
            looked_at: frames that were looked at. None guesses, for files that say nothing of empty frames: all from
                the first to the last with a box, in the steps that these have (`outrack track --stride 3` leaves
                frames 0, 3, 6 ...). What lies before and after may have unlabelled people.

        Raises:
            ValueError: a frame is beyond `MAX_FRAME`.
        """
        table = np.array(list(rows), np.float64).reshape(-1, 7)
        table = table[np.argsort(table[:, 0], kind="stable")]
        frames = table[:, 0].astype(np.int64)
        if len(frames) and frames[-1] > MAX_FRAME:
            raise ValueError(f"frame {frames[-1] + 1} is beyond {MAX_FRAME}. Is this column the frame?")
        if looked_at is None:
            used = np.unique(frames)
            step = max(1, int(np.gcd.reduce(np.diff(used)))) if len(used) > 1 else 1
            looked_at = range(used[0], used[-1] + 1, step) if len(used) else ()
        ids = table[:, 1].astype(np.int64)
        return cls(frames, ids, table[:, 2:6], table[:, 6], np.unique(np.array([*looked_at], np.int64)))

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, rows: NDArray[Any]) -> VideoBoxes:
        """The chosen boxes (mask or indices); the frames looked at stay."""
        return VideoBoxes(self.frames[rows], self.ids[rows], self.xyxy[rows], self.scores[rows], self.looked_at)


def sure_boxes(path: Path, boxes: VideoBoxes, min_score: float) -> VideoBoxes:
    """The boxes of a file with a score of `min_score` or more.

    Raises:
        ValueError: the scores are percent, and `min_score` is not.
    """
    best = boxes.scores.max(initial=0)
    if 0 < min_score <= 1 and best > MAX_SCORE:
        raise ValueError(f"{path}: a score of {best:g}; expected 0 to 1, as min_score is. Divide percent by 100")
    return boxes[boxes.scores >= min_score]


def read_boxes_mot(path: Path) -> VideoBoxes:
    """Results or detections `frame,id,x,y,w,h,score,...`, or the nine columns of ground truth (its pedestrians).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed; names file and line.
    """
    rows = read_rows(path, min_columns=6, hint="A line is: frame,id,x,y,w,h,score with frames from 1.")
    refuse_visdrone(path, rows)
    if rows.shape[1] == 9 and len(rows):
        truth = read_ground_truth(path).pedestrians
        boxes = np.column_stack([truth.frames - 1, truth.ids, truth.xyxy, np.ones(len(truth))])
    else:
        scores = rows[:, 6] if rows.shape[1] > 6 else np.ones(len(rows))
        locate = partial(place_of_row, path)
        frames, ids = frame_numbers(rows[:, 0], locate), whole_numbers(rows[:, 1], "id", locate)
        boxes = np.column_stack([frames - 1, ids, xywh_to_xyxy(rows[:, 2:6]), scores])
    return VideoBoxes.from_rows(map(tuple, boxes))


def read_boxes_csv(path: Path) -> VideoBoxes:
    """A table with a header that has at least `frame,x1,y1,x2,y2`; `id,score,class_id,state` are read if there.

    Only people (class 0) are kept.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a column is missing or a value is malformed; names file and line.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file, broken_csv(path):
        table = csv.DictReader(file)
        needed = {"frame", "x1", "y1", "x2", "y2"}
        names_there = table.fieldnames or ()
        if missing := needed.difference(names_there):
            names = ", ".join(sorted(missing))
            raise ValueError(f"{path}, line 1: no column {names}; the header must name the columns")
        if doubles := {name for name in names_there if names_there.count(name) > 1}:
            raise ValueError(f"{path}, line 1: the column {min(doubles)} is there twice")
        rows = []
        for entry in table:
            corners = [entry[name] for name in ("x1", "y1", "x2", "y2")]
            rows += _row(f"{path}, line {table.line_num}", entry["frame"], corners, entry)
    return VideoBoxes.from_rows(rows)


def read_boxes_jsonl(path: Path) -> VideoBoxes:
    """One object a frame: `{"frame": 1, "tracks": [{"xyxy": [...], "id", "score", "class_id", "state"}]}`.

    Every line is a frame that was looked at, those without tracks too. Only people (class 0) are kept.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed; names file and line.
    """
    rows: list[tuple[float, ...]] = []
    looked_at = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            try:
                entry = json.loads(line)
                looked_at.append(_frame_index(where, entry["frame"]))
                for track in entry["tracks"]:
                    rows += _row(where, entry["frame"], track["xyxy"], track)
            except (json.JSONDecodeError, KeyError, TypeError, RecursionError) as error:
                expected = '{"frame": 1, "tracks": [{"xyxy": [x1, y1, x2, y2]}]}'
                raise ValueError(f"{where}: expected {expected}: {error!r}") from error
    return VideoBoxes.from_rows(rows, looked_at)


def read_boxes_coco(path: Path) -> VideoBoxes:
    """A COCO-VID json of one video, such as `outrack track` writes; its images are the frames that were looked at.

    Only people are kept, and crowds are not. Errors as of `outrack.io.coco.read_coco_images`.

    Raises:
        ValueError: it holds stills, or several videos.
    """
    images = read_coco_images(path)
    if len(videos := {image.video for image in images}) > 1 or None in videos:
        raise ValueError(f"{path}: expected the frames of one video, got {', '.join(map(str, videos))}")
    rows = [
        (image.frame, box.identity, *box.xyxy, 1.0 if box.score is None else box.score)
        for image in images
        for box in image.boxes
        if not box.is_crowd and box.state != _UNSEEN_STATE
    ]
    return VideoBoxes.from_rows(rows, [image.frame for image in images])


def _row(where: str, frame: Any, corners: Any, entry: Mapping[str, Any]) -> list[tuple[float, ...]]:
    """The row of one box, or nothing if it is not a person who was seen."""
    given = {name: value for name, value in entry.items() if value not in (None, "")}
    index = _frame_index(where, frame)
    try:
        values = (float(index), float(given.get("id", -1)), *map(float, corners), float(given.get("score", 1)))
        class_id = int(given.get("class_id", _PERSON))
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{where}: expected numbers ({error})") from error
    if len(values) != 7 or isinstance(corners, str) or not np.isfinite(values).all():
        raise ValueError(f"{where}: expected a frame from 1 and a box of 4 finite numbers, got {frame} and {corners}")
    whole_numbers(np.array(values[1:2]), "id", lambda _: where)
    return [values] if class_id == _PERSON and entry.get("state") != _UNSEEN_STATE else []


def _frame_index(where: str, frame: Any) -> int:
    """A frame that counts from 1, from 0."""
    try:
        value = float(frame)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{where}: expected a frame from 1, got {frame!r:.60}") from error
    return int(frame_numbers(np.array([value]), lambda _: where)[0]) - 1


@contextmanager
def broken_csv(path: Path) -> Iterator[None]:
    """What `csv` cannot read as a ValueError that names the file."""
    try:
        yield
    except csv.Error as error:
        raise ValueError(f"{path}: not a table that can be read ({error})") from error
