"""Ground truth and result files: MOTChallenge text, and the `.csv` and `.jsonl` that `outrack track` writes.

What the official kit would misread in silence (an identity 3.5 becomes 3) is an error here, with file and line.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import xywh_to_xyxy
from outrack.io.coco import read_coco_images
from outrack.io.cvat import read_boxes_cvat_xml, read_boxes_cvat_zip
from outrack.io.motchallenge import SequenceInfo, refuse_visdrone
from outrack.io.numbers import frame_numbers, numbered_rows, place_of_row, read_rows, whole_numbers
from outrack.io.sequences import Benchmark, Locate, SequenceResults, SequenceTruth
from outrack.io.video_boxes import VideoBoxes, broken_csv, read_boxes_coco
from outrack.structures import TrackState

__all__ = ["LABEL_SUFFIXES", "RESULT_SUFFIXES", "read_sequence_results", "read_sequence_truth"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESULT_SUFFIXES = (".jsonl", ".csv", ".json", ".txt")
"""Kinds of result files; the first ones say more (why a box is there)."""
CLASS_NUMBERS = range(1, 14)
"""Classes of MOT16, MOT17 and MOT20; 1 is the pedestrian."""
CSV_COLUMNS = ("frame", "id", "x1", "y1", "x2", "y2", "class_id", "state")
STATES = {state.name.lower(): state.value for state in TrackState}


def read_sequence_truth(
    path: Path, name: str, *, benchmark: Benchmark = "mot17", info: Path | None = None
) -> SequenceTruth:
    """Read a `gt.txt`, an export of CVAT (`.xml`, `.zip`) or a COCO-VID `.json`, of which the people are taken.

    MOT16, MOT17 and MOT20 files have `frame, id, x, y, w, h, flag, class, visibility`; MOT15 files have world
    coordinates behind the flag. A plain file needs `frame, id, x, y, w, h`; a seventh column is the flag, the
    last of nine the visibility if all its values lie in 0..1.

    Args:
        path: the file.
        name: name of the sequence.
        benchmark: whose columns the file has.
        info: the sequence's `seqinfo.ini`, which gives its length; None for a plain sequence without one.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a line is malformed, a frame lies outside the sequence, an identity appears twice in a frame;
            names file and line.
    """
    if path.suffix.lower() in _LABEL_READERS:
        return _truth_of_boxes(path, name)
    plain, has_classes = benchmark == "plain", benchmark in ("mot16", "mot17", "mot20")
    hint = "A ground truth line is: frame, id, x, y, w, h, flag, class, visibility. Is this a det.txt?"
    rows = read_rows(path, min_columns=6 if plain else 8, hint=hint)
    refuse_visdrone(path, rows)
    locate = partial(place_of_row, path)
    num_frames = None if info is None else SequenceInfo.read(info).num_frames
    columns = rows.shape[1]
    classes = np.ones(len(rows), np.int64)
    if has_classes:
        classes = whole_numbers(rows[:, 7], "class", locate)
        wrong = np.flatnonzero(~np.isin(classes, CLASS_NUMBERS))
        if len(wrong):
            raise ValueError(
                f"{locate(wrong[0])}: expected a class from 1 to 13, got {classes[wrong[0]]}. "
                'For ground truth without classes use the benchmark "plain".'
            )
    visibility = rows[:, 8] if (columns == 9 and plain) or (columns > 8 and has_classes) else None
    if visibility is not None and not ((visibility >= 0) & (visibility <= 1)).all():
        visibility = None
    frames, ids = _frames_and_ids(rows[:, 0], rows[:, 1], locate, "Ground truth needs an identity for each box.")
    if (rows[:, 4:6] < 0).any():
        row = int(np.argmax((rows[:, 4:6] < 0).any(1)))
        raise ValueError(f"{locate(row)}: expected a width and height of 0 or more, got {rows[row, 4:6].tolist()}")
    if num_frames is not None and (frames > num_frames).any():
        row = int(np.argmax(frames > num_frames))
        raise ValueError(
            f"{locate(row)}: expected a frame from 1 to {num_frames}, the length of the sequence, got {frames[row]}"
        )
    return SequenceTruth(
        name=name,
        num_frames=num_frames,
        frames=frames,
        ids=ids,
        xyxy=xywh_to_xyxy(rows[:, 2:6]),
        counted=rows[:, 6] != 0 if columns > 6 else np.ones(len(rows), bool),
        classes=classes,
        visibility=visibility,
    )


_LABEL_READERS: Mapping[str, Callable[[Path, str], VideoBoxes]] = MappingProxyType(
    {
        ".xml": lambda path, name: read_boxes_cvat_xml(path, video=name),
        ".zip": lambda path, name: read_boxes_cvat_zip(path, video=name),
        ".json": lambda path, name: read_boxes_coco(path),
    }
)
LABEL_SUFFIXES = (".txt", *_LABEL_READERS)
"""Kinds of ground truth files."""


def _truth_of_boxes(path: Path, name: str) -> SequenceTruth:
    boxes = _LABEL_READERS[path.suffix.lower()](path, name)

    def locate(row: int) -> str:
        return f"{path}, frame {boxes.frames[row] + 1}"

    hint = "Ground truth needs an identity for each box."
    frames, ids = _frames_and_ids((boxes.frames + 1).astype(np.float64), boxes.ids.astype(np.float64), locate, hint)
    return SequenceTruth(
        name=name,
        num_frames=None,
        frames=frames,
        ids=ids,
        xyxy=boxes.xyxy,
        counted=np.ones(len(boxes), bool),
        classes=np.ones(len(boxes), np.int64),
        labelled_frames=boxes.looked_at + 1,
    )


def read_sequence_results(path: Path, *, benchmark: Benchmark = "mot17") -> SequenceResults:
    """Read the results of one sequence; an empty file is a tracker without objects.

    Args:
        path: MOTChallenge text `frame, id, x, y, w, h, score, ...`, or a `.csv`, `.jsonl` or `.json` of outrack.
        benchmark: MOTChallenge's take pedestrians only; "plain" takes every class.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed, an identity is negative or appears twice in a frame, or a box is of another
            class than the pedestrian; names file and line.
    """
    if path.suffix == ".csv":
        rows, states, others, locate = _csv_rows(path)
    elif path.suffix == ".jsonl":
        rows, states, others, locate = _json_rows(path)
    elif path.suffix == ".json":
        rows, states, others, locate = _coco_rows(path)
    else:
        rows, states, others, locate = _text_rows(path)
    if benchmark != "plain" and others.any():
        raise ValueError(f"{locate(int(np.argmax(others)))}: expected only pedestrians. Write the people alone.")
    frames, ids = _frames_and_ids(rows[:, 0], rows[:, 1], locate, "Is this a file of detections?")
    return SequenceResults(frames, ids, rows[:, 2:6], states, locate)


Rows = tuple[Floats, Ints | None, NDArray[np.bool_], Locate]
"""Frame, identity and xyxy (R, 6); states (R,); which rows are no pedestrians (R,); where a row comes from."""


def _text_rows(path: Path) -> Rows:
    lines = numbered_rows(path, min_columns=7, hint="A result line is: frame, id, x, y, w, h, score, -1, -1, -1.")
    rows = np.array([line[:6] for _, line in lines], np.float64).reshape(-1, 6)
    others = np.array([len(line) > 7 and line[7] > 1 for _, line in lines], bool)
    return np.hstack([rows[:, :2], xywh_to_xyxy(rows[:, 2:6])]), None, others, partial(place_of_row, path)


def _csv_rows(path: Path) -> Rows:
    entries, places = [], []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file, broken_csv(path):
        table = csv.DictReader(file)
        for entry in table:
            places.append(f"{path}, line {table.line_num}")
            missing = [name for name in CSV_COLUMNS if entry.get(name) is None]
            if missing:
                raise ValueError(
                    f"{places[-1]}: expected the columns {', '.join(CSV_COLUMNS)}; {missing[0]} is missing"
                )
            entries.append([entry[name] for name in CSV_COLUMNS])
    return _table_rows(entries, places)


def _json_rows(path: Path) -> Rows:
    entries, places = [], []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                frame = json.loads(line)
                for track in frame["tracks"]:
                    places.append(f"{path}, line {number}")
                    entries.append([frame["frame"], track["id"], *track["xyxy"], track["class_id"], track["state"]])
            except (json.JSONDecodeError, KeyError, TypeError, RecursionError) as error:
                raise ValueError(
                    f'{path}, line {number}: expected {{"frame": 1, "tracks": [{{"id", "xyxy", "score", "class_id", '
                    f'"state"}}, ...]}} as outrack track writes it: {error}'
                ) from error
    return _table_rows(entries, places)


def _coco_rows(path: Path) -> Rows:
    images = read_coco_images(path)
    found = [(image, box) for image in images for box in image.boxes]
    rows = np.array([(image.frame + 1, box.identity, *box.xyxy) for image, box in found], np.float64).reshape(-1, 6)
    known = len(found) > 0 and all(box.state in STATES for _, box in found)
    states = np.array([STATES[box.state or ""] for _, box in found], np.int64) if known else None

    def locate(row: int) -> str:
        return f"{path}, {found[row][0].file_name}"

    return rows, states, np.zeros(len(found), bool), locate


def _table_rows(entries: list[list[Any]], places: list[str]) -> Rows:
    rows, states = np.empty((len(entries), 7)), np.empty(len(entries), np.int64)
    for row, (*numbers, state) in enumerate(entries):
        try:
            rows[row] = [float(number) for number in numbers]
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{places[row]}: expected a frame, an identity, a box and a class: {error}") from error
        if not np.isfinite(rows[row]).all():
            raise ValueError(f"{places[row]}: a number is not finite")
        if not isinstance(state, str) or state not in STATES:
            raise ValueError(f"{places[row]}: expected a state of {', '.join(STATES)}, got {state!r}")
        states[row] = STATES[state]
    return rows[:, :6], states, rows[:, 6] != 0, places.__getitem__


def _frames_and_ids(frames: Floats, ids: Floats, locate: Locate, hint: str) -> tuple[Ints, Ints]:
    """Both columns as integers, checked: frames from 1, identities from 0 and each once in a frame."""
    of_frames, of_ids = frame_numbers(frames, locate), whole_numbers(ids, "identity", locate)
    if (of_ids < 0).any():
        row = int(np.argmax(of_ids < 0))
        raise ValueError(f"{locate(row)}: expected an identity of 0 or more, got {of_ids[row]}. {hint}")
    order = np.lexsort((of_ids, of_frames))
    again = (np.diff(of_frames[order]) == 0) & (np.diff(of_ids[order]) == 0)
    if again.any():
        row = int(order[1:][again].min())
        raise ValueError(f"{locate(row)}: identity {of_ids[row]} appears twice in frame {of_frames[row]}")
    return of_frames, of_ids
