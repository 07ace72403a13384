"""YOLO folders (`images/`, `labels/`) and JDE's variant with identities (`labels_with_ids/`)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from outrack.annotation import AnnotatedImage, Annotation
from outrack.boxes import cxcywh_to_xyxy
from outrack.datasets.cleaning import drop_unusable_boxes, image_size
from outrack.io.numbers import numbered_rows, whole_numbers
from outrack.io.pictures import is_picture

__all__ = ["read_jde", "read_yolo"]

logger = logging.getLogger(__name__)

_FURTHEST = 2.0
"""Boxes may leave the image, but a centre or a size of more images than this means that the label counts pixels."""


def read_yolo(folder: Path, *, classes: Sequence[int] = (0,)) -> list[AnnotatedImage]:
    """Stills of `folder/images` with labels `class cx cy w h` in `folder/labels`, all divided by the image size.

    Folders below `images` are mirrored below `labels`. An image without a label file has no boxes. A line
    `class x1 y1 x2 y2 x3 y3 ...` is a polygon, also beside boxes in one file, and gives the smallest box around it.

    Args:
        folder: the dataset.
        classes: numbers of the classes to read, class 0 first; boxes of other classes are background.

    Raises:
        FileNotFoundError: no `images` or `labels` folder, or no image in it.
        ValueError: a label is malformed (names file and line), has no class that is asked for anywhere, or no image of
            the labels exists.
    """
    return _read(folder, "labels", classes, id_columns=0)


def read_jde(folder: Path, *, classes: Sequence[int] = (0,)) -> list[AnnotatedImage]:
    """The same with `class id cx cy w h` in `folder/labels_with_ids` (JDE, FairMOT); an id of -1 is unknown.

    The images count as stills: JDE's lists do not say which are frames of one video.
    """
    return _read(folder, "labels_with_ids", classes, id_columns=1)


def _read(folder: Path, label_folder: str, classes: Sequence[int], *, id_columns: int) -> list[AnnotatedImage]:
    for needed in ("images", label_folder):
        if not (folder / needed).is_dir():
            raise FileNotFoundError(
                f"{folder / needed}: no such folder. Expected images/ and {label_folder}/ side by side"
            )
    paths = sorted(p for p in (folder / "images").rglob("*") if is_picture(p))
    labelled = {q.relative_to(folder / label_folder).with_suffix("") for q in (folder / label_folder).rglob("*.txt")}
    labelled.discard(Path("classes"))  # labelImg leaves its list of names there
    names = [path.relative_to(folder / "images").with_suffix("") for path in paths]
    if not paths:
        raise FileNotFoundError(f"{folder / 'images'}: no image there")
    if labelled and labelled.isdisjoint(names):
        raise ValueError(f"{folder}: none of its {len(labelled)} label files has an image of the same name")
    if orphans := labelled.difference(names):
        logger.warning("%s: %d label files have no image, %s.txt first", folder, len(orphans), min(orphans))
    found = _Found()
    images = []
    for path, name in zip(paths, names, strict=True):
        width, height = image_size(path)
        label = folder / label_folder / f"{name}.txt"  # with_suffix would cut a name such as street.rf.12ab
        annotation = _annotation(label, width, height, classes, id_columns, found) if name in labelled else _EMPTY
        images.append(AnnotatedImage(path, width, height, annotation))
    if found.doubtful > found.polygons:
        raise ValueError(
            f"{found.first_doubtful}: this may be a polygon or a box with keypoints, and nothing says which. "
            "Leave out what follows `class cx cy w h`"
        )
    if found.classes and found.classes.isdisjoint(classes):
        raise ValueError(f"{folder}: no box is of class {list(classes)}; its labels have class {sorted(found.classes)}")
    return drop_unusable_boxes(images, folder)


_EMPTY = Annotation.of_people(np.empty((0, 4)))


@dataclass(slots=True)
class _Found:
    """What the labels of a folder hold.

    Attributes:
        classes: every class that occurs.
        polygons: how many lines can only be polygons.
        doubtful: how many lines may be polygons or boxes with keypoints; one polygon in eight looks like the latter.
        first_doubtful: place of the first of them.
    """

    classes: set[int] = field(default_factory=set)
    polygons: int = 0
    doubtful: int = 0
    first_doubtful: str = ""


def _annotation(
    label: Path, width: int, height: int, classes: Sequence[int], id_columns: int, found: _Found
) -> Annotation:
    """Boxes of one label file; notes in `found` what it has."""
    hint = f"A label line is: {'class id' if id_columns else 'class'} cx cy w h, divided by the image size."
    lines = numbered_rows(label, min_columns=5 + id_columns, hint=hint)
    boxes = np.empty((len(lines), 4))
    for row, (number, line) in enumerate(lines):
        where = f"{label}, line {number}"
        values = line[1 + id_columns :]
        if len(values) > 4:
            if id_columns or len(values) % 2 or len(values) < 6:
                raise ValueError(
                    f"{where}: expected {5 + id_columns} columns, got {len(line)}. {hint} Is this a score or an id?"
                )
            values = _box_of_polygon(values, where, found)
        if np.abs(values).max() > _FURTHEST:
            raise ValueError(f"{where}: {values} reaches far out of the image. {hint}")
        boxes[row] = values

    def where_is(row: int) -> str:
        return f"{label}, line {lines[row][0]}"

    class_ids = whole_numbers(np.array([line[0] for _, line in lines]), "class", where_is)
    found.classes.update(class_ids.tolist())
    chosen = np.isin(class_ids, classes)
    index = {class_id: position for position, class_id in enumerate(classes)}
    ids = whole_numbers(np.array([line[1] for _, line in lines]), "identity", where_is) if id_columns else None
    return Annotation(
        cxcywh_to_xyxy(boxes[chosen] * (width, height, width, height)),
        np.array([index[class_id] for class_id in class_ids[chosen].tolist()], np.int64),
        np.zeros(chosen.sum(), bool),
        ids=None if ids is None else ids[chosen],
    )


def _box_of_polygon(values: list[float], where: str, found: _Found) -> list[float]:
    """Centre and size of the smallest box around a polygon `x1 y1 x2 y2 ...`, as Ultralytics reads segments."""
    if _may_be_keypoints(values):
        found.first_doubtful = found.first_doubtful or where
        found.doubtful += 1
    else:
        found.polygons += 1
    x, y = np.array(values).reshape(-1, 2).T
    return [(x.min() + x.max()) / 2, (y.min() + y.max()) / 2, x.max() - x.min(), y.max() - y.min()]


def _may_be_keypoints(values: list[float]) -> bool:
    """Whether the first four numbers are a box that holds all that follow, as points `x y` or `x y visible`."""
    cx, cy, w, h = values[:4]
    rest = np.array(values[4:])
    for columns in (2, 3):
        if len(rest) % columns == 0:
            points = rest.reshape(-1, columns)[:, :2]
            points = points[(points != 0).any(1)]  # a keypoint that is not labelled is 0 0
            if (np.abs(points - (cx, cy)) <= np.array([w, h]) / 2 + 0.01).all():
                return True
    return False
