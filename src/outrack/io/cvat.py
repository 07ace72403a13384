"""Exports of CVAT after manual correction of tracks: "CVAT for video 1.1" (XML) and "MOT 1.1" (zip).

The way there: `outrack track video.mp4 -o boxes.xml` writes the XML with few key frames, and CVAT imports it. MOT 1.1
cannot say which frames are key frames, so every box becomes one: it is for data that needs no more correction.
"""

from __future__ import annotations

import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import rotate_xyxy
from outrack.io.archives import check_unpacked
from outrack.io.cvat_project import tracks_of_video
from outrack.io.damaged import reading
from outrack.io.ground_truth import read_ground_truth
from outrack.io.numbers import MAX_FRAME
from outrack.io.sequences import LabelledSequence
from outrack.structures.detections import MAX_COORDINATE

__all__ = ["PERSON_LABELS", "read_boxes_cvat_xml", "read_boxes_cvat_zip"]

logger = logging.getLogger(__name__)

PERSON_LABELS = ("person", "pedestrian", "people", "human")
"""CVAT labels that count as people, in any case of letters."""

_MOST_BOXES = 3_000_000
"""In one file: 28 people through an hour."""


def read_boxes_cvat_xml(
    path: Path, *, labels: Sequence[str] = PERSON_LABELS, video: str | None = None
) -> LabelledSequence:
    """Tracks of a "CVAT for video 1.1" file. Between key frames boxes move in straight lines; a box stays from its
    last key frame to the end of the video unless it is marked outside, as in CVAT. Of a turned box, a polygon, an
    ellipse or a mask the smallest upright box around it is taken.

    Args:
        path: the XML file.
        labels: labels that count as people; other tracks are left out.
        video: name of the video, with or without its ending, which says whose task of a project is read; the name of
            the file when left out.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a file, a number is malformed, no track has one of the labels, or none of several tasks
            is called like the video.
    """
    with reading(path, "not a well-formed XML file"):
        root = ElementTree.parse(path).getroot()
    if root.tag != "annotations" or root.find("image") is not None:
        raise ValueError(f'{path}: expected an export in the format "CVAT for video 1.1". Is it "CVAT for images"?')
    tracks, task = tracks_of_video(path, root, video or path.name)
    people = [track for track in tracks if track.get("label", "").lower() in labels]
    if tracks and not any(track.get("label", "").lower() in labels for track in root.iter("track")):
        found = sorted({track.get("label", "") for track in tracks})
        raise ValueError(f"{path}: no track is labelled {' or '.join(labels)}; the labels are {', '.join(found)}")
    if boxless := [track for track in people if not any(shape.tag in _SHAPES for shape in track)]:
        kinds = ", ".join(sorted({shape.tag for track in boxless for shape in track})) or "nothing"
        logger.warning("%s: %d of %d tracks have no box and are left out (%s)", path, len(boxless), len(people), kinds)
    with reading(path, "a number is missing or malformed"):
        covered = None if task is None else _frames_of_task(task)
        filled = _filled_tracks(people, covered[-1] if covered else 0)
    if covered is None:
        return LabelledSequence.from_rows(filled)
    labelled = range(covered.start + 1, covered.stop + 1, covered.step)
    return LabelledSequence.from_rows(filled[_among(filled[:, 0], labelled)], labelled)


def read_boxes_cvat_zip(
    path: Path, *, labels: Sequence[str] = PERSON_LABELS, video: str | None = None
) -> LabelledSequence:
    """Boxes of an export as CVAT hands it out: a zip with `annotations.xml` ("CVAT for video 1.1"), or with `gt/gt.txt`
    and `gt/labels.txt` ("MOT 1.1").

    Args:
        path: the zip file.
        labels: labels that count as people. Without a `labels.txt`, class 1 does.
        video: as of `read_boxes_cvat_xml`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a zip, no such label, or what is in it is malformed.
    """
    with tempfile.TemporaryDirectory() as folder:
        members = _extracted(path, Path(folder))
        try:
            if "annotations.xml" in members:
                return read_boxes_cvat_xml(Path(folder) / "annotations.xml", labels=labels, video=video or path.name)
            if "gt/gt.txt" in members:
                return _read_mot(Path(folder) / "gt", labels)
        except ValueError as error:
            raise ValueError(str(error).replace(folder, str(path))) from error
    raise ValueError(
        f'{path}: no annotations.xml and no gt/gt.txt in it. Was it exported as "CVAT for video 1.1" or "MOT 1.1"?'
    )


def _extracted(path: Path, folder: Path) -> set[str]:
    """The names of the label files in an export, written into `folder`; what else is in it stays there."""
    with reading(path, "not a zip file that can be read"), zipfile.ZipFile(path) as archive:
        members = {"annotations.xml", "gt/gt.txt", "gt/labels.txt"}.intersection(archive.namelist())
        for member in members:
            check_unpacked(path, archive.getinfo(member))
            archive.extract(member, folder)
    return members


def _read_mot(folder: Path, labels: Sequence[str]) -> LabelledSequence:
    truth = read_ground_truth(folder / "gt.txt")
    listing = folder / "labels.txt"
    names = listing.read_text(encoding="utf-8-sig", errors="replace").splitlines() if listing.is_file() else [labels[0]]
    classes = [number for number, name in enumerate(names, start=1) if name.strip().lower() in labels]
    if not classes:
        raise ValueError(f"{listing}: no label is {' or '.join(labels)}; there are {', '.join(names)}")
    truth = truth[truth.counted & np.isin(truth.classes, classes)].in_order()
    rows = np.column_stack([truth.frames, truth.ids, truth.xyxy, np.ones(len(truth))])
    return LabelledSequence.from_rows(map(tuple, rows))


