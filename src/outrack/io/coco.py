"""COCO json, and COCO-VID json of videos with identities: reads a file and checks every entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from outrack.boxes import rotate_xyxy
from outrack.io.coco_types import IDENTITY_KEYS, CocoBox, CocoFile, CocoImage
from outrack.io.damaged import reading
from outrack.io.entries import Entry, json_value, key_of, number_of, whole_number_of
from outrack.io.numbers import MAX_FRAME
from outrack.io.person_names import PERSON_NAMES

__all__ = [
    "FRAMES_IN_A_VIDEO",
    "CocoBox",
    "CocoImage",
    "holds_frames_of_a_video",
    "is_coco",
    "read_coco_file",
    "read_coco_images",
]

FRAMES_IN_A_VIDEO = "in a video"
"""`info.frames` of a file whose images are frames of a video, not files."""


def is_coco(path: Path) -> bool:
    """Whether a json looks like COCO. It is searched, not parsed: parsing a large one takes seconds."""
    content = path.read_bytes()
    return b'"images"' in content and b'"annotations"' in content


def holds_frames_of_a_video(path: Path) -> bool:
    """Whether a json was written by `outrack track` for a video, so that its frames are not files."""
    with path.open("rb") as file:
        return f'"frames":"{FRAMES_IN_A_VIDEO}"'.encode() in file.read(200)


def read_coco_images(path: Path, *, classes: Sequence[str | Sequence[str]] = (PERSON_NAMES,)) -> list[CocoImage]:
    """Every image of a COCO json with its boxes. No picture need exist.

    Frames of videos count from 0 or from 1 in files of others. A box that CVAT marks as rotated (`attributes.rotation`)
    becomes the smallest upright box around it; one marked as outside the picture is omitted.

    Args:
        path: the json file.
        classes: category names to read, class 0 first; several names for one class form a tuple. The names in
            the file are compared as written, then in lower case and without spaces around them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not a COCO json, no such category, an entry that is malformed, refers to an unknown image or
            category, or is duplicate; names file and entry.
    """
    content = _content(path)
    return _images(path, content, _class_of_category(path, content["categories"], classes))


def read_coco_file(path: Path) -> CocoFile:
    """The content of a COCO json, of every category, as a `CocoFile`; errors as for `read_coco_images`."""
    content = _content(path)
    if nameless := [entry for entry in content["categories"] if entry.get("name") is None]:
        raise ValueError(f"{path}: category {nameless[0].get('id')} has no name")
    names = list(dict.fromkeys(str(entry["name"]) for entry in content["categories"]))
    images = _images(path, content, _class_of_category(path, content["categories"], names) if names else {})
    rates = {}
    for number, entry in enumerate(content.get("videos", []), start=1):
        if entry.get("fps") is not None:
            rates[str(entry.get("name", entry.get("id")))] = number_of(f"{path}: video number {number}", entry, "fps")
    return CocoFile(images, tuple(names), rates)


def _images(path: Path, content: dict[str, list[Entry]], class_of: Mapping[Any, int]) -> list[CocoImage]:
    images = _by_id(path, "image", content["images"])
    categories = _by_id(path, "category", content["categories"])
    videos = {
        key: str(entry.get("name", key)) for key, entry in _by_id(path, "video", content.get("videos", [])).items()
    }
    boxes: dict[Any, list[CocoBox]] = defaultdict(list)
    for number, entry in enumerate(content["annotations"]):
        where = f"{path}: annotation {entry.get('id', f'number {number + 1}')}"
        image_id = key_of(where, entry, "image_id")
        if image_id not in images:
            raise ValueError(f"{where} refers to image {image_id}, which is not listed")
        category = key_of(where, entry, "category_id")
        if category not in categories:
            raise ValueError(f"{where} refers to category {category}, which is not listed")
        box = _box(where, entry, class_of.get(category, -1))
        if category in class_of and _attributes(entry).get("outside") is not True:  # CVAT: outside the picture
            boxes[image_id].append(box)
    first_frames = _first_frames(path, content)
    found = [_image(path, entry, videos, first_frames, boxes[key]) for key, entry in images.items()]
    _refuse_doubles(path, found)
    return found


def _content(path: Path) -> dict[str, list[Entry]]:
    """The lists of a COCO json, each of whose entries is an object."""
    with reading(path, "not a JSON file"):
        content = json_value(path.read_text(encoding="utf-8-sig"))
    needed = ("images", "annotations", "categories")
    if not isinstance(content, dict) or not content.keys() >= set(needed):
        raise ValueError(f"{path}: expected a COCO json with images, annotations and categories")
    for name in (*needed, "videos"):
        entries = content.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError(f"{path}: {name} must be a list of objects")
    return content


def _class_of_category(
    path: Path, categories: Sequence[Entry], classes: Sequence[str | Sequence[str]]
) -> dict[Any, int]:
    index = {
        name: class_id
        for class_id, names in enumerate(classes)
        for name in ([names] if isinstance(names, str) else names)
    }
    entries = _by_id(path, "category", categories)
    found = {}
    for key, entry in entries.items():
        name = str(entry.get("name"))
        class_id = index.get(name, index.get(name.strip().lower()))
        if class_id is not None:
            found[key] = class_id
    if not found:
        names = ", ".join(str(entry.get("name")) for entry in categories)
        raise ValueError(f"{path}: no category is named {' or '.join(index)}; it has {names or 'none'}")
    return found


def _by_id(path: Path, kind: str, entries: Sequence[Entry]) -> dict[Any, Entry]:
    """The entries by id; ids must be unique."""
    found: dict[Any, Entry] = {}
    for number, entry in enumerate(entries, start=1):
        key = key_of(f"{path}: {kind} number {number}", entry, "id")
        if key in found:
            names = [str(double.get("file_name", double.get("name"))) for double in (found[key], entry)]
            raise ValueError(
                f"{path}: {kind} id {key} is used twice ({' and '.join(names)}), so references to it are ambiguous. "
                "Was the file merged from two? Give each entry a unique id"
            )
        found[key] = entry
    return found


def _box(where: str, entry: Entry, class_id: int) -> CocoBox:
    bbox = entry.get("bbox")
    if (
        not isinstance(bbox, list)
        or len(bbox) != 4
        or not all(isinstance(value, int | float) and abs(value) < 2**1000 for value in bbox)
    ):
        raise ValueError(f"{where}: bbox must be 4 finite numbers, got {bbox!r}")
    x, y, w, h = map(float, bbox)
    corners = (x, y, x + w, y + h)
    attributes = _attributes(entry)
    if attributes.get("rotation"):
        turned = rotate_xyxy(np.array([corners]), np.array([number_of(where, attributes, "rotation")]))[0]
        corners = (float(turned[0]), float(turned[1]), float(turned[2]), float(turned[3]))
    said = entry if any(entry.get(name) is not None for name in IDENTITY_KEYS) else attributes
    names = [name for name in IDENTITY_KEYS if said.get(name) is not None]
    return CocoBox(
        corners,
        class_id,
        bool(number_of(where, entry, "iscrowd")) if entry.get("iscrowd") is not None else False,
        whole_number_of(where, said, names[0]) if names else -1,
        min(max(number_of(where, entry, "visibility"), 0.0), 1.0) if entry.get("visibility") is not None else None,
        number_of(where, entry, "score") if entry.get("score") is not None else None,
        entry["state"] if isinstance(entry.get("state"), str) else None,
        _extras_of(entry),
    )


def _attributes(entry: Entry) -> Entry:
    """Attributes of a box, which CVAT and Datumaro write into a separate dictionary: identity, angle, visibility."""
    attributes = entry.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _extras_of(entry: Entry) -> tuple[str, ...]:
    """Kinds of an annotation's shapes other than a box."""
    segmentation, found = entry.get("segmentation"), []
    if isinstance(segmentation, dict):
        found.append("masks (RLE)")
    elif isinstance(segmentation, list) and segmentation:
        found.append("polygons")
    if _attributes(entry).get("rotation"):
        found.append("turned boxes")
    if isinstance(entry.get("keypoints"), list) and any(entry["keypoints"]):
        found.append("keypoints")
    return tuple(found)


