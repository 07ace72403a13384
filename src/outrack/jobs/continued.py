"""A tracker that continues where an earlier run ended, and the file that stores it between runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from outrack.tracking import Tracker, TrackerConfig
from outrack.tracking.dotted_names import flat_values
from outrack.video.base import VideoSource

__all__ = ["ContinuedTracker", "kept_tracker"]


class ContinuedTracker(Tracker):
    """A tracker whose next video starts a given time after its latest frame, regardless of that video's timestamps.

    Attributes:
        has_seen_frames: whether it was updated since it was created or loaded.
    """

    has_seen_frames = False
    _after_s: float | None = None
    _shift_s = 0.0

    def begin_after(self, seconds: float) -> None:
        """Place the next frame this long after the latest one; the following frames keep their distances."""
        self._after_s = seconds

    def update(
        self, detections: Any, *, public: Any = None, timestamp: float | None = None, camera_motion: Any = None
    ) -> Any:
        """See `Tracker.update`."""
        if timestamp is not None:
            if self._after_s is not None:
                self._shift_s, self._after_s = self._clock.now_s + self._after_s - timestamp, None
            timestamp += self._shift_s
        tracks = super().update(detections, public=public, timestamp=timestamp, camera_motion=camera_motion)
        self.has_seen_frames = True
        return tracks


@contextmanager
def kept_tracker(path: Path | None, config: TrackerConfig, video: VideoSource) -> Iterator[Tracker]:
    """The tracker that an earlier run saved at `path`, ready for `video`; a new one if there is no such file yet. It is
    saved when the block ends, even by an error.

    Without a path the tracker is new and is not saved. A live source continues at the time of day: tracks that were
    saved longer ago than lost tracks are kept are gone, but their ids are not reused. A file is treated as the next
    part of a recording: its first frame follows immediately.

    Raises:
        ValueError: the file is not a saved tracker, or has other settings; names the first one.
        OSError: it cannot be saved.
    """
    if path is None:
        yield Tracker(config)
        return
    tracker = _loaded(path, config, video) if path.exists() else ContinuedTracker(config)
    try:
        yield tracker
    finally:
        if tracker.has_seen_frames:
            tracker.save(path)


def _loaded(path: Path, config: TrackerConfig, video: VideoSource) -> ContinuedTracker:
    tracker = ContinuedTracker.load(path)
    assert isinstance(tracker, ContinuedTracker)
    saved, asked = flat_values(tracker.config), flat_values(config)
    for name, value in asked.items():
        if name != "frame_rate" and saved[name] != value:
            raise ValueError(
                f"--state {path}: it was saved with --tracker.{name.replace('_', '-')} {saved[name]}, but "
                f"this run has {value}. Use the same network and settings, or another file"
            )
    away_s = time.time() - path.stat().st_mtime if video.is_live else 1 / video.frame_rate
    tracker.begin_after(max(away_s, 0.0))
    return tracker
