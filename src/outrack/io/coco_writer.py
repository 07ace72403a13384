"""Writes a COCO json, or a COCO-VID json of videos with identities."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from outrack.io.atomic import atomic_write
from outrack.io.coco import FRAMES_IN_A_VIDEO
from outrack.io.coco_types import IDENTITY_KEYS, CocoBox, CocoFile, CocoImage

__all__ = ["Entry", "box_entry", "category_entries", "image_entry", "info_entry", "video_entry", "write_coco"]

Entry = dict[str, Any]
"""One object of a list in the file."""


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
    images: list[Entry] = []
    boxes: list[Entry] = []
    for image_id, image in enumerate(content.images, start=1):
        images.append(image_entry(image_id, image, None if image.video is None else numbers[image.video]))
        for box in image.boxes:
            entry = box_entry(len(boxes) + 1, image_id, box)
            if box.identity >= 0:
                instance = box.identity
                if len(numbers) > 1:
                    instance = instances.setdefault((image.video, box.identity), len(instances) + 1)
                both = {"track_id": box.identity, "instance_id": instance}
                entry |= {key: both[key] for key in identities_as}
            boxes.append(entry)
    info = info_entry(frames_are_files=frames_are_files, origin=origin)
    with atomic_write(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        file.write(f'{{"info":{json.dumps(info, separators=(",", ":"))}')
        for name, entries in (
            ("videos", [_video(name, numbers[name], content) for name in videos]),
            ("images", images),
            ("annotations", boxes),
            ("categories", category_entries(content.class_names)),
        ):
            lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)
            file.write(f',\n"{name}":[\n{lines}]')
        file.write("}\n")


def _video(name: str, number: int, content: CocoFile) -> Entry:
    image = next(image for image in content.images if image.video == name)
    return video_entry(number, name, (image.width, image.height), content.frame_rates.get(name))


def info_entry(*, frames_are_files: bool, origin: str) -> Entry:
    """The file's `info`, as for `write_coco`."""
    info: Entry = {"first_frame_id": 0}
    if not frames_are_files:
        info["frames"] = FRAMES_IN_A_VIDEO
    if origin:  # last: readers look for the other keys in the first bytes
        info["description"] = origin
    return info


def video_entry(number: int, name: str, size: tuple[int, int], frame_rate: float | None) -> Entry:
    """The video `number`, with width and height in pixels and frames per second."""
    entry: Entry = {"id": number, "name": name, "width": size[0], "height": size[1]}
    return entry if frame_rate is None else entry | {"fps": frame_rate}


def image_entry(number: int, image: CocoImage, video: int | None) -> Entry:
    """The image `number`, a frame of the video of this number unless it is None."""
    entry = {"id": number, "file_name": image.file_name, "width": image.width, "height": image.height}
    return entry if video is None else entry | {"video_id": video, "frame_id": image.frame}


def box_entry(number: int, image: int, box: CocoBox, *, decimals: int | None = None) -> Entry:
    """The box `number`, in the image of this number, without its identity; pixels have all or so many decimals."""
    x1, y1, x2, y2 = box.xyxy
    xywh, area = [x1, y1, x2 - x1, y2 - y1], (x2 - x1) * (y2 - y1)
    if decimals is not None:
        xywh, area = [round(value, decimals) for value in xywh], round(area, decimals)
    said = {"visibility": box.visibility, "score": box.score, "state": box.state}
    return {
        "id": number,
        "image_id": image,
        "category_id": box.class_id + 1,
        "bbox": xywh,
        "area": area,
        "iscrowd": int(box.is_crowd),
    } | {name: value for name, value in said.items() if value is not None}


def category_entries(names: Sequence[str]) -> list[Entry]:
    """A category for each class id: its number less one is the position of its name."""
    return [{"id": number, "name": name} for number, name in enumerate(names, start=1)]
