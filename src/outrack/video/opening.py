"""Open what a run needs and no more: without a network and without a picture to draw, no picture is read."""

from __future__ import annotations

import logging
from pathlib import Path

from outrack.detectors import PrecomputedDetections, PublicStarts
from outrack.detectors.base import Detector
from outrack.io.motchallenge import SequenceInfo
from outrack.video.base import VideoSource
from outrack.video.sequence import SequenceFrames
from outrack.video.sources import open_source

__all__ = ["files_of", "open_frames"]

logger = logging.getLogger(__name__)


def open_frames(
    source: str | Path | int,
    detector: Detector,
    *,
    pictures: bool,
    stride: int = 1,
    max_frames: int | None = None,
    image_rate: float = 25.0,
) -> VideoSource:
    """The frames of `source`, as `open_source` gives them.

    With `PrecomputedDetections` and no need for `pictures`, a folder need not hold any: its length comes from
    `seqinfo.ini`, and without that file from the last detection. A warning is logged when the detections, or the public
    ones of `PublicStarts`, go on after the source ends; those frames are left out.
    """
    files = files_of(detector)
    last_frame = max((file.last_frame for file in files), default=0)
    folder = Path(str(source))
    sees = not isinstance(detector.detector if isinstance(detector, PublicStarts) else detector, PrecomputedDetections)
    if pictures or sees or not folder.is_dir():
        video = open_source(source, stride=stride, max_frames=max_frames, image_rate=image_rate)
        length = None if video.num_frames is None or stride > 1 or max_frames is not None else video.num_frames
    else:
        inifile = folder / "seqinfo.ini"
        info = SequenceInfo.read(inifile) if inifile.is_file() else None
        length = last_frame if info is None else info.num_frames
        video = SequenceFrames(
            info,
            last_frame=length,
            frame_rate=image_rate,
            name=folder.resolve().name,
            stride=stride,
            max_frames=max_frames,
        )
    if length is not None and last_frame > length:
        logger.warning(
            "the detections go on to frame %d, but %s has %d frames: do they belong together?",
            last_frame,
            video.name,
            length,
        )
    return video


def files_of(detector: Detector) -> tuple[PrecomputedDetections, ...]:
    """The files of detections that a detector reads from."""
    if isinstance(detector, PublicStarts):
        return (*files_of(detector.detector), *files_of(detector.public))
    return (detector,) if isinstance(detector, PrecomputedDetections) else ()