def _frames_of_task(task: Element) -> range | None:
    """Frames that the task covers, in the numbers of the video; None where the file does not say."""
    if task.findtext("size") is None:
        return None
    size, start = int(task.findtext("size", "0")), int(task.findtext("start_frame") or 0)
    step = int((task.findtext("frame_filter") or "").replace(" ", "").removeprefix("step=") or 1)
    if size <= 0:
        return None
    if start < 0 or step < 1 or start + size * step > MAX_FRAME:
        raise ValueError(f"size {size}, start_frame {start}, step {step}")
    return range(start, start + size * step, step)


def _filled_tracks(tracks: Sequence[Element], last_frame: int) -> NDArray[np.float64]:
    """Rows `frame (from 1), id, x1, y1, x2, y2, 1` of all tracks, (R, 7), with the boxes between key frames filled in.

    Raises:
        ValueError: a number is malformed, or there are more boxes than `_MOST_BOXES`: a few key frames far apart fill
            a memory.
    """
    rows = [np.empty((0, 7))]
    count = 0
    for number, track in enumerate(tracks):
        track_id = int(track.get("id", number))
        if abs(track_id) > 2**53:
            raise ValueError(f"track id {track_id}")
        for start, stop, box, step in _stretches(track, last_frame):
            count += stop - start
            if count > _MOST_BOXES:
                raise ValueError(
                    f"its key frames span more than {_MOST_BOXES:,} boxes, those of track {track_id} up to frame {stop}"
                )
            passed = np.arange(stop - start)[:, None]
            turned = box + passed * step  # (F, 5): corners and degrees
            frames = np.arange(start + 1, stop + 1)[:, None]
            boxes = rotate_xyxy(turned[:, :4], turned[:, 4])
            rows.append(np.hstack([frames, np.full_like(frames, track_id), boxes, np.ones((len(frames), 1))]))
    return np.concatenate(rows)


def _stretches(track: Element, last_frame: int) -> Iterator[tuple[int, int, NDArray[np.float64], NDArray[np.float64]]]:
    """Where a track is visible: first frame, frame after the last, and there the box with its degrees, (5,), and how
    it changes from frame to frame, (5,)."""
    keys = sorted((_key_frame(shape) for shape in track if shape.tag in _SHAPES), key=lambda key: key.frame)
    for key, after in pairwise(keys):
        if not key.outside and after.frame > key.frame:
            change = after.box - key.box
            change[4] = (change[4] + 180) % 360 - 180  # a box turns the shorter way, as in CVAT
            yield key.frame, after.frame, key.box, change / (after.frame - key.frame)
    if keys and not keys[-1].outside:
        yield keys[-1].frame, max(keys[-1].frame, last_frame) + 1, keys[-1].box, np.zeros(5)


def _among(frames: NDArray[np.float64], wanted: range) -> NDArray[np.bool_]:
    """Which frames are in the range."""
    among: NDArray[np.bool_] = (frames >= wanted.start) & (frames < wanted.stop)
    among &= (frames - wanted.start) % wanted.step == 0
    return among


class _KeyFrame(NamedTuple):
    frame: int
    box: NDArray[np.float64]  # xyxy before it is turned, and by how many degrees, (5,)
    outside: bool


def _key_frame(shape: Element) -> _KeyFrame:
    frame = int(shape.get("frame", ""))
    if not 0 <= frame <= MAX_FRAME:
        raise ValueError(f"frame {frame}")
    box = np.append(_SHAPES[shape.tag](shape), float(shape.get("rotation") or 0))
    if not (np.abs(box) <= MAX_COORDINATE).all():  # nor is NaN
        raise ValueError(f"frame {frame}: {box[:4].tolist()}, turned by {box[4]:g} degrees")
    return _KeyFrame(frame, box, shape.get("outside") == "1")


def _numbers(shape: Element, *names: str) -> NDArray[np.float64]:
    return np.array([float(shape.get(name, "")) for name in names])


def _corners_of_polygon(shape: Element) -> NDArray[np.float64]:
    points = np.array([[float(value) for value in pair.split(",")] for pair in shape.get("points", "").split(";")])
    points = points.reshape(-1, 2)
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _corners_of_ellipse(shape: Element) -> NDArray[np.float64]:
    centre, radii = _numbers(shape, "cx", "cy"), _numbers(shape, "rx", "ry")
    return np.concatenate([centre - radii, centre + radii])


def _corners_of_mask(shape: Element) -> NDArray[np.float64]:
    corner, size = _numbers(shape, "left", "top"), _numbers(shape, "width", "height")
    return np.concatenate([corner, corner + size])


_SHAPES: Mapping[str, Callable[[Element], NDArray[np.float64]]] = MappingProxyType(
    {
        "box": lambda shape: _numbers(shape, "xtl", "ytl", "xbr", "ybr"),
        "polygon": _corners_of_polygon,
        "ellipse": _corners_of_ellipse,
        "mask": _corners_of_mask,
    }
)
"""Kinds of shapes that have an extent, and their corners before they are turned."""
