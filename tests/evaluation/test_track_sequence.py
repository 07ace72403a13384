"""Tracking for scores: frames count from 1, and the detector is reset."""

from __future__ import annotations

import numpy as np

from outrack.evaluation.track_sequence import WithoutAppearance, track_sequence
from outrack.structures import Detections, Frame
from outrack.tracking import Tracker


class Standing:
    """Sees one person at one place, with an embedding."""

    def __init__(self) -> None:
        self.resets = 0

    def __call__(self, frame: Frame) -> Detections:
        return Detections(np.array([[10.0, 10, 30, 60]]), np.array([0.9]), embeddings=np.ones((1, 4), np.float32) / 2)

    def reset(self) -> None:
        self.resets += 1


class Noting(Tracker):
    """Remembers whether it was given embeddings."""

    def update(self, detections: Detections, **settings):
        self.saw_embeddings = detections.embeddings is not None
        return super().update(detections, **settings)


def test_frames_count_from_one_and_embeddings_are_given_only_where_wanted() -> None:
    detector = Standing()
    for wanted in (True, False):
        tracker = Noting()
        frames = (Frame(None, index, index / 30) for index in range(40, 44))
        results = track_sequence(frames, detector if wanted else WithoutAppearance(detector), tracker)
        assert results.frames.tolist() == [1, 2, 3, 4]
        assert set(results.ids.tolist()) == {1}
        assert tracker.saw_embeddings is wanted
    assert detector.resets == 2