def _image(
    path: Path, entry: Entry, videos: Mapping[Any, str], first_frames: Mapping[Any, int], boxes: list[CocoBox]
) -> CocoImage:
    where = f"{path}: image {entry['id']}"
    if not isinstance(entry.get("file_name"), str):
        raise ValueError(f"{where}: expected a string as file_name, got {entry.get('file_name')!r}")
    video = entry.get("video_id")
    width, height = whole_number_of(where, entry, "width"), whole_number_of(where, entry, "height")
    if video is None:
        return CocoImage(entry["file_name"], width, height, None, 0, boxes)
    frame = whole_number_of(where, entry, "frame_id") - first_frames[video]
    return CocoImage(entry["file_name"], width, height, videos.get(video, str(video)), frame, boxes)


def _first_frames(path: Path, content: Mapping[str, Any]) -> dict[Any, int]:
    """Number of the first frame of each video: our files state it; others count from 0 if they have a frame 0, else
    from 1."""
    numbers: dict[Any, list[int]] = defaultdict(list)
    for entry in content["images"]:
        if entry.get("video_id") is not None:
            where = f"{path}: image {entry['id']}"
            numbers[key_of(where, entry, "video_id")].append(whole_number_of(where, entry, "frame_id"))
    info = content.get("info")
    said = None
    if isinstance(info, dict) and isinstance(info.get("first_frame_id"), int):
        said = whole_number_of(f"{path}: info", info, "first_frame_id")
    return {video: min(1, *of_video) if said is None else said for video, of_video in numbers.items()}


def _refuse_doubles(path: Path, images: Sequence[CocoImage]) -> None:
    """Refuse files and frames that are listed twice: each listing would treat the other's people as background."""
    files: set[str] = set()
    frames: set[tuple[str, int]] = set()
    for image in images:
        if image.file_name in files:
            raise ValueError(f"{path}: {image.file_name} is listed twice; join the annotations of both under one id")
        files.add(image.file_name)
        if image.video is not None:
            if not 0 <= image.frame < MAX_FRAME or (image.video, image.frame) in frames:
                what = "is there twice"
                if not 0 <= image.frame < MAX_FRAME:
                    what = "is below the first" if image.frame < 0 else f"is beyond {MAX_FRAME}"
                raise ValueError(f"{path}: {image.file_name}: frame {image.frame} of video {image.video} {what}")
            frames.add((image.video, image.frame))
