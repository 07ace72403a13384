"""CrowdHuman: stills with full-body boxes, one JSON object a line (`.odgt`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.annotation import AnnotatedImage, Annotation
from outrack.boxes import xywh_to_xyxy, xyxy_area
from outrack.datasets.cleaning import drop_missing_images, drop_unusable_boxes, image_size, images_beside

__all__ = ["read_crowdhuman"]

_EXPECTED = '{"ID": ..., "gtboxes": [{"tag": ..., "fbox": [x, y, w, h]}, ...]}'


def read_crowdhuman(odgt: Path, *, images: Path | None = None) -> list[AnnotatedImage]:
    """The stills of an `annotation_train.odgt` or `annotation_val.odgt`.

    `fbox` is the box (full body, it may leave the image). The share of it that `vbox` covers is the visibility. Boxes
    marked `extra.ignore`, and crowds (tag `mask`), become ignore regions. There are no identities. Image sizes come
    from the files' headers, with EXIF orientation ignored as the labels do.

    Args:
        odgt: the label file.
        images: folder with `ID.jpg`; by default `Images` or `images` beside the label file, or its own folder.

    Raises:
        FileNotFoundError: the label file, or every image, is missing.
        ValueError: a line is malformed; names file and line.
    """
    folder = images or images_beside(odgt)
    found = []
    lines: dict[Path, int] = {}
    with odgt.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                path = folder / f"{record['ID']}.jpg"
                if lines.setdefault(path, number) != number:
                    raise ValueError(f"{record['ID']} is on line {lines[path]} already; join both")
                found.append(AnnotatedImage(path, 0, 0, _annotation(record["gtboxes"])))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
                raise ValueError(f"{odgt}, line {number}: expected {_EXPECTED}: {error!r}") from error
    found = drop_missing_images(found, odgt)
    sizes = [image_size(image.path) for image in found]
    sized = [replace(image, width=w, height=h) for image, (w, h) in zip(found, sizes, strict=True)]
    return drop_unusable_boxes(sized, odgt)


def _annotation(people: list[Mapping[str, Any]]) -> Annotation:
    full = _corners([person["fbox"] for person in people])
    visible = _corners([person.get("vbox", person["fbox"]) for person in people])
    shared = np.concatenate([np.maximum(full, visible)[:, :2], np.minimum(full, visible)[:, 2:]], axis=1)
    area = xyxy_area(full)
    return Annotation(
        full,
        np.zeros(len(people), np.int64),
        np.array([person["tag"] != "person" or person.get("extra", {}).get("ignore") == 1 for person in people], bool),
        np.divide(xyxy_area(shared), area, out=np.zeros(len(people)), where=area > 0),
    )


def _corners(xywh: list[Any]) -> NDArray[np.float64]:
    return xywh_to_xyxy(np.array(xywh, np.float64).reshape(len(xywh), 4))
