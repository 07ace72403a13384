"""CrowdHuman: stills with full-body boxes, one JSON object per line (`.odgt`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outrack.annotation import AnnotatedImage, Annotation
from outrack.boxes import xyxy_area
from outrack.datasets.cleaning import drop_missing_images, drop_unusable_boxes, image_size, images_beside
from outrack.io.odgt import OdgtImage, read_odgt

__all__ = ["read_crowdhuman", "visible_shares"]


def read_crowdhuman(odgt: Path, *, images: Path | None = None) -> list[AnnotatedImage]:
    """The stills of an `annotation_train.odgt` or `annotation_val.odgt`.

    `fbox` is the box (full body, it may leave the image). The share of it that `vbox` covers is the visibility. Boxes
    marked `extra.ignore`, and crowds (tag `mask`), become ignore regions. There are no identities. Image sizes come
    from the files' headers, with EXIF orientation ignored as the labels do.

    Args:
        odgt: the label file.
        images: folder with `ID.jpg`; by default `Images` or `images` next to the label file, or its own folder.

    Raises:
        FileNotFoundError: the label file, or every image, is missing.
        ValueError: a line is malformed; names file and line.
    """
    folder = images or images_beside(odgt)
    found = [AnnotatedImage(folder / f"{image.name}.jpg", 0, 0, _annotation(image)) for image in read_odgt(odgt)]
    found = drop_missing_images(found, odgt)
    sizes = [image_size(image.path) for image in found]
    sized = [replace(image, width=w, height=h) for image, (w, h) in zip(found, sizes, strict=True)]
    return drop_unusable_boxes(sized, odgt)


def visible_shares(image: OdgtImage) -> NDArray[np.float64]:
    """The share of each full box that its visible box covers, (R,)."""
    full, visible = image.full, image.visible
    shared = np.concatenate([np.maximum(full, visible)[:, :2], np.minimum(full, visible)[:, 2:]], axis=1)
    area = xyxy_area(full)
    return np.divide(xyxy_area(shared), area, out=np.zeros(len(full)), where=area > 0)


def _annotation(image: OdgtImage) -> Annotation:
    return Annotation(image.full, np.zeros(len(image.full), np.int64), image.ignore, visible_shares(image))
