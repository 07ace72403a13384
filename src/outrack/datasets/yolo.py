"""YOLO folders (`images/`, `labels/`) and JDE's variant with identities (`labels_with_ids/`)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from outrack.annotation import AnnotatedImage, Annotation
from outrack.boxes import cxcywh_to_xyxy
from outrack.datasets.cleaning import drop_unusable_boxes, image_size
from outrack.io.pictures import is_picture
from outrack.io.yolo import YoloLabels, read_yolo_labels

__all__ = ["read_jde", "read_yolo", "read_yolo_images"]

logger = logging.getLogger(__name__)


def read_yolo(folder: Path, *, classes: Sequence[int] = (0,)) -> list[AnnotatedImage]:
    """Stills of `folder/images` with labels `class cx cy w h` in `folder/labels`, all divided by the image size.

    Folders below `images` are mirrored below `labels`. An image without a label file has no boxes. A line
    `class x1 y1 x2 y2 x3 y3 ...` is a polygon, which may be mixed with boxes in one file, and becomes the smallest box
    around it.

    Args:
        folder: the dataset.
        classes: numbers of the classes to read, class 0 first; boxes of other classes are background.

    Raises:
        FileNotFoundError: no `images` or `labels` folder, or no image in it.
        ValueError: a label is malformed (names file and line), has none of the requested classes, or no image of the
            labels exists.
    """
    return read_yolo_images(folder / "images", folder / "labels", classes=classes)


def read_yolo_images(images: Path, labels: Path, *, classes: Sequence[int] = (0,)) -> list[AnnotatedImage]:
    """The same for folders of any names."""
    return _read(images, labels, classes, with_ids=False)


def read_jde(folder: Path, *, classes: Sequence[int] = (0,)) -> list[AnnotatedImage]:
    """The same with `class id cx cy w h` in `folder/labels_with_ids` (JDE, FairMOT); an id of -1 is unknown.

    The images count as stills: JDE's lists do not tell which are frames of one video.
    """
    return _read(folder / "images", folder / "labels_with_ids", classes, with_ids=True)


def _read(folder: Path, label_folder: Path, classes: Sequence[int], *, with_ids: bool) -> list[AnnotatedImage]:
    for needed in (folder, label_folder):
        if not needed.is_dir():
            raise FileNotFoundError(f"{needed}: no such folder. Expected {folder.name}/ and {label_folder.name}/")
    paths = sorted(p for p in folder.rglob("*") if is_picture(p))
    labelled = {q.relative_to(label_folder).with_suffix("") for q in label_folder.rglob("*.txt")}
    labelled.discard(Path("classes"))  # labelImg writes its list of names there
    names = [path.relative_to(folder).with_suffix("") for path in paths]
    if not paths:
        raise FileNotFoundError(f"{folder}: it contains no images")
    if labelled and labelled.isdisjoint(names):
        raise ValueError(f"{label_folder}: none of its {len(labelled)} label files has an image of the same name")
    if orphans := labelled.difference(names):
        logger.warning("%s: %d label files have no image, %s.txt first", label_folder, len(orphans), min(orphans))
    images = []
    files: list[YoloLabels] = []
    for path, name in zip(paths, names, strict=True):
        width, height = image_size(path)
        annotation = _EMPTY
        if name in labelled:
            # with_suffix would cut a name such as street.rf.12ab
            files.append(read_yolo_labels(label_folder / f"{name}.txt", with_ids=with_ids))
            annotation = _annotation(files[-1], width, height, classes)
        images.append(AnnotatedImage(path, width, height, annotation))
    _check_labels(label_folder, files, classes)
    return drop_unusable_boxes(images, folder)


def _check_labels(folder: Path, files: Sequence[YoloLabels], classes: Sequence[int]) -> None:
    """Refuse ambiguous labels, and labels without any requested class."""
    doubtful = [place for labels in files for place in labels.doubtful]
    if len(doubtful) > sum(labels.num_polygons for labels in files):
        raise ValueError(
            f"{doubtful[0]}: this may be a polygon or a box with keypoints. Remove everything after `class cx cy w h`"
        )
    found = {class_id for labels in files for class_id in labels.class_ids.tolist()}
    if found and found.isdisjoint(classes):
        raise ValueError(f"{folder}: no box has class {list(classes)}; its labels have class {sorted(found)}")


_EMPTY = Annotation.of_people(np.empty((0, 4)))


def _annotation(labels: YoloLabels, width: int, height: int, classes: Sequence[int]) -> Annotation:
    """The boxes of the chosen classes, in pixels."""
    chosen = np.isin(labels.class_ids, classes)
    index = {class_id: position for position, class_id in enumerate(classes)}
    return Annotation(
        cxcywh_to_xyxy(labels.cxcywh[chosen] * (width, height, width, height)),
        np.array([index[class_id] for class_id in labels.class_ids[chosen].tolist()], np.int64),
        np.zeros(chosen.sum(), bool),
        ids=None if labels.ids is None else labels.ids[chosen],
    )
