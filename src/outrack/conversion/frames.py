"""Writes the frames of one video with the writers of `outrack track`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from outrack.conversion.labels import Labels, Picture
from outrack.io.atomic import atomic_write
from outrack.io.results import STATES
from outrack.structures import Detections, Frame, Tracks, TrackState
from outrack.video.writers.base import Writer

__all__ = ["check_classes", "check_length", "frame_name", "one_video", "tracked_frames", "write_frames"]

_DEFAULT_RATE = 25.0
"""Frames per second if the rate is unknown; times then only give the order."""


_MOST_FRAMES = 1_000_000
"""Nine hours at 30 frames per second; otherwise a file of one line could fill the memory with empty frames."""


_MOST_CLASSES = 100_000
"""Every class, counted from 0, gets a name; a larger number is probably another column."""


def check_classes(path: Path | str, highest: int) -> None:
    """Refuse implausible class numbers.

    Args:
        path: where they were read, for the message.
        highest: the highest class number.

    Raises:
        ValueError: it is not below 100,000.
    """
    if highest >= _MOST_CLASSES:
        raise ValueError(f"{path}: found class {highest}; expected one below {_MOST_CLASSES:,}. Is it another column?")


def check_length(path: Path | str, num_frames: int) -> None:
    """Refuse a video of more frames than can be converted at once.

    Args:
        path: where it was read, for the message.
        num_frames: number of the last frame.

    Raises:
        ValueError: there are more than a million.
    """
    if num_frames > _MOST_FRAMES:
        raise ValueError(
            f"{path}: its last frame is {num_frames:,}; videos of up to {_MOST_FRAMES:,} frames can be converted "
            "at once. Is the frame another column? Otherwise split the file"
        )


def frame_name(video: str, frame: int) -> str:
    """The name of a frame (from 0) that has no file of its own."""
    return f"{video}/{frame + 1:06d}.jpg"


def one_video(labels: Labels) -> tuple[str, list[Picture]]:
    """Name and frames of the only video of `labels`; "video" and no frames if there are none."""
    pictures = sorted(labels.pictures, key=lambda picture: picture.frame)
    return (pictures[0].video or "video" if pictures else "video"), pictures


def tracked_frames(labels: Labels, *, all_frames: bool) -> Iterator[tuple[Frame, Detections, Tracks]]:
    """The tracks of each frame of the only video of `labels`.

    Args:
        labels: labels of one video.
        all_frames: also yield the frames between labelled ones, without boxes.
    """
    name, pictures = one_video(labels)
    rate = labels.frame_rates.get(name, _DEFAULT_RATE)
    known = {picture.frame: picture for picture in pictures}
    last = max(known, default=-1)
    for index in range(last + 1) if all_frames else known:
        picture = known.get(index, Picture("", ()))
        seconds = index / rate if picture.time_s is None else picture.time_s
        points = None if picture.occlusions is None else np.array(picture.occlusions, np.float64).reshape(-1, 3)
        detections = Detections(np.empty((0, 4)), np.empty(0), occlusions=points)
        yield Frame(None, index, seconds, source=name), detections, _tracks(picture)


def _tracks(picture: Picture) -> Tracks:
    boxes = picture.boxes
    return Tracks(
        xyxy=np.array([box.xyxy for box in boxes], np.float64).reshape(-1, 4),
        ids=np.array([box.identity for box in boxes], np.int64),
        scores=np.array([1.0 if box.score is None else box.score for box in boxes], np.float64),
        class_ids=np.array([box.class_id for box in boxes], np.int64),
        states=np.array([STATES.get(box.state, TrackState.DETECTED) for box in boxes], np.int64),
        detection_index=np.full(len(boxes), -1),
    )


def write_frames(
    path: Path, labels: Labels, writer: Callable[[Path], Writer], *, all_frames: bool = False
) -> list[Path]:
    """Write the only video of `labels`, complete or not at all.

    Args:
        path: the file.
        labels: labels of one video.
        writer: makes the writer for a path.
        all_frames: as for `tracked_frames`.
    """
    with atomic_write(path) as unfinished, writer(unfinished) as opened:
        _write_all(opened, tracked_frames(labels, all_frames=all_frames))
    return [path]


def _write_all(writer: Writer, frames: Iterable[tuple[Frame, Detections, Tracks]]) -> None:
    for frame, detections, tracks in frames:
        writer.write(frame, detections, tracks)
