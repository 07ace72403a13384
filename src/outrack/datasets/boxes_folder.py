"""Boxes of videos as training data: `outrack track video.mp4 -o boxes/`, then `outrack train --data boxes/`.

boxes/street.txt       the boxes: what `outrack track` wrote, any detector's, or corrected in CVAT (.xml, .zip)
boxes/street.source    one line: the path of the video, see `outrack.datasets.video_of_boxes`
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.annotation import AnnotatedImage, Annotation
from outrack.datasets.cleaning import drop_unusable_boxes, image_size
from outrack.datasets.mot import MotSequence
from outrack.datasets.video_frames import extract_frames
from outrack.datasets.video_of_boxes import find_source, video_name
from outrack.io.coco import holds_frames_of_a_video
from outrack.io.cvat_project import parts_of_export
from outrack.io.pictures import pictures_in
from outrack.io.sequences import LabelledSequence
from outrack.io.video_boxes import BOX_READERS, sure_boxes

__all__ = ["BOX_READERS", "boxes_files", "read_video_boxes", "refuse_same_frames"]

logger = logging.getLogger(__name__)

FramesOf = Callable[[Path, Sequence[int]], dict[int, Path]]


def boxes_files(folder: Path) -> list[Path]:
    """The boxes file of each video in `folder`, by name; of several for one video, only the preferred format, and of
    `street.txt` and `street.tracked.txt` the first. A warning names those that are passed over."""
    ranks = {suffix: rank for rank, suffix in enumerate(BOX_READERS)}
    files = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in ranks
        and path.is_file()
        and (path.suffix.lower() != ".json" or holds_frames_of_a_video(path))
    ]
    files.sort(key=lambda path: (ranks[path.suffix.lower()], path.stem))
    best: dict[str, Path] = {}
    for path in files:
        chosen = best.setdefault(video_name(path.stem), path)
        if chosen != path:
            logger.warning("%s: passed over, as %s has boxes of the same video", path, chosen.name)
    return [best[name] for name in sorted(best)]


def refuse_same_frames(boxes: Path, images: Sequence[AnnotatedImage], sources: dict[Path, Path]) -> None:
    """Refuse a boxes file of frames that another one labels, too: every such frame would be learned twice.

    Args:
        boxes: the file.
        images: its frames.
        sources: the boxes files of the frames that were read before; those of this file are added.

    Raises:
        ValueError: names both files.
    """
    for image in images:
        other = sources.setdefault(image.path, boxes)
        if other != boxes:
            raise ValueError(
                f"{other} and {boxes} both have boxes of frame {image.frame + 1} of the same video, which would "
                "be learned twice. Keep one of them in the folder, or give one file instead of the folder"
            )


def read_video_boxes(
    boxes: Path,
    *,
    videos: Path | None = None,
    min_score: float = 0.0,
    stride: int = 1,
    with_ids: bool = False,
    frames_of: FramesOf = extract_frames,
) -> list[AnnotatedImage]:
    """Frames of a video with the boxes of a file, including empty ones.

    Frames are decoded once, to the cache folder, unless `frames_of` is `sought_frames`. The export of a CVAT project
    yields the frames of each of its videos that is found, unless the file has the name of one of them. Identities are
    dropped by default: training needs none, and a tracker's are sometimes wrong.

    Args:
        boxes: `.txt`, `.jsonl`, `.csv`, `.xml` or `.zip`, see `outrack.io.video_boxes`.
        videos: where the video is; None searches for it, see `find_source`.
        min_score: boxes with a lower score are dropped.
        stride: use every n-th labelled frame.
        with_ids: keep the identities.
        frames_of: gives paths of the frames of a video file.

    Raises:
        FileNotFoundError: the boxes or the video are missing.
        ValueError: an unknown format, a malformed line, or boxes of frames that the video does not have.
    """
    suffix = boxes.suffix.lower()
    if suffix not in BOX_READERS:
        raise ValueError(f"{boxes}: unknown format of boxes; expected {', '.join(BOX_READERS)}")
    if stride < 1:
        raise ValueError(f"stride must be at least 1, got {stride}")
    images = []
    for video in _videos_of(boxes, videos):
        people = BOX_READERS[suffix](boxes, video.file_name)
        people = sure_boxes(boxes, people, min_score)
        frames = (_frame_numbers(people)[::stride] - 1).tolist()
        paths = _frame_files(video.source, frames, boxes, frames_of)
        images += _labelled_frames(boxes, video, people, paths, with_ids=with_ids)
    return images


class _Video(NamedTuple):
    name: str
    file_name: str  # its name in a CVAT project
    source: Path


def _videos_of(boxes: Path, videos: Path | None) -> list[_Video]:
    """The videos of a boxes file: one, or those of a CVAT project that are on disk."""
    parts = parts_of_export(boxes)
    try:
        source = find_source(boxes, videos=videos)
    except FileNotFoundError:
        if boxes.stem in parts:
            raise
    else:
        chosen = videos is not None and videos.is_file()
        if chosen or boxes.stem in parts or {source.name, source.stem} & {*parts, *parts.values()}:
            return [_Video(boxes.stem, source.name, source)]
    found: dict[Path, _Video] = {}
    missing = []
    for name, file_name in parts.items():
        try:
            source = find_source(boxes.with_name(name + boxes.suffix), videos=videos)
        except FileNotFoundError:
            missing.append(name)
            continue
        other = found.setdefault(source.resolve(), _Video(name, file_name, source))
        if other.name != name:
            raise ValueError(f"{boxes}: {other.name} and {name} would both be read from {source}")
    if not found:
        places = videos or f"{boxes.parent} and in the folder above it"
        raise FileNotFoundError(
            f"{boxes}: a project of {len(parts)} videos. Searched for {', '.join(parts)}, with the ending of a "
            f"video, in {places}. Put the videos there, or write the path of each into a file "
            f"{next(iter(parts))}.source"
        )
    if missing:
        logger.warning("%s: skipped %s, whose videos were not found", boxes, ", ".join(missing))
    return list(found.values())


def _frame_numbers(people: LabelledSequence) -> NDArray[np.int64]:
    """The labelled frames, from 1."""
    assert people.labelled_frames is not None, "readers of boxes state or guess which frames were labelled"
    return people.labelled_frames


def _labelled_frames(
    boxes: Path, video: _Video, people: LabelledSequence, paths: dict[int, Path], *, with_ids: bool
) -> list[AnnotatedImage]:
    """The frames of one video with its boxes."""
    images = []
    size: tuple[int, int] | None = None
    for frame, path in paths.items():
        # All frames of a video have one size; asking each file would read every header.
        size = size or image_size(path, upright=True)
        rows = slice(*np.searchsorted(people.frames, [frame + 1, frame + 2]))
        label = Annotation.of_people(people.xyxy[rows], ids=people.ids[rows] if with_ids else None)
        images.append(AnnotatedImage(path, *size, label, video.name, frame, upright=True))
    return drop_unusable_boxes(images, boxes)


def _frame_files(source: Path, frames: list[int], boxes: Path, frames_of: FramesOf) -> dict[int, Path]:
    if source.is_file():
        return frames_of(source, frames)
    if (source / "seqinfo.ini").is_file():
        present = {frame - 1: path for frame, path in MotSequence.open(source).image_paths().items()}
    else:
        present = dict(enumerate(pictures_in(source)))
    found = {frame: present[frame] for frame in frames if frame in present}
    if len(found) < len(frames):
        missing = len(frames) - len(found)
        logger.warning("%s: %d of %d frames have no picture in %s", boxes, missing, len(frames), source)
    return found
