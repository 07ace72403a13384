"""YOLO labels: one text file per picture, one line per box, all numbers divided by the size of the picture.

`class cx cy w h` is a box, `class x1 y1 x2 y2 x3 y3 ...` a polygon, which may be mixed with boxes in one file; JDE's
variant has the identity as the second column.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.io.numbers import numbered_rows, whole_numbers

__all__ = ["YoloLabels", "read_yolo_labels", "yolo_line"]

_MAX_OFFSET = 2.0
"""Boxes may leave the image, but a centre, size or point beyond this many images means that the label is in pixels."""


class YoloLabels(NamedTuple):
    """The content of a label file; R boxes.

    Attributes:
        class_ids: class of each box, int64 (R,).
        cxcywh: centre and size in shares of the picture, float64 (R, 4); for a polygon the smallest box around it.
        ids: identity of each box, int64 (R,); -1 unknown. None if the file has none.
        num_polygons: lines that must be polygons.
        doubtful: places of lines that may be polygons or boxes with keypoints; one polygon in eight looks like the
            latter.
    """

    class_ids: NDArray[np.int64]
    cxcywh: NDArray[np.float64]
    ids: NDArray[np.int64] | None
    num_polygons: int
    doubtful: tuple[str, ...]


def read_yolo_labels(path: Path, *, with_ids: bool = False) -> YoloLabels:
    """Read a label file.

    Args:
        path: the file.
        with_ids: the second column is the identity (JDE), and there are no polygons.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed, or in pixels; names file and line.
    """
    first = 2 if with_ids else 1
    hint = f"A label line is: {'class id' if with_ids else 'class'} cx cy w h, divided by the image size."
    lines = numbered_rows(path, min_columns=4 + first, hint=hint)
    boxes = np.empty((len(lines), 4))
    num_polygons, doubtful = 0, []
    for row, (number, line) in enumerate(lines):
        place = f"{path}, line {number}"
        values = line[first:]
        if len(values) > 4 and (with_ids or len(values) % 2 or len(values) < 6):
            raise ValueError(
                f"{place}: expected {4 + first} columns, got {len(line)}. {hint} Is this a score or an id?"
            )
        if np.abs(values).max() > _MAX_OFFSET:
            raise ValueError(f"{place}: {values[:4]} is far outside the image. {hint}")
        if len(values) > 4:
            if _may_be_keypoints(values):
                doubtful.append(place)
            else:
                num_polygons += 1
            values = _box_of_polygon(values)
        boxes[row] = values

    def locate(row: int) -> str:
        return f"{path}, line {lines[row][0]}"

    class_ids = whole_numbers(np.array([line[0] for _, line in lines]), "class", locate)
    ids = whole_numbers(np.array([line[1] for _, line in lines]), "identity", locate) if with_ids else None
    return YoloLabels(class_ids, boxes, ids, num_polygons, tuple(doubtful))


def yolo_line(class_id: int, cxcywh: Sequence[float], identity: int | None = None) -> str:
    """A line of a label file, line end included; centre and size are shares of the picture.

    Args:
        class_id: class of the box.
        cxcywh: centre and size.
        identity: the second column of JDE's files (-1 unknown); None for files without it.
    """
    shares = " ".join(f"{share:.12g}" for share in cxcywh)
    return f"{class_id} {shares}\n" if identity is None else f"{class_id} {identity} {shares}\n"


def _box_of_polygon(values: list[float]) -> list[float]:
    """Centre and size of the smallest box around a polygon `x1 y1 x2 y2 ...`, as Ultralytics reads segments."""
    x, y = np.array(values).reshape(-1, 2).T
    return [(x.min() + x.max()) / 2, (y.min() + y.max()) / 2, x.max() - x.min(), y.max() - y.min()]


def _may_be_keypoints(values: list[float]) -> bool:
    """Whether the first four numbers are a box that contains all following ones, as points `x y` or `x y visible`."""
    cx, cy, w, h = values[:4]
    rest = np.array(values[4:])
    for columns in (2, 3):
        if len(rest) % columns == 0:
            points = rest.reshape(-1, columns)[:, :2]
            points = points[(points != 0).any(1)]  # an unlabelled keypoint is 0 0
            if (np.abs(points - (cx, cy)) <= np.array([w, h]) / 2 + 0.01).all():
                return True
    return False
