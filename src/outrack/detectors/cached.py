"""Detections of a sequence, stored in a file and replayed, so that different trackers need the network only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outrack.detectors.info import DetectorInfo
from outrack.io.archives import read_arrays
from outrack.io.atomic import atomic_write
from outrack.io.damaged import reading
from outrack.structures import Detections, Frame

__all__ = ["Replay", "cached_detections"]

OF_BOXES = ("xyxy", "scores", "class_ids", "embeddings", "displacements")
COUNTS, POINT_COUNTS, POINTS = "counts", "point_counts", "occlusions"


class Replay:
    """A detector that replays the detections of consecutive frames, without pictures.

    Args:
        frames: the detections, one frame after the other.
        first: index of the first frame.

    Attributes:
        info: no pictures are needed.
    """

    info = DetectorInfo(needs_pictures=False)

    def __init__(self, frames: Sequence[Detections], *, first: int = 0) -> None:
        self._frames, self._first = frames, first

    def __call__(self, frame: Frame) -> Detections:
        """Detections of the frame with this index."""
        return self._frames[frame.index - self._first]

    def reset(self) -> None:
        """No state to reset."""


def cached_detections(path: Path, detect: Callable[[], Sequence[Detections]]) -> list[Detections]:
    """The detections of consecutive frames in `path` (.npz), or those of `detect`, which are then stored.

    They are bit-identical when read back.

    Raises:
        ValueError: the file is damaged.
        OSError: it cannot be written.
    """
    if path.is_file():
        expected = "not a detections file of outrack; delete it"
        found = read_arrays(path, expected)
        with reading(path, expected):
            return _unpacked(found)
    frames = list(detect())
    with atomic_write(path) as unfinished, unfinished.open("wb") as file:
        np.savez(file, **_packed(frames))  # type: ignore[arg-type]  # the stub has a flag among the names
    return frames


def _packed(frames: Sequence[Detections]) -> dict[str, NDArray[Any]]:
    """All frames concatenated, with the number of rows of each. Absent fields are omitted; a frame without boxes, which
    may have none of the fields, gets those of the others."""
    packed: dict[str, NDArray[Any]] = {COUNTS: np.array([len(frame) for frame in frames], np.int64)}
    with_boxes = [frame for frame in frames if len(frame)] or frames
    for name in OF_BOXES:
        values = [getattr(frame, name) for frame in with_boxes]
        if values and all(one is not None for one in values):
            packed[name] = np.concatenate(values)
        elif any(one is not None for one in values):
            raise ValueError(f"detections of a video: some frames have {name}, and others do not")
    points = [frame.occlusions for frame in frames if frame.occlusions is not None]
    if frames and len(points) == len(frames):
        packed[POINT_COUNTS] = np.array([len(one) for one in points], np.int64)
        packed[POINTS] = np.concatenate(points)
    return packed


def _unpacked(packed: dict[str, NDArray[Any]]) -> list[Detections]:
    ends = packed[COUNTS].cumsum()[:-1]
    columns: dict[str, list[NDArray[Any]]] = {name: np.split(packed[name], ends) for name in OF_BOXES if name in packed}
    if POINTS in packed:
        columns[POINTS] = np.split(packed[POINTS], packed[POINT_COUNTS].cumsum()[:-1])
    return [
        Detections(**{name: of_frames[i] for name, of_frames in columns.items()}) for i in range(len(packed[COUNTS]))
    ]
