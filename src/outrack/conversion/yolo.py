"""YOLO folders (`images/`, `labels/`) and JDE's variant with identities (`labels_with_ids/`)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from outrack.boxes import clip_xyxy, xyxy_to_cxcywh
from outrack.conversion.frames import check_classes
from outrack.conversion.labels import Box, Labels, Picture
from outrack.conversion.picture_files import Placing, place_picture, safe_name
from outrack.datasets.yolo import read_jde, read_yolo
from outrack.io.atomic import atomic_write
from outrack.io.damaged import reading
from outrack.io.person_names import PERSON
from outrack.io.yaml_values import yaml_value
from outrack.io.yolo import read_yolo_labels, yolo_line

__all__ = ["read", "read_with_ids", "write", "write_with_ids"]


def read(path: Path) -> Labels:
    """`labels/`: boxes, and polygons, which become the smallest box around them. Pictures are needed for their size."""
    return _read(path, "labels")


def read_with_ids(path: Path) -> Labels:
    """`labels_with_ids/`: boxes with identities."""
    return _read(path, "labels_with_ids")


def _read(path: Path, folder: str) -> Labels:
    with_ids = folder == "labels_with_ids"
    files = [file for file in sorted((path / folder).rglob("*.txt")) if file.name != "classes.txt"]
    found = [read_yolo_labels(file, with_ids=with_ids) for file in files]
    said = _names(path)
    for file, labels in zip(files, found, strict=True):
        _check_numbers(file, labels.class_ids, said)
    highest = max((number for labels in found for number in labels.class_ids.tolist()), default=0)
    check_classes(path, highest)
    said += [f"class-{number}" if number else PERSON for number in range(len(said), highest + 1)]
    images = (read_jde if with_ids else read_yolo)(path, classes=range(max(len(said), 1)))
    pictures = []
    for image in images:
        label = image.annotation
        ids = [-1] * len(label) if label.ids is None else label.ids.tolist()
        boxes = tuple(
            Box((x1, y1, x2, y2), class_id, identity)
            for (x1, y1, x2, y2), class_id, identity in zip(
                label.xyxy.tolist(), label.class_ids.tolist(), ids, strict=True
            )
        )
        name = image.path.relative_to(path / "images").as_posix()
        pictures.append(Picture(name, boxes, size=(image.width, image.height), path=image.path))
    unread = Counter({"polygons (replaced by the boxes around them)": sum(labels.num_polygons for labels in found)})
    unread["polygons (replaced by the boxes around them)"] += sum(len(labels.doubtful) for labels in found)
    return Labels(tuple(pictures), tuple(said), unread=unread)


def _check_numbers(file: Path, class_ids: NDArray[np.int64], names: list[str]) -> None:
    """Refuse negative classes, and such without a name if the folder has names."""
    if len(class_ids) and class_ids.min() < 0:
        raise ValueError(f"{file}: expected classes of 0 or more, got {class_ids.min()}")
    if names and len(class_ids) and class_ids.max() >= len(names):
        raise ValueError(
            f"{file}: class {class_ids.max()} has no name; the folder names 0 to {len(names) - 1}: {', '.join(names)}"
        )


def _names(path: Path) -> list[str]:
    """Names of the classes, from `data.yaml` or `classes.txt`; empty if neither has them."""
    for file in (path / "data.yaml", path / "dataset.yaml"):
        if file.is_file():
            with reading(file, "not valid YAML"):
                content = yaml_value(file.read_text(encoding="utf-8"), place=str(file))
            return _listed(file, content.get("names") if isinstance(content, dict) else None)
    for file in (path / "classes.txt", path / "labels" / "classes.txt"):
        if file.is_file():
            return [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    return []


def _listed(file: Path, names: Any) -> list[str]:
    if isinstance(names, dict) and all(isinstance(key, int) and key >= 0 for key in names):
        check_classes(file, max(names, default=0))
        return [str(names.get(number, f"class-{number}")) for number in range(max(names, default=-1) + 1)]
    if isinstance(names, list):
        return [str(name) for name in names]
    raise ValueError(f"{file}: expected class names as a list, or by number, got {names!r:.60}")


def write(path: Path, labels: Labels, placing: Placing) -> list[Path]:
    """`images/`, `labels/` and `data.yaml`. Boxes are clipped to the picture, as trainers expect."""
    return _write(path, labels, placing, "labels")


def write_with_ids(path: Path, labels: Labels, placing: Placing) -> list[Path]:
    """`images/`, `labels_with_ids/` and `data.yaml`."""
    return _write(path, labels, placing, "labels_with_ids")


def _write(path: Path, labels: Labels, placing: Placing, folder: str) -> list[Path]:
    names = [safe_name(picture.name) for picture in labels.pictures]
    if doubles := [name for name, count in Counter(name.with_suffix("") for name in names).items() if count > 1]:
        raise ValueError(f"{path}: two pictures would have the labels {doubles[0]}.txt; rename one of them")
    for picture, name in zip(labels.pictures, names, strict=True):
        place_picture(picture.path, path / "images" / name, placing)
        with atomic_write(path / folder / name.with_suffix(".txt")) as unfinished:
            lines = _lines(picture, with_ids=folder == "labels_with_ids")
            unfinished.write_text("".join(lines), encoding="ascii")
    (path / "images").mkdir(parents=True, exist_ok=True)
    content = {"path": ".", "train": "images", "val": "images", "names": dict(enumerate(labels.class_names))}
    (path / "data.yaml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return [path]


def _lines(picture: Picture, *, with_ids: bool) -> list[str]:
    width, height = picture.size
    xyxy = np.array([box.xyxy for box in picture.boxes], np.float64).reshape(-1, 4)
    shares = xyxy_to_cxcywh(clip_xyxy(xyxy, width, height)) / (width, height, width, height)
    return [
        yolo_line(box.class_id, share, box.identity if with_ids else None)
        for box, share in zip(picture.boxes, shares.tolist(), strict=True)
    ]
