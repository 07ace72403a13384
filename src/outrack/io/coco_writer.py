"""Writes a COCO json, or a COCO-VID json of videos with identities."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from outrack.io.atomic import atomic_write
from outrack.io.coco import FRAMES_IN_A_VIDEO
from outrack.io.coco_types import CocoBox, CocoFile, CocoImage

__all__ = ["IDENTITY_KEYS", "write_coco"]

IDENTITY_KEYS = ("track_id", "instance_id")
"""Keys for identities, of CenterTrack and of MMTracking."""


def write_coco(
    path: Path,
    content: CocoFile,
    *,
    frames_are_files: bool = True,
    identities_as: Sequence[str] = IDENTITY_KEYS,
    origin: str = "",
) -> None:
    """Write `content`, including identities, visibility, scores and states of boxes if known.

    `track_id` is the identity within its video; `instance_id` is unique over all videos, as required by MMTracking. For
    a single video both are equal.

    Args:
        path: the file.
        content: content of the file; class ids are positions in its names.
        frames_are_files: False notes that the frames are in a video file, and their names are not files.
        identities_as: which of the two keys to write.
        origin: provenance; written to `info.description`.

    Raises:
        OSError: it cannot be written.
    """
    videos = {image.video: None for image in content.images if image.video is not None}
    numbers = {name: number for number, name in enumerate(videos, start=1)}
    instances: dict[tuple[str | None, int], int] = {}
    images: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    for image_id, image in enumerate(content.images, start=1):
        images.append(_image(image_id, image, numbers))
        for box in image.boxes:
            entry = _box(len(boxes) + 1, image_id, box)
            if box.identity >= 0:
                instance = box.identity
                if len(numbers) > 1:
                    instance = instances.setdefault((image.video, box.identity), len(instances) + 1)
                both = {"track_id": box.identity, "instance_id": instance}
                entry |= {key: both[key] for key in identities_as}
            boxes.append(entry)
    info: dict[str, Any] = {"first_frame_id": 0}
    if not frames_are_files:
        info["frames"] = FRAMES_IN_A_VIDEO
    if origin:  # last: readers look for the other keys in the first bytes
        info["description"] = origin
    with atomic_write(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        file.write(f'{{"info":{json.dumps(info, separators=(",", ":"))}')
        for name, entries in (
            ("videos", [_video(name, numbers[name], content) for name in videos]),
            ("images", images),
            ("annotations", boxes),
            ("categories", [{"id": n, "name": name} for n, name in enumerate(content.class_names, start=1)]),
        ):
            lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
            file.write(f',\n"{name}":[\n{lines}]')
        file.write("}\n")


def _video(name: str, number: int, content: CocoFile) -> dict[str, Any]:
    image = next(image for image in content.images if image.video == name)
    entry: dict[str, Any] = {"id": number, "name": name, "width": image.width, "height": image.height}
    return entry if name not in content.frame_rates else entry | {"fps": content.frame_rates[name]}


def _image(image_id: int, image: CocoImage, numbers: dict[str, int]) -> dict[str, Any]:
    entry = {"id": image_id, "file_name": image.file_name, "width": image.width, "height": image.height}
    return entry if image.video is None else entry | {"video_id": numbers[image.video], "frame_id": image.frame}


def _box(box_id: int, image_id: int, box: CocoBox) -> dict[str, Any]:
    x1, y1, x2, y2 = box.xyxy
    said = {"visibility": box.visibility, "score": box.score, "state": box.state}
    return {
        "id": box_id,
        "image_id": image_id,
        "category_id": box.class_id + 1,
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": (x2 - x1) * (y2 - y1),
        "iscrowd": int(box.is_crowd),
    } | {name: value for name, value in said.items() if value is not None}
