"""CSV and JSON Lines of tracks, as `outrack track` writes them, for evaluation and training."""

from __future__ import annotations

import csv
import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from outrack.io.damaged import reading
from outrack.io.entries import json_value
from outrack.io.numbers import frame_numbers, whole_numbers
from outrack.structures.detections import MAX_COORDINATE

__all__ = ["TableRow", "TrackTable", "read_csv", "read_json_lines"]

logger = logging.getLogger(__name__)

_CORNERS = ("x1", "y1", "x2", "y2")
_NO_TABLE = "not a readable table"
_JSON_EXPECTED = '{"frame": 1, "tracks": [{"xyxy": [x1, y1, x2, y2]}]}'


class TableRow(NamedTuple):
    """One box of a table.

    Attributes:
        place: `FILE, line N`, for messages.
        frame: counted from 1.
        identity: -1 if the file has none.
        xyxy: the box.
        score: 1 if the file has none.
        class_id: 0, a person, if the file has none.
        state: why the box was reported; empty if the file has none.
    """

    place: str
    frame: int
    identity: int
    xyxy: tuple[float, ...]
    score: float
    class_id: int
    state: str


class TrackTable(NamedTuple):
    """A file of tracks.

    Attributes:
        rows: in the order of the file.
        frames: every frame in the file, including those without boxes; None if the format cannot list such frames.
        times_s: known times of frames in seconds, by frame.
        occlusions: predicted occlusion points x, y, score by frame, if the file has them.
    """

    rows: list[TableRow]
    frames: list[int] | None
    times_s: dict[int, float]
    occlusions: dict[int, list[tuple[float, ...]]]

    @property
    def points(self) -> list[tuple[float, float]]:
        """Occlusion points x, y, of all frames together."""
        return [(x, y) for of_frame in self.occlusions.values() for x, y, *_ in of_frame]


def read_csv(path: Path, *, required: Collection[str] = ()) -> TrackTable:
    """A table with a header that has at least `frame,x1,y1,x2,y2`; `id,score,class_id,state` are optional.

    Args:
        path: the file.
        required: further columns that every row must fill.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a column is missing or a value is malformed; names file and line.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file, reading(path, _NO_TABLE):
        table = csv.DictReader(file)
        names = table.fieldnames or ()
        if missing := {"frame", *_CORNERS, *required}.difference(names):
            raise ValueError(
                f"{path}, line 1: no column {', '.join(sorted(missing))}; the header must name the columns"
            )
        if doubles := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{path}, line 1: the column {min(doubles)} appears twice")
        rows: list[TableRow] = []
        times_s: dict[int, float] = {}
        for entry in table:
            place = f"{path}, line {table.line_num}"
            if None in (entry[name] for name in _CORNERS):
                raise ValueError(f"{place}: fewer columns than the header; if the file was cut off, delete this line")
            if empty := [name for name in required if entry.get(name) in (None, "")]:
                raise ValueError(f"{place}: the column {empty[0]} is empty")
            rows.append(_row(place, _frame(place, entry["frame"]), [entry[name] for name in _CORNERS], entry))
            if entry.get("timestamp_s"):
                times_s[rows[-1].frame] = _finite(place, "timestamp_s", entry["timestamp_s"])
    return TrackTable(rows, None, times_s, {})


def read_json_lines(path: Path, *, required: Collection[str] = ()) -> TrackTable:
    """One object per frame: `{"frame": 1, "tracks": [{"xyxy": [...], "id", "score", "class_id", "state"}]}`.

    Every line is a processed frame, including those without tracks. A last line that ends in the middle, after a power
    cut for instance, is left out with a warning.

    Args:
        path: the file.
        required: keys that every track must have besides `xyxy`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed; names file and line.
    """
    rows: list[TableRow] = []
    frames: list[int] = []
    times_s: dict[int, float] = {}
    occlusions: dict[int, list[tuple[float, ...]]] = {}
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            place = f"{path}, line {number}"
            if number > 1 and not line.endswith("\n") and not _is_json(line):
                logger.warning("%s: the file ends in the middle of this line, which is left out", place)
                break
            with reading(place, f"expected {_JSON_EXPECTED}"):
                entry = json_value(line)
                frames.append(_frame(place, entry["frame"]))
                if "timestamp_s" in entry:
                    times_s[frames[-1]] = _finite(place, "timestamp_s", entry["timestamp_s"])
                if entry.get("occlusions") is not None:
                    occlusions[frames[-1]] = [_point(place, point) for point in entry["occlusions"]]
                for track in entry["tracks"]:
                    rows.append(_row(place, frames[-1], track["xyxy"], track))
                    if missing := [name for name in required if track.get(name) in (None, "")]:
                        raise ValueError(f"a track has no {missing[0]}")
    return TrackTable(rows, frames, times_s, occlusions)


def _is_json(line: str) -> bool:
    try:
        json_value(line)
    except ValueError:
        return False
    return True


def _row(place: str, frame: int, corners: Any, entry: Mapping[str, Any]) -> TableRow:
    given = {name: value for name, value in entry.items() if value not in (None, "")}
    try:
        box = tuple(map(float, corners))
        identity, score = float(given.get("id", -1)), float(given.get("score", 1))
        class_id = float(given.get("class_id", 0))
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{place}: expected numbers ({error})") from error
    if len(box) != 4 or isinstance(corners, str) or not np.isfinite([*box, identity, score, class_id]).all():
        got = f"box {corners}, id {identity:g}, score {score:g} and class {class_id:g}"
        raise ValueError(f"{place}: expected a box of 4 finite numbers, and finite id, score and class, got {got}")
    if max(map(abs, box)) > MAX_COORDINATE:
        raise ValueError(f"{place}: the box {list(box)} is far outside any picture")
    whole_numbers(np.array([identity]), "id", lambda _: place)
    whole_numbers(np.array([class_id]), "class", lambda _: place)
    return TableRow(place, frame, int(identity), box, score, int(class_id), str(given.get("state", "")))


def _point(place: str, given: Any) -> tuple[float, ...]:
    x, y, *score = given
    return tuple(_finite(place, "occlusions", value) for value in (x, y, *score))


def _finite(place: str, name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{place}: expected a number as {name}, got {value!r:.60}") from error
    if not np.isfinite(number):
        raise ValueError(f"{place}: expected a finite number as {name}, got {value!r:.60}")
    return number


def _frame(place: str, frame: Any) -> int:
    """A frame that counts from 1."""
    try:
        value = float(frame)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{place}: expected a frame from 1, got {frame!r:.60}") from error
    return int(frame_numbers(np.array([value]), lambda _: place)[0])
