"""Tracked frames, from which figures are drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from outrack.figures.detectors import FigureDetector
from outrack.structures import Detections, Frame, Tracks
from outrack.video import open_source
from outrack.video.loop import track_frames

__all__ = ["TrackedFrame", "check_frames", "frames_at", "track_source"]


class TrackedFrame(NamedTuple):
    """One frame with detections, tracks, and the dense occlusion map (h, w), if there is one."""

    frame: Frame
    detections: Detections
    tracks: Tracks
    occlusion_map: NDArray[np.float32] | None

    @property
    def number(self) -> int:
        """The frame number, counted from 1 as in MOTChallenge."""
        return self.frame.index + 1


def track_source(
    source: str | Path,
    detector: FigureDetector,
    *,
    stride: int = 1,
    max_frames: int | None = None,
    image_rate: float = 25.0,
) -> Iterator[TrackedFrame]:
    """Track a source frame by frame, as `outrack track` does.

    Args:
        source: anything that `outrack.open_source` opens.
        detector: detects the people; it is reset first.
        stride, max_frames, image_rate: as for `outrack.open_source`.

    Raises:
        FileNotFoundError, ValueError: the source cannot be opened or read.
    """
    detector.reset()
    with open_source(source, stride=stride, max_frames=max_frames, image_rate=image_rate) as video:
        for result in track_frames(video, detector):
            yield TrackedFrame(*result, detector.occlusion_map)


def frames_at(source: str | Path, detector: FigureDetector, frames: Sequence[int]) -> list[TrackedFrame]:
    """The chosen frames, numbered from 1, of a source that is tracked from its start.

    Raises:
        FileNotFoundError, ValueError: the source cannot be read, or a frame is not in it.
    """
    if min(frames) < 1:
        raise ValueError(f"frames are counted from 1, got {min(frames)}")
    found: dict[int, TrackedFrame] = {}
    last = 0
    for tracked in track_source(source, detector, max_frames=max(frames)):
        last = tracked.number
        if last in frames:
            found[last] = tracked
        if last >= max(frames):
            break
    check_frames(source, frames, found, last)
    return [found[frame] for frame in frames]


def check_frames(source: str | Path, asked: Sequence[int], found: Collection[int], last: int) -> None:
    """Refuse frames that do not exist.

    Args:
        source: for the message.
        asked: numbers of the frames.
        found: those that exist.
        last: the last frame of the source.

    Raises:
        ValueError: a frame is missing; gives its number and the reason.
    """
    missing = sorted(set(asked) - set(found))
    if missing and missing[0] > last:
        raise ValueError(f"{source}: frame {missing[0]} is beyond the end; the last frame is {last}")
    if missing:
        raise ValueError(f"{source}: frame {missing[0]} has no readable picture")
