"""Omits short tracks from outputs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from outrack.structures import Detections, Frame, Tracks
from outrack.video.writers.base import Painted, Writer

__all__ = ["LongTracksWriter", "TrackLengths"]

_MAX_LIVES = 10_000


class TrackLengths:
    """Time between the first and last box of each track, in seconds of the source."""

    def __init__(self) -> None:
        self._first_s: dict[int, float] = {}
        self._last_s: dict[int, float] = {}

    def add(self, tracks: Tracks, timestamp_s: float) -> None:
        """Add the tracks of one more frame."""
        for track_id in tracks.ids.tolist():
            self._first_s.setdefault(track_id, timestamp_s)
            self._last_s[track_id] = timestamp_s

    def __len__(self) -> int:
        return len(self._first_s)

    def num_shorter(self, seconds: float) -> int:
        """Number of tracks that lived less than this many seconds."""
        return sum(self._last_s[track_id] - first < seconds for track_id, first in self._first_s.items())


@dataclass(slots=True)
class _Life:
    first_s: float
    last_s: float
    is_long: bool = False


class LongTracksWriter(Writer):
    """Passes frames on to another writer, without the boxes of tracks that live shorter than `min_length_s`.

    A frame is delayed until it is known of each of its tracks whether it reaches the minimum length: that long, or, if
    a track is lost before, until it can no longer be recovered. So at most `min_length_s + memory_s` seconds of frames
    are kept, without their pictures. Frames that remain when the writer is closed are passed on without tracks that are
    still too short.

    Args:
        writer: receives the frames; one that needs no pictures.
        min_length_s: minimum seconds from the first box of a track to its last.
        memory_s: seconds for which a lost track may be recovered.
    """

    def __init__(self, writer: Writer, *, min_length_s: float, memory_s: float) -> None:
        super().__init__(writer.path)
        self._writer = writer
        self._min_length_s, self._memory_s = min_length_s, memory_s
        self._lives: dict[int, _Life] = {}
        self._waiting: deque[tuple[Frame, Detections, Tracks]] = deque()

    def write(self, frame: Frame, detections: Detections, tracks: Tracks, painted: Painted | None = None) -> None:
        now = frame.timestamp_s
        for track_id in tracks.ids.tolist():
            life = self._lives.setdefault(track_id, _Life(now, now))
            life.last_s = now
            life.is_long = life.is_long or now - life.first_s >= self._min_length_s
        self._waiting.append((frame.without_pixels(), detections, tracks))
        while self._waiting and self._is_decided(self._waiting[0][2], now):
            self._pass_on()

        if len(self._lives) > _MAX_LIVES:  # on an endless stream; the dropped tracks are in no waiting frame
            wait_s = self._min_length_s + self._memory_s
            self._lives = {key: life for key, life in self._lives.items() if now - life.last_s <= wait_s}

    def close(self) -> None:
        try:
            while self._waiting:
                self._pass_on()
        finally:
            self._waiting.clear()
            self._writer.close()

    def _is_decided(self, tracks: Tracks, now: float) -> bool:
        lives = [self._lives[track_id] for track_id in tracks.ids.tolist()]
        return all(life.is_long or now - life.last_s > self._memory_s for life in lives)

    def _pass_on(self) -> None:
        frame, detections, tracks = self._waiting.popleft()
        is_long = np.array([self._lives[track_id].is_long for track_id in tracks.ids.tolist()], bool)
        self._writer.write(frame, detections, tracks[is_long])
