"""Boxes of people in a video: files of `outrack track`, of any detector, and exports of CVAT after correction.

Read here: MOTChallenge results and detections (`.txt`), JSON Lines (`.jsonl`), CSV (`.csv`), "CVAT for video 1.1"
(`.xml`), CVAT's "MOT 1.1" (`.zip`) and COCO-VID (`.json`). Only people are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from outrack.boxes import xywh_to_xyxy
from outrack.io.coco import read_coco_images
from outrack.io.cvat import read_boxes_cvat_xml, read_boxes_cvat_zip
from outrack.io.ground_truth import read_ground_truth
from outrack.io.motchallenge import refuse_visdrone
from outrack.io.numbers import frame_numbers, place_of_row, read_rows, refuse_far_boxes, whole_numbers
from outrack.io.sequences import LabelledSequence
from outrack.io.track_tables import TrackTable, read_csv, read_json_lines
from outrack.structures.detections import MAX_SCORE

__all__ = [
    "BOX_READERS",
    "read_boxes_coco",
    "read_boxes_csv",
    "read_boxes_jsonl",
    "read_boxes_mot",
    "read_truth_coco",
    "sure_boxes",
]

_PERSON = 0
_UNSEEN_STATES = ("predicted", "interpolated")
"""States whose boxes are not supported by the frame, and are omitted from training data; see `TrackState`."""


def sure_boxes(path: Path, boxes: LabelledSequence, min_score: float) -> LabelledSequence:
    """The boxes of a file with a score of `min_score` or more; all if the file has no scores.

    Raises:
        ValueError: the scores are percent, and `min_score` is not.
    """
    if boxes.scores is None:
        return boxes
    best = boxes.scores.max(initial=0)
    if 0 < min_score <= 1 and best > MAX_SCORE:
        raise ValueError(f"{path}: a score of {best:g}; expected 0 to 1, like min_score. Divide percent by 100")
    return boxes[boxes.scores >= min_score]


def read_boxes_mot(path: Path) -> LabelledSequence:
    """Results or detections `frame,id,x,y,w,h,score,...`, or the nine columns of ground truth (its pedestrians).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed; names file and line.
    """
    rows = read_rows(path, min_columns=6, hint="A line is: frame,id,x,y,w,h,score with frames from 1.")
    refuse_visdrone(path, rows)
    if rows.shape[1] == 9 and len(rows):
        truth = read_ground_truth(path).pedestrians.in_order()
        boxes = np.column_stack([truth.frames, truth.ids, truth.xyxy, np.ones(len(truth))])
    else:
        scores = rows[:, 6] if rows.shape[1] > 6 else np.ones(len(rows))
        locate = partial(place_of_row, path)
        frames, ids = frame_numbers(rows[:, 0], locate), whole_numbers(rows[:, 1], "id", locate)
        refuse_far_boxes(rows[:, 2:6], locate)
        boxes = np.column_stack([frames, ids, xywh_to_xyxy(rows[:, 2:6]), scores])
    return LabelledSequence.from_rows(map(tuple, boxes))


def read_boxes_csv(path: Path) -> LabelledSequence:
    """The people of a table; columns and errors as for `outrack.io.track_tables.read_csv`."""
    return _people(read_csv(path))


def read_boxes_jsonl(path: Path) -> LabelledSequence:
    """The people of JSON Lines; keys and errors as for `outrack.io.track_tables.read_json_lines`."""
    return _people(read_json_lines(path))


def _people(table: TrackTable) -> LabelledSequence:
    seen = [row for row in table.rows if row.class_id == _PERSON and row.state not in _UNSEEN_STATES]
    return LabelledSequence.from_rows([(row.frame, row.identity, *row.xyxy, row.score) for row in seen], table.frames)


def read_boxes_coco(path: Path) -> LabelledSequence:
    """A COCO-VID json of one video, such as `outrack track` writes; its images are the labelled frames.

    Only people are kept, without crowds, and without boxes that their frame does not support, as for the other formats.
    Errors as for `outrack.io.coco.read_coco_images`.

    Raises:
        ValueError: it contains stills, or several videos.
    """
    return _people_of_coco(path, without=_UNSEEN_STATES)


def read_truth_coco(path: Path) -> LabelledSequence:
    """As `read_boxes_coco`, with all boxes of people: a person in ground truth is there whether seen or not."""
    return _people_of_coco(path, without=())


def _people_of_coco(path: Path, *, without: Collection[str]) -> LabelledSequence:
    images = read_coco_images(path)
    if len(videos := {image.video for image in images}) > 1 or None in videos:
        raise ValueError(f"{path}: expected the frames of one video, got {', '.join(map(str, videos))}")
    rows = [
        (image.frame + 1, box.identity, *box.xyxy, 1.0 if box.score is None else box.score)
        for image in images
        for box in image.boxes
        if not box.is_crowd and box.state not in without
    ]
    return LabelledSequence.from_rows(rows, [image.frame + 1 for image in images])


BOX_READERS: Mapping[str, Callable[[Path, str], LabelledSequence]] = MappingProxyType(
    {
        ".zip": lambda path, video: read_boxes_cvat_zip(path, video=video),
        ".xml": lambda path, video: read_boxes_cvat_xml(path, video=video),
        ".jsonl": lambda path, video: read_boxes_jsonl(path),
        ".json": lambda path, video: read_boxes_coco(path),
        ".csv": lambda path, video: read_boxes_csv(path),
        ".txt": lambda path, video: read_boxes_mot(path),
    }
)
"""Readers of a file and the name of its video, by suffix, in the order in which they are preferred. Manual corrections
come first: a `.zip` is from CVAT, a `.xml` may also be the tracker's. Of the tracker's files, the most complete one is
preferred."""
