"""Datasets as tar archives in the layout of WebDataset: for each image a picture and a `.json` with its labels.

A dataset of a million pictures is then a few hundred files, which copy and open fast anywhere, and other tools read it.
Pictures stay as they are and lie uncompressed in the archive, so each is read at its place, in any order.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from outrack.annotation import AnnotatedImage, Annotation
from outrack.datasets.cleaning import drop_unusable_boxes
from outrack.io.atomic import atomic_write
from outrack.io.damaged import reading
from outrack.io.pictures import is_picture
from outrack.io.tar_members import archive_of, members_of, read_member

__all__ = ["read_shard", "write_shards"]

_OPTIONAL = ("visibility", "track_id")
"""What boxes may have. A picture without boxes cannot show which of them its dataset knows, so they are listed."""


def read_shard(path: Path) -> list[AnnotatedImage]:
    """The images of one archive.

    The `.json` of a picture has `width` and `height`, and may have `video`, `frame` (from 0) and `upright` as for
    `AnnotatedImage`. Its `annotations` are those of COCO: `bbox` (x, y, width, height), and optionally `iscrowd`,
    `category_id` (from 1, a person; others are ignored), `track_id` (-1 if only other boxes have one) and `visibility`
    (of all boxes). `known` lists which of the last two the picture has even if it has no boxes; by default the boxes
    show it. Pictures without a `.json` are skipped.

    Raises:
        ValueError: it is not a tar archive, or labels are malformed; names archive and member.
    """
    members = members_of(path)
    pictures = {_key(name): name for name in members if is_picture(Path(name))}
    images = []
    with path.open("rb") as file:
        for name, place in members.items():
            picture = pictures.get(_key(name))
            if not name.endswith(".json") or picture is None:
                continue
            file.seek(place.offset)
            with reading(path / name, "not the labels of a picture"):
                images.append(_labelled(path / picture, json.loads(file.read(place.size))))
    return drop_unusable_boxes(images, path)


def write_shards(folder: Path, images: Sequence[AnnotatedImage], *, per_shard: int = 1000) -> Iterator[Path]:
    """Write images to archives `shard-000000.tar`, ... and give each when it is complete. Pictures stay as they are.

    Args:
        folder: folder of the archives; created if it is missing.
        images: in any order; that of the archives is theirs.
        per_shard: images of an archive.

    Raises:
        FileExistsError: the folder has such archives.
        FileNotFoundError: a picture is missing.
        OSError: an archive cannot be written.
    """
    if next(folder.glob("shard-*.tar"), None) is not None:
        raise FileExistsError(f"{folder}: already contains shards; choose another folder")
    remaining, number = enumerate(images), 0
    while part := list(islice(remaining, per_shard)):
        path = folder / f"shard-{number:06d}.tar"
        with atomic_write(path) as unfinished, tarfile.open(unfinished, "w", format=tarfile.USTAR_FORMAT) as tar:
            for row, image in part:
                _add(tar, f"{row:08d}{image.path.suffix.lower()}", _content(image.path))
                _add(tar, f"{row:08d}.json", json.dumps(_labels(image), separators=(",", ":")).encode())
        yield path
        number += 1


def _key(name: str) -> str:
    """What the files of one sample have in common, as WebDataset has it: the name up to its first dot."""
    folder, slash, base = name.rpartition("/")
    return folder + slash + base.partition(".")[0]


def _labelled(picture: Path, labels: Mapping[str, Any]) -> AnnotatedImage:
    boxes = [box for box in labels.get("annotations", []) if box.get("category_id", 1) == 1]
    corners = np.array([box["bbox"] for box in boxes], np.float64).reshape(len(boxes), 4)
    corners[:, 2:] += corners[:, :2]
    known = labels.get("known", [name for name in _OPTIONAL if any(name in box for box in boxes)])
    has_visibility = "visibility" in known and all("visibility" in box for box in boxes)
    annotation = Annotation(
        corners,
        np.zeros(len(boxes), np.int64),
        np.array([bool(box.get("iscrowd", 0)) for box in boxes], bool),
        np.array([float(box["visibility"]) for box in boxes]) if has_visibility else None,
        np.array([int(box.get("track_id", -1)) for box in boxes], np.int64) if "track_id" in known else None,
    )
    width, height, frame = int(labels["width"]), int(labels["height"]), int(labels.get("frame", 0))
    return AnnotatedImage(picture, width, height, annotation, labels.get("video"), frame, bool(labels.get("upright")))


def _labels(image: AnnotatedImage) -> dict[str, Any]:
    of_image = image.annotation
    boxes = []
    for row, (x1, y1, x2, y2) in enumerate(of_image.xyxy.tolist()):
        box = {
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "category_id": int(of_image.class_ids[row]) + 1,
            "iscrowd": int(of_image.ignore[row]),
        }
        if of_image.visibility is not None:
            box["visibility"] = float(of_image.visibility[row])
        if of_image.ids is not None:
            box["track_id"] = int(of_image.ids[row])
        boxes.append(box)
    columns = zip(_OPTIONAL, (of_image.visibility, of_image.ids), strict=True)
    known = [name for name, column in columns if column is not None]
    content: dict[str, Any] = {"width": image.width, "height": image.height, "frame": image.frame, "known": known}
    if image.video is not None:
        content["video"] = image.video
    if image.upright:
        content["upright"] = True
    return content | {"annotations": boxes}


def _content(path: Path) -> bytes:
    archive = archive_of(path)
    return path.read_bytes() if archive is None else read_member(path, archive)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, BytesIO(content))
