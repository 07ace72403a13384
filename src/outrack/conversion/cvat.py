"""CVAT: "CVAT for video 1.1" (an XML, or the zip around it) and "MOT 1.1" (a zip)."""

from __future__ import annotations

import tempfile
import zipfile
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path

from outrack.conversion.frames import check_length, frame_name, one_video, write_frames
from outrack.conversion.labels import Box, Labels, Picture
from outrack.conversion.mot_rows import ground_truth, labels_of_sequence
from outrack.io.atomic import atomic_write
from outrack.io.cvat import extracted_labels
from outrack.io.cvat_project import parts_of_export
from outrack.io.cvat_tracks import CvatVideo, read_cvat_tracks
from outrack.io.damaged import reading
from outrack.io.ground_truth import read_ground_truth, write_ground_truth
from outrack.io.person_names import PERSON
from outrack.video.writers.cvat import CvatWriter

__all__ = ["is_cvat_mot", "read", "read_mot", "write", "write_mot"]

_XML, _GT, _NAMES = "annotations.xml", "gt/gt.txt", "gt/labels.txt"
_TOLERANCE = 0.005
"""In pixels: half of the last digit in the file, so that no box moves by more than that digit."""


def is_cvat_mot(path: Path) -> bool:
    """Whether a zip is CVAT's "MOT 1.1"."""
    return zipfile.is_zipfile(path) and _GT in _members(path)


def _members(path: Path) -> list[str]:
    with reading(path, "not a readable zip file"), zipfile.ZipFile(path) as archive:
        return archive.namelist()


def read(path: Path) -> Labels:
    """Every video of an export. Rotated boxes, polygons, ellipses and masks become the smallest upright box around
    them."""
    if not zipfile.is_zipfile(path):
        return _videos(path, path)
    if _XML not in _members(path):
        raise ValueError(f'{path}: it contains no {_XML}. Was it exported as "CVAT for video 1.1"?')
    with tempfile.TemporaryDirectory() as folder:
        extracted_labels(path, Path(folder))
        return _videos(Path(folder) / _XML, path)


def _videos(xml: Path, path: Path) -> Labels:
    """The videos in an XML, named after the given file."""
    try:
        parts = parts_of_export(path)
        videos = {name: read_cvat_tracks(xml, video=called) for name, called in parts.items()}
    except ValueError as error:
        raise ValueError(str(error).replace(str(xml), str(path))) from error
    said = list(dict.fromkeys(label for video in videos.values() for label in video.labels))
    number_of = {name: number for number, name in enumerate(said)}
    unread: Counter[str] = Counter()
    pictures: list[Picture] = []
    for name, video in videos.items():
        pictures += _pictures(path, name, video, number_of)
        for track in video.tracks:
            unread += Counter({_UNREAD.get(what, what): count for what, count in track.extras.items()})
        unread += Counter({f"tracks without a box ({kinds})": count for kinds, count in video.boxless.items()})
    return Labels(tuple(pictures), tuple(said), unread=unread)


_UNREAD = {
    "polygons": "polygons (replaced by the boxes around them)",
    "ellipses": "ellipses (replaced by the boxes around them)",
    "masks": "masks (replaced by the boxes around them)",
    "turned boxes": "rotated boxes (replaced by the upright boxes around them)",
}


def _pictures(path: Path, name: str, video: CvatVideo, number_of: dict[str, int]) -> list[Picture]:
    boxes: dict[int, list[Box]] = defaultdict(list)
    for track in video.tracks:
        for frame, x1, y1, x2, y2 in track.rows.tolist():
            boxes[int(frame)].append(Box((x1, y1, x2, y2), number_of[track.label], track.identity))
    frames = video.labelled or range(1, max(boxes, default=0) + 1)
    check_length(path, frames[-1] if frames else 0)
    return [Picture(frame_name(name, frame - 1), tuple(boxes[frame]), name, frame - 1, video.size) for frame in frames]


def write(path: Path, labels: Labels) -> list[Path]:
    """One XML of one video, with key frames only where linear interpolation would miss the boxes."""
    name, pictures = one_video(labels)
    size = next((picture.size for picture in pictures if all(picture.size)), None)
    writer = partial(CvatWriter, name=name, size=size, class_names=labels.class_names, tolerance=_TOLERANCE)
    return write_frames(path, labels, writer, all_frames=True)


def read_mot(path: Path) -> Labels:
    """A zip in CVAT's "MOT 1.1"; without `labels.txt`, class 1 is people."""
    if not is_cvat_mot(path):
        raise ValueError(f'{path}: it contains no {_GT}. Was it exported as "MOT 1.1"?')
    with tempfile.TemporaryDirectory() as folder:
        has_names = _NAMES in extracted_labels(path, Path(folder))
        try:
            truth = read_ground_truth(Path(folder) / _GT, name=path.stem)
        except ValueError as error:
            raise ValueError(str(error).replace(folder, str(path))) from error
        listing = (
            (Path(folder) / _NAMES).read_text(encoding="utf-8-sig", errors="replace").splitlines()
            if has_names
            else [PERSON]
        )
    said = [name.strip() for name in listing if name.strip()]
    if len(truth) and int(truth.classes.max()) > len(said):
        raise ValueError(f"{path}: class {truth.classes.max()} has no name: {_NAMES} has {len(said)}")
    return labels_of_sequence(truth, path, said)


def write_mot(path: Path, labels: Labels) -> list[Path]:
    """A zip in CVAT's "MOT 1.1" of one video."""
    numbers = {class_id: class_id + 1 for class_id in range(len(labels.class_names))}
    with tempfile.TemporaryDirectory() as folder, atomic_write(path) as unfinished:
        write_ground_truth(Path(folder) / _GT, ground_truth(labels, numbers))
        (Path(folder) / _NAMES).write_text("".join(f"{name}\n" for name in labels.class_names), encoding="utf-8")
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in (_GT, _NAMES):
                archive.write(Path(folder) / member, member)
    return [path]
