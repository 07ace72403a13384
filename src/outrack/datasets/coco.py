"""COCO json, and COCO-VID json of videos with identities: read and written."""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from outrack.boxes import xywh_to_xyxy, xyxy_to_xywh
from outrack.datasets.annotation import AnnotatedImage, Annotation
from outrack.datasets.cleaning import drop_missing_images, drop_unusable_boxes

__all__ = ["read_coco", "write_coco_vid"]

_PERSON_NAMES = ("person", "pedestrian")


def read_coco(
    path: Path, *, images: Path | None = None, classes: Sequence[str | Sequence[str]] = (_PERSON_NAMES,)
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
        ValueError: not a COCO json, no such category, a box of an unknown image; names file and entry.
    """
    with path.open(encoding="utf-8") as file:
        try:
            content = json.load(file)
        except ValueError as error:
            raise ValueError(f"{path}: not a JSON file ({error})") from error
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= content.keys():
        raise ValueError(f"{path}: expected a COCO json with images, annotations and categories")
    try:
        folder = images or _image_folder(path, content["images"])
        found = _images(path, content, folder, _class_of_category(path, content["categories"], classes))
    except KeyError as error:
        raise ValueError(f"{path}: an entry has no {error}, which a COCO json needs") from error
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


def _class_of_category(
    path: Path, categories: Sequence[Mapping[str, Any]], classes: Sequence[str | Sequence[str]]
) -> dict[int, int]:
    index = {
        name: class_id
        for class_id, names in enumerate(classes)
        for name in ([names] if isinstance(names, str) else names)
    }
    found = {entry["id"]: index[entry["name"]] for entry in categories if entry["name"] in index}
    if not found:
        raise ValueError(
            f"{path}: no category is called {' or '.join(index)}; it has {', '.join(c['name'] for c in categories)}"
        )
    return found


def _images(path: Path, content: Mapping[str, Any], folder: Path, class_of: Mapping[int, int]) -> list[AnnotatedImage]:
    known = {entry["id"] for entry in content["images"]}
    boxes: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in content["annotations"]:
        where = f"{path}: annotation {entry.get('id')}"
        if entry["image_id"] not in known:
            raise ValueError(f"{where} is of image {entry['image_id']}, which is not listed")
        if len(entry["bbox"]) != 4 or not all(map(math.isfinite, entry["bbox"])):
            raise ValueError(f"{where}: bbox must be 4 finite numbers, got {entry['bbox']}")
        if entry["category_id"] in class_of:
            boxes[entry["image_id"]].append(entry)
    names = {video["id"]: str(video.get("name", video["id"])) for video in content.get("videos", [])}
    first_frame = _first_frame_ids(content)
    has_ids = any("track_id" in entry or "instance_id" in entry for entry in content["annotations"])
    has_visibility = any("visibility" in entry for entry in content["annotations"])
    found = []
    for entry in content["images"]:
        video_id = entry.get("video_id")
        annotation = _annotation(boxes[entry["id"]], class_of)
        annotation = replace(
            annotation,
            ids=annotation.ids if has_ids else None,
            visibility=annotation.visibility if has_visibility else None,
        )
        found.append(
            AnnotatedImage(
                folder / entry["file_name"],
                int(entry["width"]),
                int(entry["height"]),
                annotation,
                None if video_id is None else names.get(video_id, str(video_id)),
                0 if video_id is None else entry["frame_id"] - first_frame[video_id],
            )
        )
    return found


def _image_folder(path: Path, entries: Sequence[Mapping[str, Any]]) -> Path:
    """The first of the usual folders in which one of the first images lies."""
    own, above = path.parent, path.parent.parent
    folders = [own, own / "images", above / "images", above / path.stem.split("_")[-1]]
    names = [entry["file_name"] for entry in entries[:10]]
    return next((folder for folder in folders if any((folder / name).is_file() for name in names)), own)


def _first_frame_ids(content: Mapping[str, Any]) -> dict[int, int]:
    """Number of the first frame of each video: our files say it; others count from 0 if they have a frame 0, else
    from 1."""
    frame_ids: dict[int, list[int]] = defaultdict(list)
    for entry in content["images"]:
        if "video_id" in entry:
            frame_ids[entry["video_id"]].append(entry["frame_id"])
    said = content.get("info", {}).get("first_frame_id")
    return {video: min(1, *ids) if said is None else said for video, ids in frame_ids.items()}


def _annotation(entries: Sequence[Mapping[str, Any]], class_of: Mapping[int, int]) -> Annotation:
    xywh = np.array([entry["bbox"] for entry in entries], np.float64).reshape(len(entries), 4)
    visibility = [entry.get("visibility") for entry in entries]
    return Annotation(
        xywh_to_xyxy(xywh),
        np.array([class_of[entry["category_id"]] for entry in entries], np.int64),
        np.array([entry.get("iscrowd", 0) for entry in entries], bool),
        None if None in visibility else np.array(visibility, np.float64),
        np.array([entry.get("track_id", entry.get("instance_id", -1)) for entry in entries], np.int64),
    )
