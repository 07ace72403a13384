"""`convert`: from the files of one format to another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from outrack.conversion.formats import FORMATS, Format, Layout, format_named
from outrack.conversion.guess import format_of_input, format_of_output
from outrack.conversion.labels import (
    Labels,
    Picture,
    by_video,
    stills_as_videos,
    with_people_at_0,
    without_empty_boxes,
)
from outrack.conversion.losses import fitted
from outrack.conversion.picture_files import Placing, safe_name
from outrack.io.atomic import refuse_overwriting_inputs
from outrack.structures.detections import MAX_COORDINATE

__all__ = ["Conversion", "convert"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """The result of a conversion.

    Attributes:
        source, target: names of the formats.
        num_videos, num_pictures, num_boxes, num_identities: numbers written.
        written: files, or folders for formats that are folders.
        lost: what the target cannot represent, or the reader could not read, counted by name.
    """

    source: str
    target: str
    num_videos: int
    num_pictures: int
    num_boxes: int
    num_identities: int
    written: tuple[Path, ...]
    lost: Counter[str]


def convert(
    source: str | Path,
    target: str | Path,
    *,
    from_format: str | None = None,
    to_format: str | None = None,
    images: str | Path | None = None,
    size: tuple[int, int] | None = None,
    frame_rate: float | None = None,
    as_videos: bool = False,
    pictures: Placing = "link",
    overwrite: bool = False,
) -> Conversion:
    """Convert label files. What both formats can represent is kept; the rest is counted in the result.

    Args:
        source: a file or folder.
        target: file or folder to write. Formats with one file per video need a folder for several videos.
        from_format: format of the source, a name of `outrack.conversion.formats.FORMATS`; None recognises it.
        to_format: format of the target; None derives it from the ending.
        images: folder of the pictures that COCO and CrowdHuman files name; None searches next to the labels.
        size: width and height of pictures, if no file states it.
        frame_rate: frames per second of videos without a known rate.
        as_videos: treat each folder of stills as a video.
        pictures: whether written folders get links to the pictures, copies, or none.
        overwrite: replace files that exist.

    Raises:
        FileNotFoundError: the source does not exist.
        FileExistsError: a target exists and `overwrite` is not set.
        ValueError: a format is unknown or not recognised, the source is malformed, or lacks something that the target
            needs.
    """
    path, goal = Path(source), Path(target)
    reading = format_of_input(path) if from_format is None else format_named(from_format)
    writing = format_of_output(goal) if to_format is None else format_named(to_format)
    labels = without_empty_boxes(with_people_at_0(_read(path, reading, None if images is None else Path(images))))
    if as_videos:
        labels = stills_as_videos(labels, path.stem)
    labels = _completed(labels, size, frame_rate)
    kept, lost = fitted(labels, writing)
    _check(path, kept, reading, writing)
    plan = _plan(goal, kept, writing)
    refuse_overwriting_inputs(plan, [path, *(file for file in plan if _is_read(file, path, reading))])
    for file in plan:
        if file.exists() and not overwrite and not (file.is_dir() and not any(file.iterdir())):
            raise FileExistsError(f"{file}: already exists. Choose another name, or replace it with --overwrite")
    written = []
    for file, part in plan.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        written += writing.write(file, part, pictures)
    return Conversion(
        reading.name,
        writing.name,
        len({picture.video for picture in kept.pictures} - {None}),
        len(kept.pictures),
        kept.num_boxes,
        len({(p.video, box.identity) for p in kept.pictures for box in p.boxes if box.identity >= 0}),
        tuple(written),
        lost + labels.unread,
    )


def _read(path: Path, reading: Format, images: Path | None) -> Labels:
    """One file or dataset, or every file of a folder for formats with one file per video."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    if reading.layout is Layout.FOLDER or path.is_file():
        return reading.read(path, images)
    endings = {reading.suffix, ".zip"} if reading.read_zipped else {reading.suffix}
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in endings and file.is_file())
    if not files:
        raise FileNotFoundError(f"{path}: it contains no {reading.suffix} file, the ending of {reading.name}")
    parts = [reading.read(file, images) for file in files]
    names = tuple(dict.fromkeys(name for part in parts for name in part.class_names))
    return Labels(
        tuple(picture for part in parts for picture in _renumbered(part, names)),
        names,
        {name: rate for part in parts for name, rate in part.frame_rates.items()},
        sum((part.unread for part in parts), Counter()),
    )


