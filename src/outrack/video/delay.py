"""Results of a file, held back until their tracks are smoothed by what comes after them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from outrack.structures import Frame, Tracks
from outrack.tracking import TrackerConfig, TrackSmoother
from outrack.video.base import VideoSource
from outrack.video.loop import FrameResult, FrameStep

__all__ = ["Delay", "delayed", "smoothing_for"]

logger = logging.getLogger(__name__)

_MAX_HELD_BYTES = 512 * 2**20
"""Pictures that wait take no more than this; of larger or faster video fewer seconds wait."""


class Delay:
    """Holds results back for as long as `TrackerConfig.smoothing` says, and gives them with smoothed tracks.

    Args:
        config: of the tracker; None lets results through as they are, see `smoothing_for`.
        frame_rate: of the frames that come, in frames per second.
        keeps_pictures: what comes out has its pictures; without, frames that wait take no memory.
    """

    def __init__(self, config: TrackerConfig | None, *, frame_rate: float, keeps_pictures: bool) -> None:
        self._config, self._rate, self._keeps_pictures = config, frame_rate, keeps_pictures
        self._smoother: TrackSmoother | None = None
        self._waiting: deque[FrameResult] = deque()

    def add(self, step: FrameStep) -> list[FrameResult]:
        """Take the next frame; the results that have waited for long enough, in order."""
        result = step.result
        if self._config is None:
            return [result]
        if self._smoother is None:
            self._smoother = TrackSmoother(self._affordable(self._config, result.frame))
        self._waiting.append(result if self._keeps_pictures else result._replace(frame=result.frame.without_pixels()))
        time_s = result.frame.timestamp_s
        return self._final(self._smoother.add(result.tracks, timestamp=time_s, camera_motion=step.camera_motion))

    def finish(self) -> list[FrameResult]:
        """The results that still wait, with tracks as they are known by now."""
        return [] if self._smoother is None else self._final(self._smoother.finish())

    def _final(self, smoothed: Iterable[Tracks]) -> list[FrameResult]:
        return [self._waiting.popleft()._replace(tracks=tracks) for tracks in smoothed]

    def _affordable(self, config: TrackerConfig, frame: Frame) -> TrackerConfig:
        """The settings, with a delay for which there is memory."""
        smoothing = config.smoothing
        if not self._keeps_pictures or frame.size is None:
            return config
        width, height = frame.size
        bytes_of_one = 3 * width * height if isinstance(frame.picture, np.ndarray) else 3 * width * height // 2
        longest_s = _MAX_HELD_BYTES / (bytes_of_one * self._rate)
        if longest_s >= smoothing.delay_s:
            return config
        logger.warning(
            "%s: pictures of %dx%d wait for %.1f s and not for %g s, to save memory; fewer gaps of tracks are filled. "
            "Without a video among the outputs there is no such limit",
            frame.source,
            width,
            height,
            longest_s,
            smoothing.delay_s,
        )
        return replace(config, smoothing=replace(smoothing, delay_s=longest_s))


def smoothing_for(video: VideoSource, tracker: object) -> TrackerConfig | None:
    """The settings with which the tracks of a source are smoothed: those of the tracker. None where they are not: for a
    live source, and for a tracker that says nothing of smoothing or leaves it out."""
    config = getattr(tracker, "config", None)
    is_smoothed = isinstance(config, TrackerConfig) and config.smoothing.delay_s > 0 and not video.is_live
    return config if is_smoothed else None


def delayed(steps: Iterable[FrameStep], delay: Delay) -> Iterator[FrameResult]:
    """The results of all steps, smoothed. Where the source fails, those that wait come before its error."""
    try:
        for step in steps:
            yield from delay.add(step)
    except Exception:
        yield from delay.finish()
        raise
    yield from delay.finish()
