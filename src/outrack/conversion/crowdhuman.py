"""CrowdHuman's `.odgt`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np

from outrack.conversion.labels import Box, Labels, Picture
from outrack.datasets.cleaning import image_size, images_beside
from outrack.datasets.crowdhuman import visible_shares
from outrack.io.odgt import OdgtImage, read_odgt, write_odgt
from outrack.structures.detections import MAX_COORDINATE

__all__ = ["read", "write"]


def read(path: Path, images: Path | None) -> Labels:
    """Stills with full-body boxes; the share that their visible boxes cover is the visibility."""
    folder = images or images_beside(path)
    entries = read_odgt(path)
    pictures = []
    for entry in entries:
        if not np.abs(np.concatenate([entry.full, entry.visible])).max(initial=0) <= MAX_COORDINATE:  # nor is NaN
            raise ValueError(f"{path}: a box of {entry.name} is far outside any picture")
        file = folder / f"{entry.name}.jpg"
        found = file if file.is_file() else None
        columns = (entry.full.tolist(), entry.visible.tolist(), visible_shares(entry).tolist(), entry.ignore.tolist())
        boxes = tuple(
            Box((x1, y1, x2, y2), visibility=share, ignored=ignored, visible=tuple(visible))
            for (x1, y1, x2, y2), visible, share, ignored in zip(*columns, strict=True)
        )
        size = (0, 0) if found is None else image_size(found)
        pictures.append(Picture(f"{entry.name}.jpg", boxes, size=size, path=found))
    heads = sum(entry.num_heads for entry in entries)
    return Labels(tuple(pictures), unread=Counter({"boxes of heads": heads}))


def write(path: Path, labels: Labels) -> list[Path]:
    """One line per picture; frames of videos become stills."""
    write_odgt(path, (_entry(picture) for picture in labels.pictures))
    return [path]


def _entry(picture: Picture) -> OdgtImage:
    boxes = [box for box in picture.boxes if box.class_id == 0]
    full = np.array([box.xyxy for box in boxes], np.float64).reshape(-1, 4)
    visible = np.array([box.visible or box.xyxy for box in boxes], np.float64).reshape(-1, 4)
    ignored = np.array([box.ignored for box in boxes], bool)
    return OdgtImage(PurePosixPath(picture.name).with_suffix("").as_posix(), full, visible, ignored, 0)
