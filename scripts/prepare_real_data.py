"""Prepare the training data of `configs/default-real.yaml`, next to those of `scripts/prepare_default_data.py`.

    python scripts/prepare_real_data.py ../shared/data runs/default-data

Labelled videos become MOTChallenge folders of JPEG frames, at most 1280 pixels wide, with their ground truth scaled
accordingly. In football pictures the people next to the pitch are not labelled: the area around the players is ignored.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from outrack.datasets import AnnotatedImage, Annotation, read_yolo, write_coco_vid
from outrack.video import open_source

LARGEST = 1280
MARGIN = 20
"""Margin around the labelled players, in pixels; the picture outside it is ignored."""

logger = logging.getLogger("prepare")


def link(source: Path, target: Path) -> None:
    """Make `target` a link to `source`, replacing an older one."""
    target.unlink(missing_ok=True)
    target.symlink_to(source.resolve(), target_is_directory=source.is_dir())


def labelled_video(source: Path, target: Path) -> None:
    """Write a MOTChallenge folder from `source/NAME.mp4`, `gt/gt.txt` and `seqinfo.ini`."""
    (target / "img1").mkdir(parents=True, exist_ok=True)
    (target / "gt").mkdir(exist_ok=True)
    size, scale = (0, 0), 1.0
    with open_source(str(source / f"{source.name}.mp4")) as frames:
        for frame in frames:
            height, width = frame.pixels.shape[:2]
            scale = min(LARGEST / width, 1.0)
            size = (round(width * scale), round(height * scale))
            picture = Image.fromarray(frame.pixels).resize(size, Image.Resampling.BICUBIC, reducing_gap=3)
            picture.save(target / "img1" / f"{frame.index + 1:06d}.jpg", quality=92)
    rows = np.loadtxt(source / "gt" / "gt.txt", delimiter=",", ndmin=2)
    rows[:, 2:6] *= scale
    np.savetxt(target / "gt" / "gt.txt", rows[:, :9], fmt="%d,%d,%.2f,%.2f,%.2f,%.2f,%d,%d,%.3f")
    info = [
        f"imWidth={size[0]}" if line.startswith("imWidth") else f"imHeight={size[1]}" if line.startswith("imHeight")
        else line
        for line in (source / "seqinfo.ini").read_text().splitlines()
    ]  # fmt: skip
    (target / "seqinfo.ini").write_text("\n".join(info) + "\n")
    logger.info("%s: %d rows, %dx%d", target, len(rows), *size)


def around_players(image: AnnotatedImage) -> AnnotatedImage:
    """The image with everything outside the common bounding box of its labels ignored."""
    boxes = image.annotation.xyxy
    x1, y1 = np.maximum(boxes[:, :2].min(axis=0) - MARGIN, 0)
    x2, y2 = np.minimum(boxes[:, 2:].max(axis=0) + MARGIN, (image.width, image.height))
    strips = np.array(
        [(0, 0, image.width, y1), (0, y2, image.width, image.height), (0, y1, x1, y2), (x2, y1, image.width, y2)]
    )
    strips = strips[((strips[:, 2:] - strips[:, :2]) > 1).all(axis=1)]
    count = len(strips)
    notes = Annotation(
        np.concatenate([boxes, strips]),
        np.zeros(len(boxes) + count, np.int64),
        np.concatenate([image.annotation.ignore, np.ones(count, bool)]),
    )
    return replace(image, annotation=notes)


def football(source: Path, target: Path) -> None:
    """Write football pictures as COCO json with regions to ignore."""
    images = [around_players(image) for image in read_yolo(source) if len(image.annotation)]
    target.mkdir(parents=True, exist_ok=True)
    link(source / "images", target / "images")
    placed = [replace(image, path=target / "images" / image.path.name) for image in images]
    write_coco_vid(target / "annotations.json", placed)
    logger.info("%s: %d images", target, len(images))


def main(source: Path, target: Path) -> None:
    """See the module docstring."""
    for folder in sorted((source / "video_labelled").iterdir()):
        labelled_video(folder, target / "real" / folder.name)
    for name in ("factory", "coco_more"):
        link(source / "people" / name, target / name)
    football(source / "people" / "football", target / "football")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    logging.basicConfig(level=logging.INFO)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
