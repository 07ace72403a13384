"""Handling of unusable labels and images: one policy for all adapters, and one warning per dataset.

* A box without area, or entirely outside its image, is dropped: no pixel shows it. Boxes that leave the image
  partly are kept as they are (full-body boxes do).
* A box that is not finite is an error: the label file is broken. So are datasets in which all boxes lie within
  two pixels of the corner: they are divided by the image size.
* An image that is missing on disk is dropped; if all are missing, that is an error.
* An image without boxes is kept: it shows background.
* A truncated image, or one of another size than in its label, is reported when it is read (`AnnotatedImage.read`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import ExifTags

from outrack.annotation import AnnotatedImage
from outrack.boxes import are_fractions, xyxy_area
from outrack.io.pictures import open_image, read_image
from outrack.io.video_frame import video_of
from outrack.io.wording import counted_noun

__all__ = ["drop_missing_images", "drop_unusable_boxes", "image_size", "images_beside"]

logger = logging.getLogger(__name__)

_MANY = 0.1  # share of boxes outside of their images; a few are people who just left


def drop_unusable_boxes(images: Sequence[AnnotatedImage], source: Path) -> list[AnnotatedImage]:
    """The images without boxes that have no area inside them; one warning counts the dropped boxes.

    Args:
        images: images of a dataset.
        source: name for messages.

    Raises:
        ValueError: a box is not finite, or all are fractions of the picture.
    """
    if not images:
        return []
    counts = [len(image.annotation) for image in images]
    # One pass over all boxes: a call per image costs seconds on a large tree.
    xyxy = np.concatenate([image.annotation.xyxy for image in images])
    sizes = np.repeat(np.array([(image.width, image.height) for image in images], np.float64), counts, axis=0)
    finite = np.isfinite(xyxy).all(1)
    ends = np.cumsum(counts)
    if not finite.all():
        image = images[int(np.searchsorted(ends, int(np.argmin(finite)), side="right"))]
        raise ValueError(f"{source}: a box of {image.path.name} is not finite. Is the label file broken?")
    if are_fractions(xyxy):
        raise ValueError(
            f"{source}: all boxes lie within two pixels of their image's corner. Are they divided by the image size? "
            "Expected boxes in pixels; only YOLO folders may have them divided"
        )
    empty = xyxy_area(xyxy) <= 0
    inside = np.maximum(np.minimum(xyxy[:, 2:], sizes) - np.maximum(xyxy[:, :2], 0), 0).prod(1)
    outside = ~empty & (inside <= 0)
    wrong = empty | outside
    if not wrong.any():
        return list(images)
    first = images[int(np.searchsorted(ends, int(np.argmax(wrong)), side="right"))]
    logger.warning(
        "%s: dropped %s without area and %d outside of their image, of %d (the first in %s)%s",
        source,
        counted_noun(int(empty.sum()), "box"),
        outside.sum(),
        len(xyxy),
        first.path.name,
        ". Are they in pixels of images of this size?" if outside.mean() > _MANY else "",
    )
    return [
        replace(image, annotation=image.annotation[~rows]) if rows.any() else image
        for image, rows in zip(images, np.split(wrong, ends[:-1]), strict=True)
    ]


def drop_missing_images(images: Sequence[AnnotatedImage], source: Path) -> list[AnnotatedImage]:
    """The images whose file exists; one warning counts the others.

    Raises:
        FileNotFoundError: none of them exists.
    """
    found = [image for image in images if image.path.is_file()]
    if len(found) < len(images):
        missing = next(image.path for image in images if not image.path.is_file())
        if not found:
            raise FileNotFoundError(
                f"{source}: none of its {len(images)} images exists; the first is {missing}. Where are the images?"
            )
        logger.warning(
            "%s: %d of %d images are missing, %s first", source, len(images) - len(found), len(images), missing
        )
    return found


def image_size(path: Path, *, upright: bool = False) -> tuple[int, int]:
    """Width and height from the header of an image file, as it is stored or turned upright by its EXIF orientation.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not an image.
    """
    if video_of(path) is not None:  # which has no header of its own
        height, width = read_image(path).shape[:2]
        return width, height
    with open_image(path) as image:
        lies = upright and image.getexif().get(ExifTags.Base.Orientation) in range(5, 9)  # on a side
        return image.size[::-1] if lies else image.size


def images_beside(label_file: Path) -> Path:
    """Expected folder of the images of a label file: `images` or `Images` next to it, otherwise its own folder."""
    folders = [label_file.parent / name for name in ("images", "Images")]
    return next((folder for folder in folders if folder.is_dir()), label_file.parent)
