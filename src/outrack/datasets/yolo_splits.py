"""Which pictures of a YOLO dataset are for training: folders of Ultralytics and of Roboflow, and their `data.yaml`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from outrack.io.small_files import text_of

__all__ = ["labels_beside", "training_images"]

logger = logging.getLogger(__name__)

YAML = (".yaml", ".yml")


def training_images(path: Path) -> list[Path]:
    """The folders of pictures to learn from, each with its labels (`labels_beside`); empty for another layout.

    A dataset with splits gives the training part alone: that of `data.yaml`, or else `images/train` or `train/images`;
    one without gives `images`.

    Raises:
        ValueError: a `data.yaml` is not valid YAML, or was given itself and none of its folders for training exists.
    """
    if path.suffix.lower() in YAML and path.is_file():
        return _of_file(path)
    for name in ("data.yaml", "dataset.yaml"):
        # CVAT's names a list of pictures instead, and its folders are those of Ultralytics.
        if (path / name).is_file() and (found := _existing(path / name)):
            return found
    images = path / "images"
    has_splits = (images / "train").is_dir() and any((images / name).is_dir() for name in ("val", "valid", "test"))
    for folder in (images / "train" if has_splits else images, path / "train" / "images"):
        if folder.is_dir() and labels_beside(folder).is_dir():
            if folder != images:
                logger.info("%s: only the pictures in %s are read, not those of its other splits", path, folder)
            return [folder]
    return []


def labels_beside(images: Path) -> Path:
    """The folder of the labels of a folder of pictures: the last `images` in its path is `labels` there."""
    parts = list(images.parts)
    if "images" not in parts:
        return images.parent / "labels"
    last = len(parts) - 1 - parts[::-1].index("images")
    return Path(*parts[:last], "labels", *parts[last + 1 :])


def _of_file(path: Path) -> list[Path]:
    found = _existing(path)
    if not found:
        raise ValueError(
            f"{path}: expected folders of training pictures as `train`, with labels beside them, got "
            f"{', '.join(_entries(path)) or 'none'}; there is no such folder"
        )
    return found


def _existing(path: Path) -> list[Path]:
    """The folders of training pictures that a `data.yaml` names, as far as they exist."""
    values = _values(path)
    found = []
    for entry in _entries(path):
        # Roboflow writes ../train/images for ./train/images, and `path` is often that of another machine.
        inside = entry.removeprefix("../")
        places = (path.parent / str(values.get("path") or "") / entry, path.parent / entry, path.parent / inside)
        found += [place for place in places if place.is_dir() and labels_beside(place).is_dir()][:1]
    return found


def _entries(path: Path) -> list[str]:
    entries = _values(path).get("train")
    return [str(entry) for entry in (entries if isinstance(entries, list) else [entries]) if entry]


def _values(path: Path) -> dict[str, Any]:
    from outrack.io.yaml_values import yaml_value  # here, so that tracking does not load PyYAML

    values = yaml_value(text_of(path), place=str(path))
    return values if isinstance(values, dict) else {}
