"""COCO json, and COCO-VID json of videos with identities: read and written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from outrack.annotation import AnnotatedImage, Annotation
from outrack.datasets.cleaning import drop_missing_images, drop_unusable_boxes
from outrack.io.coco import read_coco_images
from outrack.io.coco_types import CocoBox, CocoFile, CocoImage
from outrack.io.coco_writer import write_coco
from outrack.io.person_names import PERSON_NAMES

__all__ = ["image_folder", "read_coco", "write_coco_vid"]


def read_coco(
    path: Path, *, images: Path | None = None, classes: Sequence[str | Sequence[str]] = (PERSON_NAMES,)
) -> list[AnnotatedImage]:
    """The images of a COCO json, those without boxes included.

    `iscrowd` boxes become ignore regions. A `videos` list makes it COCO-VID: images are frames (`video_id`,
    `frame_id`, from 0 or from 1), identities are `track_id` (CenterTrack) or `instance_id` (MMTracking).

    Args:
        path: the json file.
        images: folder that `file_name` is relative to. By default it is searched for: the json's own folder, `images`
            in it or next to it, or a folder with the last part of the json's name (`train2017` of
            `instances_train2017.json`), next to it or in `images`.
        classes: category names to read, class 0 first; several names for one class form a tuple; see
            `read_coco_images`. Boxes of other categories are background.

    Raises:
        FileNotFoundError: the json, or every image, is missing.
        ValueError: as for `read_coco_images`; names file and entry.
    """
    entries = read_coco_images(path, classes=classes)
    folder = images or image_folder(path, [entry.file_name for entry in entries[:10]])
    boxes = [box for entry in entries for box in entry.boxes]
    has_ids = any(box.identity != -1 for box in boxes)
    has_visibility = any(box.visibility is not None for box in boxes)
    found = []
    for entry in entries:
        annotation = _annotation(entry.boxes, has_ids=has_ids, has_visibility=has_visibility)
        place = folder / entry.file_name
        if entry.width < 1 or entry.height < 1:
            raise ValueError(f"{path}: {entry.file_name}: expected a width and height of 1 or more in pixels")
        found.append(AnnotatedImage(place, entry.width, entry.height, annotation, entry.video, entry.frame))
    return drop_unusable_boxes(drop_missing_images(found, path), path)


def write_coco_vid(
    path: Path, images: Sequence[AnnotatedImage], *, class_names: Sequence[str] = ("person",), origin: str = ""
) -> None:
    """Write `images` as a COCO json; frames of videos as COCO-VID, with identities as `track_id` and `instance_id`.

    Of these, `track_id` counts within a video, see `write_coco`; file names are relative to `path`'s folder. `origin`
    is what made it, the file's `info.description`.
    """
    entries = []
    for image in images:
        label = image.annotation
        boxes = []
        for row, (xyxy, class_id, ignore) in enumerate(
            zip(label.xyxy.tolist(), label.class_ids.tolist(), label.ignore.tolist(), strict=True)
        ):
            identity = -1 if label.ids is None else int(label.ids[row])
            visibility = None if label.visibility is None else float(label.visibility[row])
            boxes.append(CocoBox(tuple(xyxy), class_id, ignore, identity, visibility, None, None))
        name = Path(os.path.relpath(image.path, path.parent)).as_posix()
        entries.append(CocoImage(name, image.width, image.height, image.video, image.frame, boxes))
    write_coco(path, CocoFile(entries, tuple(class_names), {}), origin=origin)


def image_folder(path: Path, names: Sequence[str]) -> Path:
    """The first of the usual folders that contains one of the images."""
    own, above = path.parent, path.parent.parent
    part = path.stem.split("_")[-1]
    folders = [own, own / "images", above / "images", above / part, above / "images" / part]
    return next((folder for folder in folders if any((folder / name).is_file() for name in names)), own)


def _annotation(boxes: Sequence[CocoBox], *, has_ids: bool, has_visibility: bool) -> Annotation:
    visibility = [box.visibility for box in boxes]
    return Annotation(
        np.array([box.xyxy for box in boxes], np.float64).reshape(len(boxes), 4),
        np.array([box.class_id for box in boxes], np.int64),
        np.array([box.is_crowd for box in boxes], bool),
        np.array(visibility, np.float64) if has_visibility and None not in visibility else None,
        np.array([box.identity for box in boxes], np.int64) if has_ids else None,
    )
