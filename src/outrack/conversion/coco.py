"""COCO and COCO-VID: a json, or the folder of pictures and annotations that most tools take."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from outrack.conversion.frames import check_length
from outrack.conversion.labels import Box, Labels, Picture
from outrack.conversion.picture_files import Placing, place_picture, safe_name
from outrack.datasets.coco import image_folder
from outrack.io.coco import read_coco_file
from outrack.io.coco_types import IDENTITY_KEYS, CocoBox, CocoFile, CocoImage
from outrack.io.coco_writer import write_coco

__all__ = ["annotations_in", "read", "read_folder", "write", "write_folder"]

_ANNOTATIONS = "instances_default.json"
"""Datumaro names the split of a dataset after the word behind `instances_`."""


def read(path: Path, images: Path | None) -> Labels:
    """A COCO json; of annotations with masks, polygons or keypoints, the box is read."""
    content = read_coco_file(path)
    folder = images or image_folder(path, [image.file_name for image in content.images[:10]])
    extras = Counter(what for image in content.images for box in image.boxes for what in box.extras)
    pictures = [_picture(image, folder) for image in content.images]
    check_length(path, max((picture.frame + 1 for picture in pictures), default=0))
    pictures.sort(key=lambda picture: (picture.video or "", picture.frame))
    return Labels(
        tuple(pictures),
        content.class_names,
        content.frame_rates,
        Counter({_UNREAD.get(what, f"{what} besides boxes"): count for what, count in extras.items()}),
    )


def annotations_in(path: Path) -> list[Path]:
    """The annotation files of a COCO folder; empty for other folders."""
    return sorted((path / "annotations").glob("*.json")) if (path / "images").is_dir() else []


def read_folder(path: Path, images: Path | None) -> Labels:
    """A folder with `images/` and one json in `annotations/`."""
    files = annotations_in(path)
    if len(files) != 1:
        found = ", ".join(file.name for file in files) or "none"
        raise ValueError(
            f"{path}: expected images/ and one .json in annotations/, found {found}. Give the json itself as the input"
        )
    return read(files[0], images)


_UNREAD = {"turned boxes": "rotated boxes (replaced by the upright boxes around them)"}


def _picture(image: CocoImage, folder: Path) -> Picture:
    path = folder / image.file_name
    return Picture(
        image.file_name,
        tuple(
            Box(
                box.xyxy,
                box.class_id,
                box.identity,
                box.score,
                box.visibility,
                box.is_crowd,
                box.state or "",
            )
            for box in image.boxes
        ),
        image.video,
        image.frame,
        (image.width, image.height),
        path if path.is_file() else None,
    )


def write(path: Path, labels: Labels) -> list[Path]:
    """One json for everything; names of existing pictures are relative to its folder."""
    names = [
        picture.name
        if picture.path is None
        else Path(os.path.relpath(picture.path.absolute(), path.absolute().parent)).as_posix()
        for picture in labels.pictures
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, labels, names, IDENTITY_KEYS)
    return [path]


def write_folder(path: Path, labels: Labels, placing: Placing) -> list[Path]:
    """`images/` and `annotations/instances_default.json`, whose picture names are relative to `images/`. Identities are
    only in `track_id`: FiftyOne refuses files with `instance_id`, a reserved name.

    Raises:
        ValueError: two pictures would have one name.
    """
    names = [safe_name(picture.name) for picture in labels.pictures]
    if doubles := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(f"{path}: two pictures would be {doubles[0]}; rename one of them")
    for picture, name in zip(labels.pictures, names, strict=True):
        place_picture(picture.path, path / "images" / name, placing)
    (path / "images").mkdir(parents=True, exist_ok=True)
    (path / "annotations").mkdir(exist_ok=True)
    _write(path / "annotations" / _ANNOTATIONS, labels, [name.as_posix() for name in names], ("track_id",))
    return [path]


def _write(path: Path, labels: Labels, names: Sequence[str], identities_as: Sequence[str]) -> None:
    """The json, with `names` for the pictures."""
    images = [
        CocoImage(
            name,
            *picture.size,
            picture.video,
            picture.frame,
            [
                CocoBox(
                    box.xyxy,
                    box.class_id,
                    box.ignored,
                    box.identity,
                    box.visibility,
                    box.score,
                    box.state or None,
                )
                for box in picture.boxes
            ],
        )
        for name, picture in zip(names, labels.pictures, strict=True)
    ]
    videos = {picture.video for picture in labels.pictures}
    in_a_video = len(videos) == 1 and None not in videos and all(picture.path is None for picture in labels.pictures)
    content = CocoFile(images, labels.class_names, labels.frame_rates)
    write_coco(path, content, frames_are_files=not in_a_video, identities_as=identities_as)
