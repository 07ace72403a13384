"""Recall of people whom the edge of the picture cuts off, in stills that no network was trained on.

    python benchmarks/bench_cut_off.py --data runs/default-data
    python benchmarks/bench_cut_off.py --data runs/default-data --weights default open runs/other.onnx

Data are those of `scripts/prepare_default_data.py` and `scripts/prepare_real_data.py`: the val and test parts of
COCO, Penn-Fudan and factory stills. Each still is used as it is, and in two crops: one person loses the lower half, or
the left or right half, and fills most of the crop. A person is found if a box with the network's score for new tracks
overlaps theirs by half or more, both clipped to the picture.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment
from yolox import YoloxNano

from outrack.annotation import AnnotatedImage
from outrack.boxes import clip_xyxy, iou, xyxy_area
from outrack.detectors import load_detector
from outrack.structures import Detections, Frame
from outrack.synth.cutouts import split_of
from outrack.training.data.data_config import SourceConfig
from outrack.training.data.sources import images_of

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"
SOURCES = ("coco-people", "coco_more", "pennfudan", "factory")
CROPS = 2
LEAST_INSIDE = 0.25
"""People of whom less is in a crop are not asked for."""
LARGE = 0.6
"""Share of the picture's height from which a person is large."""

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]


def held_out(data: Path) -> list[AnnotatedImage]:
    images = [image for name in SOURCES for image in images_of(SourceConfig(path=name), data)]
    return [image for image in images if split_of(image.path.stem) != "train" and len(image.annotation)]


def cut(image: AnnotatedImage, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """A window of the picture that cuts through one of its people."""
    x1, y1, x2, y2 = image.annotation.xyxy[rng.integers(len(image.annotation))]
    side = rng.integers(3)
    if side == 0:  # the lower part is missing
        bottom = y1 + (y2 - y1) * rng.uniform(0.35, 0.6)
        tall = (bottom - y1) * rng.uniform(1.1, 1.6)
        window = ((x1 + x2) / 2 - 0.8 * tall, bottom - tall, (x1 + x2) / 2 + 0.8 * tall, bottom)
    else:  # the right or the left part
        edge, tall = x1 + (x2 - x1) * rng.uniform(0.4, 0.6), (y2 - y1) * rng.uniform(1.05, 1.6)
        top = (y1 + y2 - tall) / 2
        ends = (edge - 1.5 * tall, edge) if side == 1 else (edge, edge + 1.5 * tall)
        window = (ends[0], top, ends[1], top + tall)
    return tuple(int(v) for v in clip_xyxy(np.array([window]), image.width, image.height)[0])  # type: ignore[return-value]


def pictures(images: Sequence[AnnotatedImage], crops: int) -> Iterator[tuple[Pixels, Floats]]:
    """Pictures, or crops of them, and the boxes of the people in them."""
    rng = np.random.default_rng(0)
    for image in images:
        pixels = np.asarray(Image.open(image.path).convert("RGB"))
        boxes = image.annotation.xyxy[~image.annotation.ignore]
        if not crops:
            yield pixels, clip_xyxy(boxes, image.width, image.height)
        for _ in range(crops):
            left, top, right, bottom = cut(image, rng)
            if min(right - left, bottom - top) < 60:
                continue
            inside = clip_xyxy(boxes - (left, top, left, top), right - left, bottom - top)
            enough = xyxy_area(inside) >= LEAST_INSIDE * xyxy_area(boxes)
            yield np.ascontiguousarray(pixels[top:bottom, left:right]), inside[enough]


def kinds(boxes: Floats, width: int, height: int) -> list[str]:
    below, beside = boxes[:, 3] > 0.985 * height, (boxes[:, 0] < 0.01 * width) | (boxes[:, 2] > 0.99 * width)
    large = boxes[:, 3] - boxes[:, 1] > LARGE * height
    return [
        "large, cut off below" if big and low else "large, cut off beside" if big and side else "large" if big
        else "others"
        for big, low, side in zip(large, below, beside, strict=True)
    ]  # fmt: skip


def recall(
    detector: Callable[[Frame], Detections], threshold: float, images: list[AnnotatedImage], crops: int
) -> list[str]:
    found, there, false = Counter[str](), Counter[str](), 0
    for pixels, boxes in pictures(images, crops):
        height, width = pixels.shape[:2]
        detections = detector(Frame(pixels, 0, 0.0))
        ours = clip_xyxy(detections.xyxy[detections.scores >= threshold], width, height)
        overlap = iou(boxes, ours)
        rows, cols = linear_sum_assignment(-overlap)
        hit = set(rows[overlap[rows, cols] >= 0.5].tolist())
        false += int((overlap.max(axis=0, initial=0) < 0.1).sum())
        for number, kind in enumerate(kinds(boxes, width, height)):
            there[kind] += 1
            found[kind] += number in hit
    names = ("large", "large, cut off below", "large, cut off beside", "others")
    return [f"{found[name]} of {there[name]}" for name in names] + [str(false)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("runs/default-data"))
    parser.add_argument("--weights", nargs="+", default=["default", "open"])
    parser.add_argument("--yolox", type=Path, default=SHARED / "weights" / "yolox_nano" / "yolox_nano.onnx")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        sys.exit(f"{chosen.data}: no such folder; scripts/prepare_default_data.py makes it")
    images = held_out(chosen.data)
    table = Table("network", "pictures", "large", "cut off below", "cut off beside", "others", "false")
    rows = [(name, load_detector(name, min_score=0.1)) for name in chosen.weights]
    for crops in (0, CROPS):
        kind = f"crops of {len(images)}" if crops else f"{len(images)} stills"
        for name, network in rows:
            table.add_row(name, kind, *recall(network, network.info.score_threshold, images, crops))
        if chosen.yolox.is_file():
            table.add_row("yolox-nano, 0.4", kind, *recall(YoloxNano(chosen.yolox), 0.4, images, crops))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
