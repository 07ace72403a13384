"""`open_dataset(path)` recognises the layout of a dataset."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from outrack.annotation import AnnotatedImage
from outrack.datasets.boxes_folder import BOX_READERS, boxes_files, read_video_boxes, refuse_same_frames
from outrack.datasets.cleaning import images_beside
from outrack.datasets.coco import read_coco
from outrack.datasets.crowdhuman import read_crowdhuman
from outrack.datasets.index import cached_index
from outrack.datasets.instance_masks import read_instance_masks
from outrack.datasets.mot import FAIRMOT, LabelRule, read_sequences, sequences_below
from outrack.datasets.shards import read_shard
from outrack.datasets.video_frames import extract_frames, sought_frames
from outrack.datasets.video_of_boxes import VIDEO_SUFFIXES
from outrack.datasets.yolo import read_jde, read_yolo_images
from outrack.datasets.yolo_splits import labels_beside, training_images
from outrack.io.coco import holds_frames_of_a_video, is_coco

__all__ = ["LAYOUTS", "DatasetOptions", "FrameAccess", "Layout", "open_dataset", "recognise"]

logger = logging.getLogger(__name__)

FrameAccess = Literal["stored", "sought"]
_BOXES = "boxes of videos"


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """How to read a dataset; each layout uses the options that apply to it.

    Attributes:
        rule: MOTChallenge: which rows are people, which are ignored.
        half: MOTChallenge: `full` or one of the papers' halves.
        clip_boxes: MOTChallenge: clip boxes to the image.
        videos: boxes files: the video, or the folder with the videos; None searches for them.
        min_score: boxes files: lowest score of a box.
        stride: boxes files: take every n-th labelled frame.
        with_ids: boxes files: keep the identities of the file.
        frame_access: boxes files: frames of videos are decoded once and stored in the cache folder (`stored`), or
            sought in the video each time (`sought`), which takes no disk space and more time.
    """

    rule: LabelRule = FAIRMOT
    half: str = "full"
    clip_boxes: bool = False
    videos: Path | None = None
    min_score: float = 0.0
    stride: int = 1
    with_ids: bool = False
    frame_access: FrameAccess = "stored"


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout of datasets on disk.

    Attributes:
        name: for messages.
        looks_like: description of what is searched for.
        parts: its files or folders to read at a path; empty if it is another layout.
        read: reads one part.
        is_indexed: whether the result is kept in the cached index. A COCO json is already an index, and for boxes files
            the decoded frames are kept instead.
    """

    name: str
    looks_like: str
    parts: Callable[[Path], list[Path]]
    read: Callable[[Path, DatasetOptions], list[AnnotatedImage]]
    is_indexed: bool = True


def _files_with(suffix: str, is_right: Callable[[Path], bool]) -> Callable[[Path], list[Path]]:
    def parts(path: Path) -> list[Path]:
        candidates = sorted(path.glob(f"*{suffix}")) if path.is_dir() else [path]
        return [file for file in candidates if file.suffix.lower() == suffix and file.is_file() and is_right(file)]

    return parts


def _folder_with(*names: str) -> Callable[[Path], list[Path]]:
    return lambda path: [path] if all((path / name).is_dir() for name in names) else []


def _boxes(path: Path) -> list[Path]:
    if path.is_dir():
        return boxes_files(path)
    return [path] if path.suffix.lower() in BOX_READERS else []


LAYOUTS = (
    Layout(
        "MOTChallenge",
        "seqinfo.ini in the folder, or in folders below it that have gt/gt.txt",
        sequences_below,
        lambda path, o: read_sequences([path], rule=o.rule, half=o.half, clip_boxes=o.clip_boxes),
    ),
    Layout("shards", "*.tar (WebDataset)", _files_with(".tar", lambda _: True), lambda path, _: read_shard(path)),
    Layout("CrowdHuman", "*.odgt", _files_with(".odgt", lambda _: True), lambda path, _: read_crowdhuman(path)),
    Layout("JDE", "images/ and labels_with_ids/", _folder_with("images", "labels_with_ids"), lambda p, _: read_jde(p)),
    Layout(
        "YOLO",
        "images/ and labels/, data.yaml, or train/images/ and train/labels/",
        training_images,
        lambda path, _: read_yolo_images(path, labels_beside(path)),
    ),
    Layout("masks", "images/ and masks/", _folder_with("images", "masks"), lambda p, _: read_instance_masks(p)),
    Layout(
        "COCO",
        "*.json with images and annotations",
        _files_with(".json", lambda path: is_coco(path) and not holds_frames_of_a_video(path)),
        lambda path, _: read_coco(path),
        is_indexed=False,
    ),
    Layout(
        _BOXES,
        f"files that end in {', '.join(BOX_READERS)}",
        _boxes,
        lambda path, o: read_video_boxes(
            path,
            videos=o.videos,
            min_score=o.min_score,
            stride=o.stride,
            with_ids=o.with_ids,
            frames_of=sought_frames if o.frame_access == "sought" else extract_frames,
        ),
        is_indexed=False,
    ),
)
"""Every layout, in the order in which they are tried."""


def recognise(path: Path) -> tuple[Layout, list[Path]]:
    """Layout of the dataset at `path`, and the parts of it to read.

    Raises:
        FileNotFoundError: `path` does not exist.
        ValueError: its layout is unknown; lists what was searched for.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder. Is the path of the data correct?")
    for layout in LAYOUTS:
        if parts := layout.parts(path):
            return layout, parts
    looked_for = "; ".join(f"{layout.name} ({layout.looks_like})" for layout in LAYOUTS)
    hint = ""
    if videos := [file for file in (path.iterdir() if path.is_dir() else [path]) if file.suffix in VIDEO_SUFFIXES]:
        hint = f". {videos[0].name} is a video, which needs boxes: `outrack track {videos[0]} -o boxes/` writes some"
    raise ValueError(f"{path}: not a known layout of datasets{hint}. Searched for {looked_for}")


def open_dataset(path: str | Path, options: DatasetOptions | None = None) -> list[AnnotatedImage]:
    """Every image of the dataset at `path`, whatever its layout; the index of a large one is kept in the cache folder.

    Args:
        path: a file or folder, see `LAYOUTS`.
        options: how to read it.

    Raises:
        FileNotFoundError: the path, or a file of the dataset, does not exist.
        ValueError: the layout is unknown, its files are malformed, or no images remain.
    """
    options = options or DatasetOptions()
    layout, parts = recognise(Path(path).resolve())  # absolute, because the index outlives this working directory
    images: list[AnnotatedImage] = []
    labelled_in: dict[Path, Path] = {}
    for part in parts:
        if layout.is_indexed:
            sources = [part] if part.is_dir() or part.suffix == ".tar" else [part, images_beside(part)]
            if layout.name == "YOLO":
                sources.append(labels_beside(part))
            build = partial(layout.read, part, options)
            images += cached_index(build, sources=sources, settings=f"{layout.name} {options}")
        else:
            found = layout.read(part, options)
            if layout.name == _BOXES:
                refuse_same_frames(part, found, labelled_in)
            images += found
    if not images:
        raise ValueError(
            f"{path}: recognised as {layout.name}, but it has no images to learn from. Are the images on disk? "
            f"The half is {options.half!r}"
        )
    boxes = sum(len(image.annotation) for image in images)
    logger.debug("%s: %s, %d images with %d boxes", path, layout.name, len(images), boxes)
    return images
