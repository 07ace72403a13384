"""Matching by overlap, and reported tracks, by hand: upper parts of bodies, lost tracks, predictions."""

from __future__ import annotations

import numpy as np
import pytest

from outrack.structures import Tracks, TrackState
from outrack.tracking import PartialViewSettings, Tracker, TrackerConfig
from outrack.tracking.overlap import upper_iou

BODY = np.array([0.0, 0, 20, 100])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 20, 50), 1),  # the upper half
        ((5, 10, 25, 60), 15 * 40 / (40 * 50 - 15 * 40)),
        ((25, 0, 45, 50), 0),  # beside it
        ((0, 60, 20, 110), 0),  # its lower half, which is no upper part
        ((0, 0, 20, 20), 0),  # less than the smallest part
    ],
)
def test_upper_parts_by_hand(other: tuple[float, ...], expected: float) -> None:
    settings = PartialViewSettings(agreement=0.0, smallest=0.4)
    for pair in ((BODY, np.array(other, float)), (np.array(other, float), BODY)):
        found = upper_iou(pair[0][:, None], pair[1][:, None], settings)
        assert found.tolist() == pytest.approx([expected])


def test_only_lost_tracks_count_less() -> None:
    config = TrackerConfig().with_values({"overlap.lost_weight": 0.01, "partial_view.weight": 0.0})
    tracker = Tracker(config, frame_rate=25)
    ids = [tracker.update(np.array([[*BODY + 40, 0.9]])).ids.tolist() for _ in range(10)]
    assert ids == [[1]] * 10


def test_only_recently_lost_tracks_are_predicted() -> None:
    tracker = Tracker(TrackerConfig().with_values({"predicted_s": 0.2, "refind": "off"}), frame_rate=10)
    stays, goes = [0.0, 0, 20, 60, 0.9], [200.0, 0, 220, 60, 0.9]
    for _ in range(10):
        tracker.update([stays, goes])
    states = [dict(zip(tracks.ids.tolist(), tracks.states.tolist(), strict=True)) for tracks in _alone(tracker, stays)]
    both = {1: TrackState.DETECTED.value, 2: TrackState.PREDICTED.value}
    assert states == [both, both, {1: TrackState.DETECTED.value}, {1: TrackState.DETECTED.value}]


def _alone(tracker: Tracker, person: list[float]) -> list[Tracks]:
    return [tracker.update([person]) for _ in range(4)]
