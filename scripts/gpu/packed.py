"""The folder that `pack.py` wrote, in the memory of the GPU."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

__all__ = ["CANVAS", "MOST_BOXES", "Pictures", "cutouts", "load"]

CANVAS = (720, 1280)
"""Height and width of the space for each picture."""
MOST_BOXES = 96
"""Boxes of a picture at most."""


@dataclass
class Pictures:
    """All pictures of all sources.

    Attributes:
        pixels: uint8 (I, 3, 720, 1280), each picture in the upper left corner.
        sizes: width and height, float32 (I, 2).
        boxes: xyxy, ignore and visibility, float32 (I, MOST_BOXES, 6).
        counts: how many are boxes, int64 (I,).
        rows: first and last picture of each source.
    """

    pixels: Tensor
    sizes: Tensor
    boxes: Tensor
    counts: Tensor
    rows: dict[str, tuple[int, int]]


def load(folder: Path, device: torch.device, *, extra: int, limit: int | None = None) -> Pictures:
    """Read what `pack.py` wrote, with room for `extra` more pictures, or the first `limit` pictures of each source.

    Raises:
        ValueError: a picture is not of the size that the index says, or a video is cut short.
    """
    index = np.load(folder / "index.npz")
    names, rows, counts = [str(name) for name in index["names"]], index["rows"], index["counts"]
    ends = np.cumsum(counts)
    kept = np.concatenate([np.flatnonzero(rows[:, 0] == source)[:limit] for source in range(len(names))])
    total = len(kept) + extra
    pictures = Pictures(
        pixels=torch.zeros((total, 3, *CANVAS), dtype=torch.uint8, device=device),
        sizes=torch.ones((total, 2), device=device),
        boxes=torch.zeros((total, MOST_BOXES, 6), device=device),
        counts=torch.zeros(total, dtype=torch.int64, device=device),
        rows={},
    )
    pictures.sizes[: len(kept)] = torch.from_numpy(rows[kept, 2:].astype(np.float32)).to(device)
    pictures.counts[: len(kept)] = torch.from_numpy(counts[kept]).to(device)
    for place, row in enumerate(kept):
        boxes = index["boxes"][ends[row] - counts[row] : ends[row]]
        pictures.boxes[place, : len(boxes)] = torch.from_numpy(boxes).to(device)
    for source, name in enumerate(names):
        places = np.flatnonzero(rows[kept, 0] == source)
        pictures.rows[name] = (int(places[0]), int(places[-1]) + 1)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda name: _fill(pictures, name, folder), names))
    return pictures


def _fill(pictures: Pictures, name: str, folder: Path) -> None:
    """Put the pixels of one source into their places."""
    first, end = pictures.rows[name]
    for place, image in enumerate(_read(folder / name, end - first), first):
        height, width = image.shape[:2]
        if pictures.sizes[place].tolist() != [width, height]:
            expected = "x".join(f"{side:.0f}" for side in pictures.sizes[place].tolist())
            raise ValueError(f"{folder / name}, picture {place - first}: {width}x{height}, the index says {expected}")
        pixels = torch.from_numpy(image.copy()).to(pictures.pixels.device)
        pictures.pixels[place, :, :height, :width] = pixels.permute(2, 0, 1)


def _read(path: Path, count: int) -> list[NDArray[np.uint8]]:
    """The first pictures of one source, RGB (h, w, 3)."""
    if path.with_suffix(".bin").is_file():
        return [np.asarray(Image.open(io.BytesIO(one)).convert("RGB")) for one in _files(path)[:count]]
    file = path.parent / f"{path.name}.mp4"
    frames = list(islice(_frames(file), count))
    if len(frames) < count:
        raise ValueError(f"{file}: {len(frames)} frames, expected {count}")
    return frames


def _frames(file: Path) -> Iterator[NDArray[np.uint8]]:
    """RGB frames, by PyAV or by OpenCV: lent machines with torch have at most one of them."""
    if find_spec("av"):
        from outrack.video import open_source

        with open_source(str(file)) as frames:
            yield from (frame.pixels for frame in frames)
        return
    import cv2

    video = cv2.VideoCapture(str(file))
    while (read := video.read())[0]:
        yield np.ascontiguousarray(read[1][:, :, ::-1])


def _files(path: Path) -> list[bytes]:
    content, ends = path.with_suffix(".bin").read_bytes(), np.load(path.with_suffix(".npy"))
    return [content[start:end] for start, end in zip((0, *ends[:-1]), ends, strict=True)]


def cutouts(folder: Path, device: torch.device, limit: int | None = None) -> list[Tensor]:
    """People with their masks, float16 (4, h, w), 0..255."""
    people = [np.asarray(Image.open(io.BytesIO(one)).convert("RGBA")) for one in _files(folder / "cutouts")[:limit]]
    return [torch.from_numpy(person.copy()).to(device).permute(2, 0, 1).half() for person in people]