def _is_read(file: Path, source: Path, reading: Format) -> bool:
    """Whether a file that exists is part of the source, a folder: one with the ending of its format, or, if the format
    is a folder, one in a folder of it (gt/, labels/, annotations/)."""
    folder = source.resolve()
    if not file.is_file() or folder not in file.resolve().parents:
        return False
    return file.resolve().parent != folder if reading.layout is Layout.FOLDER else file.suffix == reading.suffix


def _renumbered(part: Labels, names: Sequence[str]) -> list[Picture]:
    """The pictures of a file with class ids common to all files."""
    new = [names.index(name) for name in part.class_names]
    return [
        replace(picture, boxes=tuple(replace(box, class_id=new[box.class_id]) for box in picture.boxes))
        for picture in part.pictures
    ]


def _completed(labels: Labels, size: tuple[int, int] | None, frame_rate: float | None) -> Labels:
    """The labels, with missing sizes and rates as given by the user."""
    pictures = labels.pictures
    if size is not None:
        pictures = tuple(picture if all(picture.size) else replace(picture, size=size) for picture in pictures)
    videos = {picture.video for picture in pictures} - {None}
    given = {} if frame_rate is None else {video: frame_rate for video in videos if video is not None}
    return replace(labels, pictures=pictures, frame_rates={**given, **labels.frame_rates})


def _check(path: Path, labels: Labels, reading: Format, writing: Format) -> None:
    """Before anything is written, refuse labels that lack something the target needs.

    Raises:
        ValueError: says what is missing and what to do.
    """
    if not labels.pictures:
        raise ValueError(f"{path}: it contains no pictures or frames ({reading.name}); nothing to convert")
    if writing.of_videos and (still := next((p for p in labels.pictures if p.video is None), None)) is not None:
        raise ValueError(
            f"{path}: {still.name} is a still, but {writing.name} needs frames of videos; if each folder of "
            "pictures is a video, add --as-videos"
        )
    seen: set[tuple[str | None, int, int]] = set()
    for picture in labels.pictures:
        if writing.needs_sizes and not all(picture.size):
            raise ValueError(
                f"{path}: the size of {picture.name} is unknown, but {writing.name} divides boxes by it. Give the "
                "folder of the pictures as --images, or their size, such as --size 1920x1080"
            )
        for box in picture.boxes:
            if not max(map(abs, box.xyxy)) <= MAX_COORDINATE:  # nor is NaN
                raise ValueError(f"{path}: a box of {picture.name} is far outside any picture: {list(box.xyxy)}")
            place = (picture.video, picture.frame, box.identity)
            if box.identity < 0 and writing.needs_identities:
                raise ValueError(
                    f"{path}: a box of {picture.name} has no identity, but {writing.name} needs one for each box. "
                    "Track the boxes first (outrack track --detections), or write mot-det, coco or yolo"
                )
            if box.identity >= 0 and picture.video is not None:
                if place in seen:
                    raise ValueError(
                        f"{path}: identity {box.identity} appears twice in frame {picture.frame + 1} of {picture.video}"
                    )
                seen.add(place)


def _plan(goal: Path, labels: Labels, writing: Format) -> dict[Path, Labels]:
    """What to write where: everything to `goal`, or one file per video into it.

    Raises:
        ValueError: the path does not suit the format, or one file would contain several videos.
    """
    if writing.layout is Layout.FOLDER:
        if goal.is_file():
            raise ValueError(f"{goal}: this is a file, but {writing.name} is {writing.what}: give a folder")
        return {goal: labels}
    is_file = goal.suffix.lower() == writing.suffix and not goal.is_dir()
    if writing.layout is Layout.FILE:
        if not is_file:
            raise ValueError(f"{goal}: {writing.name} is a single file; expected a name ending in {writing.suffix}")
        return {goal: labels}
    videos = by_video(labels)
    if is_file:
        if len(videos) > 1:
            raise ValueError(f"{goal}: there are {len(videos)} videos ({', '.join(videos)}); give a folder")
        return {goal: labels}
    if goal.is_file() or goal.suffix.lower() in _ENDINGS:
        raise ValueError(f"{goal}: {writing.name} files end in {writing.suffix}; give such a file, or a folder")
    return {
        goal / f"{safe_name(name)}{writing.suffix}": replace(labels, pictures=tuple(frames))
        for name, frames in videos.items()
    }


_ENDINGS = frozenset(each.suffix for each in FORMATS.values() if each.suffix)
