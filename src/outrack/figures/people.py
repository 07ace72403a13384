"""Pictures with people of known identity: from ground truth if available, otherwise from the tracker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from outrack.datasets import AnnotatedImage, Annotation, LabelledImage, read_sequence
from outrack.figures.detectors import FigureDetector
from outrack.figures.footage import check_frames, track_source

__all__ = ["has_truth", "people_at", "people_at_stride"]


def has_truth(source: str | Path) -> bool:
    """Whether `source` is a MOTChallenge sequence with ground truth."""
    return (Path(source) / "gt" / "gt.txt").is_file()


def people_at(source: str | Path, frames: Sequence[int], detector: FigureDetector) -> list[LabelledImage]:
    """The given frames with all their people.

    Args:
        source: a MOTChallenge sequence, or anything else that `outrack.open_source` opens.
        frames: their numbers, from 1.
        detector: detects people if there is no ground truth; identities are then those of the tracker.

    Raises:
        FileNotFoundError, ValueError: the source cannot be read, or a frame is not in it.
    """
    if any(frame < 1 for frame in frames):
        raise ValueError(f"frames are counted from 1, got {min(frames)}")
    found: dict[int, LabelledImage] = {}
    last = 0
    if has_truth(source):
        on_disk = {image.frame + 1: image for image in read_sequence(Path(source))}
        last = max(on_disk, default=0)
        found = {frame: on_disk[frame].read() for frame in set(frames) if frame in on_disk}
    else:
        for image in _tracked(source, detector, max_frames=max(frames)):
            last = image.frame + 1
            if last in frames:
                found[last] = image
    check_frames(source, frames, found, last)
    return [found[frame] for frame in frames]


def people_at_stride(
    source: str | Path, detector: FigureDetector, *, stride: int, max_frames: int
) -> list[LabelledImage]:
    """Every `stride`-th frame, at most `max_frames` of them; see `people_at` for arguments and errors."""
    if has_truth(source):
        chosen: list[AnnotatedImage] = [image for image in read_sequence(Path(source)) if image.frame % stride == 0]
        return [image.read() for image in chosen[:max_frames]]
    tracked = (image for image in _tracked(source, detector) if image.frame % stride == 0)
    return list(islice(tracked, max_frames))


def _tracked(source: str | Path, detector: FigureDetector, *, max_frames: int | None = None) -> Iterator[LabelledImage]:
    """Frames with the detections that belong to a track."""
    for tracked in track_source(source, detector, max_frames=max_frames):
        tracks = tracked.tracks[tracked.tracks.detection_index >= 0]
        xyxy = np.asarray(tracked.detections.xyxy[tracks.detection_index])
        people = Annotation.of_people(xyxy, np.asarray(tracks.ids))
        yield LabelledImage(tracked.frame.pixels, people, Path(source).name, tracked.frame.index)
