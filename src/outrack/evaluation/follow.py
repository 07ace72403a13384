"""Track the frames of one sequence for its scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from outrack.detectors import Detector
from outrack.io.sequences import SequenceResults
from outrack.structures import Frame
from outrack.tracking import Tracker

__all__ = ["follow"]


def follow(
    frames: Iterable[Frame], detector: Detector, tracker: Tracker, *, by_appearance: bool = True
) -> SequenceResults:
    """The tracks of consecutive frames of a video, which count from 1 here, whatever their `index`.

    Args:
        frames: one after the other, as far apart as the tracker's frame rate says.
        detector: finds the people; forgets what it saw before.
        tracker: a new one.
        by_appearance: the detector's embeddings reach the tracker.
    """
    detector.reset()
    tracks = []
    for frame in frames:
        found = detector(frame)
        tracks.append(tracker.update(found if by_appearance else replace(found, embeddings=None)))
    return SequenceResults.from_tracks(tracks)
