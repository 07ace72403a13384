"""The tracks of a "CVAT for video 1.1" file: with boxes interpolated between key frames, for every label and shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from outrack.boxes import rotate_xyxy
from outrack.io.cvat_project import tracks_of_video
from outrack.io.damaged import reading
from outrack.io.numbers import MAX_FRAME
from outrack.structures.detections import MAX_COORDINATE

__all__ = ["CvatTrack", "CvatVideo", "read_cvat_tracks"]


_MOST_BOXES = 3_000_000
"""Maximum number of boxes in one file: 28 people for an hour."""


class CvatTrack(NamedTuple):
    """One track.

    Attributes:
        identity: its id, or its position in the file if it has none.
        label: label in the file.
        rows: frame (from 1) and corners in all frames in which it is visible, float64 (R, 5).
        extras: counts of information in key frames that boxes do not represent: "polygons", "ellipses", "masks",
            "turned boxes" (each becomes the smallest upright box), "occluded flags", "attributes".
    """

    identity: int
    label: str
    rows: NDArray[np.float64]
    extras: Counter[str]


class CvatVideo(NamedTuple):
    """The content of a file for one video.

    Attributes:
        name: name of its task; empty if unknown.
        size: width and height in pixels; zeros if unknown.
        labelled: frames that the task covers, from 1; None if unknown.
        tracks: those with boxes, in the order of the file.
        boxless: number of tracks without any box, by the kinds of their shapes.
        labels: the labels of all tracks, including those that were not requested, by name.
        known: labels in all tasks of the file, in lower case.
    """

    name: str
    size: tuple[int, int]
    labelled: range | None
    tracks: list[CvatTrack]
    boxless: Counter[str]
    labels: list[str]
    known: set[str]


def read_cvat_tracks(path: Path, *, video: str | None = None, labels: Collection[str] | None = None) -> CvatVideo:
    """Between key frames boxes move in straight lines; a box stays from its last key frame to the end of the video
    unless it is marked outside, as in CVAT.

    Args:
        path: the XML file.
        video: name of the video, with or without its ending, which selects the task of a project; by default the name
            of the file.
        labels: labels to read, in lower case; None reads all.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not such a file, a number is malformed, or none of several tasks has the name of the video.
    """
    with reading(path, "not a well-formed XML file"):
        root = ElementTree.parse(path).getroot()
    if root.tag != "annotations" or root.find("image") is not None:
        raise ValueError(f'{path}: expected an export in the format "CVAT for video 1.1". Is it "CVAT for images"?')
    elements, task = tracks_of_video(path, root, video or path.name)
    wanted = [track for track in elements if labels is None or track.get("label", "").strip().lower() in labels]
    with_boxes = [any(shape.tag in _SHAPES for shape in track) for track in wanted]
    boxless = [track for track, has_boxes in zip(wanted, with_boxes, strict=True) if not has_boxes]
    with reading(path, "a number is missing or malformed"):
        covered = None if task is None else _frames_of_task(task)
        labelled = None if covered is None else range(covered.start + 1, covered.stop + 1, covered.step)
        last_frame = covered[-1] if covered else 0
        tracks, left = [], _MOST_BOXES
        for number, (track, has_boxes) in enumerate(zip(wanted, with_boxes, strict=True)):
            if has_boxes:
                tracks.append(_track(track, number, last_frame, labelled, most=left))
                left -= len(tracks[-1].rows)
        size = (0, 0) if task is None else _size(task)
    return CvatVideo(
        name="" if task is None else task.findtext("name") or "",
        size=size,
        labelled=labelled,
        tracks=tracks,
        boxless=Counter(", ".join(sorted({shape.tag for shape in track})) or "nothing" for track in boxless),
        labels=sorted({track.get("label", "") for track in elements}),
        known={track.get("label", "").strip().lower() for track in root.iter("track")},
    )


def _track(track: Element, number: int, last_frame: int, labelled: range | None, *, most: int) -> CvatTrack:
    identity = int(track.get("id", number))
    if abs(identity) > 2**53:
        raise ValueError(f"track id {identity}")
    rows = _filled(track, last_frame, most=most, what=f"those of track {identity}")
    if labelled is not None:
        rows = rows[_among(rows[:, 0], labelled)]
    extras: Counter[str] = Counter()
    for shape in track:
        if shape.tag in _KINDS:
            extras[_KINDS[shape.tag]] += 1
        elif float(shape.get("rotation") or 0):
            extras["turned boxes"] += 1
        extras["occluded flags"] += shape.get("occluded") == "1"
        extras["attributes"] += len(shape.findall("attribute"))
    return CvatTrack(identity, track.get("label", ""), rows, +extras)


def _size(task: Element) -> tuple[int, int]:
    return int(task.findtext("original_size/width") or 0), int(task.findtext("original_size/height") or 0)


def _frames_of_task(task: Element) -> range | None:
    """Frames that the task covers, in the video's numbering; None if unknown."""
    if task.findtext("size") is None:
        return None
    size, start = int(task.findtext("size", "0")), int(task.findtext("start_frame") or 0)
    step = int((task.findtext("frame_filter") or "").replace(" ", "").removeprefix("step=") or 1)
    if size <= 0:
        return None
    if start < 0 or step < 1 or start + size * step > MAX_FRAME:
        raise ValueError(f"size {size}, start_frame {start}, step {step}")
    return range(start, start + size * step, step)


