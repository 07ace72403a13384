"""Pack all training pictures and their boxes into one small folder, for a GPU that is available for minutes.

    python scripts/gpu/pack.py runs/default-data ../shared/data runs/packed

The first folder is that of `scripts/prepare_default_data.py` and `scripts/prepare_real_data.py`, the second its source
material. Videos become H.264 (frame n stays frame n), stills and cut-outs WebP, boxes one `.npz`.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from packed import CANVAS, MOST_BOXES
from PIL import Image

from outrack.annotation import AnnotatedImage, Annotation
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.sources import images_of
from outrack.video import open_source

CUTOUT_HEIGHT = 384

VIDEOS = ("MOT17-02", "MOT17-11", "KITTI-T0016", "ETH-Sunnyday", "TUD-Stadtmitte")
UNLABELLED = {"walking": ("video/walking.mp4", 2), "one-by-one": ("video/one-by-one-person-detection.mp4", 14)}
"""Their file, and of how many frames one is taken."""
STILLS = {
    name: SourceConfig(path=path, split="train")
    for name, path in (
        ("coco", "coco-people"), ("coco-more", "coco_more"), ("pennfudan", "pennfudan"), ("factory", "factory"),
        ("football", "football"),
    )
} | {"mot17": SourceConfig(path="mot17", without=("MOT17-13", "MOT17-02"), labels="amodal")}  # fmt: skip

logger = logging.getLogger("pack")


class Index:
    """Boxes of all pictures of all sources, in the order in which they are packed."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, int, int, int]] = []  # source, number in it, width, height
        self.boxes: list[NDArray[np.float32]] = []  # x1, y1, x2, y2, ignore, visibility

    def add(self, source: str, number: int, size: tuple[int, int], image: AnnotatedImage | None) -> None:
        """Add one picture of the packed `size`; boxes are scaled accordingly."""
        self.rows.append((source, number, *size))
        if image is None:
            self.boxes.append(np.zeros((0, 6), np.float32))
            return
        notes = image.annotation
        scale = np.tile((size[0] / image.width, size[1] / image.height), 2)
        visible = np.ones(len(notes)) if notes.visibility is None else notes.visibility
        boxes = np.column_stack((notes.xyxy * scale, notes.ignore, visible)).astype(np.float32)
        self.boxes.append(boxes[np.argsort(boxes[:, 4], kind="stable")][:MOST_BOXES])

    def save(self, path: Path) -> None:
        """Write the format of `packed.load`."""
        names = sorted({row[0] for row in self.rows})
        rows = np.array([(names.index(row[0]), *row[1:]) for row in self.rows], np.int64)
        counts = np.array([len(boxes) for boxes in self.boxes])
        np.savez_compressed(path, names=np.array(names), rows=rows, counts=counts, boxes=np.concatenate(self.boxes))


def fitted(width: int, height: int) -> tuple[int, int]:
    """The size at which a picture is packed; even, as required by H.264."""
    scale = min(CANVAS[1] / width, CANVAS[0] / height, 1.0)
    return round(width * scale / 2) * 2, round(height * scale / 2) * 2


