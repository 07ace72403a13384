"""Selects the frames of a file on which the network runs; smoothing interpolates the tracks of the others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outrack.detectors import Detector, info_of
from outrack.structures import Frame
from outrack.tracking import SmoothingSettings, TrackerConfig
from outrack.video.base import VideoSource

__all__ = ["DetectionPace", "pace_at", "pace_for"]

_TOLERANCE_S = 1e-3
"""Containers round the times of frames to a millisecond."""


@dataclass(frozen=True, slots=True)
class DetectionPace:
    """The detector runs on every n-th frame, and gaps between detected frames are no longer than a limit.

    Attributes:
        interval: n, counted from the first frame of the source, so that parts of one video agree.
        stride: stride of the source.
        longest_s: longest gap, in seconds; it matters if frames are missing or their rate varies.
    """

    interval: int
    stride: int
    longest_s: float

    def chosen(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, bool]]:
        """Each frame, and whether to detect on it: always on the first, the last, and the last before an error."""
        iterator = iter(frames)
        error: Exception | None = None
        detected_s = -math.inf
        held: Frame | None = None  # until the next frame is known
        while True:
            try:
                frame = next(iterator, None)
            except Exception as raised:  # noqa: BLE001  raised below
                error, frame = raised, None
            if held is not None:
                is_chosen = (
                    frame is None
                    or held.index // self.stride % self.interval == 0
                    or frame.timestamp_s - detected_s > self.longest_s + _TOLERANCE_S
                )
                if is_chosen:
                    detected_s = held.timestamp_s
                yield held, is_chosen
            if frame is None:
                break
            held = frame
        if error is not None:
            raise error


def pace_for(video: VideoSource, detector: Detector, smoothed: TrackerConfig | None) -> DetectionPace | None:
    """The pace at which a network runs on a source; None for every frame.

    Every frame is detected if tracks are not smoothed, and if boxes do not come from a network of this package: boxes
    of a file cost nothing, and other detectors may count their calls. CenterTrack needs the previous frame. If the
    frame rate of pictures is only assumed, the motion between them is unknown.

    Args:
        video: the source.
        detector: detector of the source.
        smoothed: settings by which tracks are smoothed, see `smoothing_for`; None if they are not.
    """
    info = info_of(detector)
    if smoothed is None or info.network is None or info.tracker == "centertrack" or not video.has_known_rate:
        return None
    return pace_at(video.frame_rate, video.stride, smoothed.smoothing)


def pace_at(frame_rate: float, stride: int, smoothing: SmoothingSettings) -> DetectionPace | None:
    """The pace for every `stride`-th frame of a video; None for every frame."""
    if not smoothing.detection_rate:
        return None
    longest_s = min(1 / smoothing.detection_rate, smoothing.delay_s)
    interval = int((longest_s + _TOLERANCE_S) * frame_rate / stride)
    return DetectionPace(interval, stride, longest_s) if interval > 1 else None
