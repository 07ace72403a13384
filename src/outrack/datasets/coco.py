"""COCO json, and COCO-VID json of videos with identities: read and written."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from outrack.annotation import AnnotatedImage, Annotation
from outrack.boxes import xyxy_to_xywh
from outrack.datasets.cleaning import drop_missing_images, drop_unusable_boxes
from outrack.io.coco import PERSON_CATEGORIES, CocoBox, read_coco_images

__all__ = ["read_coco", "write_coco_vid"]


def read_coco(
    path: Path, *, images: Path | None = None, classes: Sequence[str | Sequence[str]] = (PERSON_CATEGORIES,)
) -> list[AnnotatedImage]:
    """The images of a COCO json, those without boxes included.

    `iscrowd` boxes become ignore regions. A `videos` list makes it COCO-VID: images are frames (`video_id`,
    `frame_id`, from 0 or from 1), identities are `track_id` (CenterTrack) or `instance_id` (MMTracking).

    Args:
        path: the json file.
        images: folder that `file_name` starts from. By default it is looked for: the json's own folder, `images` in
            it or beside it, or a folder of the name that the json ends in (`train2017` of `instances_train2017.json`).
        classes: category names to read, class 0 first; several names for one class stand in a tuple. Boxes of other
            categories are background.

    Raises:
        FileNotFoundError: the json, or every image, is missing.
        ValueError: as of `read_coco_images`; names file and entry.
    """
    entries = read_coco_images(path, classes=classes)
    folder = images or _image_folder(path, [entry.file_name for entry in entries[:10]])
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


def write_coco_vid(path: Path, images: Sequence[AnnotatedImage], *, class_names: Sequence[str] = ("person",)) -> None:
    """Write `images` as a COCO json; frames of videos as COCO-VID, with identities as `track_id` and `instance_id`.

    Identities are numbered over all videos, as MMTracking wants them; file names are relative to `path`'s folder.
    """
    videos = {name: number for number, name in enumerate(dict.fromkeys(i.video for i in images if i.video), start=1)}
    identities: dict[tuple[str | None, int], int] = {}
    image_entries: list[dict[str, Any]] = []
    box_entries: list[dict[str, Any]] = []
    for image_id, image in enumerate(images, start=1):
        entry: dict[str, Any] = {
            "id": image_id,
            "file_name": Path(os.path.relpath(image.path, path.parent)).as_posix(),
            "width": image.width,
            "height": image.height,
        }
        if image.video is not None:
            entry |= {"video_id": videos[image.video], "frame_id": image.frame}
        image_entries.append(entry)
        boxes = image.annotation
        for row, (xywh, class_id, ignore) in enumerate(
            zip(xyxy_to_xywh(boxes.xyxy).tolist(), boxes.class_ids.tolist(), boxes.ignore.tolist(), strict=True)
        ):
            box: dict[str, Any] = {
                "id": len(box_entries) + 1,
                "image_id": image_id,
                "category_id": class_id + 1,
                "bbox": xywh,
                "area": xywh[2] * xywh[3],
                "iscrowd": int(ignore),
            }
            if boxes.visibility is not None:
                box["visibility"] = float(boxes.visibility[row])
            if boxes.ids is not None and boxes.ids[row] >= 0:
                identity = identities.setdefault((image.video, int(boxes.ids[row])), len(identities) + 1)
                box |= {"track_id": identity, "instance_id": identity}
            box_entries.append(box)
    content = {
        "info": {"first_frame_id": 0},
        "videos": [{"id": number, "name": name} for name, number in videos.items()],
        "images": image_entries,
        "annotations": box_entries,
        "categories": [{"id": number, "name": name} for number, name in enumerate(class_names, start=1)],
    }
    path.write_text(json.dumps(content), encoding="utf-8")


def _image_folder(path: Path, names: Sequence[str]) -> Path:
    """The first of the usual folders in which one of the images lies."""
    own, above = path.parent, path.parent.parent
    folders = [own, own / "images", above / "images", above / path.stem.split("_")[-1]]
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
