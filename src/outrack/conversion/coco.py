"""COCO and COCO-VID."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from outrack.conversion.frames import check_length
from outrack.conversion.labels import Box, Labels, Picture
from outrack.datasets.coco import image_folder
from outrack.io.coco import read_coco_file
from outrack.io.coco_types import CocoBox, CocoFile, CocoImage
from outrack.io.coco_writer import write_coco

__all__ = ["read", "write"]


def read(path: Path, images: Path | None) -> Labels:
    """A COCO json; of masks, polygons and keypoints the box beside them is taken."""
    content = read_coco_file(path)
    folder = images or image_folder(path, [image.file_name for image in content.images[:10]])
    beside = Counter(what for image in content.images for box in image.boxes for what in box.beside)
    pictures = [_picture(image, folder) for image in content.images]
    check_length(path, max((picture.frame + 1 for picture in pictures), default=0))
    pictures.sort(key=lambda picture: (picture.video or "", picture.frame))
    return Labels(
        tuple(pictures),
        content.class_names,
        content.frame_rates,
        Counter({_UNREAD.get(what, f"{what} beside boxes"): count for what, count in beside.items()}),
    )


_UNREAD = {"turned boxes": "turned boxes (the upright boxes around them are taken)"}


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
    """One json of everything; names of pictures that exist are relative to its folder."""
    images = [
        CocoImage(
            picture.name
            if picture.path is None
            else Path(os.path.relpath(picture.path.absolute(), path.absolute().parent)).as_posix(),
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
        for picture in labels.pictures
    ]
    videos = {picture.video for picture in labels.pictures}
    in_a_video = len(videos) == 1 and None not in videos and all(picture.path is None for picture in labels.pictures)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_coco(path, CocoFile(images, labels.class_names, labels.frame_rates), frames_are_files=not in_a_video)
    return [path]
