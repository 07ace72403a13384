"""YOLO folders (`images/`, `labels/`) and JDE's variant with identities (`labels_with_ids/`)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from outrack.boxes import cxcywh_to_xyxy
from outrack.datasets.annotation import AnnotatedImage, Annotation
from outrack.datasets.cleaning import drop_unusable_boxes, image_size
from outrack.io.motchallenge import read_rows
from outrack.io.pictures import is_picture

__all__ = ["read_jde", "read_yolo"]

logger = logging.getLogger(__name__)

_FURTHEST = 2.0
"""Boxes may leave the image, but a centre or a size of more images than this means that the label counts pixels."""


def read_yolo(folder: Path, *, classes: Sequence[int] = (0,)) -> list[AnnotatedImage]:
    """Stills of `folder/images` with labels `class cx cy w h` in `folder/labels`, all divided by the image size.

    Folders below `images` are mirrored below `labels`. An image without a label file has no boxes.

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
    seen: set[int] = set()
    images = []
    for path, name in zip(paths, names, strict=True):
        width, height = image_size(path)
        label = (folder / label_folder / name).with_suffix(".txt")
        annotation = _annotation(label, width, height, classes, id_columns, seen) if name in labelled else _EMPTY
        images.append(AnnotatedImage(path, width, height, annotation))
    if seen and seen.isdisjoint(classes):
        raise ValueError(f"{folder}: no box is of class {list(classes)}; its labels have class {sorted(seen)}")
    return drop_unusable_boxes(images, folder)


_EMPTY = Annotation.of_people(np.empty((0, 4)))


def _annotation(
    label: Path, width: int, height: int, classes: Sequence[int], id_columns: int, seen: set[int]
) -> Annotation:
    """Boxes of one label file; adds every class that it has to `seen`."""
    expected = "class id cx cy w h" if id_columns else "class cx cy w h"
    hint = f"A label line is: {expected}, divided by the image size."
    rows = read_rows(label, min_columns=5 + id_columns, hint=hint)
    if len(rows) and rows.shape[1] != 5 + id_columns:
        raise ValueError(
            f"{label}: expected {5 + id_columns} columns, got {rows.shape[1]}. {hint} "
            "Are these polygons, or boxes with ids or scores?"
        )
    boxes = rows[:, 1 + id_columns :]
    if len(rows) and np.abs(boxes).max() > _FURTHEST:
        line = int(np.argmax(np.abs(boxes).max(1) > _FURTHEST)) + 1
        raise ValueError(f"{label}, box {line}: {boxes[line - 1].tolist()} reaches far out of the image. {hint}")
    seen.update(rows[:, 0].astype(int).tolist())
    rows = rows[np.isin(rows[:, 0], classes)]
    index = {class_id: position for position, class_id in enumerate(classes)}
    return Annotation(
        cxcywh_to_xyxy(rows[:, 1 + id_columns :] * (width, height, width, height)),
        np.array([index[int(class_id)] for class_id in rows[:, 0]], np.int64),
        np.zeros(len(rows), bool),
        ids=rows[:, 1].astype(np.int64) if id_columns else None,
    )