def _filled(track: Element, last_frame: int, *, most: int, what: str) -> NDArray[np.float64]:
    """Rows `frame (from 1), x1, y1, x2, y2` of a track, (R, 5), with boxes interpolated between key frames.

    Raises:
        ValueError: a number is malformed, or there are more than `most` boxes: a few key frames far apart could fill
            the memory.
    """
    rows = [np.empty((0, 5))]
    count = 0
    for start, stop, box, step in _stretches(track, last_frame):
        count += stop - start
        if count > most:
            raise ValueError(f"its key frames span more than {_MOST_BOXES:,} boxes, {what} up to frame {stop}")
        turned = box + np.arange(stop - start)[:, None] * step  # (F, 5): corners and degrees
        frames = np.arange(start + 1, stop + 1)[:, None]
        rows.append(np.hstack([frames, rotate_xyxy(turned[:, :4], turned[:, 4])]))
    return np.concatenate(rows)


def _stretches(track: Element, last_frame: int) -> Iterator[tuple[int, int, NDArray[np.float64], NDArray[np.float64]]]:
    """Visible stretches of a track: first frame, frame after the last, the box with its angle at the start, (5,), and
    its change per frame, (5,)."""
    keys = sorted((_key_frame(shape) for shape in track if shape.tag in _SHAPES), key=lambda key: key.frame)
    for key, after in pairwise(keys):
        if not key.outside and after.frame > key.frame:
            change = after.box - key.box
            change[4] = (change[4] + 180) % 360 - 180  # a box rotates the shorter way, as in CVAT
            yield key.frame, after.frame, key.box, change / (after.frame - key.frame)
    if keys and not keys[-1].outside:
        yield keys[-1].frame, max(keys[-1].frame, last_frame) + 1, keys[-1].box, np.zeros(5)


def _among(frames: NDArray[np.float64], wanted: range) -> NDArray[np.bool_]:
    """Mask of the frames in the range."""
    among: NDArray[np.bool_] = (frames >= wanted.start) & (frames < wanted.stop)
    among &= (frames - wanted.start) % wanted.step == 0
    return among


class _KeyFrame(NamedTuple):
    frame: int
    box: NDArray[np.float64]  # xyxy before rotation, and the angle in degrees, (5,)
    outside: bool


def _key_frame(shape: Element) -> _KeyFrame:
    frame = int(shape.get("frame", ""))
    if not 0 <= frame <= MAX_FRAME:
        raise ValueError(f"frame {frame}")
    box = np.append(_SHAPES[shape.tag](shape), float(shape.get("rotation") or 0))
    if not (np.abs(box) <= MAX_COORDINATE).all():  # excludes NaN
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
"""Kinds of shapes that have an extent, and functions that return their corners before rotation."""

_KINDS = MappingProxyType({"polygon": "polygons", "ellipse": "ellipses", "mask": "masks"})
"""Names of shapes other than boxes that have an extent."""