def write_video(path: Path, pictures: list[Image.Image], *, crf: int = 28) -> None:
    """H.264 without reordered frames."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25), options={"crf": str(crf), "bf": "0"})
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode())


def labelled_videos(data: Path, target: Path, index: Index) -> None:
    """Every labelled frame."""
    for name in VIDEOS:
        images = images_of(SourceConfig(path="real", only=(name,), labels="amodal"), data)
        size = fitted(images[0].width, images[0].height)
        pictures = [Image.open(image.path).convert("RGB").resize(size, Image.Resampling.BICUBIC) for image in images]
        write_video(target / f"{name}.mp4", pictures)
        for number, image in enumerate(images):
            index.add(name, number, size, image)
        logger.info("%s: %d frames", name, len(images))


def unlabelled_videos(source: Path, target: Path, index: Index) -> None:
    """Some frames of each, without boxes."""
    for name, (file, every) in UNLABELLED.items():
        pictures = []
        with open_source(str(source / file)) as frames:
            for frame in frames:
                if frame.index % every == 0:
                    height, width = frame.pixels.shape[:2]
                    pictures.append(Image.fromarray(frame.pixels).resize(fitted(width, height), reducing_gap=2))
        write_video(target / f"{name}.mp4", pictures)
        for number, picture in enumerate(pictures):
            index.add(name, number, picture.size, None)
        logger.info("%s: %d frames", name, len(pictures))


def packed(picture: Image.Image, quality: int) -> bytes:
    """WebP."""
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()


def write_pictures(path: Path, pictures: list[bytes]) -> None:
    """Files one after another, and where each ends."""
    path.with_suffix(".bin").write_bytes(b"".join(pictures))
    np.save(path.with_suffix(".npy"), np.cumsum([len(picture) for picture in pictures]))


def stills(data: Path, target: Path, index: Index) -> None:
    """Pictures of the training part of every still source."""
    for name, config in STILLS.items():
        images = images_of(config, data)
        files = []
        for number, image in enumerate(images):
            size = fitted(image.width, image.height)
            picture = Image.open(image.path).convert("RGB").resize(size, Image.Resampling.BICUBIC, reducing_gap=2)
            files.append(packed(picture, 62))
            index.add(name, number, size, image)
        write_pictures(target / name, files)
        logger.info("%s: %d pictures, %.1f MB", name, len(files), sum(map(len, files)) / 1e6)


def other_coco(data: Path, target: Path, index: Index) -> None:
    """COCO stills without people, and those that were stretched to a square, brought to 4:3 as most of them were."""
    content = json.loads((data / "coco" / "annotations.json").read_text(encoding="utf-8"))
    boxes: dict[int, list[list[float]]] = {}
    for box in content["annotations"]:
        boxes.setdefault(box["image_id"], []).append(box["bbox"])
    for name, stretched in (("coco-empty", False), ("coco-square", True)):
        files = []
        for entry in content["images"]:
            if entry.get("stretched_to_square", False) is not stretched or (not stretched and entry["id"] in boxes):
                continue
            path = data / "coco" / "images" / entry["file_name"]
            size = (640, 480) if stretched else fitted(entry["width"], entry["height"])
            files.append(packed(Image.open(path).convert("RGB").resize(size, Image.Resampling.BICUBIC), 62))
            xywh = np.array(boxes.get(entry["id"], []), np.float64).reshape(-1, 4)
            notes = Annotation.of_people(np.hstack((xywh[:, :2], xywh[:, :2] + xywh[:, 2:])))
            index.add(name, len(files) - 1, size, AnnotatedImage(path, entry["width"], entry["height"], notes))
        write_pictures(target / name, files)
        logger.info("%s: %d pictures, %.1f MB", name, len(files), sum(map(len, files)) / 1e6)


def cutouts(data: Path, target: Path) -> None:
    """People with transparent surroundings, cropped."""
    files = []
    for mask_path in sorted((data / "ccp" / "masks").iterdir()):
        mask = Image.open(mask_path).convert("L").point(lambda value: 255 if value else 0)
        image_path = next((data / "ccp" / "images").glob(f"{mask_path.stem}.*"))
        person = Image.open(image_path).convert("RGB")
        person.putalpha(mask)
        person = person.crop(mask.getbbox())
        scale = min(CUTOUT_HEIGHT / person.height, 1.0)
        small = person.resize((max(round(person.width * scale), 1), round(person.height * scale)), reducing_gap=2)
        files.append(packed(small, 70))
    write_pictures(target / "cutouts", files)
    logger.info("%d cut-outs, %.1f MB", len(files), sum(map(len, files)) / 1e6)


def main(data: Path, source: Path, target: Path) -> None:
    """See the module docstring."""
    target.mkdir(parents=True, exist_ok=True)
    index = Index()
    stills(data, target, index)
    other_coco(data, target, index)
    cutouts(data, target)
    labelled_videos(data, target, index)
    unlabelled_videos(source, target, index)
    index.save(target / "index.npz")
    logger.info("%.1f MB", sum(path.stat().st_size for path in target.iterdir()) / 1e6)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    logging.basicConfig(level=logging.INFO)
    main(*map(Path, sys.argv[1:]))
