"""Prepare the training data of `configs/default.yaml` in one folder, from a folder whose README describes its data.

    python scripts/prepare_default_data.py ../shared/data runs/default-data

Datasets that need no change are linked. Stills that were stretched to a square are left out. The video without labels
gets the boxes of the bundled detector: confident ones as labels, uncertain ones as regions to ignore.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from outrack.boxes import clip_xyxy, iou
from outrack.datasets import AnnotatedImage, Annotation, write_coco_vid
from outrack.detectors import load_detector
from outrack.structures import Detections
from outrack.video import open_source

CONFIDENT, UNCERTAIN = 0.45, 0.15
VIDEO_WIDTH = 960  # the input of the network is 512 pixels wide

logger = logging.getLogger("prepare")


def link(source: Path, target: Path) -> None:
    """Make `target` a link to `source`, replacing an older one."""
    target.unlink(missing_ok=True)
    target.symlink_to(source.resolve(), target_is_directory=source.is_dir())


def coco_people(source: Path, target: Path) -> None:
    """COCO stills with people, without those that were stretched to a square."""
    content = json.loads((source / "annotations.json").read_text(encoding="utf-8"))
    labelled = {box["image_id"] for box in content["annotations"]}
    images = [
        image for image in content["images"] if image["id"] in labelled and not image.get("stretched_to_square", False)
    ]
    kept = {image["id"] for image in images}
    boxes = [box for box in content["annotations"] if box["image_id"] in kept]
    target.mkdir(parents=True, exist_ok=True)
    link(source / "images", target / "images")
    (target / "annotations.json").write_text(json.dumps({**content, "images": images, "annotations": boxes}))
    logger.info("%s: %d images, %d boxes", target, len(images), len(boxes))


def boxes_of(found: Detections, width: int, height: int) -> Annotation:
    """The boxes of a detector as labels; of boxes that overlap by 0.7 or more, only the best is kept."""
    xyxy, scores = clip_xyxy(found.xyxy, width, height), found.scores
    kept: list[int] = []
    for row in np.argsort(-scores):
        if not kept or iou(xyxy[[row]], xyxy[kept]).max() < 0.7:
            kept.append(int(row))
    return Annotation(xyxy[kept], np.zeros(len(kept), np.int64), scores[kept] < CONFIDENT)


def video(source: Path, target: Path) -> None:
    """Frames of a video with the boxes of the default detector."""
    (target / "images").mkdir(parents=True, exist_ok=True)
    detector = load_detector(min_score=UNCERTAIN, image_size=1280)
    images = []
    with open_source(str(source)) as frames:
        for frame in frames:
            height, width = frame.pixels.shape[:2]
            scale = VIDEO_WIDTH / width
            small = Image.fromarray(frame.pixels).resize((VIDEO_WIDTH, round(height * scale)), reducing_gap=2)
            path = target / "images" / f"{frame.index:06d}.jpg"
            small.save(path, quality=92)
            notes = boxes_of(detector(frame), width, height)
            scaled = Annotation(notes.xyxy * scale, notes.class_ids, notes.ignore)
            images.append(AnnotatedImage(path, *small.size, scaled, source.stem, frame.index))
    write_coco_vid(target / "annotations.json", images)
    confident = sum(int((~image.annotation.ignore).sum()) for image in images)
    logger.info("%s: %d frames, %d boxes", target, len(images), confident)


def main(source: Path, target: Path) -> None:
    """See the module docstring."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("people/ccp", "people/pennfudan", "people/coco", "mot17"):
        link(source / name, target / Path(name).name)
    coco_people(source / "people" / "coco", target / "coco-people")
    video(source / "video" / "walking.mp4", target / "walking")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    logging.basicConfig(level=logging.INFO)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
