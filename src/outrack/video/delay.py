"""Delays the results of a file until their tracks are smoothed with later frames."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from outrack.structures import Frame, Tracks
from outrack.tracking import TrackerConfig, TrackSmoother
from outrack.video.base import VideoSource
from outrack.video.loop import FrameResult, FrameStep

__all__ = ["Delay", "delayed", "smoothing_for"]

logger = logging.getLogger(__name__)

_MAX_HELD_BYTES = 512 * 2**20
"""Memory limit of waiting pictures; the delay is shorter for larger or faster video."""


class Delay:
    """Delays results by `TrackerConfig.smoothing.delay_s`, and returns them with smoothed tracks.

    Args:
        config: configuration of the tracker; None passes results on unchanged, see `smoothing_for`.
        frame_rate: frames per second of the incoming frames.
        keeps_pictures: results keep their pictures; if off, waiting frames need no memory for them.
    """

    def __init__(self, config: TrackerConfig | None, *, frame_rate: float, keeps_pictures: bool) -> None:
        self._config, self._rate, self._keeps_pictures = config, frame_rate, keeps_pictures
        self._smoother: TrackSmoother | None = None
        self._waiting: deque[FrameResult] = deque()

    def add(self, step: FrameStep) -> list[FrameResult]:
        """Add the next frame; returns the results whose delay has passed, in order."""
        result = step.result
        if self._config is None:
            return [result]
        if self._smoother is None:
            self._smoother = TrackSmoother(self._affordable(self._config, result.frame))
        self._waiting.append(result if self._keeps_pictures else result._replace(frame=result.frame.without_pixels()))
        time_s, motion = result.frame.timestamp_s, step.camera_motion
        if not step.is_detected:
            return self._final(self._smoother.add(None, timestamp=time_s, camera_motion=motion))
        tracks, detections = result.tracks, result.detections
        return self._final(self._smoother.add(tracks, detections, timestamp=time_s, camera_motion=motion))

    def finish(self) -> list[FrameResult]:
        """The remaining results, with their final tracks."""
        return [] if self._smoother is None else self._final(self._smoother.finish())

    def _final(self, smoothed: Iterable[Tracks]) -> list[FrameResult]:
        return [self._waiting.popleft()._replace(tracks=tracks) for tracks in smoothed]

    def _affordable(self, config: TrackerConfig, frame: Frame) -> TrackerConfig:
        """The settings, with the delay limited by memory."""
        smoothing = config.smoothing
        if not self._keeps_pictures or frame.picture is None or frame.size is None:
            return config
        longest_s = _MAX_HELD_BYTES / (frame.picture.nbytes * self._rate)
        longest_s = max(longest_s, smoothing.min_age_s)  # a track is reported once it is that old
        if smoothing.detection_rate:  # long enough for frames that are not detected
            longest_s = max(longest_s, 1 / smoothing.detection_rate)
        if longest_s >= smoothing.delay_s:
            return config
        logger.warning(
            "%s: pictures of %dx%d are delayed by %.1f s instead of %g s, to save memory, so fewer gaps are filled. "
            "Without a video among the outputs there is no such limit",
            frame.source,
            *frame.size,
            longest_s,
            smoothing.delay_s,
        )
        return replace(config, smoothing=replace(smoothing, delay_s=longest_s))


def smoothing_for(video: VideoSource, tracker: object) -> TrackerConfig | None:
    """The tracker's settings for smoothing a source. None without smoothing: for a live source, and for a tracker
    without such settings or with smoothing off."""
    config = getattr(tracker, "config", None)
    is_smoothed = isinstance(config, TrackerConfig) and config.smoothing.delay_s > 0 and not video.is_live
    return config if is_smoothed else None


def delayed(steps: Iterable[FrameStep], delay: Delay) -> Iterator[FrameResult]:
    """The results of all steps, smoothed. If the source fails, the waiting results are yielded before its error."""
    try:
        for step in steps:
            yield from delay.add(step)
    except Exception:
        yield from delay.finish()
        raise
    yield from delay.finish()
